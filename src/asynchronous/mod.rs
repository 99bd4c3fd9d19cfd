//! How does an async program use a store without holding up its threads?
//!
//! With the same verbs: each is a [`Call`] that waits for its turn without a thread and then runs on one of tokio's
//! threads for blocking work. In each runtime as many reads run at once as the store has read-only connections, and a few
//! writes, which the store commits together; ten thousand calls need no more threads than that.

mod attributes;
mod call;
mod exchange;
mod graph;
mod memories;
mod persona;
mod stream;
mod turns;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use call::Call;
pub use persona::AsyncPersona;
pub use stream::{NoticeStream, TimelineStream};
use turns::Turns;

use crate::error::Result;
use crate::model::Config;
use crate::storage::{Cancel, Upgrade};
use crate::store::{Store, StoreBuilder};
use crate::telemetry::OperationCount;

/// Writes of a runtime that are on their way to the one write connection at a time, to be committed together.
const WRITES: usize = 16;

/// A store for async programs: the verbs of [`Store`] with the same arguments, each a [`Call`] to be awaited.
///
/// Cheap to clone; clones share their turns. It runs on tokio, on one thread or many; outside of a runtime its calls fail
/// with `NoRuntime`.
///
/// Several runtimes may use one store, each with turns of its own: a call runs on the runtime in which it is first
/// awaited, and ends with `Cancelled` if that shuts down before its turn. What they share are the connections, as threads
/// do, so reads of two runtimes may wait for each other, and fail with `Busy` after the `reader_wait_ms` of the settings.
///
/// Everything that `Store` does is here, but for [`Schema`](crate::Schema), which looks at files that no program has to
/// have open, and `iterate`, which is [`AsyncStore::timeline_stream`]. Call `Schema` within `tokio::task::spawn_blocking`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
/// use mindkeep::{AsyncStore, NewMemory, Recall};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("memories.db");
/// let store = AsyncStore::open(path).await?;
/// let pepys = store.persona("pepys");
/// pepys.remember(NewMemory::new("A great fire in the City.")).await?;
/// assert_eq!(pepys.recall(Recall::new("fire")).await?.len(), 1);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct AsyncStore {
    store: Store,
    reads: Arc<Turns>,
    writes: Arc<Turns>,
}

impl From<Store> for AsyncStore {
    fn from(store: Store) -> Self {
        // In memory there is one connection for everything.
        let reads = if store.path().is_some() { store.config().readers as usize } else { 1 };
        Self { store, reads: Turns::new(reads), writes: Turns::new(WRITES) }
    }
}

impl StoreBuilder {
    /// Opens the store in a file, off the caller's thread; see [`StoreBuilder::open`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("memories.db");
    /// let store = mindkeep::Store::builder().phone().open_async(path).await?;
    /// # Ok(()) }
    /// ```
    pub fn open_async(self, path: impl AsRef<Path>) -> Call<AsyncStore> {
        let path = path.as_ref().to_owned();
        Call::apart(move |_| Ok(self.open(path)?.into()))
    }
}

/// Opening and settings.
impl AsyncStore {
    /// Opens the store in a file; see [`Store::open`]. Other settings: [`StoreBuilder::open_async`]; one that is open, or in
    /// memory: `AsyncStore::from(store)`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("memories.db");
    /// let store = mindkeep::AsyncStore::open(path).await?;
    /// # Ok(()) }
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Call<Self> {
        Store::builder().open_async(path)
    }

    /// The same store for threads that may block. Its calls do not wait for turns.
    ///
    /// ```
    /// let store = mindkeep::AsyncStore::from(mindkeep::Store::builder().open_in_memory()?);
    /// assert_eq!(store.blocking().stats()?.memories.hot, 0);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn blocking(&self) -> &Store {
        &self.store
    }

    /// A handle whose calls give up after `deadline` with `DeadlineExceeded`: counted from the call, the wait for its turn
    /// included. A write that has begun by then is finished, and says so.
    ///
    /// # Panics
    /// Its calls panic in a runtime whose timers are not enabled (`enable_time` of tokio's builder).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// use std::time::Duration;
    /// let store = mindkeep::AsyncStore::from(mindkeep::Store::builder().open_in_memory()?);
    /// let hurried = store.with_deadline(Duration::ZERO);
    /// assert_eq!(hurried.stats().await, Err(mindkeep::Error::DeadlineExceeded));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self { store: self.store.with_deadline(deadline), ..self.clone() }
    }

    /// A handle whose calls stop with `Cancelled` once `cancel` is switched on, those that wait when their turn comes.
    /// To stop a single call, drop it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// let cancel = mindkeep::Cancel::new();
    /// let store = mindkeep::AsyncStore::from(mindkeep::Store::builder().open_in_memory()?).with_cancel(&cancel);
    /// cancel.cancel();
    /// assert_eq!(store.stats().await, Err(mindkeep::Error::Cancelled));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_cancel(&self, cancel: &Cancel) -> Self {
        Self { store: self.store.with_cancel(cancel), ..self.clone() }
    }

    /// The file; `None` in memory.
    ///
    /// ```
    /// let store = mindkeep::AsyncStore::from(mindkeep::Store::builder().open_in_memory()?);
    /// assert!(store.path().is_none());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn path(&self) -> Option<&Path> {
        self.store.path()
    }

    /// The settings that the store was opened with.
    ///
    /// ```
    /// let store = mindkeep::AsyncStore::from(mindkeep::Store::builder().open_in_memory()?);
    /// assert_eq!(store.config(), &mindkeep::Config::desktop());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn config(&self) -> &Config {
        self.store.config()
    }

    /// What was counted of each operation since the store was opened.
    ///
    /// ```
    /// let store = mindkeep::AsyncStore::from(mindkeep::Store::builder().open_in_memory()?);
    /// assert!(!store.counters().is_empty());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn counters(&self) -> Vec<OperationCount> {
        self.store.counters()
    }

    /// What the upgrade did that this store's opening made; see [`Store::upgraded`].
    ///
    /// ```
    /// let store = mindkeep::AsyncStore::from(mindkeep::Store::builder().open_in_memory()?);
    /// assert_eq!(store.upgraded(), None);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn upgraded(&self) -> Option<Upgrade> {
        self.store.upgraded()
    }

    /// Whether the store is paused.
    ///
    /// ```
    /// let store = mindkeep::AsyncStore::from(mindkeep::Store::builder().open_in_memory()?);
    /// assert!(!store.is_paused());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn is_paused(&self) -> bool {
        self.store.is_paused()
    }
}

impl AsyncStore {
    fn read<T: Send + 'static>(&self, work: impl FnOnce(&Store) -> Result<T> + Send + 'static) -> Call<T> {
        Call::new(&self.store, Some(&self.reads), work)
    }

    fn write<T: Send + 'static>(&self, work: impl FnOnce(&Store) -> Result<T> + Send + 'static) -> Call<T> {
        Call::new(&self.store, Some(&self.writes), work)
    }

    /// Past those that wait for their turn.
    fn at_once<T: Send + 'static>(&self, work: impl FnOnce(&Store) -> Result<T> + Send + 'static) -> Call<T> {
        Call::new(&self.store, None, work)
    }
}
