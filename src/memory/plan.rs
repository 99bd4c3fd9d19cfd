//! Can the index of a declared attribute answer this condition, or give this order?
//!
//! Only what all have to meet is looked at: `and` at the top. An index is used where it has every memory that could
//! meet the condition; so the answer is the same with it and without.

use std::ops::Bound;

use rusqlite::types::Value;

use super::attribute::NONE;
use crate::error::{Error, Result};
use crate::model::{AttributeType, Comparison, MetadataPath, Node, Number, Operand, Where};
use crate::storage::{Catalogue, Declared};

/// Streams that a condition may ask for, per persona; beyond it the index is not used.
const STREAMS_MAX: usize = 64;

/// What the index of an attribute gives for a condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) attribute_id: i64,
    pub(super) path: MetadataPath,
    pub(super) value: AttributeType,
    pub(super) unique: bool,
    /// Path to group by, and the values of it that will do.
    pub(super) within: Option<MetadataPath>,
    pub(super) groups: Vec<Value>,
    pub(super) span: Span,
    /// What the index leaves of the condition.
    pub(super) rest: Option<Where>,
}

/// Which part of an index.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Span {
    /// Some values.
    Points(Vec<Value>),
    /// From one value to another.
    Range(Bound<Value>, Bound<Value>),
}

impl Plan {
    /// The most selective index for a condition on the memories of one kind.
    pub(super) fn for_condition(catalogue: &Catalogue, kind_id: i64, condition: &Where) -> Option<Self> {
        let conjuncts = Conjuncts::new(condition);
        catalogue
            .of_kind(kind_id)
            .iter()
            .filter(|declared| declared.is_complete())
            .filter_map(|declared| conjuncts.plan(declared, false))
            .min_by_key(Self::reach)
    }

    /// The index that has the order of a path.
    pub(super) fn for_order(
        catalogue: &Catalogue,
        kind_id: i64,
        path: &MetadataPath,
        condition: Option<&Where>,
    ) -> Result<Self> {
        let wrong = |reason: &'static str| Err(Error::invalid("sort_by", reason));
        let Some(declared) = catalogue.of_kind(kind_id).iter().find(|declared| declared.path == *path) else {
            return wrong("is not a declared path of the kind; declare it first");
        };
        if declared.pending.is_some() {
            return wrong("is a path whose index is not filled yet; let maintain run to its end");
        }
        let conjuncts = condition.map_or(Conjuncts(Vec::new()), Conjuncts::new);
        match conjuncts.plan(declared, true) {
            Some(plan) => Ok(plan),
            None => wrong(
                "is declared within another path; a condition has to say which values that may have, and not too many",
            ),
        }
    }

    /// How many memories it is likely to leave, as far as its shape tells.
    pub(super) fn reach(&self) -> u8 {
        match self.span {
            Span::Points(_) if self.unique => 0,
            Span::Points(_) if self.value != AttributeType::Boolean => 1,
            Span::Points(_) => 2,
            Span::Range(..) => 3,
        }
    }

    pub(super) fn is_range(&self) -> bool {
        matches!(self.span, Span::Range(..))
    }
}

/// The conditions that all have to be met.
struct Conjuncts<'w>(Vec<(Option<MetadataPath>, &'w Node)>);

impl<'w> Conjuncts<'w> {
    fn new(condition: &'w Where) -> Self {
        let path_of = |node: &Node| {
            let path = match node {
                Node::Compare(path, ..) | Node::In(path, _) => path,
                Node::Not(inner) => match inner.as_ref() {
                    Node::Compare(path, ..) | Node::Exists(path) => path,
                    _ => return None,
                },
                _ => return None,
            };
            MetadataPath::parse("where", path).ok()
        };
        Self(condition.conjuncts().iter().map(|node| (path_of(node), node)).collect())
    }

