//! What do declared attributes cost beside a table made by hand for the same questions?
//!
//! A million memories with a `usage_count`, a `due` and a `done`, against one table whose columns these are, with the
//! two indexes that a careful author would give it, and rows as wide. CPU time of the thread, turn by turn. The store
//! is as it comes, with full text, change log and all other indexes; `MINDKEEP_ATTRIBUTES_ROWS` sets another size.

#![allow(clippy::print_stdout, clippy::print_stderr)]

#[allow(dead_code, reason = "shared by the benches")]
#[path = "million/table.rs"]
mod table;

use std::hint::black_box;
use std::path::Path;

use cpu_time::ThreadTime;
use mindkeep::{
    Attribute, AttributeType, Budget, Kind, Metadata, NewMemory, Store, Timeline, Timestamp, Where,
};
use rusqlite::{CachedStatement, Connection, Row};
use table::{Goal, Table, median};

const ROWS: u64 = 1_000_000;
const PERSONAS: u64 = 4;
const QUESTIONS: u64 = 12_000;
const WARM_UP: u64 = 500;
/// Memories whose writing is timed.
const WRITTEN: u64 = 100_000;
const START_MS: i64 = 1_700_000_000_000;
const SPAN_MS: u64 = 200_000_000_000;

/// SplitMix64, of a row's number: both sides have the same rows.
fn chance(n: u64) -> u64 {
    let z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

struct Item {
    persona: u64,
    at: i64,
    content: String,
    usage_count: u64,
    done: bool,
    due: i64,
}

impl Item {
    fn new(n: u64) -> Self {
        let roll = chance(n);
        Self {
            persona: roll % PERSONAS,
            at: START_MS + n as i64 * 1_000,
            content: format!(
                "Command {n}: find the files that were changed since {} and list them by size, largest first, \
                 without those that are not kept under version control",
                roll % 997
            ),
            usage_count: chance(roll) % 100_000,
            done: roll % 10 < 7,
            due: START_MS + (chance(roll ^ 7) % SPAN_MS) as i64,
        }
    }

    fn metadata(&self) -> String {
        format!(
            r#"{{"shell":"sh","usage_count":{},"done":{},"due":{},"risk":"low"}}"#,
            self.usage_count, self.done, self.due
        )
    }

    fn memory(&self) -> NewMemory {
        NewMemory::new(self.content.clone())
            .persona(format!("persona {}", self.persona))
            .kind(kind())
            .at(Timestamp::from_millis(self.at).expect("in range"))
            .source("bench")
            .tag("shell")
            .metadata(Metadata::parse(&self.metadata()).expect("is JSON"))
    }
}

fn kind() -> Kind {
    Kind::new("command")
}

fn declare(store: &Store) {
    let usage = Attribute::new(kind(), "usage_count", AttributeType::Integer);
    let due = Attribute::new(kind(), "due", AttributeType::Time).within("done", AttributeType::Boolean);
    store.declare(usage).expect("declares");
    store.declare(due).expect("declares");
}

const COLUMNS: &str = "id, uuid, persona_id, kind_id, at, recorded_at, importance, expires_at, superseded_at, thread, \
                       key, source, tags, metadata, content";

fn by_hand(path: &Path, rows: u64) -> Connection {
    let mut conn = Connection::open(path).expect("a new file");
    for (pragma, value) in [("page_size", "8192"), ("journal_mode", "WAL"), ("synchronous", "NORMAL")] {
        conn.pragma_update(None, pragma, value).expect("pragma");
    }
    conn.execute_batch(
        "CREATE TABLE item (id INTEGER PRIMARY KEY, uuid BLOB NOT NULL, persona_id INTEGER NOT NULL,
           kind_id INTEGER NOT NULL, at INTEGER NOT NULL, recorded_at INTEGER NOT NULL, importance REAL NOT NULL,
           expires_at INTEGER, superseded_at INTEGER, thread TEXT, key TEXT, source TEXT, tags TEXT, metadata TEXT,
           content TEXT NOT NULL, usage_count INTEGER, done INTEGER, due INTEGER);
         CREATE INDEX item_usage ON item (persona_id, usage_count);
         CREATE INDEX item_due ON item (persona_id, done, due);",
    )
    .expect("a table");
    let tx = conn.transaction().expect("begins");
    {
        let mut insert = tx
            .prepare(&format!(
                "INSERT INTO item ({COLUMNS}, usage_count, done, due)
                 VALUES (?1, ?2, ?3, 1, ?4, ?4, 0.5, NULL, NULL, NULL, NULL, 'bench', '[\"shell\"]', ?5, ?6, ?7, ?8, ?9)"
            ))
            .expect("valid");
        for n in 0..rows {
            let item = Item::new(n);
            let uuid = [chance(n).to_le_bytes(), n.to_le_bytes()].concat();
            insert
                .execute((
                    n as i64 + 1,
                    uuid,
                    item.persona as i64,
                    item.at,
                    item.metadata(),
                    &item.content,
                    item.usage_count as i64,
                    item.done,
                    item.due,
                ))
                .expect("inserts");
        }
    }
    tx.commit().expect("commits");
    conn.pragma_update(None, "wal_checkpoint", "TRUNCATE").ok();
    conn.pragma_update(None, "cache_size", -(4_i64 << 10)).expect("pragma");
    conn
}

/// What a caller gets of a row.
#[allow(dead_code, reason = "read for its own sake")]
struct Wide {
    uuid: [u8; 16],
    numbers: [i64; 5],
    importance: f64,
    times: [Option<i64>; 2],
    texts: [Option<String>; 4],
    metadata: Option<String>,
    content: String,
}

