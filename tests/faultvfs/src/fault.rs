//! Which operation goes wrong, and how?

use std::fmt;
use std::os::raw::c_int;
use std::path::{Path, PathBuf};

use rusqlite::ffi;

/// What SQLite asks a disk to do. Every one of these is counted, in a watched directory only.
///
/// Not counted, and never failed: closing a file, giving a lock back, and the locks and barriers of the shared memory
/// of a write-ahead log. They have no way to fail that a program could answer.
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
}

/// How an operation goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The operation does nothing and reports an I/O error (an open reports that it cannot open). Fits every operation.
    IoError,
    /// A write does nothing and reports `SQLITE_FULL`. Fits writes only.
    Full,
    /// The first sectors of a write reach the file, then an I/O error is reported. Fits writes only.
    TornWrite,
    /// A read finds half of what it asked for, as if the file ended there; the rest is zeros. Fits reads only.
    ///
    /// SQLite takes the end of a file for the truth, so this is a lie that a program cannot always see through: what
    /// it writes after believing it may damage the file. It is for code that reads.
    ShortRead,
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
            Fault::IoError => true,
            Fault::Full | Fault::TornWrite => operation == Operation::Write,
            Fault::ShortRead => operation == Operation::Read,
        }
    }

    /// What SQLite is told.
    pub(crate) fn code(self, operation: Operation) -> c_int {
        match self {
            Fault::IoError | Fault::TornWrite => operation.error(),
            Fault::Full => ffi::SQLITE_FULL,
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
        }
    }
}

/// Counts operations, and knows which one is to fail.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    count: u64,
    armed: Option<Armed>,
    first_strike: Option<Strike>,
}

#[derive(Debug)]
struct Armed {
    at: u64,
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

    /// Arms a fault for the nth operation from now.
    pub(crate) fn arm(&mut self, n: u64, fault: Fault, repeat: Repeat) {
        self.armed = Some(Armed { at: self.count.saturating_add(n), fault, repeat });
        self.first_strike = None;
    }

    pub(crate) fn disarm(&mut self) {
        self.armed = None;
    }

    /// Counts one operation, and says whether it fails.
    pub(crate) fn step(&mut self, operation: Operation, file: &Path) -> Option<Fault> {
        self.count += 1;
        let armed = self.armed.as_ref()?;
        let due = match armed.repeat {
            Repeat::Once => self.count == armed.at,
            Repeat::Always => self.count >= armed.at,
        };
        if !due || !armed.fault.fits(operation) {
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
        plan.arm(2, Fault::IoError, Repeat::Once);
        assert_eq!(run(&mut plan, &[Operation::Sync; 4]), [false, true, false, false]);
        assert_eq!(plan.first_strike().map(|strike| strike.number), Some(7));
    }

    #[test]
    fn always_strikes_what_it_fits_until_disarmed() {
        let mut plan = Plan::default();
        plan.arm(2, Fault::Full, Repeat::Always);
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
        plan.arm(1, Fault::TornWrite, Repeat::Once);
        assert_eq!(run(&mut plan, &[Operation::Read, Operation::Write]), [false, false]);
        assert_eq!(plan.first_strike(), None);
    }
}
