//! Does a store survive a power cut, and a disk that fails? This crate lets a test find out.
//!
//! It puts a shim before SQLite's file layer (its "VFS") and remembers, for each file in the directories that a test
//! watches, what a sync has made durable and what is still on its way. From that it writes the files as they would
//! be found after a power cut, at any moment, into another directory. It also counts operations, and lets the nth
//! one fail. For tests only: it keeps every watched file in memory.
//!
//! The shim is the default VFS of the process, so a library under test needs no hook. Install it before the first
//! connection is opened, and watch a directory before a file in it is:
//!
//! ```
//! use mindkeep_faultvfs::{PowerCut, Survival};
//! use rusqlite::Connection;
//!
//! let home = tempfile::tempdir()?;
//! let disk = PowerCut::install().watch(home.path())?;
//!
//! let diary = Connection::open(home.path().join("diary.db"))?;
//! diary.execute_batch("PRAGMA synchronous = FULL; CREATE TABLE day (text);")?;
//! diary.execute("INSERT INTO day VALUES ('A great fire in the City')", [])?;
//!
//! let found = tempfile::tempdir()?;
//! disk.cut(found.path(), 1666, Survival::Random)?;
//! let diary = Connection::open(found.path().join("diary.db"))?;
//! let days: u32 = diary.query_row("SELECT count(*) FROM day", [], |row| row.get(0))?;
//! assert_eq!(days, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A fault at every step
//!
//! Run the work once to count its operations, then once more for each of them, failing that one:
//!
//! ```
//! use mindkeep_faultvfs::{Fault, PowerCut, Repeat};
//! # use rusqlite::Connection;
//! # fn work(home: &std::path::Path) -> rusqlite::Result<()> {
//! #     Connection::open(home.join("diary.db"))?.execute_batch("CREATE TABLE day (text);")
//! # }
//!
//! let home = tempfile::tempdir()?;
//! let disk = PowerCut::install().watch(home.path())?;
//! work(home.path())?;
//! for n in 1..=disk.operations() {
//!     let home = tempfile::tempdir()?;
//!     let disk = PowerCut::install().watch(home.path())?;
//!     disk.fail_at(n, Fault::IoError, Repeat::Once);
//!     let outcome = work(home.path()); // an error or not, but never damage
//!     disk.heal();
//!     # let _ = outcome;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `Fault::IoError` with `Repeat::Always`, then [`Disk::cut`], is a machine that loses power exactly at operation n.
//!
//! # What the model says
//!
//! - **Writes and resizes** are pending until their file is synced, then durable. A sync that fails leaves them pending.
//! - **A new file** has a durable name after its own first sync, or after a sync of its directory. SQLite syncs the
//!   directory with the first sync of a new journal or write-ahead log, and with some deletions.
//! - **A deletion** is durable at once unless [`Disk::deletions`] says otherwise: see [`Deletion`].
//! - **Shared memory** (`-shm`) is memory: no cut leaves any of it.
//! - **What was there** when the watch began, or was written by other means than this process's SQLite, is durable.
//! - **A sync of a watched file is not passed on** to the real disk: the copy in memory is what a cut looks at, and
//!   tests stay quick.
//! - **No memory mapping and no atomic writes** are offered to SQLite on a watched file, for the shim could not see them.
//!
//! # What it does not see
//!
//! Files that are written, renamed or copied by `std::fs`, other processes, and temporary files without a name.

#![deny(missing_docs)]
#![deny(unsafe_op_in_unsafe_fn)]
#![deny(clippy::undocumented_unsafe_blocks)]

use std::io;
use std::path::Path;
use std::sync::Arc;

mod disk;
mod fault;
mod file;
mod folder;
#[cfg(unix)]
mod fork;
mod image;
mod methods;
mod random;
mod shim;

#[cfg(unix)]
pub use fork::{Forked, fork};

pub use fault::{Fault, Operation, Repeat, Strike};

use disk::Watched;

/// The shim, installed as the default VFS of this process.
#[derive(Debug, Clone, Copy)]
pub struct PowerCut {
    _installed: (),
}

impl PowerCut {
    /// Puts the shim before the platform's VFS. Calling it again changes nothing.
    ///
    /// Connections that are open already go on without it.
    ///
    /// # Panics
    ///
    /// If SQLite has no default VFS, or takes no other.
    pub fn install() -> PowerCut {
        shim::install();
        PowerCut { _installed: () }
    }

