//! How is a changed bit of a row noticed?
//!
//! By a checksum of each base row, 64 to a row of `row_checksum`, written in the row's own transaction. Pages have none
//! in SQLite, and its own check compares structure and indexes, so a flipped bit in a text would stand. A sum never
//! holds content, and goes when its row goes. Sums of a transaction gather here and are written once, at its end.

use std::collections::BTreeMap;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OptionalExtension, ToSql};

use crate::codec;
use crate::error::{Error, Result};

/// Slots of one row of `row_checksum`.
pub(crate) const SLOTS: usize = 64;

/// The sums of one chunk; 0 is not known, or no such row.
pub(crate) type Chunk = [u32; SLOTS];

/// A table whose rows have checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Summed {
    Memory = 1,
    Entity = 2,
    /// One slot an entity, for all relations from it.
    Relation = 3,
    Vector = 5,
    Change = 6,
}

impl Summed {
    pub(crate) const ALL: [Self; 5] =
        [Self::Memory, Self::Entity, Self::Relation, Self::Vector, Self::Change];

    /// Its name in tasks of upkeep and in what `verify` finds.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Entity => "entity",
            Self::Relation => "relation",
            Self::Vector => "vector",
            Self::Change => "change",
        }
    }

    /// The rows with a slot number after the first parameter and up to the second, in order: the number, and the
    /// columns in the order of the schema.
    fn rows(self) -> &'static str {
        match self {
            Self::Memory => {
                "SELECT memory_id, memory_id, uuid, persona_id, kind_id, at, recorded_at, importance, expires_at,
                        superseded_at, forgotten_at, thread, key, source, tags, metadata, import_hash, stamp,
                        replica_id, content
                   FROM memory WHERE memory_id > ?1 AND memory_id <= ?2 ORDER BY memory_id"
            }
            Self::Entity => {
                "SELECT entity_id, entity_id, uuid, scope_id, name, label, aliases, properties, stamp, replica_id
                   FROM entity WHERE entity_id > ?1 AND entity_id <= ?2 ORDER BY entity_id"
            }
            // An entity without relations has one row without a source.
            Self::Relation => {
                "SELECT e.entity_id, r.source_id, r.scope_id, r.label_id, r.target_id, r.valid_from, r.valid_to,
                        r.weight, r.properties, r.uuid, r.stamp, r.replica_id
                   FROM entity AS e LEFT JOIN relation AS r ON r.source_id = e.entity_id
                  WHERE e.entity_id > ?1 AND e.entity_id <= ?2 ORDER BY e.entity_id"
            }
            Self::Vector => {
                "SELECT vector_id, vector_id, memory_id, model_id, passage, from_byte, to_byte, format, numbers
                   FROM memory_vector WHERE vector_id > ?1 AND vector_id <= ?2 ORDER BY vector_id"
            }
            Self::Change => {
                "SELECT seq, seq, stamp, replica_id, persona_id, thing, op, uuid, fields
                   FROM change WHERE seq > ?1 AND seq <= ?2 ORDER BY seq"
            }
        }
    }

    /// Calls for each slot that has a row, in order, with its number, its sum and the last row's columns.
    pub(crate) fn each(
        self,
        conn: &Connection,
        after: i64,
        to: i64,
        mut each: impl FnMut(i64, u32, &[ValueRef<'_>]) -> Result<()>,
    ) -> Result<()> {
        let mut statement = conn.prepare_cached(self.rows())?;
        let columns = statement.column_count();
        let mut rows = statement.query((after, to))?;
        let mut buffer = Vec::new();
        let mut open: Option<(i64, u32)> = None;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let values: Vec<_> = (1..columns).map(|i| row.get_ref(i)).collect::<rusqlite::Result<_>>()?;
            if self != Self::Relation {
                each(id, sum(&mut buffer, values.iter().copied()), &values)?;
                continue;
            }
            let hash = match values[0] {
                ValueRef::Null => 0,
                _ => relation_hash(&mut buffer, values.iter().copied()),
            };
            match &mut open {
                Some((last, folded)) if *last == id => *folded ^= hash,
                _ => {
                    if let Some((last, folded)) = open.replace((id, hash)) {
                        each(last, folded + 1, &[])?;
                    }
                }
            }
        }
        open.map_or(Ok(()), |(last, folded)| each(last, folded + 1, &[]))
    }
}

/// The sum of a row by its columns in the order of the schema. Never 0.
pub(crate) fn sum<'v>(buffer: &mut Vec<u8>, values: impl IntoIterator<Item = ValueRef<'v>>) -> u32 {
    (hash(buffer, values) as u32).max(1)
}

/// What a relation adds to the slot of its source: the slot is one more than all of these, folded by XOR.
pub(crate) fn relation_hash<'v>(buffer: &mut Vec<u8>, values: impl IntoIterator<Item = ValueRef<'v>>) -> u32 {
    hash(buffer, values) as u32 & 0x7fff_ffff
}

/// Each value as the byte of its type, its length where that varies, and its bytes.
pub(crate) fn hash<'v>(buffer: &mut Vec<u8>, values: impl IntoIterator<Item = ValueRef<'v>>) -> u64 {
    buffer.clear();
    for value in values {
        match value {
            ValueRef::Null => buffer.push(0),
            ValueRef::Integer(number) => {
                buffer.push(1);
                buffer.extend_from_slice(&number.to_le_bytes());
            }
            // SQLite keeps whole numbers as integers, and so no minus zero.
            ValueRef::Real(number) => {
                buffer.push(2);
                buffer.extend_from_slice(&(number + 0.0).to_bits().to_le_bytes());
            }
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                buffer.push(if matches!(value, ValueRef::Text(_)) { 3 } else { 4 });
                buffer.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
                buffer.extend_from_slice(bytes);
            }
        }
    }
    codec::hash(buffer)
}

