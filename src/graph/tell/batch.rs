//! How are very many entities and relations written? In chunks, one transaction each, as memories are.

use std::ops::ControlFlow;

use super::items::{NewEntity, NewRelation};
use crate::error::{Error, Result};
use crate::graph::ask::{Graph, example};
use crate::graph::ends::Ends;
use crate::model::limits::{CHUNK_DEFAULT, CHUNK_MAX};
use crate::model::{Outcome, Progress, REJECTED_LISTED_MAX, Rejected};
use crate::storage::{ReadLimits, Storage, WriteTx};

/// An entity or a relation of a batch.
///
#[doc = example!(
    "let items: [GraphItem; 2] = ["
    "    NewEntity::new(\"Coventry\").into(),"
    "    NewRelation::new(\"Coventry\", \"met\", \"Pepys\").into(),"
    "];"
    "graph.add_all(items).save()?;"
)]
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum GraphItem {
    /// An entity.
    Entity(NewEntity),
    /// A relation.
    Relation(NewRelation),
}

impl From<NewEntity> for GraphItem {
    fn from(entity: NewEntity) -> Self {
        Self::Entity(entity)
    }
}

impl From<NewRelation> for GraphItem {
    fn from(relation: NewRelation) -> Self {
        Self::Relation(relation)
    }
}

impl GraphItem {
    fn checked(self, persona: Option<&str>) -> Result<Self> {
        match &self {
            Self::Entity(entity) => entity.check(persona)?,
            Self::Relation(relation) => relation.check(persona)?,
        }
        Ok(self)
    }
}

/// A batch; see [`Graph::add_all`].
///
#[doc = example!(
    "let ring = (0..250).map(|n| NewRelation::new(format!(\"Bell {n}\"), \"before\", format!(\"Bell {}\", (n + 1) % 250)));"
    "let mut batch = graph.add_all(ring).create_ends().chunk(100);"
    "batch.on_progress(|progress| {"
    "    println!(\"{} relations\", progress.done);"
    "    std::ops::ControlFlow::Continue(())"
    "});"
    "let added = batch.save()?;"
    "assert_eq!((added.entities, added.relations), (250, 250));"
)]
#[must_use = "nothing is kept until it is saved"]
pub struct AddAll<'g, I> {
    graph: &'g Graph,
    items: I,
    chunk: usize,
    ends: Ends,
    on_progress: Option<Box<ProgressCallback<'g>>>,
}

type ProgressCallback<'g> = dyn FnMut(Progress) -> ControlFlow<()> + Send + 'g;

/// What became of a batch.
///
#[doc = example!(
    "let added = graph.add_all([NewRelation::new(\"Penn\", \"met\", \"Nobody\")]).save()?;"
    "assert_eq!((added.relations, added.rejected[0].index), (0, 0));"
)]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Added {
    /// New entities, those that were made as ends of relations included.
    pub entities: u64,
    /// New relations.
    pub relations: u64,
    /// Entities and relations that were there and were changed.
    pub updated: u64,
    /// Entities and relations that were there already.
    pub unchanged: u64,
    /// How many items were refused.
    pub rejected_count: u64,
    /// The first thousand of those refused, each by its place in the batch from 0, with the reason.
    pub rejected: Vec<Rejected>,
    /// Whether the progress callback stopped the batch before its end.
    pub stopped: bool,
}

impl<'g, I> AddAll<'g, I> {
    pub(super) fn new(graph: &'g Graph, items: I) -> Self {
        Self { graph, items, chunk: CHUNK_DEFAULT, ends: Ends::Known, on_progress: None }
    }

    /// Items of one transaction: 1 to 10,000; 1,000 unless said.
    ///
    #[doc = example!("graph.add_all([NewEntity::new(\"Coventry\")]).chunk(10).save()?;")]
    pub fn chunk(mut self, items: usize) -> Self {
        self.chunk = items;
        self
    }

    /// Ends of relations that are not known are made, with a name alone; otherwise such a relation is refused.
    ///
    #[doc = example!(
        "let sails = NewRelation::new(\"Penn\", \"sails\", \"The Royal Charles\");"
        "let added = graph.add_all([sails]).create_ends().save()?;"
        "assert_eq!((added.entities, added.relations), (1, 1));"
    )]
    pub fn create_ends(mut self) -> Self {
        self.ends = Ends::Made;
        self
    }

    /// Called after every chunk. `Break` stops the batch there; what was committed stays.
    ///
    #[doc = example!(
        "let mut batch = graph.add_all((0..30).map(|n| NewEntity::new(format!(\"Bell {n}\")))).chunk(10);"
        "batch.on_progress(|_| std::ops::ControlFlow::Break(()));"
        "assert_eq!(batch.save()?.entities, 10);"
    )]
    pub fn on_progress(&mut self, callback: impl FnMut(Progress) -> ControlFlow<()> + Send + 'g) {
        self.on_progress = Some(Box::new(callback));
    }
}

