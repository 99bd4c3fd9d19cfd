//! Which entities does a memory speak of?

use rusqlite::OptionalExtension;

use crate::error::{Error, Result};
use crate::model::MemoryId;
use crate::storage::{ReadTx, SHARED};

/// An entity that a memory speaks of.
///
/// ```
/// use mindkeep::{NewMemory, Store};
/// let store = Store::builder().open_in_memory()?;
/// store.graph().add_entity("New York").alias("Big Apple").save()?;
/// let memory = store.remember(NewMemory::new("Back from the Big Apple!"))?.id;
/// let mention = &store.mentions(memory)?[0];
/// assert_eq!((mention.entity.as_str(), mention.told, mention.found), ("New York", false, true));
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mention {
    /// Its name.
    pub entity: String,
    /// What it is, such as `person`.
    pub label: Option<String>,
    /// Whether all personas share it.
    pub shared: bool,
    /// Whether somebody said so.
    pub told: bool,
    /// Whether one of its names was found in the memory's text.
    pub found: bool,
}

/// Mentions that were told or found, each once: row ids of memory and entity, and whether it was told and found.
pub(crate) const MENTIONS: &str = "(SELECT memory_id, entity_id, 1 AS told, 0 AS found FROM mention
     UNION ALL SELECT memory_id, entity_id, 0, 1 FROM mention_found)";

/// What a memory speaks of, by name.
pub(crate) fn mentions(read: &ReadTx<'_>, id: MemoryId) -> Result<Vec<Mention>> {
    let sql = "SELECT memory_id FROM memory WHERE uuid = ?1 AND forgotten_at IS NULL";
    let memory_id: Option<i64> =
        read.conn().prepare_cached(sql)?.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
    let memory_id = memory_id.ok_or(Error::NotFound { what: "memory" })?;
    let sql = format!(
        "SELECT e.name, e.label, e.scope_id, max(told), max(found) FROM {MENTIONS} JOIN entity AS e USING (entity_id)
          WHERE memory_id = ?1 GROUP BY entity_id ORDER BY e.name, e.scope_id"
    );
    let mut statement = read.conn().prepare_cached(&sql)?;
    let rows = statement.query_map([memory_id], |row| {
        Ok(Mention {
            entity: row.get(0)?,
            label: row.get(1)?,
            shared: row.get::<_, i64>(2)? == SHARED,
            told: row.get(3)?,
            found: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many mentions were found. Those of entities that are gone go in upkeep.
pub(crate) fn found(read: &ReadTx<'_>) -> Result<u64> {
    let sql = "SELECT count(*) FROM mention_found WHERE entity_id IN (SELECT entity_id FROM entity)";
    Ok(read.conn().prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}
