//! How do declared paths of metadata get their index, and how does it stay true?
//!
//! A row of `memory_attribute` for each live memory that has a value at the path, written with the memory. Memories
//! that were there before the declaration get theirs in upkeep, in the order of their row ids; until then whoever
//! writes one of them leaves the index alone.

use rusqlite::types::Value;

use super::rows::{LIVE, Row};
use super::select::after_expiry;
use crate::error::{Error, Result};
use crate::model::limits::ATTRIBUTES_MAX;
use crate::model::{
    Attribute, AttributeKey, AttributeState, AttributeType, Kind, MetadataPath, Operand, Timestamp, Unlike,
    Where, key_of,
};
use crate::storage::{self, Declared, ReadTx, Values, WriteTx, fill_task};

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

fn add(
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

/// Rows whose index is filled, or emptied, at once instead of in upkeep.
const AT_ONCE_MAX: i64 = 1_000;

/// Declares a validated attribute.
pub(crate) fn declare(tx: &mut WriteTx<'_>, attribute: &Attribute) -> Result<()> {
    let has_memories = storage::kind_id(tx.conn(), attribute.kind.as_str())?.is_some();
    let kind_id = tx.kind_id(&attribute.kind)?;
    let catalogue = tx.attributes();
    if let Some(known) =
        catalogue.of_kind(kind_id).iter().find(|known| known.path.to_string() == attribute.path)
    {
        return if as_declared(attribute.kind.clone(), known) == *attribute {
            Ok(())
        } else {
            Err(Error::Conflict { what: "the path is declared in another way; drop that declaration first" })
        };
    }
    if catalogue.all().count() >= ATTRIBUTES_MAX {
        return Err(Error::invalid("attribute", "is one too many; a store keeps up to 256"));
    }
    let (within, within_type) = attribute.grouped_by().unzip();
    let attribute_id = tx
        .prepare(
            "INSERT INTO attribute (kind_id, path, type, within, within_type, is_unique, unlike)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
        )?
        .insert((
            kind_id,
            &attribute.path,
            attribute.value.as_str(),
            within,
            within_type.map(AttributeType::as_str),
            attribute.unique,
        ))?;
    let target = tx.last_memory_id();
    if has_memories && target > 0 {
        let name = fill_task(attribute_id);
        tx.prepare("INSERT INTO upkeep (task, done_to, target) VALUES (?1, 0, ?2)")?
            .execute((&name, target))?;
        tx.attributes_changed()?;
        if target <= AT_ONCE_MAX {
            fill(tx, &name, 0, target)?;
        }
        return Ok(());
    }
    tx.attributes_changed()
}

/// A step of upkeep: adds the live memories with the row ids after one, up to another, to the index of an attribute.
pub(crate) fn fill(tx: &mut WriteTx<'_>, task: &str, after: i64, to: i64) -> Result<()> {
    let catalogue = tx.attributes();
    let Some(declared) = catalogue.all().find(|known| fill_task(known.attribute_id) == task) else {
        return Ok(());
    };
    let sql = format!(
        "SELECT m.memory_id, m.persona_id, m.at, m.metadata FROM memory AS m
          WHERE m.memory_id > ?1 AND m.memory_id <= ?2 AND m.kind_id = ?3 AND m.metadata IS NOT NULL AND {LIVE}"
    );
    let mut unlike = 0_i64;
    let mut statement = tx.prepare(&sql)?;
    let mut rows = statement.query((after, to, declared.kind_id))?;
    while let Some(row) = rows.next()? {
        let metadata = row.get_ref(3)?.as_str().map_err(|_| Error::Corrupt { what: "metadata" })?;
        let values = catalogue.values(declared.kind_id, Some(metadata));
        let of_this = values.iter().find(|values| values.declared.attribute_id == declared.attribute_id);
        match of_this.map_or(Spot::Nowhere, Spot::of) {
            Spot::Nowhere => {}
            Spot::Unlike => unlike += 1,
            Spot::At { grouped, value } => {
                add(tx, declared, row.get(1)?, grouped, value, row.get(2)?, row.get(0)?)?;
            }
        }
    }
    drop(rows);
    drop(statement);
    tx.prepare("UPDATE attribute SET unlike = unlike + ?2 WHERE attribute_id = ?1")?
        .execute((declared.attribute_id, unlike))?;
    // Here, so that whoever writes next in this transaction sees how far the index is.
    tx.prepare("UPDATE upkeep SET done_to = ?2 WHERE task = ?1")?.execute((task, to))?;
    tx.prepare("DELETE FROM upkeep WHERE task = ?1 AND done_to >= target")?.execute([task])?;
    tx.attributes_changed()
}

/// Drops a declaration. A large index goes in upkeep.
pub(crate) fn undeclare(tx: &mut WriteTx<'_>, kind: &Kind, path: &str) -> Result<()> {
    let catalogue = tx.attributes();
    let kind_id = storage::kind_id(tx.conn(), kind.as_str())?;
    let declared = kind_id
        .and_then(|kind_id| catalogue.of_kind(kind_id).iter().find(|known| known.path.to_string() == path));
    let Some(&Declared { attribute_id, .. }) = declared else {
        return Err(Error::NotFound { what: "declared attribute" });
    };
    tx.prepare("DELETE FROM attribute WHERE attribute_id = ?1")?.execute([attribute_id])?;
    tx.prepare("DELETE FROM upkeep WHERE task = ?1")?.execute([fill_task(attribute_id)])?;
    let sql = "SELECT count(*) FROM memory_attribute WHERE attribute_id = ?1";
    let rows: i64 = tx.prepare(sql)?.query_row([attribute_id], |row| row.get(0))?;
    if rows <= AT_ONCE_MAX {
        empty(tx, attribute_id, rows)?;
    } else {
        tx.prepare("INSERT INTO upkeep (task, done_to, target) VALUES (?1, 0, ?2)")?
            .execute((format!("{EMPTY_TASK}{attribute_id}"), rows))?;
    }
    tx.attributes_changed()
}

/// What tasks begin with that empty the index of an attribute that is declared no more.
pub(crate) const EMPTY_TASK: &str = "undeclared:";

/// A step of upkeep: drops as many rows as there are numbers after one, up to another.
pub(crate) fn empty_step(tx: &mut WriteTx<'_>, task: &str, after: i64, to: i64) -> Result<()> {
    match task.strip_prefix(EMPTY_TASK).and_then(|id| id.parse().ok()) {
        Some(attribute_id) => empty(tx, attribute_id, to - after),
        None => Ok(()),
    }
}

fn empty(tx: &WriteTx<'_>, attribute_id: i64, rows: i64) -> Result<()> {
    tx.prepare(
        "DELETE FROM memory_attribute WHERE (attribute_id, persona_id, grouped, value, at, memory_id) IN
           (SELECT attribute_id, persona_id, grouped, value, at, memory_id FROM memory_attribute
             WHERE attribute_id = ?1 LIMIT ?2)",
    )?
    .execute((attribute_id, rows))?;
    Ok(())
}

/// All that is declared, by kind and path.
pub(crate) fn attributes(read: &ReadTx<'_>) -> Result<Vec<AttributeState>> {
    let catalogue = read.attributes()?;
    let mut states = Vec::new();
    for declared in catalogue.all() {
        let kind = read.names().kind(read.conn(), declared.kind_id)?;
        states.push(AttributeState {
            attribute: as_declared(kind, declared),
            left: declared.pending.map_or(0, |(done_to, target)| (target - done_to).unsigned_abs()),
            unlike: declared.unlike,
        });
    }
    states
        .sort_by(|a, b| (&a.attribute.kind, &a.attribute.path).cmp(&(&b.attribute.kind, &b.attribute.path)));
    Ok(states)
}

fn as_declared(kind: Kind, known: &Declared) -> Attribute {
    Attribute {
        kind,
        path: known.path.to_string(),
        value: known.value,
        within: known.within.as_ref().map(|(path, value)| (path.to_string(), *value)),
        unique: known.unique,
    }
}
