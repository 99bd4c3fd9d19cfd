//! Does a paused store let go of its file, and does nothing get lost on the way? Locks are read from `/proc/locks`.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use ground::{Dice, again, assert_sound, beside, seed, times};
use mindkeep::{Error, Filter, Import, NewMemory, Recall, Store, Timeline};

const PATH: &str = "MINDKEEP_TEST_PATH";

fn open(home: &tempfile::TempDir) -> Store {
    Store::open(home.path().join("memories.db")).unwrap()
}

/// Not a test of its own: another process that writes one memory.
#[test]
fn another_process() {
    let Ok(path) = std::env::var(PATH) else { return };
    Store::open(path).unwrap().persona("other").remember(NewMemory::new("Meanwhile.")).unwrap();
}

fn let_another_process_write(path: &Path) {
    let status = again("another_process").env(PATH, path).stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
}

/// How many locks this process holds on a store's files. A lock in `/proc/locks` names its process and its file's
/// number: `1: POSIX  ADVISORY  READ 4711 08:01:1234567 120 120`.
#[cfg(target_os = "linux")]
fn locks(path: &Path) -> usize {
    locks_from(path).len()
}

/// How many of them last as long as the file is open. Those on the bytes 120 to 127 of the index of the log come and
/// go with every transaction (<https://www.sqlite.org/walformat.html#locks>), which a thread in the background may have.
#[cfg(target_os = "linux")]
fn lasting_locks(path: &Path) -> usize {
    locks_from(path).into_iter().filter(|first| !(120..128).contains(first)).count()
}

/// The first byte of each lock that this process holds on a store's files.
#[cfg(target_os = "linux")]
fn locks_from(path: &Path) -> Vec<u64> {
    use std::os::unix::fs::MetadataExt;
    let files: Vec<String> = ["", "-wal", "-shm"]
        .iter()
        .filter_map(|suffix| std::fs::metadata(beside(path, suffix)).ok())
        .map(|about| about.ino().to_string())
        .collect();
    let mine = std::process::id().to_string();
    let all = std::fs::read_to_string("/proc/locks").unwrap();
    all.lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().filter(|&word| word != "->").collect();
            let file = words.get(5)?.rsplit(':').next()?;
            let held = words[4] == mine && files.iter().any(|f| f == file);
            held.then(|| words.get(6)?.parse().ok()).flatten()
        })
        .collect()
}

/// Locks may be hidden from a process in a container.
#[cfg(target_os = "linux")]
#[allow(clippy::print_stdout)] // says what was skipped
fn locks_can_be_seen(path: &Path) -> bool {
    let seen = locks(path) > 0;
    if !seen {
        println!("skipped: /proc/locks does not show the locks of this process");
    }
    seen
}

#[cfg(target_os = "linux")]
#[test]
fn no_lock_is_held_while_paused() {
    let home = tempfile::tempdir().unwrap();
    let store = open(&home);
    let path = store.path().unwrap().to_owned();
    store.remember(NewMemory::new("Before.")).unwrap();
    if !locks_can_be_seen(&path) {
        return;
    }
    // Several readers are open, too.
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                (0..20).for_each(|_| assert_eq!(store.recall(Recall::new("before")).unwrap().len(), 1))
            });
        }
    });
    store.pause(Duration::from_secs(1)).unwrap();
    assert_eq!(locks(&path), 0);
    // With time left the log was moved into the file, which another program may copy now.
    assert_eq!(std::fs::metadata(beside(&path, "-wal")).map_or(0, |about| about.len()), 0);
    store.resume().unwrap();
    assert_eq!(store.count(&Filter::default()), Ok(1));
    assert!(locks(&path) > 0);
}

