//! What does a read have at hand?

use std::cell::Cell;
use std::sync::Arc;

use rusqlite::Connection;

use super::attributes::{Catalogue, Catalogues};
use super::limits;
use super::names::{Namer, Names};
use crate::error::Result;
use crate::model::Timestamp;

/// A read that is going on: a connection and what its rows need to be understood.
pub(crate) struct ReadTx<'r> {
    pub(super) conn: &'r Connection,
    pub(super) names: &'r Names,
    pub(super) attributes: &'r Catalogues,
    pub(super) now: Timestamp,
    /// The version of the file when this connection last looked, and its last change; none in memory.
    pub(super) seen: Option<&'r Cell<(i64, i64)>>,
}

impl<'r> ReadTx<'r> {
    pub(crate) fn conn(&self) -> &'r Connection {
        self.conn
    }

    pub(crate) fn names(&self) -> &'r Names {
        self.names
    }

    /// What is declared, at the commit that the read sees. To be asked inside a snapshot.
    pub(crate) fn attributes(&self) -> Result<Arc<Catalogue>> {
        let sql = "SELECT attribute_seq FROM store_state";
        let seq = self.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        self.attributes.at(self.conn, seq)
    }

    /// Names for the rows of one answer.
    pub(crate) fn namer(&self) -> Namer<'r> {
        Namer::new(self.conn, self.names)
    }

    /// The moment of the read: what has expired by now is hidden.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Number of the last change of the file. A connection that only reads asks SQLite whether anybody wrote since it
    /// last looked, which is quicker than reading the row.
    pub(crate) fn change_seq(&self) -> Result<i64> {
        let version = match self.seen {
            Some(seen) => {
                let version =
                    self.conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
                if seen.get().0 == version {
                    return Ok(seen.get().1);
                }
                version
            }
            None => 0,
        };
        let sql = "SELECT change_seq FROM store_state";
        let change_seq = self.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        if let Some(seen) = self.seen {
            seen.set((version, change_seq));
        }
        Ok(change_seq)
    }
}

/// A transaction that only reads, ended when it is dropped.
pub(super) struct OpenRead<'c>(pub(super) &'c Connection);

impl Drop for OpenRead<'_> {
    fn drop(&mut self) {
        let end = |how: &str| limits::uninterrupted(|| self.0.prepare_cached(how)?.execute([]));
        if !self.0.is_autocommit() && end("COMMIT").is_err() && !self.0.is_autocommit() {
            let _ = end("ROLLBACK");
        }
    }
}
