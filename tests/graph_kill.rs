//! What is left of a graph when its writer is killed within a batch, a merge, a new name or a removal? All that it
//! acknowledged, and nothing by halves.
//!
//! This test program runs itself again as the writer, with a store's path in the environment. The writer says on its
//! standard output what is done; the parent kills it at a random point and compares.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Stdio};

use ground::{Dice, again, assert_sound, seed, times};
use mindkeep::graph::{Graph, NewRelation};
use mindkeep::{Error, Export, Import, NewMemory, Store};

/// The environment variable that makes a run of this program the writer.
const WRITER: &str = "MINDKEEP_TEST_WRITER";
const CHUNK: u64 = 20;
const SPOKES: u64 = 60;
/// Spokes that are mentioned, and merged with the first of them one after the other.
const MERGED: u64 = 6;
/// The spoke that is removed in the end.
const GONE: u64 = 9;

/// Not a test of its own: what the killed process runs.
#[test]
fn the_writer() {
    let Ok(path) = std::env::var(WRITER) else { return };
    let first: u64 = std::env::var("MINDKEEP_TEST_FIRST").unwrap().parse().unwrap();
    let store = Store::open(path).unwrap();
    let graph = store.graph();
    // One write a line, so that the parent reads a line or nothing of it.
    let say = |line: String| std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
    for n in first.. {
        say(format!("try {n} 0\n"));
        let spokes =
            (0..SPOKES).map(|i| NewRelation::new(format!("hub {n}"), "turns", format!("spoke {n} {i}")));
        let mut batch = graph.add_all(spokes).create_ends().chunk(CHUNK as usize);
        batch.on_progress(move |progress| {
            say(format!("chunk {n} {}\n", progress.done / CHUNK));
            ControlFlow::Continue(())
        });
        batch.save().unwrap();
        store.remember(NewMemory::new("A wheel.").key(format!("m{n}"))).unwrap();
        let mention =
            |i: u64| format!("{{\"type\":\"mention\",\"memory\":\"m{n}\",\"entity\":\"spoke {n} {i}\"}}\n");
        let mentions: String = (0..MERGED).map(mention).collect();
        store.import(mentions.as_bytes(), Import::new()).unwrap();
        say(format!("mentioned {n} 1\n"));
        for i in 1..MERGED {
            graph.merge(&format!("spoke {n} {i}"), &format!("spoke {n} 0")).run().unwrap();
            say(format!("merged {n} {i}\n"));
        }
        graph.rename(&format!("hub {n}"), &format!("axle {n}")).keep_alias().run().unwrap();
        say(format!("renamed {n} 1\n"));
        graph.remove_entity(&format!("spoke {n} {GONE}")).unwrap();
        say(format!("removed {n} 1\n"));
    }
}

