//! Which memories have one of these names in their text?

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::analysis::Language;
use super::ask;
use super::cache::Cache;
use super::fields::Field;
use super::question::{Part, Sort};
use super::search;
use crate::error::Result;

/// Bytes of chunks that a search for names keeps at hand.
const ROOM: usize = 4 << 20;

/// Names to look for, each in the memories of one persona or of all.
#[derive(Debug, Default)]
pub(crate) struct Phrases {
    /// By persona; `None` is everybody.
    by_persona: BTreeMap<Option<i64>, Vec<String>>,
}

impl Phrases {
    /// One more name.
    pub(crate) fn add(&mut self, persona_id: Option<i64>, name: &str) {
        self.by_persona.entry(persona_id).or_default().push(name.to_owned());
    }
}

/// The first memories after a row id that have any of the names, whatever case, accents and endings they are written with.
pub(crate) fn with_phrases(
    conn: &Connection,
    phrases: &Phrases,
    after: i64,
    limit: usize,
) -> Result<Vec<i64>> {
    let cache = Cache::new(ROOM);
    let mut ids = Vec::new();
    for persona_id in personas(conn, phrases)? {
        let kept = cache.persona(conn, persona_id)?;
        let languages: Vec<Language> = kept.iter().flat_map(|kept| kept.languages()).collect();
        let names = [None, Some(persona_id)].into_iter().filter_map(|scope| phrases.by_persona.get(&scope));
        for name in names.flatten() {
            let (sort, field) = (Sort::Phrase, Some(Field::Content));
            let part = Part { sort, text: name.clone(), field, is_unwanted: false };
            for form in ask::forms_of(&part, &languages) {
                let there = search::having(conn, &cache, persona_id, &form)?;
                ids.extend(there.into_iter().filter(|&id| id > after));
            }
        }
    }
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(limit);
    Ok(ids)
}

/// Whose memories are looked through.
fn personas(conn: &Connection, phrases: &Phrases) -> Result<Vec<i64>> {
    if !phrases.by_persona.contains_key(&None) {
        return Ok(phrases.by_persona.keys().filter_map(|persona| *persona).collect());
    }
    let mut statement = conn.prepare_cached("SELECT persona_id FROM word_persona")?;
    let ids = statement.query_map([], |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}
