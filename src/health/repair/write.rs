//! How do the rows that were found become a store again?
//!
//! Each keeps its number, id, times, stamp and writer. What a row says of others (its persona, its ends) is kept where
//! that is there, and where it is not, a name is made up for it; what cannot stand alone is lost.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use super::gather::{Candidate, Gathered, Trust, integer, text, uuid_at};
use super::{Repaired, Saved};
use crate::clock::Stamp;
use crate::error::{Error, Result};
use crate::memory;
use crate::model::{Kind, Memory, MemoryId, Metadata, PersonaName, Timestamp};
use crate::storage::salvage::{Salvaged, Source, Value, Wreck, put};
use crate::storage::{Change, Entry, ReadLimits, SHARED, Storage, Thing, WriteTx};

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
    memories: HashMap<i64, MemoryId>,
    entities: HashSet<i64>,
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
        entities: HashSet::new(),
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
                    let saved = match source {
                        Source::Change => growing.change(tx, &row)?,
                        Source::Memory => growing.memory(tx, candidate, &row)?,
                        Source::Vector => growing.vector(tx, candidate, row)?,
                        Source::Entity => growing.entity(tx, candidate, row)?,
                        _ => growing.relation(tx, row)?,
                    };
                    let count = growing.saved(source);
                    count.saved += u64::from(saved);
                    count.suspect += u64::from(saved && candidate.trust == Trust::Changed);
                    count.lost += u64::from(!saved);
                }
                Ok(())
            })?;
            done += chunk.len() as u64;
            tell(done, total)?;
        }
        growing.saved(source).lost += gathered.missing(source).len() as u64;
    }
    new.write_whole(&ReadLimits::default(), |tx| growing.mentions(tx))?;
    new.write_whole(&ReadLimits::default(), |tx| growing.attributes(tx))?;
    growing.lost(new)?;
    Ok(growing.report)
}

/// What comes before what refers to it; the log first, so that it is known what it says.
const ORDER: [Source; 5] = [Source::Change, Source::Memory, Source::Vector, Source::Entity, Source::Relation];

/// Memories in the order of their numbers. One whose number is another's, or out of all reason, gets one at the end.
fn renumbered(rows: &[Candidate]) -> Vec<Candidate> {
    let sound = rows.iter().filter(|row| row.trust == Trust::Sound).map(|row| row.row_id).max();
    let last = sound.unwrap_or(0).max(rows.len() as i64) + ID_GAP_MAX;
    let (mut taken, mut kept, mut moved) = (HashSet::new(), Vec::new(), Vec::new());
    for &row in rows {
        let believable = row.trust == Trust::Sound || (1..=last).contains(&row.row_id);
        if believable && taken.insert(row.row_id) { kept.push(row) } else { moved.push(row) }
    }
    let first = kept.last().map_or(1, |row| row.row_id + 1);
    kept.extend(moved.into_iter().zip(first..).map(|(row, row_id)| Candidate { row_id, ..row }));
    kept
}

