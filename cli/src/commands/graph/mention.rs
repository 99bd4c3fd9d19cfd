//! `graph mention` and `graph unmention`: how does somebody say that a memory speaks of an entity, or take it back?

use std::io::Write;

use clap::Args;
use mindkeep::{MemoryId, Outcome};
use serde::Serialize;

use super::told::{self, Whose};
use crate::args;
use crate::error::{Failure, Result};
use crate::output::style::{BOLD, DIM, GOOD};
use crate::output::text;
use crate::session::Session;

/// Say that a memory speaks of an entity
///
/// Names and aliases that stand in its text are found without being told; `mindkeep show` lists both.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep graph mention --persona household/hearth 0190b0a4-5f1e-7cc0-98c4-dc0c0c07398f Doris")]
pub struct Mention {
    #[command(flatten)]
    link: Link,
}

/// Take back that a memory speaks of an entity
///
/// What is found in its text stays. Exit code 3 if it was not told.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep graph unmention --persona household/hearth 0190b0a4-5f1e-7cc0-98c4-dc0c0c07398f Doris")]
pub struct Unmention {
    #[command(flatten)]
    link: Link,
}

#[derive(Debug, Args)]
struct Link {
    /// The memory
    #[arg(value_name = "ID")]
    memory: String,
    /// The entity's name
    #[arg(value_name = "NAME")]
    entity: String,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Serialize)]
struct Document<'d> {
    memory: String,
    entity: &'d str,
    outcome: &'static str,
}

impl Link {
    fn memory(&self) -> Result<MemoryId> {
        args::id(&self.memory)
    }

    fn say(&self, id: MemoryId, (outcome, said): (&'static str, &str), session: &mut Session) -> Result<()> {
        let out = &mut session.out;
        if out.is_json() {
            return out.json(&Document { memory: id.to_string(), entity: &self.entity, outcome });
        }
        let name = text::one_line(&self.entity);
        writeln!(out, "{GOOD}{said}{GOOD:#}  {DIM}{id} →{DIM:#} {BOLD}{name}{BOLD:#}")?;
        Ok(())
    }
}

impl Mention {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let id = self.link.memory()?;
        let outcome = self.link.whose.change(session, |graph| graph.mention(id, &self.link.entity))?;
        let said = match outcome {
            Outcome::Added => ("added", "Told"),
            other => (told::outcome(other).0, "Told already"),
        };
        self.link.say(id, said, session)
    }
}

impl Unmention {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let id = self.link.memory()?;
        if !self.link.whose.change(session, |graph| graph.unmention(id, &self.link.entity))? {
            return Err(Failure::not_found(
                "nobody told that this memory speaks of that entity",
                "`mindkeep show` lists what was told and what was found in the text.",
            ));
        }
        self.link.say(id, ("removed", "Taken back"), session)
    }
}
