//! What is the cheapest way? Dijkstra's search, from both ends at once.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::path::{Costs, Route};
use super::{Conditions, Direction};
use crate::error::Result;
use crate::graph::answers::Touched;
use crate::graph::arrays::Snapshot;
use crate::storage::ReadLimits;

const NOBODY: u32 = u32::MAX;
const LOOK: usize = 1_024;

/// An entity and what it costs to get there; the cheapest is the greatest, for the heap.
#[derive(PartialEq)]
pub(super) struct Due {
    pub(super) cost: f64,
    pub(super) node: u32,
}

impl Eq for Due {}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        other.cost.total_cmp(&self.cost).then(other.node.cmp(&self.node))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

struct Side {
    direction: Direction,
    /// By entity, the least cost so far, and from where.
    best: Vec<(f64, u32)>,
    due: BinaryHeap<Due>,
}

impl Side {
    fn new(snapshot: &Snapshot, end: u32, direction: Direction) -> Self {
        let mut best = vec![(f64::INFINITY, NOBODY); snapshot.len()];
        best[end as usize] = (0.0, end);
        Self { direction, best, due: BinaryHeap::from([Due { cost: 0.0, node: end }]) }
    }

    /// The least cost of anybody who is still due.
    fn next_cost(&mut self) -> Option<f64> {
        while let Some(due) = self.due.peek() {
            if due.cost <= self.best[due.node as usize].0 {
                return Some(due.cost);
            }
            self.due.pop();
        }
        None
    }

    fn back_from(&self, mut node: u32) -> Vec<u32> {
        let mut nodes = vec![node];
        while self.best[node as usize].1 != node {
            node = self.best[node as usize].1;
            nodes.push(node);
        }
        nodes
    }
}

/// The cheapest way. Costs are 0 or more.
pub(super) fn from_both_ends(
    snapshot: &Snapshot,
    (from, to): (u32, u32),
    direction: Direction,
    costs: Costs,
    conditions: &Conditions,
    touched: &mut Touched,
    limits: &ReadLimits,
) -> Result<Option<Route>> {
    let mut forward = Side::new(snapshot, from, direction);
    let mut backward = Side::new(snapshot, to, direction.reversed());
    let (mut cheapest, mut middle) = (f64::INFINITY, NOBODY);
    let mut steps = 0;
    // Nothing cheaper can come once the two next ones cost as much together as the best meeting.
    while let (Some(a), Some(b)) = (forward.next_cost(), backward.next_cost()) {
        if a + b >= cheapest {
            break;
        }
        steps += 1;
        if steps % LOOK == 0 {
            limits.check()?;
        }
        let (side, other) = if a <= b { (&mut forward, &backward) } else { (&mut backward, &forward) };
        let Some(Due { cost, node }) = side.due.pop() else { break };
        touched.add(node);
        conditions.each(snapshot, node, side.direction, |_, end, edges, i| {
            let Some(step) = costs.of(edges.weight(i)) else { return };
            let total = cost + step;
            if total < side.best[end as usize].0 {
                side.best[end as usize] = (total, node);
                side.due.push(Due { cost: total, node: end });
                let through = total + other.best[end as usize].0;
                if through < cheapest {
                    (cheapest, middle) = (through, end);
                }
            }
        });
    }
    if middle == NOBODY {
        return Ok(None);
    }
    let mut nodes = forward.back_from(middle);
    nodes.reverse();
    nodes.extend(backward.back_from(middle).into_iter().skip(1));
    let cost = cost_of(snapshot, &nodes, direction, costs, conditions);
    Ok(Some(Route { nodes, cost }))
}

/// The cheapest relation from one entity to the next, and what it costs.
pub(crate) fn step_cost(
    snapshot: &Snapshot,
    (from, to): (u32, u32),
    direction: Direction,
    costs: Costs,
    conditions: &Conditions,
) -> f64 {
    let mut least = f64::INFINITY;
    conditions.each(snapshot, from, direction, |_, end, edges, i| {
        if end == to
            && let Some(cost) = costs.of(edges.weight(i))
        {
            least = least.min(cost);
        }
    });
    least
}

/// What a way costs, added up from its beginning.
pub(super) fn cost_of(
    snapshot: &Snapshot,
    nodes: &[u32],
    direction: Direction,
    costs: Costs,
    conditions: &Conditions,
) -> f64 {
    nodes.windows(2).map(|pair| step_cost(snapshot, (pair[0], pair[1]), direction, costs, conditions)).sum()
}
