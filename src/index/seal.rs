//! When do notes become a segment, and segments fewer?
//!
//! Before a commit: a persona with many notes gets a segment of them, and small segments that lie together become one. Both are
//! bounded, so that no write takes long; what is larger waits for upkeep.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::fields::Terms;
use super::words::{self, Segment, Source, Stream};
use super::{file, log};
use crate::error::Result;
use crate::storage::{WordsNoted, WriteTx};

/// Notes of a persona that become a segment in the write that brings the last of them.
const SEAL_AT: i64 = 256;
/// Notes that become one segment at most.
const SEAL_MOST: usize = 4_096;
/// Segments of a size that become one.
const MERGE_AT: usize = 8;
/// Documents that a merge in a write goes through at most.
const MERGE_IN_WRITE: i64 = 4_096;
/// Documents of a segment at most, beyond which it is merged no more.
const SEGMENT_MOST: i64 = 1 << 18;
/// What the tasks of upkeep for words begin with.
pub(crate) const WORD_TASKS: &str = "words:";
/// Seals what very many notes are about.
pub(super) const SEAL_TASK: &str = "words:seal";
/// Merges segments that are too large for a write.
const MERGE_TASK: &str = "words:merge";

/// Writes down what a transaction noted, before it is committed.
pub(super) fn settle(tx: &mut WriteTx<'_>) -> Result<()> {
    for (persona_id, mut noted) in tx.take_words() {
        if noted.rows >= SEAL_AT {
            seal(tx, persona_id, &mut noted, 0)?;
            merge_small(tx, persona_id)?;
        }
        put_state(tx, persona_id, noted)?;
    }
    Ok(())
}

fn put_state(tx: &WriteTx<'_>, persona_id: i64, noted: WordsNoted) -> Result<()> {
    tx.prepare(
        "INSERT INTO word_persona (persona_id, seq, noted, languages) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (persona_id) DO UPDATE SET seq = ?2, noted = ?3, languages = ?4",
    )?
    .execute((persona_id, noted.seq, noted.rows, noted.languages))?;
    Ok(())
}

/// Makes a segment of the first notes of a persona after a memory. Returns the last memory of them, if there are more.
fn seal(tx: &WriteTx<'_>, persona_id: i64, noted: &mut WordsNoted, after: i64) -> Result<Option<i64>> {
    let rows = log::rows(tx.conn(), persona_id, after, SEAL_MOST)?;
    let Some(last) = rows.last().map(|row| row.memory_id) else { return Ok(None) };
    let is_all = rows.len() < SEAL_MOST;
    let (written, languages) = log::build(rows, &mut Terms::default());
    noted.languages |= languages;
    if let Some(written) = written {
        file::put(tx, persona_id, None, &written)?;
    }
    let gone = tx
        .prepare("DELETE FROM word_log WHERE persona_id = ?1 AND memory_id > ?2 AND memory_id <= ?3")?
        .execute((persona_id, after, last))?;
    noted.rows = if is_all { 0 } else { (noted.rows - gone as i64).max(1) };
    Ok((!is_all).then_some(last))
}

/// Segments that lie together and are to become one.
fn due(entries: &[file::Entry], most: i64) -> Option<&[file::Entry]> {
    let size = |entry: &file::Entry| (entry.docs + entry.gone).max(1);
    // Sizes in steps of eight: those of one step, or below it, belong together.
    let step = |entry: &file::Entry| size(entry).ilog2() / 3;
    for start in 0..entries.len() {
        let here = &entries[start..];
        let of_a_size = here.iter().take_while(|entry| step(entry) <= step(&here[0])).count();
        let fits = here[..of_a_size]
            .iter()
            .scan(0, |sum, entry| {
                *sum += size(entry);
                Some(*sum)
            })
            .take_while(|sum| *sum <= most)
            .count();
        if of_a_size >= MERGE_AT && fits >= MERGE_AT {
            return Some(&here[..fits]);
        }
    }
    None
}

/// Merges small segments, and leaves it to upkeep to merge larger ones.
fn merge_small(tx: &mut WriteTx<'_>, persona_id: i64) -> Result<()> {
    loop {
        let entries = file::list(tx.conn(), persona_id)?;
        let Some(few) = due(&entries, MERGE_IN_WRITE) else {
            if due(&entries, SEGMENT_MOST).is_some() {
                tx.prepare("INSERT OR IGNORE INTO upkeep (task, done_to, target) VALUES (?1, 0, ?2)")?
                    .execute((MERGE_TASK, persona_id))?;
            }
            return Ok(());
        };
        merge(tx, persona_id, few)?;
    }
}

