//! `graph rank`: who matters?

use std::time::Instant;

use clap::{Args, ValueEnum};

use super::asked::{Direction, Whose, explain, watched};
use super::scores;
use crate::error::{Failure, Result};
use crate::session::Session;

/// List the entities that matter most
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep graph rank --limit 10
  mindkeep graph rank --seen-from Tilda
  mindkeep graph rank --by betweenness --direction both --exact-up-to 500")]
pub struct Rank {
    #[command(flatten)]
    whose: Whose,
    /// By what
    #[arg(long, value_enum, default_value_t = By::PageRank)]
    by: By,
    /// PageRank as seen from this entity, or from several
    #[arg(long, value_name = "NAME")]
    seen_from: Vec<String>,
    /// In which direction relations are followed, where the measure has a choice [default: both for the degree, else out]
    #[arg(long, value_enum)]
    direction: Option<Direction>,
    /// Up to so many entities closeness, harmonic and betweenness are exact; of more, so many stand for all
    #[arg(long, value_name = "NUMBER", default_value_t = 2_000)]
    exact_up_to: usize,
    /// How many entities at most, 1 to 1000000
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    limit: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
enum By {
    /// Where a walk along the relations is found most often
    PageRank,
    /// How many relations it has
    Degree,
    /// The share of pairs of its neighbours that are neighbours
    Clustering,
    /// How near it is to those that it reaches
    Closeness,
    /// The sum of one by each distance
    Harmonic,
    /// How many shortest ways lead through it
    Betweenness,
    /// Whether those who lead to it matter
    Eigenvector,
}

impl Rank {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        if !self.seen_from.is_empty() && self.by != By::PageRank {
            return Err(Failure::invalid("`--seen-from` goes with PageRank only", "Leave out --by."));
        }
        let graph = self.whose.graph(session)?;
        let start = Instant::now();
        let asked = graph.rank().limit(self.limit).exact_up_to(self.exact_up_to, 0);
        let (mut asked, by) = match self.by {
            By::PageRank => (asked.seen_from(self.seen_from), "pagerank"),
            By::Degree => (asked.degree(), "degree"),
            By::Clustering => (asked.clustering(), "clustering"),
            By::Closeness => (asked.closeness(), "closeness"),
            By::Harmonic => (asked.harmonic(), "harmonic"),
            By::Betweenness => (asked.betweenness(), "betweenness"),
            By::Eigenvector => (asked.eigenvector(), "eigenvector"),
        };
        if let Some(direction) = self.direction {
            asked = asked.direction(direction.into());
        }
        asked.on_progress(watched(session));
        let found = asked.run().map_err(explain)?;
        scores::print(&found, by, by, start.elapsed(), &mut session.out)
    }
}
