//! What does an incoming memory mean for what is there?
//!
//! It may be new, an update of a memory with its key, one more link in the history of a fact or preference, or
//! something that is there already. The history of a key is ordered by `at`; each link holds until the next begins.

use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::rows::{self, FromRow, Row};
use super::{attribute, vectors};
use crate::clock::Stamp;
use crate::error::{Error, Result};
use crate::model::{Memory, MemoryId, NewMemory, Outcome, PersonaName, Remembered, Timestamp};
use crate::storage::{Change, Thing, WriteTx};

/// A memory on its way in, with what only an import knows.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    /// Validated.
    pub(crate) memory: NewMemory,
    pub(crate) id: Option<MemoryId>,
    pub(crate) recorded_at: Option<Timestamp>,
    pub(crate) superseded_at: Option<Timestamp>,
    pub(crate) stamp: Option<(Stamp, Uuid)>,
    /// Hash of a line that has neither key nor id, so that a second import knows it.
    pub(crate) import_hash: Option<u64>,
}

impl Incoming {
    pub(crate) fn new(memory: NewMemory) -> Result<Self> {
        let memory = memory.validated()?;
        Ok(Self { memory, id: None, recorded_at: None, superseded_at: None, stamp: None, import_hash: None })
    }
}

/// Where a memory belongs.
pub(super) struct Place {
    pub(super) persona_id: i64,
    pub(super) kind_id: i64,
}

pub(crate) fn remember(tx: &mut WriteTx<'_>, incoming: &Incoming) -> Result<Remembered> {
    let memory = &incoming.memory;
    // What can be refused is refused before any of it is written.
    tx.check_stamp(incoming.stamp)?;
    for embedding in &memory.embeddings {
        vectors::model_id(tx, embedding)?;
    }
    if let Some(id) = incoming.id
        && let Some(row) = rows::find(tx, "m.uuid = ?1", [id.as_bytes()])?
    {
        return update_known(tx, &row, incoming);
    }
    let place =
        Place { persona_id: tx.persona_id(memory.persona_name())?, kind_id: tx.kind_id(&memory.kind)? };
    if let Some(key) = &memory.key {
        let verbatim = incoming.id.is_some() && incoming.superseded_at.is_some();
        if memory.kind.supersedes() {
            if !verbatim {
                return link(tx, &place, key, incoming);
            }
        } else if let Some(row) = find_live(tx, &place, key)? {
            return update_in_place(tx, &row, incoming);
        }
    } else if let Some(hash) = incoming.import_hash
        && let Some(id) = find_imported(tx, hash)?
    {
        return Ok(Remembered { id, outcome: Outcome::Unchanged });
    }
    insert(tx, &place, incoming, incoming.superseded_at)
}

fn insert(
    tx: &mut WriteTx<'_>,
    place: &Place,
    incoming: &Incoming,
    superseded_at: Option<Timestamp>,
) -> Result<Remembered> {
    let mut row = new_row(tx, place, incoming, superseded_at);
    attribute::admit(tx, None, &row, None)?;
    (row.stamp, row.replica_id) = tx.stamp_or_hear(incoming.stamp)?;
    row.memory_id = tx.next_memory_id();
    let (stamp, id) = (row.stamp, row.memory.id);
    rows::insert(tx, &row, incoming.import_hash, &incoming.memory.embeddings)?;
    tx.log(stamp, place.persona_id, Thing::Memory, Change::Add, id.as_bytes(), None)?;
    Ok(Remembered { id, outcome: Outcome::Added })
}

