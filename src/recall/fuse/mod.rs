//! How do many signals become one order?
//!
//! The best by words and the best by vectors are candidates. What both say of a memory is its base; what its neighbours in the thread,
//! the thread as a whole, who said it and when say is added. `docs/recall.md` has the formula, and how its weights were found.

mod gather;
mod normal;
mod recency;
mod speaker;
mod threads;
mod weights;

use std::collections::{BTreeMap, HashMap, HashSet};

pub use weights::Weights;

use super::ask::About;
use super::when::{Span, closeness};
use super::{Asked, Recall, Signal};
use crate::error::Result;
use crate::graph;
use crate::index::Near;
use crate::model::Timestamp;
use gather::{Facts, Member};
use recency::recency;
use speaker::Named;
use threads::Threads;

/// Candidates of each sort.
pub(super) const CANDIDATES: usize = 120;
/// Candidates of which rows are read: the best of all sorts.
const MEMBERS: usize = 100;
/// Of the nearest so many are compared by the vectors themselves, or a few times as many.
pub(super) const EXACT: usize = 10;
/// Candidates whose cosines are those of their vectors: the best by words and vectors together. The others' are estimated by codes.
const SHARPENED: usize = 20;
/// Hits whose neighbours in the thread become hits, too.
const WITH_NEIGHBOURS: usize = 10;
/// Candidates of which it is asked what they mention.
const WITH_MENTIONS: usize = 20;
/// Memories that the graph alone speaks for.
const BY_GRAPH: usize = 10;

/// What the signals are computed from.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    /// Memories and their BM25, best first.
    pub(super) words: Vec<(i64, f64)>,
    /// What is near to the question's vector: the best, and those of `words` that have a vector.
    pub(super) vectors: Vec<Cosine>,
    /// Times that the question speaks of.
    pub(super) moments: Vec<Span>,
    /// No memory is a hit that was not found by words.
    pub(super) only_words: bool,
}

/// How near a memory's vector is to the question's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cosine {
    pub(super) memory_id: i64,
    pub(super) cosine: f64,
    /// By the vector itself, and not by its code.
    pub(super) is_exact: bool,
}

impl Cosine {
    pub(super) fn of(near: &Near) -> Self {
        Self { memory_id: near.memory_id, cosine: near.cosine.into(), is_exact: near.is_exact }
    }

    pub(super) fn estimated(memory_id: i64, cosine: f32) -> Self {
        Self { memory_id, cosine: cosine.into(), is_exact: false }
    }
}

const SIGNALS: [&str; 9] =
    ["words", "vectors", "neighbours", "thread", "speaker", "time", "graph", "recency", "importance"];

/// A memory with what each signal says of it, in its own measure and as a part of the score.
pub(super) struct Fused {
    pub(super) memory_id: i64,
    pub(super) score: f64,
    at: i64,
    raw: [f64; SIGNALS.len()],
    values: [f64; SIGNALS.len()],
}

/// All that were looked at, best first.
pub(super) struct Ranking {
    pub(super) all: Vec<Fused>,
    weights: Weights,
    divisors: (f64, f64),
}

impl Recall {
    /// What the signals weigh.
    ///
    /// # Errors
    /// The call fails with `InvalidInput` if one is not between 0 and 1,000.
    ///
    /// ```
    /// use mindkeep::{Recall, Weights};
    /// let question = Recall::new("who has the key?").weights(Weights { recency: 0.0, ..Weights::default() });
    /// ```
    #[must_use]
    pub fn weights(mut self, weights: Weights) -> Self {
        self.weights = weights;
        self
    }