impl Growing<'_> {
    fn saved(&mut self, source: Source) -> &mut Saved {
        match source {
            Source::Memory => &mut self.report.memories,
            Source::Vector => &mut self.report.vectors,
            Source::Entity => &mut self.report.entities,
            Source::Relation => &mut self.report.relations,
            Source::Mention => &mut self.report.mentions,
            _ => &mut self.report.changes,
        }
    }

    fn names(&mut self, tx: &mut WriteTx<'_>) -> Result<()> {
        let gathered = self.gathered;
        for (&id, (name, recorded_at)) in &gathered.personas {
            if !name.trim().is_empty() {
                let new = tx.persona_id(name)?;
                self.personas.insert(id, new);
                if let Some(at) = recorded_at {
                    tx.prepare("UPDATE persona SET recorded_at = ?2 WHERE persona_id = ?1")?
                        .execute((new, at))?;
                }
            }
        }
        for (&id, name) in gathered.kinds.iter().filter(|(_, name)| !name.trim().is_empty()) {
            let new = tx.kind_id(&Kind::new(name.clone()))?;
            self.kinds.insert(id, new);
        }
        for (&id, name) in &gathered.labels {
            let row = [Value::Null, Value::Text(name.clone().into_bytes())];
            if !name.trim().is_empty() && put(tx, Source::Label, id, &row)? {
                self.labels.insert(id);
            }
        }
        for (&id, (name, dimensions)) in &gathered.models {
            if let Some(dimensions) = dimensions.filter(|_| !name.trim().is_empty()) {
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
    fn stamp(&self, tx: &mut WriteTx<'_>, stored: i64) -> Result<Stamp> {
        let stamp = Stamp::from_stored(stored);
        if stored < 0 || tx.check_stamp(Some((stamp, self.somebody))).is_err() {
            return Ok(tx.next_stamp());
        }
        tx.hear(stamp);
        Ok(stamp)
    }

    fn change(&mut self, tx: &mut WriteTx<'_>, row: &Salvaged) -> Result<bool> {
        let values = &row.values;
        let (thing, op, uuid) = (integer(values, 4), integer(values, 5), uuid_at(values, 6));
        if !(1..=Thing::ALL.len() as i64).contains(&thing) || !(1..=Change::Undo as i64).contains(&op) {
            return Ok(false);
        }
        let stamp = self.stamp(tx, integer(values, 1))?;
        let scope = self.personas.get(&integer(values, 3)).copied().unwrap_or(integer(values, 3));
        let fields = (values[7] != Value::Null).then(|| text(values, 7));
        let replica_id = self.replica(tx, integer(values, 2))?;
        tx.log_as(stamp, scope, &Entry { replica_id, thing, op, uuid, fields: fields.as_deref() })?;
        let latest = self.logged.entry(uuid).or_insert(i64::MIN);
        *latest = stamp.stored().max(*latest);
        Ok(true)
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

    fn memory(&mut self, tx: &mut WriteTx<'_>, candidate: &Candidate, row: &Salvaged) -> Result<bool> {
        let values = &row.values;
        let time = |column: usize| match values[column] {
            Value::Integer(ms) => Timestamp::from_millis(ms).ok(),
            _ => None,
        };
        let optional = |column: usize| {
            (values[column] != Value::Null).then(|| text(values, column)).filter(|text| !text.is_empty())
        };
        let id = MemoryId::from_bytes(uuid_at(values, 1));
        let recorded_at = time(5).unwrap_or(tx.now());
        let at = time(4).unwrap_or(recorded_at);
        let importance = match values[6] {
            Value::Real(number) if number.is_finite() => number.clamp(0.0, 1.0),
            Value::Integer(number) => (number as f64).clamp(0.0, 1.0),
            _ => 0.5,
        };
        let metadata = optional(14).and_then(|json| Metadata::parse(&json).ok()).unwrap_or_default();
        let tags = optional(13).and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
        let import_hash = match values[15] {
            Value::Integer(hash) => Some(hash as u64),
            _ => None,
        };
        let stamp = self.stamp(tx, integer(values, 16))?;
        let persona_id = self.persona(tx, integer(values, 2))?;
        let kind_id = self.kind(tx, integer(values, 3))?;
        let mut row = memory::Row {
            memory_id: candidate.row_id,
            persona_id,
            kind_id,
            forgotten_at: time(9),
            stamp,
            replica_id: self.replica(tx, integer(values, 17))?,
            memory: Memory {
                id,
                persona: PersonaName::shared(PersonaName::DEFAULT.into()),
                kind: Kind::default(),
                content: text(values, 18),
                at,
                recorded_at,
                importance,
                tags,
                thread: optional(10),
                key: optional(11),
                source: optional(12),
                metadata,
                expires_at: time(7),
                superseded_at: time(8).filter(|&until| until >= at),
            },
        };
        let mut inserted = memory::insert_row(tx, &row, import_hash);
        if inserted.is_err() && row.memory.key.is_some() && candidate.trust != Trust::Sound {
            // Damage gave it another's key. The row itself comes first, so nothing of it is there.
            row.memory.key = None;
            inserted = memory::insert_row(tx, &row, import_hash);
        }
        match inserted {
            Ok(()) => {}
            Err(error @ (Error::Full | Error::Io { .. } | Error::Cancelled | Error::Busy { .. })) => {
                return Err(error);
            }
            Err(_) => return Ok(false),
        }
        tx.keep_memory_id(row.memory_id);
        self.log(tx, (row.stamp, row.persona_id, row.replica_id), Thing::Memory, *id.as_bytes())?;
        self.memories.insert(row.memory_id, id);
        if candidate.trust == Trust::Changed && self.report.suspect_ids.len() < IDS_LISTED_MAX {
            self.report.suspect_ids.push(id);
        }
        Ok(true)
    }

    fn vector(&mut self, tx: &mut WriteTx<'_>, candidate: &Candidate, mut row: Salvaged) -> Result<bool> {
        let (memory_id, model_id) = (integer(&row.values, 1), integer(&row.values, 2));
        let bytes = match &row.values[7] {
            Value::Blob(bytes) => bytes.len() as i64,
            _ => 0,
        };
        let width = if text(&row.values, 6) == "f32" { 4 } else { 2 };
        let dimensions = bytes / width;
        if !self.memories.contains_key(&memory_id) || dimensions * width != bytes || dimensions == 0 {
            return Ok(false);
        }
        let known = match self.models.get(&model_id) {
            Some(&known) => known,
            None => {
                let named = self.gathered.models.get(&model_id).map(|(name, _)| name.clone());
                self.report.names_lost += u64::from(named.is_none());
                let known = tx.model_id(&named.unwrap_or(format!("recovered-{model_id}")), dimensions)?;
                self.models.insert(model_id, known);
                known
            }
        };
        let fitting: i64 = tx
            .prepare("SELECT dimensions FROM embedding_model WHERE model_id = ?1")?
            .query_row([known], |row| row.get(0))?;
        if fitting != dimensions {
            return Ok(false);
        }
        row.values[2] = Value::Integer(known);
        put(tx, Source::Vector, candidate.row_id, &row.values)
    }

    fn entity(&mut self, tx: &mut WriteTx<'_>, candidate: &Candidate, mut row: Salvaged) -> Result<bool> {
        let uuid = uuid_at(&row.values, 1);
        let scope = self.scope(tx, integer(&row.values, 2))?;
        let stamp = self.stamp(tx, integer(&row.values, 7))?;
        let replica = self.replica(tx, integer(&row.values, 8))?;
        readable(&mut row.values, &[3, 4], &[5, 6]);
        row.values[2] = Value::Integer(scope);
        row.values[7] = Value::Integer(stamp.stored());
        row.values[8] = Value::Integer(replica);
        let saved = candidate.row_id > 0 && put(tx, Source::Entity, candidate.row_id, &row.values)?;
        if saved {
            self.entities.insert(candidate.row_id);
            self.log(tx, (stamp, scope, replica), Thing::Entity, uuid)?;
        }
        Ok(saved)
    }

    fn relation(&mut self, tx: &mut WriteTx<'_>, mut row: Salvaged) -> Result<bool> {
        let values = &mut row.values;
        let (source, label, target) = (integer(values, 0), integer(values, 2), integer(values, 3));
        if !self.entities.contains(&source) || !self.entities.contains(&target) {
            return Ok(false);
        }
        if !self.labels.contains(&label) {
            let name = Value::Text(format!("recovered-{label}").into_bytes());
            if label <= 0 || !put(tx, Source::Label, label, &[Value::Null, name])? {
                return Ok(false);
            }
            self.report.names_lost += 1;
            self.labels.insert(label);
        }
        let uuid = uuid_at(values, 8);
        let scope = self.scope(tx, integer(values, 1))?;
        let stamp = self.stamp(tx, integer(values, 9))?;
        let replica = self.replica(tx, integer(values, 10))?;
        readable(values, &[], &[7]);
        values[1] = Value::Integer(scope);
        values[9] = Value::Integer(stamp.stored());
        values[10] = Value::Integer(replica);
        let saved = put(tx, Source::Relation, 0, values)?;
        if saved {
            self.log(tx, (stamp, scope, replica), Thing::Relation, uuid)?;
        }
        Ok(saved)
    }

    /// What was declared; upkeep fills the indexes.
    fn attributes(&mut self, tx: &mut WriteTx<'_>) -> Result<()> {
        for (&id, row) in &self.gathered.attributes {
            let mut row = row.clone();
            row[1] = Value::Integer(self.kind(tx, integer(&row, 1))?);
            readable(&mut row, &[2, 3, 4, 5], &[]);
            put(tx, Source::Attribute, id, &row)?;
        }
        memory::clear_attributes(tx)
    }

    fn mentions(&mut self, tx: &mut WriteTx<'_>) -> Result<()> {
        for &(memory_id, entity_id) in &self.gathered.mentions {
            let both = self.memories.contains_key(&memory_id) && self.entities.contains(&entity_id);
            let row = [Value::Integer(memory_id), Value::Integer(entity_id)];
            let saved = both && put(tx, Source::Mention, 0, &row)?;
            self.report.mentions.saved += u64::from(saved);
            self.report.mentions.lost += u64::from(!saved);
        }
        Ok(())
    }

    /// What the log and the index of ids still know of, and nobody found.
    fn lost(&mut self, new: &Storage) -> Result<()> {
        let saved: HashSet<MemoryId> = self.memories.values().copied().collect();
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

/// Makes text out of damaged text, and nothing out of damaged JSON.
fn readable(values: &mut [Value], texts: &[usize], json: &[usize]) {
    for &column in texts.iter().chain(json) {
        if let Value::Text(bytes) = &values[column] {
            let whole = String::from_utf8_lossy(bytes).into_owned();
            let bad =
                json.contains(&column) && serde_json::from_str::<serde::de::IgnoredAny>(&whole).is_err();
            values[column] = if bad { Value::Null } else { Value::Text(whole.into_bytes()) };
        }
    }
}
