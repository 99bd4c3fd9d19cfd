//! What does the same work cost by hand, with rusqlite alone?
//!
//! The anchor of every ratio: prepared statements on the store's own schema and pragmas, rows read into a struct with
//! owned texts. It does what the goal's row says and nothing more: no validation, no limits, no names.

use std::path::Path;

use rusqlite::{CachedStatement, Connection, OpenFlags, Row, params};
use uuid::Uuid;

use crate::generator::{Generated, KINDS, PERSONAS};

const SCHEMA: &str = include_str!("../../migrations/0001_first.up.sql");
const COLUMNS: &str = "memory_id, uuid, persona_id, kind_id, at, recorded_at, importance, expires_at, superseded_at, \
     thread, key, source, tags, metadata, content, forgotten_at, stamp, replica_id";
/// Page cache of the store's write connection and of each reader, in KiB (`Config::desktop`).
pub const WRITER_CACHE_KIB: i64 = 16 << 10;
pub const READER_CACHE_KIB: i64 = 4 << 10;

/// How much of the schema a row has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// The table with its INTEGER key and nothing else.
    Bare,
    /// All B-tree indexes of the store, and tags.
    Indexed,
    /// The full text as well, in the same transaction.
    FullText,
    /// The entry of the change log and the counters as well: all that the store writes.
    Everything,
}

/// A new file of the store's schema.
pub fn create(path: &Path, shape: Shape, synchronous: &str) -> Connection {
    let conn = Connection::open(path).expect("a new file");
    conn.pragma_update(None, "page_size", 8192).expect("pragma");
    conn.pragma_update(None, "auto_vacuum", "INCREMENTAL").expect("pragma");
    conn.pragma_update(None, "journal_mode", "WAL").expect("pragma");
    conn.pragma_update(None, "synchronous", synchronous).expect("pragma");
    conn.pragma_update(None, "secure_delete", true).expect("pragma");
    conn.pragma_update(None, "cache_size", -WRITER_CACHE_KIB).expect("pragma");
    conn.execute_batch(SCHEMA).expect("the schema");
    if shape == Shape::Bare {
        let indexes: Vec<String> = conn
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'memory'")
            .and_then(|mut names| names.query_map([], |row| row.get(0))?.collect())
            .expect("names");
        for name in indexes {
            conn.execute_batch(&format!("DROP INDEX {name}")).expect("dropped");
        }
    }
    conn.pragma_update(None, "foreign_keys", shape > Shape::Bare).expect("pragma");
    for (id, name) in (1_i64..).zip(PERSONAS) {
        conn.execute("INSERT INTO persona VALUES (?1, ?2, 0)", (id, name)).expect("persona");
    }
    for (id, (name, _)) in (1_i64..).zip(KINDS) {
        conn.execute("INSERT INTO kind VALUES (?1, ?2)", (id, name)).expect("kind");
    }
    let uuid = Uuid::now_v7();
    conn.execute("INSERT INTO replica VALUES (1, ?1, 0)", [uuid.as_bytes()]).expect("replica");
    conn.execute("INSERT INTO store_state VALUES (1, ?1, 1, 1, NULL, 0, 0, 0, 0)", [uuid.as_bytes()])
        .expect("state");
    conn
}

/// Statements held open, as a careful author would hold them.
pub struct Hand<'c> {
    shape: Shape,
    last_id: i64,
    begin: CachedStatement<'c>,
    commit: CachedStatement<'c>,
    memory: CachedStatement<'c>,
    tag: CachedStatement<'c>,
    text: CachedStatement<'c>,
    change: CachedStatement<'c>,
    state: CachedStatement<'c>,
    vector: CachedStatement<'c>,
}

impl<'c> Hand<'c> {
    pub fn new(conn: &'c Connection, shape: Shape) -> Self {
        let last_id = conn
            .query_row("SELECT coalesce(max(memory_id), 0) FROM memory", [], |row| row.get(0))
            .expect("a number");
        Self::after(conn, shape, last_id)
    }

