//! How do the rows that were found become a store again?
//!
//! Each keeps its number, id, times, stamp and writer. What a row says of others (its persona, its ends) is kept where
//! that is there, and where it is not, a name is made up for it; what cannot stand alone is lost.

mod graph;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use super::gather::{Candidate, Gathered, Trust, integer, name, text, uuid_at};
use super::sift::Sieve;
use super::{Repaired, Saved};
use crate::clock::Stamp;
use crate::error::{Error, Result};
use crate::index::LANGUAGES;
use crate::memory;
use crate::model::limits::{ENTITY_NAME_BYTES_MAX, NAME_BYTES_MAX, PASSAGES_MAX, TAG_BYTES_MAX, TAGS_MAX};
use crate::model::{
    Embedding, Kind, Memory, MemoryId, MetadataPath, NewMemory, Passage, PersonaName, Timestamp, VectorData,
    check_name,
};
use crate::storage::salvage::{Salvaged, Source, Value, Wreck, put};
use crate::storage::{Change, DROPPED, Entry, ReadLimits, SHARED, Storage, Thing, WriteTx};

/// Rows of one transaction.
const CHUNK: usize = 1_000;
/// Ids that are listed, at most.
const IDS_LISTED_MAX: usize = 10_000;
/// A number beyond the rows that are sure by more than this is damage.
const ID_GAP_MAX: i64 = 1 << 20;

/// The new store as it grows.
struct Growing<'g> {
    gathered: &'g Gathered,
    personas: HashMap<i64, i64>,
    kinds: HashMap<i64, i64>,
    models: HashMap<i64, i64>,
    labels: HashSet<i64>,
    replicas: HashMap<i64, i64>,
    /// Stands for the installations whose ids are lost.
    somebody: Uuid,
    /// The latest stamp that the log has for a thing.
    logged: HashMap<[u8; 16], i64>,
    /// With their personas.
    memories: HashMap<i64, (MemoryId, i64)>,
    /// With their scopes.
    entities: HashMap<i64, i64>,
    report: Repaired,
}

/// Writes all that was gathered. Whoever is told how far it is may stop it.
pub(super) fn write(
    wreck: &mut Wreck,
    gathered: &Gathered,
    new: &Storage,
    mut tell: impl FnMut(u64, u64) -> Result<()>,
) -> Result<Repaired> {
    let mut growing = Growing {
        gathered,
        personas: HashMap::new(),
        kinds: HashMap::new(),
        models: HashMap::new(),
        labels: HashSet::new(),
        replicas: HashMap::new(),
        somebody: Uuid::now_v7(),
        logged: HashMap::new(),
        memories: HashMap::new(),
        entities: HashMap::new(),
        report: Repaired::default(),
    };
    new.write_whole(&ReadLimits::default(), |tx| growing.names(tx))?;
    let total = gathered.rows.values().map(|rows| rows.len() as u64).sum();
    let mut done = 0;
    for source in ORDER {
        let rows = gathered.rows.get(&source).map_or(&[][..], Vec::as_slice);
        let renumbered = if source == Source::Memory { renumbered(rows) } else { rows.to_vec() };
        for chunk in renumbered.chunks(CHUNK) {
            new.write_whole(&ReadLimits::default(), |tx| {
                for candidate in chunk {
                    // It was there a moment ago.
                    let Some(row) = wreck.row(source, candidate.location) else { continue };
                    let kept = match source {
                        Source::Change => growing.change(tx, &row)?,
                        Source::Memory => growing.memory(tx, candidate, &row)?,
                        Source::Vector => growing.vector(tx, candidate, row)?,
                        Source::Entity => growing.entity(tx, candidate, row)?,
                        _ => growing.relation(tx, row)?,
                    };
                    growing.report.count(saved(source), candidate.trust, kept);
                }
                Ok(())
            })?;
            done += chunk.len() as u64;
            tell(done, total)?;
        }
        saved(source)(&mut growing.report).lost += gathered.missing(source).len() as u64;
    }
    new.write_whole(&ReadLimits::default(), |tx| growing.mentions(tx))?;
    new.write_whole(&ReadLimits::default(), |tx| growing.rules(tx))?;
    new.write_whole(&ReadLimits::default(), |tx| growing.attributes(tx))?;
    new.write_whole(&ReadLimits::default(), memory::clear_mentions)?;
    growing.lost(new)?;
    Ok(growing.report)
}

