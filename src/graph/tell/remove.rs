//! How do entities and relations go, and what goes with them?

use super::rows::{self, Key};
use crate::error::Result;
use crate::graph::ask::{Graph, example};
use crate::graph::write::{ALWAYS, scope_seen};
use crate::model::Timestamp;
use crate::storage::{Change, Thing, WriteTx};

/// What went.
///
#[doc = example!("assert_eq!(graph.remove_entity(\"Batten\")?.relations, 2);")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Removed {
    /// Entities: 1, or 0 if there was none.
    pub entities: u64,
    /// Relations, of whatever persona.
    pub relations: u64,
    /// Mentions of the entity, by memories of whatever persona. The memories stay.
    pub mentions: u64,
}

impl Removed {
    pub(super) fn count(&self) -> u64 {
        self.entities + self.relations + self.mentions
    }
}

/// Takes an entity out, with all that leads to it.
pub(super) fn entity(tx: &mut WriteTx<'_>, persona: Option<&str>, name: &str) -> Result<Removed> {
    let Some(row) = rows::entity_to_change(tx, persona, name, "name")? else {
        return Ok(Removed::default());
    };
    let relations = rows::relations_of(tx, row.entity_id)?;
    for &(key, uuid) in &relations {
        rows::remove_relation(tx, key, uuid)?;
    }
    let mentions = rows::mentions(tx, row.entity_id)?;
    tx.prepare("DELETE FROM mention WHERE entity_id = ?1")?.execute([row.entity_id])?;
    for memory in &mentions {
        let stamp = tx.next_stamp();
        let uuid = memory.uuid.as_bytes();
        tx.log(stamp, memory.persona_id, Thing::Mention, Change::Remove, uuid, None)?;
    }
    rows::remove_entity(tx, &row)?;
    Ok(Removed { entities: 1, relations: relations.len() as u64, mentions: mentions.len() as u64 })
}

/// Relations that are to go; see [`Graph::remove_relation`].
///
#[doc = example!("assert_eq!(graph.remove_relation(\"Batten\", \"met\", \"Penn\").run()?.relations, 1);")]
#[derive(Debug, Clone)]
#[must_use = "nothing goes until it runs"]
pub struct RemoveRelation<'g> {
    graph: &'g Graph,
    ends: [String; 2],
    label: String,
    valid_from: Option<Option<Timestamp>>,
}

impl<'g> RemoveRelation<'g> {
    pub(super) fn new(graph: &'g Graph, from: &str, label: &str, to: &str) -> Self {
        Self { graph, ends: [from.to_owned(), to.to_owned()], label: label.to_owned(), valid_from: None }
    }

    /// Only the one that holds from this time on; `None` is the one that always held.
    ///
    #[doc = example!(
        "let lived = || graph.remove_relation(\"Pepys\", \"lives_in\", \"Seething Lane\");"
        "assert_eq!(lived().valid_from(None).run()?.relations, 0);"
        "let moved_in: mindkeep::Timestamp = \"1660-07-17T00:00:00Z\".parse()?;"
        "assert_eq!(lived().valid_from(moved_in).run()?.relations, 1);"
    )]
    pub fn valid_from(mut self, time: impl Into<Option<Timestamp>>) -> Self {
        self.valid_from = Some(time.into());
        self
    }

    /// Removes them. Says how many went; none is no error.
    ///
    #[doc = example!(
        "assert_eq!(graph.remove_relation(\"Penn\", \"met\", \"Batten\").run()?.relations, 0); // the other way"
    )]
    pub fn run(self) -> Result<Removed> {
        let Self { graph, ends: [from, to], label, valid_from } = self;
        graph.change(
            move |tx, persona| {
                let mut removed = Removed::default();
                for (key, uuid) in found(tx, persona, [&from, &to], &label, valid_from)? {
                    rows::remove_relation(tx, key, uuid)?;
                    removed.relations += 1;
                }
                Ok(removed)
            },
            Removed::count,
        )
    }
}

/// Of two entities of the same name, an own and a shared one, either may be the end.
fn found(
    tx: &WriteTx<'_>,
    persona: Option<&str>,
    [from, to]: [&str; 2],
    label: &str,
    valid_from: Option<Option<Timestamp>>,
) -> Result<Vec<(Key, uuid::Uuid)>> {
    let scope = scope_seen(tx, persona)?;
    if persona.is_some() && scope == crate::storage::SHARED {
        return Ok(Vec::new()); // of a persona that has written nothing
    }
    let start = valid_from.map(|time| time.map_or(ALWAYS, |time| time.as_millis()));
    let sql = "SELECT r.source_id, r.scope_id, r.label_id, r.target_id, r.valid_from, r.uuid
                 FROM entity AS s, entity AS t, relation_label AS l, relation AS r
                WHERE s.scope_id IN (0, ?1) AND s.name = ?2 AND t.scope_id IN (0, ?1) AND t.name = ?3 AND l.name = ?4
                  AND r.source_id = s.entity_id AND r.scope_id = ?1 AND r.label_id = l.label_id
                  AND r.target_id = t.entity_id AND (?5 IS NULL OR r.valid_from = ?5)";
    rows::relations(tx, sql, &[&scope, &from, &to, &label, &start])
}