/// The row of a memory that comes in; its number and its stamp are still to be given out.
fn new_row(tx: &WriteTx<'_>, place: &Place, incoming: &Incoming, superseded_at: Option<Timestamp>) -> Row {
    let given = &incoming.memory;
    Row {
        memory_id: 0,
        persona_id: place.persona_id,
        kind_id: place.kind_id,
        forgotten_at: None,
        stamp: Stamp::default(),
        replica_id: 0,
        memory: Memory {
            id: incoming.id.unwrap_or_else(MemoryId::new),
            persona: PersonaName::shared(given.persona_name().into()),
            kind: given.kind.clone(),
            content: given.content.clone(),
            at: given.at.unwrap_or(tx.now()),
            recorded_at: incoming.recorded_at.unwrap_or(tx.now()),
            importance: given.importance,
            tags: given.tags.clone(),
            thread: given.thread.clone(),
            key: given.key.clone(),
            source: given.source.clone(),
            metadata: given.metadata.clone(),
            expires_at: given.expires_at,
            superseded_at,
        },
    }
}

/// Puts a memory into the history of its key.
fn link(tx: &mut WriteTx<'_>, place: &Place, key: &str, incoming: &Incoming) -> Result<Remembered> {
    let given = &incoming.memory;
    let live = find_live(tx, place, key)?;
    if let (None, Some(live)) = (given.at, &live)
        && live.memory.at <= tx.now()
        && differences(&live.memory, given).is_empty()
    {
        // Said again now, and it still holds.
        return said_again(tx, live, incoming);
    }
    let at = given.at.unwrap_or(tx.now());
    // What is said now holds from now on, even if it was said and taken back within this millisecond.
    if given.at.is_some()
        && let Some(same) = find_said(tx, place, key, at, incoming, live.as_ref())?
    {
        return match rows::find(tx, "m.uuid = ?1", [same.as_bytes()])? {
            Some(row) => said_again(tx, &row, incoming),
            None => Ok(Remembered { id: same, outcome: Outcome::Unchanged }),
        };
    }
    let before = match &live {
        Some(live) if live.memory.at <= at => Some(live.clone()),
        _ => neighbour(tx, place, key, at, Side::Before)?,
    };
    let after = next_start(tx, place, key, at, live.filter(|live| live.memory.at > at))?;
    let first = before.is_none() && after.is_none();
    // What can be refused is refused before any of it is written.
    if tx.attributes().has(place.kind_id) {
        let row = new_row(tx, place, incoming, after);
        attribute::admit(tx, None, &row, before.as_ref().map(|link| link.memory_id))?;
    }
    if let Some(before) = before {
        hold_until(tx, &before, at)?;
    }
    let remembered = insert(tx, place, incoming, after)?;
    let outcome = if first { Outcome::Added } else { Outcome::Superseded };
    Ok(Remembered { outcome, ..remembered })
}

/// Puts a link that was forgotten back into the history of its key: it holds until the next one begins, and the one
/// before it no longer than until it begins.
pub(super) fn relink(tx: &mut WriteTx<'_>, place: &Place, key: &str, link: &mut Memory) -> Result<()> {
    let mut live = find_live(tx, place, key)?;
    // What was said of an earlier time meanwhile held until this one began.
    if link.superseded_at.is_none()
        && let Some(earlier) = live.take_if(|live| live.memory.at < link.at)
    {
        hold_until(tx, &earlier, link.at)?;
    }
    let next = next_start(tx, place, key, link.at, live.filter(|live| live.memory.at >= link.at))?;
    link.superseded_at = link.superseded_at.into_iter().chain(next).min();
    if let Some(before) = neighbour(tx, place, key, link.at, Side::Before)? {
        hold_until(tx, &before, link.at)?;
    }
    Ok(())
}

/// When the link after `at` begins: the first superseded one, or `live`.
fn next_start(
    tx: &WriteTx<'_>,
    place: &Place,
    key: &str,
    at: Timestamp,
    live: Option<Row>,
) -> Result<Option<Timestamp>> {
    let superseded = neighbour(tx, place, key, at, Side::After)?;
    Ok(superseded.into_iter().chain(live).map(|row| row.memory.at).min())
}

/// Ends a link at `at`, unless it ended before.
fn hold_until(tx: &mut WriteTx<'_>, link: &Row, at: Timestamp) -> Result<()> {
    if link.memory.superseded_at.is_some_and(|held_until| held_until <= at) {
        return Ok(());
    }
    let mut ended = link.clone();
    ended.memory.superseded_at = Some(at);
    ended.stamp = tx.next_stamp();
    ended.replica_id = tx.replica_id();
    rows::overwrite(tx, link, &ended)?;
    let (stamp, scope, uuid) = (ended.stamp, ended.persona_id, ended.memory.id);
    tx.log(stamp, scope, Thing::Memory, Change::Supersede, uuid.as_bytes(), Some("superseded_at"))
}

