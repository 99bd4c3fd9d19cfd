//! Which store does a command work on, in which time zone, and how does it talk?

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use mindkeep::{Error, Store};

use crate::args::Global;
use crate::error::{Failure, Result};
use crate::output::Output;
use crate::progress::Progress;
use crate::time::Clock;

/// What every command gets.
pub struct Session {
    db: Option<PathBuf>,
    quiet: bool,
    /// The moment of the call and the zone of its times.
    pub clock: Clock,
    /// Where it says what it has to say.
    pub out: Output,
}

impl Session {
    /// Makes sense of the global flags.
    pub fn new(global: Global) -> Result<Self> {
        Ok(Self {
            db: global
                .db
                .or_else(|| std::env::var_os("MINDKEEP_DB").map(PathBuf::from))
                .filter(|path| !path.as_os_str().is_empty()),
            quiet: global.quiet,
            clock: Clock::new(&global.tz)?,
            out: Output::new(global.format),
        })
    }

    /// The file: as named, or in the platform's data folder.
    pub fn path(&self) -> Result<PathBuf> {
        match &self.db {
            Some(path) => Ok(path.clone()),
            None => Ok(data_folder()?.join("memories.db")),
        }
    }

    /// The file, for commands that may create it: the platform's folder is there then.
    pub fn path_in_folder(&self) -> Result<PathBuf> {
        let path = self.path()?;
        if self.db.is_none()
            && let Some(folder) = path.parent()
        {
            std::fs::create_dir_all(folder)
                .map_err(|error| Failure::file("creating the folder", folder.display(), &error))?;
        }
        Ok(path)
    }

    /// For commands that only read: nothing is created, changed or upgraded.
    pub fn open_to_read(&self) -> Result<Store> {
        let path = self.path()?;
        Store::builder().read_only().open(&path).map_err(|error| self.explain_at(&path, error))
    }

    /// For commands that change what is there.
    pub fn open_to_change(&self) -> Result<Store> {
        let path = self.path()?;
        let store =
            Store::builder().create(false).open(&path).map_err(|error| self.explain_at(&path, error))?;
        self.tell_upgrade(&store);
        Ok(store)
    }

    /// For commands that may be the first ever: the store is created where there is none.
    pub fn open_or_create(&self) -> Result<Store> {
        let path = self.path_in_folder()?;
        let new = !path.exists();
        let store = Store::open(&path).map_err(|error| self.explain_at(&path, error))?;
        if new {
            self.note(&format!("Created the store {}", path.display()));
        }
        self.tell_upgrade(&store);
        Ok(store)
    }

    /// Progress that shows once the work has taken a second, unless nobody wants to see it.
    pub fn progress(&self, what: &'static str) -> Progress {
        Progress::new(what, !self.quiet)
    }

    /// A remark on stderr, for people; scripts and `--quiet` do not get it.
    pub fn note(&self, remark: &str) {
        if !self.quiet && !self.out.is_json() {
            self.out.note(remark);
        }
    }

    /// Says that opening the store upgraded it: an older version cannot write it any more.
    fn tell_upgrade(&self, store: &Store) {
        if let Some(upgrade) = store.upgraded() {
            let (from, to) = (upgrade.from, upgrade.to);
            self.note(&format!(
                "Upgraded the store from schema {from} to {to}; back with `mindkeep migrate down --to {from}`"
            ));
        }
    }

    /// Why the file of the session cannot be used.
    pub fn explain(&self, error: Error) -> Failure {
        match self.path() {
            Ok(path) => self.explain_at(&path, error),
            Err(failure) => failure,
        }
    }

    fn explain_at(&self, path: &Path, error: Error) -> Failure {
        match error {
            Error::NotFound { what: "file" } => Failure::not_found(
                format!("there is no store at {}", path.display()),
                "Name another file with --db or MINDKEEP_DB, or make this one: mindkeep remember \"…\"",
            ),
            Error::NotFound { .. } => Failure::not_found(
                format!("there is no folder for {}", path.display()),
                "Create the folder first, or name another file with --db.",
            ),
            error => error.into(),
        }
    }
}

fn data_folder() -> Result<PathBuf> {
    let strategy = etcetera::base_strategy::choose_native_strategy().map_err(|_| {
        Failure::not_found(
            "this account has no home folder to keep a store in",
            "Name a file with --db or MINDKEEP_DB.",
        )
    })?;
    Ok(strategy.data_dir().join("mindkeep"))
}
