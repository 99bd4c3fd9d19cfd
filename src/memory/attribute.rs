//! How does the index of a declared path stay true to the memories?
//!
//! It has a row for each live memory with a value at the path, written with the memory. Memories that were there before
//! the declaration get theirs in upkeep, in the order of their row ids; until then whoever writes one of them leaves
//! the index alone.

use std::collections::HashMap;

use rusqlite::types::Value;

use super::rows::{LIVE, Row};
use super::select::after_expiry;
use crate::error::{Error, Result};
use crate::model::{AttributeKey, AttributeType, MetadataPath, Operand, Timestamp, Unlike, Where, key_of};
use crate::storage::{Declared, ReadTx, Values, WriteTx};

/// What stands for a value of `within` that is not there.
pub(super) const NONE: Value = Value::Blob(Vec::new());

impl From<AttributeKey> for Value {
    fn from(key: AttributeKey) -> Self {
        match key {
            AttributeKey::Text(text) => Self::Text(text),
            AttributeKey::Integer(whole) => Self::Integer(whole),
            AttributeKey::Real(real) => Self::Real(real),
        }
    }
}

/// Where a memory stands in the index of an attribute.
#[derive(Debug, PartialEq)]
pub(crate) enum Spot {
    Nowhere,
    /// It has a value of another type.
    Unlike,
    At {
        grouped: Value,
        value: Value,
    },
}

impl Spot {
    pub(crate) fn of(values: &Values<'_, '_>) -> Self {
        let Some(value) = values.value else { return Self::Nowhere };
        let Ok(value) = key_of(values.declared.value, value) else { return Self::Unlike };
        let grouped = match (&values.declared.within, values.group) {
            (Some((_, kind)), Some(group)) => match key_of(*kind, group) {
                Ok(group) => group.into(),
                Err(_) => return Self::Unlike,
            },
            _ => NONE,
        };
        Self::At { grouped, value: value.into() }
    }
}

/// Refuses a row that is about to be written if its metadata, unless they were there before, have a value of another
/// type at a declared path, or if another memory has the value of a unique one.
///
/// `except` is a live memory that this one takes the place of.
pub(super) fn admit(tx: &WriteTx<'_>, before: Option<&Row>, row: &Row, except: Option<i64>) -> Result<()> {
    let catalogue = tx.attributes();
    if !catalogue.has(row.kind_id) {
        return Ok(());
    }
    let is_new = before.is_none_or(|before| before.memory.metadata != row.memory.metadata);
    let is_shown = row.is_live() && row.memory.expires_at.is_none_or(|expiry| expiry > tx.now());
    for values in catalogue.values(row.kind_id, row.memory.metadata.stored()) {
        let declared = values.declared;
        if is_new {
            check_type(&declared.path, declared.value, values.value)?;
            if let Some((path, kind)) = &declared.within {
                check_type(path, *kind, values.group)?;
            }
        }
        if declared.unique
            && is_shown
            && let Some(Ok(key)) = values.value.map(|value| key_of(declared.value, value))
            && is_taken(tx, declared, row, &key, except)?
        {
            return Err(Error::Conflict { what: "another memory has the value of a unique attribute" });
        }
    }
    Ok(())
}

fn check_type(path: &MetadataPath, kind: AttributeType, value: Option<&str>) -> Result<()> {
    match value.map(|value| key_of(kind, value)) {
        Some(Err(Unlike::Type)) => Err(Error::invalid(
            "metadata",
            format!("has a value of another type at `{path}`, which is declared as {kind}"),
        )),
        Some(Err(Unlike::Long)) => Err(Error::invalid(
            "metadata",
            format!("has a string of more than 512 bytes at `{path}`, which is declared as {kind}"),
        )),
        _ => Ok(()),
    }
}

/// Whether another memory, neither forgotten nor expired, has a value.
fn is_taken(
    tx: &WriteTx<'_>,
    declared: &Declared,
    row: &Row,
    key: &AttributeKey,
    except: Option<i64>,
) -> Result<bool> {
    let now = tx.now().as_millis();
    let except = except.unwrap_or(row.memory_id);
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM memory_attribute AS a CROSS JOIN memory AS m ON m.memory_id = a.memory_id
          WHERE a.attribute_id = ?1 AND a.persona_id = ?2 AND a.grouped = ?3 AND a.value = ?4
            AND a.memory_id NOT IN (?5, ?6) AND {})",
        after_expiry(7)
    );
    let value: Value = key.clone().into();
    let indexed: bool = tx.prepare(&sql)?.query_row(
        (declared.attribute_id, row.persona_id, NONE, value, row.memory_id, except, now),
        |row| row.get(0),
    )?;
    let Some((done_to, target)) = declared.pending.filter(|_| !indexed) else { return Ok(indexed) };
    // Those that upkeep has not come to yet.
    let operand = match (declared.value, key) {
        (_, AttributeKey::Text(text)) => Operand::Text(text.clone()),
        (AttributeType::Time, AttributeKey::Integer(ms)) => Operand::Time(Timestamp::from_stored(*ms)),
        (AttributeType::Boolean, AttributeKey::Integer(whole)) => Operand::Boolean(*whole == 1),
        (_, AttributeKey::Integer(whole)) => Operand::Integer(*whole),
        (_, AttributeKey::Real(real)) => Operand::Number(*real),
    };
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM memory AS m INDEXED BY memory_kind
          WHERE m.persona_id = ?1 AND m.kind_id = ?2 AND {LIVE} AND m.memory_id > ?3 AND m.memory_id <= ?4
            AND m.memory_id NOT IN (?5, ?6) AND {} AND memory_where(?8, m.metadata))",
        after_expiry(7)
    );
    let condition = Where::eq(declared.path.to_string(), operand).to_json();
    let params = (row.persona_id, row.kind_id, done_to, target, row.memory_id, except, now, condition);
    Ok(tx.prepare(&sql)?.query_row(params, |row| row.get(0))?)
}

