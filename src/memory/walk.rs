//! How are memories read in an order, however many personas have them?
//!
//! Each persona (and each kind, step of importance or value, if several are asked for) is a stream that an index gives
//! in order; a page merges the streams. A stream is read in pieces that double, so that many personas with few
//! memories each cost one look each, and one persona with many costs one query.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use rusqlite::params_from_iter;
use rusqlite::types::{Value, ValueRef};
use serde::{Deserialize, Serialize};

use super::plan::Plan;
use super::rows::FromRow;
use super::select::{Along, Path, Selection, Source, after_expiry};
use crate::error::{Error, Result};
use crate::model::{AttributeKey, MetadataPath};
use crate::storage::ReadTx;

/// In which order.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// The attribute whose values it goes by; by time if none.
    pub(super) values: Option<Arc<Plan>>,
    /// Least or oldest first.
    pub(super) rising: bool,
}

impl Order {
    pub(crate) fn time(oldest_first: bool) -> Self {
        Self { values: None, rising: oldest_first }
    }

    /// By the values at a declared path of the one kind that is selected.
    pub(super) fn values(
        read: &ReadTx<'_>,
        selection: &Selection<'_>,
        path: &str,
        descending: bool,
    ) -> Result<Self> {
        let path = MetadataPath::parse("sort_by", path)?;
        if selection.filter.kinds.len() != 1 {
            return Err(Error::invalid("sort_by", "needs exactly one kind, for which the path is declared"));
        }
        let Some(kind) = selection.one_kind() else {
            return Err(Error::invalid("sort_by", "is not a declared path of the kind; declare it first"));
        };
        let condition = selection.filter.matching.as_ref();
        let plan = Plan::for_order(&*read.attributes()?, kind, &path, condition)?;
        Ok(Self { values: Some(Arc::new(plan)), rising: !descending })
    }

    /// The indexes to read along.
    pub(super) fn paths(&self, selection: &Selection<'_>) -> Vec<Path> {
        match &self.values {
            None => selection.paths(),
            Some(plan) => Along::pieces(plan).into_iter().map(Path::Attribute).collect(),
        }
    }
}

/// Where a memory stands in an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The value that the order goes by; none in the order of time.
    value: Option<AttributeKey>,
    at: i64,
    memory_id: i64,
}

impl Place {
    fn compare(&self, other: &Self) -> Ordering {
        let values = match (&self.value, &other.value) {
            (Some(one), Some(other)) => one.compare(other),
            _ => Ordering::Equal,
        };
        values.then_with(|| (self.at, self.memory_id).cmp(&(other.at, other.memory_id)))
    }
}

/// A walk over all memories that meet a filter, in an order.
pub(crate) struct Walk<'s, R> {
    selection: &'s Selection<'s>,
    rising: bool,
    streams: Vec<Stream<R>>,
    heads: BinaryHeap<Head>,
    /// Streams that need to be read before the walk can go on.
    dry: Vec<usize>,
    most: usize,
}

struct Stream<R> {
    persona_id: i64,
    path: Path,
    by_value: bool,
    place: Option<Place>,
    rows: VecDeque<(Place, R)>,
    piece: usize,
    ended: bool,
}

/// The next row of a stream; the greatest comes first.
struct Head {
    place: Place,
    rising: bool,
    stream: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = self.place.compare(&other.place);
        let order = if self.rising { order.reverse() } else { order };
        order.then_with(|| self.stream.cmp(&other.stream))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

impl<'s, R: FromRow> Walk<'s, R> {
    /// Starts after `position`, or at the end that the order begins with. `most` is how many rows will be wanted, as far
    /// as known.
    pub(crate) fn new(
        selection: &'s Selection<'s>,
        order: &Order,
        position: Option<&Place>,
        most: usize,
    ) -> Self {
        let paths = if selection.is_empty() { Vec::new() } else { order.paths(selection) };
        let count = paths.len() * selection.personas.len();
        let piece = if count == 0 { 1 } else { most.div_ceil(count).max(1) };
        let by_value = order.values.is_some();
        let stream = |persona_id: i64, path: &Path| {
            // A stream of one value lies before or after the whole of a place with another.
            let side = position.filter(|_| by_value).and_then(|place| path.compare(place.value.as_ref()?));
            let side = if order.rising { side } else { side.map(Ordering::reverse) };
            Stream::<R> {
                persona_id,
                path: path.clone(),
                by_value,
                place: position.filter(|_| side != Some(Ordering::Greater)).cloned(),
                rows: VecDeque::new(),
                // What has to be sorted is sorted once.
                piece: if !by_value && path.is_range() { most.max(1) } else { piece },
                ended: side == Some(Ordering::Less),
            }
        };
        let streams: Vec<_> = selection
            .personas
            .iter()
            .flat_map(|&persona_id| paths.iter().map(move |path| (persona_id, path)))
            .map(|(persona_id, path)| stream(persona_id, path))
            .collect();
        let dry = (0..streams.len()).filter(|&at| !streams[at].ended).collect();
        Self { selection, rising: order.rising, streams, heads: BinaryHeap::new(), dry, most: most.max(1) }
    }

