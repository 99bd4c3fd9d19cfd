//! How do two entities become one? Whatever led to the one leads to the other, in one transaction.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use uuid::Uuid;

use super::rows::{self, EntityRow};
use crate::error::{Error, Result};
use crate::graph::ask::{Graph, example};
use crate::graph::write::{self, Facts, Key, Origin, facts, set_facts};
use crate::model::{Entity, Metadata, check_weight};
use crate::storage::{Change, Thing, WriteTx};

/// Two entities that are to be one; see [`Graph::merge`].
///
#[doc = example!("graph.add_entity(\"Mr. Penn\").save()?;" "graph.merge(\"Mr. Penn\", \"Penn\").run()?;")]
#[derive(Debug, Clone)]
#[must_use = "nothing is merged until it runs"]
pub struct Merge<'g> {
    graph: &'g Graph,
    names: [String; 2],
}

/// What became of what led to the entity that is no more.
///
#[doc = example!(
    "graph.add_entity(\"Sir William\").save()?;"
    "graph.relate(\"Pepys\", \"met\", \"Sir William\").weight(2.0).save()?;"
    "graph.relate(\"Sir William\", \"is\", \"Batten\").save()?;"
    "let merged = graph.merge(\"Sir William\", \"Batten\").run()?;"
    "assert_eq!((merged.relations, merged.added_up, merged.loops_dropped), (0, 1, 1));"
    "assert_eq!(graph.path(\"Pepys\", \"Batten\").direction(Direction::Out).by_weight().run()?.unwrap().cost, 5.0); // 3 and 2"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Merged {
    /// Relations that lead to the other now.
    pub relations: u64,
    /// Relations that the other had, too: the weights were added.
    pub added_up: u64,
    /// Relations between the two, which are gone.
    pub loops_dropped: u64,
    /// Mentions that lead to the other now.
    pub mentions: u64,
}

impl<'g> Merge<'g> {
    pub(super) fn new(graph: &'g Graph, from: &str, into: &str) -> Self {
        Self { graph, names: [from.to_owned(), into.to_owned()] }
    }

    /// Merges them.
    ///
    /// # Errors
    /// `NotFound` for a name that no entity of this graph has; `InvalidInput` for an entity and itself, for a shared entity
    /// in a persona's graph, and if aliases, properties or a weight would be out of their limits together.
    ///
    #[doc = example!("assert!(graph.merge(\"Penn\", \"Penn\").run().is_err());")]
    pub fn run(self) -> Result<Merged> {
        let Self { graph, names: [from, into] } = self;
        let count =
            |merged: &Merged| 1 + merged.relations + merged.added_up + merged.loops_dropped + merged.mentions;
        graph.change(move |tx, persona| merge(tx, persona, &from, &into), count)
    }
}

fn merge(tx: &mut WriteTx<'_>, persona: Option<&str>, from: &str, into: &str) -> Result<Merged> {
    let find = |field, name| {
        rows::entity_to_change(tx, persona, name, field)?.ok_or(Error::NotFound { what: "entity" })
    };
    let (from, into) = (find("from", from)?, find("into", into)?);
    if from.entity_id == into.entity_id {
        return Err(Error::invalid("into", "is the same entity"));
    }
    let mut merged = Merged::default();
    for (key, uuid) in rows::relations_of(tx, from.entity_id)? {
        follow(tx, key, uuid, (from.entity_id, into.entity_id), &mut merged)?;
    }
    merged.mentions = mentions(tx, from.entity_id, into.entity_id)?;
    tx.prepare(
        "INSERT OR IGNORE INTO mention_found SELECT memory_id, ?2 FROM mention_found WHERE entity_id = ?1",
    )?
    .execute((from.entity_id, into.entity_id))?;
    rows::remove_entity(tx, &from)?;
    write::put_entity(tx, &both(persona, from, into)?, Origin::default())?;
    Ok(merged)
}

/// What is known of one entity that was two: what both say, and the second where they differ.
fn both(persona: Option<&str>, from: EntityRow, into: EntityRow) -> Result<Entity> {
    let mut aliases = into.aliases;
    aliases.extend(from.aliases);
    aliases.push(from.name);
    aliases.retain(|alias| *alias != into.name);
    let properties = joined(&into.properties, &from.properties)?;
    let label = into.label.or(from.label);
    Entity { persona: persona.map(str::to_owned), name: into.name, label, aliases, properties }.validated()
}

