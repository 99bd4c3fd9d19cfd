//! What does a question to the graph cost beside petgraph and SQL, with 100,000 entities and 1,000,000 relations?
//!
//! Every figure is a ratio to an anchor that does the same work in the same run, turn by turn, in CPU time of the thread.
//! `MINDKEEP_GRAPH_RELATIONS` sets another size (an entity for ten relations); `MINDKEEP_GRAPH_ONLY` (`open`,
//! `walk`, `write`, `measure`, `follow`, `answers`) leaves the other parts out. Results go to standard output as a Markdown table, losing rows first.

#![allow(clippy::print_stdout, clippy::print_stderr)]
#![allow(missing_docs, reason = "a program, not a library")]

mod answers;
mod follow;
mod measure;
mod open;
#[path = "../million/table.rs"]
mod table;
mod walk;
mod write;

use std::fmt::Write;
use std::path::Path;

use cpu_time::ThreadTime;
use mindkeep::{Import, Store};
use petgraph::graph::{DiGraph, NodeIndex};

use table::Table;

const RELATIONS: usize = 1_000_000;
const LABELS: [&str; 5] = ["met_with", "lives_in", "works_for", "married_to", "owes"];

/// Chance that is the same on every machine (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound.max(1) as u64) as usize
    }
}

/// The relations, each as (from, to, label, weight), and how many entities there are.
pub struct Web {
    pub nodes: usize,
    pub edges: Vec<(u32, u32, usize, f64)>,
}

impl Web {
    /// A few entities have many relations, most have few; two thirds stay within groups of some hundred.
    fn new(relations: usize) -> Self {
        let nodes = relations / 10;
        let mut dice = Dice(1666);
        let mut edges = Vec::with_capacity(relations);
        let mut seen = std::collections::HashSet::with_capacity(relations);
        while edges.len() < relations {
            // The product of two shares of 1 is small more often than not.
            let skewed = |dice: &mut Dice| (dice.below(nodes) * (1 + dice.below(nodes)) / nodes) as u32;
            let from = if dice.below(2) == 0 { skewed(&mut dice) } else { dice.below(nodes) as u32 };
            let to = match dice.below(3) {
                0 => skewed(&mut dice),
                _ => (from / 200 * 200 + dice.below(200) as u32).min(nodes as u32 - 1),
            };
            let label = dice.below(LABELS.len());
            if seen.insert((from, to, label)) {
                edges.push((from, to, label, (1 + dice.below(16)) as f64 / 4.0));
            }
        }
        Self { nodes, edges }
    }

    fn import(&self, store: &Store) {
        let mut lines = String::with_capacity(self.edges.len() * 90);
        for node in 0..self.nodes {
            writeln!(lines, r#"{{"type":"entity","label":"person","name":"{}"}}"#, name(node))
                .expect("memory");
        }
        for (from, to, label, weight) in &self.edges {
            let (from, to, label) = (name(*from as usize), name(*to as usize), LABELS[*label]);
            writeln!(
                lines,
                r#"{{"type":"relation","label":"{label}","from":"{from}","to":"{to}","weight":{weight}}}"#
            )
            .expect("memory");
        }
        let report = store.import(lines.as_bytes(), Import::new().chunk(10_000)).expect("imports");
        assert_eq!(report.rejected_count, 0);
    }

    fn petgraph(&self) -> DiGraph<(), f64> {
        let mut graph = DiGraph::with_capacity(self.nodes, self.edges.len());
        (0..self.nodes).for_each(|_| {
            graph.add_node(());
        });
        for &(from, to, _, weight) in &self.edges {
            graph.add_edge(NodeIndex::new(from as usize), NodeIndex::new(to as usize), weight);
        }
        graph
    }
}

pub fn name(node: usize) -> String {
    format!("Person {node}")
}

/// CPU time of this thread for some work, in microseconds.
pub fn micros<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = ThreadTime::now();
    let value = std::hint::black_box(work());
    (start.elapsed().as_secs_f64() * 1e6, value)
}

/// Everything that the parts work on.
pub struct Ground<'g> {
    pub store: &'g Store,
    pub path: &'g Path,
    pub web: &'g Web,
    pub petgraph: &'g DiGraph<(), f64>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, role, path] = &arguments[..]
        && open::is_role(role)
    {
        return open::child(role, path);
    }
    let relations = std::env::var("MINDKEEP_GRAPH_RELATIONS").ok().and_then(|n| n.parse().ok());
    let only = std::env::var("MINDKEEP_GRAPH_ONLY").ok();
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only.contains(part));
    let web = Web::new(relations.unwrap_or(RELATIONS));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("memories.db");
    // But for the last part, answers are found anew each time.
    let store = Store::builder().graph_cache_kib(0).open(&path).expect("a store");
    let (took, ()) = micros(|| web.import(&store));
    eprintln!("imported in {:.1} s", took / 1e6);
    let petgraph = web.petgraph();
    let ground = Ground { store: &store, path: &path, web: &web, petgraph: &petgraph };
    let mut table = Table::default();
    if wanted("open") {
        open::run(&ground, &mut table);
    }
    if wanted("walk") {
        walk::run(&ground, &mut table);
    }
    if wanted("write") {
        write::run(&ground, &mut table);
    }
    if wanted("measure") {
        measure::run(&ground, &mut table);
    }
    if wanted("follow") {
        follow::run(&ground, &mut table);
    }
    drop(store);
    if wanted("answers") {
        answers::run(&path, &web, &mut table);
    }
    println!("{} entities, {} relations\n\n{table}", web.nodes, web.edges.len());
}
