//! How do the vectors of a persona by a model lie in the file?

use rusqlite::{Connection, OptionalExtension};

use super::chunk::{Codes, DAMAGED, Slot, State, code_from_bytes, slots_from_bytes, slots_to_bytes};
use super::code::Code;
use super::numbers::decode;
use super::settle::rotation;
use crate::error::{Error, Result};
use crate::storage::WriteTx;

/// The vectors of a persona by a model: how far they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SetRow {
    pub(super) set_id: i64,
    pub(super) seq: i64,
    pub(super) epoch: i64,
    pub(super) tail: i64,
}

impl SetRow {
    /// `None` if there never were any.
    pub(super) fn find(conn: &Connection, persona_id: i64, model_id: i64) -> Result<Option<Self>> {
        let sql = "SELECT set_id, seq, epoch, tail FROM vector_set WHERE persona_id = ?1 AND model_id = ?2";
        let row = conn.prepare_cached(sql)?.query_row((persona_id, model_id), |row| {
            Ok(Self { set_id: row.get(0)?, seq: row.get(1)?, epoch: row.get(2)?, tail: row.get(3)? })
        });
        Ok(row.optional()?)
    }

    /// That of a persona and model, made if new, to be changed: one step further than it is.
    pub(super) fn to_change(tx: &WriteTx<'_>, (persona_id, model_id): (i64, i64)) -> Result<Self> {
        let mut set = match Self::find(tx.conn(), persona_id, model_id)? {
            Some(set) => set,
            None => {
                let sql = "INSERT INTO vector_set (persona_id, model_id, seq, epoch, tail) VALUES (?1, ?2, 0, 0, 0)";
                let set_id = tx.prepare(sql)?.insert((persona_id, model_id))?;
                Self { set_id, seq: 0, epoch: 0, tail: 0 }
            }
        };
        let next = set.seq.checked_add(1);
        set.seq = next.ok_or(Error::Corrupt { what: "how far the vectors of a persona are" })?;
        Ok(set)
    }

    pub(super) fn save(&self, tx: &WriteTx<'_>) -> Result<()> {
        let sql = "UPDATE vector_set SET seq = ?2, epoch = ?3, tail = ?4 WHERE set_id = ?1";
        tx.prepare(sql)?.execute((self.set_id, self.seq, self.epoch, self.tail))?;
        Ok(())
    }
}

