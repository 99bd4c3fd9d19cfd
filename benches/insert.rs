//! What does a write cost: a thousand at once, one alone, one from each of 64 threads?
//!
//! Each beside rusqlite by hand on the same schema, full text included, with both durabilities where it matters.

#![allow(missing_docs)]

#[allow(dead_code, reason = "shared by the benches")]
mod anchor;
#[allow(dead_code, reason = "shared by the benches")]
mod generator;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use anchor::{Hand, Shape};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use generator::{Generated, Generator, SEED};
use mindkeep::{Durability, Store};

/// Memories of one batch.
const BATCH: usize = 1_000;
const THREADS: usize = 64;
const MEASURE: Duration = Duration::from_secs(3);
const WARM_UP: Duration = Duration::from_millis(500);
const DURABILITIES: [(Durability, &str); 2] = [(Durability::Normal, "NORMAL"), (Durability::Full, "FULL")];

/// Memories without end, none of them with a key, so that each is new.
fn memories() -> impl Iterator<Item = Generated> {
    (0..).flat_map(|round| Generator::new(SEED + round, 100_000)).map(|item| Generated { key: None, ..item })
}

fn batches(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut group = criterion.benchmark_group("insert/1000 in one batch");
    group.throughput(Throughput::Elements(BATCH as u64));
    let mut memories = memories();
    let mut next = || memories.by_ref().take(BATCH).collect::<Vec<_>>();
    for (shape, name) in [(Shape::Bare, "bare table by hand"), (Shape::FullText, "same schema by hand")] {
        let conn = anchor::create(&folder.path().join(name), shape, "NORMAL");
        let mut hand = Hand::new(&conn, shape);
        group.bench_function(name, |bencher| {
            bencher.iter_batched(&mut next, |items| hand.write(&items), BatchSize::LargeInput);
        });
    }
    let store = Store::open(folder.path().join("store.db")).expect("a store");
    group.bench_function("remember_all", |bencher| {
        bencher.iter_batched(
            || next().iter().map(Generated::to_memory).collect::<Vec<_>>(),
            |items| store.remember_all(items).expect("written"),
            BatchSize::LargeInput,
        );
    });
}

fn single(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut group = criterion.benchmark_group("insert/one");
    let mut memories = memories();
    let mut next = || memories.next().expect("without end");
    for (durability, synchronous) in DURABILITIES {
        for (shape, name) in
            [(Shape::Indexed, "B-tree indexes by hand"), (Shape::FullText, "full text by hand")]
        {
            let name = format!("{name}, {synchronous}");
            let conn = anchor::create(&folder.path().join(&name), shape, synchronous);
            let mut hand = Hand::new(&conn, shape);
            group.bench_function(name, |bencher| {
                bencher.iter_batched(&mut next, |item| hand.write(&[item]), BatchSize::SmallInput);
            });
        }
        let path = folder.path().join(format!("{synchronous}.db"));
        let store = Store::builder().durability(durability).open(path).expect("a store");
        group.bench_function(format!("remember, {synchronous}"), |bencher| {
            let memory = || next().to_memory();
            bencher.iter_batched(
                memory,
                |item| store.remember(item).expect("written"),
                BatchSize::SmallInput,
            );
        });
    }
}

type Write<'w> = dyn Fn(&Generated) + Sync + 'w;

/// One call from each of 64 threads; the time of a round is that from the first to the last.
fn threads(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut group = criterion.benchmark_group("insert/64 threads, one each");
    group.throughput(Throughput::Elements(THREADS as u64));
    let mut memories = memories();
    for (durability, synchronous) in DURABILITIES {
        let conn = anchor::create(&folder.path().join(synchronous), Shape::FullText, synchronous);
        let one = Mutex::new((conn, 0));
        let by_hand = |item: &Generated| {
            let mut one = one.lock().expect("not poisoned");
            Hand::after(&one.0, Shape::FullText, one.1).write(std::slice::from_ref(item));
            one.1 += 1;
        };
        let path = folder.path().join(format!("{synchronous}.db"));
        let store = Store::builder().durability(durability).open(path).expect("a store");
        let remember = |item: &Generated| {
            store.remember(item.to_memory()).expect("written");
        };
        let sides: [(&str, &Write<'_>); 2] = [("by hand", &by_hand), ("remember", &remember)];
        for (name, write) in sides {
            group.bench_function(format!("{name}, {synchronous}"), |bencher| {
                bencher.iter_custom(|rounds| {
                    let items: Vec<_> = memories.by_ref().take(THREADS * rounds as usize).collect();
                    let start = Instant::now();
                    std::thread::scope(|scope| {
                        for part in items.chunks(rounds as usize) {
                            scope.spawn(move || part.iter().for_each(write));
                        }
                    });
                    start.elapsed()
                });
            });
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(WARM_UP).measurement_time(MEASURE);
    targets = batches, single, threads
}
criterion_main!(benches);
