//! Which names of entities are known now, and where are new ones still to be looked for?
//!
//! Names are kept in memory by scope, read when a memory is first looked through, for one value of the file's `name_seq`, which
//! moves on with every name that comes or goes. This process's own changes are taken up as they are made; those of
//! others from `mention_due`, or, where upkeep was faster, by reading the names again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension};

use super::tx::{SHARED, WriteTx};
use crate::error::{Error, Result};
use crate::model::{NameTree, Words, find_named};

/// The task of upkeep that looks through all memories.
pub(crate) const MENTION_ALL: &str = "mention:all";
/// The one that looks for the names of `mention_due`.
pub(crate) const MENTION_DUE: &str = "mention:due";
/// What they and the tasks of single personas begin with.
pub(crate) const MENTION_TASKS: &str = "mention:";

/// Names that are kept in memory, of all scopes, some 50 bytes each; with more, those of other scopes are dropped. The names
/// of a scope that has more by itself are not looked for.
const NAMES_MAX: usize = 1 << 20;

/// Names by scope, as they were last read. Only the one who writes looks.
#[derive(Clone, Default)]
pub(crate) struct Known(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    name_seq: i64,
    /// `None` has too many.
    scopes: HashMap<i64, Option<NameTree>>,
    /// Personas in whose memories no names are looked for, once read.
    off: Option<HashSet<i64>>,
    words: Words,
}

/// What a transaction does with the names that come and go.
#[derive(Default)]
pub(super) enum Due {
    #[default]
    Unknown,
    /// All memories up to this one are going to be looked through.
    All(i64),
    /// So many names are noted.
    Noted(i64),
}

/// A name that came or went.
pub(crate) struct NameChange<'n> {
    pub(crate) scope_id: i64,
    pub(crate) entity_id: i64,
    pub(crate) name: &'n str,
    pub(crate) is_alias: bool,
    pub(crate) is_gone: bool,
}

