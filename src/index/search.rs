//! Which memories of these personas answer a question best, among those that a filter lets through?
//!
//! Time is a range of documents of each segment. Whatever else a filter asks is asked of a memory's row, but only of one that would be
//! among the best; where too many of these are refused, all that the filter lets through are looked up at once.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::analysis::{self, Language};
use super::besides::{self, Besides};
use super::cache::{Cache, Kept, Reading};
use super::fields::{Field, Terms};
use super::highlight::Highlighter;
use super::like::Example;
use super::question::Question;
use super::rules::Rules;
use super::scope::Scope;
use super::words::{self, Bounds, Doc, Form, Found, Occur, Query, Words};
use super::{ask, like};
use crate::error::{Error, Result};

/// Memories that are asked about in vain one by one, after which all that are let through are looked up.
const ASKED_MOST: usize = 256;

/// What the name of somebody who speaks weighs beside another word of a question.
const SPEAKER_WEIGHT: f64 = 0.1;

/// What a memory has to be, beside having the words.
pub(crate) struct Filtered<'f> {
    /// Milliseconds since 1970 UTC.
    pub(crate) time: Range<i64>,
    /// Of these kinds; `None` is any.
    pub(crate) kinds: Option<&'f [i64]>,
    /// One of these; `None` is any.
    pub(crate) only: Option<&'f HashSet<i64>>,
    /// The rest, as SQL terms over `memory AS m` with parameters `?1` to `?n`. None if there is no rest.
    pub(crate) conditions: Option<(&'f str, &'f [Value])>,
    /// Looks up all live memories of the personas that meet these conditions.
    pub(crate) look_up: &'f dyn Fn() -> Result<HashSet<i64>>,
    /// As `conditions`, for what may have expired.
    pub(crate) expiry: (&'f str, &'f [Value]),
}

/// A memory that was found.
pub(crate) struct Hit {
    pub(crate) memory_id: i64,
    pub(crate) score: f64,
}

/// A question, ready to be looked up in the words of some personas.
pub(crate) struct Search {
    personas: Vec<Arc<Kept>>,
    /// Of each, its number.
    ids: Vec<i64>,
    query: Query,
    /// Whether the question has more words.
    is_cut: bool,
    /// Is no answer: others are to be like it.
    except: Option<i64>,
    /// Memories that the index does not have: what they have to be was asked before they were added.
    besides: HashSet<i64>,
    highlighter: OnceCell<Highlighter>,
}

impl Search {
    /// For a question, in the snapshot of a connection.
    pub(crate) fn new(
        conn: &Connection,
        cache: &Cache,
        personas: &[i64],
        besides: &[Besides],
        question: &Question,
    ) -> Result<Self> {
        let (ids, kept) = kept(conn, cache, personas, besides)?;
        let scope = scope(&kept, question.language());
        let (query, is_cut) = ask::query(question, &scope)?;
        Ok(Self {
            personas: kept,
            ids,
            query,
            is_cut,
            except: None,
            besides: besides.iter().flat_map(Besides::ids).collect(),
            highlighter: OnceCell::new(),
        })
    }

    /// For memories like one.
    pub(crate) fn like(
        conn: &Connection,
        cache: &Cache,
        personas: &[i64],
        besides: &[Besides],
        example: &Example<'_>,
    ) -> Result<Self> {
        let (ids, kept) = kept(conn, cache, personas, besides)?;
        let all: Vec<&Words> = kept.iter().map(|kept| &kept.words).collect();
        let rules = Rules::read(conn, example.persona_id)?;
        let scope = scope(&kept, rules.language_of(example.texts.content));
        let is_there = personas.contains(&example.persona_id);
        let reading = Reading::new(conn, cache, &kept).forgiving();
        let query = like::query(&reading, &all, (example.texts, &rules), is_there, &scope)?;
        let besides = besides.iter().flat_map(Besides::ids).collect();
        let (except, highlighter) = (Some(example.memory_id), OnceCell::new());
        Ok(Self { personas: kept, ids, query, is_cut: false, except, besides, highlighter })
    }

    /// Those that the index does not have.
    pub(crate) fn besides(&self) -> &HashSet<i64> {
        &self.besides
    }

    /// Whether it is one that the index does not have.
    pub(crate) fn is_beside(&self, memory_id: i64) -> bool {
        self.besides.contains(&memory_id)
    }

    /// Whether there is more to it than having one of the words: others that must be there, or must not.
    pub(crate) fn is_strict(&self) -> bool {
        self.query.words.iter().any(|word| word.occur != Occur::Should)
    }

