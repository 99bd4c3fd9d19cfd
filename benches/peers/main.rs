//! What does mindkeep's part of the comparison with other libraries take? `peers.py` asks, turn by turn with the others.
//!
//! `serve STORE RELATIONS` makes the store with the benches' graph, says so, and answers each line of standard input,
//! the name of a measure, with a line of JSON. `hub STORE NAME` tells what questions about the entity with the most
//! relations take, and what writes change about that; it works on a copy.

#![allow(clippy::print_stdout)]
#![allow(missing_docs, reason = "a program, not a library")]

mod hub;
#[path = "../graph/web.rs"]
mod web;

use std::path::Path;

use cpu_time::ThreadTime;
use mindkeep::Store;
use mindkeep::graph::{Direction, Graph};
use serde_json::{Value, json};

use web::{Web, name};

/// Pairs of entities that ways are looked for between, the same for everybody.
const PAIRS: usize = 50;

/// CPU time of this thread for some work, in milliseconds.
fn ms<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = ThreadTime::now();
    let value = std::hint::black_box(work());
    (start.elapsed().as_secs_f64() * 1e3, value)
}

fn main() {
    // Cargo says `--bench` to whatever it runs as one.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", store, relations] => serve(Path::new(store), relations.parse().expect("a number")),
        ["hub", store, name] => println!("{}", hub::run(Path::new(store), name)),
        _ => println!("Run benches/peers/peers.py, which runs this."),
    }
}

fn serve(path: &Path, relations: usize) {
    let web = Web::new(relations);
    // Each answer is found anew.
    let store = Store::builder().graph_cache_kib(0).open(path).expect("a store");
    web.import(&store);
    let edges: Vec<_> = web.edges.iter().map(|&(from, to, _, weight)| (from, to, weight)).collect();
    let graph = store.graph().read().expect("reads");
    println!("{}", json!({"nodes": web.nodes, "edges": edges, "pairs": PAIRS}));
    for line in std::io::stdin().lines() {
        println!("{}", measure(&graph, &web, &line.expect("a line")));
    }
}

/// What one measure takes, and what it found that can be compared.
fn measure(graph: &Graph, web: &Web, what: &str) -> Value {
    let (took, found) = match what {
        "pagerank" => {
            let (took, found) = ms(|| graph.rank().iterations(20).unweighted().run().expect("runs"));
            (took, found.iter().next().map_or(0.0, |first| first.score))
        }
        "path" => {
            let (took, costs) = ms(|| (0..PAIRS).map(|pair| way(graph, web, pair)).collect::<Vec<_>>());
            (took / PAIRS as f64, costs.iter().sum())
        }
        "label propagation" => {
            let (took, found) =
                ms(|| graph.communities().unweighted().label_propagation().run().expect("runs"));
            (took, found.modularity())
        }
        "louvain" => {
            let (took, found) = ms(|| graph.communities().run().expect("runs"));
            (took, found.modularity())
        }
        "betweenness" => {
            let (took, found) = ms(|| graph.rank().betweenness().exact_up_to(32, 1).run().expect("runs"));
            (took, found.len() as f64)
        }
        "components" => {
            let (took, found) = ms(|| graph.communities().connected().run().expect("runs"));
            (took, found.len() as f64)
        }
        _ => return json!({"error": "no such measure"}),
    };
    json!({"ms": took, "found": found})
}

/// The cost of the cheapest way between the two entities of a pair.
fn way(graph: &Graph, web: &Web, pair: usize) -> f64 {
    let (from, to) = (name(pair * 7_919 % web.nodes), name((pair * 104_729 + 1) % web.nodes));
    let way = graph.path(&from, &to).direction(Direction::Out).by_weight().run().expect("runs");
    way.map_or(0.0, |way| way.cost)
}
