//! `update`: how is a memory changed?

use std::io::Write;

use clap::Args;
use mindkeep::{MemoryId, Metadata, Patch};

use crate::args;
use crate::commands::show;
use crate::error::{Failure, Result};
use crate::output::memory::{self, MemoryJson};
use crate::output::style::GOOD;
use crate::session::Session;
use crate::time::{Clock, Direction};

/// Change fields of a memory
///
/// What a flag names is replaced as a whole; all else stays. To change a fact or preference with its history, remember
/// it again under its key.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep update 0190b0a4-5f1e-7cc0-98c4-dc0c0c07398f --content \"Train at ten.\"
  mindkeep update 0190b0a4-5f1e-7cc0-98c4-dc0c0c07398f --importance 0.9 --tag travel --tag york
  mindkeep update 0190b0a4-5f1e-7cc0-98c4-dc0c0c07398f --no-thread --expires 30d")]
pub struct Update {
    /// The memory's id
    #[arg(value_name = "ID")]
    id: String,
    /// The new text, up to 1 MiB of UTF-8; `-` reads standard input
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    content: Option<String>,
    /// When it happened
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: Option<String>,
    /// How important it is, 0 to 1
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    importance: Option<f64>,
    /// All of its tags, one a flag
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Take all tags off
    #[arg(long, conflicts_with = "tag")]
    no_tags: bool,
    /// The conversation or session that it belongs to
    #[arg(long, value_name = "NAME")]
    thread: Option<String>,
    /// Take it out of its thread
    #[arg(long, conflicts_with = "thread")]
    no_thread: bool,
    /// Where it comes from
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Say no more where it comes from
    #[arg(long, conflicts_with = "source")]
    no_source: bool,
    /// All of its metadata, one member a flag; VALUE is read as for `remember`
    #[arg(long, value_name = "NAME=VALUE")]
    meta: Vec<String>,
    /// Take all metadata off
    #[arg(long, conflicts_with = "meta")]
    no_meta: bool,
    /// When it is to be hidden; a distance such as 30d counts from now
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    expires: Option<String>,
    /// Let it never be hidden by time
    #[arg(long, conflicts_with = "expires")]
    no_expiry: bool,
}

impl Update {
    fn job(self, clock: &Clock) -> Result<(MemoryId, Patch)> {
        let id = args::ids(std::slice::from_ref(&self.id))?[0];
        let mut patch = Patch::new();
        if let Some(at) = clock.read_option("--at", self.at.as_deref(), Direction::Ago)? {
            patch = patch.at(at);
        }
        if let Some(importance) = self.importance {
            patch = patch.importance(importance);
        }
        if self.no_tags || !self.tag.is_empty() {
            patch = patch.tags(self.tag);
        }
        if self.no_thread || self.thread.is_some() {
            patch = patch.thread(self.thread);
        }
        if self.no_source || self.source.is_some() {
            patch = patch.source(self.source);
        }
        if self.no_meta {
            patch = patch.metadata(Metadata::default());
        } else if !self.meta.is_empty() {
            patch = patch.metadata(args::metadata("--meta", &self.meta)?);
        }
        let expires = clock.read_option("--expires", self.expires.as_deref(), Direction::Ahead)?;
        if self.no_expiry || expires.is_some() {
            patch = patch.expires_at(expires);
        }
        if let Some(content) = self.content {
            patch = patch.content(args::text_or_stdin(content)?);
        }
        if patch == Patch::new() {
            return Err(Failure::invalid(
                "nothing to change is named",
                "Name at least one field, such as --content or --importance.",
            ));
        }
        Ok((id, patch))
    }

    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let (id, patch) = self.job(&session.clock)?;
        let store = session.open_to_change()?;
        let updated = store.update(id, patch)?;
        let (clock, out) = (&session.clock, &mut session.out);
        if out.is_json() {
            return out.json(&MemoryJson::new(&updated, clock));
        }
        let mentions = show::mentions(&store, id)?;
        writeln!(out, "{GOOD}Updated{GOOD:#}\n")?;
        memory::print_page(&updated, &mentions, None, clock, out)
    }
}
