//! Which memories, in the order of time?
//!
//! Each persona (and each kind, or step of importance, if several are asked for) is a stream that an index gives in
//! order; a page merges the streams. A stream is read in pieces that double, so that many personas with few
//! memories each cost one look each, and one persona with many costs one query.

use std::collections::{BinaryHeap, VecDeque};
use std::fmt;
use std::str::FromStr;

use rusqlite::params_from_iter;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::rows::{FromRow, LIVE, Numbered};
use super::select::{Path, Selection, after_expiry};
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
    pub(crate) limit: usize,
    pub(crate) after: Option<Cursor>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { filter: Filter::default(), oldest_first: false, limit: PAGE_DEFAULT, after: None }
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
        codec::hash(format!("{:?} {}", self.filter, self.oldest_first).as_bytes())
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(Place);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    fingerprint: u64,
    at: i64,
    memory_id: i64,
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
    question.filter.check()?;
    if !(1..=PAGE_MAX).contains(&question.limit) {
        return Err(Error::invalid("limit", "is not between 1 and 1,000"));
    }
    let after = question.after.as_ref().map(|cursor| cursor.0);
    if after.is_some_and(|place| place.fingerprint != question.fingerprint()) {
        return Err(Error::invalid("cursor", "comes from another question"));
    }
    let selection = Selection::resolve(read, &question.filter)?;
    let position = after.map(|place| (place.at, place.memory_id));
    let mut walk = Walk::<Numbered>::new(&selection, question.oldest_first, position, question.limit + 1);
    let mut memories = Vec::with_capacity(question.limit.min(64));
    let mut last = position;
    while let Some(row) = walk.next(read)? {
        if memories.len() == question.limit {
            let fingerprint = question.fingerprint();
            let next = last.map(|(at, memory_id)| Cursor(Place { fingerprint, at, memory_id }));
            return Ok(Page { memories, next });
        }
        last = Some(row.place());
        memories.push(row.memory);
    }
    Ok(Page { memories, next: None })
}

/// A walk over all memories that meet a filter, in the order of time.
pub(crate) struct Walk<'s, R> {
    selection: &'s Selection<'s>,
    oldest_first: bool,
    streams: Vec<Stream<R>>,
    heads: BinaryHeap<Head>,
    /// Streams that need to be read before the walk can go on.
    dry: Vec<usize>,
    most: usize,
}

/// Stands for a row id in a place that is before all rows of its time.
const NO_ROW: i64 = i64::MIN;

struct Stream<R> {
    persona_id: i64,
    path: Path,
    place: (i64, i64),
    rows: VecDeque<R>,
    piece: usize,
    ended: bool,
}

/// The next row of a stream; the greatest comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    order: (i64, i64),
    stream: usize,
}

impl<'s, R: FromRow> Walk<'s, R> {
    /// Starts after `position` (time and row id), or at the end of time that the order asks for. `most` is how many
    /// rows will be wanted, as far as known.
    pub(crate) fn new(
        selection: &'s Selection<'s>,
        oldest_first: bool,
        position: Option<(i64, i64)>,
        most: usize,
    ) -> Self {
        let start = if oldest_first { (selection.since(), NO_ROW) } else { (selection.until(), NO_ROW) };
        let place = match position {
            Some(position) if oldest_first => position.max(start),
            Some(position) => position.min(start),
            None => start,
        };
        let paths = if selection.is_empty() { Vec::new() } else { selection.paths() };
        let count = paths.len() * selection.personas.len();
        let piece = if count == 0 { 1 } else { most.div_ceil(count).max(1) };
        let stream = |persona_id: i64, path: &Path| Stream::<R> {
            persona_id,
            path: path.clone(),
            place,
            rows: VecDeque::new(),
            piece,
            ended: false,
        };
        let streams: Vec<_> = selection
            .personas
            .iter()
            .flat_map(|&persona_id| paths.iter().map(move |path| (persona_id, path)))
            .map(|(persona_id, path)| stream(persona_id, path))
            .collect();
        let dry = (0..streams.len()).collect();
        Self { selection, oldest_first, streams, heads: BinaryHeap::new(), dry, most: most.max(1) }
    }

