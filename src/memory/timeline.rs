//! Which memories, page by page, in the order of time or of a declared attribute?

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::rows::Numbered;
use super::select::Selection;
use super::walk::{Order, Place, Walk};
use crate::codec;
use crate::error::{Error, Result};
use crate::model::limits::{PAGE_DEFAULT, PAGE_MAX};
use crate::model::{Filter, Memory, filter_methods};
use crate::storage::ReadTx;

/// A question for memories in the order of time: newest first, 50 a page, unless said otherwise.
///
/// ```
/// use mindkeep::{Kind, NewMemory, Store, Timeline};
///
/// let store = Store::builder().open_in_memory()?;
/// let pepys = store.persona("pepys");
/// for day in ["one", "two", "three"] {
///     pepys.remember(NewMemory::new(format!("Day {day}.")).kind(Kind::EVENT))?;
/// }
/// let page = pepys.timeline(Timeline::new().kind(Kind::EVENT).limit(2))?;
/// assert_eq!(page.memories[0].content, "Day three.");
/// let next = pepys.timeline(Timeline::new().kind(Kind::EVENT).limit(2).after(page.next.unwrap()))?;
/// assert_eq!(next.memories[0].content, "Day one.");
/// assert!(next.next.is_none());
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    pub(crate) filter: Filter,
    pub(crate) oldest_first: bool,
    pub(crate) sort_by: Option<String>,
    pub(crate) descending: bool,
    pub(crate) limit: usize,
    pub(crate) after: Option<Cursor>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            oldest_first: false,
            sort_by: None,
            descending: false,
            limit: PAGE_DEFAULT,
            after: None,
        }
    }
}

impl Timeline {
    /// Everything, newest first.
    ///
    /// ```
    /// let newest = mindkeep::Timeline::new();
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Oldest first.
    ///
    /// ```
    /// let oldest = mindkeep::Timeline::new().oldest_first();
    /// ```
    #[must_use]
    pub fn oldest_first(mut self) -> Self {
        self.oldest_first = true;
        self
    }

    /// In the order of the values at a declared path, least first, instead of by time: the memories of one kind that
    /// have a value there. Those with the same value come oldest first.
    ///
    /// If the path was declared [within](crate::Attribute::within) another one, a condition has to say which values that
    /// may have, unless it is a boolean.
    ///
    /// ```
    /// use mindkeep::{Attribute, AttributeType, Kind, Store, Timeline, Timestamp, Where};
    /// let store = Store::builder().open_in_memory()?;
    /// let task = Kind::new("task");
    /// store.declare(Attribute::new(task.clone(), "due", AttributeType::Time).within("done", AttributeType::Boolean))?;
    /// let due = Where::lt("due", Timestamp::now()).and(Where::eq("done", false));
    /// let next = store.timeline(Timeline::new().kind(task).matching(due).sort_by("due").limit(10))?;
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn sort_by(mut self, path: impl Into<String>) -> Self {
        self.sort_by = Some(path.into());
        self
    }

    /// With [`Timeline::sort_by`]: greatest first, and newest first among those with the same value.
    ///
    /// ```
    /// let most_used = mindkeep::Timeline::new().kind("command".into()).sort_by("usage_count").descending();
    /// ```
    #[must_use]
    pub fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    /// Memories a page: 1 to 1,000.
    ///
    /// ```
    /// let page = mindkeep::Timeline::new().limit(20);
    /// ```
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Go on after a page that the same question gave.
    ///
    /// ```
    /// use mindkeep::{Store, Timeline};
    /// let store = Store::builder().open_in_memory()?;
    /// if let Some(cursor) = store.timeline(Timeline::new())?.next {
    ///     store.timeline(Timeline::new().after(cursor))?;
    /// }
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.after = Some(cursor);
        self
    }

    filter_methods!("Timeline::new()");

    /// What a cursor is bound to: the question without limit and place.
    fn fingerprint(&self) -> u64 {
        let order = (self.oldest_first, &self.sort_by, self.descending);
        codec::hash_of(&(self.filter.identity(), order))
    }

    /// Whether its statements have to see the same commit: what is declared says what they ask.
    pub(crate) fn needs_snapshot(&self) -> bool {
        self.sort_by.is_some() || self.filter.matching.is_some()
    }

    /// Which memories, and in which order.
    pub(crate) fn resolve(&self, read: &ReadTx<'_>) -> Result<(Selection<'_>, Order)> {
        self.filter.check()?;
        if !(1..=PAGE_MAX).contains(&self.limit) {
            return Err(Error::invalid("limit", "is not between 1 and 1,000"));
        }
        let selection = match self.sort_by {
            None => Selection::resolve(read, &self.filter)?,
            Some(_) => Selection::unplanned(read, &self.filter)?,
        };
        match &self.sort_by {
            None if self.descending => Err(Error::invalid("descending", "needs a path to sort by")),
            None => Ok((selection.in_order_of_time(read)?, Order::time(self.oldest_first))),
            Some(_) if self.oldest_first => {
                Err(Error::invalid("oldest_first", "does not go with a path to sort by"))
            }
            Some(path) => {
                let order = Order::values(read, &selection, path, self.descending)?;
                Ok((selection, order))
            }
        }
    }
}

/// A part of a timeline.
///
/// ```
/// use mindkeep::Timeline;
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// let page = store.timeline(Timeline::new())?;
/// assert!(page.memories.is_empty() && page.next.is_none());
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// The memories, in the order that was asked for.
    pub memories: Vec<Memory>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
}

/// A place in a timeline, stable under inserts: a page after it neither repeats nor skips what was there.
///
/// It is good for the same question in the same file, and travels as text.
///
/// ```
/// use mindkeep::Cursor;
/// assert!("not a cursor".parse::<Cursor>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor(At);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct At {
    fingerprint: u64,
    place: Place,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&codec::token(&self.0))
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        codec::from_token(text).map(Self).ok_or_else(|| Error::invalid("cursor", "is not a cursor"))
    }
}

/// One page.
pub(crate) fn timeline(read: &ReadTx<'_>, question: &Timeline) -> Result<Page> {
    let (selection, order) = question.resolve(read)?;
    let fingerprint = question.fingerprint();
    if question.after.as_ref().is_some_and(|cursor| cursor.0.fingerprint != fingerprint) {
        return Err(Error::invalid("cursor", "comes from another question"));
    }
    let position = question.after.as_ref().map(|cursor| &cursor.0.place);
    let mut walk = Walk::<Numbered>::new(&selection, &order, position, question.limit + 1);
    let mut memories = Vec::with_capacity(question.limit.min(64));
    let mut last = position.cloned();
    while let Some((place, row)) = walk.next(read)? {
        if memories.len() == question.limit {
            return Ok(Page { memories, next: last.map(|place| Cursor(At { fingerprint, place })) });
        }
        last = Some(place);
        memories.push(row.memory);
    }
    Ok(Page { memories, next: None })
}