/// An equal memory of the same key and time, if there is one. What comes with an id of its own is told apart from
/// what it superseded, so that an export with the same words twice comes back whole.
fn find_said(
    tx: &WriteTx<'_>,
    place: &Place,
    key: &str,
    at: Timestamp,
    incoming: &Incoming,
    live: Option<&Row>,
) -> Result<Option<MemoryId>> {
    let given = &incoming.memory;
    if let Some(live) = live.filter(|live| live.memory.at == at)
        && differences(&live.memory, given).is_empty()
    {
        return Ok(Some(live.memory.id));
    }
    if incoming.id.is_some() {
        return Ok(None);
    }
    let sql = format!(
        "SELECT {} FROM memory AS m WHERE m.persona_id = ?1 AND m.key = ?2 AND m.kind_id = ?3 AND m.at = ?4
            AND m.superseded_at IS NOT NULL AND m.forgotten_at IS NULL",
        Row::COLUMNS
    );
    let mut statement = tx.prepare(&sql)?;
    let mut found = statement.query((place.persona_id, key, place.kind_id, at.as_millis()))?;
    while let Some(row) = found.next()? {
        let row = Row::read(row, &mut tx.namer())?;
        if differences(&row.memory, given).is_empty() {
            return Ok(Some(row.memory.id));
        }
    }
    Ok(None)
}

enum Side {
    Before,
    After,
}

/// The superseded memory of a key nearest to a time: the last at or before it, or the first after it.
fn neighbour(tx: &WriteTx<'_>, place: &Place, key: &str, at: Timestamp, side: Side) -> Result<Option<Row>> {
    let condition = match side {
        Side::Before => "m.at <= ?4 ORDER BY m.at DESC, m.memory_id DESC LIMIT 1",
        Side::After => "m.at > ?4 ORDER BY m.at, m.memory_id LIMIT 1",
    };
    let condition = format!(
        "m.persona_id = ?1 AND m.key = ?2 AND m.kind_id = ?3
         AND m.superseded_at IS NOT NULL AND m.forgotten_at IS NULL AND {condition}"
    );
    rows::find(tx, &condition, (place.persona_id, key, place.kind_id, at.as_millis()))
}

/// The memory that has a key now.
pub(super) fn find_live(tx: &WriteTx<'_>, place: &Place, key: &str) -> Result<Option<Row>> {
    let condition = format!(
        "m.persona_id = ?1 AND m.key = ?2 AND m.kind_id = ?3 AND m.key IS NOT NULL AND {}",
        rows::LIVE
    );
    rows::find(tx, &condition, (place.persona_id, key, place.kind_id))
}

fn find_imported(tx: &WriteTx<'_>, hash: u64) -> Result<Option<MemoryId>> {
    let sql = "SELECT uuid FROM memory
                WHERE import_hash = ?1 AND import_hash IS NOT NULL AND forgotten_at IS NULL LIMIT 1";
    let uuid = tx.prepare(sql)?.query_row([hash as i64], |row| row.get(0)).optional()?;
    Ok(uuid.map(MemoryId::from_bytes))
}

/// What is there already, but perhaps for vectors that come with it.
fn said_again(tx: &mut WriteTx<'_>, row: &Row, incoming: &Incoming) -> Result<Remembered> {
    let id = row.memory.id;
    let stored = super::fetch::embeddings(tx.conn(), row.memory_id)?;
    let new: Vec<_> =
        incoming.memory.embeddings.iter().filter(|given| !stored.contains(given)).cloned().collect();
    if new.is_empty() || row.forgotten_at.is_some() {
        return Ok(Remembered { id, outcome: Outcome::Unchanged });
    }
    let mut row = row.clone();
    vectors::put(tx, &row, &new)?;
    (row.stamp, row.replica_id) = tx.stamp_or_hear(incoming.stamp)?;
    rows::restamp(tx, &row)?;
    tx.log(row.stamp, row.persona_id, Thing::Memory, Change::Update, id.as_bytes(), Some("embedding"))?;
    Ok(Remembered { id, outcome: Outcome::Updated })
}

