//! What do measures of the whole graph cost?

use mindkeep::graph::{Direction, Graph};
use petgraph::algo::{connected_components, dijkstra, kosaraju_scc};
use petgraph::graph::NodeIndex;

use crate::table::{Table, median};
use crate::{Ground, micros};

const ROUNDS: usize = 3;

pub fn run(ground: &Ground<'_>, table: &mut Table) {
    let graph = ground.store.graph().read().expect("reads");
    let time = |work: &dyn Fn()| {
        let mut times: Vec<f64> = (0..ROUNDS).map(|_| micros(work).0).collect();
        median(&mut times)
    };
    let ours = |work: &dyn Fn(&Graph)| time(&|| work(&graph));
    let theirs = time(&|| assert!(connected_components(ground.petgraph) > 0));
    let took = ours(&|graph| drop(graph.communities().connected().run().expect("runs")));
    table.micros("connected components / petgraph", theirs, took, None);
    let theirs = time(&|| drop(kosaraju_scc(ground.petgraph)));
    let took = ours(&|graph| drop(graph.communities().strongly_connected().run().expect("runs")));
    table.micros("strongly connected components / petgraph kosaraju_scc", theirs, took, None);
    // Harmonic closeness asks for their distances and no more.
    let theirs = time(&|| {
        (0..4).for_each(|node| drop(dijkstra(ground.petgraph, NodeIndex::new(node), None, |_| 1)));
    });
    let took = ours(&|graph| drop(graph.rank().harmonic().exact_up_to(4, 1).run().expect("runs")));
    table.micros("distances from 4 to all, by hops / petgraph dijkstra", theirs, took, None);
    for (what, work) in [
        (
            "PageRank, 20 iterations, weighted",
            &(|graph: &Graph| {
                drop(graph.rank().iterations(20).run().expect("runs"));
            }) as &dyn Fn(&Graph),
        ),
        ("PageRank, 20 iterations, unweighted", &|graph: &Graph| {
            drop(graph.rank().iterations(20).unweighted().run().expect("runs"));
        }),
        ("label propagation", &|graph: &Graph| {
            drop(graph.communities().label_propagation().run().expect("runs"));
        }),
        ("Louvain", &|graph: &Graph| drop(graph.communities().run().expect("runs"))),
        ("betweenness, 32 sources", &|graph: &Graph| {
            drop(graph.rank().betweenness().exact_up_to(32, 1).run().expect("runs"));
        }),
        ("clustering coefficients", &|graph: &Graph| drop(graph.rank().clustering().run().expect("runs"))),
        ("degrees", &|graph: &Graph| {
            drop(graph.rank().degree().direction(Direction::Both).run().expect("runs"))
        }),
        ("Adamic-Adar of the entity with the most relations", &|graph: &Graph| {
            let most = graph.rank().degree().limit(1).run().expect("runs");
            let hub = most.iter().next().expect("one").name;
            drop(graph.related(hub).run().expect("runs"));
        }),
    ] {
        let took = ours(work);
        table.line(what, "", &format!("{:.1} ms", took / 1e3), 0.0, None);
    }
}
