//! Which memories have the vectors that are nearest to one?
//!
//! The signs of all vectors that a filter lets through are scanned; sizes put the best of them in order; the best of those are compared
//! with the vectors themselves. A memory is as near as its nearest passage.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row};

use super::super::search::{Filtered, LetThrough};
use super::super::words::Doc;
use super::cache::{Chunk, Set, VectorCache};
use super::chunk::{Codes, Slot};
use super::code::plane;
use super::file;
use super::numbers::decode;
use super::scan::{Asked, BLOCK};
use super::settle::rotation;
use crate::error::{Error, Result};
use crate::model::check_name;
use crate::model::limits::{DIMENSIONS_MAX, NAME_BYTES_MAX};
use crate::storage::check;

/// Vectors that come out of the scan, at least; of very many the root of their number.
const SCANNED: usize = 256;
/// Memories that are compared by their vectors at most, beside two for each that is wanted.
const COMPARED: usize = 80;
/// Numbers of a vector for which that is enough. Codes of fewer are coarser: as many times more are looked at, up to eight times.
const ENOUGH: usize = 384;

/// How many times more are looked at for so many numbers.
fn coarseness(dimensions: usize) -> usize {
    (ENOUGH / dimensions.max(1)).clamp(1, 8)
}

/// A vector that is looked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) model: String,
    pub(crate) numbers: Vec<f32>,
}

impl Wanted {
    fn check(&self) -> Result<()> {
        check_name("model", &self.model, NAME_BYTES_MAX)?;
        if !(1..=DIMENSIONS_MAX).contains(&self.numbers.len()) {
            return Err(Error::invalid("vector", "does not have 1 to 4,096 numbers"));
        }
        if self.numbers.iter().any(|number| !number.is_finite()) {
            return Err(Error::invalid("vector", "has a number that is NaN or infinite"));
        }
        Ok(())
    }
}

/// A memory that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Near {
    pub(crate) memory_id: i64,
    pub(crate) at: i64,
    /// The cosine of its nearest passage, -1 to 1.
    pub(crate) cosine: f32,
    /// By the vector itself, and not by its code.
    pub(crate) is_exact: bool,
}

/// The vectors of some personas, to be asked.
pub(crate) struct Nearest {
    /// `None` if nobody has vectors by it.
    pub(super) model_id: Option<i64>,
    pub(super) sets: Vec<Arc<Set>>,
    pub(super) asked: Option<Asked>,
    is_of_zeros: bool,
}

/// A vector that may be among the best: how near it seems, whose set, which chunk and which place in it, and the sum of its signs.
#[derive(Clone, Copy)]
struct Candidate {
    near: f32,
    set: u32,
    chunk: u32,
    place: u16,
    sum: u16,
}

impl Near {
    /// Nearest first, and newest first among equals.
    fn order(&self, other: &Self) -> Ordering {
        let by_time = || (other.at, other.memory_id).cmp(&(self.at, self.memory_id));
        other.cosine.total_cmp(&self.cosine).then_with(by_time)
    }
}

impl Nearest {
    /// In the snapshot of a connection. A model that has no vectors here has no answers.
    ///
    /// # Errors
    /// `InvalidInput` where the vector has another dimension than those of the model, or numbers that are none.
    pub(crate) fn new(
        conn: &Connection,
        cache: &VectorCache,
        personas: &[i64],
        wanted: &Wanted,
    ) -> Result<Self> {
        wanted.check()?;
        let is_of_zeros = wanted.numbers.iter().all(|&number| number == 0.0);
        let Some((model_id, dimensions)) = file::model(conn, &wanted.model)? else {
            return Ok(Self { model_id: None, sets: Vec::new(), asked: None, is_of_zeros });
        };
        if dimensions != wanted.numbers.len() {
            let given = wanted.numbers.len();
            let reason = format!("has {given} numbers, and the vectors of this model have {dimensions}");
            return Err(Error::invalid("vector", reason));
        }
        let mut sets = Vec::new();
        for &persona_id in personas {
            sets.extend(cache.set(conn, persona_id, (model_id, dimensions))?);
        }
        let asked = Asked::new(&rotation(dimensions), &wanted.numbers);
        Ok(Self { model_id: Some(model_id), sets, asked, is_of_zeros })
    }

