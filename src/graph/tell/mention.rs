//! How does somebody say that a memory speaks of an entity, and take that back?

use rusqlite::OptionalExtension;

use crate::error::{Error, Result};
use crate::graph::ask::{Graph, example};
use crate::graph::write::{self, scope_seen};
use crate::model::{MemoryId, Outcome};
use crate::storage::{self, Change, Thing, WriteTx};

/// Mentions that are told; see [`Store::mentions`](crate::Store::mentions) for those that are found in text, too.
impl Graph {
    /// Says that a memory speaks of an entity, named by its name. In a persona's graph the memory is the persona's, and
    /// its own entity comes before a shared one; in the shared graph the entity is a shared one.
    ///
    /// # Errors
    /// `NotFound` for a memory that is not there or is forgotten; `InvalidInput` for a name that no entity of this graph has.
    ///
    #[doc = example!(
        "let memory = store.remember(mindkeep::NewMemory::new(\"He sailed with the fleet.\"))?.id;"
        "assert_eq!(graph.mention(memory, \"Penn\")?, mindkeep::Outcome::Added);"
        "assert_eq!(store.mentions(memory)?[0].entity, \"Penn\");"
    )]
    pub fn mention(&self, memory: MemoryId, entity: &str) -> Result<Outcome> {
        let entity = entity.to_owned();
        self.change(
            move |tx, persona| {
                let (memory_id, persona_id) = find(tx, persona, memory)?;
                let entity_id = write::known_entity(tx, scope_seen(tx, persona)?, &entity, "entity")?;
                write::link(tx, persona_id, (memory_id, memory), entity_id)
            },
            |_| 1,
        )
    }

    /// Takes back that a memory speaks of an entity. Returns whether it was told. What is found in the memory's text stays.
    ///
    /// # Errors
    /// As those of [`Graph::mention`].
    ///
    #[doc = example!(
        "let memory = store.remember(mindkeep::NewMemory::new(\"With Batten to the yard.\"))?.id;"
        "graph.mention(memory, \"Batten\")?;"
        "assert!(graph.unmention(memory, \"Batten\")?);"
        "assert!(!store.mentions(memory)?[0].told); // but his name is there"
    )]
    pub fn unmention(&self, memory: MemoryId, entity: &str) -> Result<bool> {
        let entity = entity.to_owned();
        self.change(
            move |tx, persona| {
                let (memory_id, persona_id) = find(tx, persona, memory)?;
                let entity_id = write::known_entity(tx, scope_seen(tx, persona)?, &entity, "entity")?;
                let sql = "DELETE FROM mention WHERE memory_id = ?1 AND entity_id = ?2";
                let told = tx.prepare(sql)?.execute((memory_id, entity_id))? > 0;
                if told {
                    let stamp = tx.next_stamp();
                    tx.log(stamp, persona_id, Thing::Mention, Change::Remove, memory.as_bytes(), None)?;
                }
                Ok(told)
            },
            |_| 1,
        )
    }
}

/// The numbers of a memory and of its persona.
fn find(tx: &WriteTx<'_>, persona: Option<&str>, id: MemoryId) -> Result<(i64, i64)> {
    let none = Error::NotFound { what: "memory" };
    let only = match persona {
        Some(persona) => Some(storage::persona_id(tx.conn(), persona)?.ok_or(none.clone())?),
        None => None,
    };
    let sql = "SELECT memory_id, persona_id FROM memory
                WHERE uuid = ?1 AND forgotten_at IS NULL AND (?2 IS NULL OR persona_id = ?2)";
    let found = tx.prepare(sql)?.query_row((id.as_bytes(), only), |row| Ok((row.get(0)?, row.get(1)?)));
    found.optional()?.ok_or(none)
}
