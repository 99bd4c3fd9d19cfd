//! Which persona or kind does this number stand for?
//!
//! Numbers are never given twice (`AUTOINCREMENT`) and names never change, so what was once read from a committed
//! row stays true for as long as rows refer to it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::{Connection, OptionalExtension};

use crate::error::{Error, Result};
use crate::model::{Kind, PersonaName};

/// Names by number and numbers by name, as far as they have been needed.
#[derive(Default)]
pub(crate) struct Names {
    personas: RwLock<HashMap<i64, Arc<str>>>,
    kinds: RwLock<HashMap<i64, Arc<str>>>,
    persona_ids: RwLock<HashMap<Arc<str>, i64>>,
    kind_ids: RwLock<HashMap<Arc<str>, i64>>,
}

impl Names {
    pub(crate) fn persona(&self, conn: &Connection, id: i64) -> Result<PersonaName> {
        let sql = "SELECT name FROM persona WHERE persona_id = ?1";
        Ok(PersonaName::shared(look_up(&self.personas, conn, id, sql)?))
    }

    pub(crate) fn kind(&self, conn: &Connection, id: i64) -> Result<Kind> {
        let sql = "SELECT name FROM kind WHERE kind_id = ?1";
        Ok(Kind::shared(look_up(&self.kinds, conn, id, sql)?))
    }

    /// The number of a persona, if it is known to the file.
    pub(crate) fn persona_id(&self, conn: &Connection, name: &str) -> Result<Option<i64>> {
        number(&self.persona_ids, name, || persona_id(conn, name))
    }

    /// The number of a kind, if it is known to the file.
    pub(crate) fn kind_id(&self, conn: &Connection, name: &str) -> Result<Option<i64>> {
        number(&self.kind_ids, name, || kind_id(conn, name))
    }

    /// Forgets everything, when the file may be another one.
    pub(crate) fn clear(&self) {
        for names in [&self.personas, &self.kinds] {
            names.write().unwrap_or_else(PoisonError::into_inner).clear();
        }
        for numbers in [&self.persona_ids, &self.kind_ids] {
            numbers.write().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

/// The names of the rows of one answer, which mostly repeat.
pub(crate) struct Namer<'n> {
    conn: &'n Connection,
    names: &'n Names,
    persona: Option<(i64, PersonaName)>,
    kind: Option<(i64, Kind)>,
}

impl<'n> Namer<'n> {
    pub(crate) fn new(conn: &'n Connection, names: &'n Names) -> Self {
        Self { conn, names, persona: None, kind: None }
    }

    pub(crate) fn persona(&mut self, id: i64) -> Result<PersonaName> {
        match &self.persona {
            Some((last, name)) if *last == id => Ok(name.clone()),
            _ => {
                let name = self.names.persona(self.conn, id)?;
                self.persona = Some((id, name.clone()));
                Ok(name)
            }
        }
    }

    pub(crate) fn kind(&mut self, id: i64) -> Result<Kind> {
        match &self.kind {
            Some((last, name)) if *last == id => Ok(name.clone()),
            _ => {
                let name = self.names.kind(self.conn, id)?;
                self.kind = Some((id, name.clone()));
                Ok(name)
            }
        }
    }
}

/// The number of a name. That the file knows none is not kept, since it may come to know it.
fn number(
    known: &RwLock<HashMap<Arc<str>, i64>>,
    name: &str,
    look_up: impl FnOnce() -> Result<Option<i64>>,
) -> Result<Option<i64>> {
    if let Some(&id) = known.read().unwrap_or_else(PoisonError::into_inner).get(name) {
        return Ok(Some(id));
    }
    let found = look_up()?;
    if let Some(id) = found {
        known.write().unwrap_or_else(PoisonError::into_inner).insert(name.into(), id);
    }
    Ok(found)
}

fn look_up(
    known: &RwLock<HashMap<i64, Arc<str>>>,
    conn: &Connection,
    id: i64,
    sql: &str,
) -> Result<Arc<str>> {
    if let Some(name) = known.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
        return Ok(Arc::clone(name));
    }
    let name: Option<String> = conn.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
    let name: Arc<str> =
        name.ok_or(Error::Corrupt { what: "a row names an unknown persona or kind" })?.into();
    known.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&name));
    Ok(name)
}

/// The number of a persona, if it is known to the file.
pub(crate) fn persona_id(conn: &Connection, name: &str) -> Result<Option<i64>> {
    let sql = "SELECT persona_id FROM persona WHERE name = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()?)
}

/// The number of a kind, if it is known to the file.
pub(crate) fn kind_id(conn: &Connection, name: &str) -> Result<Option<i64>> {
    let sql = "SELECT kind_id FROM kind WHERE name = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()?)
}