/// A model by its name: its number, and how many numbers its vectors have.
pub(super) fn model(conn: &Connection, name: &str) -> Result<Option<(i64, usize)>> {
    let sql = "SELECT model_id, dimensions FROM embedding_model WHERE name = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// A vector that is kept, as its index is to have it.
pub(super) struct Kept {
    /// Of which persona, by which model.
    pub(super) set: (i64, i64),
    pub(super) slot: Slot,
    pub(super) code: Code,
}

/// Goes through the vectors after a number and up to another, in order. Left out is what is not a model's vector, which `verify` finds in the row
/// itself, and what is of a model that was dropped.
pub(super) fn each_kept(
    conn: &Connection,
    (after, to): (i64, i64),
    mut each: impl FnMut(Kept) -> Result<()>,
) -> Result<()> {
    let mut statement = conn.prepare_cached(
        "SELECT v.vector_id, v.model_id, v.format, v.numbers, m.memory_id, m.persona_id, m.kind_id, m.at,
                m.forgotten_at IS NULL AND m.superseded_at IS NULL, m.expires_at IS NOT NULL, e.dimensions
           FROM memory_vector AS v JOIN memory AS m USING (memory_id) JOIN embedding_model AS e USING (model_id)
          WHERE v.vector_id > ?1 AND v.vector_id <= ?2
            AND unicode(e.name) <> 1
          ORDER BY v.vector_id",
    )?;
    let mut rows = statement.query((after, to))?;
    while let Some(row) = rows.next()? {
        let (format, bytes) = (row.get_ref(2)?.as_str().ok(), row.get_ref(3)?.as_blob().ok());
        let numbers = Option::zip(format, bytes).and_then(|(format, bytes)| decode(format, bytes));
        let dimensions: usize = row.get(10)?;
        let Some(numbers) = numbers.filter(|numbers| numbers.len() == dimensions) else { continue };
        let slot = Slot {
            vector_id: row.get(0)?,
            memory_id: row.get(4)?,
            at: row.get(7)?,
            kind_id: u32::try_from(row.get::<_, i64>(6)?).unwrap_or(u32::MAX),
            state: State { is_live: row.get(8)?, expires: row.get(9)?, is_gone: false },
        };
        each(Kept { set: (row.get(5)?, row.get(1)?), slot, code: rotation(dimensions).encode(&numbers) })?;
    }
    Ok(())
}

/// How many numbers the vectors of a model have.
pub(super) fn dimensions(conn: &Connection, model_id: i64) -> Result<usize> {
    let sql = "SELECT dimensions FROM embedding_model WHERE model_id = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([model_id], |row| row.get(0))?)
}

/// What of a chunk is not its codes.
pub(super) struct ChunkRow {
    pub(super) chunk_id: i64,
    pub(super) first_id: i64,
    pub(super) seq: i64,
    pub(super) code_seq: i64,
    pub(super) slots: Vec<Slot>,
}

impl ChunkRow {
    /// From columns `chunk_id, first_id, seq, code_seq, slots`.
    pub(super) fn read(row: &rusqlite::Row<'_>) -> Result<Self> {
        Ok(Self {
            chunk_id: row.get(0)?,
            first_id: row.get(1)?,
            seq: row.get(2)?,
            code_seq: row.get(3)?,
            slots: slots_from_bytes(row.get_ref(4)?.as_blob().map_err(|_| DAMAGED)?)?,
        })
    }

    /// The last chunk of a set that begins at or before a vector.
    pub(super) fn before(conn: &Connection, set_id: i64, vector_id: i64) -> Result<Option<Self>> {
        let mut statement = conn.prepare_cached(
            "SELECT chunk_id, first_id, seq, code_seq, slots FROM vector_chunk
              WHERE set_id = ?1 AND first_id <= ?2 ORDER BY first_id DESC LIMIT 1",
        )?;
        let mut rows = statement.query((set_id, vector_id))?;
        rows.next()?.map(Self::read).transpose()
    }

    pub(super) fn last_id(&self) -> i64 {
        self.slots.last().map_or(self.first_id, |slot| slot.vector_id)
    }

    /// Writes its slots, and its codes where they are others.
    pub(super) fn save(&self, tx: &WriteTx<'_>, codes: Option<&Codes>) -> Result<()> {
        tx.prepare(
            "UPDATE vector_chunk SET last_id = ?2, seq = ?3, code_seq = ?4, slots = ?5 WHERE chunk_id = ?1",
        )?
        .execute((
            self.chunk_id,
            self.last_id(),
            self.seq,
            self.code_seq,
            slots_to_bytes(&self.slots),
        ))?;
        if let Some(codes) = codes {
            tx.prepare("UPDATE vector_code SET codes = ?2 WHERE chunk_id = ?1")?
                .execute((self.chunk_id, codes.to_bytes()))?;
        }
        Ok(())
    }

    pub(super) fn drop(&self, tx: &WriteTx<'_>) -> Result<()> {
        tx.prepare("DELETE FROM vector_chunk WHERE chunk_id = ?1")?.execute([self.chunk_id])?;
        tx.prepare("DELETE FROM vector_code WHERE chunk_id = ?1")?.execute([self.chunk_id])?;
        Ok(())
    }
}

/// Writes a chunk that is new.
pub(super) fn put_chunk(tx: &WriteTx<'_>, set: &SetRow, slots: &[Slot], codes: &Codes) -> Result<()> {
    let [Some(first), Some(last)] = [slots.first(), slots.last()] else { return Ok(()) };
    let chunk_id = tx
        .prepare(
            "INSERT INTO vector_chunk (set_id, first_id, last_id, seq, code_seq, slots)
             VALUES (?1, ?2, ?3, ?4, ?4, ?5)",
        )?
        .insert((set.set_id, first.vector_id, last.vector_id, set.seq, slots_to_bytes(slots)))?;
    tx.prepare("INSERT INTO vector_code (chunk_id, codes) VALUES (?1, ?2)")?
        .execute((chunk_id, codes.to_bytes()))?;
    Ok(())
}

/// The codes of a chunk of so many vectors.
pub(super) fn codes(conn: &Connection, chunk_id: i64, dimensions: usize, count: usize) -> Result<Codes> {
    let mut statement = conn.prepare_cached("SELECT codes FROM vector_code WHERE chunk_id = ?1")?;
    let codes = statement.query_row([chunk_id], |row| {
        Ok(row
            .get_ref(0)?
            .as_blob()
            .map_err(|_| DAMAGED)
            .and_then(|bytes| Codes::from_bytes(dimensions, count, bytes)))
    });
    codes.optional()?.ok_or(DAMAGED)?
}

/// A vector that is in no chunk yet.
pub(super) fn put_tail(tx: &WriteTx<'_>, set_id: i64, slot: &Slot, code: &[u8]) -> Result<()> {
    tx.prepare(
        "INSERT INTO vector_tail (set_id, vector_id, memory_id, at, kind_id, state, code)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute((
        set_id,
        slot.vector_id,
        slot.memory_id,
        slot.at,
        slot.kind_id,
        slot.state.to_byte(),
        code,
    ))?;
    Ok(())
}

