//! What does it cost to see who is near, and to find a way?

use std::collections::HashSet;

use mindkeep::graph::{Direction, Graph};
use petgraph::Direction::Outgoing;
use petgraph::algo::{astar, dijkstra};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::Visitable;
use rusqlite::{Connection, Statement};

use crate::table::{Goal, Table, median};
use crate::{Dice, Ground, micros, name};

/// Questions that are asked of each side in turn, and entities that one question is about.
const ROUNDS: usize = 9;
const ASKED: usize = 40;

pub fn run(ground: &Ground<'_>, table: &mut Table) {
    let conn = Connection::open(ground.path).expect("opens");
    conn.pragma_update(None, "cache_size", -65_536).expect("a setting");
    reading(ground, table);
    for depth in [2, 3] {
        hops(ground, &conn, depth, table);
    }
    paths(ground, table);
}

/// From rows to arrays, which a store pays once, at the first question.
fn reading(ground: &Ground<'_>, table: &mut Table) {
    let mut ours: Vec<f64> = (0..5)
        .map(|_| {
            ground.store.pause(std::time::Duration::from_secs(5)).expect("pauses");
            ground.store.resume().expect("resumes");
            micros(|| ground.store.graph().len().expect("reads")).0
        })
        .collect();
    let conn = Connection::open(ground.path).expect("opens");
    conn.pragma_update(None, "cache_size", -16_384).expect("a setting");
    let mut rows: Vec<f64> = (0..5)
        .map(|_| {
            micros(|| {
                let sql = "SELECT source_id, target_id, label_id, valid_from, valid_to, weight FROM relation";
                let mut statement = conn.prepare(sql).expect("SQL");
                let mut rows = statement.query([]).expect("rows");
                let mut sum = 0;
                while let Some(row) = rows.next().expect("a row") {
                    sum += row.get_ref(0).expect("a column").as_i64().expect("a number");
                }
                sum
            })
            .0
        })
        .collect();
    let (ours, rows) = (median(&mut ours), median(&mut rows));
    table.micros("arrays from rows / reading the relations' rows, source alone", rows, ours, None);
}

fn by_cte(statement: &mut Statement<'_>, root: &str, depth: u32) -> usize {
    statement.query_row((root, depth), |row| row.get(0)).expect("a count")
}

fn by_node(find: &mut Statement<'_>, next: &mut Statement<'_>, root: &str, depth: u32) -> usize {
    let root: i64 = find.query_row([root], |row| row.get(0)).expect("known");
    let mut met = HashSet::from([root]);
    let mut edge = vec![root];
    for _ in 0..depth {
        let mut further = Vec::new();
        for node in edge {
            let mut rows = next.query([node]).expect("rows");
            while let Some(row) = rows.next().expect("a row") {
                let end = row.get(0).expect("a number");
                if met.insert(end) {
                    further.push(end);
                }
            }
        }
        edge = further;
    }
    met.len() - 1
}

fn by_petgraph(graph: &DiGraph<(), f64>, root: usize, depth: u32) -> usize {
    let mut met = graph.visit_map();
    let mut found = vec![NodeIndex::new(root)];
    met.insert(root);
    let mut from = 0;
    for _ in 0..depth {
        let to = found.len();
        for place in from..to {
            for end in graph.neighbors_directed(found[place], Outgoing) {
                if !met.put(end.index()) {
                    found.push(end);
                }
            }
        }
        from = to;
    }
    found.len() - 1
}

fn ours(graph: &Graph, root: &str, depth: u32) -> usize {
    graph.neighborhood(root).depth(depth).direction(Direction::Out).run().expect("known").len()
}

