//! `graph merge`: how do two entities become one?

use std::io::Write;

use clap::Args;
use serde::Serialize;

use super::told::Whose;
use crate::error::Result;
use crate::output::style::{BOLD, DIM, GOOD};
use crate::output::{figures, text};
use crate::session::Session;

/// Make one entity of two that are the same
///
/// Relations, mentions, aliases and properties of FROM become those of INTO, and its name an alias. Relations that both have
/// add up; those between the two are dropped. There is no way back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep graph merge --shared Geraldine Gerald")]
pub struct Merge {
    /// The entity that goes, by its name
    #[arg(value_name = "FROM")]
    from: String,
    /// The entity that stays
    #[arg(value_name = "INTO")]
    into: String,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Serialize)]
struct Document<'d> {
    name: &'d str,
    relations: u64,
    added_up: u64,
    loops_dropped: u64,
    mentions: u64,
}

impl Merge {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let merged = self.whose.change(session, |graph| graph.merge(&self.from, &self.into).run())?;
        let out = &mut session.out;
        if out.is_json() {
            return out.json(&Document {
                name: &self.into,
                relations: merged.relations,
                added_up: merged.added_up,
                loops_dropped: merged.loops_dropped,
                mentions: merged.mentions,
            });
        }
        let [from, into] = [&self.from, &self.into].map(|name| text::one_line(name));
        writeln!(out, "{GOOD}Merged{GOOD:#}  {from} {DIM}→{DIM:#} {BOLD}{into}{BOLD:#}")?;
        let said = [
            (merged.relations, "relation", "relations", "followed"),
            (merged.added_up, "relation", "relations", "added up"),
            (merged.loops_dropped, "relation", "relations", "between the two dropped"),
            (merged.mentions, "mention", "mentions", "followed"),
        ];
        for (number, one, many, what) in said.into_iter().filter(|(number, ..)| *number > 0) {
            writeln!(out, "  {} {what}", figures::counted(number, one, many))?;
        }
        Ok(())
    }
}