    /// Whether the vector has no direction, so that it says nothing.
    pub(crate) fn is_of_zeros(&self) -> bool {
        self.is_of_zeros
    }

    /// How many live memories have vectors to be scanned.
    pub(crate) fn memories(&self) -> u64 {
        self.sets.iter().map(|set| set.memories() as u64).sum()
    }

    /// How many vectors there are to be scanned.
    pub(crate) fn len(&self) -> usize {
        self.sets.iter().flat_map(|set| &set.chunks).map(|chunk| chunk.slots.len()).sum()
    }

    /// The nearest memories, nearest first and newest first among equals. Those `besides` are there although they are not live. As many as are
    /// `wanted` exactly are compared by their vectors, the rest by codes.
    pub(crate) fn best(
        &self,
        conn: &Connection,
        cache: &VectorCache,
        filtered: &Filtered<'_>,
        besides: &HashSet<i64>,
        (limit, exact): (usize, usize),
    ) -> Result<Vec<Near>> {
        let Some(asked) = &self.asked else { return Ok(Vec::new()) };
        let mut let_through = LetThrough::of(conn, filtered, besides);
        let scanned =
            SCANNED.max(self.len().isqrt()).max(exact.saturating_mul(8)).max(limit.saturating_mul(2));
        let mut most = scanned.saturating_mul(coarseness(asked.unit.len()));
        loop {
            let passing = Passing { filtered, besides, all: let_through.looked_up() };
            let scanned = self.scan(conn, cache, asked, &passing, most)?;
            let is_all = scanned.len() < most;
            let was_looked_up = let_through.looked_up().is_some();
            let found = self.compare(conn, cache, asked, &mut let_through, scanned, (limit, exact))?;
            if is_all || found.len() >= limit {
                return Ok(found);
            }
            if filtered.conditions.is_some() && !was_looked_up {
                let_through.look_up()?;
            } else {
                most = most.saturating_mul(8);
            }
        }
    }

    /// The vectors that seem nearest by their signs, in the order in which sizes put them.
    fn scan(
        &self,
        conn: &Connection,
        cache: &VectorCache,
        asked: &Asked,
        passing: &Passing<'_>,
        most: usize,
    ) -> Result<Vec<Candidate>> {
        let mut top = Top::new(most);
        for (set, set_number) in self.sets.iter().zip(0..) {
            for (chunk, chunk_number) in set.chunks.iter().zip(0..) {
                check()?;
                let Some(looks) = passing.looks_at(chunk) else { continue };
                let Some(codes) = codes(conn, cache, set, chunk)? else { continue };
                for (block, &live) in chunk.live.iter().enumerate() {
                    let slots = &chunk.slots[block * BLOCK..chunk.slots.len().min((block + 1) * BLOCK)];
                    let mask = if looks { passing.mask(slots) } else { live };
                    if mask == 0 {
                        continue;
                    }
                    let factors = &codes.by_signs[block * BLOCK..];
                    let (above, sums) = asked.above(codes.block(block), factors, top.bar);
                    let mut left = above & mask;
                    while left != 0 {
                        let place = left.trailing_zeros() as usize;
                        left &= left - 1;
                        let (near, sum) = (asked.by_signs(sums[place], factors[place]), sums[place]);
                        // It may have risen since.
                        if near > top.bar {
                            let place = (block * BLOCK + place) as u16;
                            top.push(Candidate { near, set: set_number, chunk: chunk_number, place, sum });
                        }
                    }
                }
            }
        }
        let mut best = top.into_best();
        best.sort_unstable_by_key(|candidate| (candidate.set, candidate.chunk, candidate.place));
        // All are read before any is reckoned with, so that memory is asked for many at once.
        let bytes = plane(asked.unit.len());
        let (mut sizes, mut factors) =
            (Vec::with_capacity(best.len() * bytes), Vec::with_capacity(best.len()));
        for of_chunk in best.chunk_by(|a, b| (a.set, a.chunk) == (b.set, b.chunk)) {
            let set = &self.sets[of_chunk[0].set as usize];
            let codes = codes(conn, cache, set, &set.chunks[of_chunk[0].chunk as usize])?;
            for place in of_chunk.iter().map(|candidate| usize::from(candidate.place)) {
                match &codes {
                    Some(codes) => sizes.extend_from_slice(codes.sizes_of(place)),
                    None => sizes.resize(sizes.len() + bytes, 0),
                }
                factors.push(codes.as_ref().map_or(0.0, |codes| codes.by_sizes[place]));
            }
        }
        for ((candidate, sizes), factor) in best.iter_mut().zip(sizes.chunks_exact(bytes)).zip(factors) {
            candidate.near = asked.by_sizes(candidate.sum.into(), sizes, factor);
        }
        best.sort_unstable_by(|a, b| b.near.total_cmp(&a.near));
        Ok(best)
    }

