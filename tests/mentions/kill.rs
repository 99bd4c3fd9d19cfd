//! What is found after the writer was killed, within a write or a step of upkeep? What would be found anew.
//!
//! This test program runs itself again as the writer, with a store's path in the environment.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};

use mindkeep::{Budget, Store};

use crate::ground::{Dice, again, assert_sound, seed, times};
use crate::world::{World, run};

const WRITER: &str = "MINDKEEP_TEST_WRITER";
const SEED: &str = "MINDKEEP_TEST_DICE";

/// Not a test of its own: what the killed process runs.
#[test]
fn the_writer() {
    let Ok(path) = std::env::var(WRITER) else { return };
    let store = Store::open(path).unwrap();
    let (mut dice, mut world) = (Dice(std::env::var(SEED).unwrap().parse().unwrap()), World::default());
    for n in 0.. {
        world.act(&mut dice, |deed| run(&store, deed));
        if dice.below(4) == 0 {
            store.maintain(Budget::all()).unwrap();
        }
        writeln!(std::io::stdout().lock(), "did {n}").unwrap();
    }
}

fn writer(path: &Path, dice: u64) -> Child {
    again("kill::the_writer")
        .env(WRITER, path)
        .env(SEED, dice.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_killed_writer_leaves_what_would_be_found_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(seed() + 600);
    let (mut left, mut found) = (0, 0);
    for round in 0..times("KILLS", 12, 150) {
        let path = folder.path().join(format!("{round}.db"));
        let mut child = writer(&path, round);
        let after = dice.below(150);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        lines.map_while(Result::ok).filter(|line| line.contains("did ")).nth(after as usize);
        std::thread::sleep(std::time::Duration::from_micros(dice.below(3_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let store = Store::open(&path).unwrap();
        assert_sound(&store);
        left += store.upkeep().unwrap().len();
        store.maintain(Budget::all()).unwrap();
        assert_sound(&store);
        let count = store.stats().unwrap().mentions_found;
        store.rebuild().unwrap();
        store.maintain(Budget::all()).unwrap();
        assert_eq!(store.stats().unwrap().mentions_found, count, "round {round}");
        found += count;
    }
    assert!(left > 0 && found > 0);
}
