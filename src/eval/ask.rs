//! What does a store answer to questions whose evidence is known?

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::measure::{CUTS, Figures, Found, Latency};
use super::question::Question;
use super::vectors::Vectors;
use crate::error::{Error, Result};
use crate::memory::Timeline;
use crate::model::limits::{EVAL_QUESTIONS_MAX, PAGE_MAX};
use crate::model::{Filter, Memory, MemoryId, PersonaScope, Progress};
use crate::recall::{Hit, Hits, Recall};
use crate::store::Store;

/// What counts as found.
///
/// ```
/// assert_eq!(mindkeep::eval::Level::default(), mindkeep::eval::Level::Memory);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// The memory that is the evidence.
    #[default]
    Memory,
    /// Any memory of its thread. Hits of one thread count as one, at the place of the best of them; a memory without a
    /// thread stands for itself.
    Thread,
}

/// How questions are asked.
///
/// ```
/// use mindkeep::eval::{Evaluation, Level, Question};
/// use mindkeep::{NewMemory, Store};
///
/// let store = Store::builder().open_in_memory()?;
/// let visit = |text: &str, key: &str| NewMemory::new(text).persona("diary").thread("visit").key(key);
/// store.remember(visit("Aunt Odile came for tea.", "tea"))?;
/// store.remember(visit("She brought twelve jars.", "jars"))?;
///
/// let questions = [Question::new("diary", "What did Odile bring?", ["jars"])];
/// let by_words = || Evaluation::new().with(|recall| recall.words_only());
/// let memories = by_words().run(&store, &questions)?;
/// let threads = by_words().level(Level::Thread).run(&store, &questions)?;
/// assert_eq!((memories.figures().recall[0], threads.figures().recall[0]), (0.0, 1.0));
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Default)]
pub struct Evaluation<'e> {
    level: Level,
    as_of: bool,
    vectors: Option<&'e Vectors>,
    recall: Option<Box<dyn Fn(Recall) -> Recall + 'e>>,
    on_progress: Option<Box<dyn FnMut(Progress) -> ControlFlow<()> + 'e>>,
}

/// What became of one question.
///
/// ```
/// use mindkeep::eval::{Evaluation, Question};
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// let measured = Evaluation::new().run(&store, &[Question::new("pepys", "What burned?", ["fire"])])?;
/// assert_eq!(measured.asked[0].missing, 1);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Asked {
    /// Where its evidence stands among the first 20 hits.
    pub found: Found,
    /// How long the recall took.
    pub took: Duration,
    /// Whether it was asked with a vector.
    pub vector: bool,
    /// How many pieces of evidence are not in the store. They count as not found.
    pub missing: usize,
    /// How many pieces of evidence were not found because they happened after the moment as of which the question is asked.
    pub later: usize,
}

/// What became of all questions.
///
/// ```
/// use mindkeep::eval::Evaluation;
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// assert_eq!(Evaluation::new().run(&store, &[])?.figures().questions, 0);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Measured {
    /// One after the other, in the order of the questions.
    pub asked: Vec<Asked>,
}

/// How deep is looked.
const DEPTH: usize = CUTS[CUTS.len() - 1];

impl<'e> Evaluation<'e> {
    /// Memories count, and recall is as it is by default.
    ///
    /// ```
    /// let evaluation = mindkeep::eval::Evaluation::new();
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// What counts as found.
    ///
    /// ```
    /// use mindkeep::eval::{Evaluation, Level};
    /// let evaluation = Evaluation::new().level(Level::Thread);
    /// ```
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Hides from every question what happened after its `as_of`, and of facts lets it see what held then. Otherwise `as_of` is the moment of
    /// asking alone, from which "yesterday" and what is recent are seen ([`Recall::asked_at`]).
    ///
    /// ```
    /// use mindkeep::eval::{Evaluation, Question};
    /// use mindkeep::{NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("A great fire.").at("1666-09-02T00:00:00Z".parse()?).key("fire"))?;
    /// let mut question = Question::new("default", "Was there a fire?", ["fire"]);
    /// question.as_of = Some("1666-09-01T00:00:00Z".parse()?);
    /// let all = Evaluation::new().run(&store, &[question.clone()])?;
    /// let then = Evaluation::new().as_of().run(&store, &[question])?;
    /// assert_eq!((all.asked[0].later, all.figures().recall[0]), (0, 1.0));
    /// assert_eq!((then.asked[0].later, then.figures().recall[0]), (1, 0.0));
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn as_of(mut self) -> Self {
        self.as_of = true;
        self
    }