impl<I> AddAll<'_, I>
where
    I: IntoIterator,
    I::Item: Into<GraphItem>,
{
    /// Keeps them, one chunk a transaction, in order: a relation comes after its ends.
    ///
    /// # Errors
    /// An item that is not valid is refused alone and reported. `BatchStopped` says how many are kept if the rest failed.
    ///
    #[doc = example!(
        "let items = [NewRelation::new(\"Penn\", \"met\", \"Pepys\"), NewRelation::new(\"Penn\", \"met\", \"\")];"
        "let added = graph.add_all(items).save()?;"
        "assert_eq!((added.relations, added.rejected_count), (1, 1));"
    )]
    pub fn save(self) -> Result<Added> {
        let Self { graph, items, chunk, ends, on_progress } = self;
        if !(1..=CHUNK_MAX).contains(&chunk) {
            return Err(Error::invalid("chunk", "is not between 1 and 10,000"));
        }
        let persona = graph.persona();
        let batch = Batch { persona, chunk, ends, on_progress };
        graph.tell(|storage, limits| {
            let added = batch.save(storage, limits, items.into_iter().map(Into::into))?;
            let count = added.entities + added.relations + added.updated;
            Ok((added, count))
        })
    }
}

struct Batch<'g> {
    persona: Option<String>,
    chunk: usize,
    ends: Ends,
    on_progress: Option<Box<ProgressCallback<'g>>>,
}

/// What became of one item, and how many ends were made for it.
type Put = Result<(Sort, Outcome, u64)>;

#[derive(Debug, Clone, Copy)]
enum Sort {
    Entity,
    Relation,
}

impl Batch<'_> {
    fn save(
        mut self,
        storage: &Storage,
        limits: &ReadLimits,
        mut items: impl Iterator<Item = GraphItem>,
    ) -> Result<Added> {
        let total = match items.size_hint() {
            (low, Some(high)) if low == high => Some(high as u64),
            _ => None,
        };
        let mut added = Added::default();
        let mut done = 0;
        loop {
            let checked = |item: GraphItem| item.checked(self.persona.as_deref());
            let chunk: Vec<Result<GraphItem>> = items.by_ref().take(self.chunk).map(checked).collect();
            if chunk.is_empty() {
                return Ok(added);
            }
            let (persona, ends) = (self.persona.clone(), self.ends);
            let written = storage.write(limits, move |tx| put_chunk(tx, persona.as_deref(), &chunk, ends));
            for put in written.map_err(|cause| added.broken_off(cause))? {
                added.count(done, put);
                done += 1;
            }
            if let Some(on_progress) = &mut self.on_progress
                && on_progress(Progress { done, total }).is_break()
            {
                added.stopped = true;
                return Ok(added);
            }
        }
    }
}

/// Writes one chunk. What is refused for its own sake is refused alone; anything else that goes wrong undoes the chunk.
fn put_chunk(
    tx: &mut WriteTx<'_>,
    persona: Option<&str>,
    chunk: &[Result<GraphItem>],
    ends: Ends,
) -> Result<Vec<Put>> {
    let mut results = Vec::with_capacity(chunk.len());
    for item in chunk {
        let put = match item {
            Ok(GraphItem::Entity(entity)) => {
                entity.put(tx, persona).map(|outcome| (Sort::Entity, outcome, 0))
            }
            Ok(GraphItem::Relation(relation)) => {
                relation.put(tx, persona, ends).map(|(outcome, made)| (Sort::Relation, outcome, made))
            }
            Err(error) => Err(error.clone()),
        };
        match put {
            Err(error) if !matches!(error, Error::InvalidInput { .. }) => return Err(error),
            put => results.push(put),
        }
    }
    Ok(results)
}

impl Added {
    fn count(&mut self, index: u64, put: Put) {
        match put {
            Ok((sort, outcome, made)) => {
                self.entities += made;
                match (outcome, sort) {
                    (Outcome::Unchanged, _) => self.unchanged += 1,
                    (Outcome::Updated, _) => self.updated += 1,
                    (_, Sort::Entity) => self.entities += 1,
                    (_, Sort::Relation) => self.relations += 1,
                }
            }
            Err(error) => {
                self.rejected_count += 1;
                if self.rejected.len() < REJECTED_LISTED_MAX {
                    self.rejected.push(Rejected { index, error });
                }
            }
        }
    }

    fn broken_off(&self, cause: Error) -> Error {
        let kept = self.entities + self.relations + self.updated + self.unchanged;
        if kept == 0 { cause } else { Error::BatchStopped { kept, cause: Box::new(cause) } }
    }
}