/// All sums of a table, by chunk.
pub(crate) fn chunks(conn: &Connection, thing: Summed) -> Result<BTreeMap<i64, Chunk>> {
    let mut statement = conn.prepare_cached("SELECT chunk, sums FROM row_checksum WHERE thing = ?1")?;
    let mut rows = statement.query([thing as i64])?;
    let mut chunks = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let sums = row.get_ref(1)?.as_blob().ok().and_then(read_chunk);
        chunks.insert(row.get(0)?, sums.ok_or(Error::Corrupt { what: "checksums" })?);
    }
    Ok(chunks)
}

/// The sums in a blob, unless it is not one of ours.
pub(crate) fn read_chunk(blob: &[u8]) -> Option<Chunk> {
    let (words, []) = blob.as_chunks::<4>() else { return None };
    let words: &[[u8; 4]; SLOTS] = words.try_into().ok()?;
    Some(words.map(u32::from_le_bytes))
}

/// Where a row id has its slot.
pub(crate) fn place(id: i64) -> (i64, usize) {
    (id.div_euclid(SLOTS as i64), id.rem_euclid(SLOTS as i64) as usize)
}

/// The sums that a transaction has changed.
#[derive(Default)]
pub(super) struct Sums {
    pending: BTreeMap<(Summed, i64), Pending>,
    pub(super) buffer: Vec<u8>,
}

/// Changes of one chunk: each slot is left alone, set, or folded into what is there.
struct Pending {
    set: u64,
    fold: u64,
    values: Chunk,
}

impl Sums {
    fn slot(&mut self, thing: Summed, id: i64) -> (&mut Pending, usize) {
        let (chunk, slot) = place(id);
        let empty = Pending { set: 0, fold: 0, values: [0; SLOTS] };
        (self.pending.entry((thing, chunk)).or_insert(empty), slot)
    }

    pub(super) fn set(&mut self, thing: Summed, id: i64, sum: u32) {
        let (pending, slot) = self.slot(thing, id);
        pending.values[slot] = sum;
        pending.set |= 1 << slot;
        pending.fold &= !(1 << slot);
    }

    /// Folds a relation's hash in or out. What is not known stays so, until upkeep has looked.
    pub(super) fn fold(&mut self, id: i64, hash: u32) {
        let (pending, slot) = self.slot(Summed::Relation, id);
        if pending.set & (1 << slot) != 0 {
            pending.values[slot] = folded(pending.values[slot], hash);
        } else {
            pending.values[slot] ^= hash;
            pending.fold |= 1 << slot;
        }
    }

    pub(super) fn set_row(&mut self, thing: Summed, id: i64, values: &[&dyn ToSql]) -> Result<()> {
        let outputs: Vec<_> = values.iter().map(|value| value.to_sql()).collect::<rusqlite::Result<_>>()?;
        let values = outputs.iter().map(|output| match output {
            ToSqlOutput::Borrowed(value) => *value,
            ToSqlOutput::Owned(value) => value.into(),
            _ => ValueRef::Null,
        });
        let sum = sum(&mut self.buffer, values);
        self.set(thing, id, sum);
        Ok(())
    }

    /// Writes what has gathered.
    pub(super) fn flush(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        for ((thing, chunk), pending) in std::mem::take(&mut self.pending) {
            pending.write(conn, thing as i64, chunk)?;
        }
        Ok(())
    }
}

fn folded(slot: u32, hash: u32) -> u32 {
    if slot == 0 { 0 } else { ((slot - 1) ^ hash) + 1 }
}

impl Pending {
    fn write(&self, conn: &Connection, thing: i64, chunk: i64) -> rusqlite::Result<()> {
        let mut look: CachedStatement<'_> =
            conn.prepare_cached("SELECT sums FROM row_checksum WHERE thing = ?1 AND chunk = ?2")?;
        // A blob of another length is damage, and leaves the others unknown.
        let there: Option<Option<Chunk>> = look
            .query_row((thing, chunk), |row| Ok(row.get_ref(0)?.as_blob().ok().and_then(read_chunk)))
            .optional()?;
        let mut sums = there.flatten().unwrap_or([0; SLOTS]);
        for (slot, sum) in sums.iter_mut().enumerate() {
            if self.set & (1 << slot) != 0 {
                *sum = self.values[slot];
            } else if self.fold & (1 << slot) != 0 {
                *sum = folded(*sum, self.values[slot]);
            }
        }
        let mut bytes = [0; SLOTS * 4];
        for (to, sum) in bytes.chunks_exact_mut(4).zip(sums) {
            to.copy_from_slice(&sum.to_le_bytes());
        }
        let sql = match there {
            Some(_) => "UPDATE row_checksum SET sums = ?3 WHERE thing = ?1 AND chunk = ?2",
            None => "INSERT INTO row_checksum (thing, chunk, sums) VALUES (?1, ?2, ?3)",
        };
        conn.prepare_cached(sql)?.execute((thing, chunk, bytes))?;
        Ok(())
    }
}
