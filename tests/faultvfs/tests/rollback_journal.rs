//! Does a rollback journal bring a file back, and does the shim notice when nobody syncs?

mod ledger;

use mindkeep_faultvfs::{Deletion, Disk, PowerCut, Survival};
use rusqlite::Connection;
use tempfile::tempdir;

fn cut(disk: &Disk, seed: u64, survival: Survival) -> Result<i64, String> {
    let found = tempdir().unwrap();
    disk.cut(found.path(), seed, survival).unwrap();
    ledger::check(found.path())
}

#[test]
fn full_keeps_every_acknowledged_entry() {
    let home = tempdir().unwrap();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    for journal in ["DELETE", "TRUNCATE", "PERSIST"] {
        let ledger = ledger::open(home.path(), journal, "FULL").unwrap();
        for number in 1..=20 {
            ledger::write(&ledger, number).unwrap();
            assert_eq!(cut(&disk, 0, Survival::SyncedOnly), Ok(number), "{journal}");
            assert_eq!(cut(&disk, number as u64, Survival::Random), Ok(number), "{journal}");
        }
        ledger.execute_batch("PRAGMA journal_mode = DELETE; DELETE FROM entry").unwrap();
    }
}

#[test]
fn off_loses_everything_when_only_synced_bytes_survive() {
    let home = tempdir().unwrap();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let ledger = ledger::open(home.path(), "DELETE", "OFF").unwrap();
    ledger::write(&ledger, 1).unwrap();
    assert_eq!(cut(&disk, 0, Survival::SyncedOnly), Ok(0));
}

#[test]
fn off_damages_the_file_when_some_pages_survive() {
    let home = tempdir().unwrap();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let ledger = ledger::open(home.path(), "DELETE", "FULL").unwrap();
    for number in 1..=20 {
        ledger::write(&ledger, number).unwrap();
    }
    ledger.execute_batch("PRAGMA synchronous = OFF").unwrap();
    for number in 21..=30 {
        ledger::write(&ledger, number).unwrap();
    }
    let damaged = (0..40).filter(|seed| cut(&disk, *seed, Survival::Random).is_err()).count();
    assert!(damaged > 10, "{damaged} of 40 cuts damaged a file that nobody synced");
}

#[test]
fn a_deletion_that_waits_for_its_directory_undoes_a_commit_unless_extra_syncs_it() {
    for (synchronous, survives) in [("FULL", 4), ("EXTRA", 5)] {
        let home = tempdir().unwrap();
        let disk = PowerCut::install().watch(home.path()).unwrap();
        disk.deletions(Deletion::WithDirectory);
        let ledger = ledger::open(home.path(), "DELETE", synchronous).unwrap();
        for number in 1..=5 {
            ledger::write(&ledger, number).unwrap();
        }
        assert_eq!(cut(&disk, 0, Survival::SyncedOnly), Ok(survives), "{synchronous}");
        let either: Vec<_> = (0..20).map(|seed| cut(&disk, seed, Survival::Random).unwrap()).collect();
        assert!(either.iter().all(|last| *last >= survives), "{synchronous}: {either:?}");
        assert!(either.contains(&5), "{synchronous}: {either:?}");
    }
}

#[test]
fn a_new_journal_is_synced_with_its_directory() {
    let home = tempdir().unwrap();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let length_found = || {
        let found = tempdir().unwrap();
        disk.cut(found.path(), 0, Survival::SyncedOnly).unwrap();
        found.path().join("letters.db").metadata().ok().map(|letters| letters.len())
    };
    let letters = Connection::open(home.path().join("letters.db")).unwrap();
    letters.execute_batch("PRAGMA synchronous = OFF; CREATE TABLE letter (text)").unwrap();
    assert_eq!(length_found(), None);

    let ledger = ledger::open(home.path(), "DELETE", "FULL").unwrap();
    ledger::write(&ledger, 1).unwrap();
    assert_eq!(length_found(), Some(0), "the journal beside it made the name durable, and no more");
}
