//! What is left when a writer is killed? All that it acknowledged, and nothing by halves.
//!
//! This test program runs itself again as the writer, with a store's path in the environment. The writer says on its
//! standard output what it is about to do and what is done; the parent kills it at a random point and compares.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};

use ground::{Dice, again, assert_sound, seed, times};
use mindkeep::{Batch, Error, MemoryId, NewMemory, Patch, Store, Timeline};

/// The environment variable that makes a run of this program the writer.
const WRITER: &str = "MINDKEEP_TEST_WRITER";
const CHUNK: usize = 5;
const BATCH: usize = 15;

/// What the writer says, one line each: about to `try`, or `done`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Deed {
    /// Remember the memory `single n`.
    Single(u64),
    /// Remember the memories `batch n 0` to `batch n 14`, five a chunk; done is said for each chunk.
    Batch(u64, u64),
    /// Give `single n` other words.
    Update(u64, MemoryId),
    /// Forget `single n`.
    Forget(u64, MemoryId),
}

impl Deed {
    fn line(&self) -> String {
        match self {
            Self::Single(n) => format!("single {n}"),
            Self::Batch(n, chunk) => format!("batch {n} {chunk}"),
            Self::Update(n, id) => format!("update {n} {id}"),
            Self::Forget(n, id) => format!("forget {n} {id}"),
        }
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let (what, n) = (words.next()?, words.next()?.parse().ok()?);
        match what {
            "single" => Some(Self::Single(n)),
            "batch" => Some(Self::Batch(n, words.next()?.parse().ok()?)),
            "update" => Some(Self::Update(n, words.next()?.parse().ok()?)),
            "forget" => Some(Self::Forget(n, words.next()?.parse().ok()?)),
            _ => None,
        }
    }
}

fn say(word: &str, deed: Deed) {
    // One write, so that the parent reads a line or nothing of it.
    let line = format!("{word} {}\n", deed.line());
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}

/// Not a test of its own: what the killed process runs.
#[test]
fn the_writer() {
    let Ok(path) = std::env::var(WRITER) else { return };
    let first: u64 = std::env::var("MINDKEEP_TEST_FIRST").unwrap().parse().unwrap();
    let store = Store::open(path).unwrap();
    let mut dice = Dice(first);
    for n in first.. {
        say("try", Deed::Single(n));
        let id =
            store.remember(NewMemory::new(format!("single {n}")).tag("t").key(format!("k{n}"))).unwrap().id;
        say("done", Deed::Single(n));
        match dice.below(4) {
            0 => {
                say("try", Deed::Update(n, id));
                store.update(id, Patch::new().content(format!("updated {n}")).tags(["u", "v"])).unwrap();
                say("done", Deed::Update(n, id));
            }
            1 => {
                say("try", Deed::Forget(n, id));
                store.forget(&[id]).unwrap();
                say("done", Deed::Forget(n, id));
            }
            2 => {
                say("try", Deed::Batch(n, 0));
                let mut batch = Batch::new().chunk(CHUNK);
                batch.on_progress(|progress| {
                    say("done", Deed::Batch(n, progress.done / CHUNK as u64));
                    std::ops::ControlFlow::Continue(())
                });
                let memories = (0..BATCH).map(|i| NewMemory::new(format!("batch {n} {i}")).tag("t"));
                store.remember_batch(memories, batch).unwrap();
            }
            _ => {}
        }
    }
}

