//! What do questions about the largest hub take: at first, again, after a write elsewhere, after one that matters?

use std::path::Path;

use mindkeep::Store;
use mindkeep::graph::{Direction, Graph};
use serde_json::{Value, json};

use crate::ms;

/// The same question is asked so often, and the median counts.
const TIMES: usize = 101;

fn near(graph: &Graph, hub: &str) -> Vec<(String, u32)> {
    let asked = graph.neighborhood(hub).depth(2).direction(Direction::Both).limit(1_000);
    asked.run().expect("known").iter().map(|entity| (entity.name.to_owned(), entity.depth)).collect()
}

/// The median of asking again and again, in microseconds; the answer itself, not what is read out of it.
fn again(graph: &Graph, hub: &str) -> f64 {
    let mut times: Vec<f64> = (0..TIMES)
        .map(|_| {
            ms(|| {
                graph.neighborhood(hub).depth(2).direction(Direction::Both).limit(1_000).run().expect("known")
            })
            .0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[TIMES / 2] * 1e3
}

/// How many questions were answered from memory so far, and how many were looked up and answered anew.
fn cached(store: &Store) -> (u64, u64) {
    let cache = store.stats().expect("counts").graph_cache;
    (cache.hits, cache.misses)
}

pub fn run(path: &Path, hub: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("memories.db");
    std::fs::copy(path, &copy).expect("copies");
    let store = Store::open(&copy).expect("a store");
    let graph = store.graph();
    graph.len().expect("reads");
    let asked =
        || graph.neighborhood(hub).depth(2).direction(Direction::Both).limit(1_000).run().expect("known");
    let (first, found) = ms(asked);
    let entities = found.len();
    drop(found);
    let before = near(&graph, hub);
    let asked_before = cached(&store);
    let again_us = again(&graph, hub);
    let again_hits = cached(&store).0 - asked_before.0;

    graph.relate("a new one", "knows", "another new one").create_ends().save().expect("writes");
    let asked_before = cached(&store);
    let mut elsewhere: Vec<f64> = (0..TIMES)
        .map(|round| {
            let weight = round as f64;
            graph.relate("a new one", "knows", "another new one").weight(weight).save().expect("writes");
            ms(asked).0
        })
        .collect();
    elsewhere.sort_by(f64::total_cmp);
    let elsewhere_hits = cached(&store).0 - asked_before.0;

    // The first of its neighbours goes, and everybody else moves up.
    let gone = before[0].0.clone();
    let between = graph.subgraph([hub, &gone]).run().expect("known");
    for relation in &between.relations {
        let removal = graph.remove_relation(&relation.from, &relation.label, &relation.to);
        removal.valid_from(relation.valid_from).run().expect("writes");
    }
    let asked_before = cached(&store);
    let (related, _) = ms(asked);
    let after_a_write_misses = cached(&store).1 - asked_before.1;
    let after = near(&graph, hub);
    drop(graph);
    drop(store);
    let reopened = Store::open(&copy).expect("a store");
    let right = after != before && after == near(&reopened.graph(), hub);
    json!({
        "entities": entities,
        "first_ms": first,
        "times": TIMES,
        "again_us": again_us,
        "again_hits": again_hits,
        "elsewhere_us": elsewhere[TIMES / 2] * 1e3,
        "elsewhere_hits": elsewhere_hits,
        "after_a_write_us": related * 1e3,
        "after_a_write_misses": after_a_write_misses,
        "after_a_write_is_right": right,
    })
}
