//! What could not be asked, so that the rest alone has answered?

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::{Asked, Hit, Recall};
use crate::error::{Error, Result};
use crate::index;
use crate::model::limits::QUESTION_WORDS_MAX;

/// The hits of a recall, best first, and what could not be asked for them. Reads like the list that it holds.
///
/// ```
/// use mindkeep::{NewMemory, Recall, Store};
/// let store = Store::builder().open_in_memory()?;
/// store.remember(NewMemory::new("Moths at the lamp."))?;
/// let hits = store.recall(Recall::new("lamp"))?;
/// assert_eq!((hits.len(), hits.missing.len()), (1, 0));
/// for hit in hits {
///     println!("{}", hit.memory.content);
/// }
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Hits {
    /// Those that were found, best first.
    pub found: Vec<Hit>,
    /// What could not be asked, so that they were found without it; empty mostly.
    pub missing: Vec<Missing>,
}

impl Deref for Hits {
    type Target = Vec<Hit>;

    fn deref(&self) -> &Vec<Hit> {
        &self.found
    }
}

impl DerefMut for Hits {
    fn deref_mut(&mut self) -> &mut Vec<Hit> {
        &mut self.found
    }
}

impl IntoIterator for Hits {
    type Item = Hit;
    type IntoIter = std::vec::IntoIter<Hit>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}

impl<'h> IntoIterator for &'h Hits {
    type Item = &'h Hit;
    type IntoIter = std::slice::Iter<'h, Hit>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.iter()
    }
}

impl PartialEq<[Hit]> for Hits {
    fn eq(&self, other: &[Hit]) -> bool {
        self.found == other
    }
}

impl<const N: usize> PartialEq<[Hit; N]> for Hits {
    fn eq(&self, other: &[Hit; N]) -> bool {
        self.found == other
    }
}

impl PartialEq<Vec<Hit>> for Hits {
    fn eq(&self, other: &Vec<Hit>) -> bool {
        self.found == *other
    }
}

impl From<Hits> for Vec<Hit> {
    fn from(hits: Hits) -> Self {
        hits.found
    }
}

/// A part of a question that said nothing.
///
/// ```
/// use mindkeep::{Missing, NewMemory, Recall, Store};
/// let store = Store::builder().open_in_memory()?;
/// store.remember(NewMemory::new("Moths at the lamp."))?;
/// let hits = store.recall(Recall::new("lamp").vector("tiny-3d", &[0.1, 0.2, 0.3]))?;
/// assert_eq!(hits.len(), 1); // by its words
/// assert_eq!(hits.missing, [Missing::Model]);
/// assert_eq!(hits.missing[0].to_string(), "no memory that is asked has a vector by this model");
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// The question has no word that could be looked up: it is empty, all signs, or says only what must not be there.
    Words,
    /// It has more than 64 words that say something: the last ones do not count.
    LastWords,
    /// The question's vector is all zeros, and points nowhere.
    Direction,
    /// None of the memories that are asked has a vector by the model: its name may be another one, or it has not begun yet.
    Model,
    /// Some memories of the personas that are asked have no vector by the model, and are found by their words alone. An index of vectors
    /// that upkeep has not made yet counts for none.
    Vectors {
        /// How many, whatever else is asked of them.
        memories: u64,
    },
    /// The embedder gave no vector of the question that could be asked; see [`Store::recall_with`](crate::Store::recall_with).
    Embedder(Error),
}

impl Missing {
    /// A word for it that programs can rely on.
    ///
    /// ```
    /// assert_eq!(mindkeep::Missing::Vectors { memories: 3 }.kind(), "vectors");
    /// ```
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::LastWords => "last_words",
            Self::Direction => "direction",
            Self::Model => "model",
            Self::Vectors { .. } => "vectors",
            Self::Embedder(_) => "embedder",
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words => f.write_str("the question has no word that could be looked up"),
            Self::LastWords => {
                write!(
                    f,
                    "of the words that say something only the first {QUESTION_WORDS_MAX} were looked up"
                )
            }
            Self::Direction => f.write_str("the question's vector is all zeros, and says nothing"),
            Self::Model => f.write_str("no memory that is asked has a vector by this model"),
            Self::Vectors { memories: 1 } => {
                f.write_str("1 memory has no vector by this model, and is found by its words alone")
            }
            Self::Vectors { memories } => {
                write!(
                    f,
                    "{memories} memories have no vector by this model, and are found by their words alone"
                )
            }
            Self::Embedder(error) => write!(f, "the embedder gave no vector of the question: {error}"),
        }
    }
}

impl Asked<'_> {
    /// What of a recall could not be asked.
    pub(super) fn missing(&self, recall: &Recall) -> Result<Vec<Missing>> {
        let mut missing = Vec::new();
        match &self.search {
            None if !self.selection.is_empty() || recall.says_nothing() => missing.push(Missing::Words),
            Some(search) if !search.has_words() => missing.push(Missing::Words),
            Some(search) if search.is_cut() => missing.push(Missing::LastWords),
            _ => {}
        }
        let Some(nearest) = self.nearest.as_ref().filter(|_| recall.is_fused()) else { return Ok(missing) };
        if nearest.is_of_zeros() {
            missing.push(Missing::Direction);
        }
        let all = match &self.search {
            Some(search) => search.memories(),
            None => index::memories(self.read.conn(), self.cache, &self.selection.personas)?,
        };
        match nearest.memories() {
            _ if all == 0 => {}
            0 => missing.push(Missing::Model),
            having if having < all => missing.push(Missing::Vectors { memories: all - having }),
            _ => {}
        }
        Ok(missing)
    }
}
