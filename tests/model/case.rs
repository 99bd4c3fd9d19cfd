//! What is done to a store and to the list beside it? Every verb that writes.

use std::collections::BTreeSet;

use mindkeep::{
    Batch, Error, Filter, Forget, Kind, Memory, MemoryId, Metadata, NewMemory, Outcome, Patch, Remembered,
    Store, Timestamp,
};
use tempfile::TempDir;

use crate::ground::ms;
use crate::inputs::{Change, Step};
use crate::ledger::{Entry, Expected, Given, Ledger, supersedes};

#[derive(Debug, Clone, Copy)]
pub enum Backend {
    Memory,
    File,
    TwoHandles,
}

/// A store under test, and the list that says what it holds.
pub struct Case {
    home: Option<TempDir>,
    handles: Vec<Store>,
    turn: usize,
    pub ledger: Ledger,
}

fn metadata(speaker: Option<&str>) -> Metadata {
    speaker.map_or_else(Metadata::default, |name| {
        Metadata::parse(&format!(r#"{{"speaker":"{name}","mood":"calm"}}"#)).unwrap()
    })
}

fn new_memory(given: &Given) -> NewMemory {
    let mut memory = NewMemory::new(given.content.clone())
        .persona(given.persona)
        .kind(Kind::new(given.kind))
        .importance(given.importance)
        .metadata(metadata(given.speaker));
    for tag in &given.tags {
        memory = memory.tag(*tag);
    }
    if let Some(at) = given.at {
        memory = memory.at(ms(at));
    }
    if let Some(thread) = given.thread {
        memory = memory.thread(thread);
    }
    if let Some(key) = given.key {
        memory = memory.key(key);
    }
    if let Some(source) = given.source {
        memory = memory.source(source);
    }
    if let Some(expiry) = given.expires_at {
        memory = memory.expires_at(ms(expiry));
    }
    memory
}

#[track_caller]
pub fn assert_same(memory: &Memory, entry: &Entry) {
    let given = &entry.given;
    let mut tags: Vec<&str> = given.tags.clone();
    tags.sort_unstable();
    assert_eq!(memory.id, entry.id);
    assert_eq!(memory.persona.as_str(), given.persona);
    assert_eq!(memory.kind.as_str(), given.kind);
    assert_eq!(memory.content, given.content);
    assert_eq!(memory.at, ms(entry.at), "at of {given:?}");
    assert_eq!(memory.importance, given.importance);
    assert_eq!(memory.tags, tags);
    assert_eq!(memory.thread.as_deref(), given.thread);
    assert_eq!(memory.key.as_deref(), given.key);
    assert_eq!(memory.source.as_deref(), given.source);
    assert_eq!(memory.metadata, metadata(given.speaker));
    assert_eq!(memory.expires_at, given.expires_at.map(ms));
    assert_eq!(memory.superseded_at, entry.superseded_at.map(ms), "superseded_at of {given:?}");
}

pub fn now() -> i64 {
    Timestamp::now().as_millis()
}

impl Case {
    pub fn new(backend: Backend) -> Self {
        let home = match backend {
            Backend::Memory => None,
            Backend::File | Backend::TwoHandles => Some(tempfile::tempdir().unwrap()),
        };
        let mut case = Self { home, handles: Vec::new(), turn: 0, ledger: Ledger::default() };
        let count = if matches!(backend, Backend::TwoHandles) { 2 } else { 1 };
        case.handles = (0..count).map(|_| case.open()).collect();
        case
    }

    fn open(&self) -> Store {
        match &self.home {
            Some(home) => Store::open(home.path().join("memories.db")).unwrap(),
            None => Store::builder().open_in_memory().unwrap(),
        }
    }

    /// The handles take turns, so that what one writes the other reads.
    pub fn store(&mut self) -> Store {
        self.turn += 1;
        self.handles[self.turn % self.handles.len()].clone()
    }

    pub fn run(&mut self, step: &Step) {
        match step {
            Step::Remember(given) => self.remember(given),
            Step::RememberAll(all, chunk) => self.remember_all(all, *chunk),
            Step::Update(which, change) => self.update(*which, change),
            Step::Forget(which) => self.forget(which),
            Step::ForgetMatching(filter, dry_run) => self.forget_matching(filter, *dry_run),
            Step::Undo(which) => self.undo(*which),
            Step::Page(filter, oldest_first, limit) => self.page(filter, *oldest_first, *limit, &[]),
            Step::PageWhileWriting(filter, oldest_first, limit, new) => {
                self.page(filter, *oldest_first, *limit, new);
            }
            Step::Counts(filter) => self.counts(filter),
            Step::Recall(asked, all_words, filter) => self.recall(asked, *all_words, filter),
            Step::Reopen => self.reopen(),
        }
    }

    pub fn remember(&mut self, given: &Given) {
        let expected = self.ledger.expect(given, now());
        let told = self.store().remember(new_memory(given)).unwrap();
        self.note(given, &expected, told);
    }

    /// Compares what the store did with what it had to do, and writes it down.
    fn note(&mut self, given: &Given, expected: &Expected, told: Remembered) {
        match expected {
            Expected::New(outcome) => {
                assert_eq!(told.outcome, *outcome, "{given:?}");
                assert!(self.ledger.entries.iter().all(|e| e.id != told.id), "an id given twice");
                let at = given.at.unwrap_or_else(|| self.told_time(told.id));
                self.ledger.add(told.id, given.clone(), at);
            }
            Expected::Unchanged(candidates) => {
                assert_eq!(told.outcome, Outcome::Unchanged, "{given:?}");
                assert!(candidates.iter().any(|&i| self.ledger.entries[i].id == told.id));
            }
            Expected::Updated(place) => {
                assert_eq!(
                    (told.outcome, told.id),
                    (Outcome::Updated, self.ledger.entries[*place].id),
                    "{given:?}"
                );
                let at = given.at.unwrap_or_else(|| self.told_time(told.id));
                self.ledger.replace(*place, given.clone(), at);
            }
        }
    }

    fn told_time(&mut self, id: MemoryId) -> i64 {
        self.store().get(id).unwrap().at.as_millis()
    }

    /// Items are told one after the other; a default time in a batch is left to single writes.
    fn remember_all(&mut self, all: &[Given], chunk: usize) {
        let all: Vec<Given> =
            all.iter().map(|given| Given { at: given.at.or(Some(7)), ..given.clone() }).collect();
        let mut told = Vec::new();
        let mut batch = Batch::new().chunk(chunk);
        batch.on_item(|i, result| {
            assert_eq!(i, told.len() as u64);
            told.push(result.unwrap());
        });
        let report = self.store().remember_batch(all.iter().map(new_memory), batch).unwrap();
        let count = |outcome| told.iter().filter(|t| t.outcome == outcome).count() as u64;
        assert_eq!(report.added, count(Outcome::Added));
        assert_eq!(report.updated, count(Outcome::Updated));
        assert_eq!(report.superseded, count(Outcome::Superseded));
        assert_eq!(report.unchanged, count(Outcome::Unchanged));
        assert_eq!((report.rejected_count, report.stopped), (0, false));
        for (given, told) in all.iter().zip(told) {
            let expected = self.ledger.expect(given, now());
            self.note(given, &expected, told);
        }
    }

    fn which(&self, which: usize) -> Option<usize> {
        let count = self.ledger.entries.len();
        (count > 0).then(|| which % count)
    }

    fn update(&mut self, which: usize, change: &Change) {
        let Some(place) = self.which(which) else { return };
        let entry = self.ledger.entries[place].clone();
        let mut after = entry.clone();
        let patch = match change {
            Change::Content(content) => {
                after.given.content.clone_from(content);
                Patch::new().content(content.clone())
            }
            Change::At(at) => {
                after.at = *at;
                Patch::new().at(ms(*at))
            }
            Change::Importance(importance) => {
                after.given.importance = *importance;
                Patch::new().importance(*importance)
            }
            Change::Tags(tags) => {
                after.given.tags.clone_from(tags);
                Patch::new().tags(tags.clone())
            }
            Change::Thread(thread) => {
                after.given.thread = *thread;
                Patch::new().thread(*thread)
            }
            Change::Source(source) => {
                after.given.source = *source;
                Patch::new().source(*source)
            }
            Change::Speaker(speaker) => {
                after.given.speaker = *speaker;
                Patch::new().metadata(metadata(*speaker))
            }
            Change::Expiry(expiry) => {
                after.given.expires_at = *expiry;
                Patch::new().expires_at(expiry.map(ms))
            }
        };
        let result = self.store().update(entry.id, patch);
        let timed_by_history = supersedes(entry.given.kind) && entry.given.key.is_some();
        if !entry.is_gettable(now()) {
            assert_eq!(result, Err(Error::NotFound { what: "memory" }));
        } else if timed_by_history && after.at != entry.at {
            assert_eq!(result.unwrap_err().kind(), "InvalidInput");
        } else {
            assert_same(&result.unwrap(), &after);
            self.ledger.entries[place] = after;
        }
    }

    fn forget(&mut self, which: &[usize]) {
        let places: Vec<usize> = which.iter().filter_map(|&w| self.which(w)).collect();
        let mut ids: Vec<MemoryId> = places.iter().map(|&p| self.ledger.entries[p].id).collect();
        ids.push(MemoryId::from_bytes([9; 16]));
        let there: BTreeSet<usize> =
            places.into_iter().filter(|&p| !self.ledger.entries[p].forgotten).collect();
        assert_eq!(self.store().forget(&ids), Ok(there.len() as u64));
        for place in there {
            self.ledger.entries[place].forgotten = true;
        }
    }

    fn forget_matching(&mut self, filter: &Filter, dry_run: bool) {
        let mut forget = Forget::new().filter(filter.clone());
        if dry_run {
            forget = forget.dry_run();
        }
        let result = self.store().forget_matching(forget);
        if *filter == Filter::default() {
            assert_eq!(result.unwrap_err().kind(), "InvalidInput");
            return;
        }
        let forgotten = result.unwrap();
        let expected: BTreeSet<MemoryId> =
            self.ledger.entries.iter().filter(|e| !e.forgotten && e.meets(filter)).map(|e| e.id).collect();
        assert_eq!(forgotten.count, expected.len() as u64);
        assert_eq!(forgotten.ids.iter().copied().collect::<BTreeSet<_>>(), expected);
        if !dry_run {
            for entry in self.ledger.entries.iter_mut().filter(|e| expected.contains(&e.id)) {
                entry.forgotten = true;
            }
        }
    }

    fn undo(&mut self, which: usize) {
        let Some(place) = self.which(which) else { return };
        let id = self.ledger.entries[place].id;
        let was_forgotten = self.ledger.entries[place].forgotten;
        let result = self.store().undo_forget(&[id]);
        if !was_forgotten {
            assert_eq!(result, Ok(0));
        } else if self.ledger.restore(place) {
            assert_eq!(result, Ok(1), "{:?}", self.ledger.entries[place]);
        } else {
            assert_eq!(result.unwrap_err().kind(), "Conflict");
        }
    }

    fn reopen(&mut self) {
        if self.home.is_none() {
            return;
        }
        let count = self.handles.len();
        self.handles.clear();
        self.handles = (0..count).map(|_| self.open()).collect();
    }
}
