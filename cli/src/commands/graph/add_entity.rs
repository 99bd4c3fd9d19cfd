//! `graph add-entity`: how does the graph come to know somebody?

use std::io::Write;

use clap::Args;
use serde::Serialize;

use super::told::{self, Whose};
use crate::args;
use crate::error::Result;
use crate::output::style::{BOLD, GOOD};
use crate::output::text;
use crate::session::Session;

/// Add an entity, or more of what is known of one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep graph add-entity --shared --label person \"Biddy Halloran\"
  mindkeep graph add-entity --label pet --alias Bics --property legs=3 Biscuit")]
pub struct AddEntity {
    /// Its name, which tells it apart
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    whose: Whose,
    /// What it is, such as person or place
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,
    /// One more name for it; up to 1000 of them
    #[arg(long, value_name = "NAME")]
    alias: Vec<String>,
    /// What else is known of it, all anew; VALUE is JSON if it reads as such, else text
    #[arg(long, value_name = "NAME=VALUE")]
    property: Vec<String>,
}

#[derive(Serialize)]
struct Document<'d> {
    name: &'d str,
    outcome: &'static str,
}

impl AddEntity {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let properties = args::metadata("--property", &self.property)?;
        let outcome = self.whose.add(session, |graph| {
            let mut entity = graph.add_entity(&self.name);
            if let Some(label) = &self.label {
                entity = entity.label(label);
            }
            if !self.property.is_empty() {
                entity = entity.properties(properties.clone());
            }
            self.alias.iter().fold(entity, |entity, alias| entity.alias(alias)).save()
        })?;
        let ((outcome, said), out) = (told::outcome(outcome), &mut session.out);
        if out.is_json() {
            return out.json(&Document { name: &self.name, outcome });
        }
        writeln!(out, "{GOOD}{said}{GOOD:#}  {BOLD}{}{BOLD:#}", text::one_line(&self.name))?;
        Ok(())
    }
}
