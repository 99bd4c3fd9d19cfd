//! What does a fault of the disk do while arrays of the graph are stored, or loaded? Nothing is lost, nothing is wrong.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;
mod web;

use ground::{Dice, assert_sound, seed, times};
use mindkeep::graph::{Direction, Graph};
use mindkeep::{Budget, Error, Store};
use mindkeep_faultvfs::{Fault, PowerCut, Repeat};
use web::{RICH, Web, import, name, number};

/// What is near some entities, and how many relations there are.
fn some(graph: &Graph) -> mindkeep::Result<(usize, Vec<(usize, u32)>)> {
    let relations = graph.relations()?;
    let mut found = Vec::new();
    for node in 0..10 {
        let near = graph.neighborhood(&name(node * 7)).depth(2).direction(Direction::Both).run()?;
        found.extend(near.iter().map(|one| (number(one.name), one.depth)));
    }
    Ok((relations, found))
}

#[test]
fn a_fault_while_arrays_are_stored_or_loaded_changes_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let disk = PowerCut::install().watch(folder.path()).unwrap();
    let path = folder.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    import(&store, &Web::random(&mut Dice(seed() + 600), 300, 1_000, RICH).lines());
    let wanted = some(&store.graph()).unwrap();
    drop(store);
    for fault in [Fault::IoError, Fault::Full, Fault::TornWrite] {
        let (mut n, mut failed) = (1, 0);
        loop {
            let store = Store::open(&path).unwrap();
            store.rebuild().unwrap();
            disk.fail_at_fitting(n, fault, Repeat::Once);
            let stored = store.maintain(Budget::all());
            let struck = disk.struck().is_some();
            disk.heal();
            assert!(struck || stored.is_ok(), "{stored:?}");
            assert!(
                matches!(&stored, Ok(_) | Err(Error::Io { .. } | Error::Full)),
                "{fault:?} at {n}: {stored:?}"
            );
            failed += u32::from(stored.is_err());
            drop(store);
            let store = Store::open(&path).unwrap();
            assert_eq!(some(&store.graph()).unwrap(), wanted, "{fault:?} at {n}");
            if n % 8 == 1 {
                assert_sound(&store);
                assert!(store.maintain(Budget::all()).unwrap().is_done());
                assert_sound(&store);
            }
            if !struck {
                break;
            }
            n += times("FAULT_STEP", 5, 1);
        }
        assert!(n > 20 && failed > 3, "{fault:?}: {failed} of {n}");
    }
    // What lies in the file cannot be read: the rows can, or the call says so; the next one has the answer.
    let store = Store::open(&path).unwrap();
    assert!(store.maintain(Budget::all()).unwrap().is_done());
    drop(store);
    for n in 1.. {
        let store = Store::open(&path).unwrap();
        disk.fail_at_fitting(n, Fault::IoError, Repeat::Once);
        let found = some(&store.graph());
        let struck = disk.struck().is_some();
        disk.heal();
        assert!(found.as_ref().is_ok_and(|found| *found == wanted) || found.is_err_and(|_| struck));
        assert_eq!(some(&store.graph()).unwrap(), wanted);
        if !struck {
            break;
        }
    }
}
