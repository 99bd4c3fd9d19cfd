//! Questions that look at a hundredth of the vectors: of a persona, of a time, of a kind.

use std::path::Path;

use mindkeep::trial::Vectors;
use mindkeep::{Embedding, Kind, NewMemory, Store, Timestamp};
use rusqlite::{Connection, params};

use crate::data::Data;
use crate::engines::{MODEL, Vec0};

/// What a question looks at.
#[derive(Clone, Copy)]
pub enum Filter {
    Persona,
    Time,
    Kind,
}

pub const FILTERS: [(Filter, &str); 3] = [
    (Filter::Persona, "a persona of 1 %"),
    (Filter::Time, "a time of 1 %, of the others"),
    (Filter::Kind, "a kind of 1 %, of the others"),
];

/// Every hundredth is of a persona of its own, and another of a kind of its own; each came a second after the one before.
const SHARE: usize = 100;

fn persona(number: usize) -> &'static str {
    if number % SHARE == 7 { "few" } else { "many" }
}

fn kind(number: usize) -> &'static str {
    if number % SHARE == 13 { "event" } else { "fact" }
}

fn at(number: usize) -> i64 {
    number as i64 * 1_000
}

impl Filter {
    fn time(count: usize) -> std::ops::Range<i64> {
        at(count / 2)..at(count / 2 + count / SHARE)
    }

    /// Whether it lets the vector of a number through.
    pub fn has(self, number: usize, count: usize) -> bool {
        match self {
            Self::Persona => persona(number) == "few",
            Self::Time => persona(number) == "many" && Self::time(count).contains(&at(number)),
            Self::Kind => persona(number) == "many" && kind(number) == "event",
        }
    }
}

/// Finds the nearest that a filter lets through.
pub trait Among {
    fn ask(&mut self, question: &[f32], nearest: usize, filter: Filter) -> Vec<u64>;
}

pub struct Ours {
    few: Vectors,
    many: Vectors,
    count: usize,
}

impl Ours {
    pub fn build(folder: &Path, data: &Data, count: usize) {
        let store = Store::open(folder.join("memories.db")).expect("opens");
        let memory = |number| {
            NewMemory::new("said")
                .persona(persona(number))
                .kind(Kind::new(kind(number)))
                .at(Timestamp::from_millis(at(number)).expect("is a time"))
                .embedding(Embedding::f32(MODEL, &data.vector(number)))
        };
        store.remember_all((0..count).map(memory)).expect("remembers");
    }

    pub fn open(folder: &Path, count: usize) -> Self {
        let of = |persona| Vectors::open(&folder.join("memories.db"), persona).expect("opens");
        Self { few: of("few"), many: of("many"), count }
    }
}

impl Among for Ours {
    fn ask(&mut self, question: &[f32], nearest: usize, filter: Filter) -> Vec<u64> {
        let all = i64::MIN..i64::MAX;
        let found = match filter {
            Filter::Persona => self.few.nearest(MODEL, question, nearest),
            Filter::Time => self.many.nearest_among(MODEL, question, nearest, Filter::time(self.count), None),
            Filter::Kind => self.many.nearest_among(MODEL, question, nearest, all, Some("event")),
        };
        found.expect("asks").into_iter().map(|(id, _)| id as u64 - 1).collect()
    }
}

/// sqlite-vec with what it has for this: a partition by persona, and metadata columns.
pub struct Parted {
    conn: Connection,
    count: usize,
}

impl Parted {
    pub fn build(folder: &Path, data: &Data, count: usize) {
        let mut conn = Vec0::connect(folder);
        conn.execute_batch(
            "PRAGMA journal_mode = WAL;
             CREATE VIRTUAL TABLE near USING vec0(persona text partition key, at integer, kind text, numbers float[384])",
        )
        .expect("creates");
        for from in (0..count).step_by(1_000) {
            let tx = conn.transaction().expect("begins");
            for number in from..(from + 1_000).min(count) {
                let bytes: Vec<u8> = data.vector(number).iter().flat_map(|n| n.to_le_bytes()).collect();
                tx.prepare_cached(
                    "INSERT INTO near (rowid, persona, at, kind, numbers) VALUES (?1, ?2, ?3, ?4, ?5)",
                )
                .expect("prepares")
                .execute(params![number as i64 + 1, persona(number), at(number), kind(number), bytes])
                .expect("inserts");
            }
            tx.commit().expect("commits");
        }
    }

    pub fn open(folder: &Path, count: usize) -> Self {
        Self { conn: Vec0::connect(folder), count }
    }
}

impl Among for Parted {
    fn ask(&mut self, question: &[f32], nearest: usize, filter: Filter) -> Vec<u64> {
        let bytes: Vec<u8> = question.iter().flat_map(|n| n.to_le_bytes()).collect();
        let sql = match filter {
            Filter::Persona => {
                "SELECT rowid FROM near WHERE numbers MATCH ?1 AND k = ?2 AND persona = 'few'
                  AND ?3 < ?4 ORDER BY distance"
            }
            Filter::Time => {
                "SELECT rowid FROM near WHERE numbers MATCH ?1 AND k = ?2 AND persona = 'many'
                  AND at >= ?3 AND at < ?4 ORDER BY distance"
            }
            Filter::Kind => {
                "SELECT rowid FROM near WHERE numbers MATCH ?1 AND k = ?2 AND persona = 'many'
                  AND kind = 'event' AND ?3 < ?4 ORDER BY distance"
            }
        };
        let time = Filter::time(self.count);
        let mut statement = self.conn.prepare_cached(sql).expect("prepares");
        let rows = statement
            .query_map(params![bytes, nearest as i64, time.start, time.end], |row| row.get::<_, i64>(0))
            .expect("asks");
        rows.map(|id| id.expect("reads") as u64 - 1).collect()
    }
}
