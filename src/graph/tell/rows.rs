//! Which rows does a change of an entity touch, and how do they go?

use rusqlite::{OptionalExtension, ToSql};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::graph::write::{self, Key};
use crate::model::Metadata;
use crate::storage::{self, Change, RelationRow, SHARED, Summed, Thing, WriteTx, Written};

/// An entity as its row is.
pub(super) struct EntityRow {
    pub(super) entity_id: i64,
    pub(super) uuid: Uuid,
    pub(super) scope: i64,
    pub(super) name: String,
    pub(super) label: Option<String>,
    pub(super) aliases: Vec<String>,
    pub(super) properties: Metadata,
}

/// The entity with a name in exactly this scope.
pub(super) fn entity(tx: &WriteTx<'_>, persona: Option<&str>, name: &str) -> Result<Option<EntityRow>> {
    let scope = match persona {
        None => Some(SHARED),
        Some(persona) => storage::persona_id(tx.conn(), persona)?,
    };
    let Some(scope) = scope else { return Ok(None) };
    let sql =
        "SELECT entity_id, uuid, label, aliases, properties FROM entity WHERE scope_id = ?1 AND name = ?2";
    let found = tx.prepare(sql)?.query_row((scope, name), |row| {
        let (aliases, properties): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
        let uuid = Uuid::from_bytes(row.get(1)?);
        Ok((row.get(0)?, uuid, row.get(2)?, aliases, Metadata::from_stored(properties.as_deref())))
    });
    let Some((entity_id, uuid, label, aliases, properties)) = found.optional()? else { return Ok(None) };
    let aliases = aliases.map_or(Ok(Vec::new()), |json| serde_json::from_str(&json));
    let aliases = aliases.map_err(|_| Error::Corrupt { what: "aliases" })?;
    Ok(Some(EntityRow { entity_id, uuid, scope, name: name.to_owned(), label, aliases, properties }))
}

/// The same; one that is shared is not a persona's to change.
pub(super) fn entity_to_change(
    tx: &WriteTx<'_>,
    persona: Option<&str>,
    name: &str,
    field: &'static str,
) -> Result<Option<EntityRow>> {
    match entity(tx, persona, name)? {
        None if persona.is_some() && entity(tx, None, name)?.is_some() => {
            Err(Error::invalid(field, "names a shared entity; change it through the shared graph"))
        }
        found => Ok(found),
    }
}

/// Keys and identities of relations, by a query that gives these six columns.
pub(super) fn relations(tx: &WriteTx<'_>, sql: &str, params: &[&dyn ToSql]) -> Result<Vec<(Key, Uuid)>> {
    let mut statement = tx.prepare(sql)?;
    let rows = statement.query_map(params, |row| {
        let key = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        Ok((key, Uuid::from_bytes(row.get(5)?)))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// All relations from or to an entity, of whatever scope.
pub(super) fn relations_of(tx: &WriteTx<'_>, entity_id: i64) -> Result<Vec<(Key, Uuid)>> {
    let sql = "SELECT source_id, scope_id, label_id, target_id, valid_from, uuid FROM relation WHERE source_id = ?1
               UNION SELECT source_id, scope_id, label_id, target_id, valid_from, uuid FROM relation WHERE target_id = ?1";
    relations(tx, sql, &[&entity_id])
}

/// Takes a relation out.
pub(super) fn remove_relation(tx: &mut WriteTx<'_>, key: Key, uuid: Uuid) -> Result<()> {
    tx.sum_stored_relation(key)?;
    let sql = "DELETE FROM relation
                WHERE source_id = ?1 AND scope_id = ?2 AND label_id = ?3 AND target_id = ?4 AND valid_from = ?5";
    tx.prepare(sql)?.execute(key)?;
    let stamp = tx.next_stamp();
    tx.log(stamp, key.1, Thing::Relation, Change::Remove, uuid.as_bytes(), None)?;
    let (source_id, scope_id, label_id, target_id, valid_from) = key;
    [source_id, target_id].into_iter().for_each(|end| tx.touch(end));
    let (valid_to, weight) = (None, 0.0);
    let row = RelationRow { source_id, scope_id, label_id, target_id, valid_from, valid_to, weight };
    tx.notes().add(|| Written::Gone(row));
    Ok(())
}

/// A memory that mentions an entity.
pub(super) struct Mentioning {
    pub(super) memory_id: i64,
    pub(super) uuid: Uuid,
    pub(super) persona_id: i64,
}

/// The memories that mention an entity.
pub(super) fn mentions(tx: &WriteTx<'_>, entity_id: i64) -> Result<Vec<Mentioning>> {
    let sql =
        "SELECT memory_id, uuid, persona_id FROM mention JOIN memory USING (memory_id) WHERE entity_id = ?1";
    let mut statement = tx.prepare(sql)?;
    let rows = statement.query_map([entity_id], |row| {
        let uuid = Uuid::from_bytes(row.get(1)?);
        Ok(Mentioning { memory_id: row.get(0)?, uuid, persona_id: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Takes out an entity to which nothing leads any more.
pub(super) fn remove_entity(tx: &mut WriteTx<'_>, row: &EntityRow) -> Result<()> {
    tx.prepare("DELETE FROM entity WHERE entity_id = ?1")?.execute([row.entity_id])?;
    tx.sum_gone(Summed::Entity, row.entity_id);
    tx.sum_gone(Summed::Relation, row.entity_id);
    tx.touch(row.entity_id);
    let stamp = tx.next_stamp();
    tx.log(stamp, row.scope, Thing::Entity, Change::Remove, row.uuid.as_bytes(), None)?;
    // The rows of what was found go in upkeep: they say which memories to look through again.
    write::names_changed(tx, (row.scope, row.entity_id), &write::names(&row.name, &row.aliases), &[])
}
