//! `graph communities`: who belongs together?

use std::io::Write;
use std::time::Instant;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::asked::{Whose, watched};
use crate::error::Result;
use crate::output::figures;
use crate::output::style::DIM;
use crate::output::table::{Cell, Side, Table};
use crate::session::Session;

/// Members of a community that are shown to people; JSON has all.
const NAMED_MAX: usize = 12;

/// Show who belongs together
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep graph communities
  mindkeep graph communities --by connected --limit 3 --format json")]
pub struct Communities {
    #[command(flatten)]
    whose: Whose,
    /// By what
    #[arg(long, value_enum, default_value_t = By::Louvain)]
    by: By,
    /// More makes smaller communities (louvain)
    #[arg(long, value_name = "NUMBER", default_value_t = 1.0)]
    resolution: f64,
    /// Where chance begins; the same seed gives the same answer
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// How many communities at most, the largest
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    limit: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// As much weight within as possible
    Louvain,
    /// Everybody with those whom most of its relations lead to
    LabelPropagation,
    /// Parts that no relation leads out of
    Connected,
    /// Parts within which everybody reaches everybody
    StronglyConnected,
}

#[derive(Serialize)]
struct Document<'d> {
    by: &'d str,
    count: usize,
    modularity: f64,
    communities: Vec<Entry<'d>>,
    took_ms: f64,
}

#[derive(Serialize)]
struct Entry<'d> {
    size: usize,
    members: Vec<&'d str>,
}

impl Communities {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let graph = self.whose.graph(session)?;
        let start = Instant::now();
        let asked = graph.communities().resolution(self.resolution).seed(self.seed);
        let (mut asked, by) = match self.by {
            By::Louvain => (asked.louvain(), "louvain"),
            By::LabelPropagation => (asked.label_propagation(), "label-propagation"),
            By::Connected => (asked.connected(), "connected"),
            By::StronglyConnected => (asked.strongly_connected(), "strongly-connected"),
        };
        asked.on_progress(watched(session));
        let found = asked.run()?;
        let modularity = found.modularity();
        let took = start.elapsed();
        let listed = found.iter().take(self.limit);
        let out = &mut session.out;
        if out.is_json() {
            let communities = listed
                .map(|community| Entry {
                    size: community.len(),
                    members: community.iter().map(|entity| entity.name).collect(),
                })
                .collect();
            let (count, took_ms) = (found.len(), figures::ms(took));
            return out.json(&Document { by, count, modularity, communities, took_ms });
        }
        if found.is_empty() {
            writeln!(out, "No entity.")?;
            return Ok(());
        }
        let mut table = Table::new(&[("entities", Side::Right), ("members", Side::Left)]);
        for community in listed {
            let mut names: Vec<&str> = community.iter().take(NAMED_MAX).map(|entity| entity.name).collect();
            if community.len() > NAMED_MAX {
                names.push("…");
            }
            table.row(vec![Cell::new(figures::count(community.len() as u64)), Cell::new(names.join(", "))]);
        }
        table.print(out)?;
        let count = figures::counted(found.len() as u64, "community", "communities");
        writeln!(out, "{DIM}{count}, modularity {modularity:.3}, in {}{DIM:#}", figures::duration(took))?;
        Ok(())
    }
}
