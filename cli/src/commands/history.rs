//! `history`: what has a key stood for?

use std::io::Write;

use clap::Args;
use mindkeep::{Filter, Kind, Memory, PersonaName, PersonaScope, Store};
use serde::Serialize;

use crate::error::{Failure, Result};
use crate::output::Output;
use crate::output::memory::{self, MemoryJson};
use crate::output::style::{BOLD, DIM, TIME};
use crate::output::text::{self, Text};
use crate::session::Session;
use crate::time::Clock;

/// Show what a key has stood for, oldest first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep history --persona household/hearth coffee-arjun
  mindkeep history --kind preference drink --format json")]
pub struct History {
    /// The key
    #[arg(value_name = "KEY")]
    key: String,
    /// Whose
    #[arg(long, value_name = "NAME", default_value = PersonaName::DEFAULT)]
    persona: String,
    /// Of this kind [default: every kind that has the key]
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
}

#[derive(Serialize)]
struct Document<'d> {
    memories: Vec<MemoryJson<'d>>,
}

impl History {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let store = session.open_to_read()?;
        let kinds = match &self.kind {
            Some(kind) => vec![Kind::from(kind.as_str())],
            None => kinds_with(&store, &self.persona, &self.key)?,
        };
        let persona = store.persona(self.persona.clone());
        let mut memories = Vec::new();
        for kind in &kinds {
            memories.extend(persona.history(kind, &self.key)?);
        }
        if memories.is_empty() {
            return Err(Failure::not_found(
                "no memory of this persona has the key",
                "Check --persona and --kind; `mindkeep personas` lists the personas.",
            ));
        }
        let (clock, out) = (&session.clock, &mut session.out);
        if out.is_json() {
            return out.json(&Document { memories: MemoryJson::list(&memories, clock) });
        }
        for (place, of_kind) in memories.chunk_by(|a, b| a.kind == b.kind).enumerate() {
            if place > 0 {
                writeln!(out)?;
            }
            let title = format!("{} · {} · {}", self.persona, of_kind[0].kind, self.key);
            writeln!(out, "{BOLD}{}{BOLD:#}", text::one_line(&title))?;
            let room = out.width_to_wrap();
            print(of_kind, clock, out, 2, room)?;
        }
        Ok(())
    }
}

/// The kinds in which a key holds something now, or else those that keep a history.
fn kinds_with(store: &Store, persona: &str, key: &str) -> Result<Vec<Kind>> {
    let counts = store.count_by_kind(&Filter {
        personas: PersonaScope::Named(vec![persona.to_owned()]),
        key: Some(key.to_owned()),
        ..Filter::default()
    })?;
    let mut kinds: Vec<_> = counts.into_iter().map(|(kind, _)| kind).collect();
    for kind in [Kind::PREFERENCE, Kind::FACT] {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    Ok(kinds)
}

/// One period a memory: when it held, and what.
pub fn print(history: &[Memory], clock: &Clock, out: &mut Output, indent: usize, room: usize) -> Result<()> {
    let blanks = " ".repeat(indent);
    for memory in history {
        let until = match memory.superseded_at {
            Some(until) => clock.day(until),
            None => "now".to_owned(),
        };
        let label = format!("{blanks}{} → {until:<10}  ", clock.day(memory.at));
        let columns = text::width(&label);
        let room = room.saturating_sub(columns).max(20);
        let content = Text::one_line(&memory.content, &[]).wrapped(room);
        memory::print_hanging(&label, TIME, content, out)?;
    }
    if history.iter().all(|memory| memory.superseded_at.is_some()) {
        writeln!(out, "{blanks}{DIM}Nothing holds now.{DIM:#}")?;
    }
    Ok(())
}
