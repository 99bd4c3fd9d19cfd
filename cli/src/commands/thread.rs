//! `thread`: what was said in a conversation?

use std::io::Write;

use clap::Args;
use mindkeep::{Error, PersonaName};
use serde::Serialize;

use crate::error::{Failure, Result};
use crate::output::figures;
use crate::output::memory::{self, MemoryJson};
use crate::output::style::{BOLD, DIM, TIME};
use crate::output::text::{self, Text};
use crate::session::Session;

/// Show a whole conversation or session, oldest first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep thread --persona household/quill q-understudy
  mindkeep thread 2026-11-21 --format json")]
pub struct Thread {
    /// The thread's name
    #[arg(value_name = "NAME")]
    name: String,
    /// Whose
    #[arg(long, value_name = "NAME", default_value = PersonaName::DEFAULT)]
    persona: String,
}

#[derive(Serialize)]
struct Document<'d> {
    thread: &'d str,
    persona: &'d str,
    count: u64,
    first_at: String,
    last_at: String,
    memories: Vec<MemoryJson<'d>>,
}

impl Thread {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let store = session.open_to_read()?;
        let thread = store.persona(self.persona.clone()).thread(&self.name);
        let thread = thread.map_err(|error| match error {
            Error::NotFound { .. } => Failure::not_found(
                "no memory of this persona has the thread",
                "Check the name and --persona; `mindkeep personas` lists the personas.",
            ),
            error => error.into(),
        })?;
        let (clock, out) = (&session.clock, &mut session.out);
        if out.is_json() {
            return out.json(&Document {
                thread: &self.name,
                persona: &self.persona,
                count: thread.count,
                first_at: clock.rfc3339(thread.first_at),
                last_at: clock.rfc3339(thread.last_at),
                memories: MemoryJson::list(&thread.memories, clock),
            });
        }
        let title = text::one_line(&format!("{} · {}", self.persona, self.name));
        let (first, last) = (clock.day(thread.first_at), clock.day(thread.last_at));
        let days = if first == last { first } else { format!("{first} → {last}") };
        let about = format!("{}, {days}", figures::memories(thread.count));
        writeln!(out, "{BOLD}{title}{BOLD:#}  {DIM}{about}{DIM:#}")?;
        for memory in &thread.memories {
            let label = format!("  {}  ", clock.minute(memory.at));
            let room = out.width_to_wrap().saturating_sub(label.len()).max(20);
            let content = Text::one_line(&memory.content, &[]).wrapped(room);
            memory::print_hanging(&label, TIME, content, out)?;
        }
        Ok(())
    }
}