/// All of a set that are in no chunk yet, in order. Of what is damaged `None`, where it stood.
pub(super) fn tail(conn: &Connection, set_id: i64, dimensions: usize) -> Result<Vec<Result<(Slot, Code)>>> {
    let mut statement = conn.prepare_cached(
        "SELECT vector_id, memory_id, at, kind_id, state, code FROM vector_tail WHERE set_id = ?1 ORDER BY vector_id",
    )?;
    let mut rows = statement.query([set_id])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let read = || {
            let slot = Slot {
                vector_id: row.get(0)?,
                memory_id: row.get(1)?,
                at: row.get(2)?,
                kind_id: row.get(3)?,
                state: State::from_byte(row.get(4)?),
            };
            let code = row.get_ref(5)?.as_blob().map_err(|_| DAMAGED)?;
            Ok((slot, code_from_bytes(dimensions, code)?))
        };
        all.push(read());
    }
    Ok(all)
}

pub(super) fn clear_tail(tx: &WriteTx<'_>, set_id: i64) -> Result<()> {
    tx.prepare("DELETE FROM vector_tail WHERE set_id = ?1")?.execute([set_id])?;
    Ok(())
}

/// Takes the index of a model, or of all, out of the file.
pub(super) fn clear(tx: &WriteTx<'_>, model_id: Option<i64>) -> Result<()> {
    let sets = "(SELECT set_id FROM vector_set WHERE ?1 IS NULL OR model_id = ?1)";
    for sql in [
        format!(
            "DELETE FROM vector_code WHERE chunk_id IN (SELECT chunk_id FROM vector_chunk WHERE set_id IN {sets}) OR ?1 IS NULL"
        ),
        format!("DELETE FROM vector_chunk WHERE set_id IN {sets} OR ?1 IS NULL"),
        format!("DELETE FROM vector_tail WHERE set_id IN {sets} OR ?1 IS NULL"),
        "DELETE FROM vector_set WHERE ?1 IS NULL OR model_id = ?1".to_owned(),
    ] {
        tx.prepare(&sql)?.execute([model_id])?;
    }
    Ok(())
}
