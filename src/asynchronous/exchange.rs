//! How is a store looked after, and how does it meet other files and processes, without holding up a thread?

use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use super::{AsyncStore, Call, NoticeStream};
use crate::health::{Backup, Budget, Maintenance, Repair, Repaired, Stats, UpkeepTask, Verification};
use crate::store::{MigrationStatus, Store};
use crate::transfer::{Export, Exported, Import, ImportReport};

/// Operations, other files, other processes.
impl AsyncStore {
    /// What the store holds; see [`Store::stats`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert_eq!(store.stats().await?.memories.hot, 0);
    /// # Ok(()) }
    /// ```
    pub fn stats(&self) -> Call<Stats> {
        self.read(move |store| store.stats())
    }

    /// Looks for damage; see [`Store::verify`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.verify(true).await?.is_sound());
    /// # Ok(()) }
    /// ```
    pub fn verify(&self, full: bool) -> Call<Verification> {
        self.read(move |store| store.verify(full))
    }

    /// Which migrations the file has; see [`Store::migrations`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert_eq!(store.migrations().await?[0].name, "first");
    /// # Ok(()) }
    /// ```
    pub fn migrations(&self) -> Call<Vec<MigrationStatus>> {
        self.read(move |store| store.migrations())
    }

    /// Does upkeep in small steps until the budget is spent; see [`Store::maintain`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.maintain(Budget::all()).await?.is_done());
    /// # Ok(()) }
    /// ```
    pub fn maintain(&self, budget: Budget) -> Call<Maintenance> {
        self.write(move |store| store.maintain(budget))
    }

    /// Like `maintain`, and says how far it is; see [`Store::maintain_with`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// store.maintain_with(Budget::millis(50), |task| println!("{}", task.name)).await?;
    /// # Ok(()) }
    /// ```
    pub fn maintain_with(
        &self,
        budget: Budget,
        progress: impl FnMut(&UpkeepTask) + Send + 'static,
    ) -> Call<Maintenance> {
        self.write(move |store| store.maintain_with(budget, progress))
    }

    /// Empties what is derived from memories, for `maintain` to make it anew; see [`Store::rebuild`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// store.rebuild().await?;
    /// store.maintain(Budget::all()).await?;
    /// # Ok(()) }
    /// ```
    pub fn rebuild(&self) -> Call<()> {
        self.write(move |store| store.rebuild())
    }

    /// What upkeep has still to do; see [`Store::upkeep`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.upkeep().await?.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn upkeep(&self) -> Call<Vec<UpkeepTask>> {
        self.read(move |store| store.upkeep())
    }

    /// Copies one commit of the store into a new file; see [`Store::backup`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// # let folder = tempfile::tempdir().unwrap();
    /// store.backup(folder.path().join("copy.db"), Backup::new()).await?;
    /// # Ok(()) }
    /// ```
    pub fn backup(&self, to: impl AsRef<Path>, backup: Backup<'static>) -> Call<u64> {
        let to = to.as_ref().to_owned();
        self.read(move |store| store.backup(to, backup))
    }

    /// Makes a store at `to` from the backup at `from`; see [`Store::restore_backup`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (copy, new) = (folder.path().join("copy.db"), folder.path().join("new.db"));
    /// store.backup(&copy, Backup::new()).await?;
    /// AsyncStore::restore_backup(&copy, &new, Backup::new()).await?;
    /// # Ok(()) }
    /// ```
    pub fn restore_backup(
        from: impl AsRef<Path>,
        to: impl AsRef<Path>,
        backup: Backup<'static>,
    ) -> Call<u64> {
        let (from, to) = (from.as_ref().to_owned(), to.as_ref().to_owned());
        Call::apart(move |cancel| Store::restore_within(&from, &to, backup, cancel))
    }

    /// Saves what can be read from the damaged file at `from` into a new store at `to`; see [`Store::repair`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (damaged, new) = (folder.path().join("damaged.db"), folder.path().join("new.db"));
    /// # drop(AsyncStore::open(&damaged).await?);
    /// assert!(AsyncStore::repair(&damaged, &new, Repair::new()).await?.is_complete());
    /// # Ok(()) }
    /// ```
    pub fn repair(from: impl AsRef<Path>, to: impl AsRef<Path>, repair: Repair<'static>) -> Call<Repaired> {
        let (from, to) = (from.as_ref().to_owned(), to.as_ref().to_owned());
        Call::apart(move |cancel| Store::repair_within(&from, &to, repair, cancel))
    }

    /// Imports lines of the portable format, which are read on a thread for blocking work; see [`Store::import`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// let report = store.import(&br#"{"type":"entity","name":"London"}"#[..], Import::new()).await?;
    /// assert_eq!(report.entities, 1);
    /// # Ok(()) }
    /// ```
    pub fn import(&self, input: impl Read + Send + 'static, import: Import<'static>) -> Call<ImportReport> {
        self.write(move |store| store.import(input, import))
    }

    /// Writes lines of the portable format, and gives the output back; see [`Store::export`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// let (exported, lines) = store.export(Vec::new(), Export::new()).await?;
    /// assert_eq!((exported.memories, lines.len()), (0, 0));
    /// # Ok(()) }
    /// ```
    pub fn export<W: Write + Send + 'static>(
        &self,
        output: W,
        export: Export<'static>,
    ) -> Call<(Exported, W)> {
        self.read(move |store| {
            let mut output = output;
            Ok((store.export(&mut output, export)?, output))
        })
    }

    /// Subscribes to notices of changes; see [`Store::notices`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// let mut notices = store.notices().await?;
    /// # Ok(()) }
    /// ```
    pub fn notices(&self) -> Call<NoticeStream> {
        self.at_once(move |store| Ok(NoticeStream::new(store.notices()?)))
    }

    /// Looks for commits of other processes and tells subscribers of them; see [`Store::poll_notices`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(!store.poll_notices().await?);
    /// # Ok(()) }
    /// ```
    pub fn poll_notices(&self) -> Call<bool> {
        self.read(move |store| store.poll_notices())
    }

    /// Ends all calls and closes every connection; calls that wait for their turn fail with `Paused`; see [`Store::pause`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// store.pause(std::time::Duration::from_millis(500)).await?;
    /// assert_eq!(store.stats().await, Err(Error::Paused));
    /// store.resume().await?;
    /// # Ok(()) }
    /// ```
    pub fn pause(&self, deadline: Duration) -> Call<()> {
        self.at_once(move |store| store.pause(deadline))
    }

    /// Opens the file again; see [`Store::resume`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// store.resume().await?; // nothing to do
    /// # Ok(()) }
    /// ```
    pub fn resume(&self) -> Call<()> {
        self.at_once(move |store| store.resume())
    }
}
