//! What does a fault of the disk do, at whichever operation of a store's life it strikes? The call that meets it says
//! what is wrong; nothing that was acknowledged is lost, nothing is half there, and work goes on when the disk is well.
//!
//! The workload is run once to count its operations, then again for each of them, with each kind of fault.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise
#![allow(clippy::print_stdout)] // how many operations were struck is read by people

mod ground;
#[path = "faults/ledger.rs"]
mod ledger;
#[path = "faults/workload.rs"]
mod workload;

use std::path::Path;

use ground::{assert_sound, times};
use mindkeep::{Backup, Budget, Error, NewMemory, Store};
use mindkeep_faultvfs::{Disk, Fault, Operation, PowerCut, Repeat, Strike};
use tempfile::TempDir;
use workload::{MARK, Work, config, steps};

/// Calls that are made after the one that a fault struck.
const MORE: usize = 6;
/// Long enough on a machine that is busy with other things.
const WAIT_MS: u64 = 5_000;

/// A folder in memory where there is one.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// What a fault means to the caller.
fn is_right(error: &Error, strike: &Strike, repeat: Repeat) -> bool {
    let error = match error {
        Error::BatchStopped { cause, .. } => cause,
        error => error,
    };
    // What lasts strikes others than the first.
    let opening = strike.operation == Operation::Open || repeat == Repeat::Always;
    match strike.fault {
        Fault::Full => *error == Error::Full,
        Fault::Busy => matches!(error, Error::Busy { .. }),
        _ => matches!(error, Error::Io { .. }) || (opening && matches!(error, Error::Unavailable { .. })),
    }
}

/// One life of a store with a fault in it. Returns whether it struck, and whether a call said so.
fn live(n: u64, fault: Fault, repeat: Repeat) -> (bool, bool) {
    let home = folder();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    disk.fail_at_fitting(n, fault, repeat);
    // Whoever is refused for good need not wait long for it.
    let mut work = Work::new(home.path(), if repeat == Repeat::Always { 3 } else { WAIT_MS });
    let (mut after, mut said) = (0, false);
    for step in steps() {
        let struck_before = disk.struck().is_some();
        let result = work.step(step);
        let strike = disk.struck();
        if let Err(error) = result {
            let what = format!("{strike:?} {repeat:?} in {step:?}: {error:?}");
            let strike = strike.as_ref().unwrap_or_else(|| panic!("an error without a fault: {what}"));
            assert!(is_right(&error, strike, repeat), "the wrong error: {what}");
            assert!(repeat == Repeat::Always || !struck_before, "a call after the fault: {what}");
            assert!(!format!("{error} {error:?}").contains(MARK), "words of a user: {what}");
            said = true;
        }
        if strike.is_some() {
            after += 1;
            if after > MORE {
                break;
            }
        }
    }
    let strike = disk.struck();
    // Half of the stores are closed while the disk still fails.
    if n.is_multiple_of(2) {
        disk.heal();
    }
    work.close();
    disk.heal();
    judge(&work, &format!("{strike:?} {repeat:?}"));
    (strike.is_some(), said)
}

/// All that was acknowledged is there, what failed is there whole or not at all, and new writes are taken.
fn judge(work: &Work, what: &str) {
    let store = open(work.path(), what);
    let found = ledger::observe(&store).unwrap();
    assert!(work.ledger.allows(&found), "{what}: {}", work.ledger.differences(&found));
    assert!(store.maintain(Budget::all()).unwrap().is_done());
    assert_sound(&store);
    let told = store.remember(NewMemory::new("Well again.")).unwrap();
    assert_eq!(store.get(told.id).unwrap().content, "Well again.");
    drop(store);
    if let Some((copy, ledger)) = &work.copy {
        let copy = open(copy, what);
        let found = ledger::observe(&copy).unwrap();
        assert!(ledger.allows(&found), "{what}, in the copy: {}", ledger.differences(&found));
        assert_sound(&copy);
    }
}

