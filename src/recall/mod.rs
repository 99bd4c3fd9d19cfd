//! Which memories answer this question best?
//!
//! Full text within the personas, ranked by BM25, and what else speaks for a memory beside its words ([`fuse`]). Every hit says what spoke
//! for it.

mod about;
mod alike;
mod ask;
mod budget;
mod context;
mod explain;
mod fuse;
mod hit;
mod missing;
mod near;
mod page;
mod past;
mod prompt;
mod snippet;
mod tokens;
mod when;
mod why;

pub use ask::Recall;
pub use explain::Question;
pub(crate) use explain::explain;
pub use fuse::Weights;
pub use hit::{Hit, Signal};
pub use missing::{Hits, Missing};
pub use snippet::Snippet;
pub use tokens::Tokenizer;

use std::collections::{HashMap, HashSet};

use about::Mentioning;
use context::Around;

use crate::error::Result;
use crate::index::{Besides, Cache, Compared, Filtered, Near, Nearest, Search};
use crate::memory::{self, Row, Selection, after_expiry};
use crate::model::limits::{PAGE_MAX, RECALL_OFFSET_MAX};
use crate::storage::ReadTx;

/// As far as hits by words and vectors alone are put in order: as deep as pages go.
const DEEP: usize = RECALL_OFFSET_MAX + PAGE_MAX;

/// A question, ready to be looked up.
struct Asked<'a> {
    read: &'a ReadTx<'a>,
    cache: &'a Cache,
    selection: Selection<'a>,
    /// `None` if there is no word to look up.
    search: Option<Search>,
    nearest: Option<Nearest>,
    mentioning: Option<Mentioning>,
    /// Those that held then and are not live any more.
    besides: HashSet<i64>,
}

/// One of those that answer, with what speaks for it.
struct Candidate {
    row: Row,
    score: f64,
    signals: Vec<Signal>,
    /// How many others it stands for.
    duplicates: usize,
}

/// The best memories for a question, best first. A question without a word has no hits.
pub(crate) fn recall(read: &ReadTx<'_>, cache: &Cache, recall: &Recall) -> Result<Hits> {
    recall.check()?;
    let asked = Asked::of(read, cache, recall)?;
    let missing = asked.missing(recall)?;
    if asked.is_nothing() {
        return Ok(Hits { found: Vec::new(), missing });
    }
    let page = recall.page(&asked, &mut |most| asked.best(recall, most))?;
    let around =
        recall.surroundings(read, &page)?.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
    let near = page.iter().filter(|hit| hit.signals.iter().any(|signal| signal.name == "vectors"));
    let near: Vec<i64> = near.map(|hit| hit.row.memory_id).collect();
    let passages = asked.cosines(&near)?;
    let found = page.into_iter().zip(around).map(|(hit, around)| {
        let passage = passages.get(&hit.row.memory_id).and_then(|compared| compared.passage);
        asked.hit(hit, passage, around.unwrap_or_default())
    });
    Ok(Hits { found: found.collect(), missing })
}

/// How many hits a question has, whatever its limit.
pub(crate) fn count_hits(read: &ReadTx<'_>, cache: &Cache, recall: &Recall) -> Result<u64> {
    recall.check()?;
    let asked = Asked::of(read, cache, recall)?;
    if asked.is_nothing() {
        return Ok(0);
    }
    if recall.has_least_score() || recall.collapse {
        let found = recall.good_enough(asked.best(recall, usize::MAX)?);
        let found = if recall.collapse { alike::collapse(&asked, found)? } else { found };
        return Ok(found.len() as u64);
    }
    asked.count(recall)
}

impl<'a> Asked<'a> {
    fn of(read: &'a ReadTx<'a>, cache: &'a Cache, recall: &'a Recall) -> Result<Self> {
        let selection = Selection::resolve_at(read, &recall.filter, recall.past)?;
        let mut mentioning = Mentioning::of(read, recall, &selection.personas)?;
        let besides = past::besides(read, cache, &selection, |row| {
            let takes_up = |mentioning: &mut Mentioning| {
                mentioning.takes_up(row.persona_id, row.memory_id, &row.memory.content)
            };
            mentioning.as_mut().is_none_or(takes_up)
        })?;
        let search = recall.search(read, cache, &selection, &besides)?;
        let besides = besides.iter().flat_map(Besides::ids).collect();
        let nearest = match &recall.vector {
            Some(wanted) => Some(Nearest::new(read.conn(), cache.vectors(), &selection.personas, wanted)?),
            None => None,
        };
        Ok(Self { read, cache, selection, search, nearest, mentioning, besides })
    }

