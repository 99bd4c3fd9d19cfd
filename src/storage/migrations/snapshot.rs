//! What is there to fall back on while the schema is changed?
//!
//! A copy of the file beside it: a clone where the file system can, which takes no time and no room, else one that SQLite
//! writes if there is room. It goes as soon as the upgrade is known to be sound; if that cannot be had, it stays.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::run::{self, OnFile};
use super::{NEWEST, version};
use crate::error::{Error, Result};
use crate::model::Config;
use crate::storage::connect::{self, beside};
use crate::storage::opened;

/// Bytes that a copy leaves free, besides a sixteenth of its own size: the upgrade itself needs some of them.
const LEFT_FREE_BYTES: u64 = 8 << 20;

/// How a copy was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    Cloned,
    Copied,
}

/// The counters of a file: equal if nobody wrote between two looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    replica_id: i64,
    commit_seq: i64,
    change_seq: i64,
    memory_seq: i64,
    stamp: i64,
}

impl Mark {
    fn of(conn: &Connection) -> Result<Self> {
        let sql = "SELECT replica_id, commit_seq, change_seq, memory_seq, stamp FROM store_state";
        conn.query_row(sql, [], |row| {
            Ok(Self {
                replica_id: row.get(0)?,
                commit_seq: row.get(1)?,
                change_seq: row.get(2)?,
                memory_seq: row.get(3)?,
                stamp: row.get(4)?,
            })
        })
        .map_err(|error| Error::sqlite("reading the counters", &error))
    }
}

/// A copy of the file as it was. Taken away when dropped.
pub(super) struct Kept {
    path: PathBuf,
    /// The version that the file was to get.
    target: u32,
    /// The version that it had.
    pub(super) version: u32,
    mark: Mark,
    pub(super) made: Made,
}

fn name(path: &Path, target: u32) -> PathBuf {
    beside(path, &format!(".before-{target}"))
}

/// Copies of upgrades that were cut off, with the version that the file was to get.
pub(super) fn left(path: &Path) -> impl Iterator<Item = (PathBuf, u32)> {
    (1..=NEWEST).map(move |target| (name(path, target), target)).filter(|(copy, _)| copy.exists())
}

/// Takes away a copy and what SQLite may have left beside it.
pub(super) fn remove(copy: &Path) {
    for suffix in ["-wal", "-shm", "-journal", ""] {
        let _ = std::fs::remove_file(beside(copy, suffix));
    }
}

impl Kept {
    /// Makes a copy before a file gets another version.
    pub(super) fn take(path: &Path, config: &Config, target: u32) -> Result<Self> {
        let copy = name(path, target);
        if let Some(clone) = clone(path, config, &copy, target)? {
            return Ok(clone);
        }
        write_copy(path, config, &copy)
            .and_then(|()| Self::found(copy.clone(), target, Made::Copied))
            .inspect_err(|_| remove(&copy))
    }

    /// Reads what a copy is of.
    pub(super) fn found(path: PathBuf, target: u32, made: Made) -> Result<Self> {
        let conn = connect::writer(Some(&path), &Config::phone())?;
        let (version, mark) = (version(&conn)?, Mark::of(&conn)?);
        Ok(Self { path, target, version, mark, made })
    }

    /// Puts the copy back into the file, unless somebody has written since, or has the file open.
    pub(super) fn restore(&self, path: &Path, config: &Config) -> Result<()> {
        let failed = |error: rusqlite::Error| Error::sqlite("going back to the copy", &error);
        let source = connect::writer(Some(&self.path), config)?;
        run::sound(&source, self.version)?;
        let mut file = OnFile::open(path, config)?;
        // All locks from here on, and nobody else has one.
        file.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(failed)?;
        file.execute_batch("BEGIN IMMEDIATE; COMMIT").map_err(failed)?;
        if Mark::of(&file)? != self.mark {
            return Err(Error::Conflict { what: "something was written since the copy was made" });
        }
        let backup = rusqlite::backup::Backup::new(&source, &mut file).map_err(failed)?;
        match backup.step(-1).map_err(failed)? {
            rusqlite::backup::StepResult::Done => Ok(()),
            _ => Err(Error::Busy { waited_ms: 0 }),
        }
    }

