//! How do arrays come into the file?
//!
//! In upkeep, a few pieces a transaction. They are made of the rows, once, and the row that names a set is written last: until
//! then the older set holds. Whoever was interrupted goes on where the pieces end, as long as nobody changes the graph.

use rusqlite::OptionalExtension;
use std::collections::HashMap;
use std::sync::Arc;

use super::{Array, Base, HEAD, LAYOUT, SORTS, load};
use crate::error::Result;
use crate::graph::arrays::{load as rows, reread};
use crate::storage::{ReadLimits, ReadTx, SHARED, STORE_GRAPH, Storage, WriteTx, is_outdated};

/// Entities and relations of a scope from which on reading them takes so long that it is worth a set.
const WORTH: i64 = 1_000;
/// Bytes of pieces that one transaction writes, or one piece.
const STEP: usize = 1 << 20;
/// Pieces that one transaction deletes.
const DELETED: i64 = 4;

type Pieces = Vec<(usize, usize, Vec<u8>)>;

/// A set on its way into the file.
pub(in crate::graph::arrays) struct Storing {
    file: u64,
    scope: i64,
    change_seq: i64,
    base: Arc<Base>,
    /// Pieces that were there before and have not been come to.
    there: HashMap<(i64, i64), Known>,
    /// The next piece: of which array, 0 for their lengths, and its number there.
    next: (usize, usize),
    written: usize,
}

/// A piece in the file: its row, and its head if the rest fits it.
struct Known {
    chunk_id: i64,
    head: Option<[u8; HEAD]>,
}

/// One step: tidies up, begins a set, goes on with one, or ends. Returns how many pieces it wrote or deleted.
pub(in crate::graph::arrays) fn step(
    storage: &Storage,
    limits: &ReadLimits,
    storing: &mut Option<Storing>,
    bytes_max: usize,
) -> Result<u64> {
    match storing.take() {
        Some(mut set) if set.is_of(storage) => {
            let (written, is_done) = set.step(storage, limits)?;
            if !is_done {
                *storing = Some(set);
            }
            Ok(written)
        }
        _ => {
            let deleted = tidy_up(storage, limits)?;
            if deleted > 0 {
                return Ok(deleted);
            }
            *storing = storage.snapshot(limits, |read| begin(read, storage, bytes_max))?;
            if storing.is_some() { Ok(0) } else { finish(storage, limits) }
        }
    }
}

/// The first set that is wanted: of a scope that is large, and of which no set is stored that is new enough.
fn begin(read: &ReadTx<'_>, storage: &Storage, bytes_max: usize) -> Result<Option<Storing>> {
    for scope in worth(read)? {
        if let Some(kept) = load::kept(read, scope)? {
            let touched = reread::touched(read, kept.change_seq)?;
            if touched.is_some_and(|touched| !is_outdated(touched.len() as i64, kept.entities as i64)) {
                continue;
            }
        }
        if rows::bytes(read, scope)? > bytes_max {
            continue;
        }
        let sql = "SELECT max(change_seq) FROM graph_touched HAVING max(change_seq) <= (SELECT change_seq FROM store_state)";
        let change_seq: Option<i64> =
            read.conn().prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
        // Without a row, or with one of a change that never was, as in a damaged file, nothing tells what changed.
        let Some(change_seq) = change_seq else { return Ok(None) };
        let base = rows::load(read, scope, change_seq)?.base;
        if base.names.parts().0.len().max(base.aliases.parts().0.len()) > u32::MAX as usize {
            continue;
        }
        let sql =
            "SELECT part, piece, chunk_id, data FROM graph_chunk WHERE scope_id = ?1 AND change_seq = ?2";
        let mut statement = read.conn().prepare_cached(sql)?;
        let there = statement.query_map((scope, change_seq), |row| {
            let known = Known { chunk_id: row.get(2)?, head: load::head(row.get_ref(3)?) };
            Ok(((row.get(0)?, row.get(1)?), known))
        })?;
        let there = there.collect::<rusqlite::Result<_>>()?;
        let file = storage.journal().file();
        return Ok(Some(Storing { file, scope, change_seq, base, there, next: (0, 0), written: 0 }));
    }
    Ok(None)
}

