//! Which memories have these words?
//!
//! FTS5 over the text of the memories that are neither forgotten nor superseded. It keeps no copy of the text and is
//! written inside the memory's own transaction. Each row carries the word `p<persona_id>`, so that a
//! search within a persona intersects two posting lists instead of scoring everybody's memories.

mod analysis;
mod digest;
mod phrase;
mod question;
mod text;
mod words;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

pub(crate) use digest::{Expected, digest};
pub(crate) use phrase::{Phrases, with_phrases};
pub(crate) use question::{Mode, Question};
pub(crate) use text::matches;

use crate::error::{Error, Result};
use crate::model::Metadata;

/// Relative weights of the columns: scope, content, tags, fields.
const WEIGHTS: &str = "0.0, 1.0, 0.7, 0.7";

/// Makes a memory findable.
pub(crate) fn add(
    conn: &Connection,
    memory_id: i64,
    persona_id: i64,
    content: &str,
    tags: &[String],
    metadata: &Metadata,
) -> Result<()> {
    let sql = "INSERT INTO memory_text (rowid, scope, content, tags, fields) VALUES (?1, ?2, ?3, ?4, ?5)";
    let tags = (!tags.is_empty()).then(|| tags.join(" "));
    conn.prepare_cached(sql)?.execute((
        memory_id,
        scope_word(persona_id),
        content,
        tags,
        text::fields(metadata),
    ))?;
    Ok(())
}

/// Makes it unfindable.
pub(crate) fn remove(conn: &Connection, memory_id: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM memory_text WHERE rowid = ?1")?.execute([memory_id])?;
    Ok(())
}

/// Makes everything unfindable.
pub(crate) fn clear(conn: &Connection) -> Result<()> {
    conn.execute("INSERT INTO memory_text (memory_text) VALUES ('delete-all')", [])?;
    Ok(())
}

fn scope_word(persona_id: i64) -> String {
    format!("p{persona_id}")
}

/// Whose memories a search is about.
pub(crate) enum Scope<'s> {
    Everybody,
    Personas(&'s [i64]),
}

/// Personas that a search names in the full-text query; more are filtered by their rows instead.
const SCOPE_WORDS_MAX: usize = 64;

/// The best rows for a question, best first and newest first among equals: row id and score, higher is better.
///
/// `conditions` are SQL terms over `memory AS m` with numbered parameters `?1` to `?n` for `params`.
pub(crate) fn search(
    conn: &Connection,
    question: &Question,
    scope: &Scope<'_>,
    conditions: &str,
    params: Vec<Value>,
    limit: usize,
) -> Result<Vec<(i64, f64)>> {
    let (sql, params) = query(question, scope, conditions, params, limit);
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(params), |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect::<rusqlite::Result<_>>().map_err(|error| Error::sqlite("searching the text", &error))
}

/// The SQL of a search.
pub(crate) fn query(
    question: &Question,
    scope: &Scope<'_>,
    conditions: &str,
    mut params: Vec<Value>,
    limit: usize,
) -> (String, Vec<Value>) {
    let (expression, unnamed) = expression(question, scope);
    let mut more = String::new();
    if let Some(list) = unnamed {
        params.push(Value::Text(format!("[{}]", list.join(","))));
        more = format!(" AND m.persona_id IN (SELECT value FROM json_each(?{}))", params.len());
    }
    params.push(Value::Text(expression));
    let at_match = params.len();
    params.push(Value::Integer(limit as i64));
    let at_limit = params.len();
    let sql = format!(
        "SELECT m.memory_id, -bm25(memory_text, {WEIGHTS}) AS score
           FROM memory_text CROSS JOIN memory AS m ON m.memory_id = memory_text.rowid
          WHERE memory_text MATCH ?{at_match} AND {conditions}{more}
          ORDER BY score DESC, m.at DESC, m.memory_id DESC LIMIT ?{at_limit}"
    );
    (sql, params)
}

/// How many rows have the words of a question, whatever else they are.
pub(crate) fn count_matches(conn: &Connection, question: &Question, scope: &Scope<'_>) -> Result<u64> {
    let (expression, _) = expression(question, scope);
    let sql = "SELECT count(*) FROM memory_text WHERE memory_text MATCH ?1";
    let count = conn.prepare_cached(sql)?.query_row([expression], |row| row.get(0));
    count.map_err(|error| Error::sqlite("searching the text", &error))
}

/// The full-text query, and the personas that it could not name.
fn expression(question: &Question, scope: &Scope<'_>) -> (String, Option<Vec<String>>) {
    let words = question.to_fts5();
    match scope {
        Scope::Everybody => (format!("{{content tags fields}} : ({words})"), None),
        Scope::Personas(ids) if ids.len() <= SCOPE_WORDS_MAX => {
            let scopes: Vec<_> = ids.iter().map(|&id| format!("\"{}\"", scope_word(id))).collect();
            (format!("scope : ({}) AND {{content tags fields}} : ({words})", scopes.join(" OR ")), None)
        }
        Scope::Personas(ids) => {
            let list = ids.iter().map(|id| id.to_string()).collect();
            (format!("{{content tags fields}} : ({words})"), Some(list))
        }
    }
}

/// Lets a connection drop what FTS5 remembers of an older commit.
///
/// SQLite's `integrity_check` asks FTS5 without opening a cursor, and only that compares the remembered structure with
/// the present one: what was merged meanwhile is then reported as damage (SQLite 3.53).
pub(crate) fn look_afresh(conn: &Connection) -> Result<()> {
    let mut cursor = conn.prepare_cached("SELECT rowid FROM memory_text LIMIT 1")?;
    cursor.query([])?.next()?;
    Ok(())
}