    /// Ranks by the words of the question alone, with BM25 for a score.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall};
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("Moths at the lamp."))?;
    /// let hits = store.recall(Recall::new("lamp").words_only())?;
    /// assert_eq!(hits[0].signals.len(), 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn words_only(mut self) -> Self {
        self.words_only = true;
        self
    }

    /// When it is asked, if not now: what is recent, and what "yesterday" is, is seen from there. Unlike [`Recall::as_of`], which counts
    /// for it where nothing else is said, it hides nothing.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall};
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("Moved the key to the shed.").at("2024-03-01T08:00:00Z".parse()?))?;
    /// store.remember(NewMemory::new("Moved the key to the porch.").at("2021-03-01T08:00:00Z".parse()?))?;
    /// let asked = Recall::new("where is the key?").asked_at("2021-03-02T08:00:00Z".parse()?);
    /// assert_eq!(store.recall(asked)?[0].memory.content, "Moved the key to the porch.");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn asked_at(mut self, moment: Timestamp) -> Self {
        self.asked_at = Some(moment);
        self
    }

    /// Whether more than words are asked.
    pub(super) fn is_fused(&self) -> bool {
        !self.words_only && matches!(self.about, About::Question(_))
    }

    /// The moment of asking.
    pub(super) fn asks_at(&self, now: Timestamp) -> i64 {
        let now = now.as_millis();
        let as_of = self.past.as_of.map(|as_of| as_of.min(now));
        self.asked_at.map(Timestamp::as_millis).or(as_of).unwrap_or(now)
    }
}

/// Ranks what the signals speak for.
pub(super) fn fuse(asked: &Asked<'_>, recall: &Recall, evidence: &Evidence) -> Result<Ranking> {
    let weights = recall.weights;
    let named = Named::of(recall.question());
    let found = candidates(asked, evidence, &weights)?;
    let facts = gather::facts(asked, &named, found.iter().map(|found| found.memory_id))?;
    let mut members = Vec::with_capacity(found.len());
    for (found, facts) in found.into_iter().zip(facts) {
        match facts {
            Some(facts) => members.push(found.with(facts)),
            None => asked.cache.set_damaged(true),
        }
    }
    let mut threads = Threads::of(asked.read, &mut members)?;
    threads.tell(&mut members);
    let active = activated(asked, recall, &members)?;
    for member in &mut members {
        member.graph = active.get(&member.memory_id).copied().unwrap_or(0.0);
    }
    let with_thread =
        |member: &Member| member.base + weights.neighbours * member.near + weights.thread * member.in_thread;
    let judge = Judge {
        weights,
        asked_at: recall.asks_at(asked.read.now()),
        moments: &evidence.moments,
        divisors: divisors(evidence),
        top: members.iter().map(with_thread).fold(0.0, f64::max),
    };
    let mut all: Vec<Fused> = members.iter().map(|member| judge.judge(member)).collect();
    if !evidence.only_words {
        let mut best: Vec<usize> = (0..all.len()).collect();
        best.sort_by(|&a, &b| all[a].before(&all[b]));
        best.truncate(WITH_NEIGHBOURS);
        let others = others(asked, &named, (&mut threads, &members, &best), &active, &weights)?;
        all.extend(others.iter().map(|member| judge.judge(member)));
    }
    all.sort_by(Fused::before);
    Ok(Ranking { all, weights, divisors: judge.divisors })
}

/// How active what memories mention is, by what the question names.
fn activated(asked: &Asked<'_>, recall: &Recall, members: &[Member]) -> Result<HashMap<i64, f64>> {
    if recall.weights.graph == 0.0 {
        return Ok(HashMap::new());
    }
    let like: Vec<i64> = members.iter().take(WITH_MENTIONS).map(|member| member.memory_id).collect();
    let asking = graph::Asking {
        personas: &asked.selection.personas,
        question: recall.question(),
        as_of: recall.past.as_of,
        like: &like,
        held: &asked.held(members.iter().map(|member| member.memory_id))?,
    };
    graph::activated(asked.read, &asking)
}

