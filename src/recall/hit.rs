//! What answers, and why?

use crate::model::Memory;

/// A memory that answers a question.
///
/// ```
/// use mindkeep::{NewMemory, Recall};
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// store.remember(NewMemory::new("Moths at the lamp."))?;
/// let hit = &store.recall(Recall::new("lamp"))?[0];
/// assert_eq!(hit.matches, [(13, 17)]);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Hit {
    /// The memory.
    pub memory: Memory,
    /// How well it answers, higher is better. Comparable within one recall only.
    pub score: f64,
    /// What the score is made of.
    pub signals: Vec<Signal>,
    /// Byte ranges of the content that match the question, in order and not overlapping, to highlight.
    pub matches: Vec<(usize, usize)>,
    /// The bytes of the content whose vector is nearest to the question's, where the memory has vectors of its passages; `None` where that is
    /// the whole, or where no vector speaks for it.
    pub passage: Option<(usize, usize)>,
    /// What was said before it in its thread, in the order of time; see [`Recall::context`](crate::Recall::context).
    pub before: Vec<Memory>,
    /// What was said after it.
    pub after: Vec<Memory>,
    /// Of a content that is longer than the budget the part that there is room for, in bytes; `None` is all of it. See
    /// [`Recall::budget`](crate::Recall::budget).
    pub part: Option<(usize, usize)>,
    /// How many more that say nearly the same it stands for; 0 unless [`Recall::collapse_duplicates`](crate::Recall::collapse_duplicates) was asked for.
    pub duplicates: usize,
}

/// One reason for a hit. The values of a hit's signals add up to its score.
///
/// ```
/// use mindkeep::{NewMemory, Recall};
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// store.remember(NewMemory::new("Moths at the lamp."))?;
/// let hit = &store.recall(Recall::new("lamp"))?[0];
/// assert_eq!(hit.signals[0].name, "words");
/// assert_eq!(hit.signals.iter().map(|signal| signal.value).sum::<f64>(), hit.score);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Signal {
    /// What it looks at: `words`, `vectors`, `neighbours`, `thread`, `speaker`, `time`, `graph`, `recency` or `importance`.
    pub name: &'static str,
    /// What it says in its own measure: BM25 of words, cosine of vectors; the others are told in `docs/recall.md`.
    pub raw: f64,
    /// What it weighs, of [`Weights`](crate::Weights).
    pub weight: f64,
    /// Its part of the score.
    pub value: f64,
    /// The place of the hit by this signal alone, from 1, among the some hundred that were looked at; of hits behind these its place in the list of words
    /// or of vectors.
    pub rank: Option<u32>,
}

impl Signal {
    /// Words alone, as they are.
    pub(super) fn of_words(score: f64, place: usize) -> Self {
        Self { name: "words", raw: score, weight: 1.0, value: score, rank: u32::try_from(place + 1).ok() }
    }
}
