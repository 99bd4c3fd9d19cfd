//! Where does one word end and the next begin, and when are two words the same?
//!
//! As the tokenizer of `memory_text` sees it: words are runs of letters, numbers and the marks that belong to them,
//! compared without case and without the diacritics of Latin, Greek and Cyrillic. FTS5 does the indexing; this twin
//! finds what to highlight.

use std::ops::Range;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::question::{Question, Term};
use crate::model::{Metadata, without_case};

/// A word of a text: where it stands, and what it is compared by.
pub(super) struct Word<'t> {
    pub(super) range: Range<usize>,
    pub(super) text: &'t str,
    pub(super) folded: String,
}

/// The words of a text, in order.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        while rest.next_if(|&(_, c)| !is_word(c)).is_some() {}
        let &(start, _) = rest.peek()?;
        let mut end = start;
        while let Some((i, c)) = rest.next_if(|&(_, c)| is_word(c)) {
            end = i + c.len_utf8();
        }
        let word = &text[start..end];
        Some(Word { range: start..end, text: word, folded: fold(word) })
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

pub(super) fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    word.nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).flat_map(without_case).collect()
}

/// Byte ranges of a text that a question's words match, in order and not overlapping.
pub(crate) fn matches(text: &str, question: &Question) -> Vec<(usize, usize)> {
    let words: Vec<Word<'_>> = words(text).collect();
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let longest = question.terms().filter_map(|term| match term {
            Term::Word { folded, .. } => (word.folded == *folded).then_some(word.range.end),
            Term::Prefix { folded, .. } => word.folded.starts_with(folded).then_some(word.range.end),
            Term::Phrase { folded, .. } => {
                let there = words.get(i..i + folded.len())?;
                there
                    .iter()
                    .zip(folded)
                    .all(|(a, b)| a.folded == *b)
                    .then(|| there[there.len() - 1].range.end)
            }
        });
        let Some(end) = longest.max() else { continue };
        match found.last_mut() {
            Some(last) if last.1 > word.range.start => last.1 = last.1.max(end),
            _ => found.push((word.range.start, end)),
        }
    }
    found
}

/// The members of the metadata that are searched with the content.
pub(super) fn fields(metadata: &Metadata) -> Option<String> {
    #[derive(Deserialize)]
    struct Fields<'m> {
        #[serde(borrow, default)]
        speaker: Field<'m>,
        #[serde(borrow, default)]
        role: Field<'m>,
        #[serde(borrow, default)]
        title: Field<'m>,
        #[serde(borrow, default)]
        caption: Field<'m>,
    }
    /// Text counts; anything else is not searched.
    #[derive(Deserialize, Default)]
    #[serde(untagged)]
    enum Field<'m> {
        Text(#[serde(borrow)] std::borrow::Cow<'m, str>),
        Other(serde::de::IgnoredAny),
        #[default]
        Absent,
    }
    let fields: Fields<'_> = serde_json::from_str(metadata.stored()?).ok()?;
    let texts: Vec<_> = [fields.speaker, fields.role, fields.title, fields.caption]
        .into_iter()
        .filter_map(|field| if let Field::Text(text) = field { Some(text) } else { None })
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Mode;

    fn highlighted<'t>(text: &'t str, question: &str) -> Vec<&'t str> {
        let question = Question::parse(question, Mode::Any).expect("has words");
        matches(text, &question).into_iter().map(|(from, to)| &text[from..to]).collect()
    }

    #[test]
    fn matches_ignore_case_and_diacritics_and_stand_at_character_boundaries() {
        assert_eq!(highlighted("Une Élégante soirée, élégante!", "elegante"), ["Élégante", "élégante"]);
        assert_eq!(highlighted("হারানো আংটি পাওয়া গেছে", "আংটি"), ["আংটি"]);
        assert_eq!(highlighted("naïve 🔥 fire", "NAIVE fire"), ["naïve", "fire"]);
        assert_eq!(highlighted("Ὀδυσσεύς, ΟΔΥΣΣΕΎΣ", "οδυσσευσ"), ["Ὀδυσσεύς", "ΟΔΥΣΣΕΎΣ"]);
    }

    #[test]
    fn phrases_and_prefixes_match_as_a_whole() {
        assert_eq!(highlighted("A great fire; great smoke", "\"great fire\""), ["great fire"]);
        assert_eq!(highlighted("burned, burning, urban", "burn*"), ["burned", "burning"]);
    }

    #[test]
    fn only_text_members_are_searched() {
        let metadata = Metadata::parse(r#"{"speaker":"Ada \"B\"","title":7,"other":"x","caption":"a cat"}"#);
        assert_eq!(fields(&metadata.expect("valid")).as_deref(), Some("Ada \"B\"\na cat"));
    }
}
