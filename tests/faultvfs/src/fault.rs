//! Which operation goes wrong, and how?

use std::collections::HashMap;
use std::fmt;
use std::os::raw::c_int;
use std::path::{Path, PathBuf};

use rusqlite::ffi;

/// What SQLite asks a disk to do. Every one of these is counted, in a watched directory only.
///
/// Not counted, and never failed: closing a file, giving a lock back, and the barriers of the shared memory of a
/// write-ahead log. They have no way to fail that a program could answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Opening or creating a file.
    Open,
    /// Reading a piece of a file.
    Read,
    /// Writing a piece of a file.
    Write,
    /// Cutting a file to a length.
    Truncate,
    /// Making a file durable.
    Sync,
    /// Deleting a file.
    Delete,
    /// Asking whether a file is there.
    Access,
    /// Asking how long a file is.
    Size,
    /// Taking a file lock, of whatever level.
    Lock,
    /// Mapping a piece of the shared memory of a write-ahead log.
    MapShared,
    /// Taking a lock in that shared memory. All that can happen is that somebody else has it: only [`Fault::Busy`] fits,
    /// and it is not among the counted [`operations`](crate::Disk::operations).
    LockShared,
}

/// How an operation goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The operation does nothing and reports an I/O error (an open reports that it cannot open). Fits every operation.
    IoError,
    /// There is no room: a write does nothing and reports `SQLITE_FULL`, and shared memory cannot grow. Fits those two.
    Full,
    /// The first sectors of a write reach the file, then an I/O error is reported. Fits writes only.
    TornWrite,
    /// A read finds half of what it asked for, as if the file ended there; the rest is zeros. Fits reads only.
    ///
    /// SQLite takes the end of a file for the truth, so this is a lie that a program cannot always see through: what
    /// it writes after believing it may damage the file. It is for code that reads.
    ShortRead,
    /// Somebody else holds the lock: `SQLITE_BUSY`. Fits locks only, those in shared memory included.
    Busy,
}

/// How long a fault lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// One operation fails; the next ones work. If the fault does not fit the operation, nothing fails at all.
    Once,
    /// From that operation on, every one that the fault fits fails, until [`Disk::heal`](crate::Disk::heal).
    Always,
}

/// The operation that a fault struck.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Strike {
    /// Its number, counted from the start of the watch; the first is 1.
    pub number: u64,
    /// What was asked of the disk.
    pub operation: Operation,
    /// The file, relative to the watched directory.
    pub file: PathBuf,
    /// How it went wrong.
    pub fault: Fault,
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Strike { number, operation, file, fault } = self;
        write!(f, "{fault:?} at operation {number}: {operation:?} of {}", file.display())
    }
}

impl Fault {
    /// Whether this fault can happen to such an operation.
    pub fn fits(self, operation: Operation) -> bool {
        match self {
            Fault::IoError => operation != Operation::LockShared,
            Fault::Full => matches!(operation, Operation::Write | Operation::MapShared),
            Fault::TornWrite => operation == Operation::Write,
            Fault::Busy => matches!(operation, Operation::Lock | Operation::LockShared),
            Fault::ShortRead => operation == Operation::Read,
        }
    }

    /// What SQLite is told.
    pub(crate) fn code(self, operation: Operation) -> c_int {
        match self {
            Fault::IoError | Fault::TornWrite => operation.error(),
            Fault::Full if operation == Operation::MapShared => ffi::SQLITE_IOERR_SHMSIZE,
            Fault::Full => ffi::SQLITE_FULL,
            Fault::Busy => ffi::SQLITE_BUSY,
            Fault::ShortRead => ffi::SQLITE_IOERR_SHORT_READ,
        }
    }
}

impl Operation {
    /// The error that the platform's own VFS reports for it.
    fn error(self) -> c_int {
        match self {
            Operation::Open => ffi::SQLITE_CANTOPEN,
            Operation::Read => ffi::SQLITE_IOERR_READ,
            Operation::Write => ffi::SQLITE_IOERR_WRITE,
            Operation::Truncate => ffi::SQLITE_IOERR_TRUNCATE,
            Operation::Sync => ffi::SQLITE_IOERR_FSYNC,
            Operation::Delete => ffi::SQLITE_IOERR_DELETE,
            Operation::Access => ffi::SQLITE_IOERR_ACCESS,
            Operation::Size => ffi::SQLITE_IOERR_FSTAT,
            Operation::Lock => ffi::SQLITE_IOERR_LOCK,
            Operation::MapShared => ffi::SQLITE_IOERR_SHMMAP,
            Operation::LockShared => ffi::SQLITE_BUSY,
        }
    }
}

