//! What can the knowledge graph be asked and told?

use std::sync::Arc;

use super::{Persona, Store};
use crate::error::{Error, Result};
use crate::graph::{self, Answers, Close, DeclaredRule, Graph, ReadPart, Source, Wanted, Work};
use crate::memory;
use crate::model::{Memory, Metadata};
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