    pub(crate) fn next(&mut self, read: &ReadTx<'_>) -> Result<Option<(Place, R)>> {
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
        if let Some((place, _)) = self.streams[stream].rows.front() {
            self.heads.push(Head { place: place.clone(), rising: self.rising, stream });
        }
    }

    /// Reads the next piece of a stream.
    fn fill(&mut self, read: &ReadTx<'_>, index: usize) -> Result<()> {
        let stream = &mut self.streams[index];
        let (sql, params) = piece::<R>(
            self.selection,
            (stream.by_value, self.rising),
            (stream.persona_id, &stream.path),
            stream.place.as_ref(),
            (stream.piece, read.now().as_millis()),
        );
        let mut statement = read.conn().prepare_cached(&sql)?;
        let last_column = statement.column_count() - 1;
        let mut rows = statement.query(params_from_iter(params))?;
        let mut namer = read.namer();
        while let Some(row) = rows.next()? {
            let value = if stream.by_value { Some(value_of(row.get_ref(last_column)?)?) } else { None };
            let row = R::read(row, &mut namer)?;
            let (at, memory_id) = row.place();
            stream.rows.push_back((Place { value, at, memory_id }, row));
        }
        stream.ended = stream.rows.len() < stream.piece;
        stream.piece = (stream.piece * 2).min(self.most.max(stream.piece));
        if let Some((last, _)) = stream.rows.back() {
            stream.place = Some(last.clone());
        }
        Ok(())
    }
}

pub(super) fn value_of(value: ValueRef<'_>) -> Result<AttributeKey> {
    match value {
        ValueRef::Text(_) => Ok(AttributeKey::Text(value.as_str().map_err(|_| CORRUPT)?.to_owned())),
        ValueRef::Integer(whole) => Ok(AttributeKey::Integer(whole)),
        ValueRef::Real(real) => Ok(AttributeKey::Real(real)),
        _ => Err(CORRUPT),
    }
}

const CORRUPT: Error = Error::Corrupt { what: "a value of an attribute" };

/// The SQL of the next piece of a stream: the rows after a place.
pub(super) fn piece<R: FromRow>(
    selection: &Selection<'_>,
    order: (bool, bool),
    (persona_id, path): (i64, &Path),
    after: Option<&Place>,
    (limit, now): (usize, i64),
) -> (String, Vec<Value>) {
    let (by_value, rising) = order;
    // ?1 persona, ?2 now, ?3 limit, ?4 and ?5 the bounds of time, then what the path looks up and leaves.
    let (since, until) = (selection.since(), selection.until());
    let mut params: Vec<Value> =
        vec![persona_id.into(), now.into(), (limit as i64).into(), since.into(), until.into()];
    let path = match (path, after) {
        (Path::Attribute(along), Some(_)) if by_value => Cow::Owned(Path::Attribute(along.onwards(rising))),
        _ => Cow::Borrowed(path),
    };
    let Source { from, time, conditions, params: looked_up } =
        selection.along(&path, std::mem::take(&mut params));
    let mut params = looked_up;
    let mut number = |value: Value| {
        params.push(value);
        params.len()
    };
    let bounded = !by_value || selection.filter.since.is_some() || selection.filter.until.is_some();
    let mut place =
        if bounded { format!("{time}.at >= ?4 AND {time}.at < ?5") } else { "?4 < ?5".to_owned() };
    if let Some(after) = after {
        let compare = if rising { ">" } else { "<" };
        let bound = if by_value {
            place.clone()
        } else if rising {
            format!("{time}.at < ?5")
        } else {
            format!("{time}.at >= ?4")
        };
        let (at, memory_id) = if by_value {
            (after.at, after.memory_id)
        } else if rising {
            (after.at, after.memory_id).max((since, i64::MIN))
        } else {
            (after.at, after.memory_id).min((until, i64::MIN))
        };
        let pair = format!("?{}, ?{}", number(at.into()), number(memory_id.into()));
        place = match &after.value {
            Some(value) if by_value && !path.is_point() => {
                let value = number(value.clone().into());
                format!("(a.value, a.at, a.memory_id) {compare} (?{value}, {pair}) AND {bound}")
            }
            _ => format!("({time}.at, {time}.memory_id) {compare} ({pair}) AND {bound}"),
        };
    }
    let direction = if rising { "" } else { "DESC" };
    let (value, first) =
        if by_value { (", a.value", format!("a.value {direction}, ")) } else { ("", String::new()) };
    let sql = format!(
        "SELECT {}{value} FROM {from}
          WHERE {conditions} AND {place} AND {}
          ORDER BY {first}{time}.at {direction}, {time}.memory_id {direction} LIMIT ?3",
        R::COLUMNS,
        after_expiry(2)
    );
    (sql, params)
}
