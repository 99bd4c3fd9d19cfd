//! Which of the best memories does a caller want to see?

use super::alike::{self, REORDERED};
use super::{Asked, Candidate, Recall};
use crate::error::{Error, Result};
use crate::model::limits::{PAGE_MAX, RECALL_OFFSET_MAX};

/// Hits of a recall that names no limit.
const LIMIT_DEFAULT: usize = 10;
/// Hits that a budget is filled from, where there is no limit.
const LIMIT_OF_BUDGETS: usize = 100;

impl Recall {
    /// How many hits at most: 1 to 1,000. Unless said 10, or 100 with a [`Recall::budget`].
    ///
    /// ```
    /// let question = mindkeep::Recall::new("spare key").limit(3);
    /// ```
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Leaves out the first hits, up to 10,000 of them: pages are what one call with a greater limit gives, cut into pieces, as long as
    /// nothing is written in between and both are asked at one moment ([`Recall::asked_at`]). The hits before a page are found again, so that a far page takes longer.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall};
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// store.remember_all((1..=5).map(|n| NewMemory::new(format!("Lesson {n} was about moths."))))?;
    /// let question = Recall::new("moths").asked_at(mindkeep::Timestamp::now()).limit(5);
    /// let all = store.recall(question.clone())?;
    /// assert_eq!(store.recall(question.offset(3))?, all[3..]);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn offset(mut self, hits: usize) -> Self {
        self.offset = hits;
        self
    }

    /// Only hits with at least this score. Scores are comparable within one question only: look at some before you choose.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall};
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("Moths at the lamp."))?;
    /// store.remember(NewMemory::new("The lamp is out."))?;
    /// let question = Recall::new("moths lamp").asked_at(mindkeep::Timestamp::now());
    /// let best = store.recall(question.clone())?[0].score;
    /// assert_eq!(store.recall(question.min_score(best))?.len(), 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn min_score(mut self, least: f64) -> Self {
        self.min_score = Some(least);
        self
    }

    pub(super) fn check_page(&self) -> Result<()> {
        if !(1..=PAGE_MAX).contains(&self.most()) {
            return Err(Error::invalid("limit", "is not between 1 and 1,000"));
        }
        if self.offset > RECALL_OFFSET_MAX {
            return Err(Error::invalid("offset", "is over 10,000"));
        }
        if self.min_score.is_some_and(f64::is_nan) {
            return Err(Error::invalid("min_score", "is not a number"));
        }
        Ok(())
    }

    pub(super) fn has_least_score(&self) -> bool {
        self.min_score.is_some()
    }

    fn most(&self) -> usize {
        self.limit.unwrap_or(if self.budget.is_some() { LIMIT_OF_BUDGETS } else { LIMIT_DEFAULT })
    }

    /// How many of the best there have to be for the page.
    fn reach(&self) -> usize {
        self.offset + self.most()
    }

    /// The page, of candidates that are looked up best first, so many at most.
    pub(super) fn page(
        &self,
        asked: &Asked<'_>,
        best: &mut dyn FnMut(usize) -> Result<Vec<Candidate>>,
    ) -> Result<Vec<Candidate>> {
        // Whatever is put into another order has to be there whole, or pages would not be pieces of one answer.
        let least = if self.diverse.is_some() { self.reach().max(REORDERED) } else { self.reach() };
        let mut wanted = if self.collapse { 2 * least.max(REORDERED) } else { least };
        let mut candidates = loop {
            let found = best(wanted)?;
            let is_all = found.len() < wanted;
            let mut candidates = self.good_enough(found);
            if !self.collapse {
                break candidates;
            }
            candidates = alike::collapse(asked, candidates)?;
            if is_all || candidates.len() >= least {
                break candidates;
            }
            wanted *= 2;
        };
        if let Some(lambda) = self.diverse {
            alike::spread(asked, lambda, &mut candidates);
        }
        Ok(candidates.into_iter().skip(self.offset).take(self.most()).collect())
    }

    /// Those that have the least score.
    pub(super) fn good_enough(&self, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        if let Some(least) = self.min_score {
            candidates.retain(|candidate| candidate.score >= least);
        }
        candidates
    }
}
