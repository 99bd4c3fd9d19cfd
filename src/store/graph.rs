//! What can the knowledge graph be asked and told?

use std::sync::Arc;

use super::{Persona, Store};
use crate::error::{Error, Result};
use crate::graph::{self, Answers, Close, DeclaredRule, Graph, Mention, ReadPart, Source, Wanted, Work};
use crate::memory;
use crate::model::{Memory, MemoryId, Metadata};
use crate::storage::{ReadLimits, Storage, check_process};
use crate::telemetry::Operation;

/// The knowledge graph.
impl Store {
    /// What all personas share. A persona's own entities and relations are in [`Persona::graph`].
    ///
    /// ```
    /// use mindkeep::{Import, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.import(&br#"{"type":"entity","name":"London"}"#[..], Import::new())?;
    /// assert_eq!(store.graph().entity("London")?.name, "London");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn graph(&self) -> Graph {
        Graph::new(Arc::new(Knowledge { store: self.clone(), persona: None }))
    }

    /// The entities that a memory speaks of, by name: those that were told ([`Graph::mention`], import), and those whose
    /// names are in its text, as the persona's graph and the shared one know them.
    ///
    /// A memory is looked through when it is remembered or changed. For names that come later, or go, the memories that are
    /// there are looked through in [`Store::maintain`]. What counts as a name in a text:
    ///
    /// - It stands between words: `Ann` is not in `Annual`, but it is in `Ann's`. In scripts without spaces, and in
    ///   Korean, it may stand anywhere. Spaces do not count, the end of a paragraph does.
    /// - Case and how accents are typed do not count, the accents do; but capitals of a name with up to four letters
    ///   have to be capitals: `Will` is not in `I will`.
    /// - Of names that overlap, the first and then the longest is meant: `New York`, not `York`.
    /// - A name that several have means what it would mean in a question; an alias of several means all of them.
    /// - Numbers, single letters, signs alone, and names of more than 64 words are not looked for. A single emoji is.
    ///
    /// # Errors
    /// `NotFound` if there is no such memory, or it is forgotten.
    ///
    /// ```
    /// use mindkeep::{Budget, NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let memory = store.remember(NewMemory::new("Off to New York with Will."))?.id;
    /// for name in ["York", "New York", "Will"] {
    ///     store.graph().add_entity(name).save()?;
    /// }
    /// store.maintain(Budget::all())?;
    /// let names: Vec<String> = store.mentions(memory)?.into_iter().map(|mention| mention.entity).collect();
    /// assert_eq!(names, ["New York", "Will"]);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn mentions(&self, id: MemoryId) -> Result<Vec<Mention>> {
        self.measured_snapshot(Operation::Get, |read| {
            let mentions = graph::mentions(read, id)?;
            let count = mentions.len() as u64;
            Ok((mentions, count))
        })
    }
}

impl Persona {
    /// What this persona knows: its own entities and relations, and the shared ones. Of two entities with the same name,
    /// its own is meant.
    ///
    /// ```
    /// use mindkeep::{Import, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.import(&br#"{"type":"entity","persona":"pepys","name":"Batten"}"#[..], Import::new())?;
    /// assert!(store.persona("pepys").graph().entity("Batten").is_ok());
    /// assert!(store.graph().entity("Batten").is_err());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn graph(&self) -> Graph {
        Graph::new(Arc::new(Knowledge { store: self.store.clone(), persona: Some(self.name.clone()) }))
    }

    /// Turns off or on that names of entities are looked for in this persona's memories, as they are unless said. Returns
    /// whether that is another than before.
    ///
    /// What was found goes, or comes back: at once in a store of up to 1,000 memories, else in [`Store::maintain`]. It is
    /// a setting of the file, which a repair keeps and an export does not have.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let ada = store.persona("ada");
    /// ada.graph().add_entity("Charles").save()?;
    /// ada.find_mentions(false)?;
    /// let memory = ada.remember(NewMemory::new("Charles wrote."))?.id;
    /// assert!(store.mentions(memory)?.is_empty());
    /// ada.find_mentions(true)?;
    /// assert_eq!(store.mentions(memory)?.len(), 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn find_mentions(&self, on: bool) -> Result<bool> {
        let name = self.name.clone();
        self.store.measure(Operation::GraphWrite, || {
            let changed = self.store.write(move |tx| memory::find_mentions(tx, &name, on))?;
            Ok((changed, u64::from(changed)))
        })
    }

    /// Whether names of entities are looked for in this persona's memories; see [`Persona::find_mentions`].
    ///
    /// ```
    /// assert!(mindkeep::Store::builder().open_in_memory()?.persona("ada").finds_mentions()?);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn finds_mentions(&self) -> Result<bool> {
        self.store.counted(|read| memory::finds_mentions(read, &self.name))
    }
}

/// Whose graph of which store.
struct Knowledge {
    store: Store,
    persona: Option<String>,
}

impl Source for Knowledge {
    fn begin(&self) -> Result<ReadLimits> {
        check_process()?;
        let limits = self.store.limits();
        limits.check()?;
        Ok(limits)
    }

    fn ask(&self, part: Option<&ReadPart<'_>>, work: &mut Work<'_>) -> Result<()> {
        let core = &self.store.core;
        self.store.measure(Operation::Graph, || {
            let limits = self.store.limits();
            let persona = self.persona.as_deref();
            let snapshot = match (core.graphs.now(&core.storage, &limits, persona), part) {
                (Err(Error::GraphTooLarge { .. }), Some(part)) => {
                    core.graphs.part(&core.storage, &limits, persona, part)?
                }
                (snapshot, _) => snapshot?,
            };
            Ok(((), work(&snapshot, &limits)?))
        })
    }

    fn answers(&self) -> &Answers {
        &self.store.core.answers
    }

    fn rules(&self) -> Result<Vec<DeclaredRule>> {
        let persona = self.persona.as_deref();
        self.store.core.storage.read(&self.store.limits(), |read| graph::rules(read, persona))
    }

    fn persona(&self) -> Option<&str> {
        self.persona.as_deref()
    }

    fn tell(&self, work: &mut dyn FnMut(&Storage, &ReadLimits) -> Result<u64>) -> Result<()> {
        let store = &self.store;
        store.measure(Operation::GraphWrite, || {
            store.check_writable()?;
            Ok(((), work(&store.core.storage, &store.limits())?))
        })
    }

    fn mentioning(&self, near: &[Close], wanted: Wanted) -> Result<Vec<(Memory, usize)>> {
        self.store.measured_snapshot(Operation::Graph, |read| {
            let found = graph::mentioning(read, self.persona.as_deref(), near, wanted)?;
            let (numbers, places): (Vec<i64>, Vec<usize>) = found.into_iter().unzip();
            let rows = memory::get_rows(read, &numbers)?;
            let memories: Vec<_> = rows.into_iter().map(|row| row.memory).zip(places).collect();
            let count = memories.len() as u64;
            Ok((memories, count))
        })
    }

    fn properties(&self, own: bool, name: &str) -> Result<Metadata> {
        let persona = self.persona.as_deref().filter(|_| own);
        self.store.core.storage.read(&self.store.limits(), |read| graph::properties(read, persona, name))
    }
}
