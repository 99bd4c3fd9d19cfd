//! Which memories have one of these names in their text?

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rusqlite::Connection;

use super::{scope_word, text};
use crate::error::{Error, Result};

/// Names to look for, each in the memories of one persona or of all.
#[derive(Debug, Default)]
pub(crate) struct Phrases {
    /// By persona; `None` is everybody. As FTS5 expressions, joined.
    by_persona: BTreeMap<Option<i64>, String>,
}

impl Phrases {
    /// One more name. One without a word is in no full text.
    pub(crate) fn add(&mut self, persona_id: Option<i64>, name: &str) {
        let mut phrase = String::new();
        for word in text::words(name) {
            // A word has no quotation mark in it.
            phrase.push(if phrase.is_empty() { '"' } else { ' ' });
            phrase.push_str(word.text);
        }
        if !phrase.is_empty() {
            let all = self.by_persona.entry(persona_id).or_default();
            let or = if all.is_empty() { "" } else { " OR " };
            let _ = write!(all, "{or}{phrase}\"");
        }
    }

    fn expression(&self) -> String {
        let mut expression = String::new();
        for (persona_id, phrases) in &self.by_persona {
            let or = if expression.is_empty() { "" } else { " OR " };
            let _ = match persona_id {
                None => write!(expression, "{or}(content : ({phrases}))"),
                Some(id) => {
                    write!(expression, "{or}(scope : \"{}\" AND content : ({phrases}))", scope_word(*id))
                }
            };
        }
        expression
    }
}

/// The first memories after a row id that have any of the names, whatever case and accents they are written with.
pub(crate) fn with_phrases(
    conn: &Connection,
    phrases: &Phrases,
    after: i64,
    limit: usize,
) -> Result<Vec<i64>> {
    let expression = phrases.expression();
    if expression.is_empty() {
        return Ok(Vec::new());
    }
    let sql =
        "SELECT rowid FROM memory_text WHERE memory_text MATCH ?1 AND rowid > ?2 ORDER BY rowid LIMIT ?3";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map((expression, after, limit as i64), |row| row.get(0))?;
    rows.collect::<rusqlite::Result<_>>()
        .map_err(|error| Error::sqlite("looking for names in the text", &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::add;
    use crate::model::{Metadata, Words, is_plain_name};
    use crate::storage::pristine;

    /// Row ids of texts that have a name.
    fn speaking(conn: &Connection, name: &str) -> Vec<i64> {
        let mut phrases = Phrases::default();
        phrases.add(None, name);
        with_phrases(conn, &phrases, 0, 10).expect("searches")
    }

    /// Upkeep looks for new names here, and would miss a place that was cut in another way.
    #[test]
    fn the_full_text_takes_plain_characters_for_what_they_are_in_names() {
        let conn = pristine().expect("a store");
        let (mut tried, mut wrong) = (0, Vec::new());
        for c in ('\u{1}'..='\u{ffff}').filter(|&c| is_plain_name(&format!("a{c}"))) {
            let upper: String = c.to_uppercase().collect();
            for text in [format!("{c}ab"), format!("ab{c}ab"), format!("ab{c}"), format!("x{upper}x")] {
                let words = Words::of(&text);
                let names = words.words.iter().map(|word| &text[word.from as usize..word.to as usize]);
                let names: Vec<&str> = names.filter(|name| name.contains(char::is_alphabetic)).collect();
                if words.is_strange || !text.chars().all(|c| is_plain_name(&format!("a{c}"))) {
                    continue;
                }
                conn.execute("DELETE FROM memory_text WHERE rowid = 1", []).expect("removes");
                add(&conn, 1, 1, &text, &[], &Metadata::default()).expect("adds");
                tried += 1;
                for name in names {
                    let lower: String = name.chars().flat_map(char::to_lowercase).collect();
                    // Whatever else is the same to names: in capitals, and with a sigma of any place in the word.
                    let hashes =
                        |name: &str| Words::of(name).words.iter().map(|word| word.hash).collect::<Vec<_>>();
                    let capitals = lower.to_uppercase();
                    let others = [capitals, lower.replace('σ', "ς"), lower.replace('ς', "σ")];
                    let others = others.iter().filter(|other| hashes(other) == hashes(name));
                    let mut all = others.map(String::as_str).chain([name, &lower]);
                    if all.any(|name| is_plain_name(name) && speaking(&conn, name) != [1]) {
                        wrong.push(c);
                    }
                }
            }
        }
        wrong.dedup();
        assert!(
            wrong.is_empty(),
            "{} of {tried}: {}",
            wrong.len(),
            wrong.iter().take(100).map(|c| format!("{:x} ", *c as u32)).collect::<String>()
        );
        assert!(tried > 8_000);
    }

    #[test]
    fn names_are_looked_for_in_the_texts_of_those_whose_they_are() {
        let conn = pristine().expect("a store");
        for (id, persona, text) in
            [(1, 1, "New York is large"), (2, 2, "in new york,"), (3, 1, "York"), (4, 2, "the \"c\" OR x")]
        {
            add(&conn, id, persona, text, &["York".to_owned()], &Metadata::default()).expect("adds");
        }
        let look = |names: &[(Option<i64>, &str)], after| {
            let mut phrases = Phrases::default();
            names.iter().for_each(|&(persona, name)| phrases.add(persona, name));
            with_phrases(&conn, &phrases, after, 10).expect("searches")
        };
        assert_eq!(look(&[(None, "New York")], 0), [1, 2]);
        assert_eq!(look(&[(Some(1), "New York")], 0), [1]);
        assert_eq!(look(&[(Some(2), "York"), (None, "C++")], 0), [2, 4]);
        assert_eq!(look(&[(None, "York")], 1), [2, 3]);
        assert_eq!(look(&[(None, "++"), (None, "AND")], 0), [0_i64; 0]);
    }
}
