//! Is the file whole, and does everything derived agree with what it is derived from?

use rusqlite::Connection;

use crate::error::{Error, Result};
use crate::index;
use crate::memory::{self, LIVE};
use crate::storage::{ReadLimits, Storage};

/// What `verify` looked at and found.
///
/// ```
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// let verification = store.verify(true)?;
/// assert!(verification.checks > 10 && verification.findings.is_empty());
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Verification {
    /// How many checks were made.
    pub checks: u32,
    /// What is wrong; empty if nothing is.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// Whether nothing is wrong.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert!(store.verify(true)?.is_sound());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// One thing that is wrong.
///
/// ```
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// for finding in store.verify(false)?.findings {
///     println!("{}: {}", finding.check, finding.count);
/// }
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What was checked.
    pub check: &'static str,
    /// How many rows, pages or entries are wrong.
    pub count: u64,
}

/// A check that counts what is wrong.
struct Check {
    name: &'static str,
    sql: &'static str,
}

const QUICK: &[Check] = &[
    Check {
        name: "the counters are behind the rows",
        sql: "SELECT count(*) FROM store_state
               WHERE memory_seq < (SELECT coalesce(max(memory_id), 0) FROM memory)
                  OR change_seq < (SELECT coalesce(max(seq), 0) FROM change)
                  OR schema_version <> (SELECT user_version FROM pragma_user_version)",
    },
    Check {
        name: "more than one memory holds a key",
        sql: "SELECT count(*) FROM (SELECT 1 FROM memory AS m
               WHERE m.key IS NOT NULL AND m.forgotten_at IS NULL AND m.superseded_at IS NULL
               GROUP BY m.persona_id, m.key, m.kind_id HAVING count(*) > 1)",
    },
];

const FULL: &[Check] = &[
    Check {
        name: "a tag of a memory is not indexed",
        sql: "SELECT count(*) FROM (
                SELECT m.persona_id, tag.value, m.at, m.memory_id FROM memory AS m, json_each(iif(json_valid(m.tags), m.tags, '[]')) AS tag
                 WHERE m.tags IS NOT NULL AND m.forgotten_at IS NULL AND m.superseded_at IS NULL
                EXCEPT SELECT persona_id, tag, at, memory_id FROM memory_tag)",
    },
    Check {
        name: "an indexed tag belongs to no memory",
        sql: "SELECT count(*) FROM (
                SELECT persona_id, tag, at, memory_id FROM memory_tag
                EXCEPT SELECT m.persona_id, tag.value, m.at, m.memory_id FROM memory AS m, json_each(iif(json_valid(m.tags), m.tags, '[]')) AS tag
                 WHERE m.tags IS NOT NULL AND m.forgotten_at IS NULL AND m.superseded_at IS NULL)",
    },
    Check {
        name: "a row refers to a persona or kind that is not there",
        sql: "SELECT count(*) FROM memory WHERE persona_id NOT IN (SELECT persona_id FROM persona)
                  OR kind_id NOT IN (SELECT kind_id FROM kind)",
    },
    Check {
        name: "a memory's content, tags or metadata cannot be read",
        sql: "SELECT count(*) FROM memory WHERE typeof(content) NOT IN ('text', 'blob')
                  OR (tags IS NOT NULL AND NOT json_valid(tags)) OR (metadata IS NOT NULL AND NOT json_valid(metadata))
                  OR importance NOT BETWEEN 0 AND 1",
    },
    Check {
        name: "a memory was held until before it happened",
        sql: "SELECT count(*) FROM memory WHERE superseded_at < at",
    },
];

/// Looks for damage. `full` reads every row and compares all that is derived; otherwise pages and counters are checked.
pub(crate) fn verify(storage: &Storage, limits: &ReadLimits, full: bool) -> Result<Verification> {
    let mut result = storage.snapshot(limits, |read| {
        let conn = read.conn();
        let mut result = Verification::default();
        result.note("the full-text index cannot be opened", index::look_afresh(conn).map(|()| 0))?;
        let pragma = if full { "PRAGMA integrity_check(100)" } else { "PRAGMA quick_check(100)" };
        result.note("SQLite's own check of pages and indexes", lines_not_ok(conn, pragma))?;
        result.note("a reference that leads nowhere", count_lines(conn, "PRAGMA foreign_key_check"))?;
        for check in QUICK.iter().chain(if full { FULL } else { &[] }) {
            result.note(check.name, conn.query_row(check.sql, [], |row| row.get(0)).map_err(Into::into))?;
        }
        if full {
            let live = format!("SELECT m.memory_id FROM memory AS m WHERE {LIVE}");
            let differences = index::differences(conn, &live);
            result.note("a text entry belongs to no memory", differences.clone().map(|(extra, _)| extra))?;
            result.note("a memory's text is not indexed", differences.map(|(_, missing)| missing))?;
            let differences = memory::attribute_differences(read);
            result.note(
                "a value of a declared attribute is not indexed",
                differences.clone().map(|(missing, _)| missing),
            )?;
            result.note("an indexed value belongs to no memory", differences.map(|(_, extra)| extra))?;
            result.note("a memory cannot be read", memory::count_unreadable(read))?;
        }
        Ok(result)
    })?;
    if full && !storage.config().read_only {
        let sound = storage.alone(limits, |conn| index::is_sound(conn))?;
        result.note("the full-text index is damaged", Ok(u64::from(!sound)))?;
    }
    Ok(result)
}

impl Verification {
    /// Notes the outcome of a check. One that damage keeps from being made has found something.
    fn note(&mut self, check: &'static str, count: Result<u64>) -> Result<()> {
        let count = match count {
            Err(Error::Corrupt { .. } | Error::Sqlite { .. } | Error::Io { .. }) => 1,
            count => count?,
        };
        self.checks += 1;
        if count > 0 {
            self.findings.push(Finding { check, count });
        }
        Ok(())
    }
}

fn lines_not_ok(conn: &Connection, sql: &str) -> Result<u64> {
    let mut statement = conn.prepare(sql)?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut wrong = 0;
    for line in lines {
        wrong += u64::from(line.map_err(|error| Error::sqlite("checking the file", &error))? != "ok");
    }
    Ok(wrong)
}

fn count_lines(conn: &Connection, sql: &str) -> Result<u64> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}