/// Adds a live row to the indexes of its kind.
pub(super) fn show(tx: &mut WriteTx<'_>, row: &Row) -> Result<()> {
    each(tx, row, 1, |tx, declared, grouped, value| {
        add(tx, declared, row.persona_id, grouped, value, row.memory.at.as_millis(), row.memory_id)
    })
}

/// Takes a live row out of the indexes of its kind.
pub(super) fn hide(tx: &mut WriteTx<'_>, row: &Row) -> Result<()> {
    each(tx, row, -1, |tx, declared, grouped, value| {
        tx.prepare(
            "DELETE FROM memory_attribute WHERE attribute_id = ?1 AND persona_id = ?2 AND grouped = ?3
                AND value = ?4 AND at = ?5 AND memory_id = ?6",
        )?
        .execute((
            declared.attribute_id,
            row.persona_id,
            grouped,
            value,
            row.memory.at.as_millis(),
            row.memory_id,
        ))?;
        Ok(())
    })
}

fn each(
    tx: &mut WriteTx<'_>,
    row: &Row,
    unlike: i64,
    write: impl Fn(&WriteTx<'_>, &Declared, Value, Value) -> Result<()>,
) -> Result<()> {
    let catalogue = tx.attributes();
    if !catalogue.has(row.kind_id) {
        return Ok(());
    }
    for values in catalogue.values(row.kind_id, row.memory.metadata.stored()) {
        if !values.declared.covers(row.memory_id) {
            continue;
        }
        match Spot::of(&values) {
            Spot::Nowhere => {}
            Spot::Unlike => count_unlike(tx, values.declared.attribute_id, unlike)?,
            Spot::At { grouped, value } => write(tx, values.declared, grouped, value)?,
        }
    }
    Ok(())
}

pub(super) fn add(
    tx: &WriteTx<'_>,
    declared: &Declared,
    persona_id: i64,
    grouped: Value,
    value: Value,
    at: i64,
    memory_id: i64,
) -> Result<()> {
    tx.prepare(
        "INSERT INTO memory_attribute (attribute_id, persona_id, grouped, value, at, memory_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute((declared.attribute_id, persona_id, grouped, value, at, memory_id))?;
    Ok(())
}

fn count_unlike(tx: &mut WriteTx<'_>, attribute_id: i64, more: i64) -> Result<()> {
    tx.prepare("UPDATE attribute SET unlike = unlike + ?2 WHERE attribute_id = ?1")?
        .execute((attribute_id, more))?;
    tx.attributes_changed()
}

/// What the indexes of attributes lack and what they have too much, by what the metadata say: for `verify`.
pub(crate) fn differences(read: &ReadTx<'_>) -> Result<(u64, u64)> {
    let catalogue = read.attributes()?;
    let conn = read.conn();
    let mut there = conn.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM memory_attribute WHERE attribute_id = ?1 AND persona_id = ?2 AND grouped = ?3
            AND value = ?4 AND at = ?5 AND memory_id = ?6)",
    )?;
    let (mut missing, mut found) = (0, 0);
    let mut unlike: HashMap<i64, u64> = HashMap::new();
    let mut rows = conn.prepare(&format!(
        "SELECT m.memory_id, m.persona_id, m.kind_id, m.at, m.metadata FROM memory AS m
          WHERE m.kind_id IN (SELECT kind_id FROM attribute) AND m.metadata IS NOT NULL AND {LIVE}"
    ))?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let (memory_id, persona_id, at): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(3)?);
        let metadata = row.get_ref(4)?.as_str().map_err(|_| Error::Corrupt { what: "metadata" })?;
        for values in catalogue.values(row.get(2)?, Some(metadata)) {
            let attribute_id = values.declared.attribute_id;
            match Spot::of(&values) {
                _ if !values.declared.covers(memory_id) => {}
                Spot::Nowhere => {}
                Spot::Unlike => *unlike.entry(attribute_id).or_default() += 1,
                Spot::At { grouped, value } => {
                    let params = (attribute_id, persona_id, grouped, value, at, memory_id);
                    let is_there: bool = there.query_row(params, |row| row.get(0))?;
                    *(if is_there { &mut found } else { &mut missing }) += 1;
                }
            }
        }
    }
    missing += catalogue
        .all()
        .map(|known| known.unlike.abs_diff(unlike.get(&known.attribute_id).copied().unwrap_or(0)))
        .sum::<u64>();
    let all: u64 = conn.query_row(
        "SELECT count(*) FROM memory_attribute
          WHERE attribute_id NOT IN (SELECT CAST(substr(task, ?2) AS INTEGER) FROM upkeep WHERE task LIKE ?1 || '%')",
        (EMPTY_TASK, EMPTY_TASK.len() as i64 + 1),
        |row| row.get(0),
    )?;
    Ok((missing, all.saturating_sub(found)))
}

/// What tasks begin with that empty the index of an attribute that is declared no more.
pub(crate) const EMPTY_TASK: &str = "undeclared:";
