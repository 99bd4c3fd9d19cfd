//! Who belongs together? Label propagation, and how good any division is.

use super::components::renumber;
use super::{Dice, Look, Mesh, Watch};
use crate::error::Result;
use crate::graph::arrays::{Snapshot, Way};

/// Rounds after which label propagation ends in any case.
const ROUNDS_MAX: usize = 100;

/// By entity, the number of its community. Everybody takes up, in turns by chance, the community that most of its
/// relations lead to, direction aside, until nobody changes.
pub(crate) fn label_propagation(
    snapshot: &Snapshot,
    by_weight: bool,
    seed: u64,
    watch: &Watch<'_>,
) -> Result<Vec<u32>> {
    let nodes = snapshot.len();
    let by_weight = by_weight && !snapshot.all_weigh_one();
    let mut communities: Vec<u32> = snapshot.nodes().collect();
    let mut order = communities.clone();
    let mut dice = Dice::new(seed);
    dice.shuffle(&mut order);
    let mut pull = vec![0.0_f64; nodes];
    let mut near: Vec<u32> = Vec::new();
    let mut restless = vec![true; nodes];
    let mut look = Look::new(watch);
    for round in 0..ROUNDS_MAX {
        watch.reached(round, None)?;
        let mut changed = 0;
        for &node in &order {
            if !std::mem::take(&mut restless[node as usize]) {
                continue;
            }
            for way in [Way::Out, Way::In] {
                let edges = snapshot.edges(node, way);
                look.after(edges.ends.len())?;
                for (i, &end) in edges.ends.iter().enumerate() {
                    let weight = if by_weight { edges.weight(i).max(0.0) } else { 1.0 };
                    let community = communities[end as usize];
                    if end != node && weight > 0.0 {
                        if pull[community as usize] == 0.0 {
                            near.push(community);
                        }
                        pull[community as usize] += weight;
                    }
                }
            }
            // Of several that pull equally, the own one, else one by chance that depends on round and entity alone.
            let most = near.iter().map(|&community| pull[community as usize]).fold(0.0, f64::max);
            let own = communities[node as usize];
            if most > 0.0 && pull[own as usize] < most {
                near.retain(|&community| {
                    let best = pull[community as usize] == most;
                    if !best {
                        pull[community as usize] = 0.0;
                    }
                    best
                });
                let chance = Dice::new(seed ^ (u64::from(node) << 32) ^ round as u64).roll();
                communities[node as usize] = near[(chance % near.len() as u64) as usize];
                changed += 1;
                for way in [Way::Out, Way::In] {
                    snapshot.ends(node, way).iter().for_each(|&end| restless[end as usize] = true);
                }
            }
            near.drain(..).for_each(|community| pull[community as usize] = 0.0);
            pull[own as usize] = 0.0;
        }
        // The last few entities may change places for ever.
        if changed == 0 || (round > 4 && changed <= nodes / 10_000) {
            break;
        }
    }
    renumber(&mut communities);
    Ok(communities)
}

/// How much more weight lies within communities than chance would put there: the modularity, direction aside.
pub(crate) fn modularity(mesh: &Mesh, communities: &[u32], resolution: f64) -> f64 {
    let count = communities.iter().max().map_or(0, |&most| most as usize + 1);
    let mut inside = vec![0.0; count];
    let mut all = vec![0.0; count];
    for node in 0..mesh.len() as u32 {
        let community = communities[node as usize] as usize;
        let twice = 2.0 * mesh.loops[node as usize];
        inside[community] += twice;
        all[community] += twice;
        for (end, weight) in mesh.edges(node) {
            all[community] += weight;
            if communities[end as usize] as usize == community {
                inside[community] += weight;
            }
        }
    }
    let total: f64 = all.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    let part = |(inside, all): (&f64, &f64)| inside / total - resolution * (all / total).powi(2);
    inside.iter().zip(&all).map(part).sum()
}
