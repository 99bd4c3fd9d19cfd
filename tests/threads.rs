//! May many threads use one store at once? Each call stands alone: one that fails, or is stopped, stops no other.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use ground::{Dice, assert_sound, long, seed, times};
use mindkeep::{
    Backup, Cancel, Config, Durability, Error, Export, Filter, Forget, Import, MemoryId, NewMemory,
    Operation, Outcome, Patch, Recall, Store, Timeline,
};

const ALL: usize = 64;
const LINE: &str = r#"{"type":"memory","persona":"default","content":"Not kept."}"#;

fn in_file(home: &tempfile::TempDir) -> Store {
    Store::open(home.path().join("memories.db")).unwrap()
}

/// Threads that remember, update, forget and ask, each for its own persona. The long variant goes on for 20 seconds.
fn remember_and_recall(store: &Store) {
    let rounds = times("ROUNDS", 12, u64::MAX);
    let until = long().then(|| Instant::now() + Duration::from_secs(20));
    let kept = AtomicU64::new(0);
    let start = Barrier::new(ALL);
    thread::scope(|scope| {
        for thread in 0..ALL {
            let (start, kept) = (&start, &kept);
            scope.spawn(move || {
                let mut dice = Dice(seed() + thread as u64);
                let persona = store.persona(format!("house/{}", thread % 16));
                start.wait();
                for round in 0..rounds {
                    if until.is_some_and(|until| Instant::now() >= until) {
                        break;
                    }
                    let word = format!("word{thread}x{round}");
                    let told =
                        persona.remember(NewMemory::new(format!("A {word} of tea.")).tag("t")).unwrap();
                    assert_eq!(told.outcome, Outcome::Added);
                    kept.fetch_add(1, Ordering::Relaxed);
                    let hits = persona.recall(Recall::new(&word)).unwrap();
                    assert_eq!(hits.len(), 1, "a write is found by the next read");
                    assert_eq!(store.get(told.id).unwrap(), hits[0].memory);
                    match dice.below(4) {
                        0 => {
                            let changed = store.update(told.id, Patch::new().importance(0.9)).unwrap();
                            assert_eq!(store.get(told.id).unwrap(), changed);
                        }
                        1 => {
                            assert_eq!(store.forget(&[told.id]), Ok(1));
                            assert_eq!(store.get(told.id).unwrap_err().kind(), "NotFound");
                            kept.fetch_sub(1, Ordering::Relaxed);
                        }
                        2 => {
                            let page = persona.timeline(Timeline::new().limit(20)).unwrap();
                            assert!(page.memories.is_sorted_by(|a, b| a.at >= b.at));
                        }
                        _ => assert!(store.count(&Filter::default()).unwrap() > 0),
                    }
                }
            });
        }
    });
    assert_eq!(store.count(&Filter::default()), Ok(kept.into_inner()));
    assert_sound(store);
}

#[test]
fn sixty_four_threads_in_a_file() {
    let home = tempfile::tempdir().unwrap();
    remember_and_recall(&in_file(&home));
}

#[test]
fn sixty_four_threads_in_memory() {
    remember_and_recall(&Store::builder().open_in_memory().unwrap());
}

/// Writes that arrive while the disk is busy are committed together; one that fails must fail alone.
#[test]
fn one_bad_write_among_a_group_fails_alone() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::builder().durability(Durability::Full).open(home.path().join("memories.db")).unwrap();
    let missing = MemoryId::from_bytes([1; 16]);
    let rounds = times("ROUNDS", 20, 200);
    let start = Barrier::new(16);
    thread::scope(|scope| {
        for thread in 0..16 {
            let (store, start) = (&store, &start);
            scope.spawn(move || {
                for round in 0..rounds {
                    start.wait();
                    if thread % 4 == 0 {
                        let result = store.update(missing, Patch::new().importance(0.1));
                        assert_eq!(result, Err(Error::NotFound { what: "memory" }));
                    } else {
                        let told = store.remember(NewMemory::new(format!("{thread} {round}"))).unwrap();
                        assert_eq!(store.get(told.id).unwrap().content, format!("{thread} {round}"));
                    }
                }
            });
        }
    });
    assert_eq!(store.count(&Filter::default()), Ok(12 * rounds));
    let contents: std::collections::BTreeSet<String> =
        store.iterate(Timeline::new()).map(|memory| memory.unwrap().content).collect();
    assert_eq!(contents.len() as u64, 12 * rounds, "a replayed write was written twice");
    assert_sound(&store);
}

