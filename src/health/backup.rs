//! Is there a copy to fall back on?
//!
//! A backup is a store file of its own: one commit, copied page by page while others read and write. It names no
//! installation, so whoever opens it writes under a replica id of their own.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::StepResult;

use crate::error::{Error, Result};
use crate::model::{Config, Progress};
use crate::storage::{self, ReadLimits, Storage, beside};

use super::verify::verify;

/// How a backup is made.
///
/// ```
/// use mindkeep::{Backup, NewMemory, Store};
///
/// let folder = tempfile::tempdir().unwrap();
/// let store = Store::open(folder.path().join("memories.db"))?;
/// store.remember(NewMemory::new("Water the fern."))?;
/// let copy = folder.path().join("copy.db");
/// store.backup(&copy, Backup::new())?;
/// assert_eq!(Store::open(&copy)?.stats()?.memories.hot, 1);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Default)]
pub struct Backup<'b> {
    on_progress: Option<Box<dyn FnMut(Progress) -> ControlFlow<()> + Send + 'b>>,
}

impl<'b> Backup<'b> {
    /// Without a callback.
    ///
    /// ```
    /// let backup = mindkeep::Backup::new();
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Called after every megabyte or so, with pages done and in all. `Break` stops with `Cancelled`.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// let mut backup = mindkeep::Backup::new();
    /// backup.on_progress(|progress| {
    ///     println!("{} of {:?} pages", progress.done, progress.total);
    ///     ControlFlow::Continue(())
    /// });
    /// ```
    pub fn on_progress(&mut self, callback: impl FnMut(Progress) -> ControlFlow<()> + Send + 'b) {
        self.on_progress = Some(Box::new(callback));
    }
}

/// Pages of one step.
const STEP_PAGES: i32 = 128;

/// Copies the store to `to`, which must not exist.
pub(crate) fn backup(
    storage: &Storage,
    limits: &ReadLimits,
    to: &Path,
    mut options: Backup<'_>,
) -> Result<u64> {
    storage::check_process()?;
    let to = &storage::plain(to)?;
    let unfinished = Unfinished::create(to)?;
    let wait = storage.config().busy_wait();
    let pages = storage.snapshot(limits, |read| copy(read.conn(), &unfinished.0, wait, &mut options))?;
    unfinished.finish(to)?;
    Ok(pages)
}

/// Copies the backup at `from` to `to`, which must not exist, after checking that it is a sound store.
pub(crate) fn restore(limits: &ReadLimits, from: &Path, to: &Path, options: Backup<'_>) -> Result<u64> {
    let backup = Storage::open(&storage::plain(from)?, Config::extension())?;
    if !verify(&backup, limits, true)?.is_sound() {
        return Err(Error::Corrupt { what: "the backup" });
    }
    self::backup(&backup, limits, to, options)
}

fn copy(from: &Connection, to: &Path, wait: Duration, options: &mut Backup<'_>) -> Result<u64> {
    let doing = "writing the backup";
    let failed = |error: rusqlite::Error| Error::sqlite(doing, &error);
    let mut target = Connection::open(to).map_err(failed)?;
    // A scanner may look at any new file: that is waited for.
    storage::keep_limits(&target).and_then(|()| storage::distrust(&target)).map_err(failed)?;
    let pages = {
        let backup = rusqlite::backup::Backup::new(from, &mut target).map_err(failed)?;
        loop {
            storage::check()?;
            let step = backup.step(STEP_PAGES).map_err(failed)?;
            let progress = backup.progress();
            let total = u64::try_from(progress.pagecount).unwrap_or(0);
            let done = total - u64::try_from(progress.remaining).unwrap_or(0).min(total);
            match step {
                StepResult::Done => break total,
                StepResult::More => {}
                _ => return Err(Error::Busy { waited_ms: 0 }),
            }
            if let Some(on_progress) = &mut options.on_progress
                && on_progress(Progress { done, total: Some(total) }).is_break()
            {
                return Err(Error::Cancelled);
            }
        }
    };
    // One file, no log beside it; and nobody's installation yet.
    let settle = || -> rusqlite::Result<()> {
        target.pragma_update(None, "journal_mode", "DELETE")?;
        target.pragma_update(None, "synchronous", "FULL")?;
        target.execute("UPDATE store_state SET installation = ''", [])?;
        Ok(())
    };
    storage::patiently(wait, || settle().map_err(failed))?;
    target.close().map_err(|(_, error)| failed(error))?;
    Ok(pages)
}

/// A copy under way, beside its final place; removed unless finished.
pub(super) struct Unfinished(pub(super) PathBuf);

/// Removes a copy that was not finished, with what SQLite may have left beside it: a journal that outlived its file
/// would be rolled back into the next of that name.
fn remove(partial: &Path) {
    for beside in ["", "-journal", "-wal", "-shm"].map(|suffix| beside(partial, suffix)) {
        let _ = std::fs::remove_file(beside);
    }
}

impl Unfinished {
    pub(super) fn create(to: &Path) -> Result<Self> {
        if to.exists() {
            return Err(Error::Conflict { what: "the target file exists" });
        }
        let path = beside(to, ".partial");
        // Left behind by a copy that was cut off.
        remove(&path);
        storage::create_private(&path)?;
        Ok(Self(path))
    }

    /// Gives the copy its name; never over a file that came meanwhile.
    pub(super) fn finish(self, to: &Path) -> Result<()> {
        let doing = "naming the backup";
        match std::fs::hard_link(&self.0, to) {
            Ok(()) => Ok(()),
            Err(_) if to.exists() => Err(Error::Conflict { what: "the target file exists" }),
            // A file system without links.
            Err(_) => std::fs::rename(&self.0, to).map_err(|error| Error::io(doing, &error)),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        remove(&self.0);
    }
}