    /// Follows the files in a directory, and in those below it, for as long as a handle to the [`Disk`] lives.
    ///
    /// Each file that is there is read now. Watch before any of them is opened by this process: reading a file that
    /// SQLite has open drops its locks. Tests that run in parallel watch a directory each and do not meet.
    ///
    /// # Errors
    ///
    /// If the directory or a file in it cannot be read, or its path is not UTF-8.
    pub fn watch(&self, dir: impl AsRef<Path>) -> io::Result<Disk> {
        Watched::begin(dir.as_ref()).map(Disk)
    }
}

/// A watched directory, seen as the disk that it lies on. Clones share one disk, and can be used from any thread.
#[derive(Debug, Clone)]
#[must_use = "the directory is watched for as long as this handle lives"]
pub struct Disk(Arc<Watched>);

impl Disk {
    /// The watched directory, with all symbolic links followed.
    pub fn root(&self) -> &Path {
        self.0.root()
    }

    /// Writes into another directory the files that would be found if the power failed now.
    ///
    /// It may be called at any time, from any thread: all files are seen between the same two operations, and the
    /// work goes on. The same seed and the same history give the same files.
    ///
    /// # Errors
    ///
    /// If `into` is not empty, lies inside the watched directory, or cannot be written.
    pub fn cut(&self, into: impl AsRef<Path>, seed: u64, survival: Survival) -> io::Result<Cut> {
        self.0.cut(into.as_ref(), seed, survival)
    }

    /// How many operations the files of this disk have seen since the watch began, failed ones included.
    pub fn operations(&self) -> u64 {
        self.0.state().plan.count()
    }

    /// Lets the nth operation from now fail; the next one is 1. It replaces whatever was to fail before.
    ///
    /// # Panics
    ///
    /// If `n` is 0.
    pub fn fail_at(&self, n: u64, fault: Fault, repeat: Repeat) {
        assert!(n > 0, "operations are counted from 1");
        self.0.state().plan.arm(n, false, fault, repeat);
    }

    /// How many operations since the watch began such a fault could have struck.
    pub fn operations_that_fit(&self, fault: Fault) -> u64 {
        self.0.state().plan.count_fitting(fault)
    }

    /// Like [`fail_at`](Disk::fail_at), counting only the operations that the fault fits: there are fewer writes than
    /// operations, and each of them can be struck without trying the rest.
    ///
    /// # Panics
    ///
    /// If `n` is 0.
    pub fn fail_at_fitting(&self, n: u64, fault: Fault, repeat: Repeat) {
        assert!(n > 0, "operations are counted from 1");
        self.0.state().plan.arm(n, true, fault, repeat);
    }

    /// Lets everything work again.
    pub fn heal(&self) {
        self.0.state().plan.disarm();
    }

    /// The first operation that failed since the last [`fail_at`](Disk::fail_at), if one did.
    pub fn struck(&self) -> Option<Strike> {
        self.0.state().plan.first_strike()
    }

    /// Says when a deletion is durable, from the next one on.
    pub fn deletions(&self, deletion: Deletion) {
        self.0.state().set_deletion(deletion);
    }
}

/// What of the pending writes a power cut leaves. Real disks do both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Survival {
    /// Only what was synced.
    SyncedOnly,
    /// What was synced, and any of the rest: in each file some pending writes and resizes survive, from none to all,
    /// later ones perhaps without earlier ones, and one of them may be torn between two sectors of 512 bytes. Of a
    /// creation or deletion that is pending, either side is found.
    Random,
}

/// When a deletion is durable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Deletion {
    /// At once: no file comes back. The default, since it is the harder case for a journal that is deleted to commit:
    /// whatever its transaction did not sync by then cannot be undone any more.
    #[default]
    AtOnce,
    /// With the next sync of the directory. Until then the file may come back, and with it a transaction may be
    /// undone that was committed: with `journal_mode = DELETE`, only `synchronous = EXTRA` asks for that sync.
    WithDirectory,
}

/// What a cut found pending, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cut {
    /// How many operations had been counted when the power failed.
    pub at: u64,
    /// How many writes and resizes were not yet durable.
    pub pending: usize,
    /// How many of them were found whole all the same.
    pub survived: usize,
    /// How many of them were found in part.
    pub torn: usize,
}

impl Cut {
    /// How many writes and resizes left no trace.
    pub fn lost(&self) -> usize {
        self.pending.saturating_sub(self.survived + self.torn)
    }
}
