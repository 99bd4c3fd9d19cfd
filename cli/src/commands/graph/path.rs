//! `graph path`: how does one get from here to there?

use std::io::Write;
use std::time::Instant;

use clap::Args;
use mindkeep::Error;
use serde::Serialize;

use super::asked::{Direction, Relations, Whose, explain, with_relations};
use crate::error::{Failure, Result};
use crate::output::style::{BOLD, DIM};
use crate::output::{figures, text};
use crate::session::Session;

/// Find the shortest way between two entities
///
/// By hops, unless said otherwise. Exit code 3 if there is none.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep graph path \"Miss Lamb\" \"Bao Tran\"
  mindkeep graph path --by-strength --direction out \"Sarojini Sen\" Rafi")]
pub struct Path {
    /// Where it begins: a name or an alias
    #[arg(value_name = "FROM")]
    from: String,
    /// Where it ends
    #[arg(value_name = "TO")]
    to: String,
    #[command(flatten)]
    whose: Whose,
    /// A relation costs its weight, as if that were its length
    #[arg(long)]
    by_weight: bool,
    /// A relation costs one by its weight, so that strong ones are short
    #[arg(long, conflicts_with = "by_weight")]
    by_strength: bool,
    /// In which direction relations are followed
    #[arg(long, value_enum, default_value_t = Direction::Both)]
    direction: Direction,
    #[command(flatten)]
    relations: Relations,
}

#[derive(Serialize)]
struct Document<'d> {
    path: &'d [String],
    cost: f64,
    hops: usize,
    took_ms: f64,
}

/// A weight that is no length, or whatever else is wrong.
fn no_length(error: Error) -> Failure {
    match error {
        Error::InvalidInput { field: "weight", .. } => Failure::from(error).reworded(
            |_| "some relation that counts has a weight below 0, which is no length".to_owned(),
            |_| "Leave such relations out with --min-weight 0, or ask --by-strength.".to_owned(),
        ),
        error => explain(error),
    }
}

impl Path {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let wanted = self.relations.meant(&session.clock)?;
        let graph = self.whose.graph(session)?;
        let start = Instant::now();
        let asked = graph.path(&self.from, &self.to).direction(self.direction.into());
        let mut asked = with_relations!(asked, wanted);
        if self.by_weight {
            asked = asked.by_weight();
        } else if self.by_strength {
            asked = asked.by_strength();
        }
        let path = asked.run().map_err(no_length)?.ok_or_else(|| {
            Failure::not_found(
                "no way leads from one to the other",
                "Try --direction both, or fewer conditions on the relations.",
            )
        })?;
        let took = start.elapsed();
        let out = &mut session.out;
        if out.is_json() {
            let (hops, took_ms) = (path.hops(), figures::ms(took));
            return out.json(&Document { path: &path.names, cost: path.cost, hops, took_ms });
        }
        for (hop, name) in path.names.iter().enumerate() {
            let name = text::one_line(name);
            if hop == 0 {
                writeln!(out, "{BOLD}{name}{BOLD:#}")?;
            } else {
                writeln!(out, "  {DIM}→{DIM:#} {name}")?;
            }
        }
        let hops = figures::counted(path.hops() as u64, "step", "steps");
        let cost = if self.by_weight || self.by_strength {
            format!(", cost {}", figures::weight(path.cost))
        } else {
            String::new()
        };
        writeln!(out, "{DIM}{hops}{cost}, in {}{DIM:#}", figures::duration(took))?;
        Ok(())
    }
}
