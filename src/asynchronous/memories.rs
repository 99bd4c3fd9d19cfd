//! What can be done with memories, without holding up a thread?

use super::{AsyncPersona, AsyncStore, Call, TimelineStream};
use crate::memory::{Access, Batch, Forget, Forgotten, Page, Timeline};
use crate::model::{
    BatchReport, Embedding, Filter, Kind, Memory, MemoryId, NewMemory, Patch, PersonaName, Remembered,
};
use crate::recall::{Hits, Recall};

/// Memories.
impl AsyncStore {
    /// One persona's part of the store; see [`Store::persona`](crate::Store::persona).
    ///
    /// ```
    /// let store = mindkeep::AsyncStore::from(mindkeep::Store::builder().open_in_memory()?);
    /// assert_eq!(store.persona("pepys").name(), "pepys");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn persona(&self, name: impl Into<String>) -> AsyncPersona {
        AsyncPersona::new(self.clone(), name.into())
    }

    /// Keeps one memory; see [`Store::remember`](crate::Store::remember).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// let kept = store.remember(NewMemory::new("Bins go out on Tuesday.")).await?;
    /// assert_eq!(kept.outcome, Outcome::Added);
    /// # Ok(()) }
    /// ```
    pub fn remember(&self, memory: NewMemory) -> Call<Remembered> {
        self.write(move |store| store.remember(memory))
    }

    /// Keeps any number of memories, in transactions of a thousand; see [`Store::remember_all`](crate::Store::remember_all).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// let report = store.remember_all((1..=3).map(|n| NewMemory::new(format!("Note {n}.")))).await?;
    /// assert_eq!(report.added, 3);
    /// # Ok(()) }
    /// ```
    pub fn remember_all(
        &self,
        memories: impl IntoIterator<Item = NewMemory> + Send + 'static,
    ) -> Call<BatchReport> {
        self.write(move |store| store.remember_all(memories))
    }

    /// Like [`AsyncStore::remember_all`], with the chunk's size, progress and the outcome of every item. The callbacks run on a
    /// thread for blocking work.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    /// let mut batch = Batch::new().chunk(10);
    /// batch.on_progress(move |progress| match tell.send(progress.done) {
    ///     Ok(()) => std::ops::ControlFlow::Continue(()),
    ///     Err(_) => std::ops::ControlFlow::Break(()), // nobody listens any more
    /// });
    /// store.remember_batch((1..=25).map(|n| NewMemory::new(format!("Note {n}."))), batch).await?;
    /// assert_eq!(told.recv().await, Some(10));
    /// # Ok(()) }
    /// ```
    pub fn remember_batch(
        &self,
        memories: impl IntoIterator<Item = NewMemory> + Send + 'static,
        batch: Batch<'static>,
    ) -> Call<BatchReport> {
        self.write(move |store| store.remember_batch(memories, batch))
    }

    /// One memory; see [`Store::get`](crate::Store::get).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// let id = store.remember(NewMemory::new("Lamp oil, two pints.")).await?.id;
    /// assert_eq!(store.get(id).await?.content, "Lamp oil, two pints.");
    /// # Ok(()) }
    /// ```
    pub fn get(&self, id: MemoryId) -> Call<Memory> {
        self.read(move |store| store.get(id))
    }

    /// Up to 10,000 memories from one commit; see [`Store::get_many`](crate::Store::get_many).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// let id = store.remember(NewMemory::new("Here.")).await?.id;
    /// assert!(store.get_many(&[id]).await?[0].is_some());
    /// # Ok(()) }
    /// ```
    pub fn get_many(&self, ids: &[MemoryId]) -> Call<Vec<Option<Memory>>> {
        let ids = ids.to_vec();
        self.read(move |store| store.get_many(&ids))
    }

    /// The vectors of a memory; see [`Store::embeddings`](crate::Store::embeddings).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// let id = store.remember(NewMemory::new("Tea.")).await?.id;
    /// assert!(store.embeddings(id).await?.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn embeddings(&self, id: MemoryId) -> Call<Vec<Embedding>> {
        self.read(move |store| store.embeddings(id))
    }

    /// How often memories were read, and when last; see [`Store::accesses`](crate::Store::accesses).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// let id = store.remember(NewMemory::new("Tea.")).await?.id;
    /// assert_eq!(store.accesses(&[id]).await?, [None]);
    /// # Ok(()) }
    /// ```
    pub fn accesses(&self, ids: &[MemoryId]) -> Call<Vec<Option<Access>>> {
        let ids = ids.to_vec();
        self.read(move |store| store.accesses(&ids))
    }

    /// Changes the fields that the patch names; see [`Store::update`](crate::Store::update).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// let id = store.remember(NewMemory::new("Train at nine.")).await?.id;
    /// assert_eq!(store.update(id, Patch::new().content("Train at ten.")).await?.content, "Train at ten.");
    /// # Ok(()) }
    /// ```
    pub fn update(&self, id: MemoryId, patch: Patch) -> Call<Memory> {
        self.write(move |store| store.update(id, patch))
    }

    /// Hides memories; see [`Store::forget`](crate::Store::forget).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// let id = store.remember(NewMemory::new("A passing mood.")).await?.id;
    /// assert_eq!(store.forget(&[id]).await?, 1);
    /// # Ok(()) }
    /// ```
    pub fn forget(&self, ids: &[MemoryId]) -> Call<u64> {
        let ids = ids.to_vec();
        self.write(move |store| store.forget(&ids))
    }

    /// Hides every memory that meets the conditions; see [`Store::forget_matching`](crate::Store::forget_matching).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert_eq!(store.forget_matching(Forget::new().persona("guest")).await?.count, 0);
    /// # Ok(()) }
    /// ```
    pub fn forget_matching(&self, forget: Forget) -> Call<Forgotten> {
        self.write(move |store| store.forget_matching(forget))
    }

    /// Takes back `forget`; see [`Store::undo_forget`](crate::Store::undo_forget).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// let id = store.remember(NewMemory::new("Not so fast.")).await?.id;
    /// store.forget(&[id]).await?;
    /// assert_eq!(store.undo_forget(&[id]).await?, 1);
    /// # Ok(()) }
    /// ```
    pub fn undo_forget(&self, ids: &[MemoryId]) -> Call<u64> {
        let ids = ids.to_vec();
        self.write(move |store| store.undo_forget(&ids))
    }

    /// A page of memories in the order of time; see [`Store::timeline`](crate::Store::timeline).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.timeline(Timeline::new()).await?.memories.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn timeline(&self, timeline: Timeline) -> Call<Page> {
        self.read(move |store| store.timeline(timeline))
    }

    /// Every memory of a timeline, one by one; `limit` is the size of a page. What [`Store::iterate`](crate::Store::iterate) is
    /// for threads.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// store.remember(NewMemory::new("One.")).await?;
    /// let mut all = store.timeline_stream(Timeline::new());
    /// assert_eq!(all.next().await.unwrap()?.content, "One.");
    /// # Ok(()) }
    /// ```
    pub fn timeline_stream(&self, timeline: Timeline) -> TimelineStream {
        TimelineStream::new(self.clone(), timeline)
    }

    /// The best memories for a question; see [`Store::recall`](crate::Store::recall).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// store.remember(NewMemory::new("Biscuit hides under the piano.")).await?;
    /// assert_eq!(store.recall(Recall::new("Where is Biscuit?")).await?.len(), 1);
    /// # Ok(()) }
    /// ```
    pub fn recall(&self, recall: Recall) -> Call<Hits> {
        self.read(move |store| store.recall(recall))
    }

    /// How many memories answer a question; see [`Store::count_hits`](crate::Store::count_hits).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert_eq!(store.count_hits(Recall::new("Where is Biscuit?")).await?, 0);
    /// # Ok(()) }
    /// ```
    pub fn count_hits(&self, recall: Recall) -> Call<u64> {
        self.read(move |store| store.count_hits(recall))
    }

    /// How many memories meet a filter; see [`Store::count`](crate::Store::count).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert_eq!(store.count(&Filter::default()).await?, 0);
    /// # Ok(()) }
    /// ```
    pub fn count(&self, filter: &Filter) -> Call<u64> {
        let filter = filter.clone();
        self.read(move |store| store.count(&filter))
    }

    /// How many memories meet a filter, by persona; see [`Store::count_by_persona`](crate::Store::count_by_persona).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.count_by_persona(&Filter::default()).await?.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn count_by_persona(&self, filter: &Filter) -> Call<Vec<(PersonaName, u64)>> {
        let filter = filter.clone();
        self.read(move |store| store.count_by_persona(&filter))
    }

    /// How many memories meet a filter, by kind; see [`Store::count_by_kind`](crate::Store::count_by_kind).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.count_by_kind(&Filter::default()).await?.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn count_by_kind(&self, filter: &Filter) -> Call<Vec<(Kind, u64)>> {
        let filter = filter.clone();
        self.read(move |store| store.count_by_kind(&filter))
    }

    /// How many memories meet a filter, by month of a time zone; see [`Store::count_by_month`](crate::Store::count_by_month).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.count_by_month(&Filter::default(), "Europe/London").await?.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn count_by_month(&self, filter: &Filter, zone: &str) -> Call<Vec<(String, u64)>> {
        let (filter, zone) = (filter.clone(), zone.to_owned());
        self.read(move |store| store.count_by_month(&filter, &zone))
    }

    /// All personas by name; see [`Store::personas`](crate::Store::personas).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.personas(Some("acme")).await?.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn personas(&self, prefix: Option<&str>) -> Call<Vec<PersonaName>> {
        let prefix = prefix.map(str::to_owned);
        self.read(move |store| store.personas(prefix.as_deref()))
    }
}
