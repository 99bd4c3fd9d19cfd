//! Which paths of metadata are looked up on an index?

use super::Store;
use crate::error::Result;
use crate::health::{self, Index};
use crate::memory::{self, Explanation};
use crate::model::{Attribute, AttributeState, Kind, MetadataPath};
use crate::recall::{self, Question};
use crate::telemetry::Operation;

/// Declared attributes.
impl Store {
    /// Declares a path of metadata, so that memories of its kind are filtered and sorted by it on an index. From then on a
    /// value of another type there is refused.
    ///
    /// Saying the same again changes nothing. Where there are over a thousand memories, upkeep fills the index
    /// ([`Store::maintain`]) before it is used.
    ///
    /// # Errors
    /// `Conflict` if the path is declared in another way, `InvalidInput` for a path that is none, or one too many (256).
    ///
    /// ```
    /// use mindkeep::{Attribute, AttributeType, Kind, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let task = Kind::new("task");
    /// store.declare(Attribute::new(task, "due", AttributeType::Time).within("done", AttributeType::Boolean))?;
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn declare(&self, attribute: Attribute) -> Result<()> {
        self.measure(Operation::Declare, || {
            let attribute = attribute.validated()?;
            Ok((self.write(move |tx| memory::declare(tx, &attribute))?, 1))
        })
    }

    /// Drops a declaration. Memories stay as they are.
    ///
    /// # Errors
    /// `NotFound` if the path is not declared for the kind.
    ///
    /// ```
    /// use mindkeep::{Attribute, AttributeType, Kind, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.declare(Attribute::new(Kind::FACT, "year", AttributeType::Integer))?;
    /// store.undeclare(&Kind::FACT, "year")?;
    /// assert!(store.attributes()?.is_empty());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn undeclare(&self, kind: &Kind, path: &str) -> Result<()> {
        self.measure(Operation::Declare, || {
            let (kind, path) = (kind.clone(), MetadataPath::parse("path", path)?.to_string());
            Ok((self.write(move |tx| memory::undeclare(tx, &kind, &path))?, 1))
        })
    }

    /// All that is declared, by kind and path, and how their indexes are doing.
    ///
    /// ```
    /// assert!(mindkeep::Store::builder().open_in_memory()?.attributes()?.is_empty());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn attributes(&self) -> Result<Vec<AttributeState>> {
        self.core.storage.snapshot(&self.limits(), memory::attributes)
    }

    /// Every index, and every table that is there to answer questions, with its size. Reads all pages of the file once.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// for index in store.indexes()? {
    ///     println!("{}: {} entries, {} bytes, for {}", index.name, index.entries, index.bytes, index.purpose);
    /// }
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn indexes(&self) -> Result<Vec<Index>> {
        self.measure(Operation::Stats, || {
            let indexes = health::indexes(&self.core.storage, &self.limits())?;
            let count = indexes.len() as u64;
            Ok((indexes, count))
        })
    }

    /// Says how a question is answered: along which indexes, what is checked row by row, how much that could be, and what
    /// would make it quicker.
    ///
    /// # Errors
    /// As for the question itself.
    ///
    /// ```
    /// use mindkeep::{Store, Timeline, Where};
    /// let store = Store::builder().open_in_memory()?;
    /// store.remember(mindkeep::NewMemory::new("ls").kind("command".into()))?;
    /// let explanation = store.explain(Timeline::new().kind("command".into()).matching(Where::ge("usage_count", 10)))?;
    /// assert_eq!(explanation.steps[0].scans, ["usage_count"]);
    /// assert_eq!(explanation.advice, ["Declare `usage_count` as integer for this kind."]);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn explain(&self, question: impl Into<Question>) -> Result<Explanation> {
        let question = question.into();
        self.measured_snapshot(Operation::Explain, |read| {
            Ok((recall::explain(read, &self.core.words, &question)?, 1))
        })
    }
}