fn merge(tx: &WriteTx<'_>, persona_id: i64, entries: &[file::Entry]) -> Result<()> {
    let Some(oldest) = entries.first() else { return Ok(()) };
    let segments: Vec<Arc<Segment>> =
        entries.iter().map(|entry| file::segment(tx.conn(), entry.segment_id)).collect::<Result<_>>()?;
    let parts: Vec<&Segment> = segments.iter().map(|segment| &**segment).collect();
    let written = words::merge(&Passing { conn: tx.conn(), last: RefCell::default() }, &parts)?;
    for entry in entries {
        file::drop(tx, entry.segment_id)?;
    }
    file::put(tx, persona_id, Some(oldest.age), &written)?;
    Ok(())
}

/// Chunks as they lie in the file. The last of each stream is kept, as a merge goes from front to back.
struct Passing<'c> {
    conn: &'c Connection,
    last: RefCell<HashMap<(i64, Stream), (u32, Arc<[u8]>)>>,
}

impl Source for Passing<'_> {
    fn chunk(&self, segment: i64, stream: Stream, number: u32) -> Result<Arc<[u8]>> {
        let mut last = self.last.borrow_mut();
        match last.get(&(segment, stream)) {
            Some((there, chunk)) if *there == number => Ok(Arc::clone(chunk)),
            _ => {
                let id = file::chunk_id(segment, stream, number).ok_or(words::DAMAGED)?;
                let chunk = file::chunk(self.conn, id)?;
                last.insert((segment, stream), (number, Arc::clone(&chunk)));
                Ok(chunk)
            }
        }
    }
}

/// A step of the upkeep that seals notes: of the first persona after one that has any. Returns that persona.
fn seal_step(tx: &mut WriteTx<'_>, after: i64) -> Result<Option<i64>> {
    let sql = "SELECT persona_id, seq, noted, languages FROM word_persona WHERE persona_id > ?1 AND noted > 0
                ORDER BY persona_id LIMIT 1";
    let next = tx.prepare(sql)?.query_row([after], |row| {
        let noted = WordsNoted { seq: row.get::<_, i64>(1)? + 1, rows: row.get(2)?, languages: row.get(3)? };
        Ok((row.get::<_, i64>(0)?, noted))
    });
    let Some((persona_id, mut noted)) = next.optional()? else { return Ok(None) };
    let more = seal(tx, persona_id, &mut noted, 0)?;
    merge_small(tx, persona_id)?;
    put_state(tx, persona_id, noted)?;
    Ok(Some(if more.is_some() { persona_id - 1 } else { persona_id }))
}

/// A step of the upkeep that merges segments: of the first persona after one that has any to merge. Returns that persona.
fn merge_step(tx: &mut WriteTx<'_>, after: i64) -> Result<Option<i64>> {
    let sql = "SELECT persona_id FROM word_segment WHERE persona_id > ?1 GROUP BY persona_id
               HAVING count(*) >= ?2 ORDER BY persona_id";
    let personas: Vec<i64> = tx
        .prepare(sql)?
        .query_map((after, MERGE_AT as i64), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for persona_id in personas {
        let entries = file::list(tx.conn(), persona_id)?;
        if let Some(few) = due(&entries, SEGMENT_MOST) {
            merge(tx, persona_id, few)?;
            tx.prepare("UPDATE word_persona SET seq = seq + 1 WHERE persona_id = ?1")?
                .execute([persona_id])?;
            return Ok(Some(persona_id - 1));
        }
    }
    Ok(None)
}

/// A step of upkeep, which says itself how far it is.
pub(crate) fn upkeep_step(tx: &mut WriteTx<'_>, task: &str, after: i64, _: i64) -> Result<()> {
    let done_to = match task {
        SEAL_TASK => seal_step(tx, after)?,
        MERGE_TASK => merge_step(tx, after)?,
        _ => return Ok(()),
    };
    match done_to {
        Some(done_to) => {
            let sql = "UPDATE upkeep SET done_to = ?2, target = max(target, ?2 + 1) WHERE task = ?1";
            tx.prepare(sql)?.execute((task, done_to))?;
        }
        None => {
            tx.prepare("DELETE FROM upkeep WHERE task = ?1")?.execute([task])?;
        }
    }
    Ok(())
}
