//! How does a path become open connections: to a new file, to one that is upgraded first, or to none at all?

use std::path::Path;
use std::sync::PoisonError;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::connect::{self, Found};
use super::limits::{self, ReadLimits};
use super::migrations::{self, NEWEST};
use super::readers::Readers;
use super::writer::Writer;
use super::{Connections, Storage, inspect, opened};
use crate::error::{Error, Result};
use crate::model::{Config, Migrate, Timestamp, new_uuid};

impl Storage {
    /// Opens the file, waiting for others who are making or upgrading it.
    pub(super) fn connect(&self, path: &Path) -> Result<Connections> {
        limits::patiently(self.config.busy_wait(), || self.connect_once(path))
    }

    fn connect_once(&self, path: &Path) -> Result<Connections> {
        limits::within(&ReadLimits::default(), self.gate.stop(), self.config.busy_wait(), || {
            let found = self.look(path)?;
            match found {
                Found::Nothing if !self.config.create => return Err(Error::NotFound { what: "file" }),
                Found::Nothing => connect::create_private(path)?,
                Found::Empty if !self.config.create => {
                    return Err(Error::NotAStore { reason: "it is empty" });
                }
                Found::Empty | Found::Store => {}
            }
            let mut opened = opened::opening(path)?;
            let mut writer = match found {
                Found::Nothing | Found::Empty => Some(create(Some(path), &self.config)?),
                Found::Store => None,
            };
            let mut first = self.first_reader(path)?;
            let pending = match migrations::check(&first) {
                Ok(()) => false,
                Err(Error::UpgradePending { .. }) if self.config.migrate == Migrate::Auto => true,
                Err(error) => return Err(refuse(first, error)),
            };
            if pending || (!self.config.read_only && migrations::is_cut_off(path)) {
                // A clone is made only while this process has no connection.
                drop((first, writer.take(), opened));
                self.change_schema(path, pending)?;
                opened = opened::opening(path)?;
                first = self.first_reader(path)?;
                migrations::check(&first)?;
            }
            if !self.config.read_only {
                writer = self.settle_replica(path, &first, writer)?;
            }
            let readers = Readers::new(path.to_owned(), &self.config, Some(first));
            Ok(Connections { writer: Writer::new(writer), readers: Some(readers), _opened: Some(opened) })
        })
    }

    /// Upgrades the file, or tidies up after an upgrade that was cut off.
    fn change_schema(&self, path: &Path, pending: bool) -> Result<()> {
        if !pending {
            return migrations::settle(path, &self.config);
        }
        if let Some(upgrade) = migrations::run(path, &self.config, NEWEST)? {
            *self.upgraded.lock().unwrap_or_else(PoisonError::into_inner) = Some(upgrade);
        }
        Ok(())
    }

    /// What lies at a path, after undoing what a cut of power left half made: only a file that is being made has a
    /// rollback journal, and readers cannot undo it.
    fn look(&self, path: &Path) -> Result<Found> {
        let look = || {
            let found = connect::look(path);
            let half_made = match &found {
                Ok(Found::Store) => true,
                Err(Error::NotAStore { .. }) => connect::starts_blank(path),
                _ => false,
            };
            Ok((found, half_made && connect::has_journal(path)))
        };
        let Some((found, unfinished)) = opened::unless_open(path, look).transpose()? else {
            return Ok(Found::Store);
        };
        if !unfinished || self.config.read_only {
            return found;
        }
        let opened = opened::opening(path)?;
        let conn = connect::writer(Some(path), &self.config)?;
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
            .map_err(|error| Error::sqlite("opening the file", &error))?;
        drop(conn);
        drop(opened);
        look_unless_open(path)
    }

    pub(super) fn open_writer(&self, path: &Path) -> Result<Connection> {
        let conn = connect::writer(Some(path), &self.config)?;
        connect::set_up_writer(&conn, &self.config)
            .map_err(|error| Error::sqlite("opening the file", &error))?;
        Ok(conn)
    }

    fn first_reader(&self, path: &Path) -> Result<Connection> {
        inspect::reader(path, &self.config)
    }

    /// Gives the file a new replica id if it was copied or restored since this installation last wrote it.
    fn settle_replica(
        &self,
        path: &Path,
        first: &Connection,
        writer: Option<Connection>,
    ) -> Result<Option<Connection>> {
        let doing = "reading the replica id";
        let here = connect::installation(path)?;
        let kept: Option<String> = first
            .query_row("SELECT installation FROM store_state", [], |row| row.get(0))
            .map_err(|error| Error::sqlite(doing, &error))?;
        if kept.as_deref() == Some(&here) {
            return Ok(writer);
        }
        let mut conn = writer.map_or_else(|| self.open_writer(path), Ok)?;
        let settle = |conn: &mut Connection| -> rusqlite::Result<()> {
            let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let (settled, change_seq): (Option<String>, i64) =
                tx.query_row("SELECT installation, change_seq FROM store_state", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            // Another process of this installation was faster.
            if settled.as_deref() == Some(&here) {
                return Ok(());
            }
            // A new file's first replica has not written anything yet: it may keep its id.
            if settled.is_some() || change_seq > 0 {
                tx.execute(
                    "INSERT INTO replica (uuid, since) VALUES (?1, ?2)",
                    (new_uuid().as_bytes(), Timestamp::now().as_millis()),
                )?;
                tx.execute("UPDATE store_state SET replica_id = ?1", [tx.last_insert_rowid()])?;
            }
            tx.execute("UPDATE store_state SET installation = ?1", [&here])?;
            tx.commit()
        };
        settle(&mut conn).map_err(|error| Error::sqlite(doing, &error))?;
        Ok(Some(conn))
    }
}

/// Makes a store of an empty file, or one in memory.
pub(super) fn create(path: Option<&Path>, config: &Config) -> Result<Connection> {
    let mut conn = connect::writer(path, config)?;
    migrations::create(&mut conn)?;
    connect::set_up_writer(&conn, config).map_err(|error| Error::sqlite("creating the store", &error))?;
    migrations::lay(&mut conn)?;
    Ok(conn)
}

/// What lies at a path; a file that is open here has been looked at before.
pub(super) fn look_unless_open(path: &Path) -> Result<Found> {
    opened::unless_open(path, || connect::look(path)).unwrap_or(Ok(Found::Store))
}
/// Closes the connection to a file that is refused, without moving its WAL: the file stays as it was.
pub(super) fn refuse(conn: Connection, error: Error) -> Error {
    let _ = conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    error
}