    /// Asks with the vector of each question, too: that of the question without the names of known speakers, if the table has it
    /// ([`Store::text_to_embed`]), otherwise that of the question as it is. Looking it up is not timed. A question without a vector is
    /// asked in words alone.
    ///
    /// ```
    /// use mindkeep::eval::{Evaluation, Question, Vectors};
    /// use mindkeep::{Embedding, NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("A kettle.").key("tea").embedding(Embedding::f32("tiny-2d", &[1.0, 0.0])))?;
    /// let table = r#"{"model":"tiny-2d","text":"Something to drink?","f16":"ADwAAA=="}"#;
    /// let vectors = Vectors::read(table.as_bytes())?;
    /// let questions = [Question::new("default", "Something to drink?", ["tea"])];
    /// let measured = Evaluation::new().vectors(&vectors).run(&store, &questions)?;
    /// assert_eq!((measured.asked[0].vector, measured.figures().recall[0]), (true, 1.0));
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn vectors(mut self, vectors: &'e Vectors) -> Self {
        self.vectors = Some(vectors);
        self
    }

    /// Changes every recall before it is asked, to compare one way to ask with another. Persona and question are set already, and
    /// should stay; the limit is set after.
    ///
    /// ```
    /// use mindkeep::eval::Evaluation;
    /// let strict = Evaluation::new().with(|recall| recall.all_words());
    /// ```
    #[must_use]
    pub fn with(mut self, change: impl Fn(Recall) -> Recall + 'e) -> Self {
        self.recall = Some(Box::new(change));
        self
    }

    /// Called after every question. `Break` ends the run with `Cancelled`.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// let mut evaluation = mindkeep::eval::Evaluation::new();
    /// evaluation.on_progress(|progress| {
    ///     println!("{} questions", progress.done);
    ///     ControlFlow::Continue(())
    /// });
    /// ```
    pub fn on_progress(&mut self, callback: impl FnMut(Progress) -> ControlFlow<()> + 'e) {
        self.on_progress = Some(Box::new(callback));
    }

    /// Asks all questions, one after the other. The first is asked once more before, without being counted, so that no time
    /// is that of a first read.
    ///
    /// # Errors
    /// `InvalidInput` for a question that cannot be asked, or more than 100,000; as [`Store::recall`]; `Cancelled`.
    ///
    /// ```
    /// use mindkeep::eval::{Evaluation, Question};
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// let unasked = Question::new("pepys", "What burned?", [""; 0]); // without evidence
    /// assert!(Evaluation::new().run(&store, &[unasked]).is_err());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn run(mut self, store: &Store, questions: &[Question]) -> Result<Measured> {
        if questions.len() > EVAL_QUESTIONS_MAX {
            return Err(Error::invalid("questions", "are more than 100,000"));
        }
        questions.iter().try_for_each(Question::check)?;
        if let Some(first) = questions.first() {
            let (recall, _) = self.recall(store, first)?;
            self.hits(store, recall)?;
        }
        let mut measured = Measured::default();
        for question in questions {
            measured.asked.push(self.ask(store, question)?);
            let (done, total) = (measured.asked.len() as u64, Some(questions.len() as u64));
            if let Some(on_progress) = &mut self.on_progress
                && on_progress(Progress { done, total }).is_break()
            {
                return Err(Error::Cancelled);
            }
        }
        Ok(measured)
    }

    fn ask(&self, store: &Store, question: &Question) -> Result<Asked> {
        let (recall, vector) = self.recall(store, question)?;
        let (hits, took) = self.hits(store, recall)?;
        let places: Vec<Place<'_>> = hits.iter().map(|hit| Place::of(&hit.memory, self.level)).collect();
        let memories: Vec<Option<Memory>> = question
            .evidence
            .iter()
            .map(|key| by_key(store, &question.persona, key))
            .collect::<Result<_>>()?;
        let evidence: Vec<Place<'_>> = question
            .evidence
            .iter()
            .zip(&memories)
            .map(|(key, memory)| {
                memory.as_ref().map_or(Place::Key(key), |memory| Place::of(memory, self.level))
            })
            .collect();
        let as_of = question.as_of.filter(|_| self.as_of);
        let happened_later = |memory: &Memory| as_of.is_some_and(|moment| memory.at > moment);
        let later = memories
            .iter()
            .zip(&evidence)
            .filter(|(memory, place)| memory.as_ref().is_some_and(happened_later) && !places.contains(place));
        let mut found = Found::among(&places, &evidence);
        found.forget_beyond(DEPTH);
        Ok(Asked {
            found,
            took,
            vector,
            missing: memories.iter().filter(|memory| memory.is_none()).count(),
            later: later.count(),
        })
    }

    /// The hits that have at least as many places as are looked at, if there are so many, and the time that they took.
    fn hits(&self, store: &Store, recall: Recall) -> Result<(Hits, Duration)> {
        let mut took = Duration::ZERO;
        let mut limit = DEPTH;
        loop {
            let recall = recall.clone().limit(limit);
            let start = Instant::now();
            let hits = store.recall_unnoted(recall)?;
            took += start.elapsed();
            // Many hits may be of few threads.
            if hits.len() < limit || limit == PAGE_MAX || self.places(&hits) >= DEPTH {
                return Ok((hits, took));
            }
            limit = (limit * 5).min(PAGE_MAX);
        }
    }

    fn places(&self, hits: &[Hit]) -> usize {
        let mut places: Vec<Place<'_>> = hits.iter().map(|hit| Place::of(&hit.memory, self.level)).collect();
        places.sort_unstable();
        places.dedup();
        places.len()
    }

    /// A question as it is asked, and whether with a vector.
    fn recall(&self, store: &Store, question: &Question) -> Result<(Recall, bool)> {
        let mut recall = Recall::new(&question.question).persona(&question.persona);
        if let Some(moment) = question.as_of {
            recall = if self.as_of { recall.as_of(moment) } else { recall.asked_at(moment) };
        }
        let vector = match self.vectors {
            Some(vectors) => self::vector(store, vectors, question)?,
            None => None,
        };
        if let Some((model, numbers)) = vector {
            recall = recall.vector(model, numbers);
        }
        if let Some(change) = &self.recall {
            recall = change(recall);
        }
        Ok((recall, vector.is_some()))
    }
}