fn writer(path: &Path, first: u64) -> Child {
    again("the_writer")
        .env(WRITER, path)
        .env("MINDKEEP_TEST_FIRST", first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What must be in the store, and what may be.
#[derive(Default)]
struct Told {
    tried: BTreeSet<Deed>,
    done: BTreeSet<Deed>,
}

impl Told {
    fn hear(&mut self, line: &str) -> bool {
        // The test runner's own words go before the first line.
        let heard = |word: &str| line.find(word).and_then(|i| Deed::read(&line[i + word.len()..]));
        if let Some(deed) = heard("try ") {
            self.tried.insert(deed);
        } else if let Some(deed) = heard("done ") {
            self.done.insert(deed);
        } else {
            return false;
        }
        true
    }

    fn check(&self, store: &Store) {
        let visible: BTreeSet<String> =
            store.iterate(Timeline::new().limit(1_000)).map(|memory| memory.unwrap().content).collect();
        assert_eq!(store.count(&mindkeep::Filter::default()).unwrap(), visible.len() as u64);
        let mut allowed = BTreeSet::new();
        for deed in &self.tried {
            match *deed {
                Deed::Single(n) => self.check_single(store, &visible, n, &mut allowed),
                Deed::Batch(n, _) => self.check_batch(&visible, n, &mut allowed),
                Deed::Update(..) | Deed::Forget(..) => {}
            }
        }
        let unasked: Vec<_> = visible.difference(&allowed).collect();
        assert!(unasked.is_empty(), "nobody wrote {unasked:?}");
    }

    fn check_single(
        &self,
        store: &Store,
        visible: &BTreeSet<String>,
        n: u64,
        allowed: &mut BTreeSet<String>,
    ) {
        let (low, high) = (MemoryId::from_bytes([0; 16]), MemoryId::from_bytes([255; 16]));
        let of = |deeds: &BTreeSet<Deed>| {
            let mut updates = deeds.range(Deed::Update(n, low)..=Deed::Update(n, high));
            let mut forgets = deeds.range(Deed::Forget(n, low)..=Deed::Forget(n, high));
            updates.next().or_else(|| forgets.next()).copied()
        };
        let (before, after) = (format!("single {n}"), format!("updated {n}"));
        let there = (visible.contains(&before), visible.contains(&after));
        allowed.extend([before, after]);
        let acknowledged = self.done.contains(&Deed::Single(n));
        match (of(&self.tried), of(&self.done)) {
            (None, _) if acknowledged => assert_eq!(there, (true, false), "single {n}"),
            (None, _) => assert!(!there.1, "single {n}"),
            (Some(Deed::Update(..)), Some(_)) => assert_eq!(there, (false, true), "update of {n}"),
            (Some(Deed::Update(_, id)), None) => {
                assert!(there.0 != there.1, "update of {n}");
                let tags = store.get(id).unwrap().tags;
                assert_eq!(tags, if there.0 { vec!["t"] } else { vec!["u", "v"] }, "half an update of {n}");
            }
            (Some(Deed::Forget(_, id)), Some(_)) => {
                assert_eq!(there, (false, false), "forget of {n}");
                assert_eq!(store.get(id), Err(Error::NotFound { what: "memory" }));
            }
            (Some(_), _) => assert!(!there.1, "forget of {n}"),
        }
    }

    fn check_batch(&self, visible: &BTreeSet<String>, n: u64, allowed: &mut BTreeSet<String>) {
        let names: Vec<String> = (0..BATCH).map(|i| format!("batch {n} {i}")).collect();
        let there = names.iter().take_while(|name| visible.contains(*name)).count();
        let in_all = names.iter().filter(|name| visible.contains(*name)).count();
        assert_eq!(there, in_all, "batch {n} has a gap");
        assert_eq!(there % CHUNK, 0, "half a chunk of batch {n}");
        let chunks = self.done.range(Deed::Batch(n, 1)..=Deed::Batch(n, u64::MAX)).count();
        assert!(
            there / CHUNK >= chunks,
            "batch {n}: {chunks} chunks were acknowledged, {there} memories are there"
        );
        allowed.extend(names);
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let kills = times("KILLS", 20, 50);
    let mut dice = Dice(seed());
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let mut told = Told::default();
    let mut deeds_by_round = BTreeMap::new();
    for round in 0..kills {
        let mut child = writer(&path, round * 1_000_000);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Killed after so many lines: often while the store is opened, now and then after a checkpoint.
        let lines_heard = if dice.below(5) == 0 { 400 + dice.below(400) } else { dice.below(60) };
        let mut heard = 0;
        while heard < lines_heard {
            let line = lines.next().expect("the writer goes on until it is killed").unwrap();
            heard += u64::from(told.hear(&line));
        }
        child.kill().unwrap();
        // What it had said before the end still comes through the pipe.
        for line in lines.map_while(Result::ok) {
            heard += u64::from(told.hear(&line));
        }
        let status = child.wait().unwrap();
        assert!(!status.success(), "the writer ended by itself");
        deeds_by_round.insert(round, heard);
        if round % (kills / 20).max(5) == 4 || round + 1 == kills {
            let store = Store::open(&path).unwrap();
            told.check(&store);
            assert_sound(&store);
        }
    }
    let acknowledged = told.done.len();
    assert!(acknowledged as u64 > kills, "{deeds_by_round:?}");
    println!("{kills} kills, {acknowledged} acknowledged writes, none lost");
}
