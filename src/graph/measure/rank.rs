//! Who matters most? PageRank, by the power method, for everybody or seen from some.

use super::{Look, Watch};
use crate::error::Result;
use crate::graph::arrays::{Snapshot, Way};

/// How it is computed.
pub(crate) struct Rank<'r> {
    pub(crate) damping: f64,
    pub(crate) iterations: u32,
    /// Ends when all changes together are smaller than this.
    pub(crate) tolerance: f64,
    pub(crate) by_weight: bool,
    /// To whom the walk returns, equally; everybody if there are none.
    pub(crate) seeds: &'r [u32],
}

/// Everybody's PageRank; they add up to 1. Relations of weight 0 and less carry nothing. What arrives where no relation
/// leaves goes on as a return does.
pub(crate) fn rank(snapshot: &Snapshot, how: &Rank<'_>, watch: &Watch<'_>) -> Result<Vec<f64>> {
    let nodes = snapshot.len();
    if nodes == 0 {
        return Ok(Vec::new());
    }
    let by_weight = how.by_weight && !snapshot.all_weigh_one();
    let mut home = vec![0.0; nodes];
    if how.seeds.is_empty() {
        home.fill(1.0 / nodes as f64);
    }
    how.seeds.iter().for_each(|&seed| home[seed as usize] += 1.0 / how.seeds.len() as f64);
    let share: Vec<f64> = snapshot
        .nodes()
        .map(|node| {
            let edges = snapshot.edges(node, Way::Out);
            let sum = if by_weight {
                (0..edges.ends.len()).map(|i| edges.weight(i).max(0.0)).sum()
            } else {
                edges.ends.len() as f64
            };
            if sum > 0.0 { 1.0 / sum } else { 0.0 }
        })
        .collect();
    let mut ranks = home.clone();
    let mut given = vec![0.0; nodes];
    let mut look = Look::new(watch);
    for done in 0..how.iterations {
        watch.reached(done as usize, Some(how.iterations as usize))?;
        let mut stuck = 0.0;
        for node in 0..nodes {
            given[node] = ranks[node] * share[node];
            if share[node] == 0.0 {
                stuck += ranks[node];
            }
        }
        let mut change = 0.0;
        for node in snapshot.nodes() {
            let edges = snapshot.edges(node, Way::In);
            let got: f64 = if by_weight {
                edges
                    .ends
                    .iter()
                    .enumerate()
                    .map(|(i, &end)| given[end as usize] * edges.weight(i).max(0.0))
                    .sum()
            } else {
                edges.ends.iter().map(|&end| given[end as usize]).sum()
            };
            let node = node as usize;
            let rank = how.damping * (got + stuck * home[node]) + (1.0 - how.damping) * home[node];
            change += (rank - ranks[node]).abs();
            ranks[node] = rank;
            look.after(edges.ends.len())?;
        }
        if change < how.tolerance {
            break;
        }
    }
    Ok(ranks)
}
