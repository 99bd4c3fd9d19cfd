//! Does a write-ahead log keep what it acknowledged when the power fails, while the work goes on?

mod ledger;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread;

use mindkeep_faultvfs::{Disk, PowerCut, Survival};
use rusqlite::Connection;
use tempfile::tempdir;

const CUTS: u64 = 300;

/// Writes entries with two connections in turn, while this thread cuts the power at scattered operations, and hands
/// each cut to `judge`: the last entry found, and the last one acknowledged before the cut.
fn cut_while_writing(synchronous: &str, judge: impl Fn(u64, i64, i64)) {
    let home = tempdir().unwrap();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let writers = [(); 2].map(|()| ledger::open(home.path(), "WAL", synchronous).unwrap());
    let (acknowledged, enough) = (AtomicI64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut writers = writers;
            for number in 1.. {
                if enough.load(Ordering::Relaxed) {
                    break;
                }
                ledger::write(&writers[0], number).unwrap();
                acknowledged.store(number, Ordering::SeqCst);
                writers.swap(0, 1);
            }
        });
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for seed in 0..CUTS {
                // Scattered by the number of operations, not by the clock.
                let wait_for = disk.operations() + 1 + seed * 37 % 101;
                while disk.operations() < wait_for && !writing.is_finished() {
                    thread::yield_now();
                }
                let survival = if seed % 3 == 0 { Survival::SyncedOnly } else { Survival::Random };
                let before = acknowledged.load(Ordering::SeqCst);
                let found = tempdir().unwrap();
                disk.cut(found.path(), seed, survival).unwrap();
                match ledger::check(found.path()) {
                    Ok(last) => judge(seed, last, before),
                    Err(damage) => panic!("cut {seed}, {survival:?}: {damage}"),
                }
            }
        }));
        enough.store(true, Ordering::Relaxed);
        writing.join().unwrap();
        judged.unwrap();
    });
    assert!(acknowledged.into_inner() > 0);
}

#[test]
fn full_keeps_every_acknowledged_entry() {
    cut_while_writing("FULL", |seed, last, acknowledged| {
        assert!(last >= acknowledged, "cut {seed} found {last} of {acknowledged} entries");
    });
}

#[test]
fn normal_stays_whole() {
    cut_while_writing("NORMAL", |_, _, _| {});
}

fn ten_entries(disk: &Disk, synchronous: &str) -> Connection {
    let ledger = ledger::open(disk.root(), "WAL", synchronous).unwrap();
    ledger.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint = 0;").unwrap();
    for number in 1..=10 {
        ledger::write(&ledger, number).unwrap();
    }
    ledger
}

#[test]
fn normal_loses_what_was_acknowledged_since_the_last_checkpoint() {
    let (home, found) = (tempdir().unwrap(), tempdir().unwrap());
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let ledger = ten_entries(&disk, "NORMAL");

    let cut = disk.cut(found.path(), 0, Survival::SyncedOnly).unwrap();
    assert!(cut.lost() > 10, "{cut:?}");
    assert_eq!(ledger::check(found.path()), Ok(0));

    ledger.execute_batch("PRAGMA wal_checkpoint").unwrap();
    let found = tempdir().unwrap();
    disk.cut(found.path(), 0, Survival::SyncedOnly).unwrap();
    assert_eq!(ledger::check(found.path()), Ok(10));
}

#[test]
fn normal_loses_a_different_tail_with_each_seed() {
    let home = tempdir().unwrap();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let _ledger = ten_entries(&disk, "NORMAL");
    let lasts = (0..60).map(|seed| {
        let found = tempdir().unwrap();
        disk.cut(found.path(), seed, Survival::Random).unwrap();
        ledger::check(found.path()).unwrap()
    });
    let mut lasts: Vec<i64> = lasts.collect();
    lasts.sort_unstable();
    lasts.dedup();
    assert!(lasts.len() > 3, "last entries found: {lasts:?}");
    assert_eq!((lasts.first(), lasts.last()), (Some(&0), Some(&10)));
}

#[test]
fn full_has_nothing_pending_that_matters_after_a_commit() {
    let (home, found) = (tempdir().unwrap(), tempdir().unwrap());
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let _ledger = ten_entries(&disk, "FULL");
    disk.cut(found.path(), 0, Survival::SyncedOnly).unwrap();
    assert_eq!(ledger::check(found.path()), Ok(10));
}

#[test]
fn shared_memory_is_never_found() {
    let (home, found) = (tempdir().unwrap(), tempdir().unwrap());
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let _ledger = ten_entries(&disk, "FULL");
    assert!(home.path().join("ledger.db-shm").exists());
    disk.cut(found.path(), 0, Survival::SyncedOnly).unwrap();
    let mut names: Vec<_> =
        found.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["ledger.db", "ledger.db-wal"]);
}
