//! What does a store do where life is hard? On media that cannot be written, beside a process that holds the file, with a
//! clock that was set back, copied, linked.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use ground::{again, assert_sound, beside, raw};
use mindkeep::{Backup, Error, Export, Filter, Import, Kind, NewMemory, Recall, Store, Timeline};
use tempfile::{TempDir, tempdir};

const ROLE: &str = "MINDKEEP_TEST_ROLE";
const PATH: &str = "MINDKEEP_TEST_PATH";

/// This test program again, as another process with something to do.
fn other(role: &str, path: &Path) -> Command {
    let mut command = again("another_process");
    command.env(ROLE, role).env(PATH, path);
    command
}

/// Not a test of its own: what the other processes do.
#[test]
fn another_process() {
    let (Ok(role), Ok(path)) = (std::env::var(ROLE), std::env::var(PATH)) else { return };
    match role.as_str() {
        "write lock" => hold(Path::new(&path), "BEGIN IMMEDIATE"),
        "whole file" => {
            hold(Path::new(&path), "PRAGMA locking_mode = EXCLUSIVE; BEGIN; DELETE FROM change; ROLLBACK")
        }
        "read-only media" => on_read_only_media(Path::new(&path)),
        _ => panic!("no such role"),
    }
}

/// Holds a lock until a line comes.
fn hold(path: &Path, lock: &str) {
    let conn = raw(path);
    conn.execute_batch(lock).unwrap();
    writeln!(std::io::stdout().lock(), "\nholding").unwrap();
    std::io::stdin().read_line(&mut String::new()).unwrap();
    drop(conn);
    // Nobody listens to the test harness any more.
    std::process::exit(0);
}

/// Another process that holds a lock, once it does.
fn holder(role: &str, path: &Path) -> Child {
    let mut child = other(role, path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "holding"));
    child
}

fn let_go(mut child: Child) {
    writeln!(child.stdin.take().unwrap()).unwrap();
    assert!(child.wait().unwrap().success());
}

fn store_with_two(home: &TempDir) -> PathBuf {
    let path = home.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    store.remember(NewMemory::new("A great fire in the City.").kind(Kind::EVENT)).unwrap();
    store.remember(NewMemory::new("Tea.").kind(Kind::FACT).key("drink")).unwrap();
    path
}

const WAIT_MS: u64 = 150;

#[track_caller]
fn assert_busy<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Busy { waited_ms } if waited_ms >= WAIT_MS), "{error:?}");
}

fn patient(path: &Path) -> Result<Store, Error> {
    Store::builder().busy_wait(std::time::Duration::from_millis(WAIT_MS)).open(path)
}

/// Writes are refused after the wait, reads go on, and nothing is lost.
#[test]
fn a_lock_that_is_held_past_the_wait() {
    let home = tempdir().unwrap();
    let path = store_with_two(&home);
    let store = patient(&path).unwrap();
    let other = holder("write lock", &path);
    let id = store.timeline(Timeline::new()).unwrap().memories[0].id;
    let lines = &br#"{"type":"entity","name":"London"}"#[..];
    assert_busy(store.remember(NewMemory::new("Too early.")));
    assert_busy(store.remember_all([NewMemory::new("Too early.")]));
    assert_busy(store.forget(&[id]));
    assert_busy(store.import(lines, Import::new()));
    assert_busy(store.import(lines, Import::new().strict()));
    assert_eq!(store.count(&Filter::default()), Ok(2));
    assert_eq!(store.recall(Recall::new("fire")).unwrap().len(), 1);
    // Whoever comes meanwhile may read, and waits to write.
    assert_eq!(Store::builder().read_only().open(&path).unwrap().count(&Filter::default()), Ok(2));
    let_go(other);
    store.remember(NewMemory::new("In time.")).unwrap();
    assert_eq!(store.count(&Filter::default()), Ok(3));
    assert_sound(&store);
}

/// Not even the opening gets through to it.
#[test]
fn a_file_that_is_held_whole() {
    let home = tempdir().unwrap();
    let path = store_with_two(&home);
    let other = holder("whole file", &path);
    assert_busy(patient(&path));
    assert_busy(
        Store::builder().read_only().busy_wait(std::time::Duration::from_millis(WAIT_MS)).open(&path),
    );
    let_go(other);
    let store = patient(&path).unwrap();
    assert_eq!(store.count(&Filter::default()), Ok(2));
    assert_sound(&store);
}

