//! What was written since the arrays were made?
//!
//! The lists of the entities that a write touched, whole, in place of those in the arrays; entities and labels that are
//! new. A traversal asks one bit an entity, and only while there is anything. When it has grown, all of it is folded
//! into new arrays.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::lists::{List, Way};
use super::trail::Trail;

/// Bytes of an entry of a map besides what it leads to, about.
const ENTRY_BYTES: usize = 64;

/// What is known of an entity that is new or was changed.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) entity_id: i64,
    pub(super) name: String,
    pub(super) own: bool,
    pub(super) label: Option<String>,
    pub(super) aliases: Vec<String>,
}

impl Told {
    fn bytes(&self) -> usize {
        let texts = [&self.name].into_iter().chain(&self.label).chain(&self.aliases);
        size_of::<Self>() + texts.map(|text| size_of::<String>() + text.len()).sum::<usize>()
    }
}

#[derive(Clone)]
pub(super) struct Recent {
    /// New entities, numbered after those of the arrays.
    pub(super) entities: Vec<Arc<Told>>,
    /// Entities that are new or have another name; some may have yet another by now.
    pub(super) by_name: HashMap<String, Vec<u32>>,
    /// Entities of the arrays whose name, label or aliases changed.
    pub(super) renewed: HashMap<u32, Arc<Told>>,
    /// Entities that are gone. Their numbers are not used again, and lead nowhere.
    pub(super) without: HashSet<u32>,
    /// What lists and entities take.
    bytes: usize,
    /// New labels of relations, numbered after those of the arrays.
    pub(super) labels: Vec<(i64, String)>,
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
    pub(super) changes: usize,
    pub(super) trail: Trail,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            entities: Vec::new(),
            by_name: HashMap::new(),
            renewed: HashMap::new(),
            without: HashSet::new(),
            bytes: 0,
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
    /// Nothing yet, on the way that a trail tells of.
    pub(super) fn after(trail: Trail) -> Self {
        Self { trail, ..Self::default() }
    }

    #[inline]
    pub(super) fn is_patched(&self, node: u32) -> bool {
        self.patched.get(node as usize / 64).is_some_and(|word| word & (1 << (node % 64)) != 0)
    }

    /// Says that an entity is new or has a list here, since a change.
    pub(super) fn patch(&mut self, node: u32, nodes: usize, change_seq: i64) {
        self.trail.note(node, change_seq);
        self.patched.resize(nodes.div_ceil(64), 0);
        self.patched[node as usize / 64] |= 1 << (node % 64);
    }

    /// Puts a list in the place of the one that is there.
    pub(super) fn put_list(&mut self, node: u32, way: Way, list: List) {
        let lists = match way {
            Way::Out => &mut self.out,
            Way::In => &mut self.into,
        };
        self.bytes += ENTRY_BYTES + list.bytes();
        if let Some(before) = lists.insert(node, Arc::new(list)) {
            self.bytes -= ENTRY_BYTES + before.bytes();
        }
    }

    /// Puts what is known of an entity of the arrays, or of a new one, in the place of what was known.
    pub(super) fn put_entity(&mut self, base: usize, node: u32, told: Told) {
        let told = Arc::new(told);
        self.bytes += ENTRY_BYTES + told.bytes();
        let before = match (node as usize).checked_sub(base) {
            None => self.renewed.insert(node, told),
            Some(new) if new < self.entities.len() => Some(std::mem::replace(&mut self.entities[new], told)),
            Some(_) => {
                self.entities.push(told);
                None
            }
        };
        if let Some(before) = before {
            self.bytes -= ENTRY_BYTES + before.bytes();
        }
    }

    /// Notes that an entity has this name.
    pub(super) fn put_name(&mut self, name: &str, node: u32) {
        self.bytes += ENTRY_BYTES + name.len();
        self.by_name.entry(name.to_owned()).or_default().push(node);
    }

    /// Whether a list of a relation outwards has a weight below 0.
    pub(super) fn any_negative(&self) -> bool {
        self.out.values().any(|list| list.edges().facts.any_negative())
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes + self.patched.capacity() * 8
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
