//! Who is like this one?

use super::asked::check_limit;
use super::{Graph, Scores, example};
use crate::error::Result;
use crate::graph::answers::Key;
use crate::graph::measure::{self, Likeness, Watch};
use crate::model::limits::GRAPH_RESULTS_MAX;

/// A question for those with neighbours in common; see [`Graph::related`].
///
/// Neighbours are those of any relation in any direction, each once.
///
#[doc = example!("assert_eq!(graph.related(\"Elizabeth\").common_neighbors().run()?.get(\"Batten\")?, 1.0);")]
#[derive(Debug, Clone)]
pub struct RelatedSearch<'g> {
    graph: &'g Graph,
    name: &'g str,
    likeness: Likeness,
    linked: bool,
    limit: usize,
}

impl<'g> RelatedSearch<'g> {
    pub(super) fn new(graph: &'g Graph, name: &'g str) -> Self {
        Self { graph, name, likeness: Likeness::AdamicAdar, linked: false, limit: GRAPH_RESULTS_MAX }
    }

    /// By how many neighbours they share.
    ///
    #[doc = example!("assert_eq!(graph.related(\"Pepys\").common_neighbors().run()?.get(\"Penn\")?, 2.0);")]
    #[must_use]
    pub fn common_neighbors(mut self) -> Self {
        self.likeness = Likeness::Common;
        self
    }

    /// By the share of common neighbours among all that either has.
    ///
    #[doc = example!("assert_eq!(graph.related(\"Elizabeth\").jaccard().run()?.get(\"Batten\")?, 0.5);")]
    #[must_use]
    pub fn jaccard(mut self) -> Self {
        self.likeness = Likeness::Jaccard;
        self
    }

    /// By common neighbours, each for one by the logarithm of how many it has itself. The default.
    ///
    #[doc = example!("assert!(graph.related(\"Pepys\").adamic_adar().run()?.get(\"Penn\")? > 2.0);")]
    #[must_use]
    pub fn adamic_adar(mut self) -> Self {
        self.likeness = Likeness::AdamicAdar;
        self
    }

    /// By common neighbours, each for one by how many it has itself.
    ///
    #[doc = example!("assert_eq!(graph.related(\"Pepys\").resource_allocation().run()?.get(\"Penn\")?, 1.0);")]
    #[must_use]
    pub fn resource_allocation(mut self) -> Self {
        self.likeness = Likeness::ResourceAllocation;
        self
    }

    /// Takes in those that have a relation with the entity already.
    ///
    #[doc = example!("assert!(graph.related(\"Pepys\").with_linked().run()?.len() >= 1);")]
    #[must_use]
    pub fn with_linked(mut self) -> Self {
        self.linked = true;
        self
    }

    /// At most so many entities, the likest: 1 to 1,000,000.
    ///
    #[doc = example!("assert_eq!(graph.related(\"Batten\").limit(1).run()?.len(), 1);")]
    #[must_use]
    pub fn limit(mut self, entities: usize) -> Self {
        self.limit = entities;
        self
    }

    /// Asks.
    ///
    /// # Errors
    /// `NotFound` for an unknown name, `InvalidInput` for a limit out of its range.
    ///
    #[doc = example!("assert!(graph.related(\"Nobody\").run().is_err());")]
    pub fn run(self) -> Result<Scores> {
        check_limit(self.limit)?;
        self.graph.ask(
            |snapshot, limits| {
                let node = snapshot.find(self.name)?;
                let key = || {
                    let key = Key::new("related", snapshot).with(node).with(self.likeness as u64);
                    key.with(self.linked).with(self.limit as u64)
                };
                let scores = self.graph.kept(snapshot, key, |touched| {
                    let found = measure::related(
                        snapshot,
                        node,
                        self.likeness,
                        self.linked,
                        touched,
                        &Watch::silent(limits),
                    )?;
                    Ok(Scores::greatest(found, self.limit))
                })?;
                Ok(Scores::new(snapshot, scores))
            },
            Scores::len,
        )
    }
}
