//! What does a read cost: by id, a page of a timeline, the first one after opening?
//!
//! Each beside the same query prepared by hand on the same file. At a million memories: `cargo bench --bench million`.

#![allow(missing_docs)]

#[allow(dead_code, reason = "shared by the benches")]
mod anchor;
#[allow(dead_code, reason = "shared by the benches")]
mod generator;

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use anchor::Asked;
use criterion::{Criterion, criterion_group, criterion_main};
use generator::{Generator, KINDS, PERSONAS, Random, SEED, SPAN_MS, START_MS};
use mindkeep::{Batch, Kind, MemoryId, Store, Timeline, Timestamp};

/// Memories in the store.
const ROWS: u64 = 50_000;
/// A range with more than 50 memories of the largest persona.
const RANGE_MS: i64 = SPAN_MS / 50;
const MEASURE: Duration = Duration::from_secs(2);
const WARM_UP: Duration = Duration::from_millis(500);

/// Makes the store and returns the ids of all that does not expire.
fn build(path: &Path) -> Vec<MemoryId> {
    let store = Store::open(path).expect("a store");
    let items: Vec<_> = Generator::new(SEED, ROWS).filter(|item| item.expires_at.is_none()).collect();
    let mut ids = Vec::with_capacity(items.len());
    let mut batch = Batch::new();
    batch.on_item(|_, result| ids.push(result.expect("written").id));
    let memories = items.iter().map(generator::Generated::to_memory);
    store.remember_batch(memories, batch).expect("written");
    ids
}

fn reads(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("memories.db");
    let ids = build(&path);
    let mut random = Random::new(SEED);
    let mut random = || random.next();
    let at = |ms| Timestamp::from_millis(ms).expect("in range");
    let now = Timestamp::now().as_millis();
    {
        let store = Store::open(&path).expect("a store");
        let conn = anchor::reader(&path);
        let mut asked = Asked::new(&conn);
        let number =
            |sql: &str, name: &str| -> i64 { conn.query_row(sql, [name], |row| row.get(0)).expect("known") };
        let persona_id = number("SELECT persona_id FROM persona WHERE name = ?1", PERSONAS[0]);
        let kind_id = number("SELECT kind_id FROM kind WHERE name = ?1", KINDS[0].0);
        let persona = store.persona(PERSONAS[0]);

        let mut group = criterion.benchmark_group("read/get by id");
        let mut id = || ids[(random() % ids.len() as u64) as usize];
        group.bench_function("by hand", |b| b.iter(|| black_box(asked.get(now, id().as_bytes()))));
        group.bench_function("get", |b| b.iter(|| black_box(store.get(id()).expect("there"))));
        group.finish();

        let mut group = criterion.benchmark_group("read/latest 50");
        group.bench_function("by hand", |b| b.iter(|| black_box(asked.latest(now, persona_id))));
        let page = |question: Timeline| black_box(persona.timeline(question.limit(50)).expect("a page"));
        group.bench_function("timeline", |b| b.iter(|| page(Timeline::new())));
        group.finish();

        let mut range = || {
            let since = START_MS + (random() % (SPAN_MS - RANGE_MS) as u64) as i64;
            (since, since + RANGE_MS)
        };
        let mut group = criterion.benchmark_group("read/50 in a time range");
        group.bench_function("by hand", |b| {
            b.iter(|| {
                let (since, until) = range();
                black_box(asked.range(now, persona_id, since, until))
            });
        });
        group.bench_function("timeline", |b| {
            b.iter(|| {
                let (since, until) = range();
                page(Timeline::new().between(at(since), at(until)))
            });
        });
        group.finish();

        let mut group = criterion.benchmark_group("read/persona, kind and time");
        group.bench_function("by hand", |b| {
            b.iter(|| {
                let (since, until) = range();
                black_box(asked.kind(now, (persona_id, kind_id), since, until))
            });
        });
        group.bench_function("timeline", |b| {
            b.iter(|| {
                let (since, until) = range();
                page(Timeline::new().kind(Kind::new(KINDS[0].0)).between(at(since), at(until)))
            });
        });
        group.finish();
    }
    // With no other handle open, so that each opens the file anew.
    let mut group = criterion.benchmark_group("read/open and first query");
    group.bench_function("by hand", |b| {
        b.iter(|| {
            let conn = anchor::reader(&path);
            black_box(anchor::latest_of(&conn, PERSONAS[0]))
        });
    });
    group.bench_function("open and timeline", |b| {
        b.iter(|| {
            let store = Store::open(&path).expect("a store");
            black_box(store.persona(PERSONAS[0]).timeline(Timeline::new().limit(50)).expect("a page"))
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).warm_up_time(WARM_UP).measurement_time(MEASURE);
    targets = reads
}
criterion_main!(benches);