    /// For a connection behind a lock, whose statements lie in its cache meanwhile.
    pub fn after(conn: &'c Connection, shape: Shape, last_id: i64) -> Self {
        let prepare = |sql| conn.prepare_cached(sql).expect("valid");
        Self {
            shape,
            last_id,
            begin: prepare("BEGIN IMMEDIATE"),
            commit: prepare("COMMIT"),
            memory: prepare(
                "INSERT INTO memory (memory_id, uuid, persona_id, kind_id, at, recorded_at, importance, expires_at,
                    thread, key, source, tags, metadata, stamp, replica_id, content)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 1, ?15)",
            ),
            tag: prepare("INSERT INTO memory_tag (persona_id, tag, at, memory_id) VALUES (?1, ?2, ?3, ?4)"),
            text: prepare(
                "INSERT INTO memory_text (rowid, scope, content, tags, fields) VALUES (?1, ?2, ?3, ?4, ?5)",
            ),
            change: prepare(
                "INSERT INTO change (seq, stamp, replica_id, persona_id, thing, op, uuid, fields)
                 VALUES (?1, ?2, 1, ?3, 1, 1, ?4, NULL)",
            ),
            state: prepare("UPDATE store_state SET commit_seq = commit_seq + 1, change_seq = ?1"),
            vector: prepare(
                "INSERT INTO memory_vector (memory_id, model_id, passage, format, numbers)
                 VALUES (?1, 1, 0, 'f16', ?2)",
            ),
        }
    }

    /// Writes some memories in one transaction.
    pub fn write(&mut self, items: &[Generated]) {
        self.write_with(items, &[]);
    }

    /// Writes some memories in one transaction, with a vector for each if there are any.
    pub fn write_with(&mut self, items: &[Generated], vectors: &[Vec<u8>]) {
        self.begin.execute([]).expect("begun");
        for (place, item) in items.iter().enumerate() {
            self.insert(item);
            if let Some(bytes) = vectors.get(place) {
                self.vector.execute((self.last_id, bytes)).expect("inserted");
            }
        }
        if self.shape >= Shape::Everything {
            self.state.execute([self.last_id]).expect("counted");
        }
        self.commit.execute([]).expect("committed");
    }

    fn insert(&mut self, item: &Generated) {
        self.last_id += 1;
        let id = self.last_id;
        let uuid = Uuid::now_v7();
        let persona_id = item.persona as i64 + 1;
        let tags = (!item.tags.is_empty()).then(|| serde_json::to_string(&item.tags).expect("strings"));
        self.memory
            .execute(params![
                id,
                uuid.as_bytes(),
                persona_id,
                item.kind as i64 + 1,
                item.at,
                item.at,
                item.importance,
                item.expires_at,
                item.thread,
                item.key,
                item.source,
                tags,
                item.metadata,
                id,
                item.content,
            ])
            .expect("inserted");
        if self.shape >= Shape::Indexed {
            for tag in &item.tags {
                self.tag.execute((persona_id, tag, item.at, id)).expect("inserted");
            }
        }
        if self.shape >= Shape::FullText {
            let words = (!item.tags.is_empty()).then(|| item.tags.join(" "));
            let speaker: Option<String> = item
                .metadata
                .as_ref()
                .and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok())
                .and_then(|value| value["speaker"].as_str().map(str::to_owned));
            let scope = format!("p{persona_id}");
            self.text.execute((id, scope, &item.content, words, speaker)).expect("inserted");
        }
        if self.shape >= Shape::Everything {
            self.change.execute((id, id, persona_id, uuid.as_bytes())).expect("inserted");
        }
    }
}

/// Opens a file for reading, with the page cache of the store's readers.
pub fn reader(path: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).expect("a store");
    conn.pragma_update(None, "cache_size", -READER_CACHE_KIB).expect("pragma");
    conn
}

