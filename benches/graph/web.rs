//! What graph do the benches ask? The same on every machine, for a number of relations.

use std::collections::HashSet;
use std::fmt::Write;

use mindkeep::{Import, Store};

const LABELS: [&str; 5] = ["met_with", "lives_in", "works_for", "married_to", "owes"];

/// Chance that is the same on every machine (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound.max(1) as u64) as usize
    }
}

/// The relations, each as (from, to, label, weight), and how many entities there are.
pub struct Web {
    pub nodes: usize,
    pub edges: Vec<(u32, u32, usize, f64)>,
}

impl Web {
    /// A few entities have many relations, most have few; two thirds stay within groups of some hundred.
    pub fn new(relations: usize) -> Self {
        let nodes = relations / 10;
        let mut dice = Dice(1666);
        let mut edges = Vec::with_capacity(relations);
        let mut seen = HashSet::with_capacity(relations);
        while edges.len() < relations {
            // The product of two shares of 1 is small more often than not.
            let skewed = |dice: &mut Dice| (dice.below(nodes) * (1 + dice.below(nodes)) / nodes) as u32;
            let from = if dice.below(2) == 0 { skewed(&mut dice) } else { dice.below(nodes) as u32 };
            let to = match dice.below(3) {
                0 => skewed(&mut dice),
                _ => (from / 200 * 200 + dice.below(200) as u32).min(nodes as u32 - 1),
            };
            let label = dice.below(LABELS.len());
            if seen.insert((from, to, label)) {
                edges.push((from, to, label, (1 + dice.below(16)) as f64 / 4.0));
            }
        }
        Self { nodes, edges }
    }

    pub fn import(&self, store: &Store) {
        let mut lines = String::with_capacity(self.edges.len() * 90);
        for node in 0..self.nodes {
            writeln!(lines, r#"{{"type":"entity","label":"person","name":"{}"}}"#, name(node))
                .expect("memory");
        }
        for (from, to, label, weight) in &self.edges {
            let (from, to, label) = (name(*from as usize), name(*to as usize), LABELS[*label]);
            writeln!(
                lines,
                r#"{{"type":"relation","label":"{label}","from":"{from}","to":"{to}","weight":{weight}}}"#
            )
            .expect("memory");
        }
        let report = store.import(lines.as_bytes(), Import::new().chunk(10_000)).expect("imports");
        assert_eq!(report.rejected_count, 0);
    }
}

pub fn name(node: usize) -> String {
    format!("Person {node}")
}
