//! What does every write have in common?
//!
//! It runs in one immediate transaction, checks that nobody upgraded the schema under it, takes numbers and stamps
//! from the file's own counters, and leaves an entry in the change log. Counters are written back once, at the end.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rusqlite::{CachedStatement, Connection, OptionalExtension};
use uuid::Uuid;

use super::attributes::{Catalogue, Catalogues};
use super::change::{Change, Entry, Thing, Touched};
use super::checksum::{self, Summed, Sums};
use super::journal::{Notes, Written};
use super::known::{Due, Known};
use super::names::{self, Namer, Names};
use super::noted::{VectorNote, WordsNoted};
use super::touch::{Touch, ask_to_store};
use super::{limits, migrations};
use crate::clock::Stamp;
use crate::error::{Error, Result};
use crate::model::{Kind, Timestamp};

/// The scope of what is shared by all personas, where a persona's number stands otherwise.
pub(crate) const SHARED: i64 = 0;

/// How far ahead of this device's clock a stamp from elsewhere may be, in milliseconds: one day.
const STAMP_AHEAD_MS_MAX: i64 = 86_400_000;

/// What the name of an embedding model begins with that was dropped, up to a blank; its vectors go in upkeep. No model that is given has such a name.
pub(crate) const DROPPED: char = '\u{1}';

/// More than any store can count to. A counter beyond it is damage, and one below it has room for a transaction.
const COUNT_MAX: i64 = i64::MAX >> 1;

/// What a commit did, for those who want to hear of it.
pub(crate) struct Committed {
    /// First and last change.
    pub(crate) changes: Option<(i64, i64)>,
    pub(crate) touched: Touched,
    /// What it wrote to the graph, if all of it was noted.
    pub(crate) written: Option<Vec<Written>>,
}

#[derive(Clone, Copy)]
struct Counters {
    replica_id: i64,
    commit_seq: i64,
    change_seq: i64,
    memory_seq: i64,
    name_seq: i64,
    stamp: Stamp,
}

/// An open write transaction.
pub(crate) struct WriteTx<'c> {
    conn: &'c Connection,
    counters: Counters,
    before: Counters,
    now: Timestamp,
    touched: Touched,
    personas: HashMap<String, i64>,
    kinds: HashMap<Kind, i64>,
    replicas: HashMap<Uuid, i64>,
    /// Embedding models with their dimensions.
    models: HashMap<String, (i64, i64)>,
    sums: Sums,
    attributes: Arc<Catalogue>,
    /// Names for rows read inside; a name that this transaction made may yet be rolled back.
    names: Names,
    notes: Notes,
    pub(super) known: Known,
    /// What becomes of names that come and go in it.
    pub(super) due: Due,
    touch: Touch,
    /// How far the words of the personas are that it has touched.
    pub(super) words: BTreeMap<i64, WordsNoted>,
    /// What became of vectors in it.
    pub(super) vectors: Vec<VectorNote>,
    /// The last number that it gave to a vector.
    pub(super) vector_id: Option<i64>,
    pub(super) at_end: Option<AtEnd>,
    done: bool,
}

