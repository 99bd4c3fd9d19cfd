//! `graph spread`: what comes to mind?

use std::time::Instant;

use clap::Args;

use super::asked::{Direction, Relations, Whose, explain, with_relations};
use super::scores;
use crate::error::Result;
use crate::session::Session;

/// List what comes to mind with some entities: activation that spreads from them and fades
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep graph spread \"Coral Ring\" \"Wall Clock\"
  mindkeep graph spread --depth 2 --decay 0.8 --limit 5 Tilda")]
pub struct Spread {
    /// Where it begins: names or aliases
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    whose: Whose,
    /// How many steps it goes, 1 to 64
    #[arg(long, value_name = "STEPS", default_value_t = 3)]
    depth: u32,
    /// Which part of it is passed on at each step, more than 0, up to 1
    #[arg(long, value_name = "PART", default_value_t = 0.5)]
    decay: f64,
    /// In which direction it goes
    #[arg(long, value_enum, default_value_t = Direction::Both)]
    direction: Direction,
    #[command(flatten)]
    relations: Relations,
    /// How many entities at most, 1 to 1000000
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    limit: usize,
}

impl Spread {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let wanted = self.relations.meant(&session.clock)?;
        let graph = self.whose.graph(session)?;
        let start = Instant::now();
        let asked = graph.spread(self.names).depth(self.depth).decay(self.decay).limit(self.limit);
        let asked = with_relations!(asked.direction(self.direction.into()), wanted);
        let found = asked.run().map_err(explain)?;
        scores::print(&found, "activation", "activation", start.elapsed(), &mut session.out)
    }
}