#[test]
fn a_deadline_that_has_passed_stops_every_call() {
    let store = Store::builder().open_in_memory().unwrap();
    let late = store.with_deadline(Duration::ZERO);
    let id = store.remember(NewMemory::new("Always the same.")).unwrap().id;
    for result in [
        late.remember(NewMemory::new("Not kept.")).map(drop),
        late.remember_all([NewMemory::new("Not kept.")]).map(drop),
        late.update(id, Patch::new().importance(0.7)).map(drop),
        late.forget(&[id]).map(drop),
        late.forget_matching(Forget::new().persona("default")).map(drop),
        late.import(LINE.as_bytes(), Import::new()).map(drop),
        late.import(LINE.as_bytes(), Import::new().strict()).map(drop),
        late.backup(std::env::temp_dir().join("never-made.db"), Backup::new()).map(drop),
        late.get(id).map(drop),
        late.timeline(Timeline::new()).map(drop),
        late.recall(Recall::new("same")).map(drop),
        late.count(&Filter::default()).map(drop),
        late.export(Vec::new(), Export::new()).map(drop),
        late.stats().map(drop),
        late.verify(true).map(drop),
    ] {
        assert_eq!(result, Err(Error::DeadlineExceeded));
    }
    assert_eq!(store.get(id).unwrap().importance, 0.5, "other handles have no deadline");
    assert_eq!(store.count(&Filter::default()), Ok(1));
    assert!(store.with_deadline(Duration::MAX).get(id).is_ok(), "a deadline beyond the end of time is none");
}

fn full_of_words(store: &Store) {
    let memories = (0..20_000).map(|n| NewMemory::new(format!("common words and number {n}")));
    assert_eq!(store.remember_all(memories).unwrap().added, 20_000);
}

#[test]
fn a_deadline_stops_a_read_in_the_middle() {
    let store = Store::builder().open_in_memory().unwrap();
    full_of_words(&store);
    // Scoring 20,000 rows takes longer than this on any machine; the call must say so rather than answer late.
    let hurried = store.with_deadline(Duration::from_nanos(1));
    assert_eq!(hurried.recall(Recall::new("common words")), Err(Error::DeadlineExceeded));
    assert_eq!(store.recall(Recall::new("common words")).unwrap().len(), 10);
}

#[test]
fn cancel_stops_what_runs_and_what_comes_later() {
    let home = tempfile::tempdir().unwrap();
    let store = in_file(&home);
    full_of_words(&store);
    let cancel = Cancel::new();
    let asking = store.with_cancel(&cancel);
    let canceller = thread::spawn({
        let (cancel, store) = (cancel.clone(), store.clone());
        move || {
            let recalls =
                || store.counters().iter().find(|c| c.operation == Operation::Recall).unwrap().calls;
            while recalls() < 3 {
                thread::yield_now();
            }
            cancel.cancel();
        }
    });
    let error = loop {
        if let Err(error) = asking.recall(Recall::new("common words and number").limit(1_000)) {
            break error;
        }
    };
    assert_eq!(error, Error::Cancelled);
    canceller.join().unwrap();
    assert_eq!(asking.get(MemoryId::from_bytes([1; 16])), Err(Error::Cancelled));
    assert_eq!(asking.remember(NewMemory::new("Not kept.")), Err(Error::Cancelled));
    assert!(store.recall(Recall::new("common")).is_ok(), "other handles are not cancelled");
}

/// An output that says when the first bytes reach it, and takes no more until it hears back.
struct Held {
    arrived: Sender<()>,
    go_on: Receiver<()>,
    held: bool,
}