/// A store that was closed, one that was copied with its log and shared memory, one with its log alone, and a backup, all
/// on a file system that is mounted read-only.
#[cfg(target_os = "linux")]
#[test]
fn media_that_cannot_be_written() {
    let unshared = Command::new("unshare").args(["-Urm", "true"]).stderr(Stdio::null()).status();
    if !unshared.is_ok_and(|status| status.success()) {
        println!("skipped: this system lets nobody mount in a namespace of their own");
        return;
    }
    let (home, mount) = (tempdir().unwrap(), tempdir().unwrap());
    for folder in ["closed", "open", "log", "backup"] {
        std::fs::create_dir(home.path().join(folder)).unwrap();
    }
    let path = store_with_two(&home);
    std::fs::copy(&path, home.path().join("closed/memories.db")).unwrap();
    let store = Store::open(&path).unwrap();
    store.backup(home.path().join("backup/memories.db"), Backup::new()).unwrap();
    store.remember(NewMemory::new("In the log.")).unwrap();
    // Copied by another process: this one would drop its locks.
    for (folder, suffixes) in [("open", &["", "-wal", "-shm"][..]), ("log", &["", "-wal"])] {
        for suffix in suffixes {
            let copied = Command::new("cp").arg(beside(&path, suffix)).arg(home.path().join(folder)).status();
            assert!(copied.unwrap().success());
        }
    }
    drop(store);
    let script = "mount -t tmpfs none \"$1\" && cp -R \"$2\"/. \"$1\" && mount -o remount,ro \"$1\" && shift 2 && exec \"$@\"";
    let reader = other("read-only media", mount.path());
    let mut run = Command::new("unshare");
    run.args(["-Urm", "sh", "-c", script, "sh"]).arg(mount.path()).arg(home.path());
    run.arg(reader.get_program()).args(reader.get_args());
    run.env(ROLE, "read-only media").env(PATH, mount.path());
    let output = run.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("read four stores"), "{told}");
}

fn on_read_only_media(folder: &Path) {
    assert!(std::fs::write(folder.join("probe"), "x").is_err(), "the media can be written");
    let path = |name: &str| folder.join(name).join("memories.db");
    let reading = |name: &str| Store::builder().read_only().open(path(name));
    // As it was when it was copied, each for as long as its log is beside it.
    for (name, count) in [("open", 3), ("backup", 2)] {
        let store = reading(name).unwrap();
        assert_eq!(store.count(&Filter::default()), Ok(count), "{name}");
        assert_eq!(store.recall(Recall::new("fire")).unwrap().len(), 1);
        assert!(store.verify(true).unwrap().is_sound());
        assert_eq!(store.remember(NewMemory::new("No.")), Err(Error::ReadOnly));
        let mut lines = Vec::new();
        assert_eq!(store.export(&mut lines, Export::new()).unwrap().memories, count);
    }
    // Without shared memory nobody can read a log, and none can be made here: said, not guessed.
    for name in ["closed", "log"] {
        let error = reading(name).unwrap_err();
        assert_eq!(error.kind(), "Unavailable", "{name}: {error:?}");
        assert!(error.hint().contains("copy the file") && error.hint().contains("-wal"), "{}", error.hint());
    }
    // Whoever wants to write is told at once.
    for name in ["closed", "log", "open", "backup"] {
        let error = Store::open(path(name)).unwrap_err();
        assert!(["ReadOnly", "Unavailable"].contains(&error.kind()), "{name}: {error:?}");
        assert_eq!(
            Store::restore_backup(path("backup"), folder.join("new.db"), Backup::new()).unwrap_err().kind(),
            "Io"
        );
    }
    writeln!(std::io::stdout().lock(), "read four stores").unwrap();
}

