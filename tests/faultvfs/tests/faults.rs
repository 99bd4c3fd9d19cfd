//! Is a ledger whole after a fault, whichever operation it strikes, and does work go on when the disk is well again?

mod ledger;

use std::path::Path;

use mindkeep_faultvfs::{Disk, Fault, Operation, PowerCut, Repeat, Survival};
use rusqlite::ErrorCode;
use tempfile::tempdir;

const ENTRIES: i64 = 6;

/// Writes a few entries, going on after errors as a long-lived app would. Gives the last entry acknowledged, and how
/// many errors were seen.
fn work(home: &Path, journal: &str) -> (i64, usize) {
    let (mut acknowledged, mut errors) = (0, 0);
    let opened = ledger::open(home, journal, "FULL").or_else(|_| {
        errors += 1;
        ledger::open(home, journal, "FULL")
    });
    let Ok(ledger) = opened else {
        return (0, errors + 1);
    };
    for _ in 0..ENTRIES {
        match ledger::write(&ledger, acknowledged + 1) {
            Ok(()) => acknowledged += 1,
            Err(_) => errors += 1,
        }
    }
    errors += usize::from(ledger.close().is_err());
    (acknowledged, errors)
}

/// Runs the work on a new disk, with a fault at operation `n` if one is given.
fn run(journal: &str, fault: Option<(u64, Fault, Repeat)>, then: impl FnOnce(&Disk, i64, usize)) {
    let home = tempdir().unwrap();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    if let Some((n, fault, repeat)) = fault {
        disk.fail_at(n, fault, repeat);
    }
    let (acknowledged, errors) = work(home.path(), journal);
    then(&disk, acknowledged, errors);
}

fn operations(journal: &str) -> u64 {
    let mut operations = 0;
    run(journal, None, |disk, acknowledged, errors| {
        assert_eq!((acknowledged, errors), (ENTRIES, 0));
        operations = disk.operations();
    });
    assert!(operations > 50, "{operations}");
    operations
}

fn strike_each_operation(journal: &str, fault: Fault, repeat: Repeat) {
    let (mut struck, mut reported) = (0, 0);
    for n in 1..=operations(journal) {
        run(journal, Some((n, fault, repeat)), |disk, acknowledged, errors| {
            disk.heal();
            let strike = disk.struck();
            let what = strike.map_or_else(|| format!("no strike at {n}"), |strike| strike.to_string());
            struck += usize::from(disk.struck().is_some());
            reported += usize::from(errors > 0);
            match ledger::check(disk.root()) {
                Ok(last) => {
                    assert!(last >= acknowledged, "{journal}, {what}: {last} of {acknowledged} entries")
                }
                Err(damage) => panic!("{journal}, {what}: {damage}"),
            }
            let (acknowledged, errors) = work(disk.root(), journal);
            assert_eq!((acknowledged, errors), (ENTRIES, 0), "{journal}, {what}: no way on");
        });
    }
    assert!(
        struck > 5 && reported > 5,
        "{journal}, {fault:?}: {struck} strikes, {reported} of them reported"
    );
}

#[test]
fn an_error_at_each_operation_of_a_write_ahead_log() {
    strike_each_operation("WAL", Fault::IoError, Repeat::Once);
}

#[test]
fn an_error_at_each_operation_of_a_rollback_journal() {
    strike_each_operation("DELETE", Fault::IoError, Repeat::Once);
}

#[test]
fn a_disk_that_is_full_from_some_operation_on() {
    strike_each_operation("WAL", Fault::Full, Repeat::Always);
    strike_each_operation("DELETE", Fault::Full, Repeat::Always);
}

#[test]
fn a_write_that_is_torn() {
    strike_each_operation("WAL", Fault::TornWrite, Repeat::Once);
    strike_each_operation("DELETE", Fault::TornWrite, Repeat::Once);
}

#[test]
fn power_that_fails_at_each_operation() {
    for journal in ["WAL", "DELETE"] {
        for n in 1..=operations(journal) {
            run(journal, Some((n, Fault::IoError, Repeat::Always)), |disk, acknowledged, _| {
                for (seed, survival) in
                    [(0, Survival::SyncedOnly), (n, Survival::Random), (!n, Survival::Random)]
                {
                    let found = tempdir().unwrap();
                    disk.cut(found.path(), seed, survival).unwrap();
                    let last = ledger::check(found.path());
                    let kept = last.as_ref().is_ok_and(|last| *last >= acknowledged);
                    assert!(kept, "{journal}, {survival:?} at {n}: {last:?} of {acknowledged}");
                }
            });
        }
    }
}

#[test]
fn a_full_disk_is_reported_as_full() {
    let home = tempdir().unwrap();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let ledger = ledger::open(home.path(), "WAL", "FULL").unwrap();
    disk.fail_at(1, Fault::Full, Repeat::Always);
    let error = ledger::write(&ledger, 1).unwrap_err();
    assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DiskFull));
    let strike = disk.struck().unwrap();
    assert_eq!((strike.operation, strike.file.to_str()), (Operation::Write, Some("ledger.db-wal")));
    disk.heal();
    ledger::write(&ledger, 1).unwrap();
}

#[test]
fn a_short_read_is_seen_by_who_reads() {
    let home = tempdir().unwrap();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let ledger = ledger::open(home.path(), "DELETE", "FULL").unwrap();
    for number in 1..=20 {
        ledger::write(&ledger, number).unwrap();
    }
    drop(ledger);
    disk.fail_at(1, Fault::ShortRead, Repeat::Always);
    ledger::check(home.path()).unwrap_err();
    assert_eq!(disk.struck().map(|strike| strike.operation), Some(Operation::Read));
    disk.heal();
    assert_eq!(ledger::check(home.path()), Ok(20));
}
