//! Of what are arrays made? Of rows, in their order, or of older arrays and what was written since.

use std::sync::OnceLock;

use super::lists::Builder;
use super::names::Names;
use super::recent::Recent;
use super::{Base, NO_LABEL, Scratches, Snapshot};

impl Snapshot {
    /// The same graph with nothing beside its arrays.
    pub(super) fn folded(&self) -> Self {
        let mut base = Base::empty(self.base.scope);
        // Where the numbers of those that are gone were, the later ones move up.
        let mut numbers = Vec::with_capacity(self.len());
        for node in self.nodes() {
            numbers.push(base.names.len() as u32);
            if !self.recent.without.contains(&node) {
                let (name, own) = (self.name(node), self.is_own(node));
                base.push_entity(self.entity_id(node), name, own, self.label(node), self.aliases(node));
            }
        }
        for number in 0..self.base.relation_labels.len() + self.recent.labels.len() {
            let label_id = match number.checked_sub(self.base.label_ids.len()) {
                Some(new) => self.recent.labels[new].0,
                None => self.base.label_ids[number],
            };
            base.push_label(label_id, self.relation_label(number as u32));
        }
        let mut builder = Builder::new(base.names.len() as u32);
        for (source, target, fact) in self.each_relation() {
            builder.push(numbers[source as usize], numbers[target as usize], fact);
        }
        base.lists = builder.finish();
        base.shrink();
        let folded = Self::new(base, self.change_seq);
        if self.has_gaps() {
            return folded;
        }
        // Entities and labels keep their numbers.
        let recent = Recent::after(self.recent.trail.clone());
        Self { recent: recent.into(), ..folded }
    }

    pub(super) fn new(base: Base, change_seq: i64) -> Self {
        Self { base: base.into(), recent: Default::default(), change_seq }
    }
}

impl Base {
    pub(super) fn empty(scope: i64) -> Self {
        Self {
            part: None,
            scope,
            ids: Vec::new(),
            names: Names::default(),
            own: Vec::new(),
            label_of: Vec::new(),
            entity_labels: Names::default(),
            aliases: Names::default(),
            alias_of: Vec::new(),
            relation_labels: Names::default(),
            label_ids: Vec::new(),
            lists: Builder::new(0).finish(),
            negative: OnceLock::new(),
            scratches: Scratches::default(),
        }
    }

    pub(super) fn push_entity<'a>(
        &mut self,
        entity_id: i64,
        name: &str,
        own: bool,
        label: Option<&str>,
        aliases: impl IntoIterator<Item = &'a str>,
    ) {
        let node = self.names.len() as u32;
        self.ids.push(entity_id);
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

    pub(super) fn push_label(&mut self, label_id: i64, name: &str) {
        self.label_ids.push(label_id);
        self.relation_labels.push(name);
    }

    pub(super) fn shrink(&mut self) {
        self.ids.shrink_to_fit();
        self.names.shrink();
        self.aliases.shrink();
    }
}
