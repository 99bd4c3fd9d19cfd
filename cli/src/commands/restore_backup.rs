//! `restore-backup`: how does a backup become the store again?

use std::path::PathBuf;

use clap::Args;
use mindkeep::{Error, Store};

use crate::commands::backup;
use crate::error::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::session::Session;

/// Make the store (--db) from a backup, after checking that it is sound
///
/// The store must not exist: move a damaged one away first, with the files beside it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep --db new.db restore-backup memories-2026-11-21.db
  mindkeep restore-backup /mnt/usb/memories.db")]
pub struct RestoreBackup {
    /// The backup; it stays as it is
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
}

impl RestoreBackup {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let store = session.path_in_folder()?;
        let (interrupt, mut progress) = (Interrupt::listen(), session.progress("Restoring"));
        let mut options = mindkeep::Backup::new();
        options.on_progress(|copied| {
            progress.show(copied.done, copied.total, Some((copied.done, "pages")));
            interrupt.flow()
        });
        let pages = Store::restore_backup(&self.backup, &store, options).map_err(|error| match error {
            Error::NotFound { what: "file" } => Failure::not_found(
                format!("there is no backup at {}", self.backup.display()),
                "Check the path.",
            ),
            error => backup::explain(error, &store),
        })?;
        drop(progress);
        backup::tell("Restored", &store, pages, session)
    }
}
