//! Which schema does a file have, and how does it get another?
//!
//! Numbered pairs of files in `migrations/`. [`step`] does one of them in one transaction and verifies it inside;
//! [`run`] does as many as are needed, one process at a time ([`turn`]), with a copy to fall back on ([`snapshot`]), and
//! goes back if the file is not sound afterwards. [`shape`] says what a schema looks like.

mod run;
mod shape;
mod snapshot;
mod step;
mod turn;

use rusqlite::{Connection, TransactionBehavior};

use super::connect::APPLICATION_ID;
use crate::codec;
use crate::error::{Error, Result};
use crate::model::{Timestamp, new_uuid};

pub use run::{Snapshot, Upgrade};
pub(crate) use run::{examine, is_cut_off, run, settle};

/// One step from a schema to the next, and back.
pub(crate) struct Migration {
    pub(crate) version: u32,
    pub(crate) name: &'static str,
    up: &'static str,
    down: &'static str,
}

/// All of them, oldest first.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "first",
        up: include_str!("../../../migrations/0001_first.up.sql"),
        down: include_str!("../../../migrations/0001_first.down.sql"),
    },
    Migration {
        version: 2,
        name: "hardening",
        up: include_str!("../../../migrations/0002_hardening.up.sql"),
        down: include_str!("../../../migrations/0002_hardening.down.sql"),
    },
    Migration {
        version: 3,
        name: "graph",
        up: include_str!("../../../migrations/0003_graph.up.sql"),
        down: include_str!("../../../migrations/0003_graph.down.sql"),
    },
    Migration {
        version: 4,
        name: "words",
        up: include_str!("../../../migrations/0004_words.up.sql"),
        down: include_str!("../../../migrations/0004_words.down.sql"),
    },
    Migration {
        version: 5,
        name: "vectors",
        up: include_str!("../../../migrations/0005_vectors.up.sql"),
        down: include_str!("../../../migrations/0005_vectors.down.sql"),
    },
];

/// The newest schema that this build knows.
pub(crate) const NEWEST: u32 = MIGRATIONS.len() as u32;

impl Migration {
    /// What tells this pair of files from any other; the same however the lines end.
    pub(crate) fn checksum(&self) -> i64 {
        let both = format!("{}\0{}", self.up, self.down).replace("\r\n", "\n");
        codec::hash(both.as_bytes()) as i64
    }
}

/// The schema version of a file: 0 before the first migration.
pub(crate) fn version(conn: &Connection) -> Result<u32> {
    let (application, version): (i32, i32) = conn
        .query_row("SELECT (SELECT application_id FROM pragma_application_id), user_version FROM pragma_user_version", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .map_err(|error| Error::sqlite("reading the schema's version", &error))?;
    if application as u32 != APPLICATION_ID && (application != 0 || version != 0) {
        return Err(Error::NotAStore { reason: "it is another program's SQLite file" });
    }
    Ok(version as u32)
}

/// Fails unless the schema is the newest.
pub(crate) fn check(conn: &Connection) -> Result<()> {
    match version(conn)? {
        NEWEST => Ok(()),
        found if found > NEWEST => Err(Error::SchemaTooNew { found, supported: NEWEST }),
        found => Err(Error::UpgradePending { found, needed: NEWEST }),
    }
}

/// Gives a failure its reason where the schema was changed under an open connection: a table or column that a
/// statement speaks of has gone.
pub(crate) fn explain(conn: &Connection, error: Error) -> Error {
    match error {
        Error::Sqlite { .. } => check(conn).err().unwrap_or(error),
        error => error,
    }
}

/// Marks an empty file as a store. Before WAL mode is set, so that the mark lies in the file's own first page, and in
/// one transaction, so that no cut of power leaves a file without it.
pub(crate) fn create(conn: &mut Connection) -> Result<()> {
    let doing = "creating the store";
    let pragmas = || -> rusqlite::Result<()> {
        conn.pragma_update(None, "page_size", 8192)?;
        let tx = conn.unchecked_transaction()?;
        tx.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.commit()
    };
    pragmas().map_err(|error| Error::sqlite(doing, &error))
}

/// Lays the newest schema in a file that has none, in one transaction. Another process may have been faster.
pub(crate) fn lay(conn: &mut Connection) -> Result<()> {
    let doing = "creating the store";
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| Error::sqlite(doing, &error))?;
    if version(&tx)? > 0 {
        return Ok(());
    }
    let apply = || -> rusqlite::Result<()> {
        let mut records = Vec::new();
        for migration in MIGRATIONS {
            let start = std::time::Instant::now();
            tx.execute_batch(migration.up)?;
            if migration.version == 1 {
                first_rows(&tx)?;
            }
            records.push(step::Record::of(migration, start));
        }
        records.iter().try_for_each(|record| record.write(&tx))?;
        step::set_version(&tx, NEWEST)
    };
    apply().and_then(|()| tx.commit()).map_err(|error| Error::sqlite(doing, &error))
}

/// A new store in memory, to compare a file with.
pub(crate) fn pristine() -> Result<Connection> {
    let mut conn =
        Connection::open_in_memory().map_err(|error| Error::sqlite("making a store in memory", &error))?;
    create(&mut conn)?;
    lay(&mut conn)?;
    Ok(conn)
}

fn first_rows(conn: &Connection) -> rusqlite::Result<()> {
    let now = Timestamp::now().as_millis();
    conn.execute(
        "INSERT INTO replica (replica_id, uuid, since) VALUES (1, ?1, ?2)",
        (new_uuid().as_bytes(), now),
    )?;
    conn.execute(
        "INSERT INTO store_state (one, store_uuid, schema_version, replica_id, commit_seq, change_seq, memory_seq, stamp)
         VALUES (1, ?1, 0, 1, 0, 0, 0, 0)",
        [new_uuid().as_bytes()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_gaps() {
        for (i, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.version as usize, i + 1, "{}", migration.name);
        }
    }

    /// A file that was shipped never changes: what it got wrong, a later one mends.
    #[test]
    fn shipped_files_stay_as_they_are() {
        let pinned = [
            6069731434701500791,
            1770951003972845659,
            -6704750200134100796,
            -4335892137664649700,
            1403980458709099108,
        ];
        let now: Vec<_> = MIGRATIONS.iter().map(Migration::checksum).collect();
        assert_eq!(now, pinned, "a migration changed; put the old text back and add a new step");
    }

    #[test]
    fn checksums_do_not_see_how_lines_end() {
        let windows = Migration { version: 1, name: "w", up: "A;\r\nB;\r\n", down: "C;\r\n" };
        let unix = Migration { version: 1, name: "u", up: "A;\nB;\n", down: "C;\n" };
        let other = Migration { version: 1, name: "o", up: "A;\nB;\nC;\n", down: "" };
        assert_eq!(windows.checksum(), unix.checksum());
        assert_ne!(unix.checksum(), other.checksum());
    }

    #[test]
    fn every_column_has_a_comment_or_a_telling_name() {
        // A bare number needs a unit beside it.
        for line in MIGRATIONS.iter().flat_map(|migration| migration.up.lines()) {
            let column = line.trim_start();
            let is_time = ["at ", "recorded_at ", "expires_at ", "since ", "valid_from ", "valid_to "]
                .iter()
                .any(|name| column.starts_with(name) && column.contains("INTEGER"));
            assert!(!is_time || line.contains("-- ms since 1970 UTC"), "no unit: {line}");
        }
    }
}
