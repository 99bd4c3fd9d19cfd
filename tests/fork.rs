//! May a store be used after `fork`? Not by the child, which gets a clear error and harms nothing; the parent goes on.
//! Forking first and opening later is fine.

#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ground::{again, assert_sound, beside, raw};
use mindkeep::{
    Backup, Budget, Error, Export, Filter, Forget, Import, Kind, MemoryId, NewMemory, Patch, Recall, Store,
    Timeline,
};
use mindkeep_faultvfs::fork;

/// Only one test at a time: a fork must find the other threads idle.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn say(line: &mut UnixStream) {
    line.write_all(b".").unwrap();
}

fn hear(line: &mut UnixStream) {
    line.read_exact(&mut [0]).unwrap();
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), &error), ("AfterFork", &Error::AfterFork));
    assert!(error.hint().contains("fork") && error.to_string().contains("fork"));
}

/// Every verb, on a store that the parent opened.
fn every_verb_is_refused(store: &Store, id: MemoryId) {
    let line = &br#"{"type":"entity","name":"London"}"#[..];
    refused(store.remember(NewMemory::new("No.")));
    refused(store.remember_all([NewMemory::new("No.")]));
    refused(store.update(id, Patch::new().importance(0.1)));
    refused(store.forget(&[id]));
    refused(store.forget_matching(Forget::new().persona("ada")));
    refused(store.undo_forget(&[id]));
    refused(store.get(id));
    refused(store.get_many(&[id]));
    refused(store.embeddings(id));
    refused(store.timeline(Timeline::new()));
    refused(store.iterate(Timeline::new()).next().unwrap());
    refused(store.recall(Recall::new("fire")));
    refused(store.count(&Filter::default()));
    refused(store.personas(None));
    refused(store.graph().len());
    refused(store.persona("ada").graph().rank().run());
    refused(store.persona("ada").history(&Kind::FACT, "drink"));
    refused(store.import(line, Import::new()));
    refused(store.import(line, Import::new().strict()));
    refused(store.export(Vec::new(), Export::new()));
    refused(store.stats());
    refused(store.verify(false));
    refused(store.verify(true));
    refused(store.maintain(Budget::all()));
    refused(store.upkeep());
    refused(store.migrations());
    refused(store.notices().map(drop));
    refused(store.poll_notices());
    refused(store.pause(Duration::ZERO));
    refused(store.resume());
    let copy = store.path().map_or("copy.db".into(), |path| path.with_file_name("copy.db"));
    refused(store.backup(&copy, Backup::new()));
    assert!(!copy.exists());
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |about| about.len())
}

#[test]
fn a_child_is_refused_and_the_parent_goes_on() {
    let _one = alone();
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    let id = store.remember(NewMemory::new("Before the fork.")).unwrap().id;
    let (file, log) = (size(&path), size(&beside(&path, "-wal")));
    assert!(log > 0);
    let mut handle = Some(store);
    let mut child = fork(|mut line| {
        every_verb_is_refused(handle.as_ref().unwrap(), id);
        refused(Store::open(&path));
        refused(Store::builder().read_only().open(&path));
        refused(Store::restore_backup(&path, home.path().join("restored.db"), Backup::new()));
        // The only handle there is: the last one closes the file.
        handle = None;
        say(&mut line);
        hear(&mut line);
        refused(Store::open(&path));
    })
    .unwrap();
    hear(&mut child.line);
    assert_eq!(
        (size(&path), size(&beside(&path, "-wal"))),
        (file, log),
        "a child that closes took the log away"
    );
    let store = handle.unwrap();
    store.remember(NewMemory::new("While the child lives.")).unwrap();
    say(&mut child.line);
    child.join().unwrap();
    let told = store.remember(NewMemory::new("After the fork.")).unwrap();
    // Another connection sees it: the parent still has its locks and its log.
    let other = raw(&path);
    assert_eq!(other.query_row("SELECT count(*) FROM memory", [], |row| row.get(0)), Ok(3));
    drop((other, store));
    let store = Store::open(&path).unwrap();
    assert!(store.get(id).is_ok() && store.get(told.id).is_ok());
    assert_eq!(store.count(&Filter::default()), Ok(3));
    assert_sound(&store);
}

