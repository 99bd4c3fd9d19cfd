//! How is a question answered?

use super::Asked;
use super::ask::{About, Recall};
use crate::error::Result;
use crate::index::{self, Cache};
use crate::memory::{self, Explanation, Past, Step, Timeline};
use crate::model::{Filter, Timestamp};
use crate::storage::ReadTx;

/// A question of any sort, to be explained.
///
/// ```
/// use mindkeep::{Filter, Question, Recall, Timeline};
/// let questions: [Question; 3] = [Timeline::new().into(), Recall::new("fire").into(), Filter::default().into()];
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "one at a time is explained, and none is kept")]
pub enum Question {
    /// For [`Store::timeline`](crate::Store::timeline).
    Timeline(Timeline),
    /// For [`Store::recall`](crate::Store::recall).
    Recall(Recall),
    /// For [`Store::count`](crate::Store::count).
    Count(Filter),
}

impl From<Timeline> for Question {
    fn from(timeline: Timeline) -> Self {
        Self::Timeline(timeline)
    }
}

impl From<Recall> for Question {
    fn from(recall: Recall) -> Self {
        Self::Recall(recall)
    }
}

impl From<Filter> for Question {
    fn from(filter: Filter) -> Self {
        Self::Count(filter)
    }
}

pub(crate) fn explain(read: &ReadTx<'_>, cache: &Cache, question: &Question) -> Result<Explanation> {
    match question {
        Question::Timeline(timeline) => memory::explain_timeline(read, timeline),
        Question::Recall(recall) => explain_recall(read, cache, recall),
        Question::Count(filter) => memory::explain_count(read, filter),
    }
}

/// Of the memories with the words only those are ranked that may be among the best.
fn explain_recall(read: &ReadTx<'_>, cache: &Cache, recall: &Recall) -> Result<Explanation> {
    recall.check()?;
    let times = recall.times(read.now())?;
    let times = times.iter().map(|span| (Timestamp::from_stored(span.from), Timestamp::from_stored(span.to)));
    let mut explanation = Explanation {
        order: "score, best first".to_owned(),
        steps: Vec::new(),
        advice: Vec::new(),
        times: times.collect(),
        missing: Vec::new(),
    };
    let asked = Asked::of(read, cache, recall)?;
    explanation.missing = asked.missing(recall)?.iter().map(ToString::to_string).collect();
    if asked.is_nothing() {
        return Ok(explanation);
    }
    let selection = &asked.selection;
    let (mut checks, scans) = selection.all_checks();
    if recall.entity.is_some() {
        checks.push("entity".to_owned());
    }
    if let Some(search) = &asked.search {
        let words = match (&recall.about, recall.typos) {
            (About::Question(_), false) => "words".to_owned(),
            (About::Question(_), true) => "words and those one edit away".to_owned(),
            (About::Memory(_), _) => format!("words of the memory, the {} most telling", search.words()),
        };
        explanation.steps.push(Step {
            index: "word_segment",
            looks_up: vec![words, "persona".to_owned()],
            checks: checks.clone(),
            scans: scans.clone(),
            personas: selection.personas.len() as u64,
            rows_at_most: search.count_unfiltered(read.conn(), cache)?,
            sqlite: Vec::new(),
        });
    }
    if let Some(nearest) = &asked.nearest {
        explanation.steps.push(Step {
            index: "vector_chunk",
            looks_up: vec!["signs of vectors".to_owned(), "persona".to_owned(), "model".to_owned()],
            checks,
            scans,
            personas: selection.personas.len() as u64,
            rows_at_most: nearest.len() as u64,
            sqlite: Vec::new(),
        });
    }
    if selection.past != Past::default() {
        let looks_up = vec!["persona".to_owned(), "superseded".to_owned()];
        explanation.steps.push(Step {
            index: "memory_history",
            looks_up,
            checks: vec!["until when it held".to_owned()],
            scans: Vec::new(),
            personas: selection.personas.len() as u64,
            rows_at_most: memory::count_past_links(read, &selection.personas)?,
            sqlite: Vec::new(),
        });
    }
    if asked.nearest.is_some() && index::vectors::is_filling(read.conn())? {
        let advice = "Not all vectors are in their index yet: `maintain` takes the others up.";
        explanation.advice.push(advice.to_owned());
    }
    if cache.vectors().is_damaged() {
        let advice = "Part of the index of vectors is damaged, and its memories are not found by meaning: `maintain` makes it anew.";
        explanation.advice.push(advice.to_owned());
    }
    if cache.is_damaged() {
        let advice = "Part of the index of words is damaged, and its memories are not found: `maintain` makes it anew.";
        explanation.advice.push(advice.to_owned());
    }
    Ok(explanation)
}
