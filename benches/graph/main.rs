//! What does a question to the graph cost beside petgraph and SQL, with 100,000 entities and 1,000,000 relations?
//!
//! Every figure is a ratio to an anchor that does the same work in the same run, turn by turn, in CPU time of the thread.
//! `MINDKEEP_GRAPH_RELATIONS` sets another size (an entity for ten relations); `MINDKEEP_GRAPH_ONLY` (`open`,
//! `walk`, `write`, `measure`, `follow`, `answers`) leaves the other parts out. Results go to standard output as a Markdown table,
//! losing rows first.

#![allow(clippy::print_stdout, clippy::print_stderr)]
#![allow(missing_docs, reason = "a program, not a library")]

mod answers;
mod follow;
mod measure;
mod open;
#[path = "../million/table.rs"]
mod table;
mod walk;
mod web;
mod write;

use std::path::Path;

use cpu_time::ThreadTime;
use mindkeep::Store;
use petgraph::graph::{DiGraph, NodeIndex};

use table::Table;
use web::{Dice, Web, name};

const RELATIONS: usize = 1_000_000;

/// The same graph as petgraph's.
fn as_petgraph(web: &Web) -> DiGraph<(), f64> {
    let mut graph = DiGraph::with_capacity(web.nodes, web.edges.len());
    (0..web.nodes).for_each(|_| {
        graph.add_node(());
    });
    for &(from, to, _, weight) in &web.edges {
        graph.add_edge(NodeIndex::new(from as usize), NodeIndex::new(to as usize), weight);
    }
    graph
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
    let petgraph = as_petgraph(&web);
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