/// A look at the file's first bytes by an ordinary read drops all locks that the process holds on it. Opening a
/// store for writing that was open for reading did that.
#[cfg(target_os = "linux")]
#[test]
fn opening_a_file_again_keeps_the_locks_of_the_first() {
    let home = tempfile::tempdir().unwrap();
    let path = open(&home).path().unwrap().to_owned();
    let reading = Store::builder().read_only().open(&path).unwrap();
    let before = lasting_locks(&path);
    if !locks_can_be_seen(&path) {
        return;
    }
    let writing = Store::open(&path).unwrap();
    assert!(lasting_locks(&path) >= before, "{} of {before} locks are left", lasting_locks(&path));
    writing.pause(Duration::ZERO).unwrap();
    writing.resume().unwrap();
    assert!(
        lasting_locks(&path) >= before,
        "{} of {before} locks are left after a pause",
        lasting_locks(&path)
    );
    let copy = home.path().join("copy.db");
    Store::restore_backup(&path, &copy, mindkeep::Backup::new()).unwrap();
    assert!(
        lasting_locks(&path) >= before,
        "{} of {before} locks are left after a restore",
        lasting_locks(&path)
    );
    drop(reading);
}

#[test]
fn another_process_writes_meanwhile() {
    let home = tempfile::tempdir().unwrap();
    let store = open(&home);
    let path = store.path().unwrap().to_owned();
    let notices = store.notices().unwrap();
    let mine = store.persona("me").remember(NewMemory::new("Before.")).unwrap().id;
    store.pause(Duration::from_secs(1)).unwrap();
    let_another_process_write(&path);
    store.resume().unwrap();
    assert_eq!(store.get(mine).unwrap().content, "Before.");
    assert_eq!(store.persona("other").timeline(Timeline::new()).unwrap().memories[0].content, "Meanwhile.");
    store.persona("me").remember(NewMemory::new("After.")).unwrap();
    assert_eq!(store.count(&Filter::default()), Ok(3));
    assert_eq!(store.poll_notices(), Ok(true));
    let told: Vec<String> =
        std::iter::from_fn(|| notices.try_next()).map(|n| n.persona.unwrap().as_str().to_owned()).collect();
    assert_eq!(told, ["me", "other"]);
    assert_sound(&store);
}

#[test]
fn a_file_may_be_replaced_while_paused() {
    let home = tempfile::tempdir().unwrap();
    let store = open(&home);
    let path = store.path().unwrap().to_owned();
    store.persona("old").remember(NewMemory::new("Of the old file.")).unwrap();
    let other = Store::open(home.path().join("other.db")).unwrap();
    // The same numbers stand for other names there.
    other.persona("new").remember(NewMemory::new("Of the new file.").kind("dream".into())).unwrap();
    other.pause(Duration::from_secs(1)).unwrap();
    store.pause(Duration::from_secs(1)).unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(&path, suffix));
    }
    std::fs::copy(home.path().join("other.db"), &path).unwrap();
    store.resume().unwrap();
    let memory = store.timeline(Timeline::new()).unwrap().memories.remove(0);
    assert_eq!((memory.persona.as_str(), memory.kind.as_str()), ("new", "dream"));
    assert_eq!(memory.content, "Of the new file.");
}

