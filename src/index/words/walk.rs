//! Which documents of a segment answer best?
//!
//! Where one word is enough, documents are gone through in windows of some thousand. By what each list is worth at most in a window, the window
//! is passed by, or only the lists are read without which no document can be among the best (MaxScore, Turtle and Flood,
//! "Query Evaluation: Strategies and Optimizations", 1995; by blocks, Ding and Suel, SIGIR 2011). Where all words are needed, the lists
//! leap to each other. Documents come newest first, so that one that is only as good as the worst of the best so far is never better
//! than it, and whole blocks of those are passed by.

use std::ops::Range;

use super::block::END;
use super::query::Occur;
use super::score::{self, Parts, Ranker};
use super::way::Way;
use crate::error::Result;

/// A form of a word on its way through a segment.
pub(super) struct Scored<'s> {
    way: Way<'s>,
    /// The word of the question that it belongs to.
    word: usize,
    weight: f64,
    /// What it adds to any document at most.
    most: Parts,
}

impl<'s> Scored<'s> {
    pub(super) fn new(way: Way<'s>, word: usize, weight: f64, ranker: &Ranker) -> Self {
        let most = score::parts(weight, way.most(ranker));
        Self { way, word, weight, most }
    }

    pub(super) fn word(&self) -> usize {
        self.word
    }

    /// What it adds to the document at which it stands.
    #[inline]
    fn adds(&self, norm: u8, ranker: &Ranker) -> Parts {
        score::parts(self.weight, ranker.worth(self.way.frequency(), norm))
    }

    /// What it adds to a document at or after one at most, and up to which document that holds.
    fn bound(&mut self, doc: u32, ranker: &Ranker) -> (Parts, u32) {
        let (worth, last) = self.way.bound(doc, ranker);
        (score::parts(self.weight, worth), last)
    }

    /// What it adds to any document of a range at most.
    fn bound_within(&mut self, range: &Range<u32>, ranker: &Ranker) -> Parts {
        let (mut most, mut doc) = (0, range.start);
        while doc < range.end && most < self.most {
            let (here, last) = self.bound(doc, ranker);
            most = most.max(here);
            doc = last.saturating_add(1);
        }
        most
    }
}

/// Takes what is found.
pub(super) trait Judge {
    /// The score below which a document is of no use.
    fn threshold(&self) -> Parts;
    /// Whether a document with just that score may be of use, which is true of none after one of which it is not.
    fn breaks_ties(&self, doc: u32) -> Result<bool>;
    /// The length of a document.
    fn norm(&mut self, doc: u32) -> Result<u8>;
    fn offer(&mut self, doc: u32, score: Parts) -> Result<()>;
}

/// Documents that are gone through together.
const WINDOW: usize = 4_096;

/// What the documents of a window have so far, and which of them have any of the words.
pub(super) struct Window {
    scores: Vec<Parts>,
    there: [u64; WINDOW / 64],
}

impl Default for Window {
    fn default() -> Self {
        Self { scores: vec![0; WINDOW], there: [0; WINDOW / 64] }
    }
}

/// The forms of a question in a segment.
pub(super) struct Walk<'w, 's> {
    pub(super) forms: Vec<Scored<'s>>,
    /// By word.
    pub(super) occurs: &'w [Occur],
    pub(super) ranker: &'w Ranker,
    pub(super) within: Range<u32>,
    pub(super) window: &'w mut Window,
}

impl Walk<'_, '_> {
    /// Offers every document that may be among the best.
    pub(super) fn run(&mut self, judge: &mut impl Judge) -> Result<()> {
        for form in &mut self.forms {
            form.way.seek(self.within.start)?;
        }
        if self.occurs.contains(&Occur::Must) {
            return self.all(judge);
        }
        // Those that must not be there come last.
        self.forms.sort_by_key(|form| self.occurs[form.word] == Occur::Not);
        match self.forms.iter().filter(|form| self.occurs[form.word] == Occur::Should).count() {
            0 => Ok(()),
            1 if self.forms.len() == 1 => self.alone(judge),
            wanted => self.any(wanted, judge),
        }
    }

    /// Whether a document that has at most this score may be of use.
    #[inline]
    fn may_help(bound: Parts, doc: u32, judge: &impl Judge) -> Result<bool> {
        let threshold = judge.threshold();
        Ok(bound > threshold || (bound == threshold && judge.breaks_ties(doc)?))
    }

    /// One form of one word.
    fn alone(&mut self, judge: &mut impl Judge) -> Result<()> {
        let form = &mut self.forms[0];
        let mut doc = form.way.doc();
        while doc < self.within.end && Self::may_help(form.most, doc, judge)? {
            let (bound, last) = form.bound(doc, self.ranker);
            if !Self::may_help(bound, doc, judge)? {
                // Nothing of the block is read.
                doc = last.saturating_add(1);
                continue;
            }
            form.way.seek(doc)?;
            doc = form.way.doc();
            while doc <= last && doc < self.within.end {
                let score = form.adds(judge.norm(doc)?, self.ranker);
                if score >= judge.threshold() {
                    judge.offer(doc, score)?;
                }
                form.way.next()?;
                doc = form.way.doc();
            }
        }
        Ok(())
    }

