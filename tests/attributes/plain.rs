//! What does a condition on metadata mean, said as plainly as can be? And what is a declared value?

use std::cmp::Ordering;

use mindkeep::{AttributeType, Timestamp};
use serde_json::Value;

/// A condition, as JSON would have it.
#[derive(Debug, Clone)]
pub enum Plain {
    Compare(&'static str, &'static str, Value),
    In(&'static str, Vec<Value>),
    Exists(&'static str),
    And(Vec<Plain>),
    Or(Vec<Plain>),
    Not(Box<Plain>),
}

impl Plain {
    pub fn to_json(&self) -> Value {
        let member =
            |path: &str, operator: &str, value: Value| serde_json::json!({ path: { operator: value } });
        match self {
            Self::Compare(path, operator, value) => member(path, operator, value.clone()),
            Self::In(path, values) => member(path, "in", values.clone().into()),
            Self::Exists(path) => member(path, "exists", true.into()),
            Self::And(all) => serde_json::json!({ "and": all.iter().map(Self::to_json).collect::<Vec<_>>() }),
            Self::Or(all) => serde_json::json!({ "or": all.iter().map(Self::to_json).collect::<Vec<_>>() }),
            Self::Not(one) => serde_json::json!({ "not": one.to_json() }),
        }
    }

    pub fn is_met(&self, metadata: &Value) -> bool {
        match self {
            Self::Compare(path, operator, operand) => elements(metadata, path).iter().any(|value| {
                compare(value, operand).is_some_and(|order| match *operator {
                    "eq" => order.is_eq(),
                    "lt" => order.is_lt(),
                    "lte" => order.is_le(),
                    "gt" => order.is_gt(),
                    "gte" => order.is_ge(),
                    other => panic!("{other}"),
                })
            }),
            Self::In(path, operands) => elements(metadata, path)
                .iter()
                .any(|value| operands.iter().any(|operand| compare(value, operand) == Some(Ordering::Equal))),
            Self::Exists(path) => value_at(metadata, path).is_some(),
            Self::And(all) => all.iter().all(|one| one.is_met(metadata)),
            Self::Or(all) => all.iter().any(|one| one.is_met(metadata)),
            Self::Not(one) => !one.is_met(metadata),
        }
    }
}

/// The tests use no names with dots in them.
pub fn value_at(metadata: &Value, path: &str) -> Option<Value> {
    let value = path.split('.').try_fold(metadata, |value, name| value.as_object()?.get(name))?;
    (!value.is_null()).then(|| value.clone())
}

fn elements(metadata: &Value, path: &str) -> Vec<Value> {
    match value_at(metadata, path) {
        Some(Value::Array(elements)) => elements,
        value => value.into_iter().collect(),
    }
}

/// Only like with like.
fn compare(value: &Value, operand: &Value) -> Option<Ordering> {
    match (value, operand) {
        (value, Value::Object(time)) => Some(moment(value)?.cmp(&moment(&time["time"])?)),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        // The tests' numbers are small.
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        _ => None,
    }
}

pub fn moment(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => {
            let text = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.clone() };
            text.parse::<Timestamp>().ok().map(Timestamp::as_millis)
        }
        Value::Number(number) => number.as_i64(),
        _ => None,
    }
}

/// A declared value, in the order of its type; `Err` if it is of another.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum Key {
    Number(f64),
    Text(String),
}

pub fn key(kind: AttributeType, value: &Value) -> Result<Key, ()> {
    let number = value.as_f64();
    match (kind, value) {
        (AttributeType::Text, Value::String(text)) if text.len() <= 512 => Ok(Key::Text(text.clone())),
        (AttributeType::Integer, _) => number.filter(|n| n.fract() == 0.0).map(Key::Number).ok_or(()),
        (AttributeType::Number, _) => number.map(Key::Number).ok_or(()),
        (AttributeType::Boolean, Value::Bool(value)) => Ok(Key::Number(f64::from(u8::from(*value)))),
        (AttributeType::Time, _) => moment(value).map(|ms| Key::Number(ms as f64)).ok_or(()),
        _ => Err(()),
    }
}