    /// Names of those who speak count little, as long as there are other words: they tell who says it, and not of what. Whoever talks to
    /// somebody says their name, and says nothing by it.
    pub(crate) fn quieten_speakers(&mut self, conn: &Connection, cache: &Cache) -> Result<()> {
        if self.query.words.len() < 2 {
            return Ok(());
        }
        let speaker = Field::Speaker.suffix();
        let mut asked = Vec::new();
        for (place, word) in
            self.query.words.iter().enumerate().filter(|(_, word)| word.occur == Occur::Should)
        {
            let is_of_speaker = |form: &&Form| matches!(form, Form::Term(term) if term.ends_with(&speaker));
            // A word that is asked for in that field alone is meant.
            if word.forms.len() > 1 {
                asked.extend(
                    word.forms.iter().map(|(form, _)| form).filter(is_of_speaker).map(|form| (place, form)),
                );
            }
        }
        let reading = Reading::new(conn, cache, &self.personas).forgiving();
        let all: Vec<&Words> = self.personas.iter().map(|kept| &kept.words).collect();
        let having = words::counts(&reading, &all, asked.iter().map(|&(_, form)| form))?;
        let mut names: Vec<usize> = asked
            .iter()
            .zip(having)
            .filter(|(_, having)| *having > 0)
            .map(|(&(place, _), _)| place)
            .collect();
        names.dedup();
        if names.len() < self.query.words.len() {
            for place in names {
                self.query.words[place].forms.iter_mut().for_each(|(_, weight)| *weight *= SPEAKER_WEIGHT);
            }
        }
        Ok(())
    }

    /// The words of a persona's text as the index has them, in the order of the text.
    pub(crate) fn terms(&self, persona_id: i64, content: &str, mut each: impl FnMut(&str)) {
        let Some(place) = self.ids.iter().position(|&id| id == persona_id) else { return };
        let language = self.personas[place].rules.language_of(content);
        Terms::lent(|terms| {
            analysis::tokens(content, language, terms.scratch(), |term, _, _| each(term));
        });
    }

    /// Whether there is a word to be found.
    pub(crate) fn has_words(&self) -> bool {
        self.query.words.iter().any(|word| word.occur != Occur::Not)
    }

    /// Whether the question has more words than are looked up.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// How many live memories the personas have.
    pub(crate) fn memories(&self) -> u64 {
        let all: Vec<&Words> = self.personas.iter().map(|kept| &kept.words).collect();
        words::size(&all).docs.saturating_sub(self.besides.len() as u64)
    }

    /// How many words are looked up.
    pub(crate) fn words(&self) -> usize {
        self.query.words.len()
    }

    /// The best, best first and newest first among equals.
    pub(crate) fn best(
        &self,
        conn: &Connection,
        cache: &Cache,
        filtered: &Filtered<'_>,
        limit: usize,
    ) -> Result<Vec<Hit>> {
        let mut let_through = self.let_through(conn, filtered);
        let found = self.walk(conn, cache, filtered.time.clone(), limit, &mut |doc| let_through.has(doc))?;
        Ok(found
            .into_iter()
            .map(|found| Hit { memory_id: found.doc.memory_id, score: words::score(found.score) })
            .collect())
    }

    /// How many memories answer it.
    pub(crate) fn count(&self, conn: &Connection, cache: &Cache, filtered: &Filtered<'_>) -> Result<u64> {
        let mut let_through = LetThrough { is_for_all: true, ..self.let_through(conn, filtered) };
        let mut count = 0;
        self.walk(conn, cache, filtered.time.clone(), 1, &mut |doc| {
            count += u64::from(let_through.has(doc)?);
            // None is among the best, so that all are offered.
            Ok(false)
        })?;
        Ok(count)
    }

    /// How many memories have the words, whatever else they are.
    pub(crate) fn count_unfiltered(&self, conn: &Connection, cache: &Cache) -> Result<u64> {
        let mut count = 0;
        self.walk(conn, cache, i64::MIN..i64::MAX, 1, &mut |_| {
            count += 1;
            Ok(false)
        })?;
        Ok(count)
    }

    fn let_through<'l>(&'l self, conn: &'l Connection, filtered: &'l Filtered<'l>) -> LetThrough<'l> {
        let may_be_gone = self.personas.iter().any(|kept| kept.has_holes);
        let besides = &self.besides;
        LetThrough { conn, filtered, besides, may_be_gone, is_for_all: false, asked: 0, all: None }
    }

    fn walk(
        &self,
        conn: &Connection,
        cache: &Cache,
        time: Range<i64>,
        limit: usize,
        accepts: &mut dyn FnMut(Doc) -> Result<bool>,
    ) -> Result<Vec<Found>> {
        let reading = Reading::new(conn, cache, &self.personas).forgiving();
        let all: Vec<&Words> = self.personas.iter().map(|kept| &kept.words).collect();
        let mut accepts = |doc: Doc| Ok(self.except != Some(doc.memory_id) && accepts(doc)?);
        words::search(&reading, &all, &self.query, limit, &mut Bounds { time, accepts: &mut accepts })
    }

    fn highlighter(&self) -> &Highlighter {
        self.highlighter.get_or_init(|| Highlighter::new(&self.query))
    }

    /// Byte ranges of the content of a persona's memory that match, in order and not overlapping.
    pub(crate) fn matches(&self, persona_id: i64, content: &str) -> Vec<(usize, usize)> {
        let place = self.ids.iter().position(|&id| id == persona_id);
        place.map_or(Vec::new(), |place| self.highlighter().matches(content, &self.personas[place].rules))
    }
}

