//! Which schema does a file have, and how does it get the newest one?
//!
//! Numbered pairs of files in `migrations/`; each runs in one transaction together with the version's change.

use rusqlite::{Connection, TransactionBehavior};

use super::connect::APPLICATION_ID;
use crate::error::{Error, Result};
use crate::model::{Timestamp, new_uuid};

/// One step from a schema to the next, and back.
pub(crate) struct Migration {
    pub(crate) version: u32,
    pub(crate) name: &'static str,
    pub(crate) up: &'static str,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "going back by command comes with the hardened runner")
    )]
    pub(crate) down: &'static str,
}

/// All of them, oldest first.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "first",
        up: include_str!("../../migrations/0001_first.up.sql"),
        down: include_str!("../../migrations/0001_first.down.sql"),
    },
    Migration {
        version: 2,
        name: "hardening",
        up: include_str!("../../migrations/0002_hardening.up.sql"),
        down: include_str!("../../migrations/0002_hardening.down.sql"),
    },
];

/// The newest schema that this build knows.
pub(crate) const NEWEST: u32 = MIGRATIONS.len() as u32;

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

/// Brings a file to the newest schema, one transaction a step. Another process may be doing the same.
pub(crate) fn up(conn: &mut Connection) -> Result<()> {
    let doing = "upgrading the schema";
    loop {
        let tx = conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| Error::sqlite(doing, &error))?;
        let found = version(&tx)?;
        if found > NEWEST {
            return Err(Error::SchemaTooNew { found, supported: NEWEST });
        }
        let Some(step) = MIGRATIONS.get(found as usize) else {
            return Ok(());
        };
        let apply = || -> rusqlite::Result<()> {
            tx.execute_batch(step.up)?;
            if found == 0 {
                first_rows(&tx)?;
            }
            tx.execute("UPDATE store_state SET schema_version = ?1", [step.version])?;
            tx.pragma_update(None, "user_version", step.version)
        };
        apply().and_then(|()| tx.commit()).map_err(|error| Error::sqlite(doing, &error))?;
    }
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

    fn schema(conn: &Connection) -> Vec<(String, Option<String>)> {
        let mut statement = conn
            .prepare("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
            .expect("prepares");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("runs");
        rows.collect::<rusqlite::Result<_>>().expect("reads")
    }

    #[test]
    fn numbers_have_no_gaps() {
        for (i, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.version as usize, i + 1, "{}", migration.name);
        }
    }

    #[test]
    fn up_down_and_up_again_leaves_an_equal_schema() {
        let mut conn = Connection::open_in_memory().expect("opens");
        create(&mut conn).expect("creates");
        up(&mut conn).expect("goes up");
        let once = schema(&conn);
        for migration in MIGRATIONS.iter().rev() {
            conn.execute_batch(migration.down).expect("goes down");
        }
        assert_eq!(schema(&conn), []);
        conn.pragma_update(None, "user_version", 0).expect("sets the version");
        up(&mut conn).expect("goes up again");
        assert_eq!(schema(&conn), once);
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
