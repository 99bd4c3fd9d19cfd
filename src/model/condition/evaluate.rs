//! Does this metadata meet the condition?
//!
//! The text is gone through once; only the values at the paths that the condition names are looked at.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Comparison, Node, Number, Operand, Where, number_in, time_in};
use crate::error::Result;
use crate::model::path::MetadataPath;

/// A condition with its paths sorted out, to be asked of many memories.
pub(crate) struct Compiled {
    wanted: Vec<Wanted>,
    paths: usize,
    test: Test,
}

/// A name that leads to a value, or further.
#[derive(Debug)]
struct Wanted {
    name: String,
    /// Which path ends here.
    path: Option<usize>,
    below: Vec<Wanted>,
}

enum Test {
    Compare(usize, Comparison, Operand),
    In(usize, Vec<Operand>),
    Exists(usize),
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
}

impl Compiled {
    pub(crate) fn new(condition: &Where) -> Result<Self> {
        let mut paths = Vec::new();
        let test = Test::new(&condition.0, &mut paths)?;
        let mut wanted = Vec::new();
        for (number, path) in paths.iter().enumerate() {
            want(&mut wanted, path.names(), number);
        }
        Ok(Self { wanted, paths: paths.len(), test })
    }

    /// Whether metadata, as the file keeps it, meets the condition.
    pub(crate) fn is_met_by(&self, metadata: Option<&str>) -> bool {
        let mut found = vec![None; self.paths];
        if let Some(json) = metadata {
            gather(json, &self.wanted, &mut found);
        }
        self.test.is_met(&found)
    }
}

/// Some paths whose values are read from many memories.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    wanted: Vec<Wanted>,
    /// Of each path, the place of its value among the distinct ones.
    places: Vec<usize>,
    distinct: usize,
}

impl Paths {
    pub(crate) fn new<'p>(paths: impl IntoIterator<Item = &'p MetadataPath>) -> Self {
        let mut distinct: Vec<&MetadataPath> = Vec::new();
        let mut these = Self::default();
        for path in paths {
            let known = distinct.iter().position(|known| *known == path);
            these.places.push(known.unwrap_or(distinct.len()));
            if known.is_none() {
                want(&mut these.wanted, path.names(), distinct.len());
                distinct.push(path);
            }
        }
        these.distinct = distinct.len();
        these
    }

    /// The values there, as JSON, in the order of the paths; `null` is none.
    pub(crate) fn values<'m>(&self, metadata: Option<&'m str>) -> Vec<Option<&'m str>> {
        let mut found = vec![None; self.distinct];
        if let Some(json) = metadata {
            gather(json, &self.wanted, &mut found);
        }
        self.places.iter().map(|&place| found[place]).collect()
    }
}

fn want(wanted: &mut Vec<Wanted>, names: &[String], path: usize) {
    let Some((first, rest)) = names.split_first() else { return };
    let at = wanted.iter().position(|known| known.name == *first).unwrap_or_else(|| {
        wanted.push(Wanted { name: first.clone(), path: None, below: Vec::new() });
        wanted.len() - 1
    });
    if rest.is_empty() {
        wanted[at].path = Some(path);
    } else {
        want(&mut wanted[at].below, rest, path);
    }
}

/// Notes the values that are wanted. Of members with one name the last counts, as everywhere.
fn gather<'m>(json: &'m str, wanted: &[Wanted], found: &mut [Option<&'m str>]) {
    if !json.trim_start().starts_with('{') {
        return;
    }
    // What is damaged ends the search; what was found before it counts.
    let _ = serde_json::Deserializer::from_str(json).deserialize_map(Members { wanted, found });
}

struct Members<'w, 'f, 'm> {
    wanted: &'w [Wanted],
    found: &'f mut [Option<&'m str>],
}

impl<'m> Visitor<'m> for Members<'_, '_, 'm> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'m>>(self, mut members: A) -> std::result::Result<(), A::Error> {
        while let Some(name) = members.next_key_seed(Name(self.wanted))? {
            let Some(wanted) = name else {
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = members.next_value::<&RawValue>()?.get();
            wanted.forget(self.found);
            if let Some(path) = wanted.path {
                self.found[path] = (value != "null").then_some(value);
            }
            if !wanted.below.is_empty() {
                gather(value, &wanted.below, self.found);
            }
        }
        Ok(())
    }
}

