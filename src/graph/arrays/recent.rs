//! What was written since the arrays were made?
//!
//! The lists of the entities that a write touched, whole, in place of those in the arrays; entities and labels that are
//! new. A traversal asks one bit an entity, and only while there is anything. When it has grown, all of it is folded
//! into new arrays.

use std::collections::HashMap;
use std::sync::Arc;

use super::lists::{Builder, Fact, List, OWN, Way};
use super::names::Names;
use super::trail::Trail;
use super::{Base, NO_LABEL, Scratches, Snapshot};
use crate::error::{Error, Result};
use crate::model::{Entity, Relation};
use crate::storage::{Gone, Written};

/// Writes after which all is folded into new arrays, or one for this many relations, whichever is more.
const FOLDED_AFTER: usize = 512;
const RELATIONS_A_WRITE: usize = 256;

/// What is known of an entity that is new or was changed.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) name: String,
    pub(super) own: bool,
    pub(super) label: Option<String>,
    pub(super) aliases: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Recent {
    /// New entities, numbered after those of the arrays.
    pub(super) entities: Vec<Arc<Told>>,
    pub(super) by_name: HashMap<String, Vec<u32>>,
    /// Entities of the arrays whose label or aliases changed.
    pub(super) renewed: HashMap<u32, Arc<Told>>,
    /// New labels of relations, numbered after those of the arrays.
    pub(super) labels: Vec<String>,
    /// A bit for each entity; set if it has a list here or is new. Empty if none is set.
    pub(super) patched: Vec<u64>,
    out: HashMap<u32, Arc<List>>,
    into: HashMap<u32, Arc<List>>,
    pub(super) none: Arc<List>,
    /// Relations that are new.
    pub(super) added: usize,
    /// Relations that are gone.
    pub(super) gone: usize,
    pub(super) all_weigh_one: bool,
    changes: usize,
    pub(super) trail: Trail,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            entities: Vec::new(),
            by_name: HashMap::new(),
            renewed: HashMap::new(),
            labels: Vec::new(),
            patched: Vec::new(),
            out: HashMap::new(),
            into: HashMap::new(),
            none: Arc::default(),
            added: 0,
            gone: 0,
            all_weigh_one: true,
            changes: 0,
            trail: Trail::default(),
        }
    }
}

impl Recent {
    #[inline]
    pub(super) fn is_patched(&self, node: u32) -> bool {
        self.patched.get(node as usize / 64).is_some_and(|word| word & (1 << (node % 64)) != 0)
    }

    /// Says that an entity is new or has a list here, since a change.
    fn patch(&mut self, node: u32, nodes: usize, change_seq: i64) {
        self.trail.note(node, change_seq);
        self.patched.resize(nodes.div_ceil(64), 0);
        self.patched[node as usize / 64] |= 1 << (node % 64);
    }

    pub(super) fn list(&self, node: u32, way: Way) -> Option<&List> {
        let lists = match way {
            Way::Out => &self.out,
            Way::In => &self.into,
        };
        lists.get(&node).map(Arc::as_ref)
    }

    #[inline]
    pub(super) fn newcomer(&self, base: usize, node: u32) -> Option<&Told> {
        (node as usize).checked_sub(base).map(|new| self.entities[new].as_ref())
    }

    /// What is known of an entity, if it is new or was changed.
    pub(super) fn told(&self, base: usize, node: u32) -> Option<&Told> {
        self.newcomer(base, node).or_else(|| self.renewed.get(&node).map(Arc::as_ref))
    }

    pub(super) fn with_alias(&self, base: usize, name: &str) -> Vec<u32> {
        let has = |told: &Told| told.aliases.iter().any(|alias| alias == name);
        let renewed = self.renewed.iter().filter(|(_, told)| has(told)).map(|(&node, _)| node);
        let new = self.entities.iter().enumerate().filter(|(_, told)| has(told));
        renewed.chain(new.map(|(new, _)| (base + new) as u32)).collect()
    }
}

/// A snapshot that is on its way to a later place of the change log.
pub(super) struct Draft(Snapshot);

impl Draft {
    /// Begins with a snapshot, which is changed in place if nobody else holds it.
    pub(super) fn of(snapshot: Arc<Snapshot>, change_seq: i64) -> Self {
        let held = |held: Arc<Snapshot>| Snapshot {
            base: Arc::clone(&held.base),
            recent: Arc::clone(&held.recent),
            change_seq,
        };
        let stays = snapshot.change_seq == change_seq;
        let mut snapshot = Arc::try_unwrap(snapshot).unwrap_or_else(held);
        if stays {
            // Another graph at the same change: what is known of the one is nothing about the other.
            Arc::make_mut(&mut snapshot.recent).trail = Trail::default();
        }
        snapshot.change_seq = change_seq;
        Self(snapshot)
    }

