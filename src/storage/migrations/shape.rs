//! What does a schema look like, and is it the one that a number stands for?
//!
//! The text of every table, index and view, without comments and without the blanks that SQLite and people put in
//! different places. What a number stands for is made afresh, in memory.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::MIGRATIONS;
use crate::error::{Error, Result};

/// The objects of a schema by sort and name, with their text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape(BTreeMap<Object, String>);

type Object = (String, String);

/// How a schema differs from the one that it should be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// Missing, or with another text.
    pub(super) wrong: BTreeSet<Object>,
    /// Made by no step: somebody's own, which is left alone.
    pub(super) extra: BTreeSet<Object>,
}

impl Shape {
    /// The schema of a file.
    pub(super) fn of(conn: &Connection) -> Result<Self> {
        let read = || -> rusqlite::Result<_> {
            let mut statement = conn.prepare(
                "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
            )?;
            let rows = statement
                .query_map([], |row| Ok(((row.get(0)?, row.get(1)?), normal(&row.get::<_, String>(2)?))))?;
            rows.collect()
        };
        read().map(Self).map_err(|error| Error::sqlite("reading the schema", &error))
    }

    /// The schema that a version stands for.
    pub(super) fn expected(version: u32) -> Result<Self> {
        let make = || -> rusqlite::Result<Connection> {
            let conn = Connection::open_in_memory()?;
            for migration in MIGRATIONS.iter().take(version as usize) {
                conn.execute_batch(migration.up)?;
            }
            Ok(conn)
        };
        Self::of(&make().map_err(|error| Error::sqlite("making the schema in memory", &error))?)
    }

    pub(super) fn difference(&self, expected: &Self) -> Difference {
        let wrong = expected.0.iter().filter(|&(object, text)| self.0.get(object) != Some(text));
        let extra = self.0.keys().filter(|&object| !expected.0.contains_key(object));
        Difference {
            wrong: wrong.map(|(object, _)| object.clone()).collect(),
            extra: extra.cloned().collect(),
        }
    }

    /// The tables that are new or have another text than before.
    pub(super) fn tables_changed_since<'s>(&'s self, before: &'s Self) -> impl Iterator<Item = &'s str> {
        let changed =
            self.0.iter().filter(|&(object, text)| object.0 == "table" && before.0.get(object) != Some(text));
        changed.map(|((_, name), _)| name.as_str())
    }

    pub(super) fn has_table(&self, name: &str) -> bool {
        self.0.contains_key(&("table".to_owned(), name.to_owned()))
    }
}

/// SQL without comments, and with one blank where words would run together otherwise.
fn normal(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql.chars().peekable();
    let mut blank = false;
    while let Some(c) = rest.next() {
        match c {
            '-' if rest.peek() == Some(&'-') => {
                rest.by_ref().find(|&c| c == '\n');
                blank = true;
            }
            '/' if rest.peek() == Some(&'*') => {
                rest.next();
                let mut last = ' ';
                rest.by_ref().find(|&c| std::mem::replace(&mut last, c) == '*' && c == '/');
                blank = true;
            }
            c if c.is_whitespace() => blank = true,
            c => {
                let word = |c: char| !matches!(c, '(' | ')' | ',' | ' ');
                if blank && word(c) && out.chars().last().is_some_and(word) {
                    out.push(' ');
                }
                blank = false;
                out.push(c);
                let close = if c == '[' { ']' } else { c };
                if matches!(c, '\'' | '"' | '`' | '[') {
                    // A doubled quote ends one text and begins the next, which is as good.
                    for c in rest.by_ref() {
                        out.push(c);
                        if c == close {
                            break;
                        }
                    }
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_comments_and_blanks_do_not_count() {
        let same = [
            "CREATE TABLE t (a INTEGER, b TEXT DEFAULT 'x -- y')",
            "CREATE TABLE t(a INTEGER,b TEXT DEFAULT 'x -- y' )",
            "CREATE  TABLE t (\n  a INTEGER, -- ms, or 'so'\n  b /* a (word) */ TEXT DEFAULT 'x -- y'\n)",
        ];
        for sql in same {
            assert_eq!(normal(sql), normal(same[0]));
        }
        let others = [
            "CREATE TABLE t (a INTEGER, b TEXT DEFAULT 'x  -- y')",
            "CREATE TABLE t (a INTEGER, b TEXT DEFAULT 'x')",
            "CREATE TABLE t (a INTEGER, bTEXT DEFAULT 'x -- y')",
            "CREATE TABLE t (b TEXT DEFAULT 'x -- y', a INTEGER)",
        ];
        for sql in others {
            assert_ne!(normal(sql), normal(same[0]));
        }
    }

    #[test]
    fn a_missing_an_altered_and_a_foreign_object_are_told_apart() {
        let expected = Shape::expected(1).expect("made");
        let conn = Connection::open_in_memory().expect("opens");
        conn.execute_batch(MIGRATIONS[0].up).expect("runs");
        assert_eq!(Shape::of(&conn).expect("reads"), expected);
        conn.execute_batch(
            "DROP INDEX memory_source; ALTER TABLE kind ADD COLUMN colour TEXT; CREATE INDEX mine ON memory (thread);",
        )
        .expect("runs");
        let found = Shape::of(&conn).expect("reads").difference(&expected);
        let object = |sort: &str, name: &str| (sort.to_owned(), name.to_owned());
        assert_eq!(found.wrong, [object("index", "memory_source"), object("table", "kind")].into());
        assert_eq!(found.extra, [object("index", "mine")].into());
    }
}