fn every_call_is_turned_away(store: &Store) {
    let id = mindkeep::MemoryId::from_bytes([1; 16]);
    let mut out = Vec::new();
    for result in [
        store.remember(NewMemory::new("Too early.")).map(drop),
        store.remember_all([NewMemory::new("Too early.")]).map(drop),
        store.get(id).map(drop),
        store.get_many(&[id]).map(drop),
        store.update(id, mindkeep::Patch::new().importance(0.2)).map(drop),
        store.forget(&[id]).map(drop),
        store.undo_forget(&[id]).map(drop),
        store.forget_matching(mindkeep::Forget::new().persona("ada")).map(drop),
        store.timeline(Timeline::new()).map(drop),
        store.recall(Recall::new("early")).map(drop),
        store.count(&Filter::default()).map(drop),
        store.personas(None).map(drop),
        store.persona("ada").thread("t").map(drop),
        store.stats().map(drop),
        store.verify(true).map(drop),
        store.export(&mut out, mindkeep::Export::new()).map(drop),
        store.import(&br#"{"type":"entity","name":"London"}"#[..], Import::new()).map(drop),
        store.import(&br#"{"type":"entity","name":"London"}"#[..], Import::new().strict()).map(drop),
        store.poll_notices().map(drop),
    ] {
        assert_eq!(result, Err(Error::Paused));
    }
    assert!(out.is_empty());
    let mut iterating = store.iterate(Timeline::new());
    assert_eq!(iterating.next(), Some(Err(Error::Paused)));
    assert_eq!(iterating.next(), None);
}

fn pauses_and_resumes(store: &Store) {
    store.remember(NewMemory::new("Kept.")).unwrap();
    store.resume().unwrap();
    for deadline in [Duration::ZERO, Duration::from_millis(1), Duration::MAX] {
        assert!(!store.is_paused());
        store.pause(deadline).unwrap();
        store.pause(deadline).unwrap();
        assert!(store.is_paused() && store.clone().is_paused());
        every_call_is_turned_away(store);
        store.resume().unwrap();
        store.resume().unwrap();
        assert_eq!(store.count(&Filter::default()), Ok(1));
    }
    assert_sound(store);
}

#[test]
fn pausing_and_resuming_twice_is_the_same_as_once() {
    let home = tempfile::tempdir().unwrap();
    pauses_and_resumes(&open(&home));
    pauses_and_resumes(&Store::builder().open_in_memory().unwrap());
}

/// What lies in the log is safe even if there is no time to move it.
#[test]
fn a_pause_without_time_keeps_everything() {
    let home = tempfile::tempdir().unwrap();
    let store = open(&home);
    let report =
        store.remember_all((0..3_000).map(|n| NewMemory::new(format!("Page {n} of a long book.")))).unwrap();
    assert_eq!(report.added, 3_000);
    store.pause(Duration::ZERO).unwrap();
    let_another_process_write(&home.path().join("memories.db"));
    store.resume().unwrap();
    assert_eq!(store.count(&Filter::default()), Ok(3_001));
    assert_sound(&store);
}

fn random_pauses_lose_nothing(store: &Store, pauses: u64) {
    let (done, kept) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        let mut busy = Vec::new();
        for thread in 0..8_u64 {
            let (done, kept) = (&done, &kept);
            busy.push(scope.spawn(move || {
                let mut dice = Dice(seed() + thread);
                let persona = store.persona(format!("p{thread}"));
                while !done.load(Ordering::Relaxed) {
                    let paused = match dice.below(3) {
                        0 => match persona.remember(NewMemory::new(format!("word {}", dice.below(100)))) {
                            Ok(_) => {
                                kept.fetch_add(1, Ordering::SeqCst);
                                false
                            }
                            Err(error) => turned_away(&error),
                        },
                        1 => {
                            match persona.remember_all((0..3).map(|n| NewMemory::new(format!("word {n}")))) {
                                Ok(report) => {
                                    kept.fetch_add(report.added, Ordering::SeqCst);
                                    false
                                }
                                Err(error) => turned_away(&error),
                            }
                        }
                        _ => persona.recall(Recall::new("word")).is_err_and(|error| turned_away(&error)),
                    };
                    if paused {
                        thread::yield_now();
                    }
                }
            }));
        }
        let _end = End(&done);
        let mut dice = Dice(seed());
        for _ in 0..pauses {
            let before = kept.load(Ordering::SeqCst);
            store.pause(Duration::from_micros(dice.below(3_000))).unwrap();
            assert!(store.is_paused());
            store.resume().unwrap();
            // Let somebody get on before the next pause.
            while kept.load(Ordering::SeqCst) == before {
                assert!(!busy.iter().any(thread::ScopedJoinHandle::is_finished), "a thread failed");
                thread::yield_now();
            }
        }
    });
    assert_eq!(store.count(&Filter::default()), Ok(kept.into_inner()));
    assert_sound(store);
}

/// Ends the busy threads, also when a check fails.
struct End<'e>(&'e AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The only error that a busy thread may see.
#[track_caller]
fn turned_away(error: &Error) -> bool {
    assert_eq!(*error, Error::Paused);
    true
}

#[test]
fn random_pauses_among_busy_threads_lose_nothing() {
    let home = tempfile::tempdir().unwrap();
    random_pauses_lose_nothing(&open(&home), times("PAUSES", 100, 1_000));
}

/// Pausing is quick here, so that interruptions hit statements that begin or end a transaction, too: a COMMIT was
/// reported as interrupted after it had been made, and a BEGIN left its transaction open for good.
#[test]
fn random_pauses_in_memory_lose_nothing() {
    random_pauses_lose_nothing(&Store::builder().open_in_memory().unwrap(), times("PAUSES", 1_000, 10_000));
}
