//! Which files does this process have open?
//!
//! On Unix an ordinary read of a file drops all locks that the process holds on it, for good, as soon as it is closed.
//! So whoever wants to look at a store's bytes asks here first whether a connection is open.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};

/// The files with connections, by device and number; once for each that has them open.
static OPEN: Mutex<Vec<Identity>> = Mutex::new(Vec::new());

type Identity = (u64, u64);

/// That a file has connections. To be taken before the first is opened, and dropped after the last is closed.
#[derive(Debug)]
pub(crate) struct Opened(Option<Identity>);

impl Drop for Opened {
    fn drop(&mut self) {
        let mut open = lock();
        if let Some(place) = self.0.and_then(|identity| open.iter().position(|&other| other == identity)) {
            open.swap_remove(place);
        }
    }
}

/// Says that connections to a file are about to be opened.
pub(crate) fn opening(path: &Path) -> Result<Opened> {
    let identity = identity(path).map_err(|error| Error::io("looking at the file", &error))?;
    lock().extend(identity);
    Ok(Opened(identity))
}

/// Runs `look` unless the file has connections; nobody opens one meanwhile.
pub(crate) fn unless_open<T>(path: &Path, look: impl FnOnce() -> Result<T>) -> Option<Result<T>> {
    let open = lock();
    let is_open = identity(path).ok().flatten().is_some_and(|identity| open.contains(&identity));
    (!is_open).then(look)
}

/// Whether two paths lead to one file; `false` where that cannot be told.
pub(crate) fn is_one_file(one: &Path, other: &Path) -> bool {
    matches!((identity(one), identity(other)), (Ok(Some(one)), Ok(Some(other))) if one == other)
}

fn lock() -> MutexGuard<'static, Vec<Identity>> {
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
