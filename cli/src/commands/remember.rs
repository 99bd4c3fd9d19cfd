//! `remember`: how is one memory kept?

use std::io::Write;

use clap::Args;
use mindkeep::{Kind, MemoryId, NewMemory, Outcome, PersonaName, Store};
use serde::Serialize;

use crate::args;
use crate::error::Result;
use crate::output::style::{DIM, GOOD};
use crate::session::Session;
use crate::time::{Clock, Direction};

/// Keep one memory
///
/// A memory with a key takes the place of the one that has the key; for the kinds fact and preference the one that
/// happened earlier is kept as history.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep remember \"Bins go out on Tuesday.\"
  mindkeep remember --persona ada --kind preference --key drink \"Tea, no sugar.\"
  fortune | mindkeep remember --kind event --at yesterday --tag fun --meta speaker=fortune -")]
pub struct Remember {
    /// What to remember, up to 1 MiB of UTF-8; `-` reads standard input
    #[arg(value_name = "TEXT")]
    text: String,
    /// Whose memory it is; may be a path such as acme/alice
    #[arg(long, value_name = "NAME", default_value = PersonaName::DEFAULT)]
    persona: String,
    /// What sort it is: short_term, conversation, important, event, preference, fact, or any other name
    #[arg(long, value_name = "KIND", default_value = "conversation")]
    kind: String,
    /// When it happened [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: Option<String>,
    /// How important it is, 0 to 1 [default: 0.5]
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    importance: Option<f64>,
    /// A tag; up to 64 of them
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// The conversation or session that it belongs to
    #[arg(long, value_name = "NAME")]
    thread: Option<String>,
    /// Your own name for it, unique per persona and kind
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Where it comes from
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Metadata; VALUE is JSON if it reads as a number, true, false, null, an object or a list, else text
    #[arg(long, value_name = "NAME=VALUE")]
    meta: Vec<String>,
    /// When it is to be hidden; a distance such as 30d counts from now
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    expires: Option<String>,
}

#[derive(Serialize)]
struct Document {
    id: String,
    outcome: &'static str,
}

impl Remember {
    fn job(self, clock: &Clock) -> Result<NewMemory> {
        let at = clock.read_option("--at", self.at.as_deref(), Direction::Ago)?;
        let expires = clock.read_option("--expires", self.expires.as_deref(), Direction::Ahead)?;
        let metadata = args::metadata("--meta", &self.meta)?;
        let mut memory = NewMemory::new(args::text_or_stdin(self.text)?)
            .persona(self.persona)
            .kind(Kind::from(self.kind))
            .metadata(metadata);
        for tag in self.tag {
            memory = memory.tag(tag);
        }
        if let Some(at) = at {
            memory = memory.at(at);
        }
        if let Some(importance) = self.importance {
            memory = memory.importance(importance);
        }
        if let Some(thread) = self.thread {
            memory = memory.thread(thread);
        }
        if let Some(key) = self.key {
            memory = memory.key(key);
        }
        if let Some(source) = self.source {
            memory = memory.source(source);
        }
        if let Some(expires) = expires {
            memory = memory.expires_at(expires);
        }
        Ok(memory)
    }

    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let memory = self.job(&session.clock)?;
        if !session.path()?.exists() {
            check_before_creating(&memory)?;
        }
        let store = session.open_or_create()?;
        let remembered = store.remember(memory)?;
        let (outcome, said) = match remembered.outcome {
            Outcome::Added => ("added", "Remembered"),
            Outcome::Updated => ("updated", "Updated the memory with this key"),
            Outcome::Superseded => ("superseded", said_of_history(&store, remembered.id)),
            _ => ("unchanged", "Known already"),
        };
        let id = remembered.id.to_string();
        if session.out.is_json() {
            return session.out.json(&Document { id, outcome });
        }
        writeln!(session.out, "{GOOD}{said}{GOOD:#}  {DIM}{id}{DIM:#}")?;
        Ok(())
    }
}

/// Of two under one key the one that happened later holds, whichever came first.
fn said_of_history(store: &Store, id: MemoryId) -> &'static str {
    match store.get(id) {
        Ok(memory) if memory.superseded_at.is_some() => "Remembered as history; a later one has its key",
        Ok(_) => "Remembered; the earlier one is kept as history",
        // It is hidden already, forgotten by somebody else or expired.
        Err(_) => "Remembered; whichever is the earlier one is kept as history",
    }
}

/// A value that is refused must not leave an empty store behind.
fn check_before_creating(memory: &NewMemory) -> Result<()> {
    let nowhere = mindkeep::Store::builder().open_in_memory()?;
    nowhere.remember(memory.clone())?;
    Ok(())
}
