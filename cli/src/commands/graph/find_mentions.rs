//! `graph find-mentions`: are names looked for in a persona's memories?

use std::io::Write;

use clap::{Args, ValueEnum};
use mindkeep::PersonaName;
use serde::Serialize;

use crate::error::Result;
use crate::output::style::{BOLD, DIM};
use crate::output::text;
use crate::session::Session;

/// Say whether names of entities are looked for in a persona's memories, or turn it on or off
///
/// It is on unless said. What was found goes when it is turned off, and comes back when it is turned on; in a large
/// store in `mindkeep maintain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep graph find-mentions --persona household/hearth
  mindkeep graph find-mentions --persona household/hearth off")]
pub struct FindMentions {
    /// Turn it on or off
    #[arg(value_name = "ON|OFF")]
    turn: Option<Turn>,
    /// Whose memories
    #[arg(long, value_name = "NAME", default_value = PersonaName::DEFAULT)]
    persona: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Turn {
    On,
    Off,
}

#[derive(Serialize)]
struct Document<'d> {
    persona: &'d str,
    finds_mentions: bool,
    changed: bool,
}

impl FindMentions {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let (on, changed) = match self.turn {
            Some(turn) => {
                let on = turn == Turn::On;
                (on, session.open_to_change()?.persona(self.persona.as_str()).find_mentions(on)?)
            }
            None => (session.open_to_read()?.persona(self.persona.as_str()).finds_mentions()?, false),
        };
        let out = &mut session.out;
        if out.is_json() {
            return out.json(&Document { persona: &self.persona, finds_mentions: on, changed });
        }
        let state = if on { "on" } else { "off" };
        let before = if changed || self.turn.is_none() { "" } else { ", as before" };
        let name = text::one_line(&self.persona);
        writeln!(
            out,
            "{DIM}Finding names in the memories of{DIM:#} {name}{DIM}:{DIM:#} {BOLD}{state}{BOLD:#}{before}"
        )?;
        Ok(())
    }
}
