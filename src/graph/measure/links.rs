//! Between whom may a relation be missing? Likeness by neighbours in common.

use std::collections::{BTreeMap, BTreeSet};

use super::{Look, Watch};
use crate::error::Result;
use crate::graph::answers::Touched;
use crate::graph::arrays::{Snapshot, Way};

/// How neighbours in common are counted; neighbours are those of any relation in any direction, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Likeness {
    Common,
    Jaccard,
    AdamicAdar,
    ResourceAllocation,
}

/// Everybody with a neighbour in common with an entity, scored, by number. `linked` takes in its neighbours.
pub(crate) fn related(
    snapshot: &Snapshot,
    node: u32,
    likeness: Likeness,
    linked: bool,
    touched: &mut Touched,
    watch: &Watch<'_>,
) -> Result<Vec<(u32, f64)>> {
    let mut look = Look::new(watch);
    let own = neighbours(snapshot, node);
    touched.add(node);
    let mut scores: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for &middle in &own {
        let others = neighbours(snapshot, middle);
        touched.add(middle);
        look.after(others.len() + 1)?;
        let degree = others.len() as f64;
        let part = match likeness {
            Likeness::Common | Likeness::Jaccard => 1.0,
            Likeness::AdamicAdar => 1.0 / degree.ln(),
            Likeness::ResourceAllocation => 1.0 / degree,
        };
        for other in others {
            if other != node && (linked || !own.contains(&other)) {
                let score = scores.entry(other).or_default();
                score.0 += part;
                score.1 += 1.0;
            }
        }
    }
    let mut found = Vec::with_capacity(scores.len());
    for (other, (score, common)) in scores {
        let score = if likeness == Likeness::Jaccard {
            let theirs = neighbours(snapshot, other).len();
            touched.add(other);
            look.after(theirs + 1)?;
            common / ((own.len() + theirs) as f64 - common)
        } else {
            score
        };
        found.push((other, score));
    }
    Ok(found)
}

fn neighbours(snapshot: &Snapshot, node: u32) -> BTreeSet<u32> {
    let ends = |way| snapshot.ends(node, way).iter().copied();
    ends(Way::Out).chain(ends(Way::In)).filter(|&end| end != node).collect()
}