/// A row with all of its columns, texts owned.
#[allow(dead_code, reason = "what is read counts, not what is done with it")]
pub struct RawMemory {
    pub memory_id: i64,
    pub uuid: [u8; 16],
    pub persona_id: i64,
    pub kind_id: i64,
    pub at: i64,
    pub recorded_at: i64,
    pub importance: f64,
    pub expires_at: Option<i64>,
    pub superseded_at: Option<i64>,
    pub thread: Option<String>,
    pub key: Option<String>,
    pub source: Option<String>,
    pub tags: Option<String>,
    pub metadata: Option<String>,
    pub content: String,
    pub forgotten_at: Option<i64>,
    pub stamp: i64,
    pub replica_id: i64,
}

impl RawMemory {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            memory_id: row.get(0)?,
            uuid: row.get(1)?,
            persona_id: row.get(2)?,
            kind_id: row.get(3)?,
            at: row.get(4)?,
            recorded_at: row.get(5)?,
            importance: row.get(6)?,
            expires_at: row.get(7)?,
            superseded_at: row.get(8)?,
            thread: row.get(9)?,
            key: row.get(10)?,
            source: row.get(11)?,
            tags: row.get(12)?,
            metadata: row.get(13)?,
            content: row.get(14)?,
            forgotten_at: row.get(15)?,
            stamp: row.get(16)?,
            replica_id: row.get(17)?,
        })
    }
}

/// The four questions of the goals, each prepared once. Hidden and expired memories are left out, as the store does.
pub struct Asked<'c> {
    get: CachedStatement<'c>,
    latest: CachedStatement<'c>,
    range: CachedStatement<'c>,
    kind: CachedStatement<'c>,
}

impl<'c> Asked<'c> {
    pub fn new(conn: &'c Connection) -> Self {
        let shown = "forgotten_at IS NULL AND superseded_at IS NULL";
        // Each names its index: left to itself, SQLite took six times as long for the last.
        let prepare = |index: &str, condition: &str, rest: &str| {
            let sql = format!(
                "SELECT {COLUMNS} FROM memory INDEXED BY {index}
                  WHERE {condition} AND (expires_at IS NULL OR expires_at > ?1) {rest}"
            );
            conn.prepare_cached(&sql).expect("valid")
        };
        let order = "ORDER BY at DESC, memory_id DESC LIMIT 50";
        let latest = format!("persona_id = ?2 AND {shown}");
        let range = format!("{latest} AND at >= ?3 AND at < ?4");
        Self {
            get: prepare("memory_uuid", "uuid = ?2 AND forgotten_at IS NULL", ""),
            latest: prepare("memory_timeline", &latest, order),
            range: prepare("memory_timeline", &range, order),
            kind: prepare("memory_kind", &format!("{range} AND kind_id = ?5"), order),
        }
    }

    pub fn get(&mut self, now: i64, uuid: &[u8; 16]) -> RawMemory {
        self.get.query_row((now, uuid), RawMemory::read).expect("a memory")
    }

    pub fn latest(&mut self, now: i64, persona_id: i64) -> Vec<RawMemory> {
        collect(&mut self.latest, (now, persona_id))
    }

    pub fn range(&mut self, now: i64, persona_id: i64, since: i64, until: i64) -> Vec<RawMemory> {
        collect(&mut self.range, (now, persona_id, since, until))
    }

    pub fn kind(&mut self, now: i64, place: (i64, i64), since: i64, until: i64) -> Vec<RawMemory> {
        collect(&mut self.kind, (now, place.0, since, until, place.1))
    }
}

/// The latest 50 of a persona, asked once.
pub fn latest_of(conn: &Connection, persona: &str) -> Vec<RawMemory> {
    let sql = format!(
        "SELECT {COLUMNS} FROM memory INDEXED BY memory_timeline
          WHERE persona_id = (SELECT persona_id FROM persona WHERE name = ?1)
            AND forgotten_at IS NULL AND superseded_at IS NULL
            AND (expires_at IS NULL OR expires_at > unixepoch() * 1000)
          ORDER BY at DESC, memory_id DESC LIMIT 50"
    );
    let mut statement = conn.prepare_cached(&sql).expect("valid");
    collect(&mut statement, [persona])
}

fn collect(statement: &mut CachedStatement<'_>, params: impl rusqlite::Params) -> Vec<RawMemory> {
    statement.query_map(params, RawMemory::read).and_then(Iterator::collect).expect("rows")
}
