//! What is left when the power fails, or the disk? With `Durability::Full` all that was acknowledged; otherwise a
//! sound store that ends a little earlier.
//!
//! Every write is numbered, so that what a store holds says how many writes it has seen, and in which order.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use ground::{Dice, assert_sound, seed, times};
use mindkeep::{Durability, MemoryId, NewMemory, Patch, Result, Store, Timeline};
use mindkeep_faultvfs::{Disk, Fault, PowerCut, Repeat, Survival};
use tempfile::tempdir;

const FILE: &str = "memories.db";

/// One numbered write.
#[derive(Debug, Clone, Copy)]
enum Write {
    Remember(usize),
    Batch(usize),
    Update(usize),
    Forget(usize),
}

impl Write {
    fn number(self) -> usize {
        let (Self::Remember(n) | Self::Batch(n) | Self::Update(n) | Self::Forget(n)) = self;
        n
    }
}

/// The first writes of an endless list.
fn writes() -> impl Iterator<Item = Write> {
    (1..).flat_map(|n: usize| {
        let first = if n.is_multiple_of(7) { Write::Batch(n) } else { Write::Remember(n) };
        let update = n.is_multiple_of(3).then_some(Write::Update(n));
        let forget = (n.is_multiple_of(4) && !n.is_multiple_of(7)).then_some(Write::Forget(n));
        [Some(first), update, forget].into_iter().flatten()
    })
}

/// Long enough that pages overflow and checkpoints come often.
fn content(n: usize, again: bool) -> String {
    format!("memory {n} {} ", if again { "again" } else { "once" }).repeat(1 + n * 131 % 400)
}

/// What the memories of a store are called after so many writes: key, and whether it was changed.
fn state(count: usize) -> BTreeMap<String, bool> {
    let mut state = BTreeMap::new();
    for write in writes().take(count) {
        match write {
            Write::Remember(n) => drop(state.insert(format!("{n}"), false)),
            Write::Batch(n) => state.extend((0..3).map(|i| (key(n, i), false))),
            Write::Update(n) => drop(state.insert(key(n, 0), true)),
            Write::Forget(n) => drop(state.remove(&format!("{n}"))),
        }
    }
    state
}

fn key(n: usize, i: usize) -> String {
    if i == 0 { format!("{n}") } else { format!("{n}/{i}") }
}

fn write(store: &Store, write: Write, ids: &mut BTreeMap<usize, MemoryId>) -> Result<()> {
    let memory = |n, i| NewMemory::new(content(n, false)).key(key(n, i)).tag("t");
    match write {
        Write::Remember(n) => drop(ids.insert(n, store.remember(memory(n, 0))?.id)),
        Write::Batch(n) => {
            let mut batch = mindkeep::Batch::new();
            batch.on_item(|_, told| {
                ids.entry(n).or_insert(told.expect("valid").id);
            });
            store.remember_batch((0..3).map(|i| memory(n, i)), batch)?;
        }
        Write::Update(n) => drop(store.update(ids[&n], Patch::new().content(content(n, true)))?),
        Write::Forget(n) => drop(store.forget(&[ids[&n]])?),
    }
    Ok(())
}

/// How many writes the store in a folder has seen; it must hold what the first so many leave. 0 if there is none yet.
#[track_caller]
fn seen(folder: &Path, at_most: usize, what: &dyn std::fmt::Debug) -> usize {
    let store = Store::open(folder.join(FILE)).unwrap_or_else(|e| panic!("{what:?}: {e}"));
    assert_sound(&store);
    let mut found = BTreeMap::new();
    for memory in store.iterate(Timeline::new().limit(1_000)) {
        let memory = memory.unwrap();
        let key = memory.key.unwrap();
        let n = number(&key);
        let again = memory.content == content(n, true);
        assert!(again || memory.content == content(n, false), "{what:?}: {key} has other words");
        found.insert(key, again);
    }
    // The newest memory tells about where the writing was; only the counts around it come into question.
    let newest = found.keys().map(|key| number(key)).max().unwrap_or(0);
    let near = |write: &Write| (newest..=newest + 1).contains(&write.number());
    let first = writes().take_while(|write| write.number() < newest).count();
    let last = (first + writes().skip(first).take_while(near).count()).min(at_most);
    (first..=last).rev().find(|&count| state(count) == found).unwrap_or_else(|| {
        panic!("{what:?}: {} memories, and no number of writes leaves just these", found.len())
    })
}