/// What is closed or paused is refused, too, and so is another file: the threads that the pool waits for are not there.
#[test]
fn a_child_of_a_process_that_had_a_store_opens_none() {
    let _one = alone();
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    store.remember(NewMemory::new("Before the fork.")).unwrap();
    store.pause(Duration::from_secs(5)).unwrap();
    let memory = Store::builder().open_in_memory().unwrap();
    let id = memory.remember(NewMemory::new("Gone with its last handle.")).unwrap().id;
    let pinned = memory.graph().read().unwrap();
    let other = home.path().join("other.db");
    let child = fork(|_| {
        every_verb_is_refused(&memory, id);
        // It needs no file, but others of the parent's threads may have been at it.
        refused(pinned.len());
        refused(store.resume());
        refused(Store::open(&path));
        refused(Store::open(&other));
        refused(Store::builder().open_in_memory());
        // And a child of the child.
        fork(|_| refused(Store::open(&other))).unwrap().join().unwrap();
    })
    .unwrap();
    child.join().unwrap();
    assert!(!other.exists());
    store.resume().unwrap();
    store.remember(NewMemory::new("After the fork.")).unwrap();
    assert_sound(&store);
}

const HOME: &str = "MINDKEEP_TEST_FORK_HOME";

/// As servers do: workers are forked first, and each one opens the store. What is drawn by chance before the fork is the
/// same in all of them; their memories have ids of their own all the same.
#[test]
fn workers_that_are_forked_first_share_a_store() {
    const EACH: usize = 50;
    let Some(home) = std::env::var_os(HOME) else {
        // In a process of its own, which has opened no store.
        let home = tempfile::tempdir().unwrap();
        let name = "workers_that_are_forked_first_share_a_store";
        assert!(again(name).env(HOME, home.path()).status().unwrap().success());
        return;
    };
    let path = Path::new(&home).join("memories.db");
    let _drawn: u64 = rand::random();
    let worker = || {
        fork(|mut line| {
            let store = Store::open(&path).unwrap();
            hear(&mut line);
            for n in 0..EACH {
                let told = store.remember(NewMemory::new(format!("Memory {n}."))).unwrap();
                // The last eight bytes of an id are chance alone.
                line.write_all(&told.id.as_bytes()[8..]).unwrap();
            }
            std::thread::scope(|scope| {
                (0..4).for_each(|_| {
                    drop(scope.spawn(|| assert!(store.count(&Filter::default()).unwrap() >= 50)))
                });
            });
        })
        .unwrap()
    };
    let mut workers = [worker(), worker(), worker()];
    workers.iter_mut().for_each(|worker| say(&mut worker.line));
    let mut drawn = BTreeSet::new();
    for mut worker in workers {
        let mut ids = Vec::new();
        worker.line.read_to_end(&mut ids).unwrap();
        worker.join().unwrap();
        drawn.extend(ids.chunks(8).map(<[u8]>::to_vec));
    }
    assert_eq!(drawn.len(), 3 * EACH, "two workers drew the same ids");
    let store = Store::open(&path).unwrap();
    assert_eq!(store.count(&Filter::default()), Ok(3 * EACH as u64));
    assert_sound(&store);
}

/// Why a child may not open a file that its parent had open: SQLite takes the parent's locks for its own and takes none,
/// so the parent thinks itself alone, and what the child is told was committed is not there.
#[test]
fn sqlite_would_take_the_parents_locks_for_its_own() {
    let _one = alone();
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("raw.db");
    let ours = raw(&path);
    ours.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    let mut child = fork(|mut line| {
        let own = raw(&path);
        own.execute_batch("SELECT * FROM t").unwrap();
        say(&mut line);
        hear(&mut line);
        own.execute_batch("INSERT INTO t VALUES (2)").unwrap();
        say(&mut line);
        hear(&mut line);
    })
    .unwrap();
    hear(&mut child.line);
    drop(ours);
    let gone = !beside(&path, "-wal").exists();
    say(&mut child.line);
    hear(&mut child.line);
    let found: u32 = raw(&path).query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
    say(&mut child.line);
    child.join().unwrap();
    assert_eq!((gone, found), (true, 1), "SQLite has learned to tell a fork: the refusal can go");
}
