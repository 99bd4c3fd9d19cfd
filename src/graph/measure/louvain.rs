//! Who belongs together, so that as much weight as possible lies within communities? Louvain's method: everybody moves
//! to the best neighbouring community until nobody gains, then communities become the entities of the next level.

use super::components::renumber;
use super::{Dice, Look, Mesh, Watch};
use crate::error::Result;

/// Rounds of moves on one level, and levels, after which it ends in any case.
const ROUNDS_MAX: usize = 100;
const LEVELS_MAX: usize = 64;
/// A round that gains less modularity than this is the last of its level.
const GAIN_MIN: f64 = 1e-7;

/// By entity, the number of its community.
pub(crate) fn louvain(mesh: &Mesh, resolution: f64, seed: u64, watch: &Watch<'_>) -> Result<Vec<u32>> {
    let mut communities: Vec<u32> = (0..mesh.len() as u32).collect();
    let mut merged: Option<Mesh> = None;
    let mut dice = Dice::new(seed);
    let mut look = Look::new(watch);
    for level in 0..LEVELS_MAX {
        watch.reached(level, None)?;
        let level = merged.as_ref().unwrap_or(mesh);
        let mut moved = moves(level, resolution, &mut dice, &mut look)?;
        let count = renumber(&mut moved) as usize;
        for community in &mut communities {
            *community = moved[*community as usize];
        }
        if count == level.len() {
            break;
        }
        merged = Some(merge(level, &moved, count, &mut look)?);
    }
    renumber(&mut communities);
    Ok(communities)
}

/// One level: by entity, its community.
fn moves(mesh: &Mesh, resolution: f64, dice: &mut Dice, look: &mut Look<'_, '_>) -> Result<Vec<u32>> {
    let nodes = mesh.len();
    let mut communities: Vec<u32> = (0..nodes as u32).collect();
    let degree: Vec<f64> = (0..nodes as u32)
        .map(|node| 2.0 * mesh.loops[node as usize] + mesh.edges(node).map(|(_, weight)| weight).sum::<f64>())
        .collect();
    let total: f64 = degree.iter().sum();
    if total <= 0.0 {
        return Ok(communities);
    }
    let mut weight_of = degree.clone();
    let mut to = vec![0.0_f64; nodes];
    let mut near: Vec<u32> = Vec::new();
    let mut order: Vec<u32> = communities.clone();
    dice.shuffle(&mut order);
    // Whoever has not moved, and whose neighbours have not since, is passed over until nobody else moves: communities
    // may have changed by those who are not neighbours.
    let mut restless = vec![true; nodes];
    let mut all = true;
    for _ in 0..ROUNDS_MAX {
        let mut gained = 0.0;
        for &node in &order {
            if !std::mem::take(&mut restless[node as usize]) {
                continue;
            }
            let (here, own) = (degree[node as usize], communities[node as usize]);
            look.after(mesh.ends(node).len() + 1)?;
            for (end, weight) in mesh.edges(node) {
                let community = communities[end as usize];
                if to[community as usize] == 0.0 {
                    near.push(community);
                }
                to[community as usize] += weight;
            }
            weight_of[own as usize] -= here;
            let gain = |community: u32| {
                to[community as usize] - resolution * here * weight_of[community as usize] / total
            };
            let stay = gain(own);
            let (mut best, mut most) = (own, stay);
            for &community in &near {
                let gain = gain(community);
                if gain > most {
                    (best, most) = (community, gain);
                }
            }
            weight_of[best as usize] += here;
            communities[node as usize] = best;
            gained += 2.0 * (most - stay) / total;
            if best != own {
                let others = mesh.ends(node).iter().filter(|&&end| communities[end as usize] != best);
                others.for_each(|&end| restless[end as usize] = true);
            }
            near.drain(..).for_each(|community| to[community as usize] = 0.0);
        }
        if gained < GAIN_MIN && std::mem::replace(&mut all, true) {
            break;
        }
        if gained < GAIN_MIN {
            restless.fill(true);
        } else {
            all = false;
        }
    }
    Ok(communities)
}

/// Communities as the entities of the next level.
fn merge(mesh: &Mesh, communities: &[u32], count: usize, look: &mut Look<'_, '_>) -> Result<Mesh> {
    // Members by community.
    let mut starts = vec![0_usize; count + 1];
    communities.iter().for_each(|&community| starts[community as usize + 1] += 1);
    for community in 0..count {
        starts[community + 1] += starts[community];
    }
    let mut next = starts.clone();
    let mut members = vec![0_u32; mesh.len()];
    for (node, &community) in communities.iter().enumerate() {
        let place = &mut next[community as usize];
        members[*place] = node as u32;
        *place += 1;
    }
    let mut level = Mesh { starts: vec![0], ends: Vec::new(), weights: Vec::new(), loops: vec![0.0; count] };
    let mut to = vec![0.0_f64; count];
    let mut near: Vec<u32> = Vec::new();
    for community in 0..count {
        for &node in &members[starts[community]..starts[community + 1]] {
            look.after(mesh.ends(node).len() + 1)?;
            level.loops[community] += mesh.loops[node as usize];
            for (end, weight) in mesh.edges(node) {
                let other = communities[end as usize];
                if other as usize == community {
                    // Met from both of its ends.
                    level.loops[community] += weight / 2.0;
                    continue;
                }
                if to[other as usize] == 0.0 {
                    near.push(other);
                }
                to[other as usize] += weight;
            }
        }
        near.sort_unstable();
        for other in near.drain(..) {
            level.ends.push(other);
            level.weights.push(std::mem::take(&mut to[other as usize]));
        }
        level.starts.push(level.ends.len() as u32);
    }
    Ok(level)
}
