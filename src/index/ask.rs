//! What does a question look for in the index?
//!
//! Every word in all fields, by its stems in the languages of the persona; a word in a phrase by its place.

use std::sync::Arc;

use super::analysis::{self, Asked, Language, Meant, Place, Scratch};
use super::date::{self, Together};
use super::fields::Field;
use super::question::{Mode, Part, Question, Sort};
use super::scope::Scope;
use super::words::{Form, Near, Occur, Query, Step, Word};
use crate::error::{Error, Result};
use crate::model::limits::QUESTION_WORDS_MAX;
use crate::storage::check;

/// Forms of a word beyond which no more are looked up.
const FORMS_MAX: usize = 128;
/// What a word that is nearly the one that was typed weighs beside it: two of them are worth one, since half of what is found so was not
/// meant.
const NEAR_WEIGHT: f64 = 0.5;
/// What a word weighs that is meant only if it is of a language that hardly any text is in: such a text may have been taken for it by mistake.
const UNLIKELY_WEIGHT: f64 = 0.1;

/// Bytes of a word that may have been mistyped.
const TYPED_BYTES_MAX: usize = 64;

fn is_too_long(form: &Form) -> bool {
    matches!(form, Form::Phrase(steps) if steps.len() > QUESTION_WORDS_MAX)
}

/// A word of a question.
struct Wanted {
    word: Word,
    /// Where it may stand; anywhere if none is named.
    field: Option<Field>,
    /// What was typed, if it may have been mistyped.
    typed: Option<String>,
    is_stop_word: bool,
}

impl Wanted {
    fn says_something(&self) -> bool {
        self.word.occur != Occur::Not && !self.is_stop_word
    }
}

/// What a question looks for, and whether it has more words than that.
pub(super) fn query(question: &Question, scope: &Scope) -> Result<(Query, bool)> {
    let mut scratch = Scratch::default();
    let mut words: Vec<Wanted> = Vec::new();
    let (mut counted, mut needed, mut is_cut) = (0, 0, false);
    let dates = date::unsaid(question.parts());
    for (part, date) in question.parts().iter().zip(dates) {
        let occur = match (part.is_unwanted, question.mode()) {
            (true, _) => Occur::Not,
            (false, Mode::All) => Occur::Must,
            (false, Mode::Any) => Occur::Should,
        };
        if occur == Occur::Should && counted >= QUESTION_WORDS_MAX {
            is_cut = true;
            continue;
        }
        check()?;
        let all = looked_up(part, &date, scope, &mut scratch);
        for (Asked { range, is_plain, is_stop_word, .. }, forms) in all {
            let word = Word { occur, forms };
            if word.forms.is_empty() || words.iter().any(|there| there.word == word) {
                continue;
            }
            if word.forms.iter().any(|(form, _)| is_too_long(form)) {
                return Err(Error::invalid("question", "has a phrase of over 64 words"));
            }
            let may_be_mistyped = question.typos() && is_plain && range.len() <= TYPED_BYTES_MAX;
            let typed = may_be_mistyped.then(|| part.text[range].to_owned());
            words.push(Wanted { word, field: part.field.clone(), typed, is_stop_word });
            if occur == Occur::Should {
                counted += usize::from(!is_stop_word);
            } else {
                // To leave one of these out would be another question.
                needed += 1;
                if needed > QUESTION_WORDS_MAX {
                    return Err(Error::invalid(
                        "question",
                        "has over 64 words that must be there, or must not",
                    ));
                }
            }
        }
    }
    // Words that say nothing count only if there are no others.
    if question.mode() == Mode::Any && words.iter().any(Wanted::says_something) {
        words.retain(|wanted| wanted.word.occur == Occur::Not || wanted.says_something());
    }
    let mut left = QUESTION_WORDS_MAX;
    words.retain(|wanted| {
        let stays = wanted.word.occur != Occur::Should || left > 0;
        left -= usize::from(stays && wanted.word.occur == Occur::Should);
        is_cut |= !stays;
        stays
    });
    let words = words.into_iter().map(|mut wanted| {
        // What says nothing, and what must not be there, is taken as it was typed.
        if wanted.says_something()
            && let Some(typed) = &wanted.typed
        {
            let near = near(typed, &wanted.word.forms, scope, wanted.field.as_ref());
            wanted.word.forms.extend(near);
        }
        wanted.word
    });
    Ok((Query { words: words.collect() }, is_cut))
}