impl Known {
    /// Forgets everything, when the file may be another one, or a change of names was undone.
    pub(super) fn clear(&self) {
        *self.lock() = Kept::default();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Takes up what changed since.
    fn bring_to(&mut self, conn: &Connection, name_seq: i64) -> Result<()> {
        if self.name_seq == name_seq {
            return Ok(());
        }
        if self.off.is_some() {
            let sql =
                "SELECT scope_id, entity_id, name, is_alias, is_gone FROM mention_due WHERE name_seq > ?1
                        ORDER BY name_seq";
            let mut statement = conn.prepare_cached(sql)?;
            let mut rows = statement.query([self.name_seq])?;
            let mut seen = self.name_seq;
            while let Some(row) = rows.next()? {
                let name: String = row.get(2)?;
                let [scope_id, entity_id] = [row.get(0)?, row.get(1)?];
                let [is_alias, is_gone] = [row.get(3)?, row.get(4)?];
                self.take_up(&NameChange { scope_id, entity_id, name: &name, is_alias, is_gone });
                seen += 1;
            }
            if seen != name_seq {
                self.scopes.clear();
                self.off = None;
            }
        }
        self.name_seq = name_seq;
        Ok(())
    }

    fn take_up(&mut self, change: &NameChange<'_>) {
        match self.scopes.get_mut(&change.scope_id) {
            Some(Some(tree)) if change.is_gone => tree.remove(change.name, change.entity_id, change.is_alias),
            Some(Some(tree)) if tree.len() < NAMES_MAX => {
                tree.add(change.name, change.entity_id, change.is_alias);
            }
            // Whether it has too many is seen when it is read again.
            Some(_) => drop(self.scopes.remove(&change.scope_id)),
            None => {}
        }
    }

    /// Reads the names of these scopes, if they are not there.
    fn load(&mut self, conn: &Connection, scopes: [i64; 2]) -> Result<()> {
        if self.off.is_none() {
            let mut statement = conn.prepare_cached("SELECT persona_id FROM mention_off")?;
            let off = statement.query_map([], |row| row.get(0))?;
            self.off = Some(off.collect::<rusqlite::Result<_>>()?);
        }
        for scope_id in scopes {
            if !self.scopes.contains_key(&scope_id) {
                let tree = names_of(conn, scope_id, NAMES_MAX)?;
                let kept = self.scopes.values().chain([&tree]).flatten().map(NameTree::len);
                if kept.sum::<usize>() > NAMES_MAX {
                    self.scopes.retain(|scope_id, _| scopes.contains(scope_id));
                }
                self.scopes.insert(scope_id, tree);
            }
        }
        Ok(())
    }
}

/// The names and aliases of a scope, unless they are too many.
fn names_of(conn: &Connection, scope_id: i64, most: usize) -> Result<Option<NameTree>> {
    let (mut tree, mut names) = (NameTree::default(), 0);
    let mut statement =
        conn.prepare_cached("SELECT entity_id, name, aliases FROM entity WHERE scope_id = ?1")?;
    let mut rows = statement.query([scope_id])?;
    while let Some(row) = rows.next()? {
        let entity_id = row.get(0)?;
        let unreadable = |_| Error::Corrupt { what: "the name of an entity" };
        tree.add(row.get_ref(1)?.as_str().map_err(unreadable)?, entity_id, false);
        if let Some(json) = row.get_ref(2)?.as_str_or_null().map_err(unreadable)? {
            let aliases: Vec<String> =
                serde_json::from_str(json).map_err(|_| Error::Corrupt { what: "aliases" })?;
            aliases.iter().for_each(|alias| tree.add(alias, entity_id, true));
            names += aliases.len();
        }
        names += 1;
        if names > most {
            return Ok(None);
        }
    }
    Ok(Some(tree))
}

/// How many names are not looked for, since their scopes have too many.
pub(crate) fn names_left_out(conn: &Connection) -> Result<u64> {
    let sql = "SELECT coalesce(sum(names), 0) FROM
                 (SELECT count(*) + sum(iif(json_valid(aliases), json_array_length(aliases), 0)) AS names
                    FROM entity GROUP BY scope_id)
                WHERE names > ?1";
    Ok(conn.prepare_cached(sql)?.query_row([NAMES_MAX as i64], |row| row.get(0))?)
}

/// What texts speak of by what a connection sees, to compare with.
pub(crate) struct NamesSeen<'c> {
    conn: &'c Connection,
    kept: Kept,
}

impl<'c> NamesSeen<'c> {
    pub(crate) fn of(conn: &'c Connection) -> Self {
        Self { conn, kept: Kept::default() }
    }

    /// The same as [`WriteTx::named_in`].
    pub(crate) fn named_in(&mut self, persona_id: i64, text: &str) -> Result<(Vec<i64>, bool)> {
        self.kept.load(self.conn, [persona_id, SHARED])?;
        Ok(self.kept.find(persona_id, text))
    }
}

impl Kept {
    fn find(&mut self, persona_id: i64, text: &str) -> (Vec<i64>, bool) {
        let Self { scopes, words, off, .. } = self;
        if off.as_ref().is_some_and(|off| off.contains(&persona_id)) {
            return (Vec::new(), false);
        }
        words.read(text);
        let tree = |scope_id| scopes.get(&scope_id)?.as_ref().filter(|tree| tree.len() > 0);
        (find_named(tree(persona_id), tree(SHARED), text, &words.words), words.is_strange)
    }
}

