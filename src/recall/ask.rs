//! What is asked?

use crate::error::{Error, Result};
use crate::index::{self, Besides, Cache, Example, Mode, Search, Wanted};
use crate::memory::{self, Past, Selection};
use crate::model::limits::QUESTION_BYTES_MAX;
use crate::model::{Filter, MemoryId, Timestamp, filter_methods};
use crate::storage::ReadTx;

use super::fuse::Weights;
use super::prompt::Zone;
use super::tokens::Counter;

/// A question: any text, and which memories may answer it.
///
/// Words are looked up without case and diacritics; `"quoted words"` are a phrase and `word*` is a prefix. One word is
/// enough, the more the better, unless [`Recall::all_words`] is set; stop words count only if there are no others. Mistyped words are
/// found with [`Recall::typos`], and in place of a question there may be a memory: [`Recall::like`].
///
/// Tags, `speaker`, `role`, `title`, `caption` and attributes declared as searchable are looked at, too, and alone with the field's name
/// before a word (`title:fire`); so is the date (`september 1666`, `1666-09-02`, `date:monday`), in UTC. `-word` must not be there.
///
/// ```
/// use mindkeep::{NewMemory, Recall, Store};
///
/// let store = Store::builder().open_in_memory()?;
/// let pepys = store.persona("pepys");
/// pepys.remember(NewMemory::new("A great fire burned in the City."))?;
/// pepys.remember(NewMemory::new("Dined at home on a good venison pasty."))?;
/// let hits = pepys.recall(Recall::new("What burned in the city?").limit(5))?;
/// assert_eq!(hits.len(), 1);
/// let (from, to) = hits[0].matches[0];
/// assert_eq!(&hits[0].memory.content[from..to], "burned");
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Recall {
    pub(super) about: About,
    pub(crate) filter: Filter,
    pub(super) limit: Option<usize>,
    pub(super) offset: usize,
    pub(super) min_score: Option<f64>,
    pub(super) past: Past,
    pub(super) entity: Option<String>,
    pub(super) vector: Option<Wanted>,
    pub(super) context: usize,
    pub(super) zone: Zone,
    pub(super) budget: Option<usize>,
    pub(super) diverse: Option<f64>,
    pub(super) collapse: bool,
    pub(super) tokenizer: Counter,
    pub(super) weights: Weights,
    pub(super) asked_at: Option<Timestamp>,
    pub(super) words_only: bool,
    all_words: bool,
    pub(super) typos: bool,
}

/// What is to be answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum About {
    Question(String),
    /// With other memories that speak of the same.
    Memory(MemoryId),
}

impl Recall {
    /// A question of up to 64 KiB, for the 10 best memories. Of many words the first 64 that say something count; more than 64 that must be
    /// there or must not, and phrases of more than 64 words, are `InvalidInput`.
    ///
    /// ```
    /// let question = mindkeep::Recall::new("where is the spare key?");
    /// ```
    pub fn new(question: impl Into<String>) -> Self {
        Self::about(About::Question(question.into()))
    }