/// The members of the first, and those that only the second has.
fn joined(first: &Metadata, second: &Metadata) -> Result<Metadata> {
    if second.is_empty() || first == second {
        return Ok(first.clone());
    }
    if first.is_empty() {
        return Ok(second.clone());
    }
    let damaged = |_| Error::Corrupt { what: "properties" };
    let members = |properties: &Metadata| -> Result<BTreeMap<String, Box<RawValue>>> {
        serde_json::from_str(properties.as_json()).map_err(damaged)
    };
    let (known, mut more) = (members(first)?, members(second)?);
    more.retain(|name, _| !known.contains_key(name));
    if more.is_empty() {
        return Ok(first.clone());
    }
    let (mut text, more) =
        (first.as_json().trim_end().to_owned(), serde_json::to_string(&more).map_err(damaged)?);
    text.pop();
    text.push(',');
    text.push_str(&more[1..]);
    Metadata::parse(&text).map_err(|_| Error::invalid("properties", "of the two are over 64 KiB together"))
}

/// Lets a relation lead to the other.
fn follow(
    tx: &mut WriteTx<'_>,
    key: Key,
    uuid: Uuid,
    (from, into): (i64, i64),
    merged: &mut Merged,
) -> Result<()> {
    let moved = |end: i64| if end == from { into } else { end };
    let (source, scope, label, target, start) = key;
    let new = (moved(source), scope, label, moved(target), start);
    if source != target && new.0 == new.3 {
        merged.loops_dropped += 1;
        return rows::remove_relation(tx, key, uuid);
    }
    let Some(there) = facts(tx, new)? else {
        merged.relations += 1;
        tx.sum_stored_relation(key)?;
        let (stamp, replica) = (tx.next_stamp(), tx.replica_id());
        tx.prepare(
            "UPDATE relation SET source_id = ?6, target_id = ?7, stamp = ?8, replica_id = ?9
              WHERE source_id = ?1 AND scope_id = ?2 AND label_id = ?3 AND target_id = ?4 AND valid_from = ?5",
        )?
        .execute((source, scope, label, target, start, new.0, new.3, stamp.stored(), replica))?;
        tx.sum_stored_relation(new)?;
        [key.0, key.3, new.0, new.3].into_iter().for_each(|end| tx.touch(end));
        return tx.log(
            stamp,
            scope,
            Thing::Relation,
            Change::Update,
            uuid.as_bytes(),
            Some("source_id,target_id"),
        );
    };
    merged.added_up += 1;
    let gone = facts(tx, key)?.ok_or(Error::Corrupt { what: "a relation" })?;
    rows::remove_relation(tx, key, uuid)?;
    let weight = there.weight + gone.weight;
    if check_weight(weight).is_err() {
        return Err(Error::invalid(
            "weight",
            "of two relations that become one is out of its limits together",
        ));
    }
    // It holds as long as either did.
    let valid_to = there.valid_to.zip(gone.valid_to).map(|(one, other)| one.max(other));
    let properties = joined(&there.properties, &gone.properties)?;
    let (stamp, replica) = (tx.next_stamp(), tx.replica_id());
    let joined = Facts { valid_to, weight, properties, uuid: there.uuid };
    [new.0, new.3].into_iter().for_each(|end| tx.touch(end));
    set_facts(tx, new, &joined, (stamp, replica))
}

/// Lets the mentions of one entity lead to another. Returns how many did not do so before.
fn mentions(tx: &mut WriteTx<'_>, from: i64, into: i64) -> Result<u64> {
    let mut moved = 0;
    let mentions = rows::mentions(tx, from)?;
    tx.prepare("DELETE FROM mention WHERE entity_id = ?1")?.execute([from])?;
    for memory in mentions {
        let sql = "INSERT INTO mention (memory_id, entity_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        let added = tx.prepare(sql)?.execute((memory.memory_id, into))?;
        let (change, fields) = match added {
            0 => (Change::Remove, None),
            _ => (Change::Update, Some("entity_id")),
        };
        moved += added as u64;
        let stamp = tx.next_stamp();
        tx.log(stamp, memory.persona_id, Thing::Mention, change, memory.uuid.as_bytes(), fields)?;
    }
    Ok(moved)
}