    /// Whether there is nothing to look up, or nobody to ask.
    fn is_nothing(&self) -> bool {
        self.search.is_none() && self.nearest.is_none()
    }

    /// So many of the best, best first.
    fn best(&self, recall: &Recall, most: usize) -> Result<Vec<Candidate>> {
        if recall.is_fused() { self.best_of_all(recall, most) } else { self.best_by_words(most) }
    }

    /// All that have the words, and those that something else speaks for.
    fn count(&self, recall: &Recall) -> Result<u64> {
        let by_words = self.count_by_words(None)?;
        if !recall.is_fused() || self.is_strict() {
            return Ok(by_words);
        }
        let near = self.near(fuse::CANDIDATES)?;
        let ranking = self.ranking(recall, self.found_by_words(fuse::CANDIDATES)?, &near)?;
        let mut others: HashSet<i64> = ranking.without_words().collect();
        let near = if near.len() < fuse::CANDIDATES { near } else { self.near(DEEP)? };
        others.extend(near.iter().filter(|near| near.cosine > 0.0).map(|near| near.memory_id));
        Ok(by_words + others.len() as u64 - self.count_by_words(Some(&others))?)
    }

    /// All that have the words; of some, if some are named.
    fn count_by_words(&self, of: Option<&HashSet<i64>>) -> Result<u64> {
        let Some(search) = self.search.as_ref().filter(|_| !of.is_some_and(HashSet::is_empty)) else {
            return Ok(0);
        };
        self.filtered(|filter| {
            let filter = Filtered { only: of.or(filter.only), time: filter.time.clone(), ..*filter };
            search.count(self.read.conn(), self.cache, &filter)
        })
    }

    /// By words alone.
    fn best_by_words(&self, most: usize) -> Result<Vec<Candidate>> {
        let found = self.found_by_words(most)?;
        let signals =
            found.iter().enumerate().map(|(place, &(_, score))| vec![Signal::of_words(score, place)]);
        self.with_rows(found.iter().copied().zip(signals).collect())
    }

    /// By all signals, and behind those that were looked at the others by words and vectors alone. The order is the same however many are asked for.
    fn best_of_all(&self, recall: &Recall, most: usize) -> Result<Vec<Candidate>> {
        let words = self.found_by_words(fuse::CANDIDATES)?;
        let near = self.near(fuse::CANDIDATES)?;
        let ranking = self.ranking(recall, words.clone(), &near)?;
        let fused = ranking.all.iter().take(most);
        let mut best: Vec<_> =
            fused.map(|fused| ((fused.memory_id, fused.score), ranking.signals(fused))).collect();
        if best.len() < most {
            let is_all = words.len() < fuse::CANDIDATES;
            let words = if is_all { words } else { self.found_by_words(most.max(DEEP))? };
            let is_all = near.len() < fuse::CANDIDATES || self.is_strict();
            let near = if is_all { near } else { self.near(most.max(DEEP))? };
            let near = if self.is_strict() { &[][..] } else { &near };
            best.extend(ranking.rest(&words, near));
            best.truncate(most);
        }
        self.with_rows(best)
    }

    /// The order of what the signals speak for, of the best by words and by vectors.
    fn ranking(&self, recall: &Recall, words: Vec<(i64, f64)>, near: &[Near]) -> Result<fuse::Ranking> {
        let mut vectors: Vec<fuse::Cosine> =
            near.iter().take(fuse::CANDIDATES).map(fuse::Cosine::of).collect();
        if let Some(nearest) = &self.nearest {
            let there: HashSet<i64> = vectors.iter().map(|cosine| cosine.memory_id).collect();
            let ids = words.iter().take(fuse::CANDIDATES).map(|&(id, _)| id);
            let others: Vec<i64> = ids.filter(|id| !there.contains(id)).collect();
            let estimates = nearest.estimates(self.read.conn(), self.cache.vectors(), &others)?;
            let estimated =
                others.iter().filter_map(|id| Some(fuse::Cosine::estimated(*id, *estimates.get(id)?)));
            vectors.extend(estimated);
        }
        let moments = recall.times(self.read.now())?;
        let evidence = fuse::Evidence { words, vectors, moments, only_words: self.is_strict() };
        fuse::fuse(self, recall, &evidence)
    }