/// The words of a part, with their forms.
fn looked_up(
    part: &Part,
    date: &Together,
    scope: &Scope,
    scratch: &mut Scratch,
) -> Vec<(Asked, Vec<(Form, f64)>)> {
    if part.field == Some(Field::Date) {
        return vec![(alone(part, Vec::new()), said_forms(part))];
    }
    let asked = ways(part, &scope.languages, scratch);
    let likely = (scope.likely.len() < scope.languages.len() && part.sort == Sort::Words)
        .then(|| ways(part, &scope.likely, scratch))
        .filter(|likely| likely.len() == asked.len());
    let is_alone = asked.len() == 1;
    let mut all = Vec::with_capacity(asked.len());
    for (place, mut word) in asked.into_iter().enumerate() {
        let mut found = forms(&word.ways, part.field.as_ref(), &scope.paths);
        if let Some(likely) = likely.as_ref().map(|likely| &likely[place]) {
            let likely = forms(&likely.ways, part.field.as_ref(), &scope.paths);
            for (form, weight) in &mut found {
                if matches!(form, Form::Term(_)) && !likely.iter().any(|(there, _)| there == form) {
                    *weight *= UNLIKELY_WEIGHT;
                }
            }
        }
        // A date is one word.
        if is_alone && !date.is_empty() {
            found.push((date_form(date), Field::Date.weight()));
            word.is_stop_word = false;
        }
        all.push((word, found));
    }
    all
}

/// A part that is one word.
fn alone(part: &Part, ways: Vec<Vec<Place>>) -> Asked {
    Asked { range: 0..part.text.len(), ways, is_plain: false, is_stop_word: false }
}

/// The words of a part, in the ways in which each may stand in a text.
fn ways(part: &Part, languages: &[Language], scratch: &mut Scratch) -> Vec<Asked> {
    match part.sort {
        Sort::Words => analysis::asked(&part.text, languages, scratch),
        Sort::Phrase => vec![alone(part, analysis::phrase(&part.text, languages, scratch))],
        Sort::Beginning => vec![alone(part, analysis::beginning(&part.text, languages, scratch))],
    }
}

fn fields(only: Option<&Field>, paths: &[Arc<str>]) -> Vec<Field> {
    let declared = paths.iter().map(|path| Field::Attribute(Arc::clone(path)));
    only.map_or_else(|| Field::TEXTS.into_iter().chain(declared).collect(), |only| vec![only.clone()])
}

/// The words that may have been meant, in all fields.
fn near(typed: &str, exact: &[(Form, f64)], scope: &Scope, field: Option<&Field>) -> Vec<(Form, f64)> {
    let mut except = Vec::new();
    for (form, _) in exact {
        if let Form::Term(term) = form
            && let Ok(term) = std::str::from_utf8(term)
            && let Some(word) = term.split('\0').next()
            && !except.iter().any(|there| there == word)
        {
            except.push(word.to_owned());
        }
    }
    let Some(Meant { near, terms }) = analysis::meant(typed, &except, &scope.languages) else {
        return Vec::new();
    };
    let mut near = Near { words: near, others: Vec::new(), except };
    // Most are one edit away as they are.
    near.others = terms.into_iter().filter(|term| !near.has(term) && !near.except.contains(term)).collect();
    let near = Arc::new(near);
    let form = |field: &Field| Form::Near { near: Arc::clone(&near), field: field.suffix().to_vec() };
    let fields = fields(field, &scope.paths);
    fields.iter().map(|field| (form(field), NEAR_WEIGHT * field.weight())).collect()
}

/// What is looked up for a part that is said to be a date.
fn said_forms(part: &Part) -> Vec<(Form, f64)> {
    let field = Field::Date.suffix();
    let mut forms = match date::said(part) {
        date::Meant::YearsFrom(start) => {
            vec![Form::Prefix { start: start.into_bytes(), field: field.to_vec() }]
        }
        date::Meant::Any(dates) => dates.iter().map(date_form).collect(),
    };
    if forms.is_empty() {
        // It has to be there all the same, and is nowhere.
        forms.push(Form::Term(field.to_vec()));
    }
    forms.into_iter().map(|form| (form, Field::Date.weight())).collect()
}

/// Words of a date stand at one place.
fn date_form(words: &Together) -> Form {
    let field = Field::Date.suffix();
    let term = |word: &String| [word.as_bytes(), &*field].concat();
    match words.as_slice() {
        [only] => Form::Term(term(only)),
        several => {
            Form::Phrase(several.iter().map(|word| Step { offset: 0, terms: vec![term(word)] }).collect())
        }
    }
}

fn forms(ways: &[Vec<Place>], only: Option<&Field>, paths: &[Arc<str>]) -> Vec<(Form, f64)> {
    let mut forms = Vec::new();
    for field in fields(only, paths) {
        let suffix = field.suffix();
        let term = |word: &str| [word.as_bytes(), &*suffix].concat();
        for way in ways {
            match way.as_slice() {
                [] => {}
                [only] => {
                    for word in &only.terms {
                        let form = if only.is_prefix {
                            Form::Prefix { start: word.as_bytes().to_vec(), field: suffix.to_vec() }
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

/// A word that is any of some terms, in all fields.
pub(super) fn any_of(terms: &[String], paths: &[Arc<str>]) -> Vec<(Form, f64)> {
    forms(&[vec![Place { offset: 0, terms: terms.to_vec(), is_prefix: false }]], None, paths)
}

/// The forms of a part alone.
pub(super) fn forms_of(part: &Part, languages: &[Language]) -> Vec<Form> {
    let ways = ways(part, languages, &mut Scratch::default());
    ways.into_iter()
        .flat_map(|asked| forms(&asked.ways, part.field.as_ref(), &[]))
        .map(|(form, _)| form)
        .collect()
}