/// What comes before what refers to it; the log first, so that it is known what it says.
const ORDER: [Source; 5] = [Source::Change, Source::Memory, Source::Vector, Source::Entity, Source::Relation];

/// Memories in the order of their numbers. One whose number is another's, or out of all reason, gets one at the end.
fn renumbered(rows: &[Candidate]) -> Vec<Candidate> {
    // A checksum proves little of a file that somebody made up.
    let is_sound = |row: &Candidate| row.trust == Trust::Sound && (1..i64::MAX / 2).contains(&row.row_id);
    let sound = rows.iter().filter(|row| is_sound(row)).map(|row| row.row_id).max();
    let last = sound.unwrap_or(0).max(rows.len() as i64) + ID_GAP_MAX;
    let (mut taken, mut kept, mut moved) = (HashSet::new(), Vec::new(), Vec::new());
    for &row in rows {
        let believable = is_sound(&row) || (1..=last).contains(&row.row_id);
        if believable && taken.insert(row.row_id) { kept.push(row) } else { moved.push(row) }
    }
    let first = kept.last().map_or(1, |row| row.row_id + 1);
    kept.extend(moved.into_iter().zip(first..).map(|(row, row_id)| Candidate { row_id, ..row }));
    kept
}

/// Where the rows of a table are counted.
fn saved(source: Source) -> fn(&mut Repaired) -> &mut Saved {
    match source {
        Source::Memory => |report| &mut report.memories,
        Source::Vector => |report| &mut report.vectors,
        Source::Entity => |report| &mut report.entities,
        Source::Relation => |report| &mut report.relations,
        _ => |report| &mut report.changes,
    }
}

