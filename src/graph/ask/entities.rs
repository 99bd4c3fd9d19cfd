//! Which entities are there, and what is known of one?

use std::sync::Arc;

use super::asked::check_limit;
use super::{AnsweredFrom, Graph, example};
use crate::error::Result;
use crate::graph::arrays::{Snapshot, Way};
use crate::model::Metadata;
use crate::model::limits::GRAPH_RESULTS_MAX;

/// An entity in an answer.
///
#[doc = example!("assert_eq!(graph.entities().run()?.iter().next().unwrap().label, Some(\"person\"));")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entity<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is, such as `person`.
    pub label: Option<&'a str>,
    /// Whether it is shared by all personas.
    pub shared: bool,
}

/// What is known of one entity.
///
#[doc = example!("assert!(graph.entity(\"Batten\")?.shared);")]
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EntityDetails {
    /// Its name.
    pub name: String,
    /// What it is, such as `person`.
    pub label: Option<String>,
    /// Other names for it, sorted.
    pub aliases: Vec<String>,
    /// What else is known of it, as the file has it now, also for a handle that stays at one commit.
    pub properties: Metadata,
    /// Whether it is shared by all personas.
    pub shared: bool,
    /// Relations that start here.
    pub relations_out: usize,
    /// Relations that end here.
    pub relations_in: usize,
    /// Whether this came from arrays in memory, or from rows.
    pub answered_from: AnsweredFrom,
}

pub(super) fn details(snapshot: &Snapshot, node: u32) -> EntityDetails {
    EntityDetails {
        name: snapshot.name(node).to_owned(),
        label: snapshot.label(node).map(str::to_owned),
        aliases: snapshot.aliases(node).map(str::to_owned).collect(),
        properties: Metadata::default(),
        shared: !snapshot.is_own(node),
        relations_out: snapshot.degree(node, Way::Out),
        relations_in: snapshot.degree(node, Way::In),
        answered_from: AnsweredFrom::of(snapshot),
    }
}

pub(super) fn entity(snapshot: &Snapshot, node: u32) -> Entity<'_> {
    Entity { name: snapshot.name(node), label: snapshot.label(node), shared: !snapshot.is_own(node) }
}

/// A question for entities; see [`Graph::entities`].
///
#[doc = example!("let first = graph.entities().limit(2).run()?;" "assert_eq!(first.len(), 2);")]
#[derive(Debug, Clone)]
pub struct Entities<'g> {
    graph: &'g Graph,
    label: Option<String>,
    skip: usize,
    limit: usize,
}

impl<'g> Entities<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        Self { graph, label: None, skip: 0, limit: GRAPH_RESULTS_MAX }
    }

    /// Only entities of this label.
    ///
    #[doc = example!("assert_eq!(graph.entities().label(\"person\").run()?.len(), 4);")]
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Leaves out the first so many.
    ///
    #[doc = example!("assert_eq!(graph.entities().skip(3).run()?.len(), 2);")]
    #[must_use]
    pub fn skip(mut self, entities: usize) -> Self {
        self.skip = entities;
        self
    }

    /// At most so many: 1 to 1,000,000.
    ///
    #[doc = example!("assert_eq!(graph.entities().limit(3).run()?.len(), 3);")]
    #[must_use]
    pub fn limit(mut self, entities: usize) -> Self {
        self.limit = entities;
        self
    }

    /// Asks.
    ///
    /// # Errors
    /// `InvalidInput` for a limit out of its range.
    ///
    #[doc = example!("assert_eq!(graph.entities().run()?.len(), 5);")]
    pub fn run(self) -> Result<EntityList> {
        check_limit(self.limit)?;
        let asked = |snapshot: &Arc<Snapshot>| {
            let wanted = snapshot
                .nodes()
                .filter(|&node| snapshot.has(node))
                .filter(|&node| self.label.is_none() || snapshot.label(node) == self.label.as_deref());
            let nodes = wanted.skip(self.skip).take(self.limit).collect();
            EntityList { snapshot: Arc::clone(snapshot), nodes }
        };
        self.graph.ask(|snapshot, _| Ok(asked(snapshot)), EntityList::len)
    }
}

/// Entities, as an answer.
///
#[doc = example!("assert!(!graph.entities().run()?.is_empty());")]
#[derive(Clone)]
pub struct EntityList {
    snapshot: Arc<Snapshot>,
    nodes: Vec<u32>,
}

impl EntityList {
    /// How many there are.
    ///
    #[doc = example!("assert_eq!(graph.entities().run()?.len(), 5);")]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    ///
    #[doc = example!("assert!(graph.entities().label(\"ship\").run()?.is_empty());")]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// One after the other.
    ///
    #[doc = example!("assert_eq!(graph.entities().run()?.iter().next().unwrap().name, \"Pepys\");")]
    pub fn iter(&self) -> impl Iterator<Item = Entity<'_>> {
        self.nodes.iter().map(|&node| entity(&self.snapshot, node))
    }
}

impl std::fmt::Debug for EntityList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
