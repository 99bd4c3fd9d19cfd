//! What if the arrays would take more memory than they may?
//!
//! Then a question reads the rows of what it meets, one entity after the other, and has small arrays of these alone.

use std::collections::{BTreeMap, BTreeSet};

use super::lists::{Builder, Fact, OWN, Way};
use super::reread;
use super::{Base, Snapshot};
use crate::error::{Error, Result};
use crate::storage::{EntityRow, ReadTx, SHARED};

/// A part of a graph, as it is read.
pub(crate) struct Part<'r> {
    read: &'r ReadTx<'r>,
    scope: i64,
    change_seq: i64,
    /// Row ids and names of the labels, ascending.
    labels: Vec<(i64, String)>,
}

impl<'r> Part<'r> {
    /// Of a scope. To be read inside one transaction.
    pub(crate) fn of(read: &'r ReadTx<'r>, scope: i64) -> Result<Self> {
        let change_seq = read.change_seq()?;
        let mut statement =
            read.conn().prepare_cached("SELECT label_id, name FROM relation_label ORDER BY label_id")?;
        let labels = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let labels = labels.collect::<rusqlite::Result<_>>()?;
        Ok(Self { read, scope, change_seq, labels })
    }

    /// All that some names may mean, without relations.
    pub(crate) fn named(&self, names: &[&str]) -> Result<Snapshot> {
        let sql = "SELECT entity_id FROM entity WHERE scope_id IN (0, ?1) AND name = ?2";
        let mut by_name = self.read.conn().prepare_cached(sql)?;
        let sql = "SELECT entity_id FROM entity, json_each(aliases) AS alias
                    WHERE scope_id IN (0, ?1) AND aliases IS NOT NULL AND alias.value = ?2";
        let mut by_alias = self.read.conn().prepare_cached(sql)?;
        let mut ids = BTreeSet::new();
        for name in names {
            for statement in [&mut by_name, &mut by_alias] {
                let found = statement.query_map((self.scope, name), |row| row.get(0))?;
                let found: Vec<i64> = found.collect::<rusqlite::Result<_>>()?;
                // An alias counts only where nothing has the name.
                let is_found = !found.is_empty();
                ids.extend(found);
                if is_found {
                    break;
                }
            }
        }
        self.snapshot(&ids, |_| Ok(Vec::new()))
    }

    /// An entity's relations, as (row id of the other end, fact), in the order of arrays.
    pub(crate) fn relations(&self, entity_id: i64, way: Way) -> Result<Vec<(i64, Fact)>> {
        let rows = reread::relations(&mut reread::relations_of(self.read, way)?, entity_id, self.scope)?;
        let mut relations = Vec::with_capacity(rows.len());
        for row in rows {
            let number = self.labels.binary_search_by_key(&row.label_id, |(id, _)| *id);
            let number = number.map_err(|_| Error::Corrupt { what: "a relation's label" })? as u32;
            let word = number | if row.scope_id == SHARED { 0 } else { OWN };
            let end = if way == Way::Out { row.target_id } else { row.source_id };
            let to = row.valid_to.unwrap_or(i64::MAX);
            relations.push((end, Fact { word, from: row.valid_from, to, weight: row.weight }));
        }
        relations.sort_unstable_by_key(|(end, fact)| (*end, fact.word, fact.from));
        Ok(relations)
    }

    /// These entities, and all relations between them.
    pub(crate) fn finish(&self, ids: &BTreeSet<i64>) -> Result<Snapshot> {
        self.snapshot(ids, |entity_id| self.relations(entity_id, Way::Out))
    }

    fn snapshot(
        &self,
        ids: &BTreeSet<i64>,
        relations: impl Fn(i64) -> Result<Vec<(i64, Fact)>>,
    ) -> Result<Snapshot> {
        let mut base = Base::empty(self.scope);
        for &id in ids {
            let row = reread::entity(self.read, self.scope, id)?;
            let row = row.ok_or(Error::Corrupt { what: "ends of a relation" })?;
            let EntityRow { entity_id, scope_id, name, label, aliases } = row;
            let aliases = aliases.iter().map(String::as_str);
            base.push_entity(entity_id, &name, scope_id != SHARED, label.as_deref(), aliases);
        }
        self.labels.iter().for_each(|(id, name)| base.push_label(*id, name));
        let numbers: BTreeMap<i64, u32> = ids.iter().copied().zip(0..).collect();
        let mut builder = Builder::new(numbers.len() as u32);
        let sql = "SELECT count(*) FROM relation WHERE target_id = ?1 AND scope_id IN (0, ?2)";
        let mut count = self.read.conn().prepare_cached(sql)?;
        let mut degrees = Vec::with_capacity(numbers.len());
        for (&id, &source) in &numbers {
            let relations = relations(id)?;
            degrees.push([relations.len(), count.query_row((id, self.scope), |row| row.get(0))?]);
            for (end, fact) in relations {
                if let Some(&target) = numbers.get(&end) {
                    builder.push(source, target, fact);
                }
            }
        }
        base.lists = builder.finish();
        base.part = Some(degrees);
        Ok(Snapshot::new(base, self.change_seq))
    }
}
