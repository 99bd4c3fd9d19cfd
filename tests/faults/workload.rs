//! What does a day in the life of a store look like? All its verbs, over and over, with a ledger of what was promised.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mindkeep::graph::NewRelation;
use mindkeep::{
    Attribute, AttributeType, Backup, Batch, Budget, Config, Durability, Embedding, Error, Filter, Import,
    Kind, MemoryId, Metadata, NewMemory, Patch, Recall, Result, Store, Timeline, Timestamp,
};

use super::ledger::{Ledger, Write, observe};

/// A word that stands in everything that a user writes here, and must stand in no error.
pub const MARK: &str = "Quincunx";

/// One call, or two that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Remember(usize),
    Batch(usize),
    Fact(usize),
    Update(usize),
    Forget(usize),
    Undo(usize),
    Import(usize, bool),
    Relate(usize),
    Merge(usize),
    Remove(usize),
    Look(usize),
    Export,
    Maintain,
    Declare(bool),
    Backup,
    Pause,
    Reopen,
}

/// Two rounds of everything, and what comes in between.
pub fn steps() -> Vec<Step> {
    use Step::*;
    let round = |n: usize| {
        let first = [Remember(n), Fact(n), Batch(n + 1), Remember(n + 2), Update(n), Import(n, false)];
        let second = [Pause, Forget(n + 2), Look(n), Undo(n + 2), Maintain, Fact(n + 1), Export];
        let third = [Reopen, Remember(n + 3), Import(n + 3, true), Forget(n + 2), Update(n + 3)];
        [&first[..], &second[..], &third[..]].concat()
    };
    let mut steps = round(10);
    steps.extend([Backup, Declare(true), Relate(10), Merge(10), Remove(10)]);
    steps.extend(round(20));
    steps.extend([Declare(false), Maintain, Reopen, Export]);
    steps
}

/// A store at work.
pub struct Work {
    path: PathBuf,
    config: Config,
    store: Option<Store>,
    pub ledger: Ledger,
    ids: Vec<(usize, MemoryId)>,
    /// A copy that was acknowledged, and what it must hold.
    pub copy: Option<(PathBuf, Ledger)>,
}

/// With one reader no helper opens connections meanwhile: the operations come in the same order each time.
pub fn config(busy_wait_ms: u64) -> Config {
    let config = Config { durability: Durability::Full, readers: 1, cache_kib: 64, ..Config::desktop() };
    Config { busy_wait_ms, ..config }
}

impl Work {
    pub fn new(folder: &Path, busy_wait_ms: u64) -> Self {
        let path = folder.join("memories.db");
        Self {
            path,
            config: config(busy_wait_ms),
            store: None,
            ledger: Ledger::default(),
            ids: Vec::new(),
            copy: None,
        }
    }

    /// The open store. An opening that failed is tried once more, and so is a resuming.
    fn store(&mut self) -> Result<Store> {
        let store = match &self.store {
            Some(store) => store.clone(),
            None => Store::builder().config(self.config.clone()).open(&self.path)?,
        };
        store.resume()?;
        self.store = Some(store.clone());
        Ok(store)
    }