/// A memory that the store has under this very id.
fn update_known(tx: &mut WriteTx<'_>, row: &Row, incoming: &Incoming) -> Result<Remembered> {
    let given = &incoming.memory;
    let memory = &row.memory;
    if memory.persona.as_str() != given.persona_name() || memory.kind != given.kind || memory.key != given.key
    {
        return Err(Error::Conflict { what: "the id belongs to a memory of another persona, kind or key" });
    }
    if row.forgotten_at.is_some() {
        super::change::restore(tx, row)?;
        let id = memory.id;
        let now_there = rows::find(tx, "m.uuid = ?1", [id.as_bytes()])?;
        let row = now_there.ok_or(Error::NotFound { what: "memory" })?;
        update_in_place(tx, &row, incoming)?;
        return Ok(Remembered { id, outcome: Outcome::Updated });
    }
    if incoming.stamp.is_some_and(|(stamp, _)| stamp <= row.stamp) {
        return Ok(Remembered { id: memory.id, outcome: Outcome::Unchanged });
    }
    update_in_place(tx, row, incoming)
}

fn update_in_place(tx: &mut WriteTx<'_>, before: &Row, incoming: &Incoming) -> Result<Remembered> {
    let given = &incoming.memory;
    let id = before.memory.id;
    let mut fields = differences(&before.memory, given);
    let mut after = before.clone();
    let memory = &mut after.memory;
    // Content that is said anew without a time is said now; otherwise the time stays.
    let at = given.at.or_else(|| fields.contains(&"content").then(|| tx.now()));
    if let Some(at) = at.filter(|at| *at != memory.at) {
        memory.at = at;
        fields.push("at");
    }
    // With the content all vectors go, also those that are given again.
    let stored = super::fetch::embeddings(tx.conn(), before.memory_id)?;
    let vectors_differ = !given.embeddings.is_empty()
        && (fields.contains(&"content") || given.embeddings.iter().any(|given| !stored.contains(given)));
    if fields.is_empty() && !vectors_differ {
        return Ok(Remembered { id, outcome: Outcome::Unchanged });
    }
    memory.content.clone_from(&given.content);
    memory.importance = given.importance;
    memory.tags.clone_from(&given.tags);
    memory.thread.clone_from(&given.thread);
    memory.source.clone_from(&given.source);
    memory.metadata = given.metadata.clone();
    memory.expires_at = given.expires_at;
    (after.stamp, after.replica_id) = tx.stamp_or_hear(incoming.stamp)?;
    rows::overwrite(tx, before, &after)?;
    if fields.contains(&"content") {
        vectors::take(tx, &after, None)?;
    }
    if vectors_differ {
        vectors::put(tx, &after, &given.embeddings)?;
        fields.push("embedding");
    }
    let (stamp, scope) = (after.stamp, before.persona_id);
    tx.log(stamp, scope, Thing::Memory, Change::Update, id.as_bytes(), Some(&fields.join(",")))?;
    Ok(Remembered { id, outcome: Outcome::Updated })
}

/// Names of the columns, time and vectors aside, in which a memory differs from what is given.
fn differences(memory: &Memory, given: &NewMemory) -> Vec<&'static str> {
    let mut fields = Vec::new();
    let mut compare = |name, differs: bool| {
        if differs {
            fields.push(name);
        }
    };
    compare("content", memory.content != given.content);
    compare("importance", memory.importance != given.importance);
    compare("tags", memory.tags != given.tags);
    compare("thread", memory.thread != given.thread);
    compare("source", memory.source != given.source);
    compare("metadata", memory.metadata != given.metadata);
    compare("expires_at", memory.expires_at != given.expires_at);
    fields
}
