//! Where does an app begin? With a [`Store`]: the front door, one method a verb, no logic of its own.

mod attributes;
#[cfg(test)]
mod bounds;
mod builder;
mod embeddings;
mod exchange;
#[cfg(test)]
mod gone;
mod graph;
mod memories;
mod operations;
mod persona;
mod registry;
mod schema;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use builder::StoreBuilder;
pub use embeddings::Embedder;
pub use persona::Persona;
use registry::Registered;
pub use schema::{MigrationState, MigrationStatus, Schema};

use crate::error::{Error, Result};
use crate::memory;
use crate::model::{Config, MemoryId};
use crate::storage::{Cancel, ReadLimits, ReadTx, Upgrade, WriteTx};
use crate::telemetry::{Operation, OperationCount};

/// An open store. Cheap to clone; all clones, on any thread, are the same store.
///
/// ```
/// use mindkeep::{Kind, NewMemory, Recall, Store, Timeline};
///
/// let folder = tempfile::tempdir().unwrap();
/// let store = Store::open(folder.path().join("memories.db"))?;
/// let pepys = store.persona("pepys");
/// pepys.remember(NewMemory::new("A great fire in the City.").kind(Kind::EVENT).tag("fire"))?;
/// assert_eq!(pepys.timeline(Timeline::new())?.memories.len(), 1);
/// assert_eq!(pepys.recall(Recall::new("fire"))?.len(), 1);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Clone)]
pub struct Store {
    core: Arc<Registered>,
    deadline: Option<Duration>,
    cancel: Option<Cancel>,
    read_only: bool,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.path()).field("config", self.config()).finish()
    }
}

/// Opening and settings.
impl Store {
    /// Opens the store in a file, made if there is none, with the settings for desktops.
    ///
    /// # Errors
    /// `NotAStore` or `SchemaTooNew` for a file that is not ours to touch, `NotFound` for a missing folder,
    /// `Unavailable` if the system denies access, `AfterFork` in a fork of a process that had opened a store; for an older
    /// file `NoRoomForSnapshot` if there is no room for the copy that is made before its upgrade, `UpgradeFailed` if that
    /// went wrong and could not be undone.
    ///
    /// ```
    /// let folder = tempfile::tempdir().unwrap();
    /// let store = mindkeep::Store::open(folder.path().join("memories.db"))?;
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::builder().open(path)
    }

    /// Other settings, or a store in memory.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().phone().open_in_memory()?;
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn builder() -> StoreBuilder {
        StoreBuilder::new()
    }

    /// A handle of this store whose calls give up after `deadline` with `DeadlineExceeded`: a read at once, a write if it
    /// has not begun by then, a batch before its next chunk.
    ///
    /// ```
    /// use std::time::Duration;
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// let frame = store.with_deadline(Duration::from_millis(16));
    /// assert!(frame.personas(None).is_ok());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        let mut store = self.clone();
        store.deadline = Some(deadline);
        store
    }

    /// A handle of this store whose calls stop with `Cancelled` once `cancel` is switched on; see [`Cancel`].
    ///
    /// ```
    /// let cancel = mindkeep::Cancel::new();
    /// let store = mindkeep::Store::builder().open_in_memory()?.with_cancel(&cancel);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn with_cancel(&self, cancel: &Cancel) -> Self {
        let mut store = self.clone();
        store.cancel = Some(cancel.clone());
        store
    }

    /// The file; `None` in memory.
    ///
    /// ```
    /// assert!(mindkeep::Store::builder().open_in_memory()?.path().is_none());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn path(&self) -> Option<&Path> {
        self.core.storage.path()
    }

    /// The settings that the store was opened with.
    ///
    /// ```
    /// assert_eq!(mindkeep::Store::builder().phone().open_in_memory()?.config().readers, 3);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn config(&self) -> &Config {
        self.core.storage.config()
    }

    /// What was counted of each operation since the store was opened.
    ///
    /// ```
    /// assert!(!mindkeep::Store::builder().open_in_memory()?.counters().is_empty());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn counters(&self) -> Vec<OperationCount> {
        self.core.counters.snapshot()
    }

    /// What the upgrade did that this store's opening made; `None` if the file had the newest schema. Says also whether
    /// there was a copy to fall back on.
    ///
    /// ```
    /// assert_eq!(mindkeep::Store::builder().open_in_memory()?.upgraded(), None);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn upgraded(&self) -> Option<Upgrade> {
        self.core.storage.upgraded()
    }

    /// Which migrations the file has.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert!(store.migrations()?.iter().all(|m| m.state == mindkeep::MigrationState::Applied));
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn migrations(&self) -> Result<Vec<MigrationStatus>> {
        self.core.storage.read(&self.limits(), |read| schema::status(read.conn()))
    }
}

