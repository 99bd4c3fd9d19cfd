//! What may lie at a store's path?
//!
//! Anything: it is refused untouched, or opened, upgraded and used as far as it goes. No panic, no hang, and no error
//! that repeats what the file holds.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use mindkeep::{Budget, Error, Export, Forget, NewMemory, Patch, Recall, Result, Store, Timeline};
use rusqlite::types::Value;
use tempfile::TempDir;

use super::assert_quiet;

/// The first byte says what the rest is: changes to the bytes of a store of a schema, changes to the values in its rows,
/// or a whole file, alone or as the log of a store.
pub fn file(data: &[u8]) {
    let [what, data @ ..] = data else { return };
    let folder = folder();
    let path = folder.path().join("memories.db");
    match what % 7 {
        0 => put(&path, &changed(first(), data)),
        1 => put(&path, &changed(newest(), data)),
        2 => put_rows(&path, first(), data),
        3 => put_rows(&path, newest(), data),
        4 => put(&path, data),
        5 => {
            put(&path, newest());
            put(&beside(&path, "-wal"), data);
        }
        _ => {
            put(&path, newest());
            put(&beside(&path, "-journal"), data);
        }
    }

    for read_only in [true, false] {
        let before = fs::read(&path).expect("reads");
        let builder = Store::builder();
        let builder = if read_only { builder.read_only() } else { builder };
        match builder.open(&path) {
            Ok(store) => walk_through(&store),
            Err(error) => {
                assert_quiet(&error);
                let ours = !matches!(error, Error::NotAStore { .. } | Error::SchemaTooNew { .. });
                assert!(ours || before == fs::read(&path).expect("reads"), "a refused file is not touched");
            }
        }
    }
}

/// Does all that an app does, whatever comes of each.
fn walk_through(store: &Store) {
    quiet(store.migrations());
    quiet(store.stats());
    quiet(store.verify(false));
    quiet(store.verify(true));
    quiet(store.personas(None));
    quiet(store.count_by_month(&mindkeep::Filter::default(), "Europe/London"));
    let mut ids = Vec::new();
    for memory in store.iterate(Timeline::new().limit(20)).take(1_000) {
        let Some(memory) = quiet(memory) else { break };
        ids.push(memory.id);
        // Whoever shows a memory writes all of it out.
        assert!(!format!("{memory:?} {} {:?}", memory.at, memory.metadata.to_value()).is_empty());
        let persona = store.persona(memory.persona.as_str());
        if let Some(key) = &memory.key {
            quiet(persona.history(&memory.kind, key));
        }
        if let Some(thread) = &memory.thread {
            quiet(persona.thread(thread));
        }
        quiet(store.embeddings(memory.id));
    }
    for question in ["fire key", "the", "QZ*"] {
        quiet(store.recall(Recall::new(question)));
    }
    quiet(store.recall(Recall::new("fire").min_importance(0.2).persona_prefix("default")));
    quiet(store.export(Vec::new(), Export::new()));
    quiet(store.maintain(Budget::millis(20)));
    quiet(store.remember(NewMemory::new("QZ one more").key("QZ key").tag("fire")));
    if let Some(&id) = ids.first() {
        quiet(store.update(id, Patch::new().content("QZ changed")));
        quiet(store.forget(&[id]));
        quiet(store.undo_forget(&[id]));
    }
    quiet(store.forget_matching(Forget::new().tag("fire")));
    quiet(store.poll_notices());
}

fn quiet<T>(result: Result<T>) -> Option<T> {
    result.inspect_err(assert_quiet).ok()
}

/// A store as the first release made it.
fn first() -> &'static [u8] {
    include_bytes!("../../tests/fixtures/0001.db")
}

/// The same, as this build upgrades it, with its upkeep half done.
fn newest() -> &'static [u8] {
    static NEWEST: OnceLock<Vec<u8>> = OnceLock::new();
    NEWEST.get_or_init(|| {
        let folder = folder();
        let path = folder.path().join("memories.db");
        put(&path, first());
        let store = Store::open(&path).expect("upgrades");
        store.remember(NewMemory::new("A fire, QZ.").key("QZ key")).expect("keeps");
        drop(store);
        fs::read(path).expect("reads")
    })
}

/// Each change is a page, a place in it (two bytes), how many bytes come, and these.
fn changed(store: &[u8], mut edits: &[u8]) -> Vec<u8> {
    const PAGE: usize = 8192;
    let mut bytes = store.to_vec();
    while let [page, low, high, count, rest @ ..] = edits {
        let page = usize::from(*page) % (store.len() / PAGE) * PAGE;
        let place = page + usize::from(u16::from_le_bytes([*low, *high])) % PAGE;
        let (new, rest) = rest.split_at(rest.len().min(usize::from(count % 16) + 1));
        let end = (place + new.len()).min(bytes.len());
        bytes[place..end].copy_from_slice(&new[..end - place]);
        edits = rest;
    }
    bytes
}

/// Each change is a table, a column, a row, the type of a value, how many bytes come, and these. What the schema's own
/// rules refuse stays as it was.
fn put_rows(path: &Path, store: &[u8], mut edits: &[u8]) {
    put(path, store);
    let conn = rusqlite::Connection::open(path).expect("opens as SQLite");
    conn.pragma_update(None, "ignore_check_constraints", true).expect("sets");
    // Read before anything is changed: a damaged full-text table can no longer be described.
    let sql =
        "SELECT t.name, json_group_array(c.name) FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
                WHERE t.type = 'table' GROUP BY t.name";
    let tables: Vec<(String, Vec<String>)> = {
        let mut statement = conn.prepare(sql).expect("prepares");
        let columns = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, String>(1)?));
        let tables = statement.query_map([], columns).expect("lists").map(|table| table.expect("lists"));
        tables.map(|(name, json)| (name, serde_json::from_str(&json).expect("is JSON"))).collect()
    };
    while let [table, column, row, sort, count, rest @ ..] = edits {
        let (new, rest) = rest.split_at(rest.len().min(usize::from(count % 32)));
        let (table, columns) = &tables[usize::from(*table) % tables.len()];
        let column = &columns[usize::from(*column) % columns.len()];
        let nth = format!("(SELECT * FROM \"{table}\" LIMIT 1 OFFSET {})", row % 32);
        let same = columns.iter().map(|name| format!("\"{table}\".\"{name}\" IS n.\"{name}\""));
        let same = same.collect::<Vec<_>>().join(" AND ");
        let sql = format!(
            "UPDATE OR IGNORE \"{table}\" SET \"{column}\" = ?1 WHERE EXISTS (SELECT 1 FROM {nth} AS n WHERE {same})"
        );
        let _ = conn.execute(&sql, [value(*sort, new)]);
        edits = rest;
    }
}

fn value(sort: u8, bytes: &[u8]) -> Value {
    let mut eight = [0; 8];
    let count = bytes.len().min(8);
    eight[..count].copy_from_slice(&bytes[..count]);
    match sort % 8 {
        0 => Value::Null,
        1 => Value::Integer(i64::from_le_bytes(eight)),
        2 => Value::Integer(i64::from(i8::from_le_bytes([eight[0]]))),
        3 => Value::Integer(i64::MAX - i64::from(eight[0])),
        4 => Value::Integer(i64::MIN + i64::from(eight[0])),
        5 => Value::Real(f64::from_le_bytes(eight)),
        6 => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        _ => Value::Blob(bytes.to_vec()),
    }
}

fn put(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("writes");
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A folder in memory, where there is one.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("makes a folder")
}