    /// Takes up what was written, if it belongs here.
    pub(super) fn apply(&mut self, written: &Written) -> Result<()> {
        let persona = match written {
            Written::Entity(entity) => &entity.persona,
            Written::Relation(relation) => &relation.persona,
            Written::Gone(gone) => &gone.persona,
        };
        if persona.is_some() && *persona != self.0.base.persona {
            return Ok(());
        }
        match written {
            Written::Entity(entity) => self.entity(entity),
            Written::Relation(relation) => self.relation(relation),
            Written::Gone(gone) => self.gone(gone),
        }
    }

    fn entity(&mut self, entity: &Entity) -> Result<()> {
        let own = entity.persona.is_some();
        let told = Arc::new(Told {
            name: entity.name.clone(),
            own,
            label: entity.label.clone(),
            aliases: entity.aliases.clone(),
        });
        let (known, base, nodes) = (self.0.named(&entity.name, own), self.0.base.names.len(), self.0.len());
        let change_seq = self.0.change_seq;
        let recent = Arc::make_mut(&mut self.0.recent);
        recent.changes += 1;
        match known {
            Some(node) if (node as usize) < base => {
                recent.trail.note(node, change_seq);
                recent.renewed.insert(node, told);
            }
            Some(node) => {
                recent.trail.note(node, change_seq);
                recent.entities[node as usize - base] = told;
            }
            None => {
                let node = u32::try_from(nodes).map_err(|_| TOO_LARGE)?;
                recent.by_name.entry(told.name.clone()).or_default().push(node);
                recent.entities.push(told);
                recent.patch(node, nodes + 1, change_seq);
            }
        }
        Ok(())
    }

    fn relation(&mut self, relation: &Relation) -> Result<()> {
        let own = relation.persona.is_some();
        let end = |name: &str| {
            let here = if own { self.0.named(name, true) } else { None };
            here.or_else(|| self.0.named(name, false)).ok_or(Error::Corrupt { what: "ends of a relation" })
        };
        let (source, target) = (end(&relation.from)?, end(&relation.to)?);
        let known = self.0.label_number(&relation.label);
        let (labels, nodes) = (self.0.base.relation_labels.len(), self.0.len());
        let recent = Arc::make_mut(&mut self.0.recent);
        let number = known.unwrap_or_else(|| {
            recent.labels.push(relation.label.clone());
            (labels + recent.labels.len() - 1) as u32
        });
        let fact = Fact {
            word: number | if own { OWN } else { 0 },
            from: relation.valid_from.map_or(i64::MIN, |time| time.as_millis()),
            to: relation.valid_to.map_or(i64::MAX, |time| time.as_millis()),
            weight: relation.weight,
        };
        let (out, replaced) = with(self.0.edges(source, Way::Out).iter(), target, fact);
        let (into, _) = with(self.0.edges(target, Way::In).iter(), source, fact);
        let change_seq = self.0.change_seq;
        let recent = Arc::make_mut(&mut self.0.recent);
        recent.changes += 1;
        recent.added += usize::from(!replaced);
        recent.all_weigh_one &= fact.weight == 1.0;
        recent.out.insert(source, Arc::new(out));
        recent.into.insert(target, Arc::new(into));
        recent.patch(source, nodes, change_seq);
        recent.patch(target, nodes, change_seq);
        Ok(())
    }

    fn gone(&mut self, gone: &Gone) -> Result<()> {
        let end = |(name, own): &(String, bool)| self.0.named(name, *own);
        let label = self.0.label_number(&gone.label);
        let (Some(source), Some(target), Some(number)) = (end(&gone.from), end(&gone.to), label) else {
            return Err(Error::Corrupt { what: "ends of a relation" });
        };
        let word = number | if gone.persona.is_some() { OWN } else { 0 };
        let from = gone.valid_from.map_or(i64::MIN, |time| time.as_millis());
        let (out, found) = without(self.0.edges(source, Way::Out).iter(), (target, word, from));
        let (into, _) = without(self.0.edges(target, Way::In).iter(), (source, word, from));
        let (nodes, change_seq) = (self.0.len(), self.0.change_seq);
        let recent = Arc::make_mut(&mut self.0.recent);
        recent.changes += 1;
        recent.gone += usize::from(found);
        recent.out.insert(source, Arc::new(out));
        recent.into.insert(target, Arc::new(into));
        recent.patch(source, nodes, change_seq);
        recent.patch(target, nodes, change_seq);
        Ok(())
    }

    /// The snapshot; folded, if much was written.
    pub(super) fn finish(self) -> Snapshot {
        let snapshot = self.0;
        let limit = FOLDED_AFTER.max(snapshot.base.lists.facts.len() / RELATIONS_A_WRITE);
        if snapshot.recent.changes > limit { snapshot.folded() } else { snapshot }
    }
}