impl Growing<'_> {
    fn names(&mut self, tx: &mut WriteTx<'_>) -> Result<()> {
        let gathered = self.gathered;
        for (&id, (name, recorded_at)) in &gathered.personas {
            if PersonaName::new(name).is_ok() {
                let new = tx.persona_id(name)?;
                self.personas.insert(id, new);
                if let Some(at) = recorded_at.filter(|&ms| Timestamp::from_millis(ms).is_ok()) {
                    tx.prepare("UPDATE persona SET recorded_at = ?2 WHERE persona_id = ?1")?
                        .execute((new, at))?;
                }
                if let Some(code) = gathered.languages.get(&id).filter(|code| LANGUAGES.contains(&&***code)) {
                    memory::set_language(tx, name, Some(code))?;
                }
            }
        }
        for (&id, name) in &gathered.kinds {
            let kind = Kind::new(name.clone());
            if kind.check().is_ok() {
                self.kinds.insert(id, tx.kind_id(&kind)?);
            }
        }
        for (&id, name) in &gathered.labels {
            let row = [Value::Null, Value::Text(name.clone().into_bytes())];
            let is_sound = id > 0 && check_name("label", name, ENTITY_NAME_BYTES_MAX).is_ok();
            if is_sound && put(tx, Source::Label, id, &row)? {
                self.labels.insert(id);
            }
        }
        for (&id, (name, dimensions)) in &gathered.models {
            if let Some(dimensions) = dimensions.filter(|_| is_model(name)) {
                self.models.extend(tx.model_id(name, dimensions).ok().map(|new| (id, new)));
            }
        }
        for (&id, &uuid) in &gathered.replicas {
            self.replicas.insert(id, tx.replica_of(uuid)?);
        }
        Ok(())
    }

    fn persona(&mut self, tx: &mut WriteTx<'_>, id: i64) -> Result<i64> {
        if let Some(&known) = self.personas.get(&id) {
            return Ok(known);
        }
        let new = tx.persona_id(&format!("recovered-{id}"))?;
        self.report.names_lost += 1;
        self.personas.insert(id, new);
        Ok(new)
    }

    fn kind(&mut self, tx: &mut WriteTx<'_>, id: i64) -> Result<i64> {
        if let Some(&known) = self.kinds.get(&id) {
            return Ok(known);
        }
        let new = tx.kind_id(&Kind::new(format!("recovered-{id}")))?;
        self.report.names_lost += 1;
        self.kinds.insert(id, new);
        Ok(new)
    }

    fn scope(&mut self, tx: &mut WriteTx<'_>, id: i64) -> Result<i64> {
        if id == SHARED { Ok(SHARED) } else { self.persona(tx, id) }
    }

    fn replica(&mut self, tx: &mut WriteTx<'_>, id: i64) -> Result<i64> {
        match self.replicas.get(&id) {
            Some(&known) => Ok(known),
            None => tx.replica_of(self.somebody),
        }
    }

    /// A stamp as it was written; a damaged one that would drive the clock away is replaced.
    fn stamp(&self, tx: &mut WriteTx<'_>, sieve: &mut Sieve, stored: i64) -> Stamp {
        let stamp = Stamp::from_stored(stored);
        if stored < 0 || tx.check_stamp(Some((stamp, self.somebody))).is_err() {
            sieve.drop("stamp");
            return tx.next_stamp();
        }
        tx.hear(stamp);
        stamp
    }

    fn change(&mut self, tx: &mut WriteTx<'_>, row: &Salvaged) -> Result<Option<Sieve>> {
        let mut sieve = Sieve::default();
        let values = &row.values;
        let (thing, op, uuid) = (integer(values, 4), integer(values, 5), uuid_at(values, 6));
        if !(1..=Thing::ALL.len() as i64).contains(&thing) || !(1..=Change::Undo as i64).contains(&op) {
            return Ok(None);
        }
        let stamp = self.stamp(tx, &mut sieve, integer(values, 1));
        let scope = self.personas.get(&integer(values, 3)).copied().unwrap_or(integer(values, 3));
        let fields = sieve.text(values, 7);
        let replica_id = self.replica(tx, integer(values, 2))?;
        tx.log_as(stamp, scope, &Entry { replica_id, thing, op, uuid, fields: fields.as_deref() })?;
        let latest = self.logged.entry(uuid).or_insert(i64::MIN);
        *latest = stamp.stored().max(*latest);
        Ok(Some(sieve))
    }

    /// Logs what the log has lost of a thing.
    fn log(
        &mut self,
        tx: &mut WriteTx<'_>,
        (stamp, scope, replica_id): (Stamp, i64, i64),
        thing: Thing,
        uuid: [u8; 16],
    ) -> Result<()> {
        let op = match self.logged.get(&uuid) {
            Some(&latest) if latest >= stamp.stored() => return Ok(()),
            Some(_) => Change::Update,
            None => Change::Add,
        };
        self.logged.insert(uuid, stamp.stored());
        let entry = Entry { replica_id, thing: thing as i64, op: op as i64, uuid, fields: None };
        tx.log_as(stamp, scope, &entry)
    }

    fn memory(
        &mut self,
        tx: &mut WriteTx<'_>,
        candidate: &Candidate,
        row: &Salvaged,
    ) -> Result<Option<Sieve>> {
        let mut sieve = Sieve::default();
        let values = &row.values;
        let id = MemoryId::from_bytes(uuid_at(values, 1));
        let recorded_at = sieve.time("recorded_at", values, 5).unwrap_or(tx.now());
        let at = sieve.time("at", values, 4).unwrap_or(recorded_at);
        let mut given = NewMemory::new(sieve.text(values, 18).unwrap_or_default()).at(at);
        match values[6] {
            Value::Real(number) if (0.0..=1.0).contains(&number) => given.importance = number,
            Value::Integer(number @ 0..=1) => given.importance = number as f64,
            _ => sieve.drop("importance"),
        }
        given.thread = sieve.name("thread", values, 10, NAME_BYTES_MAX);
        given.key = sieve.name("key", values, 11, NAME_BYTES_MAX);
        given.source = sieve.name("source", values, 12, NAME_BYTES_MAX);
        given.tags = sieve.names("tags", values, 13, (TAGS_MAX, TAG_BYTES_MAX));
        given.metadata = sieve.object("metadata", values, 14);
        given.expires_at = sieve.time("expires_at", values, 7);
        // What is left of it may still be nothing that a store keeps, such as a text with a NUL.
        let Ok(given) = given.validated() else { return Ok(None) };
        let mut superseded_at = sieve.time("superseded_at", values, 8);
        if superseded_at.take_if(|until| *until < at || given.key.is_none()).is_some() {
            sieve.drop("superseded_at");
        }
        // Whatever became of the time: what was forgotten does not come back.
        let is_forgotten = values[9] != Value::Null;
        let forgotten_at = sieve.time("forgotten_at", values, 9).or(is_forgotten.then_some(tx.now()));
        let import_hash = match values[15] {
            Value::Integer(hash) => Some(hash as u64),
            _ => None,
        };
        let stamp = self.stamp(tx, &mut sieve, integer(values, 16));
        let persona_id = self.persona(tx, integer(values, 2))?;
        let kind_id = self.kind(tx, integer(values, 3))?;
        let mut row = memory::Row {
            memory_id: candidate.row_id,
            persona_id,
            kind_id,
            forgotten_at,
            stamp,
            replica_id: self.replica(tx, integer(values, 17))?,
            memory: Memory {
                id,
                persona: PersonaName::default(),
                kind: Kind::default(),
                content: given.content,
                at,
                recorded_at,
                importance: given.importance,
                tags: given.tags,
                thread: given.thread,
                key: given.key,
                source: given.source,
                metadata: given.metadata,
                expires_at: given.expires_at,
                superseded_at,
            },
        };
        let mut inserted = memory::insert_row(tx, &row, import_hash);
        if inserted.is_err() && row.memory.key.is_some() && candidate.trust != Trust::Sound {
            // Damage gave it another's key. The row itself comes first, so nothing of it is there.
            row.memory.key = None;
            row.memory.superseded_at = None;
            sieve.drop("key");
            inserted = memory::insert_row(tx, &row, import_hash);
        }
        match inserted {
            Ok(()) => {}
            Err(error @ (Error::Full | Error::Io { .. } | Error::Cancelled | Error::Busy { .. })) => {
                return Err(error);
            }
            Err(_) => return Ok(None),
        }
        tx.keep_memory_id(row.memory_id);
        self.log(tx, (row.stamp, row.persona_id, row.replica_id), Thing::Memory, *id.as_bytes())?;
        self.memories.insert(row.memory_id, (id, persona_id));
        let is_suspect = candidate.trust == Trust::Changed || !sieve.is_whole();
        if is_suspect && self.report.suspect_ids.len() < IDS_LISTED_MAX {
            self.report.suspect_ids.push(id);
        }
        Ok(Some(sieve))
    }

    fn vector(
        &mut self,
        tx: &mut WriteTx<'_>,
        candidate: &Candidate,
        mut row: Salvaged,
    ) -> Result<Option<Sieve>> {
        let (memory_id, model_id) = (integer(&row.values, 1), integer(&row.values, 2));
        let Some(passage) = passage(&row.values) else { return Ok(None) };
        if !self.memories.contains_key(&memory_id) {
            return Ok(None);
        }
        let content: String = tx
            .prepare("SELECT content FROM memory WHERE memory_id = ?1")?
            .query_row([memory_id], |row| row.get(0))?;
        let dimensions = passage.data.dimensions() as i64;
        let embedding = Embedding { model: "any".to_owned(), passages: vec![passage] };
        if embedding.check(&content).is_err() {
            return Ok(None);
        }
        let known = match self.models.get(&model_id) {
            Some(&known) => known,
            None => {
                let named = self.gathered.models.get(&model_id).map(|(name, _)| name.clone());
                if named.as_ref().is_some_and(|name| is_dropped(name)) {
                    return Ok(None);
                }
                let named = named.filter(|name| is_model(name));
                self.report.names_lost += u64::from(named.is_none());
                let name = named.unwrap_or_else(|| format!("recovered-{model_id}"));
                // The name may be that of another model by now.
                let Ok(known) = tx.model_id(&name, dimensions) else { return Ok(None) };
                self.models.insert(model_id, known);
                known
            }
        };
        let fitting: i64 = tx
            .prepare("SELECT dimensions FROM embedding_model WHERE model_id = ?1")?
            .query_row([known], |row| row.get(0))?;
        if fitting != dimensions {
            return Ok(None);
        }
        row.values[2] = Value::Integer(known);
        let saved = put(tx, Source::Vector, candidate.row_id, &row.values)?;
        Ok(saved.then(Sieve::default))
    }

    /// What was declared; upkeep fills the indexes.
    fn attributes(&mut self, tx: &mut WriteTx<'_>) -> Result<()> {
        let mut any_searched = false;
        for (&id, row) in &self.gathered.attributes {
            let mut row = row.clone();
            let is_path = |column: usize| {
                name(&row, column).is_some_and(|path| MetadataPath::parse("path", &path).is_ok())
            };
            let is_sound = is_path(2) && (row[4] == Value::Null || is_path(4));
            row[1] = Value::Integer(self.kind(tx, integer(&row, 1))?);
            let is_searched = integer(&row, 8) == 1;
            row.truncate(8);
            row.push(Value::Integer(is_searched.into()));
            any_searched |= is_searched;
            if !is_sound || !put(tx, Source::Attribute, id, &row)? {
                self.report.count_dropped("attribute");
            }
        }
        memory::clear_attributes(tx)?;
        // The memories were there before it was said that more of them is searched.
        if any_searched { memory::clear_words(tx) } else { Ok(()) }
    }

    /// What the log and the index of ids still know of, and nobody found.
    fn lost(&mut self, new: &Storage) -> Result<()> {
        let saved: HashSet<MemoryId> = self.memories.values().map(|(id, _)| *id).collect();
        let mut lost: BTreeSet<MemoryId> =
            self.gathered.memory_ids.values().copied().map(MemoryId::from_bytes).collect();
        let sql = "SELECT thing, count(*) FROM change AS c WHERE op = 1 AND thing IN (2, 3)
                      AND NOT EXISTS (SELECT 1 FROM entity WHERE uuid = c.uuid)
                      AND NOT EXISTS (SELECT 1 FROM relation WHERE thing = 3 AND uuid = c.uuid)
                    GROUP BY thing
                   UNION ALL SELECT 4, (SELECT count(*) FROM change WHERE thing = 4 AND op = 1)
                                     - (SELECT count(*) FROM mention)";
        let by_log: BTreeMap<i64, i64> = new.alone(&Default::default(), |conn| {
            let mut statement =
                conn.prepare("SELECT DISTINCT uuid FROM change WHERE thing = 1 AND op = 1")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                lost.insert(MemoryId::from_bytes(row.get(0)?));
            }
            let mut statement = conn.prepare(sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<_>>().map_err(Into::into)
        })?;
        lost.retain(|id| !saved.contains(id));
        let report = &mut self.report;
        report.memories.lost = report.memories.lost.max(lost.len() as u64);
        report.lost_ids = lost.into_iter().take(IDS_LISTED_MAX).collect();
        for (thing, count) in
            [(2, &mut report.entities), (3, &mut report.relations), (4, &mut report.mentions)]
        {
            let by_log = by_log.get(&thing).copied().unwrap_or(0);
            count.lost = count.lost.max(u64::try_from(by_log).unwrap_or(0));
        }
        Ok(())
    }
}

/// Whether a model may be called so.
fn is_model(name: &str) -> bool {
    check_name("embedding", name, NAME_BYTES_MAX).is_ok() && !name.starts_with(char::is_control)
}

/// The name of a model that was dropped, and not one that a struck byte made look so.
fn is_dropped(name: &str) -> bool {
    let number = name.strip_prefix(DROPPED).and_then(|rest| rest.split_once(' '));
    number.is_some_and(|(number, _)| number.parse::<i64>().is_ok())
}

/// A vector's numbers and place, if it can have been written so.
fn passage(values: &[Value]) -> Option<Passage> {
    let Value::Blob(numbers) = &values[7] else { return None };
    let data = match text(values, 6).as_str() {
        "f32" => VectorData::F32(numbers.clone()),
        "f16" => VectorData::F16(numbers.clone()),
        _ => return None,
    };
    let place = |column: usize| u32::try_from(integer(values, column)).ok();
    let range = match (&values[4], &values[5]) {
        (Value::Null, Value::Null) => None,
        (Value::Integer(_), Value::Integer(_)) => Some((place(4)?, place(5)?)),
        _ => return None,
    };
    (place(3)? < PASSAGES_MAX as u32).then_some(Passage { range, data })
}
