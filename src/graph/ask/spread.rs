//! What comes to mind?

use super::asked::{Asked, check_depth, check_limit, check_names, condition_methods};
use super::{Graph, Scores, example, find_all};
use crate::error::{Error, Result};
use crate::graph::answers::Key;
use crate::graph::walk::{self, Direction, Spread};
use crate::model::limits::GRAPH_RESULTS_MAX;

/// A question for what is activated by some entities; see [`Graph::spread`].
///
/// Each begins with an equal part of 1. At every step, whoever was just activated passes on a part of it, shared among
/// its relations by weight; those of weight 0 and less carry nothing. A score is all that arrived.
///
#[doc = example!("assert_eq!(graph.spread([\"Elizabeth\"]).depth(1).run()?.get(\"Pepys\")?, 0.5);")]
#[derive(Debug, Clone)]
pub struct SpreadSearch<'g> {
    graph: &'g Graph,
    names: Vec<String>,
    how: How,
    limit: usize,
    asked: Asked,
}

#[derive(Debug, Clone)]
struct How {
    depth: u32,
    decay: f64,
    direction: Direction,
    by_weight: bool,
}

impl<'g> SpreadSearch<'g> {
    pub(super) fn new(graph: &'g Graph, names: Vec<String>) -> Self {
        let how = How { depth: 3, decay: 0.5, direction: Direction::Both, by_weight: true };
        Self { graph, names, how, limit: GRAPH_RESULTS_MAX, asked: Asked::default() }
    }

    condition_methods!("let asked = graph.spread([\"Pepys\"]);");

    /// How many steps it goes: 1 to 64; 3 unless said.
    ///
    #[doc = example!("assert_eq!(graph.spread([\"Elizabeth\"]).depth(1).run()?.len(), 1);")]
    #[must_use]
    pub fn depth(mut self, steps: u32) -> Self {
        self.how.depth = steps;
        self
    }

    /// Which part of it is passed on at each step: more than 0, up to 1; 0.5 unless said.
    ///
    #[doc = example!("assert_eq!(graph.spread([\"Elizabeth\"]).depth(1).decay(0.8).run()?.get(\"Pepys\")?, 0.8);")]
    #[must_use]
    pub fn decay(mut self, part: f64) -> Self {
        self.how.decay = part;
        self
    }

    /// In which direction it goes; in either unless said.
    ///
    #[doc = example!("assert!(graph.spread([\"Elizabeth\"]).direction(Direction::Out).run()?.is_empty());")]
    #[must_use]
    pub fn direction(mut self, direction: Direction) -> Self {
        self.how.direction = direction;
        self
    }

    /// Every relation carries the same.
    ///
    #[doc = example!("assert!(graph.spread([\"Pepys\"]).unweighted().run()?.get(\"Batten\")? > 0.1);")]
    #[must_use]
    pub fn unweighted(mut self) -> Self {
        self.how.by_weight = false;
        self
    }

    /// At most so many entities, the most active: 1 to 1,000,000.
    ///
    #[doc = example!("assert_eq!(graph.spread([\"Pepys\"]).limit(1).run()?.len(), 1);")]
    #[must_use]
    pub fn limit(mut self, entities: usize) -> Self {
        self.limit = entities;
        self
    }

    /// Asks. Those that it began with are left out.
    ///
    /// # Errors
    /// `NotFound` for an unknown name, `InvalidInput` for a value out of its range.
    ///
    #[doc = example!("assert!(graph.spread([\"Pepys\"]).decay(2.0).run().is_err());")]
    pub fn run(self) -> Result<Scores> {
        check_depth(self.how.depth)?;
        if self.how.depth == 0 {
            return Err(Error::invalid("depth", "is not between 1 and 64"));
        }
        check_limit(self.limit)?;
        check_names(&self.names, false)?;
        let How { depth, decay, direction, by_weight } = self.how;
        if !(decay > 0.0 && decay <= 1.0) {
            return Err(Error::invalid("decay", "is not more than 0 and at most 1"));
        }
        self.graph.ask(
            |snapshot, limits| {
                let seeds = find_all(snapshot, &self.names)?;
                let conditions = self.asked.meant(snapshot)?;
                let how = Spread { depth, decay, direction, by_weight };
                let key = || {
                    let key = Key::new("spread", snapshot).with_nodes(&seeds).with_conditions(&conditions);
                    let key = key.with(depth).with_number(decay).with_direction(direction);
                    key.with(by_weight).with(self.limit as u64)
                };
                let scores = self.graph.kept(snapshot, key, |touched| {
                    let mut active = walk::spread(snapshot, &seeds, &how, &conditions, touched, limits)?;
                    active.retain(|(node, _)| !seeds.contains(node));
                    Ok(Scores::greatest(active, self.limit))
                })?;
                Ok(Scores::new(snapshot, scores))
            },
            Scores::len,
        )
    }
}