impl Store {
    /// The limits of a call that begins now.
    fn limits(&self) -> ReadLimits {
        let deadline = self.deadline.and_then(|after| Instant::now().checked_add(after));
        ReadLimits { deadline, cancel: self.cancel.clone() }
    }

    /// How long its calls may take.
    #[cfg(feature = "tokio")]
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// What stops its calls.
    #[cfg(feature = "tokio")]
    pub(crate) fn cancel(&self) -> Option<&Cancel> {
        self.cancel.as_ref()
    }

    fn check_writable(&self) -> Result<()> {
        if self.read_only { Err(Error::ReadOnly) } else { Ok(()) }
    }

    fn write<T: Send + 'static>(
        &self,
        op: impl Fn(&mut WriteTx<'_>) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        self.write_with(memory::TAKEN_ALONG, op)
    }

    /// Writes, and takes so many notes along of what was read.
    fn write_with<T: Send + 'static>(
        &self,
        most: usize,
        op: impl Fn(&mut WriteTx<'_>) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        self.check_writable()?;
        let storage = &self.core.storage;
        let noted = Arc::new(self.core.accesses.take(most));
        if noted.is_empty() {
            return storage.write(&self.limits(), op);
        }
        let taken = Arc::clone(&noted);
        let written = storage.write(&self.limits(), move |tx| {
            let value = op(tx)?;
            memory::keep_accesses(tx, &taken)?;
            Ok(value)
        });
        if written.is_err() {
            self.core.accesses.put(noted.iter().map(|(id, access)| (*id, *access)));
        }
        written
    }

    /// Writes down all that was read.
    fn keep_accesses(&self) -> Result<()> {
        // No more than there are now: others may be reading on.
        for _ in 0..self.core.accesses.len().div_ceil(memory::TAKEN_ALONE) {
            self.write_with(memory::TAKEN_ALONE, |_| Ok(()))?;
        }
        Ok(())
    }

    /// Notes that memories were read.
    fn note_access(&self, ids: impl Iterator<Item = MemoryId>) {
        if !self.read_only {
            self.core.accesses.note(ids);
        }
    }

    fn measure<T>(&self, operation: Operation, work: impl FnOnce() -> Result<(T, u64)>) -> Result<T> {
        self.core.counters.measure(operation, work)
    }

    fn measured_read<T>(
        &self,
        operation: Operation,
        work: impl FnOnce(&ReadTx<'_>) -> Result<(T, u64)>,
    ) -> Result<T> {
        self.measure(operation, || self.core.storage.read(&self.limits(), work))
    }

    fn measured_snapshot<T>(
        &self,
        operation: Operation,
        work: impl FnOnce(&ReadTx<'_>) -> Result<(T, u64)>,
    ) -> Result<T> {
        self.measure(operation, || self.core.storage.snapshot(&self.limits(), work))
    }

    fn counted<T>(&self, work: impl FnOnce(&ReadTx<'_>) -> Result<T>) -> Result<T> {
        self.measured_snapshot(Operation::Count, |read| Ok((work(read)?, 1)))
    }
}
