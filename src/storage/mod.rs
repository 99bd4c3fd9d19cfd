//! How do calls reach the file, and what holds for all of them?
//!
//! One connection writes ([`writer`]), a pool of others reads ([`readers`]), every call passes the [`gate`]. Rooms
//! above say what to read and write; this one says when, and that a commit is whole, numbered and told.

mod attributes;
mod change;
mod checksum;
mod condition;
mod connect;
mod gate;
mod inspect;
mod journal;
mod known;
mod limits;
mod migrations;
mod names;
mod noted;
mod notices;
mod open;
mod opened;
mod process;
mod read;
mod readers;
pub(crate) mod salvage;
mod touch;
mod tx;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension};

pub(crate) use attributes::{Catalogue, Declared, Searched, Values, fill_task};
pub use change::Thing;
pub(crate) use change::{Change, Entry};
pub(crate) use checksum::{
    Chunk, Summed, chunks as checksums, hash as row_hash, place as checksum_place, read_chunk, relation_hash,
    sum,
};
pub(crate) use connect::{beside, create_private, distrust, plain};
pub(crate) use inspect::{change_schema, read_schema};
pub(crate) use journal::{EntityRow, Journal, RelationRow, Written};
pub(crate) use known::{MENTION_ALL, MENTION_DUE, MENTION_TASKS, NameChange, NamesSeen, names_left_out};
pub use limits::Cancel;
pub(crate) use limits::{ReadLimits, check, install as keep_limits, patiently};
pub(crate) use migrations::{MIGRATIONS, NEWEST, examine, pristine, version};
pub use migrations::{Snapshot, Upgrade};
pub(crate) use names::{Namer, Names, kind_id, persona_id};
pub(crate) use noted::{FILL_VECTORS, VectorChange, VectorNote, WordsNoted};
pub use notices::{Notice, Notices};
pub(crate) use process::check as check_process;
pub(crate) use read::ReadTx;
pub(crate) use touch::{EVERY_ENTITY, STORE_GRAPH, is_outdated};
pub(crate) use tx::{DROPPED, SHARED, WriteTx};

use self::attributes::Catalogues;
use self::gate::{Gate, Pass};
use self::known::Known;
use self::notices::Board;
use self::opened::Opened;
use self::read::OpenRead;
use self::readers::Readers;
use self::tx::Committed;
use self::writer::{Host, Writer};
use crate::error::{Error, Result};
use crate::model::{Config, Timestamp};

/// One open file, or one database in memory.
pub(crate) struct Storage {
    path: Option<PathBuf>,
    config: Config,
    gate: Gate,
    connections: RwLock<Option<Connections>>,
    /// Only one thread pauses or resumes at a time.
    pausing: Mutex<()>,
    names: Names,
    attributes: Catalogues,
    board: Board,
    journal: Journal,
    known: Known,
    /// What the last upgrade at opening did.
    upgraded: Mutex<Option<Upgrade>>,
}

struct Connections {
    writer: Writer,
    /// `None` in memory, where the one connection does everything.
    readers: Option<Readers>,
    /// Given up last.
    _opened: Option<Opened>,
}

impl Storage {
    /// Opens the file, creates it, upgrades it, or refuses it untouched.
    pub(crate) fn open(path: &Path, config: Config) -> Result<Self> {
        process::settle()?;
        let storage = Self {
            path: Some(path.to_owned()),
            config,
            gate: Gate::default(),
            connections: RwLock::new(None),
            pausing: Mutex::new(()),
            names: Names::default(),
            attributes: Catalogues::default(),
            board: Board::default(),
            journal: Journal::default(),
            known: Known::default(),
            upgraded: Mutex::default(),
        };
        let connections = storage.connect(path)?;
        storage.set_connections(Some(connections));
        Ok(storage)
    }

