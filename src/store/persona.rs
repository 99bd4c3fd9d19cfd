//! What can one persona remember, list and recall?

use super::Store;
use crate::error::Result;
use crate::memory::{self, Batch, Forget, Forgotten, Page, Thread, Timeline};
use crate::model::{BatchReport, Filter, Kind, Memory, NewMemory, PersonaScope, Remembered};
use crate::recall::{Hits, Recall};
use crate::telemetry::Operation;

/// One persona's part of a store: every verb is about its memories alone.
///
/// ```
/// use mindkeep::{NewMemory, Store, Timeline};
///
/// let store = Store::builder().open_in_memory()?;
/// let ada = store.persona("acme/ada");
/// ada.remember(NewMemory::new("The engine weaves algebra."))?;
/// assert!(store.persona("acme/bo").timeline(Timeline::new())?.memories.is_empty());
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Persona {
    pub(super) store: Store,
    pub(super) name: String,
}

impl Persona {
    pub(super) fn new(store: Store, name: String) -> Self {
        Self { store, name }
    }

    /// Its name.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert_eq!(store.persona("ada").name(), "ada");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn scope(&self) -> PersonaScope {
        PersonaScope::Named(vec![self.name.clone()])
    }

    /// Keeps one memory of this persona; see [`Store::remember`].
    ///
    /// ```
    /// use mindkeep::{NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.persona("ada").remember(NewMemory::new("Tea, not coffee."))?;
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn remember(&self, memory: NewMemory) -> Result<Remembered> {
        self.store.remember(memory.persona(self.name.clone()))
    }

    /// Keeps any number of memories of this persona; see [`Store::remember_all`].
    ///
    /// ```
    /// use mindkeep::{NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let report = store.persona("ada").remember_all([NewMemory::new("One."), NewMemory::new("Two.")])?;
    /// assert_eq!(report.added, 2);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn remember_all(&self, memories: impl IntoIterator<Item = NewMemory>) -> Result<BatchReport> {
        self.remember_batch(memories, Batch::new())
    }

    /// Like [`Persona::remember_all`], with the chunk's size, progress and the outcome of every item.
    ///
    /// ```
    /// use mindkeep::{Batch, NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let memories = (0..10).map(|n| NewMemory::new(format!("Page {n}.")));
    /// store.persona("ada").remember_batch(memories, Batch::new().chunk(4))?;
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn remember_batch(
        &self,
        memories: impl IntoIterator<Item = NewMemory>,
        batch: Batch<'_>,
    ) -> Result<BatchReport> {
        let name = self.name.clone();
        let memories = memories.into_iter().map(move |memory| memory.persona(name.clone()));
        self.store.remember_batch(memories, batch)
    }

    /// A page of this persona's memories in the order of time; see [`Store::timeline`].
    ///
    /// ```
    /// use mindkeep::{Store, Timeline};
    /// let store = Store::builder().open_in_memory()?;
    /// assert!(store.persona("ada").timeline(Timeline::new().limit(5))?.next.is_none());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn timeline(&self, mut timeline: Timeline) -> Result<Page> {
        timeline.filter.personas = self.scope();
        self.store.timeline(timeline)
    }

    /// Every memory of a timeline of this persona; see [`Store::iterate`].
    ///
    /// ```
    /// use mindkeep::{Store, Timeline};
    /// let store = Store::builder().open_in_memory()?;
    /// assert_eq!(store.persona("ada").iterate(Timeline::new()).count(), 0);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn iterate(&self, mut timeline: Timeline) -> impl Iterator<Item = Result<Memory>> + use<> {
        timeline.filter.personas = self.scope();
        self.store.iterate(timeline)
    }

    /// This persona's best memories for a question; see [`Store::recall`].
    ///
    /// ```
    /// use mindkeep::{Recall, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// assert!(store.persona("ada").recall(Recall::new("anything"))?.is_empty());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn recall(&self, mut recall: Recall) -> Result<Hits> {
        recall.filter.personas = self.scope();
        self.store.recall(recall)
    }

    /// How many of this persona's memories answer a question; see [`Store::count_hits`].
    ///
    /// ```
    /// use mindkeep::{Recall, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// assert_eq!(store.persona("ada").count_hits(Recall::new("anything"))?, 0);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn count_hits(&self, mut recall: Recall) -> Result<u64> {
        recall.filter.personas = self.scope();
        self.store.count_hits(recall)
    }

    /// Hides every memory of this persona that meets the conditions; without any, all of them.
    ///
    /// ```
    /// use mindkeep::{Forget, NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let guest = store.persona("guest");
    /// guest.remember(NewMemory::new("Was here."))?;
    /// assert_eq!(guest.forget_matching(Forget::new())?.count, 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn forget_matching(&self, mut forget: Forget) -> Result<Forgotten> {
        forget.filter.personas = self.scope();
        self.store.forget_matching(forget)
    }

    /// A whole conversation or session, oldest first.
    ///
    /// # Errors
    /// `NotFound` if no memory has the thread.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert!(store.persona("ada").thread("unknown").is_err());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn thread(&self, name: &str) -> Result<Thread> {
        self.store.measured_snapshot(Operation::Thread, |read| {
            let thread = memory::thread(read, &self.name, name)?;
            let rows = thread.count;
            Ok((thread, rows))
        })
    }

    /// What a key has stood for, oldest first; the last one is what holds, unless it was forgotten.
    ///
    /// ```
    /// use mindkeep::{Kind, NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let ada = store.persona("ada");
    /// ada.remember(NewMemory::new("Tea.").kind(Kind::PREFERENCE).key("drink"))?;
    /// ada.remember(NewMemory::new("Coffee.").kind(Kind::PREFERENCE).key("drink"))?;
    /// let history = ada.history(&Kind::PREFERENCE, "drink")?;
    /// assert!(history[0].superseded_at.is_some() && history[1].superseded_at.is_none());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn history(&self, kind: &Kind, key: &str) -> Result<Vec<Memory>> {
        self.store.measured_snapshot(Operation::History, |read| {
            let memories = memory::history(read, &self.name, kind, key)?;
            let rows = memories.len() as u64;
            Ok((memories, rows))
        })
    }

    /// Says in which language this persona writes, by its ISO 639-1 code (one of [`LANGUAGES`](crate::LANGUAGES)); `None`, as it
    /// is at first, lets each text say by itself. Returns whether that is another than before.
    ///
    /// Short notes often do not say: with a language, every text in its letters is taken as it, and words are found by their stems in it.
    /// Texts in other letters are what they are. It is a setting of the file, which exports leave out. A change has upkeep index this persona's words anew
    /// ([`Store::maintain`]); recalls are right meanwhile, but slow.
    ///
    /// # Errors
    /// `InvalidInput` for a code that is none of them.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let ada = store.persona("ada");
    /// ada.remember(NewMemory::new("Katzenfutter, Blumen gegossen"))?;
    /// assert!(ada.recall(Recall::new("Blume"))?.is_empty());
    /// ada.set_language(Some("de"))?;
    /// assert_eq!(ada.recall(Recall::new("Blume"))?.len(), 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn set_language(&self, code: Option<&str>) -> Result<bool> {
        self.store.measure(Operation::Declare, || {
            let (name, code) = (self.name.clone(), code.map(str::to_owned));
            Ok((self.store.write(move |tx| memory::set_language(tx, &name, code.as_deref()))?, 1))
        })
    }

    /// The language that this persona is said to write; see [`Persona::set_language`].
    ///
    /// ```
    /// assert_eq!(mindkeep::Store::builder().open_in_memory()?.persona("ada").language()?, None);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn language(&self) -> Result<Option<String>> {
        self.store.measured_snapshot(Operation::Personas, |read| Ok((memory::language(read, &self.name)?, 1)))
    }

    /// How many memories this persona has to see.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert_eq!(store.persona("ada").count()?, 0);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn count(&self) -> Result<u64> {
        self.store.count(&Filter { personas: self.scope(), ..Filter::default() })
    }
}
