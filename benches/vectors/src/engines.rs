//! What is compared.

use std::path::Path;

use mindkeep::{Embedding, NewMemory, Store};
use rusqlite::Connection;
use usearch::{Index, IndexOptions, MetricKind, ScalarKind};

use crate::data::{DIMENSIONS, Data};
use crate::filters::{Ours, Parted};

/// Finds the nearest.
pub trait Engine {
    /// The numbers of the nearest vectors, counted from 0.
    fn ask(&mut self, question: &[f32], nearest: usize) -> Vec<u64>;
    /// Bytes in memory that a search holds; 0 where all is in a file.
    fn bytes(&mut self) -> usize;
}

/// By the name that a process is given. The first is exact.
pub const ENGINES: [(&str, &str); 5] = [
    ("floats", "one pass over floats in memory"),
    ("mindkeep", "mindkeep"),
    ("sqlite-vec", "sqlite-vec, f32"),
    ("sqlite-vec-bit", "sqlite-vec, bits"),
    ("usearch", "usearch, HNSW"),
];

pub const MODEL: &str = "all-MiniLM-L6-v2";

pub fn build(name: &str, folder: &Path, data: &Data, count: usize) {
    match name {
        "mindkeep" => Mindkeep::build(folder, data, count),
        "sqlite-vec" => Vec0::build(folder, data, count, false),
        "sqlite-vec-bit" => Vec0::build(folder, data, count, true),
        "mindkeep-filters" => Ours::build(folder, data, count),
        "sqlite-vec-filters" => Parted::build(folder, data, count),
        "usearch" => Usearch::build(folder, data, count),
        // What making the vectors costs.
        _ => (0..count).for_each(|number| drop(std::hint::black_box(data.vector(number)))),
    }
}

pub fn open(name: &str, folder: &Path, data: &Data, count: usize) -> Box<dyn Engine> {
    match name {
        "mindkeep" => Box::new(Mindkeep(
            mindkeep::trial::Vectors::open(&folder.join("memories.db"), "default").expect("opens"),
        )),
        "sqlite-vec" => Box::new(Vec0::open(folder, false)),
        "sqlite-vec-bit" => Box::new(Vec0::open(folder, true)),
        "usearch" => Box::new(Usearch::open(folder)),
        _ => Box::new(Floats::of(data, count)),
    }
}

/// The limit of every exact scan: sixteen products at a time, in lanes that the compiler makes vector instructions of, as quick as memory gives the floats.
pub struct Floats(Vec<f32>);

impl Floats {
    pub fn of(data: &Data, count: usize) -> Self {
        Self((0..count).flat_map(|number| data.vector(number)).collect())
    }

    /// The nearest of those that are let through.
    pub fn among(&self, question: &[f32], nearest: usize, has: impl Fn(usize) -> bool) -> Vec<u64> {
        let mut best: Vec<(f32, u64)> = Vec::with_capacity(nearest * 2);
        let mut bar = f32::NEG_INFINITY;
        for (number, vector) in self.0.chunks_exact(DIMENSIONS).enumerate().filter(|(number, _)| has(*number))
        {
            let mut lanes = [0.0_f32; 16];
            for (a, b) in vector.chunks_exact(16).zip(question.chunks_exact(16)) {
                for lane in 0..16 {
                    lanes[lane] += a[lane] * b[lane];
                }
            }
            let near: f32 = lanes.iter().sum();
            if near > bar {
                best.push((near, number as u64));
                if best.len() == nearest * 2 {
                    best.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
                    best.truncate(nearest);
                    bar = best[nearest - 1].0;
                }
            }
        }
        best.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        best.into_iter().take(nearest).map(|(_, number)| number).collect()
    }
}

impl Engine for Floats {
    fn ask(&mut self, question: &[f32], nearest: usize) -> Vec<u64> {
        self.among(question, nearest, |_| true)
    }

    fn bytes(&mut self) -> usize {
        self.0.len() * 4
    }
}

/// The search of vectors alone; whole recalls are measured in `benches/recall`.
struct Mindkeep(mindkeep::trial::Vectors);

impl Mindkeep {
    fn build(folder: &Path, data: &Data, count: usize) {
        let store = Store::open(folder.join("memories.db")).expect("opens");
        let memory = |number| NewMemory::new("said").embedding(Embedding::f32(MODEL, &data.vector(number)));
        store.remember_all((0..count).map(memory)).expect("remembers");
    }
}

impl Engine for Mindkeep {
    fn ask(&mut self, question: &[f32], nearest: usize) -> Vec<u64> {
        let found = self.0.nearest(MODEL, question, nearest).expect("asks");
        // Memories of a new store are numbered from 1.
        found.into_iter().map(|(id, _)| id as u64 - 1).collect()
    }