/// Scopes that are worth a set: what is shared, and personas that have as much of their own as is shared.
fn worth(read: &ReadTx<'_>) -> Result<Vec<i64>> {
    let sql = "SELECT scope_id, sum(own) FROM (SELECT scope_id, count(*) AS own FROM entity GROUP BY scope_id
                 UNION ALL SELECT scope_id, count(*) FROM relation GROUP BY scope_id)
                GROUP BY scope_id ORDER BY scope_id";
    let mut statement = read.conn().prepare_cached(sql)?;
    let owned = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let owned: Vec<(i64, i64)> = owned.collect::<rusqlite::Result<_>>()?;
    let shared = owned.iter().find(|(scope, _)| *scope == SHARED).map_or(0, |(_, own)| *own);
    let is_worth =
        |&&(scope, own): &&(i64, i64)| own >= if scope == SHARED { WORTH } else { WORTH.max(shared) };
    Ok(owned.iter().filter(is_worth).map(|(scope, _)| *scope).collect())
}

impl Storing {
    fn is_of(&self, storage: &Storage) -> bool {
        self.file == storage.journal().file()
    }

    fn pieces(&self) -> usize {
        1 + self.base.arrays().iter().zip(SORTS).map(|(array, sort)| sort.pieces(array.len())).sum::<usize>()
    }

    /// Writes a few pieces, or after the last of them the row that names them. Whether the set is finished or given up.
    fn step(&mut self, storage: &Storage, limits: &ReadLimits) -> Result<(u64, bool)> {
        let (pieces, all) = (Arc::new(self.take()), self.pieces());
        let (scope, change_seq) = (self.scope, self.change_seq);
        if pieces.is_empty() {
            let counts = (self.base.ids.len(), self.base.lists.facts.len());
            // What damage has put where no piece belongs.
            let others: Vec<i64> = self.there.values().map(|known| known.chunk_id).collect();
            storage.write(limits, move |tx| {
                for chunk_id in &others {
                    tx.prepare("DELETE FROM graph_chunk WHERE chunk_id = ?1")?.execute([chunk_id])?;
                }
                name(tx, (scope, change_seq), all, counts)
            })?;
            return Ok((0, true));
        }
        let count = pieces.len();
        self.written += count;
        let written = self.written;
        storage.write(limits, move |tx| {
            let sql = "INSERT OR REPLACE INTO graph_chunk (scope_id, change_seq, part, piece, data) VALUES (?1, ?2, ?3, ?4, ?5)";
            let mut insert = tx.prepare(sql)?;
            for (part, piece, data) in pieces.iter() {
                insert.execute((scope, change_seq, part, piece, data))?;
            }
            // For people who watch.
            let sql = "UPDATE upkeep SET done_to = ?2, target = ?3 WHERE task = ?1";
            tx.prepare(sql)?.execute((STORE_GRAPH, written, all))?;
            Ok(())
        })?;
        Ok((count as u64, false))
    }