fn number(key: &str) -> usize {
    key.split('/').next().unwrap().parse().unwrap()
}

fn open(folder: &Path, durability: Durability) -> Result<Store> {
    Store::builder().durability(durability).open(folder.join(FILE))
}

/// Opens a store and does so many writes. Returns how many were acknowledged before the first error.
fn work(folder: &Path, durability: Durability, count: usize) -> usize {
    let Ok(store) = open(folder, durability) else { return 0 };
    let mut ids = BTreeMap::new();
    let mut done = 0;
    for one in writes().take(count) {
        if write(&store, one, &mut ids).is_err() {
            break;
        }
        done += 1;
    }
    done
}

/// Scattered numbers from 1 to `bound`: every one of the first hundred, where the file is made, then `count` by chance.
fn scattered(bound: u64, count: u64) -> Vec<u64> {
    let mut dice = Dice(seed());
    let mut numbers: Vec<u64> = (1..=bound.min(100)).collect();
    numbers.extend((0..count).map(|_| 1 + dice.below(bound)));
    numbers
}

/// The power fails at one operation of the disk after the other, from the making of the file on.
fn cut_at_every_operation(durability: Durability, judge: impl Fn(usize, usize, &str)) {
    const WRITES: usize = 25;
    let power = PowerCut::install();
    let home = tempdir().unwrap();
    let disk = power.watch(home.path()).unwrap();
    assert_eq!(work(home.path(), durability, WRITES), WRITES);
    let operations = disk.operations();
    for n in scattered(operations, times("CUTS", 80, 1_000)) {
        let home = tempdir().unwrap();
        let disk = power.watch(home.path()).unwrap();
        disk.fail_at(n, Fault::IoError, Repeat::Always);
        let acknowledged = work(home.path(), durability, WRITES);
        // While the file is made a single write may be torn in many ways; each leaves another file.
        let ways = if n <= 40 { 0..5 } else { n % 2..n % 2 + 1 };
        for way in ways {
            let survival = if way == 0 { Survival::SyncedOnly } else { Survival::Random };
            let found = tempdir().unwrap();
            let cut = disk.cut(found.path(), seed() + n + 1_000 * way, survival).unwrap();
            let what = format!("cut at operation {n} of {operations}, {survival:?} {way}, {cut:?}");
            judge(seen(found.path(), WRITES, &what), acknowledged, &what);
        }
    }
}

#[test]
fn full_keeps_what_was_acknowledged_at_every_operation() {
    cut_at_every_operation(Durability::Full, |seen, acknowledged, what| {
        assert!(seen >= acknowledged, "{what}: {seen} of {acknowledged} writes");
    });
}

#[test]
fn normal_stays_sound_at_every_operation() {
    cut_at_every_operation(Durability::Normal, |_, _, _| {});
}

