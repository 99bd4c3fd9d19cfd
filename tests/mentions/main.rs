//! Are the names that stand in a text found, all of them and no others, whatever was written before and in which order?

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod brute;
#[path = "../ground/mod.rs"]
mod ground;
mod kill;
mod rules;
mod told;
mod world;

use ground::{Dice, assert_sound, seed, times};
use mindkeep::{Budget, Store};
use world::{Other, World, run};

#[test]
fn what_is_found_is_what_a_plain_search_finds() {
    for round in 0..times("ROUNDS", 8, 100) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("memories.db")).unwrap();
        let (mut dice, mut world) = (Dice(seed() + 400 + round), World::new(round % 2 == 0));
        for step in 0..160 {
            world.act(&mut dice, |deed| run(&store, deed));
            if dice.below(10) == 0 {
                store.maintain(Budget::all()).unwrap();
                world.assert_found(&store, &format!("round {round}, step {step}"));
            }
            if step % 80 == 79 {
                assert_sound(&store);
            }
        }
        store.maintain(Budget::all()).unwrap();
        assert_sound(&store);
        store.rebuild().unwrap();
        store.maintain(Budget::all()).unwrap();
        world.assert_found(&store, &format!("round {round}, rebuilt"));
        assert_sound(&store);
    }
}

/// Two cores, as two processes have them, by turns: each has names in memory that the other changes.
#[test]
fn names_that_another_process_told_are_found() {
    for round in 0..times("ROUNDS", 4, 40) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("memories.db");
        let first = Store::open(&path).unwrap();
        let mut other = Other::start(&path);
        let (mut dice, mut world) = (Dice(seed() + 500 + round), World::new(round % 2 == 0));
        for step in 0..120 {
            let is_first = dice.below(2) == 0;
            world.act(&mut dice, |deed| if is_first { run(&first, deed) } else { other.run(deed) });
            if dice.below(12) == 0 {
                first.maintain(Budget::all()).unwrap();
                world.assert_found(&first, &format!("round {round}, step {step}"));
            }
        }
        other.end();
        first.maintain(Budget::all()).unwrap();
        world.assert_found(&first, &format!("round {round}, the end"));
        assert_sound(&first);
    }
}
