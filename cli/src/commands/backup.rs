//! `backup`: how is the store copied while it is in use?

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use mindkeep::Error;
use serde::Serialize;

use crate::error::{Code, Failure, Result};
use crate::interrupt::Interrupt;
use crate::output::figures;
use crate::output::style::GOOD;
use crate::session::Session;

/// Copy the store to a new file, consistent even while others write
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep backup memories-2026-11-21.db
  mindkeep --db work.db backup /mnt/usb/work.db")]
pub struct Backup {
    /// The new file; an existing one is never overwritten
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// What was copied, for scripts.
#[derive(Serialize)]
pub struct Document {
    file: String,
    pages: u64,
    file_bytes: u64,
}

impl Backup {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        if self.file.as_os_str() == "-" {
            return Err(Failure::invalid(
                "a copy cannot go to standard output",
                "Name a file; `mindkeep export mindkeep -` writes memories to standard output.",
            ));
        }
        let store = session.open_to_read()?;
        let (interrupt, mut progress) = (Interrupt::listen(), session.progress("Copying"));
        let mut options = mindkeep::Backup::new();
        options.on_progress(|copied| {
            progress.show(copied.done, copied.total, Some((copied.done, "pages")));
            interrupt.flow()
        });
        let pages = store.backup(&self.file, options).map_err(|error| explain(error, &self.file))?;
        drop(progress);
        tell("Copied to", &self.file, pages, session)
    }
}

/// Says what lies where now.
pub fn tell(what: &str, file: &std::path::Path, pages: u64, session: &mut Session) -> Result<()> {
    let file_bytes = std::fs::metadata(file).map_or(0, |about| about.len());
    let out = &mut session.out;
    if out.is_json() {
        return out.json(&Document { file: file.display().to_string(), pages, file_bytes });
    }
    writeln!(out, "{GOOD}{what}{GOOD:#} {} ({})", file.display(), figures::bytes(file_bytes))?;
    Ok(())
}

/// Names the file that is in the way.
pub fn explain(error: Error, file: &std::path::Path) -> Failure {
    match error {
        Error::Conflict { .. } => Failure::new(
            Code::Failed,
            "Conflict",
            format!("{} exists already", file.display()),
            "Name a file that does not exist, or move that one away first.",
        ),
        Error::NotFound { what } if what != "file" => Failure::not_found(
            format!("there is no folder for {}", file.display()),
            "Create the folder first.",
        ),
        error => error.into(),
    }
}
