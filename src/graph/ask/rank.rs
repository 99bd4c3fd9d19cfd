//! Who matters?

use super::asked::{check_limit, check_names};
use super::{Graph, Scores, example, find_all};
use crate::error::{Error, Result};
use crate::graph::answers::Key;
use crate::graph::arrays::Snapshot;
use crate::graph::measure::{self, Closeness, Heard, Mesh, Rank, Watch, Weights, progress_methods};
use crate::graph::walk::Direction;
use crate::model::limits::GRAPH_RESULTS_MAX;

/// Entities up to which closeness and betweenness are exact unless said otherwise; with more, so many stand for all.
const EXACT_MAX: usize = 2_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    PageRank,
    Degree,
    Clustering,
    Closeness(Closeness),
    Betweenness,
    Eigenvector,
}

impl By {
    /// Which it is, for the key of an answer.
    fn number(self) -> u64 {
        match self {
            Self::PageRank => 0,
            Self::Degree => 1,
            Self::Clustering => 2,
            Self::Closeness(Closeness::Mean) => 3,
            Self::Closeness(Closeness::Harmonic) => 4,
            Self::Betweenness => 5,
            Self::Eigenvector => 6,
        }
    }
}

/// A question for who matters; see [`Graph::rank`].
///
#[doc = example!(
    "let degrees = graph.rank().degree().run()?;"
    "assert_eq!(degrees.get(\"Pepys\")?, 3.0);"
)]
#[derive(Debug, Clone)]
pub struct RankSearch<'g> {
    graph: &'g Graph,
    by: By,
    direction: Option<Direction>,
    seeds: Vec<String>,
    by_weight: bool,
    damping: f64,
    iterations: Option<u32>,
    exact_max: usize,
    seed: u64,
    limit: usize,
    listener: Heard<'g>,
}