    fn bytes(&mut self) -> usize {
        self.0.bytes()
    }
}

pub struct Vec0 {
    conn: Connection,
    bits: bool,
}

impl Vec0 {
    pub fn connect(folder: &Path) -> Connection {
        // SAFETY: the extension's entry has the signature that SQLite calls it by; the crate declares it without one.
        #[allow(clippy::missing_transmute_annotations)]
        unsafe {
            rusqlite::ffi::sqlite3_auto_extension(Some(std::mem::transmute(
                sqlite_vec::sqlite3_vec_init as *const (),
            )));
        }
        Connection::open(folder.join("vectors.db")).expect("opens")
    }

    fn open(folder: &Path, bits: bool) -> Self {
        Self { conn: Self::connect(folder), bits }
    }

    fn build(folder: &Path, data: &Data, count: usize, bits: bool) {
        let mut conn = Self::connect(folder);
        conn.execute_batch("PRAGMA journal_mode = WAL").expect("sets");
        let columns = if bits { "bits bit[384]" } else { "numbers float[384]" };
        conn.execute_batch(&format!("CREATE VIRTUAL TABLE near USING vec0({columns})")).expect("creates");
        if bits {
            conn.execute_batch("CREATE TABLE kept (id INTEGER PRIMARY KEY, numbers BLOB NOT NULL)")
                .expect("creates");
        }
        for from in (0..count).step_by(1_000) {
            let tx = conn.transaction().expect("begins");
            for number in from..(from + 1_000).min(count) {
                let bytes: Vec<u8> = data.vector(number).iter().flat_map(|n| n.to_le_bytes()).collect();
                let id = number as i64 + 1;
                if bits {
                    tx.prepare_cached("INSERT INTO near (rowid, bits) VALUES (?1, vec_quantize_binary(?2))")
                        .expect("prepares")
                        .execute((id, &bytes))
                        .expect("inserts");
                    tx.prepare_cached("INSERT INTO kept (id, numbers) VALUES (?1, ?2)")
                        .expect("prepares")
                        .execute((id, &bytes))
                        .expect("inserts");
                } else {
                    tx.prepare_cached("INSERT INTO near (rowid, numbers) VALUES (?1, ?2)")
                        .expect("prepares")
                        .execute((id, &bytes))
                        .expect("inserts");
                }
            }
            tx.commit().expect("commits");
        }
    }
}

impl Engine for Vec0 {
    fn ask(&mut self, question: &[f32], nearest: usize) -> Vec<u64> {
        let bytes: Vec<u8> = question.iter().flat_map(|n| n.to_le_bytes()).collect();
        let sql = if self.bits {
            // 400 by their bits, and of these the nearest: as its makers advise.
            "SELECT id FROM (SELECT rowid AS id FROM near WHERE bits MATCH vec_quantize_binary(?1) AND k = 400)
               JOIN kept USING (id) ORDER BY vec_distance_cosine(numbers, ?1) LIMIT ?2"
        } else {
            "SELECT rowid FROM near WHERE numbers MATCH ?1 AND k = ?2 ORDER BY distance"
        };
        let mut statement = self.conn.prepare_cached(sql).expect("prepares");
        let rows = statement.query_map((bytes, nearest as i64), |row| row.get::<_, i64>(0)).expect("asks");
        rows.map(|id| id.expect("reads") as u64 - 1).collect()
    }

    fn bytes(&mut self) -> usize {
        0
    }
}

struct Usearch(Index);

impl Usearch {
    fn new() -> Index {
        let options = IndexOptions {
            dimensions: DIMENSIONS,
            metric: MetricKind::Cos,
            quantization: ScalarKind::F32,
            expansion_search: 64,
            ..IndexOptions::default()
        };
        Index::new(&options).expect("makes")
    }

    fn build(folder: &Path, data: &Data, count: usize) {
        let index = Self::new();
        index.reserve(count).expect("reserves");
        (0..count).for_each(|number| index.add(number as u64, &data.vector(number)).expect("adds"));
        index.save(folder.join("vectors.usearch").to_str().expect("is text")).expect("saves");
    }

    fn open(folder: &Path) -> Self {
        let index = Self::new();
        index.load(folder.join("vectors.usearch").to_str().expect("is text")).expect("loads");
        index.change_expansion_search(64);
        Self(index)
    }
}

impl Engine for Usearch {
    fn ask(&mut self, question: &[f32], nearest: usize) -> Vec<u64> {
        self.0.search(question, nearest).expect("asks").keys
    }

    fn bytes(&mut self) -> usize {
        self.0.memory_usage()
    }
}
