//! Do petgraph's algorithms say the same of the graph as of petgraph's own copy of it?

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;
mod web;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use ground::{Dice, seed, times};
use mindkeep::graph::Petgraph;
use petgraph::Direction;
use petgraph::algo::{
    bellman_ford, connected_components, dijkstra, has_path_connecting, is_cyclic_directed, kosaraju_scc,
    min_spanning_tree, page_rank, tarjan_scc, toposort,
};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{
    Bfs, Dfs, EdgeCount, EdgeRef, GraphProp, IntoEdgeReferences, IntoEdgesDirected, IntoNeighborsDirected,
    IntoNodeIdentifiers, IntoNodeReferences, NodeCount, NodeIndexable, Reversed, Visitable, Walker,
};
use web::{PLAIN, RICH, SIGNED, Web, import, line, name};

/// A random graph, some of which was written after the arrays were made, and petgraph's own copy.
fn both(dice: &mut Dice, web: &mut Web) -> (Petgraph, DiGraph<(), f64>) {
    let store = web.store();
    store.graph().len().unwrap();
    let sort = RICH;
    for _ in 0..web.edges.len() / 10 {
        let edge = web.chance(dice, sort);
        import(&store, &line(&edge));
        web.put(edge);
    }
    let ours = store.graph().read().unwrap().petgraph().unwrap();
    (ours, web.petgraph(false, |_| true))
}

fn parts<T: Ord + Debug>(parts: Vec<Vec<T>>) -> BTreeSet<BTreeSet<T>> {
    parts.into_iter().map(|part| part.into_iter().collect()).collect()
}

#[test]
fn algorithms_agree() {
    let mut dice = Dice(seed() + 50);
    for _ in 0..times("WEBS", 3, 20) {
        for (nodes, relations, sort) in [(1, 2, PLAIN), (40, 60, RICH), (200, 150, RICH), (600, 3_000, RICH)]
        {
            let mut web = Web::random(&mut dice, nodes, relations, sort);
            let (ours, theirs) = both(&mut dice, &mut web);
            let ours = &ours;
            for start in [0, nodes - 1].map(NodeIndex::new) {
                let costs = dijkstra(ours, start, None, |relation| *relation.weight());
                assert_eq!(costs, dijkstra(&theirs, start, None, |relation| *relation.weight()));
                let met: BTreeSet<_> = Bfs::new(ours, start).iter(ours).collect();
                assert_eq!(met, Bfs::new(&theirs, start).iter(&theirs).collect());
                let met: BTreeSet<_> = Dfs::new(Reversed(ours), start).iter(Reversed(ours)).collect();
                assert_eq!(met, Dfs::new(Reversed(&theirs), start).iter(Reversed(&theirs)).collect());
                let end = NodeIndex::new(dice.below(nodes as u64) as usize);
                let connected = has_path_connecting(ours, start, end, None);
                assert_eq!(connected, has_path_connecting(&theirs, start, end, None));
            }
            assert_eq!(parts(tarjan_scc(ours)), parts(tarjan_scc(&theirs)));
            assert_eq!(parts(kosaraju_scc(ours)), parts(kosaraju_scc(&theirs)));
            assert_eq!(connected_components(ours), connected_components(&theirs));
            assert_eq!(is_cyclic_directed(ours), is_cyclic_directed(&theirs));
            let weight = |tree: f64, element| match element {
                petgraph::data::Element::Edge { weight, .. } => tree + weight,
                petgraph::data::Element::Node { .. } => tree,
            };
            let tree = min_spanning_tree(ours).fold(0.0, weight);
            assert_eq!(tree, min_spanning_tree(&theirs).fold(0.0, weight));
            if nodes <= 200 {
                let ours = page_rank(ours, 0.85_f64, 20);
                for (ours, theirs) in ours.iter().zip(page_rank(&theirs, 0.85_f64, 20)) {
                    assert!((ours - theirs).abs() < 1e-12);
                }
            }
        }
    }
}

#[test]
fn what_leads_nowhere_back_is_put_in_order() {
    let mut dice = Dice(seed() + 51);
    for _ in 0..times("WEBS", 5, 50) {
        let mut web = Web::random(&mut dice, 80, 200, SIGNED);
        let store = web.store();
        assert_eq!(
            toposort(&store.graph().petgraph().unwrap(), None).is_ok(),
            toposort(&web.petgraph(false, |_| true), None).is_ok()
        );
        web.edges.retain(|edge| edge.from < edge.to);
        let ours = web.store().graph().petgraph().unwrap();
        let order = toposort(&ours, None).unwrap();
        let place: BTreeMap<_, _> = order.iter().enumerate().map(|(place, node)| (*node, place)).collect();
        assert_eq!(place.len(), web.nodes);
        assert!((&ours).edge_references().all(|edge| place[&edge.source()] < place[&edge.target()]));
        // Without a circle, costs below nothing are fine.
        let costs = bellman_ford(&ours, NodeIndex::new(0)).unwrap().distances;
        let theirs = web.petgraph(false, |_| true);
        assert_eq!(costs, bellman_ford(&theirs, NodeIndex::new(0)).unwrap().distances);
    }
}

#[test]
fn nodes_and_edges_are_entities_and_relations() {
    let mut dice = Dice(seed() + 52);
    let mut web = Web::random(&mut dice, 60, 300, RICH);
    let (ours, theirs) = both(&mut dice, &mut web);
    assert_eq!((ours.node_count(), ours.node_bound(), ours.edge_count()), (60, 60, web.edges.len()));
    assert!(ours.is_directed());
    let read = &ours;
    assert!(read.node_identifiers().eq((0..60).map(NodeIndex::new)));
    assert!(read.node_references().map(|(node, ())| node).eq(read.node_identifiers()));
    let ids: BTreeSet<_> = read.edge_references().map(|edge| edge.id()).collect();
    assert_eq!(ids.len(), web.edges.len());
    for node in read.node_identifiers() {
        assert_eq!(ours.name(node), name(node.index()));
        assert_eq!(ours.node(&name(node.index())), Ok(node));
        for direction in [Direction::Outgoing, Direction::Incoming] {
            let mut mine: Vec<_> = read.neighbors_directed(node, direction).collect();
            let mut other: Vec<_> = theirs.neighbors_directed(node, direction).collect();
            mine.sort();
            other.sort();
            assert_eq!(mine, other);
            let edges = |edge: (NodeIndex, NodeIndex, f64)| (edge.0, edge.1, edge.2.to_bits());
            let mut mine: Vec<_> = read
                .edges_directed(node, direction)
                .map(|edge| edges((edge.source(), edge.target(), *edge.weight())))
                .collect();
            let mut other: Vec<_> = theirs
                .edges_directed(node, direction)
                .map(|edge| edges((edge.source(), edge.target(), *edge.weight())))
                .collect();
            mine.sort();
            other.sort();
            assert_eq!(mine, other);
            // Seen from either end, a relation is the same one.
            assert!(read.edges_directed(node, direction).all(|edge| ids.contains(&edge.id())));
        }
    }
    let mut map = read.visit_map();
    map.insert(3);
    read.reset_map(&mut map);
    assert_eq!((map.len(), map.count_ones(..)), (60, 0));
    assert!(ours.node("nobody").is_err());
}
