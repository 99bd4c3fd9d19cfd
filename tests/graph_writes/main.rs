//! Is the graph what it was told, whoever told it and in which order? After every deed the rows and the arrays in memory
//! are what a plain model says, and the file is sound.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod book;
mod deed;
#[path = "../ground/mod.rs"]
mod ground;
mod refusals;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Duration;

use book::Book;
use deed::{Deed, MEMORIES, PERSONA};
use ground::{Dice, again, assert_sound, seed, times};
use mindkeep::graph::NewRelation;
use mindkeep::{NewMemory, Repair, Store};

/// A store with the memories that come to mention entities.
fn store(path: &Path) -> Store {
    let store = Store::open(path).unwrap();
    let memories = (0..MEMORIES).map(|n| NewMemory::new(format!("Memory {n}.")).key(format!("m{n}")));
    store.persona(PERSONA).remember_all(memories).unwrap();
    store
}

#[test]
fn the_graph_is_what_it_was_told() {
    for round in 0..times("ROUNDS", 4, 40) {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder.path().join("memories.db"));
        let (shared, own) = (store.graph(), store.persona(PERSONA).graph());
        let (mut dice, mut book) = (Dice(seed() + 100 + round), Book::default());
        for step in 0..250 {
            let (deed, is_own) = (Deed::by_chance(&mut dice), dice.below(2) == 0);
            let wanted = book.apply(&deed, is_own);
            assert_eq!(
                deed.apply(&store, is_own),
                wanted,
                "round {round}, step {step}, own {is_own}: {deed:?}"
            );
            book.assert_arrays(&shared, false);
            book.assert_arrays(&own, true);
            if step % 10 == 9 {
                book.assert_rows(&store);
            }
            if step % 50 == 49 {
                assert_sound(&store);
                store.pause(Duration::from_secs(5)).unwrap();
                store.resume().unwrap();
                book.assert_arrays(&own, true);
            }
        }
    }
}

#[test]
fn what_was_removed_does_not_come_back_when_the_file_is_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let (path, saved) = (folder.path().join("memories.db"), folder.path().join("saved.db"));
    let store = store(&path);
    let (mut dice, mut book) = (Dice(seed() + 400), Book::default());
    for _ in 0..400 {
        let (deed, is_own) = (Deed::by_chance(&mut dice), dice.below(2) == 0);
        book.apply(&deed, is_own);
        deed.apply(&store, is_own);
    }
    drop(store);
    Store::repair(&path, &saved, Repair::new()).unwrap();
    let store = Store::open(&saved).unwrap();
    book.assert_rows(&store);
    assert_sound(&store);
}

const PATH: &str = "MINDKEEP_TEST_PATH";

/// Not a test of its own: what the other process runs.
#[test]
fn another_process() {
    let Ok(path) = std::env::var(PATH) else { return };
    let store = Store::open(path).unwrap();
    for order in std::io::stdin().lines() {
        let order = order.unwrap();
        let (what, number) = order.split_once(' ').unwrap();
        let number: u64 = number.parse().unwrap();
        let answer = match what {
            "crowd" => {
                crowd(&store, number);
                "in".to_owned()
            }
            scope => Deed::by_chance(&mut Dice(number)).apply(&store, scope == "own"),
        };
        writeln!(std::io::stdout().lock(), "\nsaid {answer}").unwrap();
    }
}

struct Other {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Other {
    fn new(path: &Path) -> Self {
        let mut child = again("another_process")
            .env(PATH, path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    fn order(&mut self, what: &str, number: u64) {
        writeln!(self.input, "{what} {number}").unwrap();
    }

    fn answer(&mut self) -> String {
        let mut said = String::new();
        while !said.starts_with("said ") {
            said.clear();
            assert!(self.output.read_line(&mut said).unwrap() > 0, "the other process ended");
        }
        said["said ".len()..].trim_end().to_owned()
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_another_process_tells_is_seen_by_the_next_call() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memories.db");
    let store = store(&path);
    let (shared, own) = (store.graph(), store.persona(PERSONA).graph());
    let (mut dice, mut book) = (Dice(seed() + 200), Book::default());
    let mut other = Other::new(&path);
    for step in 0..times("STEPS", 250, 2_500) {
        let (number, is_own) = (dice.roll(), dice.below(2) == 0);
        let deed = Deed::by_chance(&mut Dice(number));
        let wanted = book.apply(&deed, is_own);
        let said = match dice.below(2) {
            0 => deed.apply(&store, is_own),
            _ => {
                other.order(if is_own { "own" } else { "shared" }, number);
                other.answer()
            }
        };
        assert_eq!(said, wanted, "step {step}: {deed:?}");
        // Now and then both have written before anybody asks.
        if dice.below(3) > 0 {
            book.assert_arrays(&shared, false);
            book.assert_arrays(&own, true);
        }
    }
    book.assert_rows(&store);
    assert_sound(&store);
}

const CROWD: u64 = 120;

/// Relates a hub to names that others use, too, and merges others' names with it.
fn crowd(store: &Store, who: u64) {
    let graph = store.graph();
    for n in 0..CROWD {
        let ties =
            (0..4).map(|i| NewRelation::new("hub", format!("by {who}"), format!("spoke {}", n * 4 + i)));
        let added = graph.add_all(ties).create_ends().chunk(3).save().unwrap();
        assert_eq!((added.relations, added.rejected_count), (4, 0));
        let twin = format!("twin {who} {n}");
        graph.relate(twin.clone(), "is like", "hub").create_ends().save().unwrap();
        graph.relate("hub", format!("likes {who}"), twin.clone()).save().unwrap();
        graph.relate(twin.clone(), format!("by {who}"), format!("spoke {}", n * 4)).save().unwrap();
        let merged = graph.merge(&twin, "hub").run().unwrap();
        assert_eq!((merged.added_up, merged.loops_dropped), (1, 2));
    }
}

#[test]
fn two_processes_tell_at_once_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memories.db");
    let store = store(&path);
    let mut other = Other::new(&path);
    other.order("crowd", 1);
    crowd(&store, 0);
    assert_eq!(other.answer(), "in");
    let graph = store.graph();
    assert_eq!(graph.len().unwrap() as u64, 1 + CROWD * 4);
    let hub = graph.entity("hub").unwrap();
    assert_eq!(
        (hub.relations_out as u64, hub.relations_in, hub.aliases.len() as u64),
        (CROWD * 8, 0, CROWD * 2)
    );
    let weights: f64 =
        graph.subgraph(["hub"]).depth(1).run().unwrap().relations.iter().map(|tie| tie.weight).sum();
    assert_eq!(weights, (CROWD * 10) as f64);
    assert_sound(&store);
}
