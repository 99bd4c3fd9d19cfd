//! Where is there a chain of this shape?

use std::sync::Arc;

use super::asked::{Asked, check_limit, weight_and_time_methods};
use super::{Entity, Graph, Relation, entities, example};
use crate::error::{Error, Result};
use crate::graph::answers::{Key, Weigh};
use crate::graph::arrays::{Fact, Snapshot, Way};
use crate::graph::walk::{self, Bound, Direction, Leg, Place};
use crate::model::limits::GRAPH_DEPTH_MAX;

/// Chains of an answer, unless said otherwise.
const LIMIT: usize = 10_000;

/// A question for chains of entities and relations; see [`Graph::pattern`].
///
/// It begins with any entity; [`named`](PatternSearch::named) and [`labelled`](PatternSearch::labelled) say more of the
/// last one. Each [`relation`](PatternSearch::relation) leads on to a further one. An entity may come several times in a
/// chain, a relation may not.
///
/// It costs what is read: from the first entity on, the relations of every entity that a chain may go on from; and, for
/// an entity that is named further on, those of all from which it can be reached, once a step. A chain that begins
/// anywhere reads the whole graph, until there are as many as wanted. Where no chain can end, none is begun: whether the rest
/// can be had is found out once a step and entity. Only one that would have to come through its own relations again is looked
/// for until all ways are tried, which a deadline ends.
///
#[doc = example!(
    "let found = graph.pattern().labelled(\"person\").relation(\"lives_in\").labelled(\"place\").run()?;"
    "assert_eq!(found.len(), 2); // Pepys and Penn"
)]
#[derive(Debug, Clone)]
pub struct PatternSearch<'g> {
    graph: &'g Graph,
    entities: Vec<EntityAsked>,
    relations: Vec<RelationAsked>,
    limit: usize,
    asked: Asked,
    misplaced: bool,
}

#[derive(Debug, Clone, Default)]
struct EntityAsked {
    name: Option<String>,
    label: Option<String>,
}

#[derive(Debug, Clone)]
struct RelationAsked {
    label: Option<String>,
    direction: Direction,
}

impl<'g> PatternSearch<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        Self {
            graph,
            entities: vec![EntityAsked::default()],
            relations: Vec::new(),
            limit: LIMIT,
            asked: Asked::default(),
            misplaced: false,
        }
    }

    weight_and_time_methods!("let asked = graph.pattern().relation(\"met\");");

    /// The last entity has this name, or alias.
    ///
    #[doc = example!("assert_eq!(graph.pattern().named(\"Pepys\").relation(\"met\").run()?.len(), 1);")]
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        if let Some(last) = self.entities.last_mut() {
            last.name = Some(name.into());
        }
        self
    }

    /// The last entity has this label.
    ///
    #[doc = example!("assert_eq!(graph.pattern().labelled(\"person\").run()?.len(), 4);")]
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        if let Some(last) = self.entities.last_mut() {
            last.label = Some(label.into());
        }
        self
    }

    fn leg(mut self, label: Option<String>) -> Self {
        self.relations.push(RelationAsked { label, direction: Direction::Out });
        self.entities.push(EntityAsked::default());
        self
    }

    /// From there a relation of this label leads to a further entity; outwards unless said.
    ///
    #[doc = example!("assert_eq!(graph.pattern().relation(\"met\").relation(\"met\").run()?.len(), 1);")]
    #[must_use]
    pub fn relation(self, label: impl Into<String>) -> Self {
        self.leg(Some(label.into()))
    }

    /// From there any relation leads to a further entity; outwards unless said.
    ///
    #[doc = example!("assert_eq!(graph.pattern().any_relation().named(\"Seething Lane\").run()?.len(), 2);")]
    #[must_use]
    pub fn any_relation(self) -> Self {
        self.leg(None)
    }

    /// In which direction the last relation is followed.
    ///
    #[doc = example!(
        "let asked = graph.pattern().named(\"Penn\").relation(\"met\").direction(Direction::In);"
        "assert_eq!(asked.run()?.len(), 1);"
    )]
    #[must_use]
    pub fn direction(mut self, direction: Direction) -> Self {
        match self.relations.last_mut() {
            Some(last) => last.direction = direction,
            None => self.misplaced = true,
        }
        self
    }

    /// At most so many chains, the first ones: 1 to 1,000,000; 10,000 unless said.
    ///
    #[doc = example!("assert_eq!(graph.pattern().any_relation().limit(2).run()?.len(), 2);")]
    #[must_use]
    pub fn limit(mut self, chains: usize) -> Self {
        self.limit = chains;
        self
    }

    /// Asks.
    ///
    /// # Errors
    /// `NotFound` for an unknown name, `InvalidInput` for more than 64 relations, a direction before there is a relation,
    /// or a limit out of its range.
    ///
    #[doc = example!("assert!(graph.pattern().named(\"Nobody\").run().is_err());")]
    pub fn run(self) -> Result<Matches> {
        check_limit(self.limit)?;
        if self.misplaced {
            return Err(Error::invalid("direction", "is said before there is a relation"));
        }
        if self.relations.len() > GRAPH_DEPTH_MAX as usize {
            return Err(Error::invalid("relation", "more than 64 are given"));
        }
        self.graph.ask(
            |snapshot, limits| {
                let places = self.entities.iter().map(|asked| {
                    let node = asked.name.as_ref().map(|name| snapshot.find(name)).transpose()?;
                    Ok(Place { node, label: asked.label.clone() })
                });
                let places: Vec<Place> = places.collect::<Result<_>>()?;
                let legs = self.relations.iter().map(|relation| {
                    let labels = relation.label.iter().cloned().collect();
                    let asked = Asked { labels, ..self.asked.clone() };
                    Ok(Leg { direction: relation.direction, conditions: asked.meant(snapshot)? })
                });
                let legs: Vec<Leg> = legs.collect::<Result<_>>()?;
                let key = || {
                    let key = Key::new("pattern", snapshot).with(self.limit as u64).with(legs.len() as u64);
                    let key = places.iter().fold(key, |key, place| {
                        let key = key.with(place.node.map_or(u64::MAX, u64::from));
                        key.with_text(place.label.as_deref())
                    });
                    legs.iter().fold(key, |key, leg| {
                        key.with_direction(leg.direction).with_conditions(&leg.conditions)
                    })
                };
                let bound = self.graph.kept(snapshot, key, |touched| {
                    walk::matches(snapshot, (&places, &legs), self.limit, touched, limits)
                })?;
                Ok(Matches { snapshot: Arc::clone(snapshot), bound, legs: legs.len() })
            },
            Matches::len,
        )
    }
}