impl WriteTx<'_> {
    /// The entities that a text of a persona speaks of, ascending, and whether the full text may cut it in another way.
    /// Nothing, where its memories are not looked through.
    pub(crate) fn named_in(&mut self, persona_id: i64, text: &str) -> Result<(Vec<i64>, bool)> {
        let mut kept = self.known.lock();
        kept.bring_to(self.conn(), self.name_seq())?;
        kept.load(self.conn(), [persona_id, SHARED])?;
        Ok(kept.find(persona_id, text))
    }

    /// Takes up a name that came or went, and sees to it that it is looked for in the memories that are there.
    pub(crate) fn name_changed(&mut self, change: &NameChange<'_>) -> Result<()> {
        let before = self.name_seq();
        let name_seq = self.next_name_seq();
        {
            let mut kept = self.known.lock();
            if kept.name_seq == before {
                kept.take_up(change);
                kept.name_seq = name_seq;
            }
        }
        self.note_due(name_seq, change)
    }

    fn note_due(&mut self, name_seq: i64, change: &NameChange<'_>) -> Result<()> {
        let last = self.last_memory_id();
        if matches!(self.due, Due::Unknown) {
            let done_to = self
                .prepare("SELECT done_to FROM upkeep WHERE task = ?1")?
                .query_row([MENTION_ALL], |row| row.get::<_, i64>(0))
                .optional()?;
            self.due = match done_to {
                Some(0) => Due::All(0),
                // Texts were not looked at before there was any name.
                None if name_seq == 1 => Due::Noted(i64::MAX),
                _ => Due::Noted(
                    self.prepare("SELECT count(*) FROM mention_due")?.query_row([], |row| row.get(0))?,
                ),
            };
        }
        match self.due {
            _ if last == 0 => {}
            Due::All(to) if to == last => {}
            Due::Noted(count) if count < due_max(last) => {
                self.prepare(
                    "INSERT INTO mention_due (name_seq, scope_id, entity_id, name, is_alias, is_gone)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute((
                    name_seq,
                    change.scope_id,
                    change.entity_id,
                    change.name,
                    change.is_alias,
                    change.is_gone,
                ))?;
                self.prepare("INSERT OR IGNORE INTO upkeep (task, done_to, target) VALUES (?1, 0, ?2)")?
                    .execute((MENTION_DUE, last))?;
                self.due = Due::Noted(count + 1);
            }
            _ => self.look_through_all()?,
        }
        Ok(())
    }

    /// Leaves it to upkeep to look through all memories.
    pub(crate) fn look_through_all(&mut self) -> Result<()> {
        let last = self.last_memory_id();
        if last > 0 {
            self.prepare("DELETE FROM mention_due")?.execute([])?;
            self.prepare("DELETE FROM upkeep WHERE task = ?1")?.execute([MENTION_DUE])?;
            self.prepare("INSERT OR REPLACE INTO upkeep (task, done_to, target) VALUES (?1, 0, ?2)")?
                .execute((MENTION_ALL, last))?;
        }
        self.due = Due::All(last);
        Ok(())
    }

    /// Takes what is known of names, and of whose memories are looked through, for out of date.
    pub(crate) fn names_unknown(&mut self) {
        self.next_name_seq();
    }
}

/// Names that are looked for in the full text, by the number of memories: with more, it is quicker to look through all.
/// Measured with 20,000 memories: 70 µs a name, 3 µs a memory.
fn due_max(memories: i64) -> i64 {
    (memories / 20).clamp(64, 8_192)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::pristine;

    #[test]
    fn names_of_a_scope_are_read_up_to_a_limit() {
        let conn = pristine().expect("a store");
        for (id, name, aliases) in [(1, "London", Some("[\"Big Smoke\",\"x\"]")), (2, "Paris", None)] {
            let sql = "INSERT INTO entity (entity_id, uuid, scope_id, name, aliases, stamp, replica_id)
                       VALUES (?1, CAST(?2 AS BLOB), 0, ?2, ?3, 1, 1)";
            conn.execute(sql, (id, name, aliases)).expect("inserts");
        }
        let names = |most| names_of(&conn, SHARED, most).expect("reads").map(|tree| tree.len());
        // One letter is no name to look for, but it counts.
        assert_eq!((names(4), names(3), names_left_out(&conn)), (Some(3), None, Ok(0)));
    }
}
