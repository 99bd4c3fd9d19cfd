//! What does a person mean by these words?
//!
//! Any text is a question. Words are looked up, `"quoted words"` as a phrase, `word*` as a beginning; `-word` must not be there, and
//! `title:word` stands in that field. Every other sign only separates words, and nothing that a user types is an error.

use std::sync::Arc;

use super::analysis::{self, Language};
use super::fields::Field;

/// Whether one word is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mode {
    /// Any of the words; the more, the better. Stop words count only if there are no others.
    #[default]
    Any,
    /// All of the words.
    All,
}

/// What a part of a question is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Words,
    Phrase,
    Beginning,
}

/// A part of a question, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(super) sort: Sort,
    pub(super) text: String,
    pub(super) field: Option<Field>,
    pub(super) is_unwanted: bool,
}

/// What to look up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    parts: Vec<Part>,
    mode: Mode,
    typos: bool,
}

/// What was said before a word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Before {
    field: Option<Field>,
    is_unwanted: bool,
}

impl Question {
    /// Reads a question, in which these paths of metadata may be named; `None` if there is no word in it that may be found.
    pub(crate) fn parse(question: &str, mode: Mode, paths: &[Arc<str>]) -> Option<Self> {
        let parts = parts(question, paths);
        parts.iter().any(|part| !part.is_unwanted).then_some(Self { parts, mode, typos: false })
    }

    /// Whether a question says nothing but what must not be there.
    pub(crate) fn only_excludes(question: &str) -> bool {
        let parts = parts(question, &[]);
        !parts.is_empty() && parts.iter().all(|part| part.is_unwanted)
    }

    /// Words that were nearly typed are meant, too.
    pub(crate) fn with_typos(self, typos: bool) -> Self {
        Self { typos, ..self }
    }

    pub(super) fn typos(&self) -> bool {
        self.typos
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The language that it seems to be in.
    pub(super) fn language(&self) -> Language {
        let texts: Vec<&str> = self.parts.iter().map(|part| part.text.as_str()).collect();
        analysis::detect(&texts.join(" "), Language::English)
    }

    pub(super) fn mode(&self) -> Mode {
        self.mode
    }
}

/// The parts of a question, as they stand there.
fn parts(question: &str, paths: &[Arc<str>]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut push = |before: Before, sort: Sort, text: &str| {
        if text.contains(|c: char| !c.is_whitespace() && !c.is_ascii_punctuation()) {
            let Before { field, is_unwanted } = before;
            parts.push(Part { sort, text: text.to_owned(), field, is_unwanted });
        }
    };
    // Every second piece stands between quotation marks; a mark without a partner is only a sign.
    let mut pieces = question.split('"').peekable();
    let (mut quoted, mut before) = (false, Before::default());
    while let Some(piece) = pieces.next() {
        if quoted && pieces.peek().is_some() {
            push(std::mem::take(&mut before), Sort::Phrase, piece);
        } else {
            before = Before::default();
            for chunk in piece.split_whitespace() {
                let rest;
                (before, rest) = Before::of(chunk, paths);
                let mut rest = rest;
                while let Some((word, after)) = beginning(rest) {
                    push(before.clone(), Sort::Beginning, word);
                    rest = after;
                }
                push(before.clone(), Sort::Words, rest);
            }
            // Only what stands right before the mark belongs to the phrase.
            if !piece.ends_with(['-', ':']) {
                before = Before::default();
            }
        }
        quoted = !quoted;
    }
    parts
}

impl Before {
    /// What is said before a word, and the word.
    fn of<'c>(chunk: &'c str, paths: &[Arc<str>]) -> (Self, &'c str) {
        let (is_unwanted, rest) = match chunk.strip_prefix('-') {
            // A number below zero is a number.
            Some(rest) if !rest.starts_with(|c: char| c == '-' || c.is_numeric()) => (true, rest),
            _ => (false, chunk),
        };
        let named = rest.split_once(':').and_then(|(name, rest)| Some((Field::of_name(name, paths)?, rest)));
        match named {
            Some((field, rest)) => (Self { field: Some(field), is_unwanted }, rest),
            None => (Self { field: None, is_unwanted }, rest),
        }
    }
}

/// The word before the first asterisk, if there is one, and what follows.
fn beginning(text: &str) -> Option<(&str, &str)> {
    let (word, after) = text.split_once('*')?;
    Some((word, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(question: &str) -> Vec<(Sort, String, Option<Field>, bool)> {
        let question = Question::parse(question, Mode::Any, &["colour".into(), "of.it".into()]);
        let parts = question.map(|question| question.parts).unwrap_or_default();
        parts.into_iter().map(|part| (part.sort, part.text, part.field, part.is_unwanted)).collect()
    }

    #[test]
    fn words_phrases_and_beginnings_are_read() {
        use Sort::{Beginning, Phrase, Words};
        let plain = |sort, text: &str| (sort, text.to_owned(), None, false);
        assert_eq!(
            read(r#"of the "great fire", Lond* and Ünrest?"#),
            [
                plain(Words, "of"),
                plain(Words, "the"),
                plain(Phrase, "great fire"),
                plain(Beginning, "Lond"),
                plain(Words, "and"),
                plain(Words, "Ünrest?")
            ]
        );
        assert_eq!(
            read(r#"fire -smoke title:city -title:"old town""#),
            [
                plain(Words, "fire"),
                (Words, "smoke".to_owned(), None, true),
                (Words, "city".to_owned(), Some(Field::Title), false),
                (Phrase, "old town".to_owned(), Some(Field::Title), true)
            ]
        );
    }

    #[test]
    fn declared_paths_are_fields() {
        let field = |path: &str| Some(Field::Attribute(path.into()));
        assert_eq!(
            read(r#"colour:red -of.it:"dark blue" shape:round"#),
            [
                (Sort::Words, "red".to_owned(), field("colour"), false),
                (Sort::Phrase, "dark blue".to_owned(), field("of.it"), true),
                (Sort::Words, "shape:round".to_owned(), None, false)
            ]
        );
    }

    #[test]
    fn signs_are_never_an_error() {
        for nothing in [r#""*" ** """#, "", "  ", "-", "--", "-word", "title:", "\"", "-\"a b\""] {
            assert_eq!(read(nothing), [], "{nothing}");
        }
        assert_eq!(read("-5 degrees").len(), 2);
        assert!(!read("-5 degrees")[0].3);
        assert_eq!(read("what: now").len(), 2);
    }
}