/// The vector of a question, and its model.
fn vector<'v>(
    store: &Store,
    vectors: &'v Vectors,
    question: &Question,
) -> Result<Option<(&'v str, &'v [f32])>> {
    let filter = of_persona(&question.persona);
    let text = store.text_to_embed(&question.question, &filter)?;
    let numbers = vectors.get(&text).or_else(|| vectors.get(&question.question));
    Ok(vectors.model().zip(numbers))
}

fn of_persona(persona: &str) -> Filter {
    Filter { personas: PersonaScope::Named(vec![persona.to_owned()]), ..Filter::default() }
}

/// What stands at one place of a list of hits.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place<'m> {
    Thread(&'m str),
    /// Whatever memory the key stood for when the question is asked.
    Key(&'m str),
    Memory(MemoryId),
}

impl<'m> Place<'m> {
    fn of(memory: &'m Memory, level: Level) -> Self {
        match (level, memory.thread.as_deref(), memory.key.as_deref()) {
            (Level::Thread, Some(thread), _) => Self::Thread(thread),
            (_, _, Some(key)) => Self::Key(key),
            _ => Self::Memory(memory.id),
        }
    }
}

/// The memory that a key stands for; the newest of them if several kinds have it.
fn by_key(store: &Store, persona: &str, key: &str) -> Result<Option<Memory>> {
    let filter = Filter { key: Some(key.to_owned()), ..of_persona(persona) };
    Ok(store.timeline(Timeline::new().filter(filter).limit(1))?.memories.pop())
}

impl Measured {
    /// The means over all questions.
    ///
    /// ```
    /// use mindkeep::eval::Measured;
    /// assert_eq!(Measured::default().figures().recall, [0.0; 3]);
    /// ```
    pub fn figures(&self) -> Figures {
        Figures::of(self.asked.iter().map(|asked| &asked.found))
    }

    /// The means over the questions of each category, by its name. `questions` are those that were asked; those without a
    /// category are in none.
    ///
    /// ```
    /// use mindkeep::eval::{Evaluation, Question};
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// let mut question = Question::new("pepys", "What burned?", ["fire"]);
    /// question.category = Some("event".to_owned());
    /// let measured = Evaluation::new().run(&store, &[question.clone()])?;
    /// assert_eq!(measured.by_category(&[question])["event"].questions, 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn by_category<'q>(&self, questions: &'q [Question]) -> BTreeMap<&'q str, Figures> {
        let mut found: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
        for (asked, question) in self.asked.iter().zip(questions) {
            if let Some(category) = &question.category {
                found.entry(category).or_default().push(&asked.found);
            }
        }
        found.into_iter().map(|(category, found)| (category, Figures::of(found))).collect()
    }

    /// How long the questions took.
    ///
    /// ```
    /// use mindkeep::eval::Measured;
    /// assert!(Measured::default().latency().p99.is_zero());
    /// ```
    pub fn latency(&self) -> Latency {
        Latency::of(self.asked.iter().map(|asked| asked.took))
    }
}
