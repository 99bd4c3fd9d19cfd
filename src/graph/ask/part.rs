//! Which part of a graph does a question need, where the whole would take too much memory? The same walks, on rows.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::asked::Asked;
use super::find_all;
use crate::error::Result;
use crate::graph::arrays::{Part, Snapshot};
use crate::graph::walk::Direction;
use crate::storage::ReadTx;

/// From what an answer came.
///
/// ```
/// use mindkeep::Store;
/// use mindkeep::graph::AnsweredFrom;
///
/// let store = Store::builder().graph_kib(0).open_in_memory()?;
/// let graph = store.graph();
/// graph.relate("Batten", "met", "Penn").create_ends().save()?;
/// assert_eq!(graph.neighborhood("Batten").run()?.answered_from(), AnsweredFrom::Rows);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum AnsweredFrom {
    /// The arrays in memory.
    #[default]
    Arrays,
    /// The rows, as the arrays would take more memory than [`Config::graph_kib`](crate::Config::graph_kib) allows.
    Rows,
}

impl AnsweredFrom {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        if snapshot.is_part() { Self::Rows } else { Self::Arrays }
    }
}

/// Row ids of what was found by name.
fn ids(found: &Snapshot) -> BTreeSet<i64> {
    found.nodes().map(|node| found.entity_id(node)).collect()
}

/// Everyone within so many steps of some entities, up to a limit besides them, as a walk on arrays meets them.
pub(super) fn near(
    read: &ReadTx<'_>,
    scope: i64,
    names: &[&str],
    (depth, direction, limit): (u32, Direction, usize),
    asked: &Asked,
) -> Result<Snapshot> {
    let part = Part::of(read, scope)?;
    let found = part.named(names)?;
    let conditions = asked.meant(&found)?;
    let mut met: Vec<i64> = find_all(&found, names)?.into_iter().map(|node| found.entity_id(node)).collect();
    let mut known: HashSet<i64> = met.iter().copied().collect();
    let most = met.len().saturating_add(limit);
    let mut from = 0;
    'all: for _ in 0..depth {
        let to = met.len();
        for place in from..to {
            for &way in direction.ways() {
                for (end, fact) in part.relations(met[place], way)? {
                    if conditions.hold(&fact) && known.insert(end) {
                        if met.len() >= most {
                            break 'all;
                        }
                        met.push(end);
                    }
                }
            }
        }
        from = to;
    }
    let mut ids = ids(&found);
    ids.extend(met);
    part.finish(&ids)
}

/// A shortest way by hops, if there is one, and its two ends.
pub(super) fn path(
    read: &ReadTx<'_>,
    scope: i64,
    ends: [&str; 2],
    direction: Direction,
    asked: &Asked,
) -> Result<Snapshot> {
    let part = Part::of(read, scope)?;
    let found = part.named(&ends)?;
    let conditions = asked.meant(&found)?;
    let mut ids = ids(&found);
    let [from, to] = [found.find(ends[0])?, found.find(ends[1])?].map(|node| found.entity_id(node));
    // From both ends, by whole steps, always where fewer are: each with whom it was met by, and after how many steps.
    let mut sides = [from, to].map(|end| (HashMap::from([(end, (end, 0_u32))]), vec![end]));
    let mut meeting: Option<i64> = (from == to).then_some(from);
    while meeting.is_none() && sides.iter().all(|(_, edge)| !edge.is_empty()) {
        let side = usize::from(sides[1].1.len() < sides[0].1.len());
        let direction = if side == 0 { direction } else { direction.reversed() };
        let edge = std::mem::take(&mut sides[side].1);
        for node in edge {
            let steps = sides[side].0[&node].1 + 1;
            for &way in direction.ways() {
                for (end, fact) in part.relations(node, way)? {
                    if conditions.hold(&fact) && !sides[side].0.contains_key(&end) {
                        sides[side].0.insert(end, (node, steps));
                        sides[side].1.push(end);
                    }
                }
            }
        }
        let (edge, those) = (&sides[side].1, &sides[1 - side].0);
        meeting = edge.iter().copied().filter(|end| those.contains_key(end)).min_by_key(|end| those[end].1);
    }
    if let Some(meeting) = meeting {
        for (met, _) in &sides {
            let mut node = meeting;
            while ids.insert(node) || met[&node].0 != node {
                node = met[&node].0;
            }
        }
    }
    part.finish(&ids)
}
