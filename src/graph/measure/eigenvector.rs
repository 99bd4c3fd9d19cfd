//! Who is connected with those who matter? Eigenvector centrality, by the power method.

use super::{Look, Mesh, Watch};
use crate::error::{Error, Result};

/// Changes of a step, as a share of all figures together, with which it has settled.
const SETTLED: f64 = 1e-9;

/// Everybody's figure: the sum of those of its neighbours in the mesh, by weight, in proportion. Their squares add up to 1.
///
/// With each step a figure also keeps its own, which changes no proportion, and without which two groups that only know
/// each other would change places for ever.
///
/// # Errors
/// `InvalidInput` if it has not settled after so many steps.
pub(crate) fn eigenvector(mesh: &Mesh, iterations: u32, watch: &Watch<'_>) -> Result<Vec<f64>> {
    let nodes = mesh.len();
    let mut figures = vec![1.0 / (nodes.max(1) as f64).sqrt(); nodes];
    let mut next = vec![0.0; nodes];
    let mut look = Look::new(watch);
    for done in 0..iterations {
        watch.reached(done as usize, Some(iterations as usize))?;
        for node in 0..nodes as u32 {
            let near: f64 = mesh.edges(node).map(|(end, weight)| weight * figures[end as usize]).sum();
            let own = figures[node as usize];
            next[node as usize] = own + mesh.loops[node as usize] * own + near;
            look.after(mesh.ends(node).len() + 1)?;
        }
        // By the greatest first: squares of large weights may not fit.
        let greatest = next.iter().copied().fold(0.0, f64::max);
        let length = next.iter().map(|figure| (figure / greatest).powi(2)).sum::<f64>().sqrt() * greatest;
        let (mut change, mut all) = (0.0, 0.0);
        for (figure, next) in figures.iter_mut().zip(&next) {
            let next = next / length;
            change += (next - *figure).abs();
            all += next;
            *figure = next;
        }
        if change <= SETTLED * all {
            return Ok(figures);
        }
    }
    if nodes == 0 {
        return Ok(figures);
    }
    Err(Error::invalid("iterations", "are too few: the eigenvector has not settled"))
}
