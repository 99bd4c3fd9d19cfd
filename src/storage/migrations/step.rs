//! How is one step of the schema taken, so that it is done whole and right, or not at all?
//!
//! In one transaction that checks that the step is the next, applies its file, looks whether the schema is now what it
//! should be and every base row is still there, and writes down what was done. Whatever fails rolls it back.

use std::time::Instant;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::shape::{Difference, Shape};
use super::{MIGRATIONS, Migration, NEWEST, version};
use crate::error::{Error, Result};
use crate::model::Timestamp;

/// The tables whose rows no step may lose, where it keeps the table. All others are derived, or kept by the store itself.
const BASE: &[(&str, &str)] = &[
    ("replica", "SELECT count(*) FROM replica"),
    ("persona", "SELECT count(*) FROM persona"),
    ("kind", "SELECT count(*) FROM kind"),
    ("memory", "SELECT count(*) FROM memory"),
    ("embedding_model", "SELECT count(*) FROM embedding_model"),
    ("memory_vector", "SELECT count(*) FROM memory_vector"),
    ("entity", "SELECT count(*) FROM entity"),
    ("relation_label", "SELECT count(*) FROM relation_label"),
    ("relation", "SELECT count(*) FROM relation"),
    ("mention", "SELECT count(*) FROM mention"),
    ("change", "SELECT count(*) FROM change"),
    ("attribute", "SELECT count(*) FROM attribute"),
    ("mention_off", "SELECT count(*) FROM mention_off"),
    ("relation_rule", "SELECT count(*) FROM relation_rule"),
];

/// A row of `migration`.
pub(super) struct Record {
    version: u32,
    name: &'static str,
    checksum: i64,
    applied: Option<(i64, i64)>,
}

impl Record {
    /// Of a step that began then and is done now.
    pub(super) fn of(migration: &Migration, start: Instant) -> Self {
        let took_us = i64::try_from(start.elapsed().as_micros()).unwrap_or(i64::MAX);
        Self { applied: Some((Timestamp::now().as_millis(), took_us)), ..Self::before_records(migration) }
    }

    /// Of a step that was taken before such rows were kept.
    fn before_records(migration: &Migration) -> Self {
        Self {
            version: migration.version,
            name: migration.name,
            checksum: migration.checksum(),
            applied: None,
        }
    }

    pub(super) fn write(&self, conn: &Connection) -> rusqlite::Result<()> {
        let (at, took) = self.applied.unzip();
        conn.execute(
            "INSERT OR IGNORE INTO migration (version, name, checksum, applied_at, took_us) VALUES (?1, ?2, ?3, ?4, ?5)",
            (self.version, self.name, self.checksum, at, took),
        )?;
        Ok(())
    }
}

/// Writes the number of the schema to the two places where it stands.
pub(super) fn set_version(conn: &Connection, version: u32) -> rusqlite::Result<()> {
    conn.execute("UPDATE store_state SET schema_version = ?1", [version])?;
    conn.pragma_update(None, "user_version", version)
}

/// Takes one step towards a version; `false` if the file has it.
pub(super) fn step(conn: &mut Connection, target: u32) -> Result<bool> {
    let doing = "changing the schema";
    let failed = |error: rusqlite::Error| Error::sqlite(doing, &error);
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // The wait for the lock is not the step's.
    let start = Instant::now();
    let from = version(&tx)?;
    if from > NEWEST {
        return Err(Error::SchemaTooNew { found: from, supported: NEWEST });
    }
    if from == target {
        return Ok(false);
    }
    let (to, migration) = match from < target {
        true => (from + 1, &MIGRATIONS[from as usize]),
        false => (from - 1, &MIGRATIONS[from as usize - 1]),
    };
    if let Some(version) = strange_records(&tx, from)?.first() {
        return Err(Error::SchemaDiffers { version: *version });
    }
    let before = Shape::of(&tx)?;
    let rows = count(&tx, &before)?;
    tx.execute_batch(if to > from { migration.up } else { migration.down }).map_err(failed)?;
    let after = Shape::of(&tx)?;
    let record = || -> rusqlite::Result<()> {
        set_version(&tx, to)?;
        if after.has_table("migration") {
            tx.execute("DELETE FROM migration WHERE version > ?1", [to])?;
            MIGRATIONS
                .iter()
                .take(from.min(to) as usize)
                .try_for_each(|m| Record::before_records(m).write(&tx))?;
            if to > from {
                Record::of(migration, start).write(&tx)?;
            }
        }
        Ok(())
    };
    verify(&tx, (from, &before), (to, &after), &rows)?;
    record().and_then(|()| tx.commit()).map_err(failed)?;
    Ok(true)
}