    /// Leaves the copy to the next opening.
    pub(super) fn leave(self) {
        std::mem::forget(self);
    }

    /// Leaves the copy where it is, under a name that no later upgrade takes. Returns what the name ends in.
    pub(super) fn keep(self) -> String {
        let file = self.path.with_extension("");
        let suffixes = (1..).map(|n| match n {
            1 => format!(".before-{}.kept", self.target),
            n => format!(".before-{}.kept-{n}", self.target),
        });
        let free = suffixes.map(|suffix| (beside(&file, &suffix), suffix)).find(|(path, _)| !path.exists());
        let Some((path, suffix)) = free else { return String::new() };
        let kept = std::fs::rename(&self.path, path).is_ok();
        let suffix = if kept { suffix } else { format!(".before-{}", self.target) };
        std::mem::forget(self);
        suffix
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Clones the file if nobody has it open and the file system can.
fn clone(path: &Path, config: &Config, copy: &Path, target: u32) -> Result<Option<Kept>> {
    // The last to close a file takes the log into it; if the log stays, somebody else has the file open.
    let mark = Mark::of(&*OnFile::open(path, config)?)?;
    let is_alone = || ["-wal", "-journal"].iter().all(|suffix| !beside(path, suffix).exists());
    let state = || std::fs::metadata(path).and_then(|about| Ok((about.len(), about.modified()?))).ok();
    // Only while this process has no connection: on Unix, reading the file takes all of its locks away.
    let cloned = opened::unless_open(path, || {
        let before = state();
        Ok(is_alone() && reflink(path, copy).is_ok() && is_alone() && before.is_some() && state() == before)
    });
    let made = match cloned {
        Some(Ok(true)) => Kept::found(copy.to_owned(), target, Made::Cloned).ok(),
        _ => None,
    };
    let made = made.filter(|kept| kept.mark == mark);
    if made.is_none() {
        remove(copy);
    }
    Ok(made)
}

/// Into a file that only its owner can read from the beginning.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn reflink(path: &Path, copy: &Path) -> std::io::Result<()> {
    connect::create_private(copy).map_err(std::io::Error::other)?;
    let (from, to) = (std::fs::File::open(path)?, std::fs::OpenOptions::new().write(true).open(copy)?);
    reflink_copy::reflink_file(&from, &to)
}

/// With the permissions of the file, at once.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn reflink(path: &Path, copy: &Path) -> std::io::Result<()> {
    reflink_copy::reflink(path, copy)
}

/// Lets SQLite write a copy if there is room for it.
fn write_copy(path: &Path, config: &Config, copy: &Path) -> Result<()> {
    let doing = "copying the file before the upgrade";
    let conn = OnFile::open(path, config)?;
    let sql = "SELECT (page_count - freelist_count) * page_size
                 FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
    let bytes: u64 =
        conn.query_row(sql, [], |row| row.get(0)).map_err(|error| Error::sqlite(doing, &error))?;
    let needed = bytes + bytes / 16 + LEFT_FREE_BYTES;
    // Where the system does not tell, SQLite finds out.
    let free = path.parent().and_then(|folder| fs4::available_space(folder).ok());
    if let Some(free) = free.filter(|&free| free < needed) {
        return Err(Error::NoRoomForSnapshot { needed, free });
    }
    connect::create_private(copy)?;
    let to =
        copy.to_str().ok_or_else(|| Error::invalid("path", "is no Unicode, so that no copy can be made"))?;
    match conn.execute("VACUUM INTO ?1", [to]).map_err(|error| Error::sqlite(doing, &error)) {
        Ok(_) => Ok(()),
        Err(Error::Full) => {
            let free = path.parent().and_then(|folder| fs4::available_space(folder).ok());
            Err(Error::NoRoomForSnapshot { needed, free: free.unwrap_or(0) })
        }
        Err(error) => Err(error),
    }
}
