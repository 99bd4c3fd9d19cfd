//! How does a filter become SQL that an index answers?
//!
//! Names become numbers first. Then each persona's memories are read along one index that already has the order of
//! time, and what other conditions there are is checked row by row.

use rusqlite::types::Value;

use crate::error::Result;
use crate::model::limits::{TIME_MS_MAX, TIME_MS_MIN};
use crate::model::{Filter, PersonaScope, Timestamp};
use crate::storage::ReadTx;

/// A filter whose names are numbers of this file.
pub(crate) struct Selection<'f> {
    pub(crate) filter: &'f Filter,
    /// Whose; a persona that the file does not know is left out.
    pub(crate) personas: Vec<i64>,
    /// Of which kinds; `None` is any. Empty means that the file knows none of them.
    pub(crate) kinds: Option<Vec<i64>>,
}

/// An index to read along, and the value to look up in it beside the persona.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Path {
    Timeline,
    Kind(i64),
    Importance(i64),
    Thread,
    Source,
    Tag,
    Key,
}

/// Memories more important than this have an index of their own, by tenths.
const IMPORTANCE_INDEXED_ABOVE: f64 = 0.5;

impl<'f> Selection<'f> {
    pub(crate) fn resolve(read: &ReadTx<'_>, filter: &'f Filter) -> Result<Self> {
        let conn = read.conn();
        let personas = match &filter.personas {
            PersonaScope::Named(names) => {
                let mut ids = Vec::with_capacity(names.len());
                for name in names {
                    ids.extend(read.names().persona_id(conn, name)?);
                }
                ids.sort_unstable();
                ids.dedup();
                ids
            }
            PersonaScope::All => {
                let mut statement = conn.prepare_cached("SELECT persona_id FROM persona")?;
                let ids = statement.query_map([], |row| row.get(0))?;
                ids.collect::<rusqlite::Result<_>>()?
            }
            PersonaScope::Prefix(prefix) => {
                let mut statement = conn.prepare_cached(
                    "SELECT persona_id FROM persona WHERE name = ?1 OR (name >= ?1 || '/' AND name < ?1 || '0')",
                )?;
                let ids = statement.query_map([prefix], |row| row.get(0))?;
                ids.collect::<rusqlite::Result<_>>()?
            }
        };
        let kinds = if filter.kinds.is_empty() {
            None
        } else {
            let mut ids = Vec::with_capacity(filter.kinds.len());
            for kind in &filter.kinds {
                ids.extend(read.names().kind_id(conn, kind.as_str())?);
            }
            ids.sort_unstable();
            ids.dedup();
            Some(ids)
        };
        Ok(Self { filter, personas, kinds })
    }

    /// Whether nothing can match.
    pub(crate) fn is_empty(&self) -> bool {
        self.personas.is_empty() || self.kinds.as_ref().is_some_and(Vec::is_empty)
    }

    pub(crate) fn since(&self) -> i64 {
        self.filter.since.map_or(TIME_MS_MIN, Timestamp::as_millis)
    }

    /// Exclusive.
    pub(crate) fn until(&self) -> i64 {
        self.filter.until.map_or(TIME_MS_MAX + 1, Timestamp::as_millis)
    }

    /// The most selective indexes for the filter; together they have every match, each once.
    pub(super) fn paths(&self) -> Vec<Path> {
        let filter = self.filter;
        if filter.key.is_some() {
            vec![Path::Key]
        } else if filter.thread.is_some() {
            vec![Path::Thread]
        } else if !filter.tags.is_empty() {
            vec![Path::Tag]
        } else if filter.source.is_some() {
            vec![Path::Source]
        } else if let Some(least) = filter.min_importance.filter(|&least| least > IMPORTANCE_INDEXED_ABOVE) {
            // The same arithmetic as the index's expression.
            ((least * 10.0) as i64..=10).map(Path::Importance).collect()
        } else if let Some(kinds) = &self.kinds {
            kinds.iter().map(|&kind| Path::Kind(kind)).collect()
        } else {
            vec![Path::Timeline]
        }
    }

    /// All conditions but persona and liveness, for `memory AS m`, with parameters numbered after `used`.
    pub(crate) fn conditions(&self, used: usize) -> (String, Vec<Value>) {
        let mut conditions = Conditions::after(used);
        conditions.add("m.at >= ?", self.since().into());
        conditions.add("m.at < ?", self.until().into());
        self.add_rest(&mut conditions, None);
        conditions.finish()
    }

    /// What `path` leaves to be checked row by row.
    pub(super) fn rest(&self, path: &Path, used: usize) -> (String, Vec<Value>) {
        let mut conditions = Conditions::after(used);
        self.add_rest(&mut conditions, Some(path));
        conditions.finish()
    }

    /// Whether `path` answers all of the filter but expiry.
    pub(super) fn is_answered_by(&self, path: &Path) -> bool {
        self.rest(path, 0).1.is_empty()
    }

    /// The unary plus keeps SQLite from reading along another index than the path's.
    fn add_rest(&self, conditions: &mut Conditions, path: Option<&Path>) {
        let filter = self.filter;
        if let Some(kinds) = &self.kinds
            && !matches!(path, Some(Path::Kind(_)))
        {
            let list: Vec<_> = kinds.iter().map(i64::to_string).collect();
            let list = Value::Text(format!("[{}]", list.join(",")));
            conditions.add("+m.kind_id IN (SELECT value FROM json_each(?))", list);
        }
        if let Some(thread) = &filter.thread
            && path != Some(&Path::Thread)
        {
            conditions.add("+m.thread = ?", thread.clone().into());
        }
        if let Some(source) = &filter.source
            && path != Some(&Path::Source)
        {
            conditions.add("+m.source = ?", source.clone().into());
        }
        if let Some(key) = &filter.key
            && path != Some(&Path::Key)
        {
            conditions.add("+m.key = ?", key.clone().into());
        }
        if let Some(least) = filter.min_importance.filter(|&least| least > 0.0) {
            let answered = matches!(path, Some(Path::Importance(tier)) if *tier as f64 / 10.0 > least);
            if !answered {
                conditions.add("+m.importance >= ?", least.into());
            }
        }
        let looked_up = usize::from(path == Some(&Path::Tag));
        for tag in &filter.tags[looked_up.min(filter.tags.len())..] {
            conditions.add("EXISTS (SELECT 1 FROM json_each(m.tags) WHERE value = ?)", tag.clone().into());
        }
    }
}

/// SQL terms joined by AND, with numbered parameters.
struct Conditions {
    terms: Vec<String>,
    params: Vec<Value>,
    used: usize,
}

impl Conditions {
    fn after(used: usize) -> Self {
        Self { terms: Vec::new(), params: Vec::new(), used }
    }

    /// `term` has one question mark, which gets its number.
    fn add(&mut self, term: &str, value: Value) {
        self.params.push(value);
        let number = format!("?{}", self.used + self.params.len());
        self.terms.push(term.replacen('?', &number, 1));
    }

    fn finish(self) -> (String, Vec<Value>) {
        let sql = if self.terms.is_empty() { "TRUE".to_owned() } else { self.terms.join(" AND ") };
        (sql, self.params)
    }
}

/// The condition that a memory has not expired by the moment in parameter `number`.
pub(crate) fn after_expiry(number: usize) -> String {
    format!("(m.expires_at IS NULL OR m.expires_at > ?{number})")
}
