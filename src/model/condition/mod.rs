//! What must a memory's metadata say? Conditions on its values, and what joins them.

mod evaluate;
mod json;
mod operand;

pub(crate) use evaluate::{Compiled, Paths, text_of};
pub use operand::Operand;
pub(crate) use operand::{Number, number_in, time_in};

use serde::Serialize;

use super::limits::{WHERE_BYTES_MAX, WHERE_CONDITIONS_MAX, WHERE_DEPTH_MAX};
use super::path::MetadataPath;
use crate::error::{Error, Result};

/// A condition on the metadata of memories.
///
/// A path is names with dots between: `address.city` is the member `city` of the member `address`. A name that has a
/// dot or a backslash is written with a backslash before it.
///
/// Numbers are compared with numbers, strings with strings (by their bytes), booleans with booleans; a value of another type never
/// meets a comparison. A [`Timestamp`](crate::Timestamp) is compared, as a moment, with RFC 3339 strings, dates
/// (midnight UTC) and whole numbers of milliseconds since 1970 UTC. Where the memory has a list, one of its elements
/// has to meet the comparison. A value of `null` is as good as none. [`Where::ne`] and `!` say that the condition is
/// not met, which is also so where there is no value.
///
/// ```
/// use mindkeep::{Metadata, NewMemory, Store, Timeline, Where};
///
/// let store = Store::builder().open_in_memory()?;
/// for (text, metadata) in [("Water the ferns.", r#"{"due":"2026-04-01","done":false}"#), ("Buy bulbs.", r#"{"done":true}"#)] {
///     store.remember(NewMemory::new(text).metadata(Metadata::parse(metadata)?))?;
/// }
/// let spring = "2026-05-01T00:00:00Z".parse::<mindkeep::Timestamp>()?;
/// let due = Where::lt("due", spring).and(Where::eq("done", false));
/// let page = store.timeline(Timeline::new().matching(due))?;
/// assert_eq!(page.memories[0].content, "Water the ferns.");
/// # Ok::<(), mindkeep::Error>(())
/// ```
///
/// As JSON, for the command line and for other languages, see [`Where::parse`].
#[derive(Debug, Clone, PartialEq)]
pub struct Where(pub(crate) Node);

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) enum Node {
    Compare(String, Comparison, Operand),
    In(String, Vec<Operand>),
    Exists(String),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
}

impl Node {
    fn add_paths(&self, paths: &mut Vec<MetadataPath>) {
        match self {
            Self::Compare(path, ..) | Self::In(path, _) | Self::Exists(path) => {
                if let Ok(path) = MetadataPath::parse("where", path)
                    && !paths.contains(&path)
                {
                    paths.push(path);
                }
            }
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().for_each(|node| node.add_paths(paths)),
            Self::Not(node) => node.add_paths(paths),
        }
    }
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Comparison {
    Eq,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Comparison {
    pub(crate) fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
        }
    }
}