    /// Compares the first of some candidates with the vectors themselves, until the nearest are known; the others, as far as they are wanted, are as
    /// near as their codes say.
    fn compare(
        &self,
        conn: &Connection,
        cache: &VectorCache,
        asked: &Asked,
        let_through: &mut LetThrough<'_>,
        candidates: Vec<Candidate>,
        (limit, exact): (usize, usize),
    ) -> Result<Vec<Near>> {
        let mut statement =
            conn.prepare_cached("SELECT memory_id, format, numbers FROM memory_vector WHERE vector_id = ?1")?;
        let mut known: HashMap<i64, bool> = HashMap::new();
        let mut found: HashMap<i64, Near> = HashMap::new();
        // The nearest of those that were compared.
        let mut first: Vec<Near> = Vec::new();
        let most =
            exact.saturating_mul(2).saturating_add(COMPARED).saturating_mul(coarseness(asked.unit.len()));
        let mut is_exact = true;
        for (number, candidate) in candidates.into_iter().enumerate() {
            // Until none of the others can well be among them.
            let last = first.last().filter(|_| first.len() >= exact);
            is_exact &=
                found.len() < most && last.is_none_or(|last| asked.at_most(candidate.near) >= last.cosine);
            if !is_exact && found.len() >= limit {
                break;
            }
            if number.is_multiple_of(64) {
                check()?;
            }
            let chunk = &self.sets[candidate.set as usize].chunks[candidate.chunk as usize];
            let slot = chunk.slots[usize::from(candidate.place)];
            let passes = match known.get(&slot.memory_id) {
                Some(&passes) => passes,
                None => {
                    let passes = let_through.has(doc(&slot))?;
                    known.insert(slot.memory_id, passes);
                    passes
                }
            };
            if !passes {
                continue;
            }
            if !is_exact {
                let (memory_id, at, cosine) = (slot.memory_id, slot.at, candidate.near.clamp(-1.0, 1.0));
                found.entry(memory_id).or_insert(Near { memory_id, at, cosine, is_exact });
                continue;
            }
            let row = statement.query_row([slot.vector_id], |row| {
                let cosine = kept(row, 1, asked)?.map(|numbers| asked.cosine(&numbers));
                Ok((row.get::<_, i64>(0)?, cosine))
            });
            let row = row.optional()?.filter(|(memory_id, _)| *memory_id == slot.memory_id);
            let Some((memory_id, Some(cosine))) = row else {
                cache.set_damaged(true);
                continue;
            };
            let Some(cosine) = cosine else { continue };
            let near = Near { memory_id, at: slot.at, cosine, is_exact };
            let best = found.entry(memory_id).or_insert(near);
            if best.cosine < cosine {
                *best = near;
            }
            first.retain(|other| other.memory_id != memory_id);
            first.insert(first.partition_point(|other| other.order(best).is_lt()), *best);
            first.truncate(exact);
        }
        let mut found: Vec<Near> = found.into_values().collect();
        found.sort_unstable_by(Near::order);
        found.truncate(limit);
        Ok(found)
    }
}

