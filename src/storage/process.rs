//! Is this the process that opens stores, or a fork of it?
//!
//! A fork has what is in memory and nothing else: not the locks that SQLite believes to hold, and not the threads that
//! the pool of readers waits for. So nothing of ours may be used there, not even to close it, and nothing may be opened.

use std::sync::OnceLock;

use crate::error::{Error, Result};

/// The process that opened the first store.
static HOME: OnceLock<u32> = OnceLock::new();

/// Whether a parent of this process had opened stores when it forked. A system call on Linux, 0.1 µs; a look elsewhere.
pub(crate) fn is_forked() -> bool {
    HOME.get().is_some_and(|&home| home != std::process::id())
}

/// Before any lock of ours is taken: a thread that did not come along may have held it.
pub(crate) fn check() -> Result<()> {
    if is_forked() { Err(Error::AfterFork) } else { Ok(()) }
}

/// Says that stores are opened in this process.
pub(crate) fn settle() -> Result<()> {
    let here = std::process::id();
    if *HOME.get_or_init(|| here) == here { Ok(()) } else { Err(Error::AfterFork) }
}