impl Write for Held {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if !self.held {
            self.held = true;
            self.arrived.send(()).unwrap();
            let _ = self.go_on.recv();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Starts an export that holds a read connection until told to go on.
fn holding_a_reader(store: &Store) -> (thread::JoinHandle<mindkeep::Result<mindkeep::Exported>>, Sender<()>) {
    let ((arrived, has_arrived), (go_on, may_go_on)) = (channel(), channel());
    let store = store.clone();
    let export =
        thread::spawn(move || store.export(Held { arrived, go_on: may_go_on, held: false }, Export::new()));
    has_arrived.recv().unwrap();
    (export, go_on)
}

fn with_one_reader(home: &tempfile::TempDir, reader_wait_ms: u64) -> Store {
    let config = Config { readers: 1, reader_wait_ms, ..Config::desktop() };
    let store = Store::builder().config(config).open(home.path().join("memories.db")).unwrap();
    store.remember(NewMemory::new("Only one may look at a time.")).unwrap();
    store
}

#[test]
fn waiting_for_a_reader_ends_with_busy() {
    let home = tempfile::tempdir().unwrap();
    let store = with_one_reader(&home, 20);
    let (export, go_on) = holding_a_reader(&store);
    assert_eq!(store.timeline(Timeline::new()), Err(Error::Busy { waited_ms: 20 }));
    assert!(store.remember(NewMemory::new("Writes do not wait for readers.")).is_ok());
    go_on.send(()).unwrap();
    assert_eq!(export.join().unwrap().unwrap().memories, 1, "an export is of one commit");
    assert_eq!(store.timeline(Timeline::new()).unwrap().memories.len(), 2);
}

/// The wait for a reader was taken without a look at the caller's deadline: whoever had one waited as long as all.
#[test]
fn a_deadline_counts_while_waiting_for_a_reader() {
    let home = tempfile::tempdir().unwrap();
    let store = with_one_reader(&home, 1_000);
    let (export, go_on) = holding_a_reader(&store);
    let (ended, endings) = channel();
    thread::scope(|scope| {
        for handle in [store.clone(), store.with_deadline(Duration::from_millis(16))] {
            let ended = ended.clone();
            scope.spawn(move || ended.send(handle.timeline(Timeline::new()).unwrap_err()).unwrap());
        }
    });
    assert_eq!(endings.recv().unwrap(), Error::DeadlineExceeded);
    assert_eq!(endings.recv().unwrap(), Error::Busy { waited_ms: 1_000 });
    go_on.send(()).unwrap();
    export.join().unwrap().unwrap();
}

#[test]
fn pause_interrupts_a_long_read() {
    let home = tempfile::tempdir().unwrap();
    let store = in_file(&home);
    full_of_words(&store);
    let started = Arc::new(Barrier::new(2));
    let reading = thread::spawn({
        let (store, started) = (store.clone(), Arc::clone(&started));
        move || {
            started.wait();
            loop {
                if let Err(error) = store.recall(Recall::new("common words and number").limit(1_000)) {
                    return error;
                }
            }
        }
    });
    started.wait();
    store.pause(Duration::ZERO).unwrap();
    assert_eq!(reading.join().unwrap(), Error::Paused);
    store.resume().unwrap();
    assert_eq!(store.count(&Filter::default()), Ok(20_000));
}

#[test]
fn pause_between_the_chunks_of_a_batch_keeps_whole_chunks() {
    let home = tempfile::tempdir().unwrap();
    let store = in_file(&home);
    let (reached, has_reached) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let writing = thread::spawn({
        let store = store.clone();
        move || {
            let mut batch = mindkeep::Batch::new().chunk(10);
            batch.on_progress(move |progress| {
                if progress.done == 30 {
                    reached.send(()).unwrap();
                    may_go_on.recv().unwrap();
                }
                ControlFlow::Continue(())
            });
            store.remember_batch((0..100).map(|n| NewMemory::new(format!("{n}"))), batch)
        }
    });
    has_reached.recv().unwrap();
    store.pause(Duration::ZERO).unwrap();
    go_on.send(()).unwrap();
    let stopped = writing.join().unwrap().unwrap_err();
    assert_eq!(stopped, Error::BatchStopped { kept: 30, cause: Box::new(Error::Paused) });
    store.resume().unwrap();
    assert_eq!(store.count(&Filter::default()), Ok(30));
    assert_sound(&store);
}

/// SQLite's check asked FTS5 what it remembered of an older commit: a reader that had verified before reported
/// damage as soon as segments had been merged meanwhile.
#[test]
fn verify_again_after_writes_finds_nothing() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::builder().readers(1).open(home.path().join("memories.db")).unwrap();
    for round in 0..40 {
        for n in 0..round % 23 {
            store.remember(NewMemory::new(format!("word {n}"))).unwrap();
        }
        assert_sound(&store);
    }
}

#[test]
fn notices_of_a_strict_import_come_at_once() {
    let store = Store::builder().open_in_memory().unwrap();
    let notices = store.notices().unwrap();
    let line = &br#"{"type":"memory","persona":"pepys","content":"Up betimes."}"#[..];
    store.import(line, Import::new().strict()).unwrap();
    assert_eq!(notices.try_next().unwrap().persona.unwrap().as_str(), "pepys");
    assert!(notices.try_next().is_none());
}
