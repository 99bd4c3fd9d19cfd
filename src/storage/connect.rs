//! How is a connection set up, and is this file one of ours?

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::{condition, limits};
use crate::error::{Error, Result};
use crate::model::{Config, Durability};

/// `PRAGMA application_id` of every store: "MKEP".
pub(crate) const APPLICATION_ID: u32 = 0x4d4b_4550;

/// What lies at a path before anybody opens it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    /// A file of no bytes, as `mktemp` leaves one.
    Empty,
    Store,
}

/// The whole path. SQLite reads a name that begins with `file:` as a URI, and `:memory:` as no file at all; a whole
/// path is always a path. It also stays the same file if the process changes its folder.
pub(crate) fn plain(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|_| Error::invalid("path", "is empty or names no place"))
}

/// Looks at the first 100 bytes of a file that no connection of this process has open.
///
/// A store carries its application id in these bytes from its first commit on (see `create`), so that a foreign
/// file is told apart without SQLite touching it.
pub(crate) fn look(path: &Path) -> Result<Found> {
    // Before it is opened: opening a pipe waits for somebody at its other end.
    let about = match std::fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == ErrorKind::NotFound && path.is_symlink() => {
            return Err(Error::NotAStore { reason: "it is a link to a file that does not exist" });
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(Error::io("opening the file", &error)),
    };
    if about.is_dir() {
        return Err(Error::NotAStore { reason: "it is a folder" });
    }
    if !about.is_file() {
        return Err(Error::NotAStore { reason: "it is not a regular file" });
    }
    if about.len() == 0 {
        return Ok(Found::Empty);
    }
    let mut file = File::open(path).map_err(|error| Error::io("opening the file", &error))?;
    let mut header = [0; 100];
    match file.read_exact(&mut header) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            return Err(Error::NotAStore { reason: "it is not an SQLite file" });
        }
        Err(error) => return Err(Error::io("reading the file", &error)),
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(Error::NotAStore { reason: "it is not an SQLite file" });
    }
    if header[68..72] != APPLICATION_ID.to_be_bytes() {
        return Err(Error::NotAStore { reason: "it is another program's SQLite file" });
    }
    Ok(Found::Store)
}

/// Whether a file has zeros where SQLite's header belongs: its first page was written in part.
pub(crate) fn starts_blank(path: &Path) -> bool {
    let mut header = [1; 100];
    std::fs::metadata(path).is_ok_and(|about| about.is_file())
        && File::open(path).and_then(|mut file| file.read_exact(&mut header)).is_ok()
        && header == [0; 100]
}

/// A companion of a file.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Whether a rollback journal lies beside a file.
pub(crate) fn has_journal(path: &Path) -> bool {
    beside(path, "-journal").exists()
}

/// Makes an empty file that only its owner can read.
pub(crate) fn create_private(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Ok(_) => Ok(()),
        // Another process was faster; it has made the same.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(Error::NotFound { what: "folder for the file" })
        }
        Err(error) => Err(Error::io("creating the file", &error)),
    }
}

const COMMON: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX.union(OpenFlags::SQLITE_OPEN_EXRESCODE);

/// Opens the connection that writes.
pub(crate) fn writer(path: Option<&Path>, config: &Config) -> Result<Connection> {
    let doing = "opening the file";
    let flags = COMMON | OpenFlags::SQLITE_OPEN_READ_WRITE;
    let conn = match path {
        Some(path) => Connection::open_with_flags(path, flags),
        None => Connection::open_in_memory_with_flags(flags | OpenFlags::SQLITE_OPEN_CREATE),
    }
    .map_err(|error| Error::sqlite(doing, &error))?;
    set_up(&conn, config).map_err(|error| Error::sqlite(doing, &error))?;
    Ok(conn)
}

/// Sets up what a writer needs, once the file is known to be a store or made one.
pub(crate) fn set_up_writer(conn: &Connection, config: &Config) -> rusqlite::Result<()> {
    conn.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match config.durability {
        Durability::Normal => "NORMAL",
        Durability::Full => "FULL",
    };
    conn.pragma_update(None, "synchronous", synchronous)?;
    if config.durability == Durability::Full && cfg!(target_vendor = "apple") {
        conn.pragma_update(None, "fullfsync", true)?;
    }
    conn.pragma_update(None, "secure_delete", true)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "journal_size_limit", WAL_KEPT_BYTES)
}

/// The WAL file is cut back to this after a checkpoint.
const WAL_KEPT_BYTES: i64 = 16 << 20;

/// Opens a connection that only reads.
pub(crate) fn reader(path: &Path, config: &Config) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(path, COMMON | OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    set_up_reader(&conn, config)?;
    Ok(conn)
}

pub(crate) fn set_up_reader(conn: &Connection, config: &Config) -> rusqlite::Result<()> {
    set_up(conn, config)?;
    conn.pragma_update(None, "query_only", true)?;
    conn.pragma_update(None, "cache_size", -i64::from(config.cache_kib / 4).max(64))
}

fn set_up(conn: &Connection, config: &Config) -> rusqlite::Result<()> {
    limits::install(conn)?;
    condition::install(conn)?;
    conn.set_prepared_statement_cache_capacity(config.statements as usize);
    distrust(conn)?;
    // Otherwise SQLite looks at a bound LIMIT while it plans, and plans anew whenever that is bound again: 22 µs a page.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "cache_size", -i64::from(config.cache_kib))
}

/// A file from elsewhere must not run code of its own: none of ours has a trigger, so none runs on a store's writes,
/// whoever made it; and what views and indexes compute may have no effect.
pub(crate) fn distrust(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(())
}

/// Where a file lies, so that a copy of it is told apart: device, number and birth of the file.
///
/// `stat` opens nothing, so it is safe while connections are open. A file copied over in place keeps all three; backups
/// carry no installation for that reason.
pub(crate) fn installation(path: &Path) -> Result<String> {
    let about = std::fs::metadata(path).map_err(|error| Error::io("looking at the file", &error))?;
    let birth = about
        .created()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_nanos());
    #[cfg(unix)]
    let place = {
        use std::os::unix::fs::MetadataExt;
        format!("{:x}-{:x}", about.dev(), about.ino())
    };
    #[cfg(not(unix))]
    let place = {
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        format!("{:016x}", crate::codec::hash(whole.as_os_str().as_encoded_bytes()))
    };
    Ok(format!("{place}-{birth:x}"))
}
