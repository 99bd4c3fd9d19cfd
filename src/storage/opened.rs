//! Which files does this process have open?
//!
//! On Unix an ordinary read of a file drops all locks that the process holds on it, for good, as soon as it is closed.
//! So whoever wants to look at a store's bytes asks here first whether a connection is open.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};

/// The files with connections, by device and number; once for each that has them open.
static OPEN: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

type Identity = (u64, u64);
/// A process, and what it has open.
type Entry = (u32, Identity);

/// That a file has connections. To be taken before the first is opened, and dropped after the last is closed.
#[derive(Debug)]
pub(crate) struct Opened(Option<Entry>);

impl Drop for Opened {
    fn drop(&mut self) {
        let mut open = lock();
        if let Some(place) = self.0.and_then(|this| open.iter().position(|&other| other == this)) {
            open.swap_remove(place);
        }
    }
}

/// Says that connections to a file are about to be opened.
///
/// Refuses a file that was open when this process was forked. SQLite keeps one record of each file's locks for the whole
/// process and takes those of the parent for its own, so a second connection would work without any.
pub(crate) fn opening(path: &Path) -> Result<Opened> {
    let identity = identity(path).map_err(|error| Error::io("looking at the file", &error))?;
    let here = std::process::id();
    let mut open = lock();
    if open.iter().any(|&(process, other)| process != here && Some(other) == identity) {
        return Err(Error::AfterFork);
    }
    let this = identity.map(|identity| (here, identity));
    open.extend(this);
    Ok(Opened(this))
}

/// Runs `look` unless the file has connections; nobody opens one meanwhile.
pub(crate) fn unless_open<T>(path: &Path, look: impl FnOnce() -> Result<T>) -> Option<Result<T>> {
    let open = lock();
    let is_open =
        identity(path).ok().flatten().is_some_and(|this| open.iter().any(|&(_, other)| other == this));
    (!is_open).then(look)
}

fn lock() -> MutexGuard<'static, Vec<Entry>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `stat` opens nothing.
#[cfg(unix)]
fn identity(path: &Path) -> std::io::Result<Option<Identity>> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).map(|about| Some((about.dev(), about.ino())))
}

/// Elsewhere locks belong to the handle, and a look does no harm.
#[cfg(not(unix))]
fn identity(_: &Path) -> std::io::Result<Option<Identity>> {
    Ok(None)
}