/// Whether the schema is what it should be after a step, and no row was lost on the way.
fn verify(tx: &Transaction<'_>, before: (u32, &Shape), after: (u32, &Shape), rows: &Rows) -> Result<()> {
    let then: Difference = before.1.difference(&Shape::expected(before.0)?);
    let now = after.1.difference(&Shape::expected(after.0)?);
    // What somebody made by hand was there before and may stay.
    if !now.wrong.is_empty() || !now.extra.is_subset(&then.extra) {
        return Err(Error::SchemaDiffers { version: before.0 });
    }
    let kept = count(tx, after.1)?;
    let lost = rows.iter().any(|(table, count)| kept.iter().any(|(name, now)| name == table && now != count));
    if lost {
        return Err(Error::Corrupt { what: "a step of the schema would lose rows" });
    }
    for table in after.1.tables_changed_since(before.1) {
        let broken: bool = tx
            .query_row("SELECT EXISTS (SELECT 1 FROM pragma_foreign_key_check(?1))", [table], |row| {
                row.get(0)
            })
            .map_err(|error| Error::sqlite("checking references", &error))?;
        if broken {
            return Err(Error::Corrupt { what: "a reference that leads nowhere" });
        }
    }
    Ok(())
}

type Rows = Vec<(&'static str, u64)>;

/// How many rows the base tables have that are there.
fn count(conn: &Connection, shape: &Shape) -> Result<Rows> {
    let there = BASE.iter().filter(|(table, _)| shape.has_table(table));
    there
        .map(|&(table, sql)| Ok((table, conn.query_row(sql, [], |row| row.get(0))?)))
        .collect::<rusqlite::Result<_>>()
        .map_err(|error| Error::sqlite("counting rows", &error))
}

/// The versions up to one whose record is missing, or tells of another file than this build's; and those that the file
/// should not have yet.
pub(super) fn strange_records(conn: &Connection, version: u32) -> Result<Vec<u32>> {
    let read = || -> rusqlite::Result<Vec<u32>> {
        let there = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migration')";
        if !conn.query_row(there, [], |row| row.get::<_, bool>(0))? {
            // The second step makes the table.
            return Ok(if version < 2 { Vec::new() } else { vec![version] });
        }
        let mut statement = conn.prepare("SELECT version, checksum FROM migration ORDER BY version")?;
        let mut kept: Vec<(u32, i64)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut strange = Vec::new();
        for migration in MIGRATIONS.iter().take(version as usize) {
            let (this, checksum) = (migration.version, migration.checksum());
            if !kept.contains(&(this, checksum)) {
                strange.push(this);
            }
            kept.retain(|&(version, _)| version != this);
        }
        strange.extend(kept.into_iter().map(|(version, _)| version));
        Ok(strange)
    };
    read().map_err(|error| Error::sqlite("reading which steps were applied", &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::migrations::{create, lay};

    fn fresh() -> Connection {
        let mut conn = Connection::open_in_memory().expect("opens");
        create(&mut conn).expect("creates");
        lay(&mut conn).expect("lays");
        conn
    }

    fn go(conn: &mut Connection, target: u32) -> Result<()> {
        while step(conn, target)? {}
        Ok(())
    }

    #[test]
    fn down_to_every_schema_and_up_again_leaves_an_equal_schema() {
        let mut conn = fresh();
        for target in (1..NEWEST).rev() {
            go(&mut conn, target).expect("goes down");
            assert_eq!(version(&conn), Ok(target));
            assert_eq!(Shape::of(&conn), Shape::expected(target));
            go(&mut conn, NEWEST).expect("goes up");
            assert_eq!(Shape::of(&conn), Shape::expected(NEWEST));
            assert_eq!(strange_records(&conn, NEWEST), Ok(Vec::new()));
        }
        // The first step's way down is for those who take the file apart by hand.
        for migration in MIGRATIONS.iter().rev() {
            conn.execute_batch(migration.down).expect("goes down");
        }
        assert!(
            Shape::of(&conn)
                .expect("reads")
                .difference(&Shape::expected(0).expect("nothing"))
                .extra
                .is_empty()
        );
    }

    #[test]
    fn every_table_is_base_or_known_to_be_made_again() {
        let others = [
            "store_state",
            "migration",
            "upkeep",
            "derived",
            "row_checksum",
            "memory_tag",
            "memory_attribute",
            "graph_snapshot",
            "graph_chunk",
            "graph_touched",
            "mention_found",
            "mention_due",
            "word_persona",
            "word_log",
            "word_segment",
            "word_chunk",
            "vector_set",
            "vector_tail",
            "vector_chunk",
            "vector_code",
            "speaker",
            "memory_access",
        ];
        let conn = fresh();
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let mut statement = conn.prepare(sql).expect("prepares");
        let names = statement.query_map([], |row| row.get::<_, String>(0)).expect("runs");
        for name in names.map(|name| name.expect("reads")) {
            let base = BASE.iter().any(|(table, _)| *table == name);
            assert!(base != others.contains(&name.as_str()), "{name}: may a step lose its rows?");
        }
    }

    #[test]
    fn a_step_that_is_not_this_builds_is_refused() {
        let mut conn = fresh();
        conn.execute("UPDATE migration SET checksum = 4711 WHERE version = 5", []).expect("writes");
        assert_eq!(step(&mut conn, 1), Err(Error::SchemaDiffers { version: NEWEST }));
        conn.execute("DELETE FROM migration WHERE version = 1", []).expect("writes");
        assert_eq!(strange_records(&conn, NEWEST), Ok(vec![1, NEWEST]));
        let mut conn = fresh();
        conn.execute("INSERT INTO migration (version, name, checksum) VALUES (6, 'x', 1)", [])
            .expect("writes");
        assert_eq!(step(&mut conn, 1), Err(Error::SchemaDiffers { version: 6 }));
        assert_eq!(version(&conn), Ok(NEWEST));
    }

    #[test]
    fn a_schema_that_was_altered_by_hand_stays_as_it_is() {
        let mut conn = fresh();
        conn.execute_batch("DROP INDEX memory_source; CREATE TABLE mine (a)").expect("runs");
        let before = Shape::of(&conn);
        assert_eq!(step(&mut conn, 1), Err(Error::SchemaDiffers { version: NEWEST }));
        assert_eq!((Shape::of(&conn), version(&conn)), (before, Ok(NEWEST)));
        // What somebody added is in nobody's way.
        let mut conn = fresh();
        conn.execute_batch("CREATE TABLE mine (a); INSERT INTO mine VALUES (1)").expect("runs");
        go(&mut conn, 1).expect("goes down");
        go(&mut conn, NEWEST).expect("goes up");
        assert_eq!(conn.query_row("SELECT a FROM mine", [], |row| row.get(0)), Ok(1));
    }

    #[test]
    fn lost_rows_and_broken_references_are_found() {
        let mut conn = fresh();
        conn.execute_batch("INSERT INTO kind (name) VALUES ('fact')").expect("runs");
        let shape = Shape::of(&conn).expect("reads");
        let rows = count(&conn, &shape).expect("counts");
        let tx = conn.transaction().expect("begins");
        assert_eq!(verify(&tx, (NEWEST, &shape), (NEWEST, &shape), &rows), Ok(()));
        tx.execute("DELETE FROM kind", []).expect("deletes");
        let found = verify(&tx, (NEWEST, &shape), (NEWEST, &shape), &rows);
        assert_eq!(found, Err(Error::Corrupt { what: "a step of the schema would lose rows" }));
        drop(tx);
        // Only the tables that a step changes are looked at.
        conn.execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO mention VALUES (77, 77)").expect("writes");
        assert_eq!((step(&mut conn, 1), step(&mut conn, 1)), (Ok(true), Ok(true)));
        conn.execute_batch("PRAGMA foreign_keys = OFF; UPDATE store_state SET replica_id = 77")
            .expect("writes");
        assert_eq!(step(&mut conn, 1), Err(Error::Corrupt { what: "a reference that leads nowhere" }));
        assert_eq!(version(&conn), Ok(3));
    }
}
