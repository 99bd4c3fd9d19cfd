//! Which other ways are there? The k shortest (Yen), and all up to a length, none of which meets an entity twice.

use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use super::path::{Costs, Route};
use super::weighted::{Due, cost_of};
use super::{Conditions, Direction};
use crate::error::Result;
use crate::graph::answers::Touched;
use crate::graph::arrays::Snapshot;
use crate::storage::ReadLimits;

const LOOK: usize = 1_024;

/// What every search of one question has in common.
pub(crate) struct Question<'q> {
    snapshot: &'q Snapshot,
    direction: Direction,
    costs: Costs,
    conditions: &'q Conditions,
    limits: &'q ReadLimits,
}

/// The `k` shortest ways that meet no entity twice, shortest first; of two that cost the same, the one whose entities
/// were made first. Parallel relations make no further way.
pub(crate) fn k_shortest(
    snapshot: &Snapshot,
    (from, to): (u32, u32),
    k: usize,
    (direction, costs): (Direction, Costs),
    conditions: &Conditions,
    touched: &mut Touched,
    limits: &ReadLimits,
) -> Result<Vec<Route>> {
    costs.check(snapshot, conditions, touched)?;
    let question = Question { snapshot, direction, costs, conditions, limits };
    let mut found: Vec<Route> = Vec::new();
    // Ordered by cost, then by entities; costs are 0 or more, so that their bits are in order.
    let mut candidates: BTreeSet<(u64, Vec<u32>)> = BTreeSet::new();
    let first = question.search((from, to), &HashSet::new(), &HashSet::new(), touched)?;
    candidates.extend(first.map(|nodes| (question.cost(&nodes).to_bits(), nodes)));
    while found.len() < k {
        let Some((cost, nodes)) = candidates.pop_first() else { break };
        for turn in 0..nodes.len().saturating_sub(1) {
            let root = &nodes[..=turn];
            let taken = found.iter().map(|route| &route.nodes).chain([&nodes]);
            let closed: HashSet<(u32, u32)> = taken
                .filter(|nodes| nodes.len() > turn + 1 && nodes[..=turn] == *root)
                .map(|nodes| (nodes[turn], nodes[turn + 1]))
                .collect();
            let behind: HashSet<u32> = root[..turn].iter().copied().collect();
            if let Some(rest) = question.search((nodes[turn], to), &behind, &closed, touched)? {
                let whole: Vec<u32> = root[..turn].iter().copied().chain(rest).collect();
                candidates.insert((question.cost(&whole).to_bits(), whole));
            }
        }
        found.push(Route { nodes, cost: f64::from_bits(cost) });
    }
    Ok(found)
}

impl Question<'_> {
    fn cost(&self, nodes: &[u32]) -> f64 {
        // Not below zero, which has other bits.
        cost_of(self.snapshot, nodes, self.direction, self.costs, self.conditions) + 0.0
    }

    /// The cheapest way that meets none of some entities and takes none of some steps.
    fn search(
        &self,
        (from, to): (u32, u32),
        behind: &HashSet<u32>,
        closed: &HashSet<(u32, u32)>,
        touched: &mut Touched,
    ) -> Result<Option<Vec<u32>>> {
        let mut best: HashMap<u32, (f64, u32)> = HashMap::from([(from, (0.0, from))]);
        let mut due = BinaryHeap::from([Due { cost: 0.0, node: from }]);
        let mut steps = 0;
        while let Some(Due { cost, node }) = due.pop() {
            if node == to {
                let mut nodes = vec![to];
                let mut node = to;
                while node != from {
                    node = best[&node].1;
                    nodes.push(node);
                }
                nodes.reverse();
                return Ok(Some(nodes));
            }
            if cost > best[&node].0 {
                continue;
            }
            touched.add(node);
            steps += 1;
            if steps % LOOK == 0 {
                self.limits.check()?;
            }
            self.conditions.each(self.snapshot, node, self.direction, |_, end, edges, i| {
                let Some(step) = self.costs.of(edges.weight(i)) else { return };
                if behind.contains(&end) || closed.contains(&(node, end)) {
                    return;
                }
                let total = cost + step;
                if best.get(&end).is_none_or(|known| total < known.0) {
                    best.insert(end, (total, node));
                    due.push(Due { cost: total, node: end });
                }
            });
        }
        Ok(None)
    }
}

/// All ways of at most `hops_max` steps that meet no entity twice, up to `limit`, in the order of their entities.
pub(crate) fn simple_paths(
    snapshot: &Snapshot,
    (from, to): (u32, u32),
    (hops_max, limit): (u32, usize),
    direction: Direction,
    conditions: &Conditions,
    touched: &mut Touched,
    limits: &ReadLimits,
) -> Result<Vec<Route>> {
    // How far everybody is from the end: nobody goes where the end cannot be reached any more.
    let mut left: HashMap<u32, u32> = HashMap::new();
    let near = super::near(snapshot, &[to], hops_max, direction.reversed(), conditions, usize::MAX, limits)?;
    touched.add_all(&near.nodes);
    for (place, &node) in near.nodes.iter().enumerate() {
        left.insert(node, near.depth(place));
    }
    let next = |node: u32| {
        let mut ends = BTreeSet::new();
        conditions.each(snapshot, node, direction, |_, end, _, _| {
            ends.insert(end);
        });
        ends.into_iter()
    };
    let mut found = Vec::new();
    if limit == 0 || !left.contains_key(&from) {
        return Ok(found);
    }
    if from == to {
        return Ok(vec![Route { nodes: vec![from], cost: 0.0 }]);
    }
    let mut nodes = vec![from];
    let mut open = vec![next(from)];
    let mut steps = 0;
    while let Some(ends) = open.last_mut() {
        steps += 1;
        if steps % LOOK == 0 {
            limits.check()?;
        }
        let Some(end) = ends.next() else {
            open.pop();
            nodes.pop();
            continue;
        };
        let hops = nodes.len() as u32;
        if nodes.contains(&end) || left.get(&end).is_none_or(|&left| hops + left > hops_max) {
            continue;
        }
        if end == to {
            let nodes: Vec<u32> = nodes.iter().copied().chain([to]).collect();
            let cost = (nodes.len() - 1) as f64;
            found.push(Route { nodes, cost });
            if found.len() == limit {
                break;
            }
            continue;
        }
        nodes.push(end);
        open.push(next(end));
    }
    Ok(found)
}