/// Counts operations, and knows which one is to fail.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    count: u64,
    by_operation: HashMap<Operation, u64>,
    armed: Option<Armed>,
    first_strike: Option<Strike>,
}

#[derive(Debug)]
struct Armed {
    /// Which one of those that are counted from now on.
    nth: u64,
    /// Whether only those are counted that the fault fits.
    fitting: bool,
    passed: u64,
    fault: Fault,
    repeat: Repeat,
}

impl Plan {
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn first_strike(&self) -> Option<Strike> {
        self.first_strike.clone()
    }

    /// How many operations a fault could have struck.
    pub(crate) fn count_fitting(&self, fault: Fault) -> u64 {
        self.by_operation
            .iter()
            .filter(|(operation, _)| fault.fits(**operation))
            .map(|(_, count)| count)
            .sum()
    }

    /// Arms a fault for the nth operation from now, of all or of those that it fits.
    pub(crate) fn arm(&mut self, nth: u64, fitting: bool, fault: Fault, repeat: Repeat) {
        self.armed = Some(Armed { nth, fitting, passed: 0, fault, repeat });
        self.first_strike = None;
    }

    /// Whether such a fault strikes, or will.
    pub(crate) fn is_armed_with(&self, fault: Fault) -> bool {
        self.armed.as_ref().is_some_and(|armed| armed.fault == fault)
    }

    pub(crate) fn disarm(&mut self) {
        self.armed = None;
    }

    /// Counts one operation, and says whether it fails.
    pub(crate) fn step(&mut self, operation: Operation, file: &Path) -> Option<Fault> {
        self.count += u64::from(operation != Operation::LockShared);
        *self.by_operation.entry(operation).or_default() += 1;
        let armed = self.armed.as_mut()?;
        let fits = armed.fault.fits(operation);
        armed.passed += u64::from(if armed.fitting { fits } else { operation != Operation::LockShared });
        let due = match armed.repeat {
            Repeat::Once => armed.passed == armed.nth,
            Repeat::Always => armed.passed >= armed.nth,
        };
        if !due || !fits {
            return None;
        }
        let fault = armed.fault;
        let number = self.count;
        self.first_strike.get_or_insert_with(|| Strike { number, operation, file: file.to_owned(), fault });
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(plan: &mut Plan, operations: &[Operation]) -> Vec<bool> {
        operations.iter().map(|operation| plan.step(*operation, Path::new("diary")).is_some()).collect()
    }

    #[test]
    fn once_strikes_the_nth_from_now_and_no_other() {
        let mut plan = Plan::default();
        run(&mut plan, &[Operation::Read; 5]);
        plan.arm(2, false, Fault::IoError, Repeat::Once);
        assert_eq!(run(&mut plan, &[Operation::Sync; 4]), [false, true, false, false]);
        assert_eq!(plan.first_strike().map(|strike| strike.number), Some(7));
    }

    #[test]
    fn always_strikes_what_it_fits_until_disarmed() {
        let mut plan = Plan::default();
        plan.arm(2, false, Fault::Full, Repeat::Always);
        let mixed = [Operation::Write, Operation::Read, Operation::Write, Operation::Sync, Operation::Write];
        assert_eq!(run(&mut plan, &mixed), [false, false, true, false, true]);
        plan.disarm();
        assert_eq!(run(&mut plan, &mixed), [false; 5]);
        assert_eq!(plan.count(), 10);
        assert_eq!(plan.first_strike().map(|strike| strike.number), Some(3));
    }

    #[test]
    fn once_does_not_wait_for_an_operation_that_it_fits() {
        let mut plan = Plan::default();
        plan.arm(1, false, Fault::TornWrite, Repeat::Once);
        assert_eq!(run(&mut plan, &[Operation::Read, Operation::Write]), [false, false]);
        assert_eq!(plan.first_strike(), None);
    }

    #[test]
    fn the_nth_that_a_fault_fits_is_counted_without_the_others() {
        let mut plan = Plan::default();
        let mixed = [Operation::Read, Operation::Write, Operation::LockShared, Operation::Write];
        run(&mut plan, &mixed);
        assert_eq!(
            (plan.count(), plan.count_fitting(Fault::Full), plan.count_fitting(Fault::Busy)),
            (3, 2, 1)
        );
        plan.arm(2, true, Fault::TornWrite, Repeat::Once);
        assert_eq!(run(&mut plan, &mixed), [false, false, false, true]);
        plan.arm(1, true, Fault::Busy, Repeat::Always);
        assert_eq!(run(&mut plan, &mixed), [false, false, true, false]);
    }
}