/// How many live memories some personas have, as the index knows.
pub(crate) fn memories(conn: &Connection, cache: &Cache, personas: &[i64]) -> Result<u64> {
    let (_, kept) = kept(conn, cache, personas, &[])?;
    let all: Vec<&Words> = kept.iter().map(|kept| &kept.words).collect();
    Ok(words::size(&all).docs)
}

/// The words of some personas.
fn kept(
    conn: &Connection,
    cache: &Cache,
    personas: &[i64],
    besides: &[Besides],
) -> Result<(Vec<i64>, Vec<Arc<Kept>>)> {
    let mut all = (Vec::new(), Vec::new());
    for &persona_id in personas {
        if let Some(kept) = cache.persona(conn, persona_id)? {
            all.0.push(persona_id);
            all.1.push(besides::with(kept, persona_id, besides));
        }
    }
    Ok(all)
}

/// Where a question in a language is looked up.
fn scope(kept: &[Arc<Kept>], question: Language) -> Scope {
    // What texts are taken for that say nothing else comes first.
    let usual = kept.iter().map(|kept| kept.rules.language.unwrap_or(Language::English));
    let mut counts = BTreeMap::new();
    for (language, count) in kept.iter().flat_map(|kept| kept.languages()) {
        *counts.entry(language).or_default() += count;
    }
    let paths = kept.iter().flat_map(|kept| kept.rules.searched.names()).cloned().collect();
    Scope::of(usual, &counts, question, paths)
}

/// What every memory is that has not gone.
const LIVE: &str = "m.forgotten_at IS NULL AND m.superseded_at IS NULL";

/// Tells which memories a filter lets through.
pub(super) struct LetThrough<'l> {
    conn: &'l Connection,
    filtered: &'l Filtered<'l>,
    besides: &'l HashSet<i64>,
    /// Whether the index does not know all that is gone.
    may_be_gone: bool,
    /// Whether it will be asked about all memories, not only until enough are let through.
    is_for_all: bool,
    asked: usize,
    all: Option<HashSet<i64>>,
}

impl<'l> LetThrough<'l> {
    /// For vectors, whose index knows all that is gone.
    pub(super) fn of(conn: &'l Connection, filtered: &'l Filtered<'l>, besides: &'l HashSet<i64>) -> Self {
        Self { conn, filtered, besides, may_be_gone: false, is_for_all: false, asked: 0, all: None }
    }
}

impl LetThrough<'_> {
    pub(super) fn has(&mut self, doc: Doc) -> Result<bool> {
        if self.filtered.only.is_some_and(|only| !only.contains(&doc.memory_id)) {
            return Ok(false);
        }
        if self.besides.contains(&doc.memory_id) {
            return Ok(true);
        }
        if self.filtered.kinds.is_some_and(|kinds| !kinds.contains(&i64::from(doc.kind_id))) {
            return Ok(false);
        }
        if self.may_be_gone && !self.meets(doc.memory_id, (LIVE, &[]))? {
            return Ok(false);
        }
        if doc.expires && !self.meets(doc.memory_id, self.filtered.expiry)? {
            return Ok(false);
        }
        let Some(conditions) = self.filtered.conditions else { return Ok(true) };
        if self.asked >= ASKED_MOST {
            self.look_up()?;
        }
        if let Some(all) = &self.all {
            return Ok(all.contains(&doc.memory_id));
        }
        let meets = self.meets(doc.memory_id, conditions)?;
        self.asked += usize::from(self.is_for_all || !meets);
        Ok(meets)
    }

    /// Looks up all that the conditions let through.
    pub(super) fn look_up(&mut self) -> Result<()> {
        if self.all.is_none() {
            self.all = Some((self.filtered.look_up)()?);
        }
        Ok(())
    }

    /// Those that were looked up.
    pub(super) fn looked_up(&self) -> Option<&HashSet<i64>> {
        self.all.as_ref()
    }

    fn meets(&self, memory_id: i64, (conditions, params): (&str, &[Value])) -> Result<bool> {
        let sql =
            format!("SELECT 1 FROM memory AS m WHERE m.memory_id = ?{} AND {conditions}", params.len() + 1);
        let params = params.iter().cloned().chain([memory_id.into()]);
        self.conn
            .prepare_cached(&sql)?
            .exists(params_from_iter(params))
            .map_err(|error| Error::sqlite("searching the text", &error))
    }
}

/// The memories of a persona that have a form of a word.
pub(super) fn having(conn: &Connection, cache: &Cache, persona_id: i64, form: &Form) -> Result<Vec<i64>> {
    let Some(kept) = cache.persona(conn, persona_id)? else { return Ok(Vec::new()) };
    if kept.has_holes {
        return Err(words::DAMAGED);
    }
    let kept = [kept];
    words::having(&Reading::new(conn, cache, &kept), &kept[0].words, form)
}
