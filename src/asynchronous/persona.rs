//! What can one persona remember, list and recall, without holding up a thread?

use super::{AsyncStore, Call, TimelineStream};
use crate::error::Result;
use crate::memory::{Batch, Forget, Forgotten, Page, Thread, Timeline};
use crate::model::{BatchReport, Kind, Memory, NewMemory, PersonaScope, Remembered};
use crate::recall::{Hits, Recall};
use crate::store::Persona;

/// One persona's part of a store: the verbs of [`Persona`], each a [`Call`] to be awaited.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
/// # use mindkeep::*;
/// let store = AsyncStore::from(Store::builder().open_in_memory()?);
/// store.persona("acme/ada").remember(NewMemory::new("The engine weaves algebra.")).await?;
/// assert!(store.persona("acme/bo").timeline(Timeline::new()).await?.memories.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct AsyncPersona {
    store: AsyncStore,
    name: String,
}

impl AsyncPersona {
    pub(super) fn new(store: AsyncStore, name: String) -> Self {
        Self { store, name }
    }

    /// Its name.
    ///
    /// ```
    /// let store = mindkeep::AsyncStore::from(mindkeep::Store::builder().open_in_memory()?);
    /// assert_eq!(store.persona("ada").name(), "ada");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Keeps one memory of this persona; see [`Persona::remember`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// store.persona("ada").remember(NewMemory::new("Tea, not coffee.")).await?;
    /// # Ok(()) }
    /// ```
    pub fn remember(&self, memory: NewMemory) -> Call<Remembered> {
        self.write(move |persona| persona.remember(memory))
    }

    /// Keeps any number of memories of this persona; see [`Persona::remember_all`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// store.persona("ada").remember_all([NewMemory::new("One."), NewMemory::new("Two.")]).await?;
    /// # Ok(()) }
    /// ```
    pub fn remember_all(
        &self,
        memories: impl IntoIterator<Item = NewMemory> + Send + 'static,
    ) -> Call<BatchReport> {
        self.write(move |persona| persona.remember_all(memories))
    }

    /// Like `remember_all`, with more to say; see [`Persona::remember_batch`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// store.persona("ada").remember_batch([NewMemory::new("One.")], Batch::new().chunk(4)).await?;
    /// # Ok(()) }
    /// ```
    pub fn remember_batch(
        &self,
        memories: impl IntoIterator<Item = NewMemory> + Send + 'static,
        batch: Batch<'static>,
    ) -> Call<BatchReport> {
        self.write(move |persona| persona.remember_batch(memories, batch))
    }

    /// A page of this persona's memories; see [`Persona::timeline`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.persona("ada").timeline(Timeline::new().limit(5)).await?.next.is_none());
    /// # Ok(()) }
    /// ```
    pub fn timeline(&self, timeline: Timeline) -> Call<Page> {
        self.read(move |persona| persona.timeline(timeline))
    }

    /// Every memory of a timeline of this persona, one by one; see [`AsyncStore::timeline_stream`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.persona("ada").timeline_stream(Timeline::new()).next().await.is_none());
    /// # Ok(()) }
    /// ```
    pub fn timeline_stream(&self, mut timeline: Timeline) -> TimelineStream {
        timeline.filter.personas = PersonaScope::Named(vec![self.name.clone()]);
        self.store.timeline_stream(timeline)
    }

    /// This persona's best memories for a question; see [`Persona::recall`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.persona("ada").recall(Recall::new("anything")).await?.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn recall(&self, recall: Recall) -> Call<Hits> {
        self.read(move |persona| persona.recall(recall))
    }

    /// How many of this persona's memories answer a question; see [`Persona::count_hits`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert_eq!(store.persona("ada").count_hits(Recall::new("anything")).await?, 0);
    /// # Ok(()) }
    /// ```
    pub fn count_hits(&self, recall: Recall) -> Call<u64> {
        self.read(move |persona| persona.count_hits(recall))
    }

    /// Hides every memory of this persona that meets the conditions; see [`Persona::forget_matching`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert_eq!(store.persona("ada").forget_matching(Forget::new()).await?.count, 0);
    /// # Ok(()) }
    /// ```
    pub fn forget_matching(&self, forget: Forget) -> Call<Forgotten> {
        self.write(move |persona| persona.forget_matching(forget))
    }

    /// A whole conversation or session; see [`Persona::thread`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.persona("ada").thread("unknown").await.is_err());
    /// # Ok(()) }
    /// ```
    pub fn thread(&self, name: &str) -> Call<Thread> {
        let name = name.to_owned();
        self.read(move |persona| persona.thread(&name))
    }

    /// What a key has stood for, oldest first; see [`Persona::history`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.persona("ada").history(&Kind::FACT, "drink").await?.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn history(&self, kind: &Kind, key: &str) -> Call<Vec<Memory>> {
        let (kind, key) = (kind.clone(), key.to_owned());
        self.read(move |persona| persona.history(&kind, &key))
    }

    /// Says in which language this persona writes; see [`Persona::set_language`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.persona("ada").set_language(Some("de")).await?);
    /// # Ok(()) }
    /// ```
    pub fn set_language(&self, code: Option<&str>) -> Call<bool> {
        let code = code.map(str::to_owned);
        self.write(move |persona| persona.set_language(code.as_deref()))
    }

    /// The language that it is said to write; see [`Persona::language`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert_eq!(store.persona("ada").language().await?, None);
    /// # Ok(()) }
    /// ```
    pub fn language(&self) -> Call<Option<String>> {
        self.read(move |persona| persona.language())
    }

    /// How many memories this persona has to see; see [`Persona::count`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert_eq!(store.persona("ada").count().await?, 0);
    /// # Ok(()) }
    /// ```
    pub fn count(&self) -> Call<u64> {
        self.read(move |persona| persona.count())
    }

    pub(super) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Persona) -> Result<T> + Send + 'static,
    ) -> Call<T> {
        let name = self.name.clone();
        self.store.read(move |store| work(&store.persona(name)))
    }

    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Persona) -> Result<T> + Send + 'static,
    ) -> Call<T> {
        let name = self.name.clone();
        self.store.write(move |store| work(&store.persona(name)))
    }
}
