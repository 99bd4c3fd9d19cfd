//! Which persona or kind does this number stand for?
//!
//! Numbers are never given twice (`AUTOINCREMENT`) and names never change, so what was once read from a committed
//! row stays true for as long as rows refer to it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::{Connection, OptionalExtension};

use crate::error::{Error, Result};
use crate::model::{Kind, PersonaName};

/// Names by number, as far as they have been needed.
#[derive(Default)]
pub(crate) struct Names {
    personas: RwLock<HashMap<i64, Arc<str>>>,
    kinds: RwLock<HashMap<i64, Arc<str>>>,
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

    /// Forgets everything, when the file may be another one.
    pub(crate) fn clear(&self) {
        self.personas.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.kinds.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
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