    /// The next pieces that are not there as they should be, as rows.
    fn take(&mut self) -> Pieces {
        let arrays = self.base.arrays();
        let mut bytes = 0;
        let mut pieces = Vec::new();
        while bytes < STEP && self.next.0 <= arrays.len() {
            let place = self.next;
            let (array, sort) = match place.0.checked_sub(1) {
                None => (None, None),
                Some(part) => (Some(arrays[part]), Some(SORTS[part])),
            };
            if let (Some(array), Some(sort)) = (array, sort)
                && place.1 >= sort.pieces(array.len())
            {
                self.next = (place.0 + 1, 0);
                continue;
            }
            let data = match (array, sort) {
                (Some(array), Some(sort)) => array.piece(sort, place.1),
                _ => {
                    let lengths: Vec<i64> = arrays.iter().map(|array| array.len() as i64).collect();
                    Array::Longs(&lengths).piece(super::Sort::Longs, 0)
                }
            };
            let known = self.there.remove(&(place.0 as i64, place.1 as i64)).and_then(|known| known.head);
            if known.is_some_and(|head| data.starts_with(&head)) {
                self.written += 1;
            } else {
                bytes += data.len();
                pieces.push((place.0, place.1, data));
            }
            self.next = if place.0 == 0 { (1, 0) } else { (place.0, place.1 + 1) };
        }
        pieces
    }
}

/// Names a set, if all of its pieces are there and no newer set is.
fn name(
    tx: &mut WriteTx<'_>,
    (scope, change_seq): (i64, i64),
    all: usize,
    counts: (usize, usize),
) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO graph_snapshot (scope_id, change_seq, entities, relations)
               SELECT ?1, ?2, ?4, ?5
                WHERE (SELECT count(*) FROM graph_chunk WHERE scope_id = ?1 AND change_seq = ?2) = ?3
                  AND NOT EXISTS (SELECT 1 FROM graph_snapshot WHERE scope_id = ?1 AND change_seq > ?2)
                  AND (SELECT layout FROM derived WHERE name = 'graph_chunk') = ?6";
    tx.prepare(sql)?.execute((scope, change_seq, all, counts.0, counts.1, LAYOUT))?;
    Ok(())
}

/// Deletes a few pieces of sets that are not named and that a newer one follows, finished or not.
fn tidy_up(storage: &Storage, limits: &ReadLimits) -> Result<u64> {
    storage.write(limits, |tx| {
        let sql = "DELETE FROM graph_chunk WHERE chunk_id IN (
                     SELECT chunk_id FROM graph_chunk AS c
                      WHERE (scope_id, change_seq) NOT IN (SELECT scope_id, change_seq FROM graph_snapshot)
                        AND EXISTS (SELECT 1 FROM graph_chunk AS newer
                                     WHERE newer.scope_id = c.scope_id AND newer.change_seq > c.change_seq)
                      LIMIT ?1)";
        Ok(tx.prepare(sql)?.execute([DELETED])? as u64)
    })
}

/// Deletes the sets of scopes that are not worth one any more, a few pieces at a time, and at last what every set has seen, and
/// the task.
fn finish(storage: &Storage, limits: &ReadLimits) -> Result<u64> {
    let scopes = storage.snapshot(limits, worth)?;
    let worth = serde_json::to_string(&scopes).unwrap_or_default();
    storage.write(limits, move |tx| {
        tx.prepare("DELETE FROM graph_snapshot WHERE scope_id NOT IN (SELECT value FROM json_each(?1))")?
            .execute([&worth])?;
        let sql = "DELETE FROM graph_chunk WHERE chunk_id IN (SELECT chunk_id FROM graph_chunk
                    WHERE scope_id NOT IN (SELECT value FROM json_each(?1)) LIMIT ?2)";
        let deleted = tx.prepare(sql)?.execute((&worth, DELETED))?;
        if deleted == 0 {
            // What all have seen is noted as one change of everything, for arrays in memory that are older.
            let sql = "DELETE FROM graph_touched WHERE change_seq <= (SELECT min(change_seq) FROM graph_snapshot)";
            if tx.prepare(sql)?.execute([])? > 0 {
                let sql = "INSERT INTO graph_touched (change_seq, entity_id) SELECT min(change_seq), 0 FROM graph_snapshot";
                tx.prepare(sql)?.execute([])?;
            }
            tx.prepare("DELETE FROM upkeep WHERE task = ?1")?.execute([STORE_GRAPH])?;
        }
        Ok(deleted as u64)
    })
}