    fn on<'p>(&'p self, path: &'p MetadataPath) -> impl Iterator<Item = (usize, &'w Node)> + 'p {
        let these = self.0.iter().enumerate();
        these.filter(move |(_, (on, _))| on.as_ref() == Some(path)).map(|(at, (_, node))| (at, *node))
    }

    /// What an attribute's index answers; all of it in its order, if that is wanted.
    fn plan(&self, declared: &Declared, whole: bool) -> Option<Plan> {
        let mut answered = Vec::new();
        let span = self.span(declared, &mut answered);
        let span =
            if whole { span.unwrap_or(Span::Range(Bound::Unbounded, Bound::Unbounded)) } else { span? };
        let groups = match &declared.within {
            None => vec![NONE],
            Some((path, kind)) => {
                let found = self.on(path).find_map(|(at, node)| Some((at, groups(*kind, node)?)));
                match found {
                    Some((at, groups)) => {
                        answered.push(at);
                        groups
                    }
                    None if *kind == AttributeType::Boolean => {
                        vec![Value::Integer(0), Value::Integer(1), NONE]
                    }
                    None => return None,
                }
            }
        };
        let points = if let Span::Points(points) = &span { points.len() } else { 1 };
        if groups.len() * points > STREAMS_MAX {
            return None;
        }
        let rest: Vec<Node> = self
            .0
            .iter()
            .enumerate()
            .filter(|(at, _)| !answered.contains(at))
            .map(|(_, (_, node))| (*node).clone())
            .collect();
        Some(Plan {
            attribute_id: declared.attribute_id,
            path: declared.path.clone(),
            value: declared.value,
            unique: declared.unique,
            within: declared.within.as_ref().map(|(path, _)| path.clone()),
            groups,
            span,
            rest: (!rest.is_empty()).then_some(Where(Node::And(rest))),
        })
    }

    fn span(&self, declared: &Declared, answered: &mut Vec<usize>) -> Option<Span> {
        let kind = declared.value;
        for (at, node) in self.on(&declared.path) {
            if let Some(points) = points(kind, node) {
                answered.push(at);
                return Some(Span::Points(points));
            }
        }
        let (mut from, mut to) = (Bound::Unbounded, Bound::Unbounded);
        for (at, node) in self.on(&declared.path) {
            let Node::Compare(_, comparison, operand) = node else { continue };
            let Some(value) = key(kind, operand) else { continue };
            let (end, bound) = match comparison {
                Comparison::Eq => continue,
                Comparison::Gt => (&mut from, Bound::Excluded(value)),
                Comparison::Ge => (&mut from, Bound::Included(value)),
                Comparison::Lt => (&mut to, Bound::Excluded(value)),
                Comparison::Le => (&mut to, Bound::Included(value)),
            };
            if *end == Bound::Unbounded {
                *end = bound;
                answered.push(at);
            }
        }
        (!answered.is_empty()).then_some(Span::Range(from, to))
    }
}

/// The values that a condition names one by one.
fn points(kind: AttributeType, node: &Node) -> Option<Vec<Value>> {
    let operands = match node {
        Node::Compare(_, Comparison::Eq, operand) => std::slice::from_ref(operand),
        Node::In(_, operands) => operands.as_slice(),
        _ => return None,
    };
    let mut values: Vec<Value> = Vec::with_capacity(operands.len());
    for operand in operands {
        let value = key(kind, operand)?;
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Some(values)
}

/// The values of the path to group by that a condition leaves.
fn groups(kind: AttributeType, node: &Node) -> Option<Vec<Value>> {
    match node {
        Node::Not(inner) => match inner.as_ref() {
            Node::Exists(_) => Some(vec![NONE]),
            Node::Compare(_, Comparison::Eq, Operand::Boolean(not)) if kind == AttributeType::Boolean => {
                Some(vec![Value::Integer(i64::from(!not)), NONE])
            }
            _ => None,
        },
        node => points(kind, node),
    }
}

/// An operand as the index of a type has it; `None` if values of another form could be equal to it.
fn key(kind: AttributeType, operand: &Operand) -> Option<Value> {
    match (kind, operand) {
        (AttributeType::Text, Operand::Text(text)) => Some(Value::Text(text.clone())),
        (AttributeType::Integer | AttributeType::Number, Operand::Integer(whole)) => {
            Some(Value::Integer(*whole))
        }
        // One number is written in one way, so that none is asked for twice.
        (AttributeType::Integer | AttributeType::Number, Operand::Number(real)) => {
            Some(Number::Real(*real).whole().map_or(Value::Real(*real), Value::Integer))
        }
        (AttributeType::Boolean, Operand::Boolean(value)) => Some(Value::Integer(i64::from(*value))),
        (AttributeType::Time, Operand::Time(time)) => Some(Value::Integer(time.as_millis())),
        _ => None,
    }
}
