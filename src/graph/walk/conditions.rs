//! Which relations may be followed, and in which direction?

use crate::graph::arrays::{Edges, Fact, NUMBER, Snapshot, Way};

/// In which direction relations are followed.
///
/// ```
/// use mindkeep::graph::Direction;
/// # let store = mindkeep::Store::builder().open_in_memory()?;
/// # let lines = r#"{"type":"entity","name":"Batten"}
/// # {"type":"entity","name":"Penn"}
/// # {"type":"relation","label":"met","from":"Batten","to":"Penn"}"#;
/// # store.import(lines.as_bytes(), mindkeep::Import::new())?;
/// let graph = store.graph(); // Batten met Penn
/// assert_eq!(graph.neighborhood("Penn").direction(Direction::In).run()?.len(), 1);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From source to target.
    Out,
    /// From target to source.
    In,
    /// Either way.
    Both,
}

impl Direction {
    #[inline]
    pub(crate) fn ways(self) -> &'static [Way] {
        match self {
            Self::Out => &[Way::Out],
            Self::In => &[Way::In],
            Self::Both => &[Way::Out, Way::In],
        }
    }

    pub(crate) fn reversed(self) -> Self {
        match self {
            Self::Out => Self::In,
            Self::In => Self::Out,
            Self::Both => Self::Both,
        }
    }
}

impl From<Way> for Direction {
    fn from(way: Way) -> Self {
        match way {
            Way::Out => Self::Out,
            Way::In => Self::In,
        }
    }
}

/// Which relations count.
#[derive(Debug, Clone)]
pub(crate) struct Conditions {
    /// Numbers of labels; `None` is any.
    pub(crate) labels: Option<Vec<u32>>,
    pub(crate) weight_min: f64,
    pub(crate) weight_max: f64,
    /// Milliseconds since 1970 UTC; `None` is at any time.
    pub(crate) at: Option<i64>,
}

impl Default for Conditions {
    fn default() -> Self {
        Self { labels: None, weight_min: f64::NEG_INFINITY, weight_max: f64::INFINITY, at: None }
    }
}

impl Conditions {
    /// Whether every relation counts.
    pub(crate) fn is_open(&self) -> bool {
        self.labels.is_none()
            && self.at.is_none()
            && self.weight_min == f64::NEG_INFINITY
            && self.weight_max == f64::INFINITY
    }

    pub(crate) fn hold(&self, fact: &Fact) -> bool {
        let label = || self.labels.as_ref().is_none_or(|labels| labels.contains(&(fact.word & NUMBER)));
        let weight = (self.weight_min..=self.weight_max).contains(&fact.weight);
        weight && self.at.is_none_or(|at| fact.from <= at && at < fact.to) && label()
    }

    /// Calls `each` with the relations of an entity that count.
    #[inline]
    pub(crate) fn each<'s>(
        &self,
        snapshot: &'s Snapshot,
        node: u32,
        direction: Direction,
        mut each: impl FnMut(Way, u32, Edges<'s>, usize),
    ) {
        let open = self.is_open();
        for &way in direction.ways() {
            let edges = snapshot.edges(node, way);
            for (i, &end) in edges.ends.iter().enumerate() {
                if open || self.hold(&edges.fact(i)) {
                    each(way, end, edges, i);
                }
            }
        }
    }
}
