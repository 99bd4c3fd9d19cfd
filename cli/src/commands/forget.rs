//! `forget`: how are memories hidden, and brought back?

use std::io::Write;

use clap::Args;
use mindkeep::{Filter, MemoryId};
use serde::Serialize;

use crate::args::{self, Filters, Personas};
use crate::commands::show;
use crate::error::{Failure, Result};
use crate::output::figures;
use crate::output::style::{BOLD, DIM};
use crate::session::Session;
use crate::time::Clock;

/// Hide memories, by id or by conditions, until `--undo`
///
/// Forgotten memories are found by nothing. By conditions, the history of each key goes along, and a persona has to be
/// named.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep forget 0190b0a4-5f1e-7cc0-98c4-dc0c0c07398f
  mindkeep forget --undo 0190b0a4-5f1e-7cc0-98c4-dc0c0c07398f
  mindkeep forget --persona guest --until 2026-01-01 --dry-run")]
pub struct Forget {
    /// Ids, up to 10000; `-` reads them from standard input
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    personas: Personas,
    #[command(flatten)]
    filters: Filters,
    /// Only say what would be forgotten
    #[arg(long)]
    dry_run: bool,
    /// Bring the memories with these ids back
    #[arg(long, conflicts_with_all = ["dry_run", "persona", "persona_prefix", "all_personas"])]
    undo: bool,
}

enum Job {
    Undo(Vec<MemoryId>),
    Ids { ids: Vec<MemoryId>, dry_run: bool },
    Matching { filter: Box<Filter>, dry_run: bool },
}

#[derive(Serialize)]
struct Document<'d> {
    forgotten: u64,
    dry_run: bool,
    ids: &'d [String],
}

#[derive(Serialize)]
struct Undone<'d> {
    restored: u64,
    ids: &'d [String],
}

/// More ids than this stand on lines of their own.
const IDS_INLINE_MAX: usize = 3;

impl Forget {
    fn job(self, clock: &Clock) -> Result<Job> {
        let conditions = self.personas.is_said() || self.filters.is_said();
        if !self.ids.is_empty() {
            if conditions {
                return Err(Failure::invalid(
                    "ids and conditions do not go together",
                    "Give ids, or --persona with conditions.",
                ));
            }
            let ids = args::ids(&self.ids)?;
            return Ok(if self.undo { Job::Undo(ids) } else { Job::Ids { ids, dry_run: self.dry_run } });
        }
        if self.undo || !self.personas.is_said() {
            return Err(Failure::invalid(
                "nothing to forget is named",
                "Give ids, or --persona NAME with or without conditions; --dry-run shows what would go.",
            ));
        }
        let filter = Box::new(self.filters.meant(self.personas.scope(), clock)?);
        Ok(Job::Matching { filter, dry_run: self.dry_run })
    }

    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        match self.job(&session.clock)? {
            Job::Undo(ids) => undo(&ids, session),
            Job::Ids { ids, dry_run } => {
                let (hidden, missing) = by_ids(&ids, dry_run, session)?;
                if !hidden.is_empty() {
                    tell(&hidden, dry_run, session)?;
                }
                show::not_found(&missing)
            }
            Job::Matching { filter, dry_run } => {
                let mut forget = mindkeep::Forget::new().filter(*filter);
                if dry_run {
                    forget = forget.dry_run();
                }
                let store = if dry_run { session.open_to_read()? } else { session.open_to_change()? };
                let forgotten = store.forget_matching(forget)?;
                let ids: Vec<_> = forgotten.ids.iter().map(ToString::to_string).collect();
                tell(&ids, dry_run, session)
            }
        }
    }
}

/// The ids that were hidden, and those that name nothing.
fn by_ids(ids: &[MemoryId], dry_run: bool, session: &Session) -> Result<(Vec<String>, Vec<String>)> {
    let store = if dry_run { session.open_to_read()? } else { session.open_to_change()? };
    let seen = store.get_many(ids)?;
    let hidden = if dry_run { None } else { Some(store.forget(ids)?) };
    if hidden == Some(ids.len() as u64) {
        // Expired ones among them are not seen, but forgotten.
        return Ok((ids.iter().map(ToString::to_string).collect(), Vec::new()));
    }
    let named = |there: bool| {
        ids.iter()
            .zip(&seen)
            .filter(|(_, memory)| memory.is_some() == there)
            .map(|(id, _)| id.to_string())
            .collect()
    };
    Ok((named(true), named(false)))
}

fn undo(ids: &[MemoryId], session: &mut Session) -> Result<()> {
    let restored = session.open_to_change()?.undo_forget(ids)?;
    let out = &mut session.out;
    if out.is_json() {
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        return out.json(&Undone { restored, ids: &ids });
    }
    writeln!(out, "Brought back {}.", figures::memories(restored))?;
    Ok(())
}

fn tell(ids: &[String], dry_run: bool, session: &mut Session) -> Result<()> {
    let forgotten = ids.len() as u64;
    let out = &mut session.out;
    if out.is_json() {
        return out.json(&Document { forgotten, dry_run, ids });
    }
    let verb = if dry_run { "Would forget" } else { "Forgot" };
    writeln!(out, "{BOLD}{verb} {}.{BOLD:#}", figures::memories(forgotten))?;
    if ids.is_empty() {
        return Ok(());
    }
    if dry_run {
        for id in ids {
            writeln!(out, "  {DIM}{id}{DIM:#}")?;
        }
    } else if ids.len() <= IDS_INLINE_MAX {
        writeln!(out, "{DIM}To undo:{DIM:#} mindkeep forget --undo {}", ids.join(" "))?;
    } else {
        writeln!(out, "{DIM}To undo, give these ids to:{DIM:#} mindkeep forget --undo -")?;
        for id in ids {
            writeln!(out, "  {DIM}{id}{DIM:#}")?;
        }
    }
    Ok(())
}