/// Chains that were found, in the order in which their entities were made: by the first entity, then by the second, and
/// so on; relations outwards before those inwards.
///
#[doc = example!("assert!(graph.pattern().relation(\"owes\").run()?.is_empty());")]
#[derive(Clone)]
pub struct Matches {
    snapshot: Arc<Snapshot>,
    bound: Arc<Bound>,
    legs: usize,
}

impl Weigh for Bound {
    fn bytes(&self) -> usize {
        self.nodes.capacity() * 4 + self.facts.capacity() * size_of::<(Way, Fact)>() + size_of::<Self>()
    }
}

/// A chain of entities, and the relations that lead from each to the next.
///
#[doc = example!(
    "let found = graph.pattern().named(\"Pepys\").relation(\"met\").relation(\"met\").run()?;"
    "let names: Vec<&str> = found.iter().next().unwrap().entities().map(|entity| entity.name).collect();"
    "assert_eq!(names, [\"Pepys\", \"Batten\", \"Penn\"]);"
)]
#[derive(Clone, Copy)]
pub struct Match<'a> {
    snapshot: &'a Snapshot,
    nodes: &'a [u32],
    facts: &'a [(Way, Fact)],
}

impl Matches {
    /// How many there are.
    ///
    #[doc = example!("assert_eq!(graph.pattern().relation(\"met\").run()?.len(), 2);")]
    pub fn len(&self) -> usize {
        self.bound.count
    }

    /// Whether there are none.
    ///
    #[doc = example!("assert!(!graph.pattern().relation(\"met\").run()?.is_empty());")]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One after the other.
    ///
    #[doc = example!("assert_eq!(graph.pattern().relation(\"met\").run()?.iter().count(), 2);")]
    pub fn iter(&self) -> impl Iterator<Item = Match<'_>> {
        let legs = self.legs;
        (0..self.len()).map(move |place| Match {
            snapshot: &self.snapshot,
            nodes: &self.bound.nodes[place * (legs + 1)..][..legs + 1],
            facts: &self.bound.facts[place * legs..][..legs],
        })
    }
}

impl std::fmt::Debug for Matches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> Match<'a> {
    /// Its entities, from the first to the last.
    ///
    #[doc = example!(
        "let found = graph.pattern().relation(\"married\").run()?;"
        "assert_eq!(found.iter().next().unwrap().entities().count(), 2);"
    )]
    pub fn entities(&self) -> impl Iterator<Item = Entity<'a>> + use<'a> {
        let snapshot = self.snapshot;
        self.nodes.iter().map(move |&node| entities::entity(snapshot, node))
    }

    /// Its relations, from the first to the last, each as it is told: one that was followed inwards leads from the later
    /// entity to the earlier.
    ///
    #[doc = example!(
        "let found = graph.pattern().named(\"Penn\").relation(\"met\").direction(Direction::In).run()?;"
        "assert_eq!(found.iter().next().unwrap().relations().next().unwrap().from, \"Batten\");"
    )]
    pub fn relations(&self) -> impl Iterator<Item = Relation> + use<'a> {
        let snapshot = self.snapshot;
        self.facts.iter().zip(self.nodes.windows(2)).map(move |(&(way, fact), pair)| match way {
            Way::Out => Relation::new(snapshot, pair[0], pair[1], fact),
            Way::In => Relation::new(snapshot, pair[1], pair[0], fact),
        })
    }
}

impl std::fmt::Debug for Match<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.relations()).finish()
    }
}