    pub(crate) fn in_memory(config: Config) -> Result<Self> {
        process::settle()?;
        let conn = open::create(None, &config)?;
        Ok(Self {
            path: None,
            config,
            gate: Gate::default(),
            connections: RwLock::new(Some(Connections {
                writer: Writer::new(Some(conn)),
                readers: None,
                _opened: None,
            })),
            pausing: Mutex::new(()),
            names: Names::default(),
            attributes: Catalogues::default(),
            board: Board::default(),
            journal: Journal::default(),
            known: Known::default(),
            upgraded: Mutex::default(),
        })
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Whether a path, by whatever name, leads to this store's file.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        self.path.as_deref().is_some_and(|this| opened::is_one_file(this, path))
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// What this process wrote to the graph lately.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(crate) fn upgraded(&self) -> Option<Upgrade> {
        *self.upgraded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_connections(&self, connections: Option<Connections>) -> Option<Connections> {
        let mut slot = self.connections.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *slot, connections)
    }

    fn enter(&self) -> Result<(Pass<'_>, RwLockReadGuard<'_, Option<Connections>>)> {
        process::check()?;
        let pass = self.gate.enter()?;
        let connections = self.connections.read().unwrap_or_else(PoisonError::into_inner);
        if connections.is_none() {
            return Err(Error::Paused);
        }
        Ok((pass, connections))
    }

