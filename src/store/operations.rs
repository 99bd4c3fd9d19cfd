//! How is a store looked after?

use std::path::Path;

use super::Store;
use crate::error::Result;
use crate::health::{self, Backup, Budget, Maintenance, Repair, Repaired, Stats, UpkeepTask, Verification};
#[cfg(feature = "tokio")]
use crate::storage::Cancel;
use crate::storage::ReadLimits;
use crate::telemetry::Operation;

/// Operations.
impl Store {
    /// What the store holds, by one pass over its rows.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert_eq!(store.stats()?.memories.hot, 0);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn stats(&self) -> Result<Stats> {
        self.measure(Operation::Stats, || {
            let stats = health::stats(&self.core.storage, &self.core.graphs, &self.limits())?;
            Ok((Stats { graph_cache: self.core.answers.counts(), ..stats }, 1))
        })
    }

    /// Looks for damage; `full` reads every row and compares all that is derived. Changes nothing.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert!(store.verify(false)?.is_sound());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn verify(&self, full: bool) -> Result<Verification> {
        self.measure(Operation::Verify, || {
            let verification = health::verify(&self.core.storage, &self.limits(), full)?;
            let checks = u64::from(verification.checks);
            Ok((verification, checks))
        })
    }

    /// Does upkeep in small steps until the budget is spent: what upgrades and declarations left to be done row by row,
    /// and the arrays of a large graph, which the next process then loads instead of reading every row. Their memory is held
    /// until they are stored. Arrays that are damaged are stored anew: if a question to this store has met them, or the
    /// budget is all. Never deletes a memory. Can be stopped and killed at any step and goes on later.
    ///
    /// ```
    /// use mindkeep::Budget;
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// while !store.maintain(Budget::millis(50))?.is_done() {}
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn maintain(&self, budget: Budget) -> Result<Maintenance> {
        self.maintain_with(budget, |_| {})
    }

    /// Like [`Store::maintain`], and says before each further step which task is how far.
    ///
    /// ```
    /// use mindkeep::Budget;
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// store.maintain_with(Budget::all(), |task| println!("{}: {}", task.name, task.done_to))?;
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn maintain_with(&self, budget: Budget, progress: impl FnMut(&UpkeepTask)) -> Result<Maintenance> {
        self.measure(Operation::Maintain, || {
            self.check_writable()?;
            self.keep_accesses()?;
            let core = &self.core;
            let done =
                health::maintain(&core.storage, &core.graphs, &core.words, &self.limits(), budget, progress)?;
            let rows = done.rows;
            Ok((done, rows))
        })
    }

    /// Empties what is derived from memories (tags, full text, attributes) and leaves it to [`Store::maintain`] to make it
    /// anew. Until that is done, searches find what has been done already. No base row is touched.
    ///
    /// ```
    /// use mindkeep::{Budget, NewMemory, Recall};
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("The key is under the third pot."))?;
    /// store.rebuild()?;
    /// store.maintain(Budget::all())?;
    /// assert_eq!(store.recall(Recall::new("key"))?.len(), 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn rebuild(&self) -> Result<()> {
        self.check_writable()?;
        health::rebuild(&self.core.storage, &self.limits())
    }

    /// What was found to be damaged in this process, so that questions are answered without it; empty mostly. It is derived from memories that are
    /// whole: [`Store::maintain`] makes it anew.
    ///
    /// ```
    /// assert!(mindkeep::Store::builder().open_in_memory()?.damage().is_empty());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn damage(&self) -> Vec<&'static str> {
        let found = [
            (self.core.words.is_damaged(), "a segment of the full text"),
            (self.core.words.vectors().is_damaged(), "a chunk of vector codes"),
        ];
        found.into_iter().filter(|(is_damaged, _)| *is_damaged).map(|(_, what)| what).collect()
    }

    /// What upkeep has still to do; empty mostly.
    ///
    /// ```
    /// assert!(mindkeep::Store::builder().open_in_memory()?.upkeep()?.is_empty());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn upkeep(&self) -> Result<Vec<UpkeepTask>> {
        health::upkeep_tasks(&self.core.storage, &self.limits())
    }

    /// Copies one commit of the store into a new file, while others read and write. Returns the pages copied.
    ///
    /// # Errors
    /// `Conflict` if the target exists.
    ///
    /// ```
    /// let folder = tempfile::tempdir().unwrap();
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// store.backup(folder.path().join("copy.db"), mindkeep::Backup::new())?;
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn backup(&self, to: impl AsRef<Path>, backup: Backup<'_>) -> Result<u64> {
        self.measure(Operation::Backup, || {
            let pages = health::backup(&self.core.storage, &self.limits(), to.as_ref(), backup)?;
            Ok((pages, pages))
        })
    }

    /// Makes a store at `to`, which must not exist, from the backup at `from`, after checking that it is sound.
    ///
    /// # Errors
    /// `Conflict` if the target exists, `NotAStore` or `Corrupt` for a bad backup.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (copy, new) = (folder.path().join("copy.db"), folder.path().join("new.db"));
    /// # mindkeep::Store::builder().open_in_memory()?.backup(&copy, mindkeep::Backup::new())?;
    /// mindkeep::Store::restore_backup(&copy, &new, mindkeep::Backup::new())?;
    /// assert!(mindkeep::Store::open(&new)?.verify(true)?.is_sound());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn restore_backup(from: impl AsRef<Path>, to: impl AsRef<Path>, backup: Backup<'_>) -> Result<u64> {
        health::restore(&ReadLimits::default(), from.as_ref(), to.as_ref(), backup)
    }

    /// Like [`Store::restore_backup`], and stops with `Cancelled` once `cancel` is switched on.
    #[cfg(feature = "tokio")]
    pub(crate) fn restore_within(from: &Path, to: &Path, backup: Backup<'_>, cancel: &Cancel) -> Result<u64> {
        let limits = ReadLimits { deadline: None, cancel: Some(cancel.clone()) };
        health::restore(&limits, from, to, backup)
    }

    /// Saves what can be read from the damaged file at `from` into a new store at `to`, which must not exist, and says
    /// what was lost. The damaged file, with the log beside it, is only read; every program should have closed it.
    ///
    /// # Errors
    /// `Conflict` if the target exists or this process has the damaged file open, `NotAStore` if nothing of a store is
    /// left, `SchemaTooNew` for a newer version's.
    ///
    /// ```
    /// use mindkeep::{Repair, Store};
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (damaged, new) = (folder.path().join("damaged.db"), folder.path().join("new.db"));
    /// # Store::open(&damaged)?;
    /// let repaired = Store::repair(&damaged, &new, Repair::new())?;
    /// println!("{} memories saved, {} lost", repaired.memories.saved, repaired.memories.lost);
    /// assert!(Store::open(&new)?.verify(true)?.is_sound());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn repair(from: impl AsRef<Path>, to: impl AsRef<Path>, repair: Repair<'_>) -> Result<Repaired> {
        health::repair(&ReadLimits::default(), from.as_ref(), to.as_ref(), repair)
    }

    /// Like [`Store::repair`], and stops with `Cancelled` once `cancel` is switched on.
    #[cfg(feature = "tokio")]
    pub(crate) fn repair_within(
        from: &Path,
        to: &Path,
        repair: Repair<'_>,
        cancel: &Cancel,
    ) -> Result<Repaired> {
        let limits = ReadLimits { deadline: None, cancel: Some(cancel.clone()) };
        health::repair(&limits, from, to, repair)
    }
}