    /// In place of a question a memory, for the 10 that are most like it: those that have its most telling words, which stand in it
    /// often and in few others; 25 of them are looked up. It may be another persona's, and is no hit itself.
    ///
    /// # Errors
    /// The call fails with `NotFound` if there is none, or it is forgotten or expired, and with `InvalidInput` if it is superseded, or
    /// together with [`Recall::all_words`], [`Recall::typos`] or [`Recall::vector`].
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall};
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// let id = store.remember(NewMemory::new("The plum jam is on the top shelf."))?.id;
    /// store.remember(NewMemory::new("Aunt Odile brought twelve jars of plum jam."))?;
    /// store.remember(NewMemory::new("Bins go out on Tuesday."))?;
    /// let hits = store.recall(Recall::like(id))?;
    /// assert_eq!(hits.len(), 1);
    /// assert!(hits[0].memory.content.starts_with("Aunt Odile"));
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn like(memory: MemoryId) -> Self {
        Self::about(About::Memory(memory))
    }

    fn about(about: About) -> Self {
        Self {
            about,
            filter: Filter::default(),
            limit: None,
            offset: 0,
            min_score: None,
            past: Past::default(),
            entity: None,
            vector: None,
            context: 0,
            zone: Zone::default(),
            budget: None,
            diverse: None,
            collapse: false,
            tokenizer: Counter::default(),
            weights: Weights::default(),
            asked_at: None,
            words_only: false,
            all_words: false,
            typos: false,
        }
    }

    /// Only memories that have all of the words.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall};
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("The spare key is under the pot."))?;
    /// assert_eq!(store.recall(Recall::new("spare wheel"))?.len(), 1);
    /// assert_eq!(store.recall(Recall::new("spare wheel").all_words())?.len(), 0);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn all_words(mut self) -> Self {
        self.all_words = true;
        self
    }

    /// Words of four letters and more are found although they are mistyped by one edit: a letter too many, too few, another one, or two
    /// neighbours changed over. What is found so counts half. Phrases, prefixes, exclusions, what has digits, and scripts that
    /// write no spaces are taken as they are.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall};
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("Biscuit hides under the piano."))?;
    /// assert_eq!(store.recall(Recall::new("bisciut"))?.len(), 0);
    /// let hits = store.recall(Recall::new("bisciut").typos())?;
    /// assert_eq!(hits[0].matches, [(0, 7)]);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn typos(mut self) -> Self {
        self.typos = true;
        self
    }

    filter_methods!("Recall::new(\"key\")");

    pub(super) fn check(&self) -> Result<()> {
        self.filter.check()?;
        self.check_page()?;
        self.check_entity()?;
        self.check_context()?;
        self.check_budget()?;
        self.check_alike()?;
        self.zone.read()?;
        self.weights.check()?;
        match &self.about {
            About::Question(question) if question.len() > QUESTION_BYTES_MAX => {
                Err(Error::invalid("question", "is over 64 KiB"))
            }
            About::Question(question)
                if self.vector.is_some() && index::Question::only_excludes(question) =>
            {
                let reason = "says only what must not be there, and vectors know nothing of that: add what to look for";
                Err(Error::invalid("question", reason))
            }
            About::Memory(_) if self.all_words => {
                Err(Error::invalid("all_words", "is for questions: a memory has words that no other has"))
            }
            About::Memory(_) if self.vector.is_some() => {
                Err(Error::invalid("vector", "is for questions: a memory is compared by its words"))
            }
            About::Memory(_) if self.typos => {
                Err(Error::invalid("typos", "is for questions: the words of a memory are taken as they are"))
            }
            _ => Ok(()),
        }
    }

    /// The question, as it was asked; empty if it is a memory.
    pub(crate) fn question(&self) -> &str {
        match &self.about {
            About::Question(question) => question,
            About::Memory(_) => "",
        }
    }

    /// Whether it is a question without a word, whoever is asked.
    pub(super) fn says_nothing(&self) -> bool {
        matches!(&self.about, About::Question(question) if index::Question::parse(question, Mode::Any, &[]).is_none())
    }

    /// What is looked up; `None` if there is no word, or nobody to ask.
    pub(super) fn search(
        &self,
        read: &ReadTx<'_>,
        cache: &Cache,
        selection: &Selection<'_>,
        besides: &[Besides],
    ) -> Result<Option<Search>> {
        let personas = &selection.personas;
        match &self.about {
            About::Question(question) => {
                let mode = if self.all_words { Mode::All } else { Mode::Any };
                // Only a field has a colon behind it.
                let paths = match question.contains(':') {
                    true => read.attributes()?.searched().names().cloned().collect(),
                    false => Vec::new(),
                };
                let Some(question) =
                    index::Question::parse(question, mode, &paths).filter(|_| !selection.is_empty())
                else {
                    return Ok(None);
                };
                let question = question.with_typos(self.typos);
                let mut search = Search::new(read.conn(), cache, personas, besides, &question)?;
                if self.is_fused() {
                    search.quieten_speakers(read.conn(), cache)?;
                }
                Ok(Some(search))
            }
            About::Memory(id) => {
                if memory::get(read, *id)?.superseded_at.is_some() {
                    let reason = "is superseded: name the memory that its key stands for now";
                    return Err(Error::invalid("like", reason));
                }
                let conn = read.conn();
                let gone = Error::NotFound { what: "memory" };
                let Some(memory_id) = memory::memory_id(conn, *id)? else { return Err(gone) };
                let Some(row) = memory::get_rows(read, &[memory_id])?.pop() else { return Err(gone) };
                if selection.is_empty() {
                    return Ok(None);
                }
                let example = Example { memory_id, persona_id: row.persona_id, texts: row.texts() };
                Search::like(conn, cache, personas, besides, &example).map(Some)
            }
        }
    }
}