    pub fn close(&mut self) {
        self.store = None;
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn id(&self, n: usize) -> Option<MemoryId> {
        self.ids.iter().find(|(known, _)| *known == n).map(|(_, id)| *id)
    }

    /// Makes a call that writes, and notes what it promised.
    fn write<T>(&mut self, write: Write, call: impl FnOnce(&Store) -> Result<T>) -> Result<T> {
        let result = call(&self.store()?);
        self.ledger.note(write, result.is_ok());
        result
    }

    pub fn step(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Remember(n) => {
                let told = self.write(vec![(name(n, 0), Some(said(n, 0, false)))], |store| {
                    store.remember(memory(n, 0))
                })?;
                self.ids.push((n, told.id));
            }
            Step::Batch(n) => self.batch(n)?,
            Step::Fact(n) => {
                let at = Timestamp::from_millis(n as i64 * 1_000).expect("a time");
                let (name, content) = (format!("fact {at}"), format!("{MARK} drinks {n}"));
                let fact = NewMemory::new(content.clone()).kind(Kind::FACT).key("drink").at(at);
                self.write(vec![(name, Some(content))], |store| store.remember(fact))?;
            }
            Step::Update(n) => {
                let Some(id) = self.id(n) else { return Ok(()) };
                let patch = Patch::new().content(content(n, 0, true));
                self.write(vec![(name(n, 0), Some(said(n, 0, true)))], |store| store.update(id, patch))?;
            }
            Step::Forget(n) => {
                let Some(id) = self.id(n) else { return Ok(()) };
                self.write(vec![(name(n, 0), None)], |store| store.forget(&[id]))?;
            }
            Step::Undo(n) => {
                let Some(id) = self.id(n) else { return Ok(()) };
                self.write(vec![(name(n, 0), Some(said(n, 0, false)))], |store| store.undo_forget(&[id]))?;
            }
            Step::Import(n, strict) => self.import(n, strict)?,
            Step::Relate(n) => self.relate(n)?,
            Step::Merge(n) => self.merge(n)?,
            Step::Remove(n) => {
                let (one, hub) = (format!("{MARK} left {n}"), format!("{MARK} hub"));
                let write = vec![(format!("entity {one}"), None), (format!("relation {one} {hub}"), None)];
                self.write(write, |store| store.graph().remove_entity(&one))?;
            }
            Step::Look(n) => self.look(n)?,
            Step::Export => {
                let found = observe(&self.store()?)?;
                assert!(self.ledger.allows(&found), "an export differs: {}", self.ledger.differences(&found));
            }
            Step::Maintain => assert!(self.store()?.maintain(Budget::all())?.is_done()),
            Step::Declare(declared) => {
                let name = vec![("attribute page".to_owned(), declared.then(String::new))];
                let page = Attribute::new(Kind::CONVERSATION, "page", AttributeType::Integer);
                self.write(name, |store| match declared {
                    true => store.declare(page),
                    false => store.undeclare(&Kind::CONVERSATION, "page"),
                })?;
            }
            Step::Backup => self.backup()?,
            Step::Pause => {
                let store = self.store()?;
                store.pause(Duration::from_secs(5))?;
                assert_eq!(store.count(&Filter::default()), Err(Error::Paused));
                store.resume()?;
            }
            Step::Reopen => {
                self.close();
                self.store()?;
            }
        }
        Ok(())
    }

    /// Five memories in chunks of two: each chunk is a write of its own.
    fn batch(&mut self, n: usize) -> Result<()> {
        let store = self.store()?;
        let mut told = 0;
        let mut batch = Batch::new().chunk(2);
        batch.on_item(|_, item| told += usize::from(item.is_ok()));
        let result = store.remember_batch((1..=5).map(|i| memory(n, i)), batch);
        let places: Vec<usize> = (1..=5).collect();
        for (chunk, places) in places.chunks(2).enumerate() {
            let write = places.iter().map(|&i| (name(n, i), Some(said(n, i, false)))).collect();
            if chunk * 2 <= told && (result.is_err() || chunk * 2 < told) {
                self.ledger.note(write, chunk * 2 < told);
            }
        }
        match &result {
            Ok(report) => assert_eq!((report.added, told), (5, 5)),
            Err(Error::BatchStopped { kept, .. }) => assert_eq!(*kept as usize, told),
            Err(_) => assert_eq!(told, 0),
        }
        result.map(drop)
    }

    /// Lines of the knowledge graph: two chunks, or all or nothing.
    fn import(&mut self, n: usize, strict: bool) -> Result<()> {
        let (one, two) = (format!("{MARK} one {n}"), format!("{MARK} two {n}"));
        let Some(id) = self.id(n) else { return Ok(()) };
        let lines = format!(
            r#"{{"type":"entity","name":"{one}","aliases":["first {n}"]}}
               {{"type":"entity","name":"{two}"}}
               {{"type":"relation","label":"met","from":"{one}","to":"{two}","weight":2.5}}
               {{"type":"mention","persona":"pepys","memory":"{id}","entity":"{one}"}}"#
        );
        let first = vec![
            (format!("entity {one}"), Some(format!("[\"first {n}\"]"))),
            (format!("entity {two}"), Some("null".to_owned())),
        ];
        let second = vec![
            (format!("relation {one} {two}"), Some("2.5".to_owned())),
            (format!("mention {} {one}", key(n, 0)), Some(String::new())),
        ];
        if strict {
            let call = |store: &Store| store.import(lines.as_bytes(), Import::new().strict());
            return self.write([first, second].concat(), call).map(drop);
        }
        let result = self.store()?.import(lines.as_bytes(), Import::new().chunk(2));
        let kept = match &result {
            Ok(report) => report.entities + report.relations + report.mentions,
            Err(Error::BatchStopped { kept, .. }) => *kept,
            Err(_) => 0,
        };
        self.ledger.note(first, kept >= 2);
        if kept >= 2 {
            self.ledger.note(second, kept == 4);
        }
        result.map(drop)
    }