    /// Runs one statement or several that need not see the same commit.
    pub(crate) fn read<T>(
        &self,
        limits: &ReadLimits,
        work: impl FnOnce(&ReadTx<'_>) -> Result<T>,
    ) -> Result<T> {
        let (_pass, connections) = self.enter()?;
        let Some(Connections { writer, readers, .. }) = connections.as_ref() else {
            return Err(Error::Paused);
        };
        limits::within(limits, self.gate.stop(), self.config.busy_wait(), || {
            let (names, attributes) = (&self.names, &self.attributes);
            let now = Timestamp::now();
            let work = |conn: &Connection, seen| {
                work(&ReadTx { conn, names, attributes, now, seen })
                    .map_err(|error| migrations::explain(conn, error))
            };
            match readers {
                Some(readers) => {
                    let reader = readers.get()?;
                    work(&reader, Some(reader.seen()))
                }
                None => writer.alone(self, |conn| work(conn, None)),
            }
        })
    }

    /// Runs several statements that all see the same commit.
    pub(crate) fn snapshot<T>(
        &self,
        limits: &ReadLimits,
        work: impl FnOnce(&ReadTx<'_>) -> Result<T>,
    ) -> Result<T> {
        self.read(limits, |read| {
            // Prepared once: parsing both words anew took as long as reading two rows.
            limits::uninterrupted(|| read.conn.prepare_cached("BEGIN")?.execute([]))?;
            let _open = OpenRead(read.conn);
            work(read)
        })
    }

    /// Runs `op` in a write transaction and returns once it is committed. `op` may run more than once.
    ///
    /// The limits hold until the transaction begins: a write that has begun is finished and says so.
    pub(crate) fn write<T, F>(&self, limits: &ReadLimits, op: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut WriteTx<'_>) -> Result<T> + Send + Sync + 'static,
    {
        if self.config.read_only {
            return Err(Error::ReadOnly);
        }
        let (_pass, connections) = self.enter()?;
        let Some(Connections { writer, .. }) = connections.as_ref() else {
            return Err(Error::Paused);
        };
        limits.check()?;
        limits::within(&ReadLimits::default(), self.gate.stop(), self.config.busy_wait(), || {
            writer.write(self, limits, op)
        })
    }

    /// Runs `work` on the write connection, outside of any transaction.
    pub(crate) fn alone<T>(
        &self,
        limits: &ReadLimits,
        work: impl FnOnce(&mut Connection) -> Result<T>,
    ) -> Result<T> {
        if self.config.read_only {
            return Err(Error::ReadOnly);
        }
        let (_pass, connections) = self.enter()?;
        let Some(Connections { writer, .. }) = connections.as_ref() else {
            return Err(Error::Paused);
        };
        limits::within(limits, self.gate.stop(), self.config.busy_wait(), || writer.alone(self, work))
    }

    /// Runs `work`, which may read its input as it goes, in one write transaction of its own. Other writers wait.
    ///
    /// The limits hold as long as `work` runs.
    pub(crate) fn write_whole<T>(
        &self,
        limits: &ReadLimits,
        work: impl FnOnce(&mut WriteTx<'_>) -> Result<T>,
    ) -> Result<T> {
        self.alone(limits, |conn| {
            let mut tx = WriteTx::begin(conn, &self.attributes, &self.known)?;
            let value = work(&mut tx)?;
            let committed = tx.commit()?;
            self.committed(conn, committed);
            Ok(value)
        })
    }

    pub(crate) fn subscribe(&self) -> Result<Notices> {
        let newest = self.read(&ReadLimits::default(), |read| {
            let sql = "SELECT change_seq FROM store_state";
            Ok(read.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
        })?;
        Ok(self.board.subscribe(newest))
    }

    pub(crate) fn poll(&self, limits: &ReadLimits) -> Result<bool> {
        self.snapshot(limits, |read| self.board.poll(read.conn, &self.names))
    }

    /// Ends all calls within `deadline`, moves the WAL into the file if time is left, and closes every connection,
    /// so that no lock on the file remains.
    pub(crate) fn pause(&self, deadline: Duration) -> Result<()> {
        process::check()?;
        let start = Instant::now();
        let _one = self.pausing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.gate.is_closed() {
            return Ok(());
        }
        self.gate.close(deadline)?;
        if self.path.is_none() {
            return Ok(());
        }
        if let Some(connections) = self.set_connections(None) {
            connections.close(deadline.saturating_sub(start.elapsed()));
        }
        Ok(())
    }

    /// Lets calls in again. The file is looked at anew: it may have been upgraded or replaced meanwhile.
    pub(crate) fn resume(&self) -> Result<()> {
        process::check()?;
        let _one = self.pausing.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.gate.is_closed() {
            return Ok(());
        }
        if let Some(path) = &self.path {
            self.names.clear();
            self.attributes.clear();
            self.journal.clear();
            self.known.clear();
            let connections = self.connect(path)?;
            self.set_connections(Some(connections));
        }
        self.gate.open();
        Ok(())
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.gate.is_closed()
    }
}

impl Drop for Storage {
    /// Readers go first, also those that are only just coming: a connection that may write takes the WAL into the file
    /// if it is the last to close, and one that only reads leaves it.
    fn drop(&mut self) {
        if process::is_forked() {
            // Closing would take the parent's WAL into the file and delete it, or at least drop locks.
            std::mem::forget(self.connections.get_mut().unwrap_or_else(PoisonError::into_inner).take());
            return;
        }
        if let Some(Connections { writer, readers, _opened }) = self.set_connections(None) {
            if let Some(readers) = readers {
                readers.close();
            }
            drop(writer);
        }
    }
}

impl Host for Storage {
    fn open(&self) -> Result<Connection> {
        let path = self.path.as_deref().ok_or(Error::Sqlite { doing: "opening the file", code: 0 })?;
        let conn = self.open_writer(path)?;
        migrations::check(&conn)?;
        Ok(conn)
    }

    fn attributes(&self) -> &Catalogues {
        &self.attributes
    }

    fn known(&self) -> &Known {
        &self.known
    }

    fn committed(&self, conn: &Connection, mut committed: Committed) {
        self.journal.committed(committed.changes, committed.written.take());
        self.board.committed(conn, &self.names, committed);
    }
}

impl Connections {
    fn close(self, time_left: Duration) {
        let Self { writer, readers, _opened } = self;
        if let Some(readers) = readers {
            readers.close();
        }
        let Some(conn) = writer.take() else { return };
        let pages = checkpoint_within(&conn, time_left);
        if pages.is_none() {
            // What is not moved now stays in the WAL, safe, for the next opening.
            let _ = conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
        drop(conn);
    }
}

/// A checkpoint moves at least this many bytes a millisecond on the slowest flash that phones have.
const CHECKPOINT_BYTES_PER_MS: u64 = 20 << 10;

/// Moves the WAL into the file if that is sure to fit into the time. Returns how many pages were moved.
fn checkpoint_within(conn: &Connection, time_left: Duration) -> Option<i64> {
    let wal = conn.path().map(|path| format!("{path}-wal"))?;
    let bytes = std::fs::metadata(wal).map_or(0, |about| about.len());
    if bytes / CHECKPOINT_BYTES_PER_MS > time_left.as_millis() as u64 {
        return None;
    }
    let (busy, moved): (bool, i64) = conn
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok((row.get(0)?, row.get(2)?)))
        .optional()
        .ok()??;
    (!busy).then_some(moved)
}