impl Wanted {
    /// An earlier member with the same name does not count.
    fn forget(&self, found: &mut [Option<&str>]) {
        if let Some(path) = self.path {
            found[path] = None;
        }
        self.below.iter().for_each(|below| below.forget(found));
    }
}

/// Which of the wanted names a member has.
struct Name<'w>(&'w [Wanted]);

impl<'w, 'm> DeserializeSeed<'m> for Name<'w> {
    type Value = Option<&'w Wanted>;

    fn deserialize<D: Deserializer<'m>>(self, name: D) -> std::result::Result<Self::Value, D::Error> {
        name.deserialize_str(self)
    }
}

impl<'w, 'm> Visitor<'m> for Name<'w> {
    type Value = Option<&'w Wanted>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> std::result::Result<Self::Value, E> {
        Ok(self.0.iter().find(|wanted| wanted.name == name))
    }
}

impl Test {
    fn new(node: &Node, paths: &mut Vec<MetadataPath>) -> Result<Self> {
        let mut number = |path: &str| -> Result<usize> {
            let path = MetadataPath::parse("where", path)?;
            Ok(paths.iter().position(|known| *known == path).unwrap_or_else(|| {
                paths.push(path);
                paths.len() - 1
            }))
        };
        Ok(match node {
            Node::Compare(path, comparison, operand) => {
                Self::Compare(number(path)?, *comparison, operand.clone())
            }
            Node::In(path, operands) => Self::In(number(path)?, operands.clone()),
            Node::Exists(path) => Self::Exists(number(path)?),
            Node::And(nodes) => {
                Self::All(nodes.iter().map(|node| Self::new(node, paths)).collect::<Result<_>>()?)
            }
            Node::Or(nodes) => {
                Self::Any(nodes.iter().map(|node| Self::new(node, paths)).collect::<Result<_>>()?)
            }
            Node::Not(node) => Self::Not(Box::new(Self::new(node, paths)?)),
        })
    }

    fn is_met(&self, found: &[Option<&str>]) -> bool {
        match self {
            Self::Compare(path, comparison, operand) => {
                found[*path].is_some_and(|value| any(value, |one| compares(one, *comparison, operand)))
            }
            Self::In(path, operands) => found[*path].is_some_and(|value| {
                any(value, |one| operands.iter().any(|operand| compares(one, Comparison::Eq, operand)))
            }),
            Self::Exists(path) => found[*path].is_some(),
            Self::All(tests) => tests.iter().all(|test| test.is_met(found)),
            Self::Any(tests) => tests.iter().any(|test| test.is_met(found)),
            Self::Not(test) => !test.is_met(found),
        }
    }
}

/// Asks of a value, or of the elements of a list whether one of them will do.
fn any(value: &str, ask: impl Fn(&Value<'_>) -> bool) -> bool {
    if !value.starts_with('[') {
        return ask(&Value::new(value));
    }
    let elements: Vec<&RawValue> = serde_json::from_str(value).unwrap_or_default();
    elements.iter().any(|element| ask(&Value::new(element.get())))
}

/// A value as JSON, with its string read once, if at all.
struct Value<'m> {
    raw: &'m str,
    text: OnceCell<Option<Cow<'m, str>>>,
}

impl<'m> Value<'m> {
    fn new(raw: &'m str) -> Self {
        Self { raw, text: OnceCell::new() }
    }

    fn text(&self) -> Option<&str> {
        self.text.get_or_init(|| text_of(self.raw)).as_deref()
    }
}

/// The string that a piece of JSON is.
pub(crate) fn text_of(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str(raw).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

fn compares(value: &Value<'_>, comparison: Comparison, operand: &Operand) -> bool {
    let number = |number: Number| number_in(value.raw).map(|value| value.compare(number));
    let order = match operand {
        Operand::Text(text) => value.text().map(|value| value.cmp(text.as_str())),
        Operand::Integer(whole) => number(Number::Whole(*whole)),
        Operand::Number(real) => number(Number::Real(*real)),
        Operand::Boolean(operand) => match value.raw {
            "true" => Some(true.cmp(operand)),
            "false" => Some(false.cmp(operand)),
            _ => None,
        },
        Operand::Time(time) => {
            time_in(value.text(), number_in(value.raw)).map(|value| value.cmp(&time.as_millis()))
        }
    };
    order.is_some_and(|order| comparison.holds(order))
}
