//! What does a question look for in the index?
//!
//! Every word in all fields, by its stems in the languages of the persona; a word in a phrase by its place.

use super::analysis::{self, Asked, Language, Place, Scratch};
use super::fields::Field;
use super::question::{Mode, Part, Question, Sort};
use super::words::{Form, Occur, Query, Step, Word};

/// Forms of a word beyond which no more are looked up.
const FORMS_MAX: usize = 64;

/// What a question looks for, in texts of some languages, the usual one first.
pub(super) fn query(question: &Question, languages: &[Language]) -> Query {
    let mut scratch = Scratch::default();
    let mut words: Vec<(Word, bool)> = Vec::new();
    for part in question.parts() {
        let occur = match (part.is_unwanted, question.mode()) {
            (true, _) => Occur::Not,
            (false, Mode::All) => Occur::Must,
            (false, Mode::Any) => Occur::Should,
        };
        for (ways, is_stop_word) in ways(part, languages, &mut scratch) {
            let word = Word { occur, forms: forms(&ways, part.field) };
            if !word.forms.is_empty() && !words.iter().any(|(there, _)| *there == word) {
                words.push((word, is_stop_word));
            }
        }
    }
    // Words that say nothing count only if there are no others.
    let says_something = |(word, is_stop_word): &(Word, bool)| word.occur != Occur::Not && !is_stop_word;
    if question.mode() == Mode::Any && words.iter().any(says_something) {
        words.retain(|word| word.0.occur == Occur::Not || says_something(word));
    }
    Query { words: words.into_iter().map(|(word, _)| word).collect() }
}

/// The ways in which the words of a part may stand in a text, and whether each says nothing.
fn ways(part: &Part, languages: &[Language], scratch: &mut Scratch) -> Vec<(Vec<Vec<Place>>, bool)> {
    match part.sort {
        Sort::Words => analysis::asked(&part.text, languages, scratch)
            .into_iter()
            .map(|Asked { ways, is_stop_word, .. }| (ways, is_stop_word))
            .collect(),
        Sort::Phrase => vec![(analysis::phrase(&part.text, languages, scratch), false)],
        Sort::Beginning => vec![(analysis::beginning(&part.text, languages, scratch), false)],
    }
}

fn forms(ways: &[Vec<Place>], field: Option<Field>) -> Vec<(Form, f64)> {
    let mut forms = Vec::new();
    for field in Field::ALL.into_iter().filter(|here| field.is_none_or(|only| only == *here)) {
        let term = |word: &str| [word.as_bytes(), field.suffix()].concat();
        for way in ways {
            match way.as_slice() {
                [] => {}
                [only] => {
                    for word in &only.terms {
                        let form = if only.is_prefix {
                            Form::Prefix { start: word.as_bytes().to_vec(), field: field.suffix().to_vec() }
                        } else {
                            Form::Term(term(word))
                        };
                        if !forms.iter().any(|(there, _)| *there == form) {
                            forms.push((form, field.weight()));
                        }
                    }
                }
                several => {
                    let step = |place: &Place| Step {
                        offset: place.offset,
                        terms: place.terms.iter().map(|word| term(word)).collect(),
                    };
                    forms.push((Form::Phrase(several.iter().map(step).collect()), field.weight()));
                }
            }
        }
    }
    forms.truncate(FORMS_MAX);
    forms
}

/// The forms of a part alone.
pub(super) fn forms_of(part: &Part, languages: &[Language]) -> Vec<Form> {
    let ways = ways(part, languages, &mut Scratch::default());
    ways.into_iter().flat_map(|(ways, _)| forms(&ways, part.field)).map(|(form, _)| form).collect()
}
