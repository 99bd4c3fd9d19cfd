//! Who is connected with whom, once? The graph without loops and with parallel relations made one.

use super::{Look, Watch};
use crate::error::Result;
use crate::graph::arrays::{Snapshot, Way};
use crate::graph::walk::Direction;

/// What a neighbour weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weights {
    /// Nothing is weighed.
    None,
    /// The number of relations to it.
    Count,
    /// Their weights; those of weight 0 and less add nothing.
    Sum,
}

/// Neighbours of every entity, ascending, each once.
pub(crate) struct Mesh {
    pub(super) starts: Vec<u32>,
    pub(super) ends: Vec<u32>,
    /// Empty if weights do not count.
    pub(super) weights: Vec<f64>,
    /// Weight of an entity's relations to itself.
    pub(super) loops: Vec<f64>,
}

impl Mesh {
    pub(crate) fn new(
        snapshot: &Snapshot,
        direction: Direction,
        weights: Weights,
        watch: &Watch<'_>,
    ) -> Result<Self> {
        let nodes = snapshot.len();
        let mut mesh = Self {
            starts: Vec::with_capacity(nodes + 1),
            ends: Vec::with_capacity(snapshot.relations() * direction.ways().len()),
            weights: Vec::new(),
            loops: vec![0.0; nodes],
        };
        let mut look = Look::new(watch);
        mesh.starts.push(0);
        for node in snapshot.nodes() {
            look.after(1 + mesh.add(snapshot, node, direction, weights))?;
            mesh.starts.push(mesh.ends.len() as u32);
        }
        Ok(mesh)
    }

    /// Adds an entity's neighbours by merging its two lists, which are in order.
    fn add(&mut self, snapshot: &Snapshot, node: u32, direction: Direction, weights: Weights) -> usize {
        let list = |way| direction.ways().contains(&way).then(|| snapshot.edges(node, way));
        let (out, into) = (list(Way::Out), list(Way::In));
        let ends = |list: &Option<crate::graph::arrays::Edges<'_>>, i: usize| {
            list.as_ref().and_then(|list| list.ends.get(i).copied()).unwrap_or(u32::MAX)
        };
        let first = self.ends.len();
        let (mut i, mut j) = (0, 0);
        loop {
            let (a, b) = (ends(&out, i), ends(&into, j));
            let end = a.min(b);
            if end == u32::MAX {
                return i + j;
            }
            let (list, place) = if a <= b { (&out, &mut i) } else { (&into, &mut j) };
            let weight = match list {
                Some(list) if weights == Weights::Sum => list.weight(*place).max(0.0),
                _ => 1.0,
            };
            *place += 1;
            if end == node {
                // A loop lies in both lists.
                if a <= b || out.is_none() {
                    self.loops[node as usize] += weight;
                }
            } else if self.ends[first..].last() != Some(&end) {
                self.ends.push(end);
                if weights != Weights::None {
                    self.weights.push(weight);
                }
            } else if let Some(last) = self.weights.last_mut() {
                *last += weight;
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.loops.len()
    }

    #[inline]
    fn range(&self, node: u32) -> std::ops::Range<usize> {
        self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize
    }

    #[inline]
    pub(super) fn ends(&self, node: u32) -> &[u32] {
        &self.ends[self.range(node)]
    }

    /// Neighbours with their weights.
    #[inline]
    pub(super) fn edges(&self, node: u32) -> impl Iterator<Item = (u32, f64)> + '_ {
        let range = self.range(node);
        let weights = if self.weights.is_empty() { &[][..] } else { &self.weights[range.clone()] };
        self.ends[range].iter().enumerate().map(|(i, &end)| (end, weights.get(i).copied().unwrap_or(1.0)))
    }
}