/// The numbers of a vector, of which the first column is the format and the next what is kept; `None` if there are not as many as were asked with.
pub(super) fn kept(row: &Row<'_>, format: usize, asked: &Asked) -> rusqlite::Result<Option<Vec<f32>>> {
    let (format, bytes) = (row.get_ref(format)?.as_str().ok(), row.get_ref(format + 1)?.as_blob().ok());
    let numbers = Option::zip(format, bytes).and_then(|(format, bytes)| decode(format, bytes));
    Ok(numbers.filter(|numbers| numbers.len() == asked.unit.len()))
}

/// The codes of a chunk; `None` where they are damaged.
pub(super) fn codes(
    conn: &Connection,
    cache: &VectorCache,
    set: &Set,
    chunk: &Chunk,
) -> Result<Option<Arc<Codes>>> {
    match chunk.codes(conn, set.dimensions) {
        Err(Error::Corrupt { .. }) => {
            cache.set_damaged(true);
            Ok(None)
        }
        codes => codes.map(Some),
    }
}

/// What a vector's slot says of whether it may be an answer.
struct Passing<'p> {
    filtered: &'p Filtered<'p>,
    besides: &'p HashSet<i64>,
    all: Option<&'p HashSet<i64>>,
}

impl Passing<'_> {
    /// Whether each slot of a chunk has to be looked at; `None` if none of them passes.
    fn looks_at(&self, chunk: &Chunk) -> Option<bool> {
        let (time, filtered) = (&self.filtered.time, self.filtered);
        if !self.besides.is_empty() {
            return Some(true);
        }
        let (oldest, newest) =
            chunk.times.filter(|(oldest, newest)| time.start <= *newest && *oldest < time.end)?;
        let in_time = time.start <= oldest && newest < time.end;
        Some(!in_time || filtered.kinds.is_some() || filtered.only.is_some() || self.all.is_some())
    }

    /// Which of the vectors of a block pass.
    fn mask(&self, slots: &[Slot]) -> u32 {
        let Filtered { time, kinds, only, .. } = self.filtered;
        slots.iter().zip(0..).fold(0, |mask, (slot, bit)| {
            let is_beside = self.besides.contains(&slot.memory_id);
            let passes = slot.state.is_live
                && time.contains(&slot.at)
                && kinds.is_none_or(|kinds| kinds.contains(&slot.kind_id.into()))
                && self.all.is_none_or(|all| all.contains(&slot.memory_id));
            let passes = (passes || is_beside) && only.is_none_or(|only| only.contains(&slot.memory_id));
            mask | u32::from(passes) << bit
        })
    }
}

fn doc(slot: &Slot) -> Doc {
    Doc {
        at: slot.at,
        memory_id: slot.memory_id,
        kind_id: slot.kind_id,
        language: 0,
        expires: slot.state.expires,
    }
}

/// The best of what is pushed.
struct Top {
    most: usize,
    kept: Vec<Candidate>,
    /// What is not above this is not among the best.
    bar: f32,
}

impl Top {
    fn new(most: usize) -> Self {
        Self { most, kept: Vec::with_capacity(most.min(1 << 16) * 2), bar: f32::NEG_INFINITY }
    }

    fn push(&mut self, candidate: Candidate) {
        self.kept.push(candidate);
        if self.kept.len() >= self.most.saturating_mul(2) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.kept.len() > self.most {
            let (_, last, _) =
                self.kept.select_nth_unstable_by(self.most - 1, |a, b| b.near.total_cmp(&a.near));
            self.bar = last.near;
            self.kept.truncate(self.most);
        }
    }

    fn into_best(mut self) -> Vec<Candidate> {
        self.cut();
        self.kept
    }
}