fn open(path: &Path, what: &str) -> Store {
    let opened = Store::builder().config(config(WAIT_MS)).open(path);
    opened.unwrap_or_else(|error| panic!("{what}, opened again: {error}"))
}

/// A life without a fault, on a disk that counts.
fn undisturbed(then: impl FnOnce(&Disk, &Work)) {
    let home = folder();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let mut work = Work::new(home.path(), WAIT_MS);
    steps().into_iter().for_each(|step| work.step(step).unwrap());
    then(&disk, &work);
}

/// A fault at each operation that it fits, or at some of them, evenly spread, in the quick variant. Returns
/// how many of them a call reported.
fn strike_each(fault: Fault, repeat: Repeat) -> u64 {
    let mut operations = 0;
    undisturbed(|disk, _| operations = disk.operations_that_fit(fault));
    let lives = times("FAULTS", 15, operations).clamp(1, operations);
    let (mut struck, mut said) = (0, 0);
    for i in 0..lives {
        let (strike, saying) = live(1 + i * operations / lives, fault, repeat);
        struck += u64::from(strike);
        said += u64::from(saying);
    }
    println!("{fault:?} {repeat:?}: {struck} strikes at {operations} operations, {said} of them reported");
    assert_eq!(struck, lives, "each operation is met again");
    said
}

#[test]
fn the_workload_is_long_enough() {
    undisturbed(|disk, work| {
        assert!(disk.operations() >= 2_000, "{} operations", disk.operations());
        assert_eq!(work.ledger.failed(), 0);
        assert!(work.ledger.acknowledged() > 30 && work.copy.is_some());
        println!("{} operations, {} writes", disk.operations(), work.ledger.acknowledged());
    });
}

#[test]
fn an_error_at_each_operation() {
    assert!(strike_each(Fault::IoError, Repeat::Once) > 0);
}

#[test]
fn an_error_from_each_operation_on() {
    assert!(strike_each(Fault::IoError, Repeat::Always) > 0);
}

#[test]
fn a_full_disk_at_each_write() {
    assert!(strike_each(Fault::Full, Repeat::Once) > 0);
}

#[test]
fn a_full_disk_from_each_write_on() {
    assert!(strike_each(Fault::Full, Repeat::Always) > 0);
}

#[test]
fn a_torn_write_at_each_write() {
    assert!(strike_each(Fault::TornWrite, Repeat::Once) > 0);
}

#[test]
fn torn_writes_from_each_write_on() {
    assert!(strike_each(Fault::TornWrite, Repeat::Always) > 0);
}

/// `Busy` is an error only after the wait, and that is longer than one refusal.
#[test]
fn somebody_holds_each_lock_for_a_moment() {
    assert_eq!(strike_each(Fault::Busy, Repeat::Once), 0);
}

#[test]
fn somebody_holds_every_lock_from_each_on() {
    assert!(strike_each(Fault::Busy, Repeat::Always) > 0);
}

/// A journal of SQLite's outlived a backup that failed, and would have been rolled back into the next one.
#[test]
fn a_backup_that_fails_leaves_nothing_beside_it() {
    let home = folder();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let store = open(&home.path().join("memories.db"), "new");
    store.remember(NewMemory::new("To be copied.")).unwrap();
    let names = || -> Vec<_> {
        let mut names: Vec<_> =
            home.path().read_dir().unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let (before, copy) = (names(), home.path().join("copy.db"));
    let mut n = 0;
    loop {
        n += 1;
        disk.fail_at(n, Fault::IoError, Repeat::Always);
        let done = store.backup(&copy, Backup::new());
        disk.heal();
        if done.is_ok() {
            break;
        }
        assert_eq!(names(), before, "{:?}", disk.struck());
    }
    assert!(n > 20, "{n}");
    assert_sound(&open(&copy, "the copy"));
}
