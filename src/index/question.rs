//! What does a person mean by these words?
//!
//! Any text is a question. Words are looked up, `"quoted words"` as a phrase, `word*` as a prefix; every other sign
//! only separates words. Nothing that a user types is ever read as query language.

use super::text;
use crate::model::limits::QUESTION_WORDS_MAX;

/// Whether one word is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mode {
    /// Any of the words; the more, the better. Stop words count only if there are no others.
    #[default]
    Any,
    /// All of the words.
    All,
}

/// One thing to look up: as it was written, for FTS5, and folded, for comparing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Term {
    Word { text: String, folded: String },
    Prefix { text: String, folded: String },
    Phrase { text: String, folded: Vec<String> },
}

/// What to look up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    terms: Vec<Term>,
    mode: Mode,
}

impl Question {
    /// Reads a question; `None` if there is no word in it.
    pub(crate) fn parse(question: &str, mode: Mode) -> Option<Self> {
        let mut terms: Vec<Term> = Vec::new();
        let mut push = |term: Term| {
            if terms.len() < QUESTION_WORDS_MAX && !terms.contains(&term) {
                terms.push(term);
            }
        };
        // Every second part stands between quotation marks; a mark without a partner is only a sign.
        let mut parts = question.split('"').peekable();
        let mut quoted = false;
        while let Some(part) = parts.next() {
            if quoted && parts.peek().is_some() {
                let words: Vec<_> = text::words(part).collect();
                let text = words.iter().map(|word| word.text).collect::<Vec<_>>().join(" ");
                let mut folded: Vec<String> = words.into_iter().map(|word| word.folded).collect();
                match folded.len() {
                    0 => {}
                    1 => push(Term::Word { text, folded: folded.remove(0) }),
                    _ => push(Term::Phrase { text, folded }),
                }
            } else {
                for word in text::words(part) {
                    let is_prefix = part[word.range.end..].starts_with('*');
                    let (text, folded) = (word.text.to_owned(), word.folded);
                    push(if is_prefix { Term::Prefix { text, folded } } else { Term::Word { text, folded } });
                }
            }
            quoted = !quoted;
        }
        if mode == Mode::Any && terms.iter().any(|term| !is_stop_word(term)) {
            terms.retain(|term| !is_stop_word(term));
        }
        (!terms.is_empty()).then_some(Self { terms, mode })
    }

    pub(super) fn terms(&self) -> impl Iterator<Item = &Term> {
        self.terms.iter()
    }

    /// As an FTS5 expression: every word a quoted string, so that no sign of its syntax gets through.
    pub(super) fn to_fts5(&self) -> String {
        let terms: Vec<_> = self
            .terms
            .iter()
            .map(|term| match term {
                Term::Word { text, .. } | Term::Phrase { text, .. } => format!("\"{text}\""),
                Term::Prefix { text, .. } => format!("\"{text}\" *"),
            })
            .collect();
        terms.join(match self.mode {
            Mode::Any => " OR ",
            Mode::All => " AND ",
        })
    }
}

fn is_stop_word(term: &Term) -> bool {
    matches!(term, Term::Word { folded, .. } if STOP_WORDS.binary_search(&folded.as_str()).is_ok())
}

/// English words that say nothing about the topic of a question. Sorted.
const STOP_WORDS: &[&str] = &[
    "a", "about", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "being", "but", "by",
    "can", "could", "d", "did", "do", "does", "doing", "for", "from", "had", "has", "have", "having", "he",
    "her", "hers", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "ll", "m", "me", "my",
    "of", "on", "or", "our", "ours", "re", "s", "shall", "she", "should", "so", "some", "t", "than", "that",
    "the", "their", "theirs", "them", "then", "there", "these", "they", "this", "those", "to", "us", "ve",
    "was", "we", "were", "what", "when", "where", "which", "who", "whom", "whose", "why", "will", "with",
    "would", "you", "your", "yours",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn fts5(question: &str, mode: Mode) -> Option<String> {
        Question::parse(question, mode).map(|question| question.to_fts5())
    }

    #[test]
    fn stop_words_are_sorted() {
        assert!(STOP_WORDS.is_sorted());
    }

    #[test]
    fn words_phrases_and_prefixes_are_read() {
        let question = r#"What of the "great fire", Lond* and Ünrest?"#;
        assert_eq!(fts5(question, Mode::Any).as_deref(), Some(r#""great fire" OR "Lond" * OR "Ünrest""#));
        assert_eq!(fts5("to be", Mode::Any).as_deref(), Some(r#""to" OR "be""#));
        assert_eq!(fts5("to burn", Mode::All).as_deref(), Some(r#""to" AND "burn""#));
    }

    #[test]
    fn signs_are_never_query_language() {
        assert_eq!(
            fts5(r#"'; DROP TABLE memory;--"#, Mode::Any).as_deref(),
            Some(r#""DROP" OR "TABLE" OR "memory""#)
        );
        assert_eq!(fts5("NEAR(fire", Mode::Any).as_deref(), Some(r#""NEAR" OR "fire""#));
        assert_eq!(fts5(r#"fire" ^-:(){}"#, Mode::Any).as_deref(), Some(r#""fire""#));
        assert_eq!(fts5(r#""*" ** """#, Mode::Any), None);
        assert_eq!(fts5("", Mode::All), None);
    }
}