fn hops(ground: &Ground<'_>, conn: &Connection, depth: u32, table: &mut Table) {
    let mut dice = Dice(u64::from(depth));
    let cte = "WITH RECURSIVE near(id, depth) AS (
                 SELECT entity_id, 0 FROM entity WHERE scope_id = 0 AND name = ?1
                 UNION SELECT target_id, depth + 1 FROM near JOIN relation ON source_id = id AND scope_id = 0
                        WHERE depth < ?2)
               SELECT count(DISTINCT id) - 1 FROM near";
    let mut cte = conn.prepare(cte).expect("SQL");
    let find = "SELECT entity_id FROM entity WHERE scope_id = 0 AND name = ?1";
    let mut find = conn.prepare(find).expect("SQL");
    let mut next =
        conn.prepare("SELECT target_id FROM relation WHERE source_id = ?1 AND scope_id = 0").expect("SQL");
    let graph = ground.store.graph();
    let pinned = graph.read().expect("reads");
    let mut times: [Vec<f64>; 5] = Default::default();
    let mut found = 0;
    // The cache is warm for everybody in the last rounds, which the median sees.
    for _ in 0..ROUNDS {
        let roots: Vec<usize> = (0..ASKED).map(|_| dice.below(ground.web.nodes)).collect();
        let names: Vec<String> = roots.iter().map(|&root| name(root)).collect();
        let mut ask = |place: usize, times_over: usize, work: &mut dyn FnMut(usize) -> usize| -> usize {
            let (took, sum) = micros(|| (0..times_over * ASKED).map(|i| work(i % ASKED)).sum::<usize>());
            times[place].push(took / (ASKED * times_over) as f64);
            sum / times_over
        };
        let sums = [
            ask(0, 1, &mut |i| by_cte(&mut cte, &names[i], depth)),
            ask(1, 1, &mut |i| by_node(&mut find, &mut next, &names[i], depth)),
            ask(2, 10, &mut |i| by_petgraph(ground.petgraph, roots[i], depth)),
            ask(3, 50, &mut |i| ours(&pinned, &names[i], depth)),
            ask(4, 50, &mut |i| ours(&graph, &names[i], depth)),
        ];
        assert!(sums.iter().all(|sum| *sum == sums[0]), "{sums:?}");
        found += sums[0];
    }
    let [cte, node, petgraph, pinned, single] = times.map(|mut times| median(&mut times));
    let what = format!("{depth} hops ({} entities)", found / (ROUNDS * ASKED));
    let goal = |least| Some(Goal::AtLeast(least));
    table.micros(&format!("{what}: recursive CTE / pinned handle (times faster)"), cte, pinned, goal(150.0));
    table.micros(&format!("{what}: recursive CTE / a single call (times faster)"), cte, single, goal(70.0));
    table.micros(
        &format!("{what}: petgraph Graph / pinned handle (times faster)"),
        petgraph,
        pinned,
        goal(20.0),
    );
    table.micros(&format!("{what}: SQL per node / pinned handle"), node, pinned, Some(Goal::AtLeast(1.0)));
}

fn paths(ground: &Ground<'_>, table: &mut Table) {
    let mut dice = Dice(9);
    let graph = ground.store.graph().read().expect("reads");
    let mut times: [Vec<f64>; 4] = Default::default();
    for _ in 0..15 {
        let (from, to) = (dice.below(ground.web.nodes), dice.below(ground.web.nodes));
        let (start, goal) = (NodeIndex::new(from), NodeIndex::new(to));
        let (from, to) = (name(from), name(to));
        let ask = || graph.path(&from, &to).direction(Direction::Out);
        let (took, theirs) = micros(|| dijkstra(ground.petgraph, start, Some(goal), |e| *e.weight()));
        times[0].push(took);
        let (took, ours) = micros(|| ask().by_weight().run().expect("known"));
        times[1].push(took);
        assert_eq!(ours.map(|path| path.cost), theirs.get(&goal).copied());
        let (took, theirs) = micros(|| astar(ground.petgraph, start, |node| node == goal, |_| 1, |_| 0));
        times[2].push(took);
        let (took, ours) = micros(|| ask().run().expect("known"));
        times[3].push(took);
        assert_eq!(ours.map(|path| path.hops()), theirs.map(|(cost, _)| cost));
    }
    let [dijkstra, weight, astar, hops] = times.map(|mut times| median(&mut times));
    let goal = Some(Goal::AtLeast(100.0));
    table.micros(
        "one path by weight: petgraph dijkstra / ours (times faster; the goal is igraph's)",
        dijkstra,
        weight,
        goal,
    );
    table.micros("one path by hops: petgraph astar / ours (times faster)", astar, hops, goal);
}
