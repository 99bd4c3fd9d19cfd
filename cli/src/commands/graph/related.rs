//! `graph related`: who is like this one?

use std::time::Instant;

use clap::{Args, ValueEnum};

use super::asked::{Whose, explain};
use super::scores;
use crate::error::Result;
use crate::session::Session;

/// List who has neighbours in common with an entity, and may lack a relation to it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep graph related \"Folake Adeyemi\"
  mindkeep graph related --by jaccard --with-linked --limit 5 \"Nell Halloran\"")]
pub struct Related {
    /// The entity's name, or an alias
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    whose: Whose,
    /// How neighbours in common are counted
    #[arg(long, value_enum, default_value_t = By::AdamicAdar)]
    by: By,
    /// Those who have a relation with it already, too
    #[arg(long)]
    with_linked: bool,
    /// How many entities at most, 1 to 1000000
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    limit: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Each for one
    Common,
    /// Their share of all neighbours of both
    Jaccard,
    /// Each for one by the logarithm of how many it has itself
    AdamicAdar,
    /// Each for one by how many it has itself
    ResourceAllocation,
}

impl Related {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let graph = self.whose.graph(session)?;
        let start = Instant::now();
        let asked = graph.related(&self.name).limit(self.limit);
        let (asked, by) = match self.by {
            By::Common => (asked.common_neighbors(), "common"),
            By::Jaccard => (asked.jaccard(), "jaccard"),
            By::AdamicAdar => (asked.adamic_adar(), "adamic-adar"),
            By::ResourceAllocation => (asked.resource_allocation(), "resource-allocation"),
        };
        let asked = if self.with_linked { asked.with_linked() } else { asked };
        let found = asked.run().map_err(explain)?;
        scores::print(&found, by, "score", start.elapsed(), &mut session.out)
    }
}