    /// Two entities and what they have to do with a third, all of it made on demand.
    fn relate(&mut self, n: usize) -> Result<()> {
        let (left, right, hub) =
            (format!("{MARK} left {n}"), format!("{MARK} right {n}"), format!("{MARK} hub"));
        let nobody = || Some("null".to_owned());
        let write = vec![
            (format!("entity {left}"), nobody()),
            (format!("entity {right}"), nobody()),
            (format!("entity {hub}"), nobody()),
            (format!("relation {left} {hub}"), Some("1.5".to_owned())),
            (format!("relation {right} {hub}"), Some("2.0".to_owned())),
        ];
        let one = NewRelation::new(left, "met", hub.clone()).weight(1.5);
        let two = NewRelation::new(right, "met", hub).weight(2.0);
        self.write(write, |store| store.graph().add_all([one, two]).create_ends().save()).map(drop)
    }

    /// The two become one, if they are there.
    fn merge(&mut self, n: usize) -> Result<()> {
        let (left, right, hub) =
            (format!("{MARK} left {n}"), format!("{MARK} right {n}"), format!("{MARK} hub"));
        match self.store()?.graph().entity(&right) {
            Err(Error::NotFound { what: "entity" }) => return Ok(()),
            // Whether it is there is not known, so nothing is expected of a merge.
            look => drop(look?),
        }
        let write = vec![
            (format!("entity {left}"), Some(format!("[\"{right}\"]"))),
            (format!("entity {right}"), None),
            (format!("relation {left} {hub}"), Some("3.5".to_owned())),
            (format!("relation {right} {hub}"), None),
        ];
        self.write(write, |store| store.graph().merge(&right, &left).run()).map(drop)
    }

    /// What is read is right, or not read at all.
    fn look(&mut self, n: usize) -> Result<()> {
        let store = self.store()?;
        if let Some(id) = self.id(n) {
            assert_eq!(store.get(id)?.key, Some(key(n, 0)));
            let hits = store.recall(Recall::new(format!("word{n}")))?;
            assert!(hits.iter().any(|hit| hit.memory.id == id), "a recall misses what is there");
        }
        let listed = store.timeline(Timeline::new().limit(200))?.memories.len() as u64;
        assert_eq!(store.count(&Filter::default())?, listed);
        let held = store.persona("default").history(&Kind::FACT, "drink")?.len();
        assert!(held as u64 <= store.stats()?.memories.hot + store.stats()?.memories.superseded);
        store.personas(None)?;
        Ok(())
    }

    fn backup(&mut self) -> Result<()> {
        let copy = self.path.with_file_name("copy.db");
        let result = self.store()?.backup(&copy, Backup::new());
        if result.is_ok() {
            self.copy = Some((copy, self.ledger.clone()));
        } else {
            let folder = self.path.parent().expect("a folder").read_dir().expect("lists");
            let left: Vec<_> = folder.map(|entry| entry.expect("lists").file_name()).collect();
            assert!(
                left.iter().all(|name| name.to_string_lossy().starts_with("memories.db")),
                "a backup that failed left something: {left:?}"
            );
        }
        result.map(drop)
    }
}

fn key(n: usize, i: usize) -> String {
    format!("{n}/{i}")
}

fn name(n: usize, i: usize) -> String {
    format!("memory {}", key(n, i))
}

/// Some are long enough that pages overflow.
fn content(n: usize, i: usize, again: bool) -> String {
    let words = format!("{MARK} word{n} {i}{} ", if again { " again" } else { "" });
    words.repeat(1 + (n * 7 + i) % 5 * 30)
}

fn vector(n: usize) -> Option<[f32; 3]> {
    n.is_multiple_of(2).then_some([n as f32, 0.5, -1.0])
}

fn memory(n: usize, i: usize) -> NewMemory {
    let memory = NewMemory::new(content(n, i, false)).persona("pepys").key(key(n, i)).tag(format!("tag{i}"));
    let memory = memory.metadata(Metadata::parse(&format!(r#"{{"page":{n}}}"#)).expect("is JSON"));
    match vector(n) {
        Some(vector) => memory.embedding(Embedding::f32("tiny", &vector)),
        None => memory,
    }
}

/// What an export says of a memory. Another text has lost its vector.
fn said(n: usize, i: usize, again: bool) -> String {
    let bytes = |vector: [f32; 3]| vector.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let vector = vector(n).filter(|_| !again).map_or("-".to_owned(), |vector| STANDARD.encode(bytes(vector)));
    format!("[\"tag{i}\"] {vector} {}", content(n, i, again))
}