    /// Compares the vectors of memories with the question's.
    fn cosines(&self, memory_ids: &[i64]) -> Result<HashMap<i64, Compared>> {
        self.nearest
            .as_ref()
            .map_or_else(|| Ok(HashMap::new()), |nearest| nearest.cosines(self.read.conn(), memory_ids))
    }

    /// Whether nothing is a hit that was not found by words.
    fn is_strict(&self) -> bool {
        self.search.as_ref().is_some_and(Search::is_strict)
    }

    fn is_beside(&self, memory_id: i64) -> bool {
        self.besides.contains(&memory_id)
    }

    /// The memories whose vectors are nearest.
    fn near(&self, most: usize) -> Result<Vec<Near>> {
        let Some(nearest) = &self.nearest else { return Ok(Vec::new()) };
        let most = (most, fuse::EXACT);
        self.filtered(|filter| {
            nearest.best(self.read.conn(), self.cache.vectors(), filter, &self.besides, most)
        })
    }

    fn found_by_words(&self, most: usize) -> Result<Vec<(i64, f64)>> {
        let Some(search) = &self.search else { return Ok(Vec::new()) };
        let found = self.filtered(|filter| search.best(self.read.conn(), self.cache, filter, most))?;
        Ok(found.into_iter().map(|hit| (hit.memory_id, hit.score)).collect())
    }

    /// Reads the rows of what was found, in its order.
    fn with_rows(&self, found: Vec<((i64, f64), Vec<Signal>)>) -> Result<Vec<Candidate>> {
        let ids: Vec<i64> = found.iter().map(|&((id, _), _)| id).collect();
        let mut rows = memory::get_rows(self.read, &ids)?.into_iter().peekable();
        let mut candidates = Vec::with_capacity(found.len());
        for ((memory_id, score), signals) in found {
            let row = rows.next_if(|row| row.memory_id == memory_id);
            // Whatever a damaged index says, what is forgotten or superseded is no answer.
            let Some(row) = row.filter(|row| row.is_live() || self.is_beside(row.memory_id)) else {
                self.cache.set_damaged(true);
                continue;
            };
            candidates.push(Candidate { row, score, signals, duplicates: 0 });
        }
        Ok(candidates)
    }

    /// The words of a text, as the index has them.
    fn terms(&self, persona_id: i64, content: &str, mut each: impl FnMut(&str)) {
        match &self.search {
            Some(search) => search.terms(persona_id, content, each),
            None => {
                let words = content.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
                words.for_each(|word| each(&word.to_lowercase()));
            }
        }
    }

    fn hit(
        &self,
        Candidate { row, score, signals, duplicates }: Candidate,
        passage: Option<(usize, usize)>,
        Around { before, after }: Around,
    ) -> Hit {
        let matches = self.search.as_ref().map(|search| search.matches(row.persona_id, &row.memory.content));
        let matches = matches.unwrap_or_default();
        let passage = passage.filter(|&(from, to)| row.memory.content.get(from..to).is_some());
        Hit { memory: row.memory, score, signals, matches, passage, before, after, part: None, duplicates }
    }

    /// Asks with what a memory has to be, beside having the words.
    fn filtered<T>(&self, ask: impl FnOnce(&Filtered<'_>) -> Result<T>) -> Result<T> {
        let Self { read, selection, .. } = self;
        let conditions = selection.conditions_beside_words();
        let (expiry, now) = (after_expiry(1), [read.now().as_millis().into()]);
        ask(&Filtered {
            time: selection.since()..selection.until(),
            kinds: selection.kinds.as_deref(),
            only: self.mentioning.as_ref().map(|mentioning| &mentioning.live),
            conditions: conditions
                .as_ref()
                .map(|(conditions, params)| (conditions.as_str(), params.as_slice())),
            look_up: &|| selection.ids(read),
            expiry: (&expiry, &now),
        })
    }
}
