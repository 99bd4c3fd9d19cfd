//! Does the index of vectors say what the vectors say?

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::anew::is_filling;
use super::chunk::{DAMAGED, Slot};
use super::code::Code;
use super::file::{self, ChunkRow};
use crate::codec;
use crate::error::{Error, Result};
use crate::storage::FILL_VECTORS;

/// A sum over vectors, in whichever order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Digest {
    count: u64,
    sum: u64,
}

impl Digest {
    fn add(&mut self, set: (i64, i64), slot: &Slot, code: &Code) {
        let mut bytes = Vec::with_capacity(64 + code.signs.len() * 2);
        for number in [set.0, set.1, slot.vector_id, slot.memory_id, slot.at, slot.kind_id.into()] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.push(slot.state.to_byte());
        bytes.extend_from_slice(&code.to_bytes());
        self.count += 1;
        self.sum = self.sum.wrapping_add(codec::hash(&bytes));
    }
}

/// Whether the index says anything else than the vectors that are kept. Those that upkeep has still to take up are left out.
pub(crate) fn differs(conn: &Connection) -> Result<bool> {
    let expected = expected(conn)?;
    match there(conn) {
        Ok(there) => Ok(there != expected),
        Err(Error::Corrupt { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Whether what the index says cannot be read, or is not of as many vectors as there are. No vector is looked at.
pub(crate) fn is_damaged(conn: &Connection) -> Result<bool> {
    let there = match there(conn) {
        Ok(there) => there,
        Err(Error::Corrupt { .. }) => return Ok(true),
        Err(error) => return Err(error),
    };
    let sql = "SELECT count(*) FROM memory_vector AS v JOIN memory USING (memory_id) JOIN embedding_model AS e USING (model_id)
                WHERE unicode(e.name) <> 1 AND length(v.numbers) = e.dimensions * CASE v.format WHEN 'f32' THEN 4 ELSE 2 END";
    Ok(!is_filling(conn)? && there.count != conn.query_row(sql, [], |row| row.get::<_, u64>(0))?)
}

fn expected(conn: &Connection) -> Result<Digest> {
    let mut digest = Digest::default();
    let sql = "SELECT done_to, target FROM upkeep WHERE task = ?1";
    let missing: Option<(i64, i64)> = conn
        .prepare_cached(sql)?
        .query_row([FILL_VECTORS], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (after, to) = missing.unwrap_or((0, 0));
    for range in [(i64::MIN, after), (to.max(after), i64::MAX)] {
        file::each_kept(conn, range, |kept| {
            digest.add(kept.set, &kept.slot, &kept.code);
            Ok(())
        })?;
    }
    Ok(digest)
}

fn there(conn: &Connection) -> Result<Digest> {
    let mut digest = Digest::default();
    let mut sets: HashMap<i64, ((i64, i64), usize)> = HashMap::new();
    let mut statement = conn.prepare(
        "SELECT set_id, persona_id, model_id, coalesce(dimensions, 0)
           FROM vector_set LEFT JOIN embedding_model USING (model_id)",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        sets.insert(row.get(0)?, ((row.get(1)?, row.get(2)?), row.get(3)?));
    }
    let sql = "SELECT chunk_id, first_id, seq, code_seq, slots, set_id, last_id FROM vector_chunk ORDER BY set_id, first_id";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut before = (0, 0);
    while let Some(row) = rows.next()? {
        let (set_id, last_id): (i64, i64) = (row.get(5)?, row.get(6)?);
        let &(set, dimensions) = sets.get(&set_id).ok_or(DAMAGED)?;
        let chunk = ChunkRow::read(row)?;
        let overlaps = before.0 == set_id && before.1 >= chunk.first_id;
        if overlaps || chunk.last_id() != last_id || chunk.slots[0].vector_id != chunk.first_id {
            return Err(DAMAGED);
        }
        before = (set_id, last_id);
        let codes = file::codes(conn, chunk.chunk_id, dimensions, chunk.slots.len())?;
        for (place, slot) in chunk.slots.iter().enumerate() {
            let code = codes.get(place);
            if !slot.state.is_gone {
                digest.add(set, slot, &code);
            } else if code.by_signs != 0.0 || code.signs.iter().chain(&code.sizes).any(|&byte| byte != 0) {
                // Of what is gone nothing may be left.
                return Err(DAMAGED);
            }
        }
    }
    for (&set_id, &(set, dimensions)) in &sets {
        for row in file::tail(conn, set_id, dimensions)? {
            let (slot, code) = row?;
            digest.add(set, &slot, &code);
        }
    }
    let lost: bool = conn.query_row(
        "SELECT EXISTS (SELECT 1 FROM vector_tail WHERE set_id NOT IN (SELECT set_id FROM vector_set))
             OR EXISTS (SELECT 1 FROM vector_code WHERE chunk_id NOT IN (SELECT chunk_id FROM vector_chunk))",
        [],
        |row| row.get(0),
    )?;
    if lost { Err(DAMAGED) } else { Ok(digest) }
}
