//! What does an answer cost that was given before, and does it hold no longer than it should?

use std::fmt::Write;
use std::path::Path;

use mindkeep::graph::Graph;
use mindkeep::{Backup, Import, Store};

use crate::table::{Goal, Table, median};
use crate::{Dice, Web, micros, name};

/// Relations of the hub, as many as that of the LDBC graph at scale 0.1.
const HUB: usize = 41_077;
const ROUNDS: usize = 200;

pub fn run(path: &Path, web: &Web, table: &mut Table) {
    let store = Store::open(path).expect("a store");
    let times = |work: &mut dyn FnMut() -> f64| median(&mut (0..ROUNDS).map(|_| work()).collect::<Vec<_>>());
    hub(&store, web);
    let graph = store.graph();
    let near = || graph.neighborhood("Hub").depth(2).limit(1_000).run().expect("known");
    let hits = || store.stats().expect("counts").graph_cache.hits;
    let goal = |most| Some(Goal::AtMost(most));
    graph.len().expect("reads");

    // Each another question, so that none was answered before.
    let mut limit = 1_000;
    let first = times(&mut || {
        limit += 1;
        micros(|| graph.neighborhood("Hub").depth(2).limit(limit).run().expect("known")).0
    });
    let before = hits();
    near();
    let again = times(&mut || micros(near).0);
    assert_eq!(hits(), before + ROUNDS as u64, "each was answered from memory");
    let what = "2 hops from a hub of 41,077 relations, 1,000 answers, CPU time in ms";
    table.line(what, "", &format!("{first:.1} µs"), first / 1e3, goal(20.0));
    let what = "the same again, a single call, in µs (anchor: the first time)";
    table.line(what, &format!("{first:.1} µs"), &format!("{again:.2} µs"), again, goal(10.0));

    let mut dice = Dice(5);
    let mut relate = |from: &str| {
        let line = format!(
            r#"{{"type":"relation","label":"wrote_to","from":"{from}","to":"{}","weight":{}}}"#,
            name(dice.below(web.nodes)),
            dice.below(1_000)
        );
        store.import(line.as_bytes(), Import::new()).expect("imports");
    };
    // Never one of those that the hub leads to, nor one that is asked of.
    let mut elsewhere = HUB;
    let before = hits();
    let unrelated = times(&mut || {
        elsewhere += 1;
        relate(&name(elsewhere));
        micros(near).0
    });
    assert_eq!(hits(), before + ROUNDS as u64, "a write elsewhere empties nothing");
    let what = "the same just after an unrelated write: a hit (anchor: no write)";
    table.micros(what, again, unrelated, None);
    let related = times(&mut || {
        relate("Hub");
        micros(near).0
    });
    table.micros("the same just after a relation of the hub was written: found anew", again, related, None);
    // Right is what a store says that keeps nothing.
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy.db");
    store.backup(&copy, Backup::new()).expect("copies");
    let plain = Store::builder().graph_cache_kib(0).open(&copy).expect("a store").graph();
    let anew = plain.neighborhood("Hub").depth(2).limit(1_000).run().expect("known");
    assert!(near().iter().eq(anew.iter()), "after a related write it is right");
    whole(&store, table);
}

/// An entity that nothing leads to.
fn hub(store: &Store, web: &Web) {
    let mut lines = String::from("{\"type\":\"entity\",\"name\":\"Hub\"}\n");
    for node in 0..HUB.min(web.nodes) {
        writeln!(lines, r#"{{"type":"relation","label":"knows","from":"Hub","to":"{}"}}"#, name(node))
            .expect("memory");
    }
    store.import(lines.as_bytes(), Import::new().chunk(10_000)).expect("imports");
}

/// Answers that are made of much.
fn whole(store: &Store, table: &mut Table) {
    let graph = store.graph();
    for (what, work) in [
        (
            "2 hops from the hub without a limit",
            &(|graph: &Graph| drop(graph.neighborhood("Hub").depth(2).run().expect("runs")))
                as &dyn Fn(&Graph),
        ),
        ("subgraph of 1,000 entities around the hub", &|graph: &Graph| {
            drop(graph.subgraph(["Hub"]).depth(1).limit(1_000).run().expect("runs"));
        }),
        ("PageRank, the 100 greatest", &|graph: &Graph| {
            drop(graph.rank().limit(100).run().expect("runs"));
        }),
    ] {
        let (first, ()) = micros(|| work(&graph));
        let again = median(&mut (0..ROUNDS).map(|_| micros(|| work(&graph)).0).collect::<Vec<_>>());
        table.micros(&format!("{what}, again / the first time"), first, again, None);
    }
}
