//! How is a condition written as JSON?

use serde_json::{Map, Value, json};

use super::{Comparison, Node, Operand, Where};
use crate::error::{Error, Result};
use crate::model::Timestamp;
use crate::model::json::{self, Demands};
use crate::model::limits::{WHERE_BYTES_MAX, WHERE_DEPTH_MAX};

/// A condition is at most an object, a list and an object of operators with a moment deeper than what it is in.
const DEMANDS: Demands = Demands {
    depth_max: 3 * WHERE_DEPTH_MAX,
    too_deep: "is nested more than 32 deep",
    named_twice: Some("names a member twice in one object; join the two with `and`"),
};

const JOINTS: [&str; 3] = ["and", "or", "not"];

impl Where {
    /// Reads a condition from a JSON object.
    ///
    /// | JSON | means |
    /// |---|---|
    /// | `{"status":"failed"}` | equal; several members must all be met |
    /// | `{"usage_count":{"gte":10,"lt":20}}` | `eq`, `ne`, `lt`, `lte`, `gt`, `gte`, all of those that are named |
    /// | `{"tag":{"in":["a","b"]}}` | equal to one of them |
    /// | `{"owner":{"exists":true}}`, `{"owner":null}` | there is a value; there is none |
    /// | `{"due":{"lt":{"time":"2026-05-01"}}}` | as a moment: RFC 3339, a date (midnight UTC), or milliseconds since 1970 UTC |
    /// | `{"and":[…]}`, `{"or":[…]}`, `{"not":{…}}` | conditions joined |
    ///
    /// A path that is the word `and`, `or` or `not` is written with a backslash before it: `{"\\and":1}`.
    ///
    /// # Errors
    /// `InvalidInput` if it is none of that, over 64 KiB, nested more than 32 deep or has more than 1,000 conditions.
    ///
    /// ```
    /// use mindkeep::Where;
    /// let condition = Where::parse(r#"{"retries":{"gte":3},"status":"failed"}"#)?;
    /// assert_eq!(condition, Where::ge("retries", 3).and(Where::eq("status", "failed")));
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn parse(json: &str) -> Result<Self> {
        if json.len() > WHERE_BYTES_MAX {
            return Err(invalid("is over 64 KiB as JSON"));
        }
        if let Some(fault) = json::fault(json, DEMANDS) {
            return Err(invalid(fault));
        }
        let value = serde_json::from_str(json).map_err(|_| invalid("is not valid JSON"))?;
        let condition = Self(read(&value)?);
        condition.check()?;
        Ok(condition)
    }

    /// The condition as JSON that [`Where::parse`] reads.
    ///
    /// ```
    /// use mindkeep::Where;
    /// assert_eq!(Where::lt("retries", 3).to_json(), r#"{"retries":{"lt":3}}"#);
    /// ```
    pub fn to_json(&self) -> String {
        write(&self.0).to_string()
    }
}

fn invalid(reason: &'static str) -> Error {
    Error::invalid("where", reason)
}

fn read(value: &Value) -> Result<Node> {
    let Value::Object(members) = value else {
        return Err(invalid("has something else than an object where a condition belongs"));
    };
    let list = |value: &Value| match value {
        Value::Array(conditions) if !conditions.is_empty() => {
            conditions.iter().map(read).collect::<Result<Vec<_>>>()
        }
        _ => Err(invalid("has an `and` or `or` that is not a list of conditions")),
    };
    let mut all = Vec::with_capacity(members.len());
    for (name, value) in members {
        match name.as_str() {
            "and" => all.push(Node::And(list(value)?)),
            "or" => all.push(Node::Or(list(value)?)),
            "not" => all.push(Node::Not(Box::new(read(value)?))),
            path => read_member(path, value, &mut all)?,
        }
    }
    one_of_all(all).ok_or_else(|| invalid("is an object without a condition"))
}

fn one_of_all(mut all: Vec<Node>) -> Option<Node> {
    match all.len() {
        0 => None,
        1 => all.pop(),
        _ => Some(Node::And(all)),
    }
}

