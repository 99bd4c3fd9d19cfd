//! What do tests and fuzzing look at from outside? Hidden, no part of the library's interface, and changed at will.
//!
//! The terms of texts and the forms of questions, so that an index can be compared with texts that are gone through one by one; and
//! segments of any bytes, which must never do more than fail.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::analysis::Language;
use super::fields::{Terms, Texts};
use super::question::{Mode, Question};
use super::rules::Rules;
use super::scope::Scope;
use super::search::Filtered;
use super::vectors::{Nearest, VectorCache, Wanted};
use super::words::{
    self, Bounds, Builder, CHUNK, Doc, Near, Occur, Query, Segment, Source, Step, Stream, Words, Written,
    damaged,
};
use super::{ask, words::Form as Inner};
use crate::error::{Error, Result};
use crate::model::Metadata;

/// The index of vectors of a file, asked without what else a recall does.
pub struct Vectors {
    conn: rusqlite::Connection,
    cache: VectorCache,
    persona_id: i64,
}

impl Vectors {
    /// Those of a persona, with room for all of them in memory.
    ///
    /// # Errors
    /// What SQLite says; `NotFound` for a persona that is not there.
    pub fn open(path: &Path, persona: &str) -> Result<Self> {
        let conn = rusqlite::Connection::open(path)?;
        // In one snapshot, as a recall is.
        conn.execute_batch("BEGIN")?;
        let persona_id =
            crate::storage::persona_id(&conn, persona)?.ok_or(Error::NotFound { what: "persona" })?;
        Ok(Self { conn, cache: VectorCache::new(usize::MAX), persona_id })
    }

    /// The numbers of the nearest memories, and their cosines.
    ///
    /// # Errors
    /// As a recall.
    pub fn nearest(&self, model: &str, numbers: &[f32], limit: usize) -> Result<Vec<(i64, f32)>> {
        self.nearest_among(model, numbers, limit, i64::MIN..i64::MAX, None)
    }

    /// The same among memories of a time, in milliseconds since 1970 UTC, and of a kind.
    ///
    /// # Errors
    /// As a recall.
    pub fn nearest_among(
        &self,
        model: &str,
        numbers: &[f32],
        limit: usize,
        time: Range<i64>,
        kind: Option<&str>,
    ) -> Result<Vec<(i64, f32)>> {
        let wanted = Wanted { model: model.to_owned(), numbers: numbers.to_vec() };
        let nearest = Nearest::new(&self.conn, &self.cache, &[self.persona_id], &wanted)?;
        let kinds = kind.map(|kind| {
            let mut statement = self.conn.prepare_cached("SELECT kind_id FROM kind WHERE name = ?1")?;
            statement.query_map([kind], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()
        });
        let (kinds, none) = (kinds.transpose()?, HashSet::new());
        let among = Filtered {
            time,
            kinds: kinds.as_deref(),
            only: None,
            conditions: None,
            look_up: &|| Ok(HashSet::new()),
            expiry: ("1", &[]),
        };
        let found = nearest.best(&self.conn, &self.cache, &among, &none, (limit, limit))?;
        Ok(found.into_iter().map(|near| (near.memory_id, near.cosine)).collect())
    }

    /// Bytes of codes and slots in memory.
    pub fn bytes(&self) -> usize {
        self.cache.bytes()
    }
}

/// A text in terms.
#[derive(Debug, Clone, Default)]
pub struct Cut {
    /// The number of the language that it was taken for.
    pub language: u8,
    /// Words of the content.
    pub length: u32,
    /// Terms with their positions, in no order.
    pub terms: Vec<(Vec<u8>, u32)>,
}

/// The terms of a memory of a moment in milliseconds since 1970 UTC, where nothing is declared and no language said.
#[must_use]
pub fn cut(content: &str, tags: &[String], metadata: &Metadata, at: i64) -> Cut {
    let mut terms = Vec::new();
    let texts = Texts { content, tags, kind_id: 0, metadata, at };
    let (language, length) =
        texts.terms(&Rules::default(), &mut Terms::default(), |term, at| terms.push((term.to_vec(), at)));
    Cut { language: language.number(), length, terms }
}

/// What a word is to the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// One of these is enough where none is a must.
    May,
    /// It has to be there.
    Must,
    /// It must not.
    MustNot,
}

/// A form of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// This term.
    Term(Vec<u8>),
    /// All terms that begin so, and end with the number of the field; there is no zero byte between.
    Beginning(Vec<u8>, Vec<u8>),
    /// At each distance from a place any of some terms.
    Row(Vec<(u32, Vec<Vec<u8>>)>),
}

/// The words of a question to texts of which so many are in each language, each word with its forms and what their weights are multiplied by; none if
/// nothing is asked for.
#[must_use]
pub fn asked(
    question: &str,
    all_words: bool,
    languages: &BTreeMap<u8, u64>,
) -> Vec<(Need, Vec<(Form, f64)>)> {
    let mode = if all_words { Mode::All } else { Mode::Any };
    let Some(question) = Question::parse(question, mode, &[]) else { return Vec::new() };
    let known = languages.iter().map(|(&number, &count)| (Language::of_number(number), count));
    let counts = known.collect();
    let usual = std::iter::once(Language::English);
    let scope = Scope::of(usual, &counts, question.language(), BTreeSet::new());
    let Ok((query, _)) = ask::query(&question, &scope) else { return Vec::new() };
    let words = query.words.into_iter().map(|word| {
        let need = match word.occur {
            Occur::Should => Need::May,
            Occur::Must => Need::Must,
            Occur::Not => Need::MustNot,
        };
        let forms = word.forms.into_iter().filter_map(|(form, boost)| {
            let form = match form {
                Inner::Term(term) => Form::Term(term),
                Inner::Prefix { start, field } => Form::Beginning(start, field),
                Inner::Phrase(steps) => {
                    Form::Row(steps.into_iter().map(|step| (step.offset, step.terms)).collect())
                }
                Inner::Near { .. } => return None,
            };
            Some((form, boost))
        });
        (need, forms.collect())
    });
    words.collect()
}

