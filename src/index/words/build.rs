//! How do texts become a segment?

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::docs::Doc;
use super::segment::{self, Removed, SegmentWriter, Written};

/// Terms are hashed once by XXH3, with nothing secret: who writes a memory can slow down the sealing of their own texts only.
#[derive(Default)]
struct TermHasher(u64);

impl Hasher for TermHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = self.0.rotate_left(5) ^ crate::codec::hash(bytes);
    }
}

type Terms = HashMap<Box<[u8]>, u32, BuildHasherDefault<TermHasher>>;

/// Gathers documents, newest first.
#[derive(Default)]
pub(crate) struct Builder {
    terms: Terms,
    lists: Vec<List>,
    docs: Vec<Doc>,
    norms: Vec<u8>,
    words: u64,
    removed: Removed,
    /// Of the document at hand: terms and positions.
    open: Vec<(u32, u32)>,
}

#[derive(Default)]
struct List {
    /// Of each document: its number, how many positions, the positions.
    postings: Vec<u32>,
    removed: u32,
}

impl Builder {
    fn number(&mut self, term: &[u8]) -> u32 {
        if let Some(&number) = self.terms.get(term) {
            return number;
        }
        let number = self.lists.len() as u32;
        self.terms.insert(term.into(), number);
        self.lists.push(List::default());
        number
    }

    /// A term of the document at hand, at a position.
    pub(crate) fn token(&mut self, term: &[u8], position: u32) {
        let number = self.number(term);
        self.open.push((number, position));
    }

    /// Ends the document at hand, which has so many words.
    pub(crate) fn doc(&mut self, doc: Doc, words: usize) {
        let number = self.docs.len() as u32;
        self.open.sort_unstable();
        self.open.dedup();
        for postings in self.open.chunk_by(|a, b| a.0 == b.0) {
            let list = &mut self.lists[postings[0].0 as usize].postings;
            list.push(number);
            list.push(postings.len() as u32);
            list.extend(postings.iter().map(|&(_, position)| position));
        }
        self.open.clear();
        self.docs.push(doc);
        self.norms.push(segment::norm(words));
        self.words += words as u64;
    }

    /// A memory that is taken out of older segments, where it had so many words and these terms, each once.
    pub(crate) fn remove<'t>(&mut self, memory_id: i64, words: usize, terms: impl Iterator<Item = &'t [u8]>) {
        for term in terms {
            let number = self.number(term);
            self.lists[number as usize].removed += 1;
        }
        self.removed.ids.push(memory_id);
        self.removed.words += words as u64;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.docs.is_empty() && self.removed.ids.is_empty()
    }

    pub(crate) fn finish(mut self) -> Written {
        debug_assert!(self.docs.is_sorted_by_key(Doc::order), "newest first");
        self.removed.ids.sort_unstable();
        // Most terms differ in their first bytes, which are compared as one number.
        let mut terms: Vec<(u64, Box<[u8]>, u32)> =
            self.terms.into_iter().map(|(term, number)| (first_bytes(&term), term, number)).collect();
        terms.sort_unstable();
        let mut writer = SegmentWriter::new(&self.docs, self.norms, self.words, self.removed);
        for (_, term, number) in terms {
            let list = &self.lists[number as usize];
            let mut rest = list.postings.as_slice();
            while let [doc, count, after @ ..] = rest {
                let (positions, after) = after.split_at(*count as usize);
                writer.posting(*doc, positions.iter().copied());
                rest = after;
            }
            writer.term(&term, list.removed);
        }
        writer.finish()
    }
}

/// The first eight bytes, as a number that is ordered as they are.
fn first_bytes(term: &[u8]) -> u64 {
    let mut first = [0; 8];
    let len = term.len().min(8);
    first[..len].copy_from_slice(&term[..len]);
    u64::from_be_bytes(first)
}
