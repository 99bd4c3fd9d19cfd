//! `graph rename`: how does an entity get another name?

use std::io::Write;

use clap::Args;
use mindkeep::Outcome;
use serde::Serialize;

use super::told::{self, Whose};
use crate::error::Result;
use crate::output::style::{BOLD, DIM, GOOD};
use crate::output::text;
use crate::session::Session;

/// Give an entity another name
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep graph rename --shared --keep-alias \"Bao Tran\" \"Tran Bao\"")]
pub struct Rename {
    /// The entity's name
    #[arg(value_name = "NAME")]
    name: String,
    /// Its new name
    #[arg(value_name = "TO")]
    to: String,
    #[command(flatten)]
    whose: Whose,
    /// The old name becomes an alias
    #[arg(long)]
    keep_alias: bool,
}

#[derive(Serialize)]
struct Document<'d> {
    name: &'d str,
    outcome: &'static str,
}

impl Rename {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let outcome = self.whose.change(session, |graph| {
            let rename = graph.rename(&self.name, &self.to);
            if self.keep_alias { rename.keep_alias() } else { rename }.run()
        })?;
        let said = if outcome == Outcome::Unchanged { "Named so already" } else { "Renamed" };
        let ((outcome, _), out) = (told::outcome(outcome), &mut session.out);
        if out.is_json() {
            return out.json(&Document { name: &self.to, outcome });
        }
        let [name, to] = [&self.name, &self.to].map(|name| text::one_line(name));
        writeln!(out, "{GOOD}{said}{GOOD:#}  {name} {DIM}→{DIM:#} {BOLD}{to}{BOLD:#}")?;
        Ok(())
    }
}
