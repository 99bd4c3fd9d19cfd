//! Is it counted how often a memory was read, without a write for a read?

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::collections::BTreeMap;

use ground::{Dice, assert_sound, seed, times};
use mindkeep::{Budget, MemoryId, NewMemory, Recall, Store, Timeline};

fn counts(store: &Store, ids: &[MemoryId]) -> Vec<u64> {
    let accesses = store.accesses(ids).unwrap();
    accesses.iter().map(|access| access.map_or(0, |access| access.count)).collect()
}

#[test]
fn what_was_read_is_counted_and_what_was_kept_stays() {
    let mut dice = Dice(seed());
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let mut store = Store::open(&path).unwrap();
    let ids: Vec<MemoryId> =
        (0..40).map(|n| store.remember(NewMemory::new(format!("word{} said", n % 7))).unwrap().id).collect();
    let mut counted: BTreeMap<MemoryId, u64> = BTreeMap::new();
    let mut kept = counted.clone();
    for _ in 0..times("ACCESSES", 300, 10_000) {
        let mut count =
            |ids: &mut dyn Iterator<Item = MemoryId>| ids.for_each(|id| *counted.entry(id).or_default() += 1);
        let id = ids[dice.below(ids.len() as u64) as usize];
        match dice.below(9) {
            0..3 => count(&mut std::iter::once(store.get(id).unwrap().id)),
            3 => count(&mut store.get_many(&ids[..5]).unwrap().into_iter().flatten().map(|memory| memory.id)),
            4 => {
                let question = Recall::new(format!("word{}", dice.below(9))).limit(4);
                count(&mut store.recall(question).unwrap().into_iter().map(|hit| hit.memory.id));
            }
            // These are no reads of a memory.
            5 => drop((
                store.timeline(Timeline::new()).unwrap(),
                store.count_hits(Recall::new("said")).unwrap(),
            )),
            // Takes some of them along.
            6 => drop(store.remember(NewMemory::new("Something else.")).unwrap()),
            7 => {
                store.maintain(Budget::all()).unwrap();
                kept = counted.clone();
            }
            _ => {
                drop(store);
                store = Store::open(&path).unwrap();
                for (id, count) in ids.iter().zip(counts(&store, &ids)) {
                    let between = kept.get(id).copied().unwrap_or(0)..=counted.get(id).copied().unwrap_or(0);
                    assert!(between.contains(&count));
                    counted.insert(*id, count);
                }
                kept = counted.clone();
            }
        }
        let expected: Vec<u64> = ids.iter().map(|id| counted.get(id).copied().unwrap_or(0)).collect();
        assert_eq!(counts(&store, &ids), expected);
    }
    assert_sound(&store);
}

#[test]
fn a_write_that_fails_leaves_what_it_would_have_taken_along() {
    let store = Store::builder().open_in_memory().unwrap();
    let id = store.remember(NewMemory::new("Moths at the lamp.")).unwrap().id;
    store.get(id).unwrap();
    store.update(MemoryId::from_bytes([0; 16]), mindkeep::Patch::new().importance(0.1)).unwrap_err();
    assert_eq!(counts(&store, &[id]), [1]);
    store.maintain(Budget::all()).unwrap();
    assert_eq!(counts(&store, &[id]), [1]);
}

#[test]
fn to_keep_them_is_no_change() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    let ids: Vec<MemoryId> =
        (0..1_000).map(|n| store.remember(NewMemory::new(format!("memory {n}"))).unwrap().id).collect();
    store.maintain(Budget::all()).unwrap();
    let notices = store.notices().unwrap();
    for id in &ids {
        store.get(*id).unwrap();
    }
    store.maintain(Budget::all()).unwrap();
    assert!(notices.try_next().is_none(), "nobody is told");
    assert_eq!(counts(&store, &ids), vec![1; 1_000]);
    drop(store);
    let store = Store::builder().read_only().open(&path).unwrap();
    store.get(ids[0]).unwrap();
    assert_eq!(counts(&store, &ids[..2]), [1, 1], "who may not write counts nothing");
}

#[test]
fn what_is_forgotten_has_none() {
    let store = Store::builder().open_in_memory().unwrap();
    let id = store.remember(NewMemory::new("Moths at the lamp.")).unwrap().id;
    store.get(id).unwrap();
    store.maintain(Budget::all()).unwrap();
    store.forget(&[id]).unwrap();
    assert_eq!(store.accesses(&[id]).unwrap(), [None]);
    store.undo_forget(&[id]).unwrap();
    assert_eq!(counts(&store, &[id]), [1]);
}
