//! What of the vectors does a process keep in memory, and is it what the file says?
//!
//! Of a persona and model: what slots and codes say. It is a function of the file at `vector_set.seq`, which a reader compares in its own
//! snapshot before it uses it. Where there is no room for codes, they are read at every question.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use rusqlite::Connection;

use super::chunk::{Codes, Slot};
use super::file::{self, ChunkRow, SetRow};
use super::scan::BLOCK;
use crate::error::{Error, Result};

/// The vectors of a persona by a model at one moment.
pub(super) struct Set {
    row: SetRow,
    pub(super) dimensions: usize,
    pub(super) chunks: Vec<Arc<Chunk>>,
}

/// Some of them.
pub(super) struct Chunk {
    /// 0 is what is in no chunk of the file yet.
    chunk_id: i64,
    first_id: i64,
    code_seq: i64,
    pub(super) slots: Vec<Slot>,
    /// A bit for each vector of a block: its memory is live.
    pub(super) live: Vec<u32>,
    /// The oldest and the newest of those that are.
    pub(super) times: Option<(i64, i64)>,
    /// The least and the greatest number of a memory.
    pub(super) memories: (i64, i64),
    /// Memories are in the order of their vectors, as they are where each got its vector when it was written.
    pub(super) is_in_order: bool,
    /// How many memories have live ones.
    having: usize,
    /// `None` where there is no room.
    codes: Option<Arc<Codes>>,
}

impl Chunk {
    fn new(row: ChunkRow, codes: Option<Arc<Codes>>) -> Self {
        let live = row.slots.chunks(BLOCK).map(|block| {
            block.iter().zip(0..).fold(0, |mask, (slot, bit)| mask | u32::from(slot.state.is_live) << bit)
        });
        let times = row.slots.iter().filter(|slot| slot.state.is_live).map(|slot| slot.at);
        let times = times.fold(None, |known: Option<(i64, i64)>, at| {
            Some(known.map_or((at, at), |(oldest, newest)| (oldest.min(at), newest.max(at))))
        });
        // Passages of a memory lie side by side.
        let mut whose: Vec<i64> = live_memories(&row.slots).collect();
        whose.dedup();
        let memories = row.slots.iter().fold((i64::MAX, i64::MIN), |(least, greatest), slot| {
            (least.min(slot.memory_id), greatest.max(slot.memory_id))
        });
        Self {
            live: live.collect(),
            times,
            memories,
            having: whose.len(),
            is_in_order: row.slots.is_sorted_by_key(|slot| slot.memory_id),
            chunk_id: row.chunk_id,
            first_id: row.first_id,
            code_seq: row.code_seq,
            slots: row.slots,
            codes,
        }
    }

    fn bytes(&self) -> usize {
        let codes = self.codes.as_ref().map_or(0, |codes| codes.bytes());
        size_of::<Self>() + self.slots.len() * size_of::<Slot>() + self.live.len() * 4 + codes
    }

    /// Its codes, from memory or from the file.
    pub(super) fn codes(&self, conn: &Connection, dimensions: usize) -> Result<Arc<Codes>> {
        match &self.codes {
            Some(codes) => Ok(Arc::clone(codes)),
            None => file::codes(conn, self.chunk_id, dimensions, self.slots.len()).map(Arc::new),
        }
    }
}

fn live_memories(slots: &[Slot]) -> impl DoubleEndedIterator<Item = i64> {
    slots.iter().filter(|slot| slot.state.is_live).map(|slot| slot.memory_id)
}

impl Set {
    /// How many live memories have vectors in it.
    pub(super) fn memories(&self) -> usize {
        let all: usize = self.chunks.iter().map(|chunk| chunk.having).sum();
        let twice = self.chunks.windows(2).filter(|pair| {
            let last = live_memories(&pair[0].slots).next_back();
            last.is_some() && last == live_memories(&pair[1].slots).next()
        });
        all - twice.count()
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.chunks.iter().map(|chunk| chunk.bytes()).sum::<usize>()
    }
}

/// What all readers of a store share.
pub(crate) struct VectorCache {
    sets: Mutex<Sets>,
    /// Bytes that codes and slots may take.
    room: usize,
    damaged: AtomicBool,
}

struct Sets {
    /// What the numbers in it are of: a schema that is laid anew gives them out anew.
    schema: i64,
    kept: LruCache<i64, Arc<Set>>,
}

impl VectorCache {
    /// With room for so many bytes of codes.
    pub(crate) fn new(room: usize) -> Self {
        let sets = Sets { schema: 0, kept: LruCache::unbounded() };
        Self { sets: Mutex::new(sets), room, damaged: AtomicBool::new(false) }
    }