macro_rules! comparisons {
    ($($(#[doc = $doc:literal])+ $name:ident, $comparison:ident, $example:literal;)*) => {$(
        $(#[doc = $doc])+
        ///
        #[doc = concat!("```\nuse mindkeep::Where;\nlet condition = ", $example, ";\n```")]
        pub fn $name(path: impl Into<String>, value: impl Into<Operand>) -> Self {
            Self(Node::Compare(path.into(), Comparison::$comparison, value.into()))
        }
    )*};
}

impl Where {
    comparisons! {
        /// The value at a path is equal to this one.
        eq, Eq, "Where::eq(\"status\", \"failed\")";
        /// The value at a path is less than this one, or before this moment.
        lt, Lt, "Where::lt(\"due\", mindkeep::Timestamp::now())";
        /// The value at a path is at most this one.
        le, Le, "Where::le(\"retries\", 3)";
        /// The value at a path is greater than this one, or after this moment.
        gt, Gt, "Where::gt(\"score\", 0.5)";
        /// The value at a path is at least this one.
        ge, Ge, "Where::ge(\"usage_count\", 10)";
    }

    /// The value at a path is not equal to this one, or there is none.
    ///
    /// ```
    /// use mindkeep::Where;
    /// let condition = Where::ne("done", true);
    /// assert_eq!(condition, !Where::eq("done", true));
    /// ```
    pub fn ne(path: impl Into<String>, value: impl Into<Operand>) -> Self {
        !Self::eq(path, value)
    }

    /// The value at a path is equal to one of these.
    ///
    /// ```
    /// let condition = mindkeep::Where::one_of("status", ["failed", "stuck"]);
    /// ```
    pub fn one_of(path: impl Into<String>, values: impl IntoIterator<Item = impl Into<Operand>>) -> Self {
        Self(Node::In(path.into(), values.into_iter().map(Into::into).collect()))
    }

    /// The value at a path is at least `from` and less than `to`, as in [`Timeline::between`](crate::Timeline::between).
    ///
    /// ```
    /// use mindkeep::Where;
    /// assert_eq!(Where::between("age", 6, 12), Where::ge("age", 6).and(Where::lt("age", 12)));
    /// ```
    pub fn between(path: impl Into<String>, from: impl Into<Operand>, to: impl Into<Operand>) -> Self {
        let path = path.into();
        Self::ge(path.clone(), from).and(Self::lt(path, to))
    }

    /// There is a value at a path, of any type but `null`.
    ///
    /// ```
    /// use mindkeep::Where;
    /// let without_owner = !Where::exists("owner");
    /// ```
    pub fn exists(path: impl Into<String>) -> Self {
        Self(Node::Exists(path.into()))
    }

    /// This condition and another one are met.
    ///
    /// ```
    /// use mindkeep::Where;
    /// let condition = Where::eq("status", "failed").and(Where::ge("retries", 3));
    /// ```
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut all = match self.0 {
            Node::And(all) => all,
            node => vec![node],
        };
        match other.0 {
            Node::And(more) => all.extend(more),
            node => all.push(node),
        }
        Self(Node::And(all))
    }

    /// This condition or another one is met.
    ///
    /// ```
    /// use mindkeep::Where;
    /// let condition = Where::eq("status", "failed").or(!Where::exists("status"));
    /// ```
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let mut any = match self.0 {
            Node::Or(any) => any,
            node => vec![node],
        };
        match other.0 {
            Node::Or(more) => any.extend(more),
            node => any.push(node),
        }
        Self(Node::Or(any))
    }

    /// Refuses what is too large or cannot be read.
    pub(crate) fn check(&self) -> Result<()> {
        let mut size = Size::default();
        size.add(&self.0, 1)?;
        if size.bytes > WHERE_BYTES_MAX {
            return Err(Error::invalid("where", "has over 64 KiB of paths and strings"));
        }
        Ok(())
    }

    /// The paths that it is about, each once, in the order in which they come.
    pub(crate) fn paths(&self) -> Vec<MetadataPath> {
        let mut paths = Vec::new();
        self.0.add_paths(&mut paths);
        paths
    }

    /// The conditions that all have to be met.
    pub(crate) fn conjuncts(&self) -> &[Node] {
        match &self.0 {
            Node::And(all) => all,
            node => std::slice::from_ref(node),
        }
    }
}

impl std::ops::Not for Where {
    type Output = Self;

    /// The condition is not met.
    fn not(self) -> Self {
        Self(Node::Not(Box::new(self.0)))
    }
}

#[derive(Default)]
struct Size {
    conditions: usize,
    bytes: usize,
}

impl Size {
    fn add(&mut self, node: &Node, depth: usize) -> Result<()> {
        if depth > WHERE_DEPTH_MAX {
            return Err(Error::invalid("where", "is nested more than 32 deep"));
        }
        let (path, operands) = match node {
            Node::Compare(path, _, operand) => (path, std::slice::from_ref(operand)),
            Node::In(path, operands) => (path, operands.as_slice()),
            Node::Exists(path) => (path, [].as_slice()),
            Node::And(nodes) | Node::Or(nodes) => {
                if nodes.is_empty() {
                    return Err(Error::invalid("where", "has a list of no conditions"));
                }
                return nodes.iter().try_for_each(|node| self.add(node, depth + 1));
            }
            Node::Not(node) => return self.add(node, depth + 1),
        };
        MetadataPath::parse("where", path)?;
        self.conditions += operands.len().max(1);
        self.bytes += path.len();
        self.bytes += operands
            .iter()
            .map(|operand| if let Operand::Text(text) = operand { text.len() } else { 0 })
            .sum::<usize>();
        if self.conditions > WHERE_CONDITIONS_MAX {
            return Err(Error::invalid("where", "has more than 1,000 conditions and values"));
        }
        operands.iter().try_for_each(Operand::check)
    }
}