impl<'g> RankSearch<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        Self {
            graph,
            by: By::PageRank,
            direction: None,
            seeds: Vec::new(),
            by_weight: true,
            damping: 0.85,
            iterations: None,
            exact_max: EXACT_MAX,
            seed: 0,
            limit: GRAPH_RESULTS_MAX,
            listener: Heard::default(),
        }
    }

    progress_methods!('g, "sources, steps or entities", "let mut asked = graph.rank().betweenness();");

    /// By PageRank, the default: where a walk along the relations, outwards and by weight, is found most often.
    ///
    #[doc = example!("assert_eq!(graph.rank().page_rank().run()?.len(), 5);")]
    #[must_use]
    pub fn page_rank(mut self) -> Self {
        self.by = By::PageRank;
        self
    }

    /// PageRank as seen from some entities: the walk returns to these.
    ///
    #[doc = example!("assert_eq!(graph.rank().seen_from([\"Penn\"]).run()?.get(\"Elizabeth\")?, 0.0);")]
    #[must_use]
    pub fn seen_from(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.by = By::PageRank;
        self.seeds = names.into_iter().map(Into::into).collect();
        self
    }

    /// With which chance the walk goes on: 0 to less than 1; 0.85 unless said.
    ///
    #[doc = example!("assert!(graph.rank().damping(0.5).run().is_ok());")]
    #[must_use]
    pub fn damping(mut self, chance: f64) -> Self {
        self.damping = chance;
        self
    }

    /// Steps of the computation at most: 1 to 10,000. It ends earlier when nothing changes any more. Unless said, PageRank
    /// takes 100, and gives what it has then; the eigenvector 1,000, and fails if it has not settled.
    ///
    #[doc = example!("assert!(graph.rank().iterations(20).run().is_ok());")]
    #[must_use]
    pub fn iterations(mut self, most: u32) -> Self {
        self.iterations = Some(most);
        self
    }

    /// PageRank or eigenvector for which every relation counts the same.
    ///
    #[doc = example!("assert!(graph.rank().unweighted().run().is_ok());")]
    #[must_use]
    pub fn unweighted(mut self) -> Self {
        self.by_weight = false;
        self
    }

    /// By how many relations it has, in either direction unless said; parallel ones count each.
    ///
    #[doc = example!("assert_eq!(graph.rank().degree().direction(Direction::Out).run()?.get(\"Pepys\")?, 3.0);")]
    #[must_use]
    pub fn degree(mut self) -> Self {
        self.by = By::Degree;
        self
    }

    /// By the share of pairs of its neighbours that are neighbours of each other.
    ///
    #[doc = example!("assert_eq!(graph.rank().clustering().run()?.get(\"Pepys\")?, 0.0);")]
    #[must_use]
    pub fn clustering(mut self) -> Self {
        self.by = By::Clustering;
        self
    }

    /// By one by the mean distance to those that it reaches, times the share of all others that it reaches; by hops,
    /// outwards unless said. Exact up to 2,000 entities, then sampled; see [`RankSearch::exact_up_to`].
    ///
    #[doc = example!("assert_eq!(graph.rank().closeness().direction(Direction::Both).run()?.get(\"Pepys\")?, 0.8);")]
    #[must_use]
    pub fn closeness(mut self) -> Self {
        self.by = By::Closeness(Closeness::Mean);
        self
    }

    /// By the sum of one by the distance to each other entity; by hops, outwards unless said. Exact up to 2,000
    /// entities, then sampled; see [`RankSearch::exact_up_to`].
    ///
    #[doc = example!("assert_eq!(graph.rank().harmonic().run()?.get(\"Pepys\")?, 3.5);")]
    #[must_use]
    pub fn harmonic(mut self) -> Self {
        self.by = By::Closeness(Closeness::Harmonic);
        self
    }

    /// By how many shortest ways between others lead through it, outwards unless said. Of both directions, each pair
    /// counts once. Exact up to 2,000 entities, then sampled; see [`RankSearch::exact_up_to`].
    ///
    #[doc = example!("assert_eq!(graph.rank().betweenness().run()?.get(\"Batten\")?, 1.0);")]
    #[must_use]
    pub fn betweenness(mut self) -> Self {
        self.by = By::Betweenness;
        self
    }

    /// By the eigenvector: whoever is connected with those who matter, matters. The figure of each is, in proportion, the sum
    /// of those from whom relations lead to it, by weight; their squares add up to 1. Relations of weight 0 and less count for
    /// nothing, parallel ones together. As in networkx, a relation gives to where it leads: outwards unless said; of both
    /// directions, to either end.
    ///
    /// It is computed by the power method (R. von Mises and H. Pollaczek-Geiringer, 1929; as a measure of who matters,
    /// P. Bonacich, 1972). Where it does not settle within the [`iterations`](RankSearch::iterations), [`RankSearch::run`]
    /// fails rather than giving figures that depend on where it began: so it is outwards in a graph without a circle, where
    /// [`Direction::Both`] or PageRank has an answer.
    ///
    #[doc = example!(
        "let ranks = graph.rank().eigenvector().direction(Direction::Both).run()?;"
        "assert_eq!(ranks.iter().next().unwrap().name, \"Batten\");"
        "assert!(graph.rank().eigenvector().run().is_err()); // nothing leads back"
    )]
    #[must_use]
    pub fn eigenvector(mut self) -> Self {
        self.by = By::Eigenvector;
        self
    }

    /// In which direction relations are followed, where the measure has a choice.
    ///
    #[doc = example!("assert_eq!(graph.rank().degree().direction(Direction::In).run()?.get(\"Penn\")?, 1.0);")]
    #[must_use]
    pub fn direction(mut self, direction: Direction) -> Self {
        self.direction = Some(direction);
        self
    }

    /// Up to so many entities closeness and betweenness are exact, for more that many stand for all, chosen by `seed`:
    /// 1 to 1,000,000; 2,000 unless said.
    ///
    #[doc = example!("assert_eq!(graph.rank().betweenness().exact_up_to(3, 7).run()?.len(), 5);")]
    #[must_use]
    pub fn exact_up_to(mut self, entities: usize, seed: u64) -> Self {
        (self.exact_max, self.seed) = (entities, seed);
        self
    }

    /// At most so many entities, the greatest: 1 to 1,000,000.
    ///
    #[doc = example!("assert_eq!(graph.rank().limit(2).run()?.len(), 2);")]
    #[must_use]
    pub fn limit(mut self, entities: usize) -> Self {
        self.limit = entities;
        self
    }

    /// Asks.
    ///
    /// # Errors
    /// `NotFound` for an unknown name, `InvalidInput` for a value out of its range or an eigenvector that has not settled,
    /// `Cancelled` or `DeadlineExceeded` as the store's handle says.
    ///
    #[doc = example!("assert!(graph.rank().damping(1.5).run().is_err());")]
    pub fn run(mut self) -> Result<Scores> {
        check_limit(self.limit)?;
        check_names(&self.seeds, true)?;
        if !(0.0..1.0).contains(&self.damping) {
            return Err(Error::invalid("damping", "is not between 0 and less than 1"));
        }
        if self.iterations.is_some_and(|most| !(1..=10_000).contains(&most)) {
            return Err(Error::invalid("iterations", "is not between 1 and 10,000"));
        }
        if !(1..=GRAPH_RESULTS_MAX).contains(&self.exact_max) {
            return Err(Error::invalid("exact_up_to", "is not between 1 and 1,000,000"));
        }
        let mut listener = std::mem::take(&mut self.listener);
        self.graph.ask_all(
            |snapshot, limits| {
                let watch = &listener.watch(limits);
                watch.reached(0, None)?;
                let seeds = find_all(snapshot, &self.seeds)?;
                let scores = self.graph.kept(
                    snapshot,
                    || self.key(snapshot, &seeds),
                    |touched| {
                        touched.everything();
                        Ok(Scores::greatest(self.scores(snapshot, &seeds, watch)?, self.limit))
                    },
                )?;
                Ok(Scores::new(snapshot, scores))
            },
            Scores::len,
        )
    }

    fn key(&self, snapshot: &Snapshot, seeds: &[u32]) -> Key {
        let key = Key::new("rank", snapshot).with(self.by.number()).with_nodes(seeds);
        let key = key.with(self.direction.map_or(u64::MAX, |direction| direction as u64));
        let key = key
            .with(self.by_weight)
            .with_number(self.damping)
            .with(self.iterations.map_or(u64::MAX, u64::from));
        key.with(self.exact_max as u64).with(self.seed).with(self.limit as u64)
    }

    fn scores(&self, snapshot: &Snapshot, seeds: &[u32], watch: &Watch<'_>) -> Result<Vec<(u32, f64)>> {
        let outwards = self.direction.unwrap_or(Direction::Out);
        let sample = (self.exact_max, self.seed);
        let scores = match self.by {
            By::PageRank => {
                let how = Rank {
                    damping: self.damping,
                    iterations: self.iterations.unwrap_or(100),
                    tolerance: 1e-10,
                    by_weight: self.by_weight,
                    seeds,
                };
                measure::rank(snapshot, &how, watch)?
            }
            By::Degree => measure::degrees(snapshot, self.direction.unwrap_or(Direction::Both)),
            By::Clustering => measure::clustering(snapshot, watch)?,
            By::Closeness(sort) => measure::closeness(snapshot, sort, outwards, sample, watch)?,
            By::Betweenness => {
                let mesh = Mesh::new(snapshot, outwards, Weights::None, watch)?;
                let mut scores = measure::betweenness(&mesh, sample, watch)?;
                if outwards == Direction::Both {
                    scores.iter_mut().for_each(|score| *score /= 2.0);
                }
                scores
            }
            By::Eigenvector => {
                let weights = if self.by_weight { Weights::Sum } else { Weights::Count };
                // Everybody receives along the relations that lead there.
                let mesh = Mesh::new(snapshot, outwards.reversed(), weights, watch)?;
                measure::eigenvector(&mesh, self.iterations.unwrap_or(1_000), watch)?
            }
        };
        Ok(snapshot.nodes().zip(scores).collect())
    }
}