/// Those that neither words nor vectors speak for: neighbours of the best, and what mentions what the question names.
fn others(
    asked: &Asked<'_>,
    named: &Named,
    (threads, members, best): (&mut Threads, &[Member], &[usize]),
    active: &HashMap<i64, f64>,
    weights: &Weights,
) -> Result<Vec<Member>> {
    let mut beside = Vec::new();
    if weights.neighbours + weights.thread > 0.0 {
        beside = threads.beside(asked.read, members, best)?;
    }
    let mut there: HashSet<i64> = members.iter().map(|member| member.memory_id).collect();
    there.extend(beside.iter().map(|turn| turn.memory_id));
    let mut mentioning: Vec<i64> = active.keys().copied().filter(|id| !there.contains(id)).collect();
    mentioning.sort_unstable_by(|a, b| active[b].total_cmp(&active[a]).then(b.cmp(a)));
    mentioning.truncate(BY_GRAPH);
    let mut ids: Vec<i64> = beside.iter().map(|turn| turn.memory_id).collect();
    ids.extend(mentioning);
    if let Some(mentioning) = &asked.mentioning {
        ids.retain(|id| mentioning.live.contains(id));
    }
    let facts = gather::facts_of_neighbours(asked, named, ids.iter().copied())?;
    let mut others = Vec::new();
    for (memory_id, facts) in ids.into_iter().zip(facts) {
        // A shared entity is mentioned by others, too.
        let is_asked = |facts: &Facts| asked.selection.personas.contains(&facts.persona_id);
        let Some(facts) = facts.filter(is_asked) else { continue };
        let mut member = Found { memory_id, ..Found::default() }.with(facts);
        member.graph = active.get(&memory_id).copied().unwrap_or(0.0);
        if let Some(turn) = beside.iter().find(|turn| turn.memory_id == memory_id) {
            (member.near, member.in_thread) = (turn.near, turn.in_thread);
        }
        others.push(member);
    }
    Ok(others)
}

/// A candidate before its row is read.
#[derive(Default)]
struct Found {
    memory_id: i64,
    words: f64,
    cosine: f64,
    is_exact: bool,
    base: f64,
}

impl Found {
    fn with(self, facts: Facts) -> Member {
        let Self { memory_id, words, cosine, base, .. } = self;
        let (graph, near, in_thread) = (0.0, 0.0, 0.0);
        Member { memory_id, words, cosine, graph, base, near, in_thread, thread: None, facts }
    }
}

/// What words and cosines are divided by.
fn divisors(evidence: &Evidence) -> (f64, f64) {
    let words = evidence.words.iter().map(|&(_, score)| score).fold(0.0, f64::max);
    let cosine = evidence.vectors.iter().map(|near| near.cosine).fold(0.0, f64::max);
    (normal::of_words(words), normal::of_cosines(cosine))
}

/// The best of all sorts, best first.
fn candidates(asked: &Asked<'_>, evidence: &Evidence, weights: &Weights) -> Result<Vec<Found>> {
    let mut places: HashMap<i64, usize> = HashMap::new();
    let mut all: Vec<Found> = Vec::new();
    for &(memory_id, words) in evidence.words.iter().take(CANDIDATES) {
        places.insert(memory_id, all.len());
        all.push(Found { memory_id, words, ..Found::default() });
    }
    for &Cosine { memory_id, cosine, is_exact } in evidence.vectors.iter().filter(|near| near.cosine > 0.0) {
        match places.get(&memory_id) {
            Some(&place) => (all[place].cosine, all[place].is_exact) = (cosine, is_exact),
            None if evidence.only_words => {}
            None => all.push(Found { memory_id, cosine, is_exact, ..Found::default() }),
        }
    }
    let (of_words, of_cosines) = divisors(evidence);
    let order = |all: &mut Vec<Found>| {
        for found in all.iter_mut() {
            found.base = weights.words * found.words / of_words + weights.vectors * found.cosine / of_cosines;
        }
        // Of equals those that were found by words come first, in their order.
        all.sort_by(|a, b| b.base.total_cmp(&a.base));
    };
    order(&mut all);
    all.truncate(MEMBERS);
    let estimated = all.iter().take(SHARPENED).filter(|found| found.cosine > 0.0 && !found.is_exact);
    let ids: Vec<i64> = estimated.map(|found| found.memory_id).collect();
    if !ids.is_empty() {
        let cosines = asked.cosines(&ids)?;
        for found in all.iter_mut().take(SHARPENED) {
            if let Some(compared) = cosines.get(&found.memory_id) {
                found.cosine = f64::from(compared.cosine).max(0.0);
            }
        }
        order(&mut all);
    }
    Ok(all)
}

/// Turns what is known of a memory into its score.
struct Judge<'e> {
    weights: Weights,
    asked_at: i64,
    moments: &'e [Span],
    divisors: (f64, f64),
    /// The greatest that base, neighbours and thread say of any candidate.
    top: f64,
}