fn wide(row: &Row<'_>) -> rusqlite::Result<Wide> {
    Ok(Wide {
        uuid: row.get(1)?,
        numbers: [row.get(0)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?],
        importance: row.get(6)?,
        times: [row.get(7)?, row.get(8)?],
        texts: [row.get(9)?, row.get(10)?, row.get(11)?, row.get(12)?],
        metadata: row.get(13)?,
        content: row.get(14)?,
    })
}

fn ask(statement: &mut CachedStatement<'_>, params: impl rusqlite::Params) -> Vec<i64> {
    let rows = statement.query_map(params, wide).expect("asks");
    let rows: Vec<Wide> = rows.map(|row| row.expect("reads")).collect();
    black_box(&rows).iter().map(|row| row.numbers[3]).collect()
}

fn page(store: &Store, persona: u64, question: Timeline) -> Vec<i64> {
    let page = store.persona(format!("persona {persona}")).timeline(question).expect("a page");
    black_box(&page).memories.iter().map(|memory| memory.at.as_millis()).collect()
}

/// Both sides of a question, turn by turn, in microseconds.
fn compare(
    what: &str,
    table: &mut Table,
    mut raw: impl FnMut(u64) -> Vec<i64>,
    mut ours: impl FnMut(u64) -> Vec<i64>,
) {
    let timed = |work: &mut dyn FnMut(u64) -> Vec<i64>, n: u64| {
        let start = ThreadTime::now();
        let found = work(n);
        (start.elapsed().as_secs_f64() * 1e6, found)
    };
    let (mut raws, mut our) = (Vec::new(), Vec::new());
    for turn in 0..QUESTIONS {
        let n = chance(turn);
        let ((a, expected), (b, found)) = if turn % 2 == 0 {
            let a = timed(&mut raw, n);
            (a, timed(&mut ours, n))
        } else {
            let b = timed(&mut ours, n);
            (timed(&mut raw, n), b)
        };
        // Rows of equal values may come in another order by hand.
        assert_eq!(found.len(), expected.len());
        assert_eq!(found.len(), 10);
        if turn >= WARM_UP {
            raws.push(a);
            our.push(b);
        }
    }
    table.micros(what, median(&mut raws), median(&mut our), Some(Goal::AtMost(1.5)));
}

fn write(folder: &Path, with: bool) -> f64 {
    let store = Store::open(folder.join(format!("written {with}.db"))).expect("a new store");
    if with {
        declare(&store);
    }
    let memories: Vec<NewMemory> = (0..WRITTEN).map(|n| Item::new(n).memory()).collect();
    let start = ThreadTime::now();
    store.remember_all(memories).expect("writes");
    start.elapsed().as_secs_f64() * 1e6 / WRITTEN as f64
}

fn main() {
    let rows =
        std::env::var("MINDKEEP_ATTRIBUTES_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(ROWS);
    let folder = tempfile::tempdir().expect("a folder");
    let mut table = Table::default();
    let (without, with) = (write(folder.path(), false), write(folder.path(), true));
    table.micros("`remember_all` with two declared attributes / without", without, with, None);

    let store = Store::open(folder.path().join("store.db")).expect("a new store");
    store.remember_all((0..rows).map(|n| Item::new(n).memory())).expect("writes");
    let start = ThreadTime::now();
    declare(&store);
    let declared = start.elapsed().as_secs_f64() * 1e6;
    let start = ThreadTime::now();
    let done = store.maintain(Budget::all()).expect("fills");
    let filled = start.elapsed().as_secs_f64() * 1e6;
    let (per_row, per_step) = (filled / rows as f64 / 2.0, filled / done.steps as f64);
    println!(
        "declaring both: {declared:.0} µs; filling: {per_row:.2} µs a row and attribute, {per_step:.0} µs a step\n"
    );
    drop(store);
    let store = Store::open(folder.path().join("store.db")).expect("the store");
    let conn = by_hand(&folder.path().join("by hand.db"), rows);

    let mut top = conn
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM item WHERE persona_id = ?1 ORDER BY usage_count DESC LIMIT 10"
        ))
        .expect("valid");
    compare(
        "top 10 by usage_count, p50",
        &mut table,
        |n| ask(&mut top, [(n % PERSONAS) as i64]),
        |n| {
            page(
                &store,
                n % PERSONAS,
                Timeline::new().kind(kind()).sort_by("usage_count").descending().limit(10),
            )
        },
    );
    let mut due = conn
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM item WHERE persona_id = ?1 AND done = 0 AND due < ?2 ORDER BY due LIMIT 10"
        ))
        .expect("valid");
    let moment = |n: u64| START_MS + (SPAN_MS / 2 + (n >> 8) % (SPAN_MS / 2)) as i64;
    compare(
        "due before a moment, not done, the first 10, p50",
        &mut table,
        |n| ask(&mut due, ((n % PERSONAS) as i64, moment(n))),
        |n| {
            let before = Timestamp::from_millis(moment(n)).expect("in range");
            let matching = Where::lt("due", before).and(Where::eq("done", false));
            page(
                &store,
                n % PERSONAS,
                Timeline::new().kind(kind()).matching(matching).sort_by("due").limit(10),
            )
        },
    );
    let mut late = conn
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM item WHERE persona_id = ?1 AND done = 0 AND due < ?2 ORDER BY due DESC LIMIT 10"
        ))
        .expect("valid");
    compare(
        "due before a moment, not done, the last 10, p50",
        &mut table,
        |n| ask(&mut late, ((n % PERSONAS) as i64, moment(n))),
        |n| {
            let before = Timestamp::from_millis(moment(n)).expect("in range");
            let matching = Where::lt("due", before).and(Where::eq("done", false));
            let question =
                Timeline::new().kind(kind()).matching(matching).sort_by("due").descending().limit(10);
            page(&store, n % PERSONAS, question)
        },
    );
    println!("{rows} memories\n\n{table}");
}
