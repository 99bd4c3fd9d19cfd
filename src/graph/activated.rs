//! Which memories speak of what a question names, or of what is near to that?
//!
//! Only of what those memories mention that answer it by other signs is it asked whether the question names it, so that no list of all names
//! is needed. Everything is bounded: by how many entities are named, how many relations of each are read, and how many memories.

use std::collections::HashMap;

use super::arrays::aliases;
use super::mentioned::mentions;
use crate::error::Result;
use crate::model::{NameTree, Words, find_named};
use crate::storage::{NamesSeen, ReadTx, SHARED};

/// Entities that a question names.
const NAMED_MAX: usize = 4;
/// Relations of each of them that count.
const RELATIONS_MAX: i64 = 256;
/// Relations that are looked at for those that held at a moment.
const RELATIONS_READ: i64 = 4_096;
/// Of what is near to it, so many entities.
const NEAR_MAX: usize = 6;
/// What an entity passes on, shared among its relations by weight.
const DECAY: f64 = 0.5;
/// What more memories mention than this tells none of them from the others.
const MENTIONS_MAX: usize = 100;

/// What is asked of the graph.
pub(crate) struct Asking<'a> {
    pub(crate) personas: &'a [i64],
    pub(crate) question: &'a str,
    /// Only by relations that held at this moment; `None` is by all.
    pub(crate) as_of: Option<i64>,
    /// Memories that answer it: whatever they mention is looked for in the question.
    pub(crate) like: &'a [i64],
    /// Memories that were superseded since: what their texts name is written nowhere.
    pub(crate) held: &'a [Held],
}

/// A memory that is not live, but was at the moment that is asked about.
pub(crate) struct Held {
    pub(crate) persona_id: i64,
    pub(crate) memory_id: i64,
    pub(crate) content: String,
}

/// Memories and how active the most active entity is that they mention, 0 to 1: 1 for what the question names.
pub(crate) fn activated(read: &ReadTx<'_>, asking: &Asking<'_>) -> Result<HashMap<i64, f64>> {
    let in_texts = named_in_texts(read, asking.held)?;
    let mut active = named(read, asking, &in_texts)?;
    spread(read, asking, &mut active)?;
    let sql = concat!(mentions!(), " ORDER BY memory_id DESC LIMIT ?2");
    let mut statement = read.conn().prepare_cached(sql)?;
    let mut found: HashMap<i64, f64> = HashMap::new();
    for (entity_id, activation) in active {
        let ids = statement.query_map((entity_id, MENTIONS_MAX as i64 + 1), |row| row.get(0))?;
        let ids: Vec<i64> = ids.collect::<rusqlite::Result<_>>()?;
        if ids.len() <= MENTIONS_MAX {
            let held = in_texts.iter().filter(|(_, entities)| entities.contains(&entity_id));
            for id in ids.into_iter().chain(held.map(|&(memory_id, _)| memory_id)) {
                let there = found.entry(id).or_insert(0.0);
                *there = there.max(activation);
            }
        }
    }
    Ok(found)
}

/// The entities that stand in the texts of memories that are not live.
fn named_in_texts(read: &ReadTx<'_>, held: &[Held]) -> Result<Vec<(i64, Vec<i64>)>> {
    let mut names = NamesSeen::of(read.conn());
    let found = held.iter().map(|Held { persona_id, memory_id, content }| {
        let (entities, _) = names.named_in(*persona_id, content)?;
        Ok((*memory_id, entities))
    });
    found.collect()
}

/// Entities that some memories mention and the question names, each with an activation of 1.
fn named(read: &ReadTx<'_>, asking: &Asking<'_>, in_texts: &[(i64, Vec<i64>)]) -> Result<Vec<(i64, f64)>> {
    if !read.conn().prepare_cached("SELECT 1 FROM entity LIMIT 1")?.exists([])? {
        return Ok(Vec::new());
    }
    let mut names = NameTree::default();
    let mut seen = Vec::new();
    let mut take = |mut rows: rusqlite::Rows<'_>| -> Result<()> {
        while let Some(row) = rows.next()? {
            let entity_id: i64 = row.get(0)?;
            if !seen.contains(&entity_id) {
                seen.push(entity_id);
                names.add(&row.get::<_, String>(1)?, entity_id, false);
                for alias in aliases(row.get::<_, Option<String>>(2)?.as_deref())? {
                    names.add(&alias, entity_id, true);
                }
            }
        }
        Ok(())
    };
    let sql = "SELECT e.entity_id, e.name, e.aliases
                 FROM (SELECT entity_id FROM mention WHERE memory_id = ?1
                        UNION SELECT entity_id FROM mention_found WHERE memory_id = ?1)
                 JOIN entity AS e USING (entity_id)";
    let mut mentioned = read.conn().prepare_cached(sql)?;
    for memory_id in asking.like {
        take(mentioned.query([memory_id])?)?;
    }
    let sql = "SELECT entity_id, name, aliases FROM entity WHERE entity_id = ?1";
    let mut one = read.conn().prepare_cached(sql)?;
    for (_, entities) in in_texts.iter().filter(|(memory_id, _)| asking.like.contains(memory_id)) {
        for entity_id in entities {
            take(one.query([entity_id])?)?;
        }
    }
    let mut named = find_named(Some(&names), None, asking.question, &Words::of(asking.question).words);
    named.truncate(NAMED_MAX);
    Ok(named.into_iter().map(|entity_id| (entity_id, 1.0)).collect())
}

/// Adds what is one relation away from entities, the most active of it.
fn spread(read: &ReadTx<'_>, asking: &Asking<'_>, active: &mut Vec<(i64, f64)>) -> Result<()> {
    let sql = "SELECT end_id, scope_id, weight FROM
                 (SELECT target_id AS end_id, scope_id, weight, valid_from, valid_to FROM relation WHERE source_id = ?1
                   UNION ALL SELECT source_id, scope_id, weight, valid_from, valid_to FROM relation WHERE target_id = ?1
                   LIMIT ?3)
                WHERE ?2 IS NULL OR valid_from <= ?2 AND (valid_to IS NULL OR valid_to > ?2)
                LIMIT ?4";
    let read_most = if asking.as_of.is_some() { RELATIONS_READ } else { RELATIONS_MAX };
    let mut statement = read.conn().prepare_cached(sql)?;
    let mut near: HashMap<i64, f64> = HashMap::new();
    for &(entity_id, activation) in active.iter() {
        let mut ends: Vec<(i64, f64)> = Vec::new();
        let mut rows = statement.query((entity_id, asking.as_of, read_most, RELATIONS_MAX))?;
        while let Some(row) = rows.next()? {
            let (end, scope, weight): (i64, i64, f64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if (scope == SHARED || asking.personas.contains(&scope)) && weight > 0.0 {
                ends.push((end, weight));
            }
        }
        let sum: f64 = ends.iter().map(|(_, weight)| weight).sum();
        for (end, weight) in ends {
            *near.entry(end).or_insert(0.0) += activation * DECAY * weight / sum;
        }
    }
    near.retain(|entity_id, _| !active.iter().any(|(there, _)| there == entity_id));
    let mut near: Vec<(i64, f64)> = near.into_iter().collect();
    near.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    near.truncate(NEAR_MAX);
    active.extend(near.into_iter().map(|(entity_id, activation)| (entity_id, activation.min(1.0))));
    Ok(())
}
