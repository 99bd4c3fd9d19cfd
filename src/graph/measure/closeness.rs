//! How near is everybody to everybody else, in hops?

use super::{Look, Watch, sample};
use crate::error::Result;
use crate::graph::arrays::Snapshot;
use crate::graph::walk::Direction;

/// How distances become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closeness {
    /// One by the mean distance to those who are reached, times the share of all others who are.
    Mean,
    /// The sum of one by each distance.
    Harmonic,
}

/// Everybody's closeness along relations of a direction. With more than `exact_max` entities, distances to that many of
/// them, chosen by chance, stand for all.
pub(crate) fn closeness(
    snapshot: &Snapshot,
    sort: Closeness,
    direction: Direction,
    (exact_max, seed): (usize, u64),
    watch: &Watch<'_>,
) -> Result<Vec<f64>> {
    let nodes = snapshot.len();
    let targets = sample(nodes, exact_max, seed);
    let mut reached = vec![0_u32; nodes];
    let mut sums = vec![0.0_f64; nodes];
    let mut depth = vec![u32::MAX; nodes];
    let mut look = Look::new(watch);
    let mut queue: Vec<u32> = Vec::new();
    for (done, &target) in targets.iter().enumerate() {
        watch.reached(done, Some(targets.len()))?;
        // From a target against the relations, everybody's distance to it.
        queue.clear();
        queue.push(target);
        depth[target as usize] = 0;
        let mut place = 0;
        while let Some(&node) = queue.get(place) {
            place += 1;
            let next = depth[node as usize] + 1;
            for &way in direction.reversed().ways() {
                let ends = snapshot.ends(node, way);
                look.after(ends.len() + 1)?;
                for &end in ends {
                    if depth[end as usize] == u32::MAX {
                        depth[end as usize] = next;
                        queue.push(end);
                    }
                }
            }
        }
        for &node in &queue {
            let far = std::mem::replace(&mut depth[node as usize], u32::MAX);
            if far > 0 {
                reached[node as usize] += 1;
                sums[node as usize] += match sort {
                    Closeness::Mean => f64::from(far),
                    Closeness::Harmonic => 1.0 / f64::from(far),
                };
            }
        }
    }
    // Each sampled target stands for so many of the others.
    let others = nodes.saturating_sub(1) as f64;
    let mut sampled = vec![false; nodes];
    targets.iter().for_each(|&target| sampled[target as usize] = true);
    let value = |node: usize| {
        let asked = (targets.len() - usize::from(sampled[node])) as f64;
        if asked == 0.0 || reached[node] == 0 {
            return 0.0;
        }
        let reached = f64::from(reached[node]);
        match sort {
            Closeness::Mean => reached / sums[node] * (reached / asked),
            Closeness::Harmonic => sums[node] / asked * others,
        }
    };
    Ok((0..nodes).map(value).collect())
}
