//! `list`: which memories, in the order of time?

use std::io::Write;

use clap::Args;
use mindkeep::{Cursor, Timeline};
use serde::Serialize;

use crate::args::{Filters, Personas};
use crate::commands::empty::{self, Where};
use crate::error::{Failure, Result};
use crate::output::memory::{self, MemoryJson};
use crate::output::style::DIM;
use crate::session::Session;
use crate::time::Clock;

/// List memories by time, newest first
///
/// Of the persona `default`, unless others are named.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep list --since 7d
  mindkeep list --persona household/hearth --kind event --tag flood --oldest-first
  mindkeep list --kind task --where '{\"done\":false}' --sort due --limit 10
  mindkeep list --all-personas --limit 1000 --format json | jq -r .next")]
pub struct List {
    #[command(flatten)]
    personas: Personas,
    #[command(flatten)]
    filters: Filters,
    /// Begin with the oldest
    #[arg(long)]
    oldest_first: bool,
    /// By the values at a declared path instead of by time, least first; needs one --kind
    #[arg(long, value_name = "PATH", conflicts_with = "oldest_first")]
    sort: Option<String>,
    /// With --sort: least first, as it is unless said
    #[arg(long, requires = "sort")]
    ascending: bool,
    /// With --sort: greatest first
    #[arg(long, requires = "sort", conflicts_with = "ascending")]
    descending: bool,
    /// How many memories at most, 1 to 1000
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: usize,
    /// Go on where a page of the same list ended
    #[arg(long, value_name = "CURSOR", allow_hyphen_values = true)]
    cursor: Option<String>,
    /// Show ids, too
    #[arg(long)]
    ids: bool,
}

struct Job {
    timeline: Timeline,
    one_persona: bool,
    place: Where,
    ids: bool,
}

#[derive(Serialize)]
struct Document<'d> {
    memories: Vec<MemoryJson<'d>>,
    next: Option<String>,
}

impl List {
    fn job(self, clock: &Clock) -> Result<Job> {
        let named = self.personas.is_said();
        let place = if named { Where::Named } else { Where::Default };
        let one_persona = self.personas.persona.len() == 1 || !named;
        let ids = self.ids;
        Ok(Job { timeline: self.question(clock)?, one_persona, place, ids })
    }

    /// What is asked.
    pub fn question(self, clock: &Clock) -> Result<Timeline> {
        let filter = self.filters.meant(self.personas.scope(), clock)?;
        let mut timeline = Timeline::new().filter(filter).limit(self.limit);
        if self.oldest_first {
            timeline = timeline.oldest_first();
        }
        if let Some(path) = self.sort {
            timeline = timeline.sort_by(path);
        }
        if self.descending {
            timeline = timeline.descending();
        }
        if let Some(cursor) = self.cursor {
            let cursor: Cursor = cursor.parse().map_err(|_| {
                Failure::invalid(
                    "`--cursor` is not a cursor",
                    "Give what a page of the same list ended with, as it is.",
                )
            })?;
            timeline = timeline.after(cursor);
        }
        Ok(timeline)
    }

    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let job = self.job(&session.clock)?;
        let store = session.open_to_read()?;
        let page = store.timeline(job.timeline)?;
        let next = page.next.map(|cursor| cursor.to_string());
        if session.out.is_json() {
            return session
                .out
                .json(&Document { memories: MemoryJson::list(&page.memories, &session.clock), next });
        }
        if page.memories.is_empty() {
            return empty::say(&store, "No memories here.", job.place, session);
        }
        let (clock, out) = (&session.clock, &mut session.out);
        memory::print_lines(&page.memories, !job.one_persona, job.ids, clock, out)?;
        if let Some(next) = next {
            writeln!(out, "{DIM}More: the same with --cursor {next}{DIM:#}")?;
        }
        Ok(())
    }
}
