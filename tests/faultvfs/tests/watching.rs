//! What is watched, and what is left alone?

mod ledger;

use std::fs;
use std::io::ErrorKind;

use mindkeep_faultvfs::{Fault, PowerCut, Repeat, Survival};
use rusqlite::Connection;
use tempfile::tempdir;

#[test]
fn a_directory_that_is_not_watched_works_as_ever() {
    let (home, other) = (tempdir().unwrap(), tempdir().unwrap());
    let disk = PowerCut::install().watch(home.path()).unwrap();
    disk.fail_at(1, Fault::IoError, Repeat::Always);
    let ledger = ledger::open(other.path(), "WAL", "FULL").unwrap();
    ledger::write(&ledger, 1).unwrap();
    assert_eq!(disk.operations(), 0);
}

#[test]
fn two_directories_count_and_fail_apart() {
    let (one, two) = (tempdir().unwrap(), tempdir().unwrap());
    let first = PowerCut::install().watch(one.path()).unwrap();
    let second = PowerCut::install().watch(two.path()).unwrap();
    first.fail_at(1, Fault::IoError, Repeat::Always);
    ledger::open(one.path(), "WAL", "FULL").unwrap_err();
    ledger::open(two.path(), "WAL", "FULL").unwrap();
    assert!(first.struck().is_some() && second.struck().is_none());
}

#[test]
fn watching_again_is_the_same_disk() {
    let home = tempdir().unwrap();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let ledger = ledger::open(home.path(), "WAL", "FULL").unwrap();
    let again = PowerCut::install().watch(home.path().join(".")).unwrap();
    assert_eq!((again.root(), again.operations()), (disk.root(), disk.operations()));
    drop(disk);
    let before = again.operations();
    ledger::write(&ledger, 1).unwrap();
    assert!(again.operations() > before);
}

#[test]
fn a_watch_ends_with_its_last_handle() {
    let home = tempdir().unwrap();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    disk.fail_at(1, Fault::IoError, Repeat::Always);
    drop(disk);
    ledger::open(home.path(), "WAL", "FULL").unwrap();
}

#[test]
fn what_was_there_before_the_watch_is_durable() {
    let (home, found) = (tempdir().unwrap(), tempdir().unwrap());
    PowerCut::install();
    let ledger = ledger::open(home.path(), "DELETE", "OFF").unwrap();
    ledger::write(&ledger, 1).unwrap();
    drop(ledger);
    fs::create_dir(home.path().join("letters")).unwrap();
    fs::write(home.path().join("letters/first.txt"), "Dear diary").unwrap();

    let disk = PowerCut::install().watch(home.path()).unwrap();
    let ledger = ledger::open(home.path(), "DELETE", "OFF").unwrap();
    ledger::write(&ledger, 2).unwrap();
    disk.cut(found.path(), 0, Survival::SyncedOnly).unwrap();
    assert_eq!(ledger::check(found.path()), Ok(1));
    assert_eq!(fs::read_to_string(found.path().join("letters/first.txt")).unwrap(), "Dear diary");
}

#[test]
fn a_file_that_another_program_put_there_is_taken_as_it_is_when_it_is_opened() {
    let (home, elsewhere, found) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let copy = ledger::open(elsewhere.path(), "DELETE", "FULL").unwrap();
    ledger::write(&copy, 1).unwrap();
    drop(copy);
    fs::copy(ledger::file(elsewhere.path()), ledger::file(home.path())).unwrap();

    assert_eq!(ledger::check(home.path()), Ok(1));
    disk.cut(found.path(), 0, Survival::SyncedOnly).unwrap();
    assert_eq!(ledger::check(found.path()), Ok(1));
}

#[test]
fn a_file_made_by_vacuum_into_is_watched_too_and_synced_as_its_connection_is() {
    for (synchronous, found_after_cut) in [("FULL", true), ("OFF", false)] {
        let (home, found) = (tempdir().unwrap(), tempdir().unwrap());
        let disk = PowerCut::install().watch(home.path()).unwrap();
        let ledger = ledger::open(home.path(), "WAL", synchronous).unwrap();
        ledger::write(&ledger, 1).unwrap();
        let copies = home.path().join("copies");
        fs::create_dir(&copies).unwrap();
        ledger.execute("VACUUM INTO ?1", [ledger::file(&copies).to_str().unwrap()]).unwrap();

        disk.cut(found.path(), 0, Survival::SyncedOnly).unwrap();
        let copy = found.path().join("copies");
        assert_eq!(ledger::file(&copy).exists(), found_after_cut, "{synchronous}");
        assert_eq!(ledger::check(&copy), Ok(i64::from(found_after_cut)), "{synchronous}");
    }
}

#[test]
fn a_cut_goes_to_an_empty_directory_elsewhere() {
    let (home, found) = (tempdir().unwrap(), tempdir().unwrap());
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let inside = disk.cut(home.path().join("cut"), 0, Survival::SyncedOnly).unwrap_err();
    assert_eq!(inside.kind(), ErrorKind::InvalidInput);
    fs::write(found.path().join("ledger.db-wal"), "left from an earlier cut").unwrap();
    let full = disk.cut(found.path(), 0, Survival::SyncedOnly).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::AlreadyExists);
}

#[test]
fn reads_are_seen_even_where_memory_mapping_was_asked_for() {
    let home = tempdir().unwrap();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let ledger = ledger::open(home.path(), "DELETE", "FULL").unwrap();
    for number in 1..=20 {
        ledger::write(&ledger, number).unwrap();
    }
    drop(ledger);
    let ledger = Connection::open(ledger::file(home.path())).unwrap();
    ledger.execute_batch("PRAGMA mmap_size = 1000000").unwrap();
    let before = disk.operations();
    let length: i64 = ledger.query_row("SELECT sum(length(text)) FROM entry", [], |row| row.get(0)).unwrap();
    let (read, pages) = (disk.operations() - before, length as u64 / 4096);
    assert!(read > pages, "{read} operations for {pages} pages");
}