    /// One word is enough. The first forms are wanted, the others must not be there.
    fn any(&mut self, wanted: usize, judge: &mut impl Judge) -> Result<()> {
        let mut start = self.within.start;
        loop {
            let first = self.forms[..wanted].iter().map(|form| form.way.doc()).min().unwrap_or(END);
            start = start.max(first);
            if start >= self.within.end {
                return Ok(());
            }
            let window = start..self.within.end.min(start.saturating_add(WINDOW as u32));
            // Each with what it adds at most here, least first.
            let mut order: Vec<(Parts, usize)> = Vec::with_capacity(wanted);
            for (i, form) in self.forms[..wanted].iter_mut().enumerate() {
                let bound = form.bound_within(&window, self.ranker);
                if bound > 0 {
                    order.push((bound, i));
                }
            }
            order.sort_unstable();
            let most = order.iter().fold(0, |sum: Parts, &(bound, _)| sum.saturating_add(bound));
            if Self::may_help(most, start, judge)? {
                self.one_window(&window, &order, wanted, judge)?;
            }
            start = window.end;
        }
    }

    /// Offers what may be of use in a window.
    fn one_window(
        &mut self,
        window: &Range<u32>,
        order: &[(Parts, usize)],
        wanted: usize,
        judge: &mut impl Judge,
    ) -> Result<()> {
        // A document that has the first of these alone is of no use: it is found by another, or not at all.
        let threshold = judge.threshold();
        let mut others: Parts = 0;
        let mut few = 0;
        while few < order.len() && others.saturating_add(order[few].0) < threshold {
            others += order[few].0;
            few += 1;
        }
        for &(_, i) in &order[few..] {
            let form = &mut self.forms[i];
            form.way.seek(window.start)?;
            let mut doc = form.way.doc();
            while doc < window.end {
                let place = (doc - window.start) as usize;
                let score = &mut self.window.scores[place];
                *score = score.saturating_add(form.adds(judge.norm(doc)?, self.ranker));
                self.window.there[place / 64] |= 1 << (place % 64);
                form.way.next()?;
                doc = form.way.doc();
            }
        }
        for group in 0..WINDOW / 64 {
            let mut there = std::mem::take(&mut self.window.there[group]);
            while there != 0 {
                let place = group * 64 + there.trailing_zeros() as usize;
                there &= there - 1;
                let mut score = std::mem::take(&mut self.window.scores[place]);
                let doc = window.start + place as u32;
                let mut rest = others;
                // Those that add most first, until what is left cannot help.
                for &(bound, i) in order[..few].iter().rev() {
                    if score.saturating_add(rest) < judge.threshold() {
                        break;
                    }
                    rest -= bound;
                    let form = &mut self.forms[i];
                    form.way.seek(doc)?;
                    if form.way.doc() == doc {
                        score = score.saturating_add(form.adds(judge.norm(doc)?, self.ranker));
                    }
                }
                if score >= judge.threshold() && !self.is_refused(doc, wanted)? {
                    judge.offer(doc, score)?;
                }
            }
        }
        Ok(())
    }

    /// Whether a document has a word that it must not have; those forms come from `first` on.
    fn is_refused(&mut self, doc: u32, first: usize) -> Result<bool> {
        for form in &mut self.forms[first..] {
            if self.occurs[form.word] == Occur::Not {
                form.way.seek(doc)?;
                if form.way.doc() == doc {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// All words that are a must are needed.
    fn all(&mut self, judge: &mut impl Judge) -> Result<()> {
        let mut musts: Vec<usize> =
            (0..self.occurs.len()).filter(|&word| self.occurs[word] == Occur::Must).collect();
        // What adds most is rarest, and leads.
        let most = |word| self.forms.iter().filter(|form| form.word == word).map(|form| form.most).max();
        musts.sort_by_cached_key(|&word| std::cmp::Reverse(most(word)));
        let mut doc = self.within.start;
        'docs: while doc < self.within.end {
            for &word in &musts {
                let mut next = END;
                for form in self.forms.iter_mut().filter(|form| form.word == word) {
                    form.way.seek(doc)?;
                    next = next.min(form.way.doc());
                }
                if next > doc {
                    doc = next;
                    continue 'docs;
                }
            }
            let mut bound: Parts = 0;
            for form in self.forms.iter_mut().filter(|form| self.occurs[form.word] != Occur::Not) {
                bound = bound.saturating_add(form.bound(doc, self.ranker).0);
            }
            if Self::may_help(bound, doc, judge)? && !self.is_refused(doc, 0)? {
                let (norm, mut score) = (judge.norm(doc)?, 0);
                for form in self.forms.iter_mut().filter(|form| self.occurs[form.word] != Occur::Not) {
                    form.way.seek(doc)?;
                    if form.way.doc() == doc {
                        score = Parts::saturating_add(score, form.adds(norm, self.ranker));
                    }
                }
                if score >= judge.threshold() {
                    judge.offer(doc, score)?;
                }
            }
            doc += 1;
        }
        Ok(())
    }
}