/// A segment as one run of bytes: the lengths of its head and of its streams but the last (three bytes each, the lowest first), then these.
#[must_use]
pub fn segment_of(texts: &[&str]) -> Vec<u8> {
    bytes_of(&written(texts))
}

/// Reads any bytes as a segment, asks it everything and merges it with another. It may fail; it may not stop the program.
pub fn segment(bytes: &[u8]) {
    let written = parts_of(bytes);
    let Ok(segment) = Segment::parse(1, &written.head) else { return };
    let sound = self::written(&["some words of a text that is sound", "and some of another", "words"]);
    let other = Segment::parse(2, &sound.head).map(Arc::new);
    let shelf = Shelf([written.streams, sound.streams]);
    let alone = Words::new(vec![Arc::new(segment)]);
    let (Ok(other), Some(segment)) = (other, alone.segment(1)) else { return };
    let both = Words::new(vec![Arc::clone(&segment), Arc::clone(&other)]);
    let mut forms = vec![
        Inner::Term(b"words".to_vec()),
        Inner::Term(b"text\0\x01".to_vec()),
        Inner::Prefix { start: b"w".to_vec(), field: Vec::new() },
        Inner::Prefix { start: Vec::new(), field: b"\0\x04".to_vec() },
        Inner::Phrase(vec![
            Step { offset: 0, terms: vec![b"some".to_vec()] },
            Step { offset: 1, terms: vec![b"words".to_vec(), b"of".to_vec()] },
        ]),
    ];
    let near = Near { words: vec!["wrods".to_owned()], ..Near::default() };
    forms.push(Inner::Near { near: Arc::new(near), field: Vec::new() });
    // What it says that it has, too.
    let _ = words::each_posting(&shelf, &alone, |_, term, _| {
        if forms.len() < 12 {
            forms.push(Inner::Term(term.to_vec()));
        }
    });
    let _ = words::each_doc(&shelf, &alone, |_, _| ());
    let whole = i64::MIN..i64::MAX;
    for (form, place) in forms.iter().zip(0..) {
        // With another one that turns over, as words that may and that must be there, in all of the time and in a part of it.
        let other = &forms[(place * 3 + 2) % 5];
        for (occur, time) in [(Occur::Should, whole.clone()), (Occur::Must, 1_000..4_999)] {
            let word = |form: &Inner, occur| words::Word { occur, forms: vec![(form.clone(), 1.0)] };
            let query =
                Query { words: vec![word(form, occur), word(other, occur), word(&forms[1], Occur::Not)] };
            let mut bounds = Bounds { time, accepts: &mut |doc| Ok(doc.kind_id % 2 == 0) };
            let _ = words::search(&shelf, &[&alone, &both], &query, 3, &mut bounds);
        }
        let _ = words::having(&shelf, &both, form);
    }
    for parts in [[&segment, &other], [&other, &segment]] {
        if let Ok(merged) = words::merge(&shelf, &parts.map(|part| &**part)) {
            let parsed = Segment::parse(3, &merged.head);
            assert!(parsed.is_ok(), "what a merge wrote is no segment");
        }
    }
}

/// Two segments in memory, with the numbers 1 and 2.
struct Shelf([[Vec<u8>; Stream::ALL.len()]; 2]);

impl Source for Shelf {
    fn chunk(&self, segment: i64, stream: Stream, number: u32) -> Result<Arc<[u8]>> {
        let streams =
            usize::try_from(segment - 1).ok().and_then(|place| self.0.get(place)).ok_or_else(damaged)?;
        streams[stream as usize].chunks(CHUNK).nth(number as usize).map(Arc::from).ok_or_else(damaged)
    }
}

fn written(texts: &[&str]) -> Written {
    let mut builder = Builder::default();
    builder.remove(1_000, 3, 1, [b"of".as_slice(), b"words"].into_iter());
    for (text, number) in texts.iter().zip(0..) {
        let at = 5_000 - number;
        let cut = cut(text, &[], &Metadata::default(), at);
        cut.terms.iter().for_each(|(term, at)| builder.token(term, *at));
        let doc = Doc { at, memory_id: number, kind_id: 2, language: cut.language, expires: false };
        builder.doc(doc, cut.length as usize);
    }
    builder.finish()
}

fn bytes_of(written: &Written) -> Vec<u8> {
    let parts = || std::iter::once(&written.head).chain(&written.streams);
    let lengths =
        parts().take(Stream::ALL.len()).flat_map(|part| part.len().to_le_bytes().into_iter().take(3));
    lengths.chain(parts().flatten().copied()).collect()
}

fn parts_of(bytes: &[u8]) -> Written {
    let (lengths, mut rest) = bytes.split_at_checked(3 * Stream::ALL.len()).unwrap_or((&[], bytes));
    let mut written = Written::default();
    let mut take = |length: usize| {
        let (part, behind) = rest.split_at(length.min(rest.len()));
        rest = behind;
        part.to_vec()
    };
    let mut lengths = lengths
        .chunks_exact(3)
        .map(|length| usize::from(length[0]) | usize::from(length[1]) << 8 | usize::from(length[2]) << 16);
    written.head = take(lengths.next().unwrap_or(0));
    for stream in &mut written.streams {
        *stream = take(lengths.next().unwrap_or(usize::MAX));
    }
    written
}