const TOO_LARGE: Error = Error::Corrupt { what: "more than four thousand million entities or relations" };

/// A list with one relation more, or with another fact for one that it has; and whether it had it.
fn with(items: impl Iterator<Item = (u32, Fact)>, end: u32, fact: Fact) -> (List, bool) {
    let mut items: Vec<(u32, Fact)> = items.collect();
    let same =
        |(there, known): &&mut (u32, Fact)| (*there, known.word, known.from) == (end, fact.word, fact.from);
    let replaced = match items.iter_mut().find(same) {
        Some(known) => {
            known.1 = fact;
            true
        }
        None => {
            items.push((end, fact));
            false
        }
    };
    (List::new(items), replaced)
}

/// A list without a relation, and whether it had it.
fn without(items: impl Iterator<Item = (u32, Fact)>, (end, word, from): (u32, u32, i64)) -> (List, bool) {
    let mut items: Vec<(u32, Fact)> = items.collect();
    let before = items.len();
    items.retain(|(there, known)| (*there, known.word, known.from) != (end, word, from));
    let found = items.len() < before;
    (List::new(items), found)
}

impl Snapshot {
    /// The same graph with these relations besides, whose labels have these numbers: new ones come after those that it has.
    pub(crate) fn with(self: &Arc<Self>, labels: Vec<String>, mut relations: Vec<(u32, u32, Fact)>) -> Self {
        let mut draft = Draft::of(Arc::clone(self), self.change_seq);
        let recent = Arc::make_mut(&mut draft.0.recent);
        recent.labels.extend(labels);
        recent.added += relations.len();
        recent.changes += relations.len();
        recent.all_weigh_one &= relations.iter().all(|(_, _, fact)| fact.weight == 1.0);
        let (nodes, change_seq) = (self.len(), self.change_seq);
        for way in [Way::Out, Way::In] {
            relations.sort_by_key(|&(source, target, _)| if way == Way::Out { source } else { target });
            let here =
                |&(source, target, _): &(u32, u32, Fact)| if way == Way::Out { source } else { target };
            for group in relations.chunk_by(|a, b| here(a) == here(b)) {
                let node = here(&group[0]);
                let there = |&(source, target, fact)| (if way == Way::Out { target } else { source }, fact);
                let list = List::new(self.edges(node, way).iter().chain(group.iter().map(there)).collect());
                let lists = if way == Way::Out { &mut recent.out } else { &mut recent.into };
                lists.insert(node, Arc::new(list));
                recent.patch(node, nodes, change_seq);
            }
        }
        draft.finish()
    }

    /// How many labels of relations there are.
    pub(crate) fn labels(&self) -> usize {
        self.base.relation_labels.len() + self.recent.labels.len()
    }

    /// The same graph with nothing beside its arrays.
    fn folded(&self) -> Self {
        let mut base = Base::empty(self.base.persona.clone());
        for node in self.nodes() {
            base.push_entity(self.name(node), self.is_own(node), self.label(node), self.aliases(node));
        }
        for number in 0..self.base.relation_labels.len() + self.recent.labels.len() {
            base.relation_labels.push(self.relation_label(number as u32));
        }
        let mut builder = Builder::new(self.len() as u32);
        for (source, target, fact) in self.each_relation() {
            builder.push(source, target, fact);
        }
        base.lists = builder.finish();
        // Entities and labels keep their numbers.
        let recent = Recent { trail: self.recent.trail.clone(), ..Recent::default() };
        Self { recent: Arc::new(recent), ..Self::new(base, self.change_seq) }
    }

    pub(super) fn new(base: Base, change_seq: i64) -> Self {
        Self { base: Arc::new(base), recent: Arc::default(), change_seq }
    }
}

impl Base {
    pub(super) fn empty(persona: Option<String>) -> Self {
        Self {
            persona,
            names: Names::default(),
            own: Vec::new(),
            label_of: Vec::new(),
            entity_labels: Names::default(),
            aliases: Names::default(),
            alias_of: Vec::new(),
            relation_labels: Names::default(),
            lists: Builder::new(0).finish(),
            scratches: Scratches::default(),
        }
    }

    pub(super) fn push_entity<'a>(
        &mut self,
        name: &str,
        own: bool,
        label: Option<&str>,
        aliases: impl IntoIterator<Item = &'a str>,
    ) {
        let node = self.names.len() as u32;
        self.names.push(name);
        self.own.push(own);
        self.label_of.push(label.map_or(NO_LABEL, |label| {
            let known = self.entity_labels.find(label).next();
            known.unwrap_or_else(|| {
                self.entity_labels.push(label);
                self.entity_labels.len() as u32 - 1
            })
        }));
        for alias in aliases {
            self.aliases.push(alias);
            self.alias_of.push(node);
        }
    }
}
