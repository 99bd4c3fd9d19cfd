//! Which entities may be one and the same, so that somebody may look and merge them?

use std::sync::Arc;

use super::asked::check_limit;
use super::{Graph, example};
use crate::error::{Error, Result};
use crate::graph::alike::{self, Pair, Wanted};
use crate::graph::arrays::Snapshot;
use crate::graph::measure::{Heard, progress_methods};

/// Pairs that are given unless said otherwise.
const LIMIT: usize = 1_000;
/// The least score that is given unless said otherwise.
const SCORE_MIN: f64 = 0.65;

impl Graph {
    /// Pairs of entities that may be one and the same, by how their names and aliases are written and by the neighbours that they share.
    /// They are suggestions: nothing is changed, and [`Graph::merge`] makes one of two.
    ///
    #[doc = example!(
        "graph.add_entity(\"Elisabeth\").label(\"person\").save()?;"
        "let found = graph.duplicates().run()?;"
        "let pair = found.iter().next().unwrap();"
        "assert_eq!((pair.from, pair.into), (\"Elisabeth\", \"Elizabeth\"));"
        "graph.merge(pair.from, pair.into).run()?;"
    )]
    pub fn duplicates(&self) -> DuplicateSearch<'_> {
        let wanted = Wanted { score_min: SCORE_MIN, limit: LIMIT };
        DuplicateSearch { graph: self, wanted, listener: Heard::default() }
    }
}

/// A question for entities that may be the same; see [`Graph::duplicates`].
///
/// Only names that have something rare in common are compared, each with a few others: a pair may be missed where very many names
/// are alike. Two of the same scope make a pair, and two whose names have other numbers in them do not.
///
#[doc = example!("assert!(graph.duplicates().run()?.is_empty());")]
#[derive(Debug, Clone)]
pub struct DuplicateSearch<'g> {
    graph: &'g Graph,
    wanted: Wanted,
    listener: Heard<'g>,
}

impl<'g> DuplicateSearch<'g> {
    progress_methods!('g, "names", "let mut asked = graph.duplicates();");

    /// Only pairs of this score or more: 0 to 1; 0.65 unless said. Below 0.5 most are chance.
    ///
    #[doc = example!("assert!(!graph.duplicates().score_min(0.0).run()?.is_empty());")]
    #[must_use]
    pub fn score_min(mut self, score: f64) -> Self {
        self.wanted.score_min = score;
        self
    }

    /// At most so many pairs, those of the highest scores: 1 to 1,000,000; 1,000 unless said.
    ///
    #[doc = example!("assert_eq!(graph.duplicates().score_min(0.0).limit(1).run()?.len(), 1);")]
    #[must_use]
    pub fn limit(mut self, pairs: usize) -> Self {
        self.wanted.limit = pairs;
        self
    }

    /// Asks.
    ///
    /// # Errors
    /// `InvalidInput` for a score or a limit out of its range, `Cancelled` or `DeadlineExceeded` as the store's handle or the callback
    /// says.
    ///
    #[doc = example!("assert!(graph.duplicates().score_min(2.0).run().is_err());")]
    pub fn run(mut self) -> Result<Duplicates> {
        check_limit(self.wanted.limit)?;
        if !(0.0..=1.0).contains(&self.wanted.score_min) {
            return Err(Error::invalid("score_min", "is not between 0 and 1"));
        }
        let mut listener = std::mem::take(&mut self.listener);
        self.graph.ask_all(
            |snapshot, limits| {
                let watch = &listener.watch(limits);
                watch.reached(0, None)?;
                let pairs = alike::alike(snapshot, self.wanted, watch)?;
                Ok(Duplicates { snapshot: Arc::clone(snapshot), pairs })
            },
            Duplicates::len,
        )
    }
}

/// Two entities that may be one, and why.
///
#[doc = example!(
    "graph.relate(\"Peppys\", \"married\", \"Elizabeth\").create_ends().save()?;"
    "let found = graph.duplicates().run()?;"
    "let pair = found.iter().next().unwrap();"
    "assert_eq!((pair.from, pair.into, pair.common_neighbors), (\"Peppys\", \"Pepys\", 1));"
    "assert_eq!(pair.score, pair.spelling + (1.0 - pair.spelling) * 0.3 * pair.neighbors);"
)]
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Duplicate<'a> {
    /// The name of the one that would go in a merge: that with fewer relations, of two with as many the later one.
    pub from: &'a str,
    /// The name of the one that would stay.
    pub into: &'a str,
    /// How likely they are the same, 0 to 1: `spelling`, with up to 0.3 of what it lacks for `neighbors`; 0.9 of that if the labels differ,
    /// and 0.9 if a relation leads from one to the other. It orders suggestions, and is no probability.
    pub score: f64,
    /// How alike the two names are that are most alike, 0 to 1: the mean of the share of groups of three letters and of Jaro and
    /// Winkler's likeness of the words, case and marks aside; what many names have counts less.
    pub spelling: f64,
    /// These names, of `from` and of `into`: the name or an alias.
    pub names: [&'a str; 2],
    /// Neighbours that both have.
    pub common_neighbors: usize,
    /// Their share of the neighbours of whoever has fewer, as if that one had one more: 0 to less than 1.
    pub neighbors: f64,
    /// Whether both have a label, and not the same.
    pub labels_differ: bool,
    /// Whether a relation leads from one to the other: those who know each other are two.
    pub related: bool,
    /// Whether both are shared by all personas; else both are the persona's own.
    pub shared: bool,
}

/// Pairs of entities that may be the same, those of the highest scores first; of equal ones, by when they were made.
///
#[doc = example!("assert_eq!(graph.duplicates().run()?.len(), 0);")]
#[derive(Clone)]
pub struct Duplicates {
    snapshot: Arc<Snapshot>,
    pairs: Vec<Pair>,
}

impl Duplicates {
    /// How many there are.
    ///
    #[doc = example!("assert_eq!(graph.duplicates().run()?.len(), 0);")]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there are none.
    ///
    #[doc = example!("assert!(graph.duplicates().run()?.is_empty());")]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// One after the other.
    ///
    #[doc = example!("assert!(graph.duplicates().run()?.iter().next().is_none());")]
    pub fn iter(&self) -> impl Iterator<Item = Duplicate<'_>> {
        self.pairs.iter().map(|pair| Duplicate {
            from: self.snapshot.name(pair.from),
            into: self.snapshot.name(pair.into),
            score: pair.score,
            spelling: pair.spelling,
            names: [&pair.names[0], &pair.names[1]],
            common_neighbors: pair.common,
            neighbors: pair.neighbours,
            labels_differ: pair.labels_differ,
            related: pair.related,
            shared: !self.snapshot.is_own(pair.from),
        })
    }
}

impl std::fmt::Debug for Duplicates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