impl Judge<'_> {
    fn judge(&self, member: &Member) -> Fused {
        let (weights, facts) = (&self.weights, &member.facts);
        let (of_words, of_cosines) = self.divisors;
        // In the order of `SIGNALS`: what is said, and what a whole one of it is worth.
        let said = [
            (member.words, weights.words / of_words),
            (member.cosine, weights.vectors / of_cosines),
            (member.near, weights.neighbours),
            (member.in_thread, weights.thread),
            (f64::from(u8::from(facts.is_named)), weights.speaker * self.top),
            (closeness(facts.at, self.moments), weights.time * self.top),
            (member.graph, weights.graph * self.top),
            (recency(&facts.kind, facts.at, self.asked_at), weights.recency * self.top),
            (facts.importance, weights.importance * self.top),
        ];
        let values = said.map(|(raw, worth)| raw * worth);
        let score = values.iter().sum();
        Fused { memory_id: member.memory_id, score, at: facts.at, raw: said.map(|(raw, _)| raw), values }
    }
}

impl Fused {
    /// Better ones come first, and newer ones among equals.
    fn before(&self, other: &Self) -> std::cmp::Ordering {
        let key = |fused: &Self| (fused.at, fused.memory_id);
        other.score.total_cmp(&self.score).then_with(|| key(other).cmp(&key(self)))
    }
}

impl Ranking {
    /// Those that were not found by words.
    pub(super) fn without_words(&self) -> impl Iterator<Item = i64> {
        self.all.iter().filter(|fused| fused.raw[0] == 0.0).map(|fused| fused.memory_id)
    }

    /// What was found by words or by vectors and not looked at any further: by what these say alone.
    pub(super) fn rest(&self, words: &[(i64, f64)], near: &[Near]) -> Vec<((i64, f64), Vec<Signal>)> {
        let there: HashSet<i64> = self.all.iter().map(|fused| fused.memory_id).collect();
        let (of_words, of_cosines) = self.divisors;
        let mut rest: BTreeMap<i64, Vec<Signal>> = BTreeMap::new();
        let mut put = |id: i64, name, place: usize, raw: f64, weight: f64, by: f64| {
            let rank = u32::try_from(place + 1).ok();
            let signal = Signal { name, raw, weight, value: raw * (weight / by), rank };
            rest.entry(id).or_default().push(signal);
        };
        for (place, &(id, raw)) in words.iter().enumerate().filter(|(_, (id, _))| !there.contains(id)) {
            put(id, "words", place, raw, self.weights.words, of_words);
        }
        let near =
            near.iter().enumerate().filter(|(_, near)| near.cosine > 0.0 && !there.contains(&near.memory_id));
        for (place, near) in near {
            put(near.memory_id, "vectors", place, near.cosine.into(), self.weights.vectors, of_cosines);
        }
        let score = |signals: &[Signal]| signals.iter().map(|signal| signal.value).sum::<f64>();
        let mut rest: Vec<_> =
            rest.into_iter().map(|(id, signals)| ((id, score(&signals)), signals)).collect();
        // Of equals those that were found by words come first, in their order.
        let places: HashMap<i64, usize> =
            words.iter().zip(0..).map(|(&(id, _), place)| (id, place)).collect();
        let place = |id: i64| places.get(&id).copied().unwrap_or(usize::MAX);
        rest.sort_by(|((one, score), _), ((two, other), _)| {
            other.total_cmp(score).then(place(*one).cmp(&place(*two)))
        });
        rest
    }

    /// What the signals say of one, those that say something.
    pub(super) fn signals(&self, fused: &Fused) -> Vec<Signal> {
        let Weights { words, vectors, neighbours, thread, speaker, time, graph, recency, importance } =
            self.weights;
        let weights = [words, vectors, neighbours, thread, speaker, time, graph, recency, importance];
        let mut signals = Vec::new();
        for (i, name) in SIGNALS.into_iter().enumerate() {
            if fused.values[i] != 0.0 {
                let better = self.all.iter().filter(|other| other.raw[i] > fused.raw[i]).count();
                let rank = u32::try_from(better + 1).ok();
                signals.push(Signal {
                    name,
                    raw: fused.raw[i],
                    weight: weights[i],
                    value: fused.values[i],
                    rank,
                });
            }
        }
        signals
    }
}