/// What the member for a path says of its value.
fn read_member(path: &str, value: &Value, all: &mut Vec<Node>) -> Result<()> {
    let path = path.to_owned();
    let operators = match value {
        Value::Null => {
            all.push(Node::Not(Box::new(Node::Exists(path))));
            return Ok(());
        }
        Value::Array(_) => {
            return Err(invalid("compares with a list; write {\"in\":[...]} for one of several"));
        }
        Value::Object(operators) => operators,
        value => {
            all.push(Node::Compare(path, Comparison::Eq, operand(value)?));
            return Ok(());
        }
    };
    if operators.is_empty() {
        return Err(invalid("has a path with an object without an operator"));
    }
    if is_moment(operators) {
        return Err(invalid("has a moment without an operator; write {\"eq\":{\"time\":...}}"));
    }
    for (operator, value) in operators {
        let compare =
            |comparison| -> Result<Node> { Ok(Node::Compare(path.clone(), comparison, operand(value)?)) };
        all.push(match operator.as_str() {
            "eq" => compare(Comparison::Eq)?,
            "ne" => Node::Not(Box::new(compare(Comparison::Eq)?)),
            "lt" => compare(Comparison::Lt)?,
            "lte" => compare(Comparison::Le)?,
            "gt" => compare(Comparison::Gt)?,
            "gte" => compare(Comparison::Ge)?,
            "in" => {
                let Value::Array(values) = value else {
                    return Err(invalid("has an `in` that is not a list of values"));
                };
                Node::In(path.clone(), values.iter().map(operand).collect::<Result<_>>()?)
            }
            "exists" => match value {
                Value::Bool(true) => Node::Exists(path.clone()),
                Value::Bool(false) => Node::Not(Box::new(Node::Exists(path.clone()))),
                _ => return Err(invalid("has an `exists` that is neither true nor false")),
            },
            _ => {
                return Err(invalid(
                    "has an unknown operator; eq, ne, lt, lte, gt, gte, in and exists are known, and a member of a \
                     member is written with a dot: address.city",
                ));
            }
        });
    }
    Ok(())
}

fn is_moment(members: &Map<String, Value>) -> bool {
    members.len() == 1 && members.contains_key("time")
}

fn operand(value: &Value) -> Result<Operand> {
    match value {
        Value::String(text) => Ok(Operand::Text(text.clone())),
        Value::Bool(value) => Ok(Operand::Boolean(*value)),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Ok(Operand::Integer(whole)),
            None => number.as_f64().map(Operand::Number).ok_or_else(|| invalid("has a number out of range")),
        },
        Value::Object(members) if is_moment(members) => match &members["time"] {
            Value::String(text) => Timestamp::read(text),
            number => number.as_i64().and_then(|ms| Timestamp::from_millis(ms).ok()),
        }
        .map(Operand::Time)
        .ok_or_else(|| invalid("has a time that is not a moment, or out of range")),
        Value::Object(_) => {
            Err(invalid("has an object as a value; {\"time\":\"2026-05-01T08:30:00Z\"} is a moment"))
        }
        _ => Err(invalid("compares with a value that is not a string, a number, true, false or a moment")),
    }
}

fn write(node: &Node) -> Value {
    let member = |path: &String, value: Value| {
        // These words are no paths, unless a backslash says so.
        let path = if JOINTS.contains(&path.as_str()) { format!("\\{path}") } else { path.clone() };
        Value::Object(Map::from_iter([(path, value)]))
    };
    let list = |nodes: &Vec<Node>| Value::Array(nodes.iter().map(write).collect());
    match node {
        Node::Compare(path, comparison, operand) => {
            let value = write_operand(operand);
            let name = match comparison {
                // Nothing but `null` can be written for a number that is not finite, and by itself that would say something else.
                Comparison::Eq if !value.is_object() && !value.is_null() => return member(path, value),
                Comparison::Eq => "eq",
                Comparison::Lt => "lt",
                Comparison::Le => "lte",
                Comparison::Gt => "gt",
                Comparison::Ge => "gte",
            };
            member(path, json!({ name: value }))
        }
        Node::In(path, operands) => {
            let values: Vec<Value> = operands.iter().map(write_operand).collect();
            member(path, json!({ "in": values }))
        }
        Node::Exists(path) => member(path, json!({ "exists": true })),
        Node::And(nodes) => json!({ "and": list(nodes) }),
        Node::Or(nodes) => json!({ "or": list(nodes) }),
        Node::Not(node) => json!({ "not": write(node) }),
    }
}

fn write_operand(operand: &Operand) -> Value {
    match operand {
        Operand::Text(text) => json!(text),
        Operand::Integer(whole) => json!(whole),
        Operand::Number(real) => json!(real),
        Operand::Boolean(value) => json!(value),
        Operand::Time(time) => json!({ "time": time.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_misread_is_refused() {
        let deep =
            |levels: usize| format!(r#"{}{{"n":1}}{}"#, r#"{"not":"#.repeat(levels), "}".repeat(levels));
        assert!(Where::parse(&deep(20)).is_ok());
        for (json, said) in [
            (r#"{"n":{"gt":3},"n":{"lt":5}}"#, "twice"),
            (r#"{"or":[{"n":1}],"or":[{"n":2}]}"#, "twice"),
            (r#"{"n":{"gt":3,"gt":5}}"#, "twice"),
            (r#"{"n":1e999}"#, "out of range"),
            (r#"{"n":"\ud800"}"#, "not a character"),
            (r#"{"due":{"time":"2026-05-01"}}"#, "without an operator"),
            (r#"{"due":{"eq":{"time":"soon"}}}"#, "not a moment"),
            (r#"{"due":{"eq":{"time":"99999-01-01"}}}"#, "not a moment"),
            (&deep(50), "32 deep"),
            (&deep(500), "32 deep"),
            // What a condition says that no store accepts.
            (&Where::eq("n", f64::INFINITY).to_json(), "compares with a value"),
        ] {
            let error = Where::parse(json).expect_err(json).to_string();
            assert!(error.contains(said), "{json}: {error}");
        }
    }
}