/// The stamps of all changes in the order in which they were made.
fn stamps(path: &Path) -> Vec<i64> {
    let file = raw(path);
    let mut statement = file.prepare("SELECT stamp FROM change ORDER BY seq").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// The device's clock was years ahead when the store was written last: to the store that is a clock set back.
#[test]
fn a_clock_that_was_set_back() {
    let home = tempdir().unwrap();
    let path = store_with_two(&home);
    let ahead = 4_102_444_800_000_i64 << 16; // the year 2100
    raw(&path).execute("UPDATE store_state SET stamp = ?1", [ahead]).unwrap();
    for round in 0..3 {
        let store = Store::open(&path).unwrap();
        let fact = |n: i64| NewMemory::new(format!("Tea {round} {n}.")).kind(Kind::FACT).key("drink");
        for n in 0..5 {
            store.remember(fact(n)).unwrap();
            let note = store.remember(NewMemory::new("A note.").key("note")).unwrap();
            store.update(note.id, mindkeep::Patch::new().content(format!("Note {round} {n}."))).unwrap();
        }
        assert_sound(&store);
        // What happened when is the wall's word, not the stamp's.
        let newest = &store.timeline(Timeline::new().limit(1)).unwrap().memories[0];
        assert!(newest.at.as_millis() < ahead >> 16);
        assert_eq!(
            store.persona("default").history(&Kind::FACT, "drink").unwrap().len(),
            1 + (round + 1) * 5
        );
    }
    let stamps = stamps(&path);
    assert!(stamps.windows(2).all(|pair| pair[0] < pair[1]), "a later change has an earlier stamp");
    assert!(stamps[2..].iter().all(|stamp| *stamp > ahead));
    // Who hears of it is not dragged along: a stamp so far ahead is refused, the lines are told.
    let mut lines = Vec::new();
    let exported = Store::open(&path).unwrap().export(&mut lines, Export::new()).unwrap();
    let elsewhere = Store::builder().open_in_memory().unwrap();
    let report = elsewhere.import(&lines[..], Import::new()).unwrap();
    assert_eq!(report.memories + report.rejected_count, exported.memories);
    assert!(report.rejected_count > 0 && report.memories > 0);
}

/// A copy and its original both go on, under ids of their own, and hear of each other by export and import.
#[test]
fn a_copy_and_its_original_both_go_on() {
    let home = tempdir().unwrap();
    let path = store_with_two(&home);
    let copy = home.path().join("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    let (original, copied) = (Store::open(&path).unwrap(), Store::open(&copy).unwrap());
    for n in 0..20 {
        original.remember(NewMemory::new(format!("To the original, {n}."))).unwrap();
        copied.remember(NewMemory::new(format!("To the copy, {n}."))).unwrap();
    }
    for (from, to) in [(&original, &copied), (&copied, &original)] {
        let mut lines = Vec::new();
        from.export(&mut lines, Export::new()).unwrap();
        assert_eq!(to.import(&lines[..], Import::new()).unwrap().rejected_count, 0);
    }
    let contents = |store: &Store| -> BTreeSet<String> {
        store.iterate(Timeline::new()).map(|memory| memory.unwrap().content).collect()
    };
    assert_eq!(contents(&original).len(), 42);
    assert_eq!(contents(&original), contents(&copied));
    assert_sound(&original);
    assert_sound(&copied);
    drop((original, copied));
    let writers = |path: &Path| -> BTreeSet<Vec<u8>> {
        let sql = "SELECT uuid FROM replica WHERE replica_id IN (SELECT replica_id FROM memory)";
        let file = raw(path);
        let mut statement = file.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(writers(&path).len(), 2);
    assert_eq!(writers(&path), writers(&copy));
}

/// Under a second name SQLite would give the file a second log, and the two would write over each other.
#[cfg(unix)]
#[test]
fn a_file_with_several_names_is_one_store() {
    let home = tempdir().unwrap();
    let path = store_with_two(&home);
    let (soft, hard) = (home.path().join("soft.db"), home.path().join("hard.db"));
    std::os::unix::fs::symlink(&path, &soft).unwrap();
    std::fs::hard_link(&path, &hard).unwrap();
    let first = Store::open(&path).unwrap();
    let up = home.path().join("..").join(home.path().file_name().unwrap()).join("memories.db");
    for (n, name) in [soft, hard.clone(), up].iter().enumerate() {
        let other = Store::open(name).unwrap();
        other.remember(NewMemory::new(format!("Under another name, {n}."))).unwrap();
        assert_eq!(first.count(&Filter::default()), Ok(3 + n as u64), "{n}");
        let reading = Store::builder().read_only().open(name).unwrap();
        assert_eq!(reading.count(&Filter::default()), Ok(3 + n as u64));
    }
    assert!(!beside(&hard, "-wal").exists());
    assert_sound(&first);
}
