//! How many relations has everybody, and do the neighbours know each other?

use super::{Look, Mesh, Watch, Weights};
use crate::error::Result;
use crate::graph::arrays::Snapshot;
use crate::graph::walk::Direction;

/// How many relations everybody has, parallel ones each; a loop counts in each direction.
pub(crate) fn degrees(snapshot: &Snapshot, direction: Direction) -> Vec<f64> {
    let count = |node| direction.ways().iter().map(|&way| snapshot.ends(node, way).len()).sum::<usize>();
    snapshot.nodes().map(|node| count(node) as f64).collect()
}

/// Entities between two reports of how far it has come.
const PART: u32 = 1_024;

/// The share of pairs of everybody's neighbours that are neighbours of each other, direction aside; 0 with fewer than
/// two neighbours.
pub(crate) fn clustering(snapshot: &Snapshot, watch: &Watch<'_>) -> Result<Vec<f64>> {
    let mesh = Mesh::new(snapshot, Direction::Both, Weights::None, watch)?;
    let nodes = mesh.len();
    // Each triangle is found once, from its entity with the fewest neighbours: hubs are only ever looked at.
    let order = |node: u32| (mesh.ends(node).len(), node);
    let mut triangles = vec![0_u32; nodes];
    let mut marked = vec![false; nodes];
    let mut look = Look::new(watch);
    let later = |node: u32| mesh.ends(node).iter().copied().filter(move |&end| order(end) > order(node));
    for node in 0..nodes as u32 {
        if node % PART == 0 {
            watch.reached(node as usize, Some(nodes))?;
        }
        later(node).for_each(|end| marked[end as usize] = true);
        for second in later(node) {
            look.after(mesh.ends(second).len())?;
            for third in later(second) {
                if marked[third as usize] {
                    [node, second, third].iter().for_each(|&corner| triangles[corner as usize] += 1);
                }
            }
        }
        later(node).for_each(|end| marked[end as usize] = false);
    }
    let share = |(node, &triangles): (usize, &u32)| {
        let neighbours = mesh.ends(node as u32).len() as f64;
        if neighbours < 2.0 { 0.0 } else { 2.0 * f64::from(triangles) / (neighbours * (neighbours - 1.0)) }
    };
    Ok(triangles.iter().enumerate().map(share).collect())
}
