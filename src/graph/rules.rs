//! Which rules have been declared, and how are they kept?
//!
//! As a row each, by the labels of relations. Rules are the store's, like declared attributes: they have no entry in the change
//! log, and whatever asks reads them.

use rusqlite::OptionalExtension;

use super::write::{label_id, scope_seen};
use crate::error::{Error, Result};
use crate::model::limits::GRAPH_RULES_MAX;
use crate::model::{Outcome, Rule};
use crate::storage::{ReadTx, SHARED, WriteTx};

/// A rule, and whose it is.
///
/// ```
/// use mindkeep::{Store, graph::Rule};
/// let store = Store::builder().open_in_memory()?;
/// store.graph().declare_rule(Rule::symmetric("knows"))?;
/// let rules = store.persona("pepys").graph().rules()?;
/// assert!(rules[0].shared && rules[0].rule == Rule::symmetric("knows"));
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct DeclaredRule {
    /// What follows from what.
    pub rule: Rule,
    /// Whether it counts in everybody's graph.
    pub shared: bool,
}

const ROW: Error = Error::Corrupt { what: "a rule" };

/// The rules that count in a persona's graph, its own and the shared ones, in an order that depends on what they say.
pub(crate) fn rules(read: &ReadTx<'_>, persona: Option<&str>) -> Result<Vec<DeclaredRule>> {
    let known = persona.map_or(Ok(None), |name| read.names().persona_id(read.conn(), name))?;
    let mut rules = Vec::new();
    each_of(read, &format!("[0,{}]", known.unwrap_or(SHARED)), |scope, rule| {
        rules.push(DeclaredRule { rule, shared: scope == SHARED });
        Ok(())
    })?;
    rules.sort_unstable();
    Ok(rules)
}

/// The rules of the scopes in a JSON list of numbers, each with whose it is, by persona and what they say.
pub(crate) fn each_rule(
    read: &ReadTx<'_>,
    scopes: &str,
    mut each: impl FnMut(Option<&str>, &Rule) -> Result<()>,
) -> Result<()> {
    let mut rules = Vec::new();
    each_of(read, scopes, |scope, rule| {
        let persona = match scope {
            SHARED => None,
            id => Some(read.names().persona(read.conn(), id)?.as_str().to_owned()),
        };
        rules.push((persona, rule));
        Ok(())
    })?;
    rules.sort_unstable();
    rules.iter().try_for_each(|(persona, rule)| each(persona.as_deref(), rule))
}

fn each_of(read: &ReadTx<'_>, scopes: &str, mut each: impl FnMut(i64, Rule) -> Result<()>) -> Result<()> {
    let sql = "SELECT r.scope_id, r.sort, a.name, b.name, c.name FROM relation_rule AS r
                 JOIN relation_label AS a ON a.label_id = r.first_id
                 LEFT JOIN relation_label AS b ON b.label_id = r.second_id
                 JOIN relation_label AS c ON c.label_id = r.label_id
                WHERE r.scope_id IN (SELECT value FROM json_each(?1))";
    let mut statement = read.conn().prepare_cached(sql)?;
    let mut rows = statement.query([scopes])?;
    while let Some(row) = rows.next()? {
        let text = |column| row.get_ref(column).map_err(Error::from)?.as_str().map_err(|_| ROW);
        let second = row.get_ref(3)?.as_str_or_null().map_err(|_| ROW)?;
        let rule = Rule::from_parts(text(1)?, text(2)?, second, text(4)?).ok_or(ROW)?;
        each(row.get(0)?, rule)?;
    }
    Ok(())
}

const ROWS: &str = "scope_id = ?1 AND sort = ?2 AND first_id = (SELECT label_id FROM relation_label WHERE name = ?3)
                    AND ifnull(second_id, 0) = ifnull((SELECT label_id FROM relation_label WHERE name = ?4), 0)
                    AND label_id = (SELECT label_id FROM relation_label WHERE name = ?5)";

fn is_there(tx: &WriteTx<'_>, scope: i64, rule: &Rule) -> Result<bool> {
    let (sort, first, second, label) = rule.parts();
    let sql = format!("SELECT 1 FROM relation_rule WHERE {ROWS}");
    let found = tx.prepare(&sql)?.query_row((scope, sort, first, second, label), |_| Ok(())).optional()?;
    Ok(found.is_some())
}

/// Keeps a validated rule.
pub(crate) fn put_rule(tx: &mut WriteTx<'_>, persona: Option<&str>, rule: &Rule) -> Result<Outcome> {
    let seen = scope_seen(tx, persona)?;
    let is_own = persona.is_none() || seen != SHARED;
    if is_own && is_there(tx, seen, rule)? {
        return Ok(Outcome::Unchanged);
    }
    let sql = "SELECT count(*) FROM relation_rule WHERE scope_id = ?1";
    let count: usize = if is_own { tx.prepare(sql)?.query_row([seen], |row| row.get(0))? } else { 0 };
    if count >= GRAPH_RULES_MAX {
        return Err(Error::invalid("rule", "is one too many; a graph keeps up to 256"));
    }
    let scope = tx.scope_id(persona)?;
    let (sort, first, second, label) = rule.parts();
    let first = label_id(tx, first)?;
    let second = second.map(|second| label_id(tx, second)).transpose()?;
    let label = label_id(tx, label)?;
    let sql = "INSERT INTO relation_rule (scope_id, sort, first_id, second_id, label_id) VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.prepare(sql)?.execute((scope, sort, first, second, label))?;
    Ok(Outcome::Added)
}

/// Takes a rule out; whether there was one.
pub(crate) fn remove_rule(tx: &mut WriteTx<'_>, persona: Option<&str>, rule: &Rule) -> Result<bool> {
    let scope = scope_seen(tx, persona)?;
    let (sort, first, second, label) = rule.parts();
    if persona.is_none() || scope != SHARED {
        let sql = format!("DELETE FROM relation_rule WHERE {ROWS}");
        if tx.prepare(&sql)?.execute((scope, sort, first, second, label))? > 0 {
            return Ok(true);
        }
    }
    if persona.is_some() && is_there(tx, SHARED, rule)? {
        return Err(Error::invalid("rule", "is a shared rule; withdraw it through the shared graph"));
    }
    Ok(false)
}
