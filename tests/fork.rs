//! May a store be used after `fork`? Not by the child, which gets a clear error and harms nothing; the parent goes on. What
//! was closed or paused at the fork, the child may open for itself.

#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ground::{assert_sound, beside, raw};
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

/// The last eight bytes of an id are chance alone: they were the same in parent and child.
fn chance(id: MemoryId) -> [u8; 8] {
    *id.as_bytes().last_chunk().unwrap()
}

#[test]
fn a_child_opens_for_itself_what_was_paused_or_closed_at_the_fork() {
    let _one = alone();
    const EACH: usize = 50;
    for pause in [true, false] {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("memories.db");
        let mut store = Some(Store::open(&path).unwrap());
        store.as_ref().unwrap().remember(NewMemory::new("Before the fork.")).unwrap();
        if pause {
            store.as_ref().unwrap().pause(Duration::from_secs(5)).unwrap();
        } else {
            store = None;
        }
        let write = |who: &str| {
            let store = Store::open(&path).unwrap();
            let wrote = |n| store.remember(NewMemory::new(format!("{who} wrote {n}"))).unwrap().id;
            let ids: Vec<MemoryId> = (0..EACH).map(wrote).collect();
            assert!(store.count(&Filter::default()).unwrap() > EACH as u64);
            ids
        };
        let mut child = fork(|mut line| {
            hear(&mut line);
            let ids = write("the child");
            if let Some(store) = &store {
                refused(store.resume());
            }
            ids.iter().for_each(|id| line.write_all(&chance(*id)).unwrap());
        })
        .unwrap();
        if let Some(store) = &store {
            store.resume().unwrap();
        }
        say(&mut child.line);
        let ours = write("the parent");
        let mut theirs = [[0; 8]; EACH];
        theirs.iter_mut().for_each(|one| child.line.read_exact(one).unwrap());
        assert!(ours.iter().all(|id| !theirs.contains(&chance(*id))), "parent and child draw the same ids");
        child.join().unwrap();
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.count(&Filter::default()), Ok(1 + 2 * EACH as u64));
        assert_sound(&store);
    }
}

#[test]
fn a_child_may_have_a_store_of_its_own() {
    let _one = alone();
    let home = tempfile::tempdir().unwrap();
    let ours = Store::open(home.path().join("memories.db")).unwrap();
    let memory = Store::builder().open_in_memory().unwrap();
    let id = memory.remember(NewMemory::new("Gone with its last handle.")).unwrap().id;
    ours.count(&Filter::default()).unwrap();
    let child = fork(|_| {
        every_verb_is_refused(&memory, id);
        let own = Store::open(home.path().join("own.db")).unwrap();
        own.remember(NewMemory::new("In the child.")).unwrap();
        // As many readers at once as need the helper that opens connections.
        std::thread::scope(|scope| {
            (0..4).for_each(|_| drop(scope.spawn(|| assert_eq!(own.count(&Filter::default()), Ok(1)))));
        });
        // And a child of the child.
        fork(|_| refused(own.count(&Filter::default()))).unwrap().join().unwrap();
        assert_sound(&own);
    })
    .unwrap();
    child.join().unwrap();
    ours.remember(NewMemory::new("In the parent.")).unwrap();
    let own = Store::open(home.path().join("own.db")).unwrap();
    assert_eq!(own.count(&Filter::default()), Ok(1));
    assert_sound(&own);
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