fn writer(path: &Path, first: u64) -> Child {
    again("the_writer")
        .env(WRITER, path)
        .env("MINDKEEP_TEST_FIRST", first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How far each wheel was said to have come: by its number and what was done, the last that was said.
#[derive(Default)]
struct Told(BTreeMap<(u64, &'static str), u64>);

impl Told {
    fn hear(&mut self, line: &str) -> bool {
        for what in ["try", "chunk", "mentioned", "merged", "renamed", "removed"] {
            // The test runner's own words go before the first line.
            let Some(place) = line.find(&format!("{what} ")) else { continue };
            let Some((n, far)) = line[place + what.len() + 1..].split_once(' ') else { continue };
            if let (Ok(n), Ok(far)) = (n.parse(), far.parse()) {
                self.0.insert((n, what), far);
                return true;
            }
        }
        false
    }

    fn check(&self, store: &Store) {
        let graph = store.graph();
        let mentions = mentions(store);
        let (mut entities, mut relations) = (0, 0);
        for &(n, _) in self.0.keys().filter(|(_, what)| *what == "try") {
            let far = |what| self.0.get(&(n, what)).copied().unwrap_or(0);
            let said = |what| far(what) > 0;
            let Some(wheel) = Wheel::of(&graph, n) else {
                assert!(!said("chunk"), "wheel {n} is lost");
                continue;
            };
            entities += wheel.relations + 1;
            relations += wheel.relations;
            // What was acknowledged is there, and at most one step more.
            let chunks = (wheel.weight + u64::from(wheel.removed)) / CHUNK;
            assert_eq!((wheel.weight + u64::from(wheel.removed)) % CHUNK, 0, "half a chunk of {n}");
            assert!((far("chunk")..=far("chunk") + 1).contains(&chunks), "wheel {n}: {chunks} chunks");
            assert!(
                (far("merged")..=far("merged") + 1).contains(&wheel.merged),
                "wheel {n}: {}",
                wheel.merged
            );
            assert!(!said("renamed") || wheel.renamed, "the new name of wheel {n}");
            assert!(!said("removed") || wheel.removed, "what was removed from wheel {n}");
            assert!(!wheel.renamed || far("merged") + 1 == MERGED, "wheel {n} has its new name too early");
            // A merge is whole: the weight, the aliases and the mentions of all that were merged, and of no other.
            assert_eq!(wheel.first_weight, 1 + wheel.merged, "the weight of wheel {n}");
            assert_eq!(wheel.relations, wheel.weight - wheel.merged, "the relations of wheel {n}");
            if said("mentioned") {
                assert_eq!(mentions.get(&n), Some(&(MERGED - wheel.merged)), "the mentions of wheel {n}");
            }
        }
        assert_eq!((graph.len().unwrap() as u64, graph.relations().unwrap() as u64), (entities, relations));
    }
}

/// A hub with its spokes, as the store has it.
struct Wheel {
    relations: u64,
    weight: u64,
    first_weight: u64,
    merged: u64,
    renamed: bool,
    removed: bool,
}

impl Wheel {
    fn of(graph: &Graph, n: u64) -> Option<Self> {
        let hub = match graph.entity(&format!("hub {n}")) {
            Ok(hub) => hub,
            Err(Error::NotFound { .. }) => return None,
            Err(error) => panic!("{error}"),
        };
        let ties = graph.subgraph([hub.name.as_str()]).depth(1).run().unwrap().relations.clone();
        let first = graph.entity(&format!("spoke {n} 0")).unwrap();
        let gone = graph.entity(&format!("spoke {n} {GONE}"));
        Some(Self {
            relations: ties.len() as u64,
            weight: ties.iter().map(|tie| tie.weight).sum::<f64>() as u64,
            first_weight: ties.iter().filter(|tie| tie.to == first.name).map(|tie| tie.weight).sum::<f64>()
                as u64,
            merged: first.aliases.len() as u64,
            renamed: hub.name.starts_with("axle "),
            removed: gone.is_err(),
        })
    }
}

/// How many entities the memory of each wheel mentions.
fn mentions(store: &Store) -> BTreeMap<u64, u64> {
    let mut output = Vec::new();
    store.export(&mut output, Export::new()).unwrap();
    let (mut numbers, mut counts) = (BTreeMap::new(), BTreeMap::new());
    for line in output.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let line: serde_json::Value = serde_json::from_slice(line).unwrap();
        match line["type"].as_str().unwrap() {
            "memory" => {
                let number: u64 = line["key"].as_str().unwrap()[1..].parse().unwrap();
                numbers.insert(line["id"].as_str().unwrap().to_owned(), number);
            }
            "mention" => *counts.entry(numbers[line["memory"].as_str().unwrap()]).or_insert(0) += 1,
            _ => {}
        }
    }
    counts
}

#[test]
fn what_the_graph_was_told_survives_a_kill() {
    let kills = times("KILLS", 20, 100);
    let mut dice = Dice(seed() + 300);
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let mut told = Told::default();
    let mut acknowledged = 0;
    for round in 0..kills {
        let mut child = writer(&path, round * 1_000_000);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Killed after so many lines, each of which is some commit: within the next one, or just after.
        let lines_heard = dice.below(60);
        let mut heard = 0;
        while heard < lines_heard {
            let line = lines.next().expect("the writer goes on until it is killed").unwrap();
            heard += u64::from(told.hear(&line));
        }
        child.kill().unwrap();
        // What it had said before the end still comes through the pipe.
        heard += lines.map_while(Result::ok).map(|line| u64::from(told.hear(&line))).sum::<u64>();
        assert!(!child.wait().unwrap().success(), "the writer ended by itself");
        acknowledged += heard;
        let store = Store::open(&path).unwrap();
        told.check(&store);
        if round % 5 == 4 || round + 1 == kills {
            assert_sound(&store);
        }
    }
    assert!(acknowledged > kills);
    println!("{kills} kills, {acknowledged} acknowledged steps, none lost");
}
