//! `show`: what is known of these memories?

use std::io::Write;

use clap::Args;
use mindkeep::graph::Mention;
use mindkeep::{Error, Memory, MemoryId, Store};
use serde::Serialize;

use crate::args;
use crate::error::{Failure, Result};
use crate::output::memory::{self, MemoryJson};
use crate::output::style::DIM;
use crate::session::Session;

/// Show memories with all that is known of them
///
/// Superseded memories are shown; forgotten and expired ones are not found (exit code 3).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep show 0190b0a4-5f1e-7cc0-98c4-dc0c0c07398f
  mindkeep recall spare key --format json | jq -r '.hits[].id' | mindkeep show -")]
pub struct Show {
    /// Ids, up to 10000; `-` reads them from standard input
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
}

#[derive(Serialize)]
struct Document<'d> {
    memories: Vec<Shown<'d>>,
    not_found: Vec<String>,
}

#[derive(Serialize)]
struct Shown<'d> {
    #[serde(flatten)]
    memory: MemoryJson<'d>,
    mentions: Vec<MentionJson<'d>>,
    /// How often an app recalled or read it; none if it never did.
    accesses: Option<AccessJson>,
}

#[derive(Serialize)]
struct AccessJson {
    count: u64,
    last: String,
}

#[derive(Serialize)]
struct MentionJson<'d> {
    entity: &'d str,
    label: Option<&'d str>,
    shared: bool,
    told: bool,
    found: bool,
}

impl<'d> From<&'d Mention> for MentionJson<'d> {
    fn from(mention: &'d Mention) -> Self {
        let Mention { entity, label, shared, told, found, .. } = mention;
        Self { entity, label: label.as_deref(), shared: *shared, told: *told, found: *found }
    }
}

impl Show {
    fn job(&self) -> Result<Vec<MemoryId>> {
        args::ids(&self.ids)
    }

    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let ids = self.job()?;
        let store = session.open_to_read()?;
        let found = store.get_many(&ids)?;
        let missing: Vec<_> = ids
            .iter()
            .zip(&found)
            .filter(|(_, memory)| memory.is_none())
            .map(|(id, _)| id.to_string())
            .collect();
        let memories: Vec<Memory> = found.into_iter().flatten().collect();
        let mentions =
            memories.iter().map(|memory| mentions(&store, memory.id)).collect::<Result<Vec<_>>>()?;
        let accesses = store.accesses(&memories.iter().map(|memory| memory.id).collect::<Vec<_>>())?;
        let (clock, out) = (&session.clock, &mut session.out);
        if memories.is_empty() {
            // Nothing to print but the failure.
        } else if out.is_json() {
            let shown = memories.iter().zip(&mentions).zip(&accesses);
            let shown = shown.map(|((memory, mentions), access)| Shown {
                memory: MemoryJson::new(memory, clock),
                mentions: mentions.iter().map(MentionJson::from).collect(),
                accesses: access
                    .map(|access| AccessJson { count: access.count, last: clock.rfc3339(access.last) }),
            });
            out.json(&Document { memories: shown.collect(), not_found: missing.clone() })?;
        } else {
            let rule = "─".repeat(out.width_to_wrap().min(72));
            for (place, ((memory, mentions), access)) in
                memories.iter().zip(&mentions).zip(&accesses).enumerate()
            {
                if place > 0 {
                    writeln!(out, "\n{DIM}{rule}{DIM:#}\n")?;
                }
                memory::print_page(memory, mentions, *access, clock, out)?;
            }
            out.flush()?;
        }
        not_found(&missing)
    }
}

/// What a memory speaks of; nothing if it was forgotten just now.
pub fn mentions(store: &Store, id: MemoryId) -> Result<Vec<Mention>> {
    match store.mentions(id) {
        Err(Error::NotFound { .. }) => Ok(Vec::new()),
        mentions => Ok(mentions?),
    }
}

/// Fails if anything is missing, naming it.
pub fn not_found(missing: &[String]) -> Result<()> {
    let Some(first) = missing.first() else {
        return Ok(());
    };
    let more = match missing.len() {
        1 => String::new(),
        count => format!(" nor {} more", count - 1),
    };
    Err(Failure::not_found(
        format!("no memory has the id {first}{more}"),
        "Forgotten and expired memories are hidden; `mindkeep list --ids` shows the others.",
    ))
}