/// What a room above has still to write before a commit.
pub(crate) type AtEnd = fn(&mut WriteTx<'_>) -> Result<()>;

impl<'c> WriteTx<'c> {
    pub(crate) fn begin(conn: &'c mut Connection, attributes: &Catalogues, known: &Known) -> Result<Self> {
        let conn: &'c Connection = conn;
        let doing = "starting a write";
        limits::uninterrupted(|| conn.prepare_cached("BEGIN IMMEDIATE")?.execute([]))
            .map_err(|error| Error::sqlite(doing, &error))?;
        let undo = Rollback(conn);
        let sql =
            "SELECT schema_version, replica_id, commit_seq, change_seq, memory_seq, stamp, attribute_seq,
                          name_seq FROM store_state";
        let (schema, counters, attribute_seq) = conn
            .prepare_cached(sql)
            .and_then(|mut statement| {
                statement.query_row([], |row| {
                    let counters = Counters {
                        replica_id: row.get(1)?,
                        commit_seq: row.get(2)?,
                        change_seq: row.get(3)?,
                        memory_seq: row.get(4)?,
                        stamp: Stamp::from_stored(row.get(5)?),
                        name_seq: row.get(7)?,
                    };
                    Ok((row.get::<_, u32>(0)?, counters, row.get(6)?))
                })
            })
            .map_err(|error| migrations::explain(conn, Error::sqlite(doing, &error)))?;
        if schema > migrations::NEWEST {
            return Err(Error::SchemaTooNew { found: schema, supported: migrations::NEWEST });
        }
        if schema < migrations::NEWEST {
            return Err(Error::UpgradePending { found: schema, needed: migrations::NEWEST });
        }
        let counted = [counters.commit_seq, counters.change_seq, counters.memory_seq, counters.name_seq];
        if !counted.iter().all(|count| (0..=COUNT_MAX).contains(count)) {
            return Err(Error::Corrupt { what: "a counter of the store" });
        }
        let attributes = attributes.at(conn, attribute_seq)?;
        std::mem::forget(undo);
        Ok(Self {
            conn,
            counters,
            before: counters,
            now: Timestamp::now(),
            touched: Touched::new(),
            personas: HashMap::new(),
            kinds: HashMap::new(),
            replicas: HashMap::new(),
            models: HashMap::new(),
            sums: Sums::default(),
            attributes,
            names: Names::default(),
            notes: Notes::default(),
            known: known.clone(),
            due: Due::default(),
            touch: Touch::default(),
            words: BTreeMap::new(),
            vectors: Vec::new(),
            vector_id: None,
            at_end: None,
            done: false,
        })
    }

    pub(crate) fn conn(&self) -> &'c Connection {
        self.conn
    }

    pub(crate) fn prepare(&self, sql: &str) -> Result<CachedStatement<'c>> {
        Ok(self.conn.prepare_cached(sql)?)
    }

    /// The moment of the transaction.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// What it wrote to the graph, for those who keep the graph in memory.
    pub(crate) fn notes(&mut self) -> &mut Notes {
        &mut self.notes
    }

    /// Notes that an entity's name, label, aliases or relations were changed, or that it is gone.
    pub(crate) fn touch(&mut self, entity_id: i64) {
        self.touch.one(entity_id);
    }

    /// Notes that any entity may have been changed.
    pub(crate) fn touch_all(&mut self) {
        self.touch = Touch::All;
    }

    /// Asks upkeep to store the graph's arrays anew.
    pub(crate) fn store_graph(&mut self) -> Result<()> {
        ask_to_store(self.conn).map_err(Into::into)
    }

    /// Names for rows read inside.
    pub(crate) fn namer(&self) -> Namer<'_> {
        Namer::new(self.conn, &self.names)
    }

    pub(crate) fn replica_id(&self) -> i64 {
        self.counters.replica_id
    }

    /// The last row id that was given out.
    pub(crate) fn last_memory_id(&self) -> i64 {
        self.counters.memory_seq
    }

    pub(crate) fn next_memory_id(&mut self) -> i64 {
        self.counters.memory_seq += 1;
        self.counters.memory_seq
    }

    /// How often a name came or went; 0 if there was never any.
    pub(crate) fn name_seq(&self) -> i64 {
        self.counters.name_seq
    }

    pub(super) fn next_name_seq(&mut self) -> i64 {
        self.counters.name_seq += 1;
        self.counters.name_seq
    }

    /// The next stamp of the clock, for one change.
    pub(crate) fn next_stamp(&mut self) -> Stamp {
        self.counters.stamp = self.counters.stamp.next(self.now.as_millis());
        self.counters.stamp
    }

    /// Refuses a stamp from elsewhere that would drive this store's clock away. To be asked before anything is written.
    pub(crate) fn check_stamp(&self, origin: Option<(Stamp, Uuid)>) -> Result<()> {
        let latest = Stamp::default().next(self.now.as_millis().saturating_add(STAMP_AHEAD_MS_MAX));
        if origin.is_some_and(|(stamp, _)| stamp > latest) {
            return Err(Error::invalid("stamp", "is more than a day in the future"));
        }
        Ok(())
    }

    /// The stamp and the writer of a change: those that came with it, or the next of this store's clock.
    ///
    /// Later stamps of this store are greater than those it has heard.
    pub(crate) fn stamp_or_hear(&mut self, origin: Option<(Stamp, Uuid)>) -> Result<(Stamp, i64)> {
        let Some((stamp, replica)) = origin else {
            return Ok((self.next_stamp(), self.counters.replica_id));
        };
        self.hear(stamp);
        Ok((stamp, self.replica_of(replica)?))
    }

    /// Later stamps of this store are greater than this one.
    pub(crate) fn hear(&mut self, stamp: Stamp) {
        self.counters.stamp = self.counters.stamp.join(stamp);
    }

    /// The number of another installation, made if new.
    pub(crate) fn replica_of(&mut self, uuid: Uuid) -> Result<i64> {
        if let Some(&id) = self.replicas.get(&uuid) {
            return Ok(id);
        }
        let known = self
            .prepare("SELECT replica_id FROM replica WHERE uuid = ?1")?
            .query_row([uuid.as_bytes()], |row| row.get(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => self
                .prepare("INSERT INTO replica (uuid, since) VALUES (?1, ?2)")?
                .insert((uuid.as_bytes(), self.now.as_millis()))?,
        };
        self.replicas.insert(uuid, id);
        Ok(id)
    }

    /// The number of a persona, made if new.
    pub(crate) fn persona_id(&mut self, name: &str) -> Result<i64> {
        if let Some(&id) = self.personas.get(name) {
            return Ok(id);
        }
        let id = match names::persona_id(self.conn, name)? {
            Some(id) => id,
            None => self
                .prepare("INSERT INTO persona (name, recorded_at) VALUES (?1, ?2)")?
                .insert((name, self.now.as_millis()))?,
        };
        self.personas.insert(name.to_owned(), id);
        Ok(id)
    }

    /// The number of a scope: a persona's, or that of what is shared.
    pub(crate) fn scope_id(&mut self, persona: Option<&str>) -> Result<i64> {
        persona.map_or(Ok(SHARED), |name| self.persona_id(name))
    }

    /// The number of a kind, made if new.
    pub(crate) fn kind_id(&mut self, kind: &Kind) -> Result<i64> {
        if let Some(&id) = self.kinds.get(kind) {
            return Ok(id);
        }
        let id = match names::kind_id(self.conn, kind.as_str())? {
            Some(id) => id,
            None => self.prepare("INSERT INTO kind (name) VALUES (?1)")?.insert([kind.as_str()])?,
        };
        self.kinds.insert(kind.clone(), id);
        Ok(id)
    }

    /// The number of an embedding model, made if new; refuses another dimension than that of its other vectors.
    pub(crate) fn model_id(&mut self, name: &str, dimensions: i64) -> Result<i64> {
        let known = match self.models.get(name) {
            Some(&known) => Some(known),
            None => self
                .prepare("SELECT model_id, dimensions FROM embedding_model WHERE name = ?1")?
                .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?,
        };
        let id = match known {
            Some((id, there)) if there == dimensions => id,
            Some((_, there)) => {
                let reason = format!("has {dimensions} numbers, and the vectors of this model have {there}");
                return Err(Error::invalid("embedding", reason));
            }
            None => self
                .prepare("INSERT INTO embedding_model (name, dimensions) VALUES (?1, ?2)")?
                .insert((name, dimensions))?,
        };
        if !self.models.contains_key(name) {
            self.models.insert(name.to_owned(), (id, dimensions));
        }
        Ok(id)
    }

    /// A model of this name is another from now on.
    pub(crate) fn forget_model(&mut self, name: &str) {
        self.models.remove(name);
    }

    /// What is declared.
    pub(crate) fn attributes(&self) -> Arc<Catalogue> {
        Arc::clone(&self.attributes)
    }

    /// Lets everybody look at what is declared anew. To be called after every change of it and of its upkeep.
    pub(crate) fn attributes_changed(&mut self) -> Result<()> {
        let sql = "UPDATE store_state SET attribute_seq = attribute_seq + 1 RETURNING attribute_seq";
        let seq = self.prepare(sql)?.query_row([], |row| row.get(0))?;
        // Not for others to see: this transaction may yet be rolled back.
        self.attributes = Arc::new(Catalogue::load(self.conn, seq)?);
        Ok(())
    }

    /// Writes one entry of the change log.
    pub(crate) fn log(
        &mut self,
        stamp: Stamp,
        scope_id: i64,
        thing: Thing,
        change: Change,
        uuid: &[u8; 16],
        fields: Option<&str>,
    ) -> Result<()> {
        let replica_id = self.counters.replica_id;
        let entry = Entry { replica_id, thing: thing as i64, op: change as i64, uuid: *uuid, fields };
        self.log_as(stamp, scope_id, &entry)?;
        *self.touched.entry(scope_id).or_default() |= 1 << thing as u8;
        Ok(())
    }

    /// Writes an entry that was first written elsewhere.
    pub(crate) fn log_as(&mut self, stamp: Stamp, scope_id: i64, entry: &Entry<'_>) -> Result<()> {
        self.counters.change_seq += 1;
        let seq = self.counters.change_seq;
        let row = rusqlite::params![
            seq,
            stamp.stored(),
            entry.replica_id,
            scope_id,
            entry.thing,
            entry.op,
            entry.uuid,
            entry.fields,
        ];
        self.prepare(
            "INSERT INTO change (seq, stamp, replica_id, persona_id, thing, op, uuid, fields)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(row)?;
        if [Thing::Entity as i64, Thing::Relation as i64].contains(&entry.thing) {
            self.notes.logged();
        }
        self.sums.set_row(Summed::Change, seq, row)
    }

    /// Numbers of memories that are given out from now on are greater than this one.
    pub(crate) fn keep_memory_id(&mut self, memory_id: i64) {
        self.counters.memory_seq = self.counters.memory_seq.max(memory_id);
    }

    /// Notes the checksum of a row that was just written with these columns, in the order of the schema.
    pub(crate) fn sum_row(&mut self, thing: Summed, id: i64, columns: &[&dyn rusqlite::ToSql]) -> Result<()> {
        self.sums.set_row(thing, id, columns)
    }

    /// Takes up the checksum of a row as it is stored now. In a damaged file its number may be any.
    pub(crate) fn sum_stored(&mut self, thing: Summed, id: i64) -> Result<()> {
        self.sum_rows(thing, id.saturating_sub(1), id)
    }

    /// Notes the checksums of rows as they are in the file now, with numbers after `after` and up to `to`.
    pub(crate) fn sum_rows(&mut self, thing: Summed, after: i64, to: i64) -> Result<()> {
        thing.each(self.conn, after, to, |id, sum, _| {
            self.sums.set(thing, id, sum);
            Ok(())
        })
    }

    /// Notes that a row is gone.
    pub(crate) fn sum_gone(&mut self, thing: Summed, id: i64) {
        self.sums.set(thing, id, 0);
    }

    /// Notes the checksum of an entity that has no relations yet.
    pub(crate) fn sum_no_relations(&mut self, entity_id: i64) {
        self.sums.set(Summed::Relation, entity_id, 1);
    }

    /// Folds a relation, as it is in the file now, into the checksum of its source; once more takes it out again.
    pub(crate) fn sum_stored_relation(&mut self, key: (i64, i64, i64, i64, i64)) -> Result<()> {
        let mut statement = self.prepare(
            "SELECT source_id, scope_id, label_id, target_id, valid_from, valid_to, weight, properties, uuid, stamp,
                    replica_id
               FROM relation
              WHERE source_id = ?1 AND scope_id = ?2 AND label_id = ?3 AND target_id = ?4 AND valid_from = ?5",
        )?;
        statement.query_row(key, |row| {
            let columns: Vec<_> = (0..11).map(|i| row.get_ref(i)).collect::<rusqlite::Result<_>>()?;
            let hash = checksum::relation_hash(&mut self.sums.buffer, columns);
            self.sums.fold(key.0, hash);
            Ok(())
        })?;
        Ok(())
    }

    pub(crate) fn commit(mut self) -> Result<Committed> {
        let doing = "committing";
        if let Some(at_end) = self.at_end.take() {
            at_end(&mut self)?;
        }
        let changed = self.counters.change_seq > self.before.change_seq;
        self.sums.flush(self.conn).map_err(|error| Error::sqlite(doing, &error))?;
        if changed {
            self.counters.commit_seq += 1;
        }
        let Counters { commit_seq, change_seq, memory_seq, name_seq, stamp, .. } = self.counters;
        self.touch.flush(self.conn, change_seq).map_err(|error| Error::sqlite(doing, &error))?;
        let counted = (memory_seq, name_seq) != (self.before.memory_seq, self.before.name_seq);
        if changed || stamp != self.before.stamp || counted {
            let sql = "UPDATE store_state SET commit_seq = ?1, change_seq = ?2, memory_seq = ?3, stamp = ?4, name_seq = ?5";
            self.conn
                .prepare_cached(sql)
                .and_then(|mut save| {
                    save.execute((commit_seq, change_seq, memory_seq, stamp.stored(), name_seq))
                })
                .map_err(|error| Error::sqlite(doing, &error))?;
        }
        limits::uninterrupted(|| self.conn.prepare_cached("COMMIT")?.execute([]))
            .map_err(|error| Error::sqlite(doing, &error))?;
        self.done = true;
        let changes = changed.then_some((self.before.change_seq + 1, change_seq));
        let written = self.notes.take();
        Ok(Committed { changes, touched: std::mem::take(&mut self.touched), written })
    }
}

impl Drop for WriteTx<'_> {
    fn drop(&mut self) {
        if !self.done {
            if self.counters.name_seq != self.before.name_seq {
                self.known.clear();
            }
            drop(Rollback(self.conn));
        }
    }
}

struct Rollback<'c>(&'c Connection);

impl Drop for Rollback<'_> {
    fn drop(&mut self) {
        // After some errors SQLite has rolled back by itself.
        if !self.0.is_autocommit() {
            let _ = limits::uninterrupted(|| self.0.execute_batch("ROLLBACK"));
        }
    }
}
