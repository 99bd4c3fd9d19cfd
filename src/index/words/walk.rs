//! Which documents of a segment answer best?
//!
//! Where one word is enough: block-max WAND (Ding and Suel, "Faster Top-k Document Retrieval Using Block-Max Indexes", SIGIR 2011).
//! Where all are needed: the lists leap to each other. Documents come newest first, so that one that is only as good as the worst
//! of the best so far is never better than it, and whole blocks of those are passed by.

use std::ops::Range;

use super::block::END;
use super::query::Occur;
use super::score::Ranker;
use super::way::Way;
use crate::error::Result;

/// A form of a word on its way through a segment.
pub(super) struct Scored<'s> {
    pub(super) way: Way<'s>,
    /// The word of the question that it belongs to.
    pub(super) word: usize,
    pub(super) weight: f64,
    /// What it adds to any document at most.
    pub(super) most: f64,
}

/// Takes what is found.
pub(super) trait Judge {
    /// The score below which a document is of no use.
    fn threshold(&self) -> f64;
    /// Whether a document with just that score may be of use, which is true of none after one of which it is not.
    fn breaks_ties(&self, doc: u32) -> Result<bool>;
    /// The length of a document.
    fn norm(&mut self, doc: u32) -> Result<u8>;
    fn offer(&mut self, doc: u32, score: f64) -> Result<()>;
}

/// The forms of a question in a segment, in the order in which their scores are added up.
pub(super) struct Walk<'w, 's> {
    pub(super) forms: Vec<Scored<'s>>,
    /// By word.
    pub(super) occurs: &'w [Occur],
    pub(super) ranker: &'w Ranker,
    pub(super) within: Range<u32>,
}

impl Walk<'_, '_> {
    /// Offers every document that may be among the best.
    pub(super) fn run(&mut self, judge: &mut dyn Judge) -> Result<()> {
        for form in &mut self.forms {
            form.way.seek(self.within.start)?;
        }
        if self.occurs.contains(&Occur::Must) {
            self.all(judge)
        } else if self.forms.len() == 1 {
            self.alone(judge)
        } else {
            self.any(judge)
        }
    }

    /// Whether a document that is worth at most so much may be of use.
    fn may_help(&self, bound: f64, doc: u32, judge: &dyn Judge) -> Result<bool> {
        let threshold = judge.threshold();
        Ok(bound > threshold || (bound == threshold && judge.breaks_ties(doc)?))
    }

    /// What a document scores, of which the ways that have it stand at it.
    fn score(&self, doc: u32, norm: u8) -> f64 {
        let mut score = 0.0;
        for form in &self.forms {
            if form.way.doc() == doc && self.occurs[form.word] != Occur::Not {
                score += form.weight * self.ranker.worth(form.way.frequency(), norm);
            }
        }
        score
    }

    /// One form of one word.
    fn alone(&mut self, judge: &mut dyn Judge) -> Result<()> {
        if self.occurs[self.forms[0].word] == Occur::Not {
            return Ok(());
        }
        let mut doc = self.forms[0].way.doc();
        while doc < self.within.end {
            let (bound, last) = self.forms[0].way.bound(doc, self.ranker);
            if !self.may_help(self.forms[0].weight * bound, doc, judge)? {
                if last == END {
                    return Ok(());
                }
                // Only the block that is read next is unpacked.
                doc = last + 1;
                if !self.may_help(self.forms[0].most, doc, judge)? {
                    return Ok(());
                }
                continue;
            }
            let form = &mut self.forms[0];
            form.way.seek(doc)?;
            doc = form.way.doc();
            while doc <= last && doc < self.within.end {
                let score = form.weight * self.ranker.worth(form.way.frequency(), judge.norm(doc)?);
                if score >= judge.threshold() {
                    judge.offer(doc, score)?;
                }
                form.way.next()?;
                doc = form.way.doc();
            }
        }
        Ok(())
    }

    /// One word is enough.
    fn any(&mut self, judge: &mut dyn Judge) -> Result<()> {
        let mut order: Vec<usize> =
            (0..self.forms.len()).filter(|&i| self.occurs[self.forms[i].word] == Occur::Should).collect();
        loop {
            order.retain(|&i| self.forms[i].way.doc() < self.within.end);
            order.sort_unstable_by_key(|&i| self.forms[i].way.doc());
            // The first document that may be of use, with what all that stand before it could add. Sums of bounds in another
            // order than the score's are a little larger, to be sure.
            let threshold = judge.threshold();
            let mut most = 0.0;
            let pivot = order.iter().position(|&i| {
                most += self.forms[i].most;
                most * (1.0 + 1e-9) >= threshold
            });
            let Some(pivot) = pivot else { return Ok(()) };
            let doc = self.forms[order[pivot]].way.doc();
            let reach = order.iter().take_while(|&&i| self.forms[i].way.doc() <= doc).count();
            // Added up in the order of the score, so that rounding is the same.
            let (mut bound, mut until) = (0.0, END);
            for i in 0..self.forms.len() {
                if order[..reach].contains(&i) {
                    let form = &mut self.forms[i];
                    let (here, last) = form.way.bound(doc, self.ranker);
                    bound += form.weight * here;
                    until = until.min(last);
                }
            }
            if !self.may_help(bound, doc, judge)? {
                let next_list = order.get(reach).map_or(END, |&i| self.forms[i].way.doc());
                let next = until.saturating_add(1).min(next_list);
                if next == END {
                    return Ok(());
                }
                for &i in &order[..reach] {
                    self.forms[i].way.seek(next)?;
                }
            } else if self.forms[order[0]].way.doc() == doc {
                if !self.is_refused(doc)? {
                    let score = self.score(doc, judge.norm(doc)?);
                    if score >= threshold {
                        judge.offer(doc, score)?;
                    }
                }
                for &i in &order[..reach] {
                    self.forms[i].way.next()?;
                }
            } else {
                // One that stands there already stays.
                for &i in &order[..reach] {
                    self.forms[i].way.seek(doc)?;
                }
            }
        }
    }

    /// Whether a document has a word that it must not have.
    fn is_refused(&mut self, doc: u32) -> Result<bool> {
        for form in &mut self.forms {
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
    fn all(&mut self, judge: &mut dyn Judge) -> Result<()> {
        let musts: Vec<usize> =
            (0..self.occurs.len()).filter(|&word| self.occurs[word] == Occur::Must).collect();
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
            let mut bound = 0.0;
            for form in &mut self.forms {
                if self.occurs[form.word] != Occur::Not {
                    bound += form.weight * form.way.bound(doc, self.ranker).0;
                }
            }
            if self.may_help(bound, doc, judge)? && !self.is_refused(doc)? {
                for form in self.forms.iter_mut().filter(|form| self.occurs[form.word] == Occur::Should) {
                    form.way.seek(doc)?;
                }
                let score = self.score(doc, judge.norm(doc)?);
                if score >= judge.threshold() {
                    judge.offer(doc, score)?;
                }
            }
            doc += 1;
        }
        Ok(())
    }
}
