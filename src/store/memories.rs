//! What can be done with memories?

use super::{Persona, Store};
use crate::error::{Error, Result};
use crate::memory::{self, Access, Batch, Forget, Forgotten, Page, Timeline};
use crate::model::limits::IDS_MAX;
use crate::model::{
    BatchReport, Embedding, Filter, Kind, Memory, MemoryId, NewMemory, Patch, PersonaName, Remembered,
};
use crate::recall::{self, Hits, Recall};
use crate::storage::ReadTx;
use crate::telemetry::Operation;

/// Memories.
impl Store {
    /// One persona's part of the store.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert_eq!(store.persona("pepys").name(), "pepys");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn persona(&self, name: impl Into<String>) -> Persona {
        Persona::new(self.clone(), name.into())
    }

    /// Keeps one memory; on the disk when the call returns, and found by the next read.
    ///
    /// # Errors
    /// `InvalidInput` for a value out of its limits; see [`limits`](crate::limits).
    ///
    /// ```
    /// use mindkeep::{NewMemory, Outcome, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let remembered = store.remember(NewMemory::new("Bins go out on Tuesday."))?;
    /// assert_eq!(remembered.outcome, Outcome::Added);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn remember(&self, memory: NewMemory) -> Result<Remembered> {
        self.measure(Operation::Remember, || {
            let incoming = memory::Incoming::new(memory)?;
            Ok((self.write(move |tx| memory::remember(tx, &incoming))?, 1))
        })
    }

    /// Keeps any number of memories, in transactions of a thousand.
    ///
    /// # Errors
    /// An item that is not valid is refused alone and reported. `BatchStopped` says how many are kept if the rest failed.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let report = store.remember_all((1..=3).map(|n| NewMemory::new(format!("Note {n}."))))?;
    /// assert_eq!(report.added, 3);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn remember_all(&self, memories: impl IntoIterator<Item = NewMemory>) -> Result<BatchReport> {
        self.remember_batch(memories, Batch::new())
    }

    /// Like [`Store::remember_all`], with the chunk's size, progress and the outcome of every item.
    ///
    /// ```
    /// use mindkeep::{Batch, NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let memories = [NewMemory::new("Good."), NewMemory::new("")];
    /// let report = store.remember_batch(memories, Batch::new().chunk(10))?;
    /// assert_eq!((report.added, report.rejected[0].index), (1, 1));
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn remember_batch(
        &self,
        memories: impl IntoIterator<Item = NewMemory>,
        batch: Batch<'_>,
    ) -> Result<BatchReport> {
        self.measure(Operation::RememberAll, || {
            self.check_writable()?;
            let report = memory::remember_all(&self.core.storage, &self.limits(), memories, batch)?;
            let rows = report.added + report.updated + report.superseded;
            Ok((report, rows))
        })
    }

    /// One memory.
    ///
    /// # Errors
    /// `NotFound` if there is none, or it is forgotten or expired. A superseded one is found.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let id = store.remember(NewMemory::new("Lamp oil, two pints."))?.id;
    /// assert_eq!(store.get(id)?.content, "Lamp oil, two pints.");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn get(&self, id: MemoryId) -> Result<Memory> {
        let memory = self.measured_read(Operation::Get, |read| Ok((memory::get(read, id)?, 1)))?;
        self.note_access(std::iter::once(id));
        Ok(memory)
    }

    /// Up to 10,000 memories from one commit, in the order of the ids; `None` where there is none to see.
    ///
    /// ```
    /// use mindkeep::{MemoryId, NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let id = store.remember(NewMemory::new("Here."))?.id;
    /// let found = store.get_many(&[id, MemoryId::from_bytes([0; 16])])?;
    /// assert!(found[0].is_some() && found[1].is_none());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn get_many(&self, ids: &[MemoryId]) -> Result<Vec<Option<Memory>>> {
        let memories = self.measured_snapshot(Operation::GetMany, |read| {
            let memories = memory::get_many(read, ids)?;
            let found = memories.iter().flatten().count() as u64;
            Ok((memories, found))
        })?;
        self.note_access(memories.iter().flatten().map(|memory| memory.id));
        Ok(memories)
    }

    /// How often memories were hits of a recall or were read by their ids, and when last, in the order of up to 10,000 ids; `None` for those
    /// that never were, or that are not there. Counted on this device; lists and exports do not count.
    ///
    /// A read does not wait for a write: it is noted in memory, and the next write or upkeep of this process puts it into the file. What a process had
    /// noted when it ends is lost, and other processes do not see it before.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let id = store.remember(NewMemory::new("Lamp oil, two pints."))?.id;
    /// assert_eq!(store.accesses(&[id])?, [None]);
    /// store.get(id)?;
    /// assert_eq!(store.accesses(&[id])?[0].unwrap().count, 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn accesses(&self, ids: &[MemoryId]) -> Result<Vec<Option<Access>>> {
        let ids = check_ids(ids)?;
        self.measured_snapshot(Operation::GetMany, |read| {
            let accesses = self.core.accesses.of(read, &ids)?;
            let found = accesses.iter().flatten().count() as u64;
            Ok((accesses, found))
        })
    }

    /// The vectors of a memory, as they were given.
    ///
    /// ```
    /// use mindkeep::{Embedding, NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let embedding = Embedding::f32("tiny-2d", &[0.6, 0.8]);
    /// let id = store.remember(NewMemory::new("Tea.").embedding(embedding.clone()))?.id;
    /// assert_eq!(store.embeddings(id)?, [embedding]);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn embeddings(&self, id: MemoryId) -> Result<Vec<Embedding>> {
        self.measured_snapshot(Operation::Get, |read| {
            memory::get(read, id)?;
            let Some(memory_id) = memory::memory_id(read.conn(), id)? else {
                return Ok((Vec::new(), 0));
            };
            Ok((memory::embeddings(read.conn(), memory_id)?, 1))
        })
    }

    /// Changes the fields that the patch names, and returns the memory as it is then.
    ///
    /// # Errors
    /// `NotFound`, or `InvalidInput` for a value out of its limits.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Patch, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let id = store.remember(NewMemory::new("Train at nine."))?.id;
    /// assert_eq!(store.update(id, Patch::new().content("Train at ten."))?.content, "Train at ten.");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn update(&self, id: MemoryId, patch: Patch) -> Result<Memory> {
        self.measure(Operation::Update, || {
            let patch = patch.validated()?;
            Ok((self.write(move |tx| memory::update(tx, id, &patch))?, 1))
        })
    }

    /// Hides memories, at once and everywhere, until `undo_forget` or purge. Returns how many were there to hide.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let id = store.remember(NewMemory::new("A passing mood."))?.id;
    /// assert_eq!(store.forget(&[id])?, 1);
    /// assert!(store.get(id).is_err());
    /// assert_eq!(store.undo_forget(&[id])?, 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn forget(&self, ids: &[MemoryId]) -> Result<u64> {
        self.measure(Operation::Forget, || {
            let ids = check_ids(ids)?;
            let count = self.write(move |tx| {
                ids.iter().try_fold(0, |count, &id| Ok(count + u64::from(memory::forget(tx, id)?)))
            })?;
            Ok((count, count))
        })
    }

    /// Hides every memory that meets the conditions, with the history of its key.
    ///
    /// # Errors
    /// `InvalidInput` if no condition is named.
    ///
    /// ```
    /// use mindkeep::{Forget, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// assert!(store.forget_matching(Forget::new()).is_err());
    /// assert_eq!(store.forget_matching(Forget::new().persona("guest"))?.count, 0);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn forget_matching(&self, forget: Forget) -> Result<Forgotten> {
        self.measure(Operation::Forget, || {
            if !forget.dry_run {
                self.check_writable()?;
            }
            let forgotten = memory::forget_matching(&self.core.storage, &self.limits(), &forget)?;
            let count = forgotten.count;
            Ok((forgotten, count))
        })
    }

    /// Takes back `forget`. Returns how many memories came back.
    ///
    /// # Errors
    /// `NotFound` if one is gone for good, `Conflict` if another memory has its key by now; then none comes back.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let id = store.remember(NewMemory::new("Not so fast."))?.id;
    /// store.forget(&[id])?;
    /// assert_eq!(store.undo_forget(&[id])?, 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn undo_forget(&self, ids: &[MemoryId]) -> Result<u64> {
        self.measure(Operation::Undo, || {
            let ids = check_ids(ids)?;
            let count = self.write(move |tx| {
                ids.iter().try_fold(0, |count, &id| Ok(count + u64::from(memory::undo(tx, id)?)))
            })?;
            Ok((count, count))
        })
    }

    /// A page of memories in the order of time.
    ///
    /// # Errors
    /// `InvalidInput` for a limit outside 1 to 1,000, a cursor of another question, or a path to sort by that is not
    /// declared or not filled.
    ///
    /// ```
    /// use mindkeep::{Store, Timeline};
    /// let store = Store::builder().open_in_memory()?;
    /// assert!(store.timeline(Timeline::new().persona_prefix("acme"))?.memories.is_empty());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn timeline(&self, timeline: Timeline) -> Result<Page> {
        let page = |read: &ReadTx<'_>| {
            let page = memory::timeline(read, &timeline)?;
            let rows = page.memories.len() as u64;
            Ok((page, rows))
        };
        if timeline.needs_snapshot() {
            self.measured_snapshot(Operation::Timeline, page)
        } else {
            self.measured_read(Operation::Timeline, page)
        }
    }

    /// Every memory of a timeline, page by page in constant memory; `limit` is the size of a page.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Store, Timeline};
    /// let store = Store::builder().open_in_memory()?;
    /// store.remember_all((1..=120).map(|n| NewMemory::new(format!("Step {n}."))))?;
    /// assert_eq!(store.iterate(Timeline::new()).count(), 120);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn iterate(&self, timeline: Timeline) -> impl Iterator<Item = Result<Memory>> + use<> {
        let store = self.clone();
        let mut question = Some(timeline);
        let mut page = Vec::new().into_iter();
        std::iter::from_fn(move || {
            loop {
                if let Some(memory) = page.next() {
                    return Some(Ok(memory));
                }
                let asked = question.take()?;
                match store.timeline(asked.clone()) {
                    Ok(Page { memories, next }) => {
                        question = next.map(|cursor| asked.after(cursor));
                        page = memories.into_iter();
                    }
                    Err(error) => return Some(Err(error)),
                }
            }
        })
    }

    /// The best memories for a question, best first.
    ///
    /// # Errors
    /// `InvalidInput` for a limit outside 1 to 1,000 or a question over 64 KiB; what [`Recall::like`] says, where that is asked.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("Biscuit hides under the piano."))?;
    /// let hits = store.recall(Recall::new("Where is Biscuit?"))?;
    /// assert!(hits[0].score > 0.0);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn recall(&self, recall: Recall) -> Result<Hits> {
        let hits = self.recall_unnoted(recall)?;
        self.note_access(hits.iter().map(|hit| hit.memory.id));
        Ok(hits)
    }

    /// A recall that is not counted among the memories' accesses.
    pub(crate) fn recall_unnoted(&self, recall: Recall) -> Result<Hits> {
        let mut hits = self.measured_snapshot(Operation::Recall, |read| {
            let hits = recall::recall(read, &self.core.words, &recall)?;
            let rows = hits.len() as u64;
            Ok((hits, rows))
        })?;
        hits.found = recall.fit(hits.found)?;
        Ok(hits)
    }

    /// How many memories answer a question: as many as a recall without a limit has hits.
    ///
    /// # Errors
    /// As [`Store::recall`].
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.remember_all((1..=30).map(|n| NewMemory::new(format!("Lesson {n} was about moths."))))?;
    /// assert_eq!(store.recall(Recall::new("moths"))?.len(), 10);
    /// assert_eq!(store.count_hits(Recall::new("moths"))?, 30);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn count_hits(&self, recall: Recall) -> Result<u64> {
        self.counted(|read| recall::count_hits(read, &self.core.words, &recall))
    }

    /// How many memories meet a filter.
    ///
    /// ```
    /// use mindkeep::{Filter, Kind, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let events = Filter { kinds: vec![Kind::EVENT], ..Filter::default() };
    /// assert_eq!(store.count(&events)?, 0);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn count(&self, filter: &Filter) -> Result<u64> {
        self.counted(|read| memory::count(read, filter))
    }

    /// How many memories meet a filter, by persona.
    ///
    /// ```
    /// use mindkeep::{Filter, NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.persona("ada").remember(NewMemory::new("Hello."))?;
    /// assert_eq!(store.count_by_persona(&Filter::default())?[0].1, 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn count_by_persona(&self, filter: &Filter) -> Result<Vec<(PersonaName, u64)>> {
        self.counted(|read| memory::count_by_persona(read, filter))
    }

    /// How many memories meet a filter, by kind.
    ///
    /// ```
    /// use mindkeep::{Filter, Kind, NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("Born in May.").kind(Kind::FACT))?;
    /// assert_eq!(store.count_by_kind(&Filter::default())?, [(Kind::FACT, 1)]);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn count_by_kind(&self, filter: &Filter) -> Result<Vec<(Kind, u64)>> {
        self.counted(|read| memory::count_by_kind(read, filter))
    }

    /// How many memories meet a filter, by month (`YYYY-MM`) of a time zone such as `UTC` or `Europe/London`.
    ///
    /// ```
    /// use mindkeep::{Filter, NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("Fire!").at("1666-09-02T03:00:00Z".parse()?))?;
    /// assert_eq!(store.count_by_month(&Filter::default(), "UTC")?, [("1666-09".to_string(), 1)]);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn count_by_month(&self, filter: &Filter, zone: &str) -> Result<Vec<(String, u64)>> {
        self.counted(|read| memory::count_by_month(read, filter, zone))
    }

    /// All personas by name; with a prefix, that path and those below it.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.persona("acme/alice").remember(NewMemory::new("Hello."))?;
    /// assert_eq!(store.personas(Some("acme"))?[0].as_str(), "acme/alice");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn personas(&self, prefix: Option<&str>) -> Result<Vec<PersonaName>> {
        self.measured_snapshot(Operation::Personas, |read| {
            let names = memory::personas(read, prefix)?;
            let rows = names.len() as u64;
            Ok((names, rows))
        })
    }
}

fn check_ids(ids: &[MemoryId]) -> Result<Vec<MemoryId>> {
    if ids.len() > IDS_MAX {
        return Err(Error::invalid("ids", "has more than 10,000 ids"));
    }
    Ok(ids.to_vec())
}
