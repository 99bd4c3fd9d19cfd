//! What became of what was given?

use super::MemoryId;
use crate::error::Error;

/// What `remember` did.
///
/// ```
/// use mindkeep::NewMemory;
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// let remembered = store.remember(NewMemory::new("One."))?;
/// assert_eq!(store.get(remembered.id)?.content, "One.");
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembered {
    /// The memory that now holds what was given.
    pub id: MemoryId,
    /// How it came to hold it.
    pub outcome: Outcome,
}

/// How a memory came to hold what was given.
///
/// ```
/// use mindkeep::{NewMemory, Outcome};
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// let note = |text: &str| NewMemory::new(text).key("note");
/// assert_eq!(store.remember(note("Buy thread."))?.outcome, Outcome::Added);
/// assert_eq!(store.remember(note("Buy thread."))?.outcome, Outcome::Unchanged);
/// assert_eq!(store.remember(note("Buy twine."))?.outcome, Outcome::Updated);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// A new memory.
    Added,
    /// A memory with the same key was changed in place.
    Updated,
    /// A new memory took its place in the history of its key, beside earlier or later ones.
    Superseded,
    /// All of it was there already.
    Unchanged,
}

/// How far a batch, an import, an export, a backup or a long question to the graph has come. Its callback returns
/// [`ControlFlow::Break`](std::ops::ControlFlow::Break) to stop at the next whole step.
///
/// ```
/// use mindkeep::Progress;
/// let share = |progress: Progress| progress.total.map(|total| progress.done as f64 / total as f64);
/// assert_eq!(share(Progress { done: 1, total: Some(4) }), Some(0.25));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Items (memories, lines or pages) done and committed; of a question, parts of the work.
    pub done: u64,
    /// How many there are in all, where that is known.
    pub total: Option<u64>,
}

/// One item that was refused, and why. The others were kept.
///
/// ```
/// use mindkeep::NewMemory;
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// let report = store.remember_all([NewMemory::new("Fine."), NewMemory::new("")])?;
/// assert_eq!((report.rejected[0].index, report.rejected[0].error.kind()), (1, "InvalidInput"));
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Its place in the batch, from 0; in an import, its line number, from 1.
    pub index: u64,
    /// Why.
    pub error: Error,
}

/// What became of a batch.
///
/// ```
/// use mindkeep::NewMemory;
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// let report = store.remember_all([NewMemory::new("One."), NewMemory::new("Two.")])?;
/// assert_eq!((report.added, report.rejected_count), (2, 0));
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct BatchReport {
    /// New memories.
    pub added: u64,
    /// Memories changed in place, by key.
    pub updated: u64,
    /// New memories in the history of their key.
    pub superseded: u64,
    /// Items that were there already.
    pub unchanged: u64,
    /// How many items were refused.
    pub rejected_count: u64,
    /// The first thousand of those refused, each with its reason.
    pub rejected: Vec<Rejected>,
    /// Whether the progress callback stopped the batch before its end.
    pub stopped: bool,
}

/// How many refused items a report holds by name; the rest are counted.
pub(crate) const REJECTED_LISTED_MAX: usize = 1_000;

impl BatchReport {
    pub(crate) fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Added => self.added += 1,
            Outcome::Updated => self.updated += 1,
            Outcome::Superseded => self.superseded += 1,
            Outcome::Unchanged => self.unchanged += 1,
        }
    }

    pub(crate) fn reject(&mut self, index: u64, error: Error) {
        self.rejected_count += 1;
        if self.rejected.len() < REJECTED_LISTED_MAX {
            self.rejected.push(Rejected { index, error });
        }
    }
}
