//! Through whom do the shortest ways lead? Brandes' algorithm, by hops.

use super::{Look, Mesh, Watch, sample};
use crate::error::Result;

/// Everybody's betweenness: the sum over all pairs of the share of their shortest ways that lead through it, not
/// normalised. With more than `sources` entities, that many sources, chosen by chance, stand for all. Parallel relations
/// make one way. In a mesh of both directions each pair counts twice.
pub(crate) fn betweenness(mesh: &Mesh, (sources, seed): (usize, u64), watch: &Watch<'_>) -> Result<Vec<f64>> {
    let nodes = mesh.len();
    let mut between = vec![0.0_f64; nodes];
    let chosen = sample(nodes, sources, seed);
    let mut depth = vec![u32::MAX; nodes];
    let mut ways = vec![0.0_f64; nodes];
    let mut share = vec![0.0_f64; nodes];
    let mut met: Vec<u32> = Vec::with_capacity(nodes);
    let mut look = Look::new(watch);
    for (done, &source) in chosen.iter().enumerate() {
        watch.reached(done, Some(chosen.len()))?;
        met.clear();
        met.push(source);
        depth[source as usize] = 0;
        ways[source as usize] = 1.0;
        let mut place = 0;
        while let Some(&node) = met.get(place) {
            place += 1;
            let (next, so_many) = (depth[node as usize] + 1, ways[node as usize]);
            let ends = mesh.ends(node);
            look.after(ends.len() + 1)?;
            for &end in ends {
                let end_depth = &mut depth[end as usize];
                if *end_depth == u32::MAX {
                    *end_depth = next;
                    met.push(end);
                }
                if *end_depth == next {
                    ways[end as usize] += so_many;
                }
            }
        }
        // Backwards, everybody takes its part of what those one step further have.
        for &node in met.iter().rev() {
            let next = depth[node as usize] + 1;
            let ends = mesh.ends(node);
            look.after(ends.len() + 1)?;
            let sum: f64 =
                ends.iter().filter(|&&end| depth[end as usize] == next).map(|&end| share[end as usize]).sum();
            let own = ways[node as usize] * sum;
            // What those before it will take, by each way to here.
            share[node as usize] = (1.0 + own) / ways[node as usize];
            if node != source {
                between[node as usize] += own;
            }
        }
        for &node in &met {
            depth[node as usize] = u32::MAX;
            ways[node as usize] = 0.0;
            share[node as usize] = 0.0;
        }
    }
    let scale = nodes as f64 / chosen.len().max(1) as f64;
    between.iter_mut().for_each(|value| *value *= scale);
    Ok(between)
}