    pub(crate) fn next(&mut self, read: &ReadTx<'_>) -> Result<Option<R>> {
        while let Some(index) = self.dry.pop() {
            self.fill(read, index)?;
            self.push_head(index);
        }
        let Some(head) = self.heads.pop() else {
            return Ok(None);
        };
        let stream = &mut self.streams[head.stream];
        let row = stream.rows.pop_front();
        if stream.rows.is_empty() && !stream.ended {
            self.dry.push(head.stream);
        } else {
            self.push_head(head.stream);
        }
        Ok(row)
    }

    fn push_head(&mut self, stream: usize) {
        if let Some(row) = self.streams[stream].rows.front() {
            let order = row.place();
            let order = if self.oldest_first { (!order.0, !order.1) } else { order };
            self.heads.push(Head { order, stream });
        }
    }

    /// Reads the next piece of a stream.
    fn fill(&mut self, read: &ReadTx<'_>, index: usize) -> Result<()> {
        let stream = &mut self.streams[index];
        let (sql, params) = page_query(self.selection, stream, self.oldest_first, read.now().as_millis());
        let mut statement = read.conn().prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(params))?;
        let mut namer = read.namer();
        while let Some(row) = rows.next()? {
            stream.rows.push_back(R::read(row, &mut namer)?);
        }
        stream.ended = stream.rows.len() < stream.piece;
        stream.piece = (stream.piece * 2).min(self.most.max(stream.piece));
        if let Some(last) = stream.rows.back() {
            stream.place = last.place();
        }
        Ok(())
    }
}

fn page_query<R: FromRow>(
    selection: &Selection<'_>,
    stream: &Stream<R>,
    oldest_first: bool,
    now: i64,
) -> (String, Vec<Value>) {
    // ?1 persona, ?2 and ?3 place, ?4 the far bound of time, ?5 now, ?6 limit, ?7 the path's value, the rest after.
    let mut params: Vec<Value> = vec![
        stream.persona_id.into(),
        stream.place.0.into(),
        stream.place.1.into(),
        if oldest_first { selection.until() } else { selection.since() }.into(),
        now.into(),
        (stream.piece as i64).into(),
    ];
    let filter = selection.filter;
    let text = |value: &Option<String>| Value::Text(value.clone().unwrap_or_default());
    let (from, time, looked_up) = match &stream.path {
        Path::Timeline => ("memory AS m INDEXED BY memory_timeline", "m", None),
        Path::Kind(kind) => {
            ("memory AS m INDEXED BY memory_kind", "m", Some(("m.kind_id = ?7", Value::Integer(*kind))))
        }
        Path::Importance(tier) => (
            "memory AS m INDEXED BY memory_importance",
            "m",
            Some(("m.importance > 0.5 AND CAST(m.importance * 10 AS INTEGER) = ?7", Value::Integer(*tier))),
        ),
        Path::Thread => {
            ("memory AS m INDEXED BY memory_thread", "m", Some(("m.thread = ?7", text(&filter.thread))))
        }
        Path::Source => {
            ("memory AS m INDEXED BY memory_source", "m", Some(("m.source = ?7", text(&filter.source))))
        }
        Path::Key => ("memory AS m INDEXED BY memory_key", "m", Some(("m.key = ?7", text(&filter.key)))),
        Path::Tag => (
            "memory_tag AS t CROSS JOIN memory AS m ON m.memory_id = t.memory_id",
            "t",
            Some(("t.tag = ?7", Value::Text(filter.tags.first().cloned().unwrap_or_default()))),
        ),
    };
    let mut conditions = format!("{time}.persona_id = ?1 AND {LIVE}");
    if let Some((condition, value)) = looked_up {
        conditions = format!("{conditions} AND {condition}");
        params.push(value);
    }
    let (rest, more) = selection.rest(&stream.path, params.len());
    params.extend(more);
    let (compare, far, direction) = if oldest_first { (">", "<", "") } else { ("<", ">=", "DESC") };
    // Before all rows of a time, comparing times says the same as comparing pairs, for less.
    let place = match (stream.place.1, oldest_first) {
        (NO_ROW, true) => format!("{time}.at >= ?2"),
        (NO_ROW, false) => format!("{time}.at < ?2"),
        _ => format!("({time}.at, {time}.memory_id) {compare} (?2, ?3)"),
    };
    let sql = format!(
        "SELECT {} FROM {from}
          WHERE {conditions} AND {place} AND {time}.at {far} ?4
            AND {} AND {rest}
          ORDER BY {time}.at {direction}, {time}.memory_id {direction} LIMIT ?6",
        R::COLUMNS,
        after_expiry(5)
    );
    (sql, params)
}
