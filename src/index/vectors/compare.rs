//! How near are some memories?
//!
//! By their vectors, which are read from their rows; or by their codes, for which no row is read.

use std::collections::HashMap;
use std::ops::Range;

use rusqlite::Connection;

use super::cache::{Chunk, VectorCache};
use super::scan::BLOCK;
use super::search::{Nearest, codes, kept};
use crate::error::Result;

/// A memory, compared with a question's vector.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compared {
    /// -1 to 1.
    pub(crate) cosine: f32,
    /// The bytes of the content that the nearest passage covers; `None` is the whole.
    pub(crate) passage: Option<(usize, usize)>,
}

impl Nearest {
    /// By their vectors, of the nearest passage of each; those without a vector are left out.
    pub(crate) fn cosines(&self, conn: &Connection, memory_ids: &[i64]) -> Result<HashMap<i64, Compared>> {
        let mut found = HashMap::new();
        let (Some(asked), Some(model_id)) = (&self.asked, self.model_id) else { return Ok(found) };
        // The rows of a model that was dropped stay until upkeep takes them.
        if self.sets.is_empty() {
            return Ok(found);
        }
        let mut statement = conn.prepare_cached(
            "SELECT format, numbers, from_byte, to_byte FROM memory_vector WHERE memory_id = ?1 AND model_id = ?2",
        )?;
        for &memory_id in memory_ids {
            let mut rows = statement.query((memory_id, model_id))?;
            while let Some(row) = rows.next()? {
                let Some(cosine) = kept(row, 0, asked)?.and_then(|numbers| asked.cosine(&numbers)) else {
                    continue;
                };
                let compared = Compared { cosine, passage: Option::zip(row.get(2)?, row.get(3)?) };
                let best = found.entry(memory_id).or_insert(compared);
                if best.cosine < cosine {
                    *best = compared;
                }
            }
        }
        Ok(found)
    }

    /// The same by their codes: cosines, nearly.
    pub(crate) fn estimates(
        &self,
        conn: &Connection,
        cache: &VectorCache,
        memory_ids: &[i64],
    ) -> Result<HashMap<i64, f32>> {
        let mut found = HashMap::new();
        let Some(asked) = &self.asked else { return Ok(found) };
        let mut ids = memory_ids.to_vec();
        ids.sort_unstable();
        for set in &self.sets {
            for chunk in &set.chunks {
                let (least, greatest) = chunk.memories;
                let ids = &ids[ids.partition_point(|&id| id < least)..];
                let ids = &ids[..ids.partition_point(|&id| id <= greatest)];
                let places = places(chunk, ids);
                if places.is_empty() {
                    continue;
                }
                let Some(codes) = codes(conn, cache, set, chunk)? else { continue };
                for place in places {
                    let signs = codes.block(place / BLOCK);
                    let (sizes, factor) = (codes.sizes_of(place), codes.by_sizes[place]);
                    let cosine = asked.by_code(signs, place % BLOCK, sizes, factor).clamp(-1.0, 1.0);
                    let best = found.entry(chunk.slots[place].memory_id).or_insert(cosine);
                    *best = best.max(cosine);
                }
            }
        }
        Ok(found)
    }
}

/// Where the vectors of some memories lie in a chunk. The memories are in order.
fn places(chunk: &Chunk, ids: &[i64]) -> Vec<usize> {
    if ids.is_empty() {
        return Vec::new();
    }
    let is_there = |place: &usize| !chunk.slots[*place].state.is_gone;
    if !chunk.is_in_order {
        let all = 0..chunk.slots.len();
        return all
            .filter(|&place| ids.binary_search(&chunk.slots[place].memory_id).is_ok())
            .filter(is_there)
            .collect();
    }
    let of = |id: i64| -> Range<usize> {
        // Where each memory of a stretch of numbers has one vector.
        let guess = usize::try_from(id - chunk.memories.0).unwrap_or(0);
        let is_at = |place: usize| chunk.slots.get(place).is_some_and(|slot| slot.memory_id == id);
        let is_first = is_at(guess) && guess.checked_sub(1).is_none_or(|before| !is_at(before));
        let from = if is_first { guess } else { chunk.slots.partition_point(|slot| slot.memory_id < id) };
        let count = chunk.slots[from..].iter().take_while(|slot| slot.memory_id == id).count();
        from..from + count
    };
    ids.iter().flat_map(|&id| of(id)).filter(is_there).collect()
}