    /// Whether somebody found that what is in the file is damaged.
    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged.load(Relaxed)
    }

    /// Says that it is, or that it is not any more.
    pub(crate) fn set_damaged(&self, damaged: bool) {
        self.damaged.store(damaged, Relaxed);
    }

    /// Bytes that are kept.
    pub(crate) fn bytes(&self) -> usize {
        self.sets().kept.iter().map(|(_, set)| set.bytes()).sum()
    }

    /// Forgets everything: the file may be another.
    pub(crate) fn clear(&self) {
        self.sets().kept.clear();
    }

    fn sets(&self) -> MutexGuard<'_, Sets> {
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The vectors of a persona by a model in the snapshot of a connection; `None` if there are none.
    pub(super) fn set(
        &self,
        conn: &Connection,
        persona_id: i64,
        (model_id, dimensions): (i64, usize),
    ) -> Result<Option<Arc<Set>>> {
        let schema = conn.prepare_cached("PRAGMA schema_version")?.query_row([], |row| row.get(0))?;
        let Some(row) = SetRow::find(conn, persona_id, model_id)? else { return Ok(None) };
        let (known, room) = {
            let mut sets = self.sets();
            if sets.schema != schema {
                sets.schema = schema;
                sets.kept.clear();
            }
            let known = sets.kept.get(&row.set_id).cloned();
            let others = sets.kept.iter().filter(|(set_id, _)| **set_id != row.set_id);
            (known, self.room.saturating_sub(others.map(|(_, set)| set.bytes()).sum()))
        };
        if let Some(known) = known.as_ref().filter(|known| known.row == row) {
            return Ok(Some(Arc::clone(known)));
        }
        let newer = known.as_ref().is_some_and(|known| known.row.seq > row.seq);
        let base = known.filter(|known| known.row.seq < row.seq && known.row.epoch == row.epoch);
        // All of the room: what others have is let go for the set that is asked now.
        let room = if room < self.room / 2 { self.room } else { room };
        let set = Arc::new(self.load(conn, row, dimensions, base.as_deref(), room)?);
        if !newer && set.bytes() <= self.room.max(1 << 20) {
            let mut sets = self.sets();
            sets.kept.put(row.set_id, Arc::clone(&set));
            while sets.kept.len() > 1
                && sets.kept.iter().map(|(_, set)| set.bytes()).sum::<usize>() > self.room
            {
                sets.kept.pop_lru();
            }
        }
        Ok(Some(set))
    }

    /// What the file says, as far as it is not known.
    fn load(
        &self,
        conn: &Connection,
        row: SetRow,
        dimensions: usize,
        base: Option<&Set>,
        room: usize,
    ) -> Result<Set> {
        let mut chunks: HashMap<i64, Arc<Chunk>> = HashMap::new();
        let in_file = base.into_iter().flat_map(|base| &base.chunks).filter(|chunk| chunk.chunk_id != 0);
        chunks.extend(in_file.map(|chunk| (chunk.chunk_id, Arc::clone(chunk))));
        let mut used: usize = chunks.values().map(|chunk| chunk.bytes()).sum();
        let mut statement = conn.prepare_cached(
            "SELECT chunk_id, first_id, seq, code_seq, slots FROM vector_chunk WHERE set_id = ?1 AND seq > ?2",
        )?;
        let mut rows = statement.query((row.set_id, base.map_or(-1, |base| base.row.seq)))?;
        while let Some(found) = rows.next()? {
            let found = match ChunkRow::read(found) {
                Ok(found) => found,
                Err(Error::Corrupt { .. }) => {
                    // The others answer without it.
                    self.set_damaged(true);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let known = chunks.get(&found.chunk_id).filter(|known| known.code_seq == found.code_seq);
            let codes = match known.and_then(|known| known.codes.clone()) {
                Some(codes) => Some(codes),
                None if used < room => {
                    match file::codes(conn, found.chunk_id, dimensions, found.slots.len()) {
                        Ok(codes) => Some(Arc::new(codes)),
                        Err(Error::Corrupt { .. }) => {
                            self.set_damaged(true);
                            chunks.remove(&found.chunk_id);
                            continue;
                        }
                        Err(error) => return Err(error),
                    }
                }
                None => None,
            };
            let chunk = Arc::new(Chunk::new(found, codes));
            used += chunk.bytes();
            if let Some(before) = chunks.insert(chunk.chunk_id, chunk) {
                used -= before.bytes();
            }
        }
        let mut chunks: Vec<_> = chunks.into_values().collect();
        chunks.sort_unstable_by_key(|chunk| chunk.first_id);
        chunks.extend(self.tail(conn, row, dimensions)?);
        Ok(Set { row, dimensions, chunks })
    }

    /// What is in no chunk yet.
    fn tail(&self, conn: &Connection, row: SetRow, dimensions: usize) -> Result<Option<Arc<Chunk>>> {
        let (mut slots, mut codes) = (Vec::new(), Codes::new(dimensions));
        for read in file::tail(conn, row.set_id, dimensions)? {
            match read {
                Ok((slot, code)) => {
                    slots.push(slot);
                    codes.push(&code);
                }
                Err(Error::Corrupt { .. }) => self.set_damaged(true),
                Err(error) => return Err(error),
            }
        }
        let row = ChunkRow { chunk_id: 0, first_id: i64::MAX, seq: row.seq, code_seq: row.seq, slots };
        Ok((!row.slots.is_empty()).then(|| Arc::new(Chunk::new(row, Some(Arc::new(codes))))))
    }
}