/// Cuts the power while another thread writes on, through checkpoints, and hands each cut to `judge`: how many
/// writes were found, and how many had been acknowledged before the cut.
fn cut_while_writing(durability: Durability, judge: impl Fn(usize, usize)) {
    let home = tempdir().unwrap();
    let disk = PowerCut::install().watch(home.path()).unwrap();
    let (acknowledged, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
    // The writer does not run away while a cut is looked at.
    let allowed = AtomicUsize::new(0);
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let store = open(home.path(), durability).unwrap();
            let mut ids = BTreeMap::new();
            for (count, one) in writes().enumerate() {
                while count >= allowed.load(Ordering::Relaxed) && !enough.load(Ordering::Relaxed) {
                    thread::yield_now();
                }
                if enough.load(Ordering::Relaxed) {
                    break;
                }
                write(&store, one, &mut ids).unwrap();
                acknowledged.store(count + 1, Ordering::SeqCst);
            }
        });
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for seed in 0..times("CUTS", 40, 300) {
                let until = allowed.fetch_add(12, Ordering::Relaxed) + 12;
                wait_for(&disk, 1 + seed * 37 % 101, || {
                    writing.is_finished() || acknowledged.load(Ordering::SeqCst) == until
                });
                let survival = if seed % 3 == 0 { Survival::SyncedOnly } else { Survival::Random };
                let before = acknowledged.load(Ordering::SeqCst);
                let found = tempdir().unwrap();
                disk.cut(found.path(), seed, survival).unwrap();
                let at_most = acknowledged.load(Ordering::SeqCst) + 1;
                judge(seen(found.path(), at_most, &(seed, survival)), before);
            }
        }));
        enough.store(true, Ordering::Relaxed);
        writing.join().unwrap();
        judged.unwrap();
    });
    assert!(acknowledged.into_inner() > 40);
}

/// Scattered by the number of operations, not by the clock.
fn wait_for(disk: &Disk, more: u64, given_up: impl Fn() -> bool) {
    let until = disk.operations() + more;
    while disk.operations() < until && !given_up() {
        thread::yield_now();
    }
}

#[test]
fn full_keeps_what_was_acknowledged_while_the_work_goes_on() {
    cut_while_writing(Durability::Full, |seen, acknowledged| {
        assert!(seen >= acknowledged, "{seen} of {acknowledged} writes");
    });
}

#[test]
fn normal_stays_sound_while_the_work_goes_on() {
    cut_while_writing(Durability::Normal, |_, _| {});
}

/// One operation of the disk fails and the app goes on: a write that failed may be there whole or not at all, one
/// that was acknowledged is there.
#[test]
fn a_disk_that_fails_once_loses_nothing_that_was_acknowledged() {
    const WRITES: usize = 25;
    let power = PowerCut::install();
    let home = tempdir().unwrap();
    let disk = power.watch(home.path()).unwrap();
    work(home.path(), Durability::Normal, WRITES);
    let operations = disk.operations();
    drop(disk);
    for (i, n) in scattered(operations, times("FAULTS", 80, 1_000)).into_iter().enumerate() {
        let fault = [Fault::IoError, Fault::Full, Fault::TornWrite][i % 3];
        let home = tempdir().unwrap();
        let disk = power.watch(home.path()).unwrap();
        disk.fail_at(n, fault, Repeat::Once);
        let what = format!("{fault:?} at operation {n} of {operations}");
        let Ok(store) = open(home.path(), Durability::Normal) else {
            disk.heal();
            open(home.path(), Durability::Normal).unwrap_or_else(|e| panic!("{what}, opened again: {e}"));
            continue;
        };
        let (mut acknowledged, mut uncertain) = (BTreeMap::new(), Vec::new());
        for n in 1..=WRITES {
            match store.remember(NewMemory::new(content(n, false)).key(key(n, 0))) {
                Ok(told) => drop(acknowledged.insert(key(n, 0), told.id)),
                Err(_) => uncertain.push(key(n, 0)),
            }
        }
        disk.heal();
        for (key, id) in &acknowledged {
            assert_eq!(store.get(*id).unwrap().key.as_ref(), Some(key), "{what}");
        }
        drop(store);
        let store =
            open(home.path(), Durability::Normal).unwrap_or_else(|e| panic!("{what}, at the end: {e}"));
        assert_sound(&store);
        for memory in store.iterate(Timeline::new()) {
            let key = memory.unwrap().key.unwrap();
            assert!(acknowledged.remove(&key).is_some() || uncertain.contains(&key), "{what}: {key}");
        }
        assert!(acknowledged.is_empty(), "{what}: lost {acknowledged:?}");
        assert!(uncertain.len() < WRITES, "{what}: it never worked again");
    }
}
