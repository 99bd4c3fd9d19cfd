//! What is a memory, what does an app give to make one, and what may it change?

use std::borrow::Cow;

use super::limits::{CONTENT_BYTES_MAX, NAME_BYTES_MAX, TAG_BYTES_MAX, TAGS_MAX};
use super::{Embedding, Kind, MemoryId, Metadata, PersonaName, Timestamp};
use crate::error::{Error, Result};

/// A memory as the store gives it back.
///
/// ```
/// use mindkeep::{Kind, NewMemory, Store};
///
/// let store = Store::builder().open_in_memory()?;
/// let id = store.remember(NewMemory::new("Snow in April.").kind(Kind::EVENT))?.id;
/// let memory = store.get(id)?;
/// assert_eq!((memory.kind, memory.importance), (Kind::EVENT, 0.5));
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    /// Its identity, the same on every device.
    pub id: MemoryId,
    /// Whose it is.
    pub persona: PersonaName,
    /// Its sort.
    pub kind: Kind,
    /// The text.
    pub content: String,
    /// When it happened.
    pub at: Timestamp,
    /// When the store learned it.
    pub recorded_at: Timestamp,
    /// 0 (trivial) to 1 (vital); 0.5 unless said.
    pub importance: f64,
    /// Tags, sorted, each once.
    pub tags: Vec<String>,
    /// The conversation or session that it belongs to.
    pub thread: Option<String>,
    /// The app's own name for it, unique per persona and kind.
    pub key: Option<String>,
    /// Where it came from.
    pub source: Option<String>,
    /// What else the app keeps with it.
    pub metadata: Metadata,
    /// From when on it is hidden.
    pub expires_at: Option<Timestamp>,
    /// Until when it held, if a later one took its place.
    pub superseded_at: Option<Timestamp>,
}

/// A memory to be kept: the content, and whatever else is known.
///
/// ```
/// use mindkeep::{Kind, NewMemory, Store};
///
/// let store = Store::builder().open_in_memory()?;
/// let pepys = store.persona("pepys");
/// pepys.remember(
///     NewMemory::new("A great fire in the City.")
///         .kind(Kind::EVENT)
///         .at("1666-09-02T03:00:00Z".parse()?)
///         .importance(0.9)
///         .tag("fire"),
/// )?;
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NewMemory {
    pub(crate) persona: Option<Cow<'static, str>>,
    pub(crate) kind: Kind,
    pub(crate) content: String,
    pub(crate) at: Option<Timestamp>,
    pub(crate) importance: f64,
    pub(crate) tags: Vec<String>,
    pub(crate) thread: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) embeddings: Vec<Embedding>,
}

/// The importance of a memory that names none.
pub(crate) const IMPORTANCE_DEFAULT: f64 = 0.5;

impl NewMemory {
    /// A memory with this content, of kind `conversation`, happening now.
    ///
    /// ```
    /// let memory = mindkeep::NewMemory::new("The cat is called Biscuit.");
    /// ```
    pub fn new(content: impl Into<String>) -> Self {
        Self {
            persona: None,
            kind: Kind::default(),
            content: content.into(),
            at: None,
            importance: IMPORTANCE_DEFAULT,
            tags: Vec::new(),
            thread: None,
            key: None,
            source: None,
            metadata: Metadata::default(),
            expires_at: None,
            embeddings: Vec::new(),
        }
    }

    /// Whose it is; a persona's handle sets it by itself.
    ///
    /// ```
    /// let memory = mindkeep::NewMemory::new("Up early.").persona("pepys");
    /// ```
    #[must_use]
    pub fn persona(mut self, persona: impl Into<Cow<'static, str>>) -> Self {
        self.persona = Some(persona.into());
        self
    }

    /// Its sort; `conversation` unless said.
    ///
    /// ```
    /// use mindkeep::{Kind, NewMemory};
    /// let memory = NewMemory::new("Prefers tea.").kind(Kind::PREFERENCE);
    /// ```
    #[must_use]
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// When it happened; the moment of the call unless said.
    ///
    /// ```
    /// let memory = mindkeep::NewMemory::new("Up early.").at("1660-01-01T07:00:00Z".parse()?);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// 0 (trivial) to 1 (vital); 0.5 unless said.
    ///
    /// ```
    /// let memory = mindkeep::NewMemory::new("Allergic to nuts.").importance(1.0);
    /// ```
    #[must_use]
    pub fn importance(mut self, importance: f64) -> Self {
        self.importance = importance;
        self
    }

    /// One more tag; up to 64, each once.
    ///
    /// ```
    /// let memory = mindkeep::NewMemory::new("Pruned the quince.").tag("garden").tag("winter");
    /// ```
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// The conversation or session that it belongs to.
    ///
    /// ```
    /// let memory = mindkeep::NewMemory::new("And then?").thread("monday-call");
    /// ```
    #[must_use]
    pub fn thread(mut self, thread: impl Into<String>) -> Self {
        self.thread = Some(thread.into());
        self
    }

    /// The app's own name for it, unique per persona and kind: remembering it again updates the memory, or,
    /// for `fact` and `preference`, supersedes it.
    ///
    /// ```
    /// use mindkeep::{Kind, NewMemory};
    /// let memory = NewMemory::new("Oat milk.").kind(Kind::PREFERENCE).key("milk");
    /// ```
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Where it came from, such as an app, a file or a person.
    ///
    /// ```
    /// let memory = mindkeep::NewMemory::new("Rain by noon.").source("weather");
    /// ```
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What else to keep with it.
    ///
    /// ```
    /// use mindkeep::{Metadata, NewMemory};
    /// let memory = NewMemory::new("Hello!").metadata(Metadata::parse(r#"{"speaker":"Ada"}"#)?);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// From when on it is hidden.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Timestamp};
    /// let tomorrow = Timestamp::now().plus_millis(86_400_000);
    /// let memory = NewMemory::new("Door code 4471.").expires_at(tomorrow);
    /// ```
    #[must_use]
    pub fn expires_at(mut self, expires_at: Timestamp) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Its vectors by one model; may be called for several models.
    ///
    /// ```
    /// use mindkeep::{Embedding, NewMemory};
    /// let memory = NewMemory::new("Tea.").embedding(Embedding::f32("tiny-2d", &[0.6, 0.8]));
    /// ```
    #[must_use]
    pub fn embedding(mut self, embedding: Embedding) -> Self {
        self.embeddings.push(embedding);
        self
    }

    /// Brings it into the form in which it is kept, or says what is wrong with it.
    pub(crate) fn validated(mut self) -> Result<Self> {
        check_content(&self.content)?;
        self.kind.check()?;
        super::persona::check_persona(self.persona_name())?;
        check_importance(self.importance)?;
        self.tags = checked_tags(std::mem::take(&mut self.tags))?;
        check_optional("thread", self.thread.as_deref())?;
        check_optional("key", self.key.as_deref())?;
        check_optional("source", self.source.as_deref())?;
        for (i, embedding) in self.embeddings.iter().enumerate() {
            embedding.check(&self.content)?;
            if self.embeddings[..i].iter().any(|e| e.model == embedding.model) {
                return Err(Error::invalid("embedding", "names one model twice"));
            }
        }
        Ok(self)
    }

    pub(crate) fn persona_name(&self) -> &str {
        self.persona.as_deref().unwrap_or(PersonaName::DEFAULT)
    }
}

/// What to change about a memory; what is not named stays.
///
/// Persona, kind and key are its place and do not change: forget the memory and remember it anew instead.
///
/// ```
/// use mindkeep::{NewMemory, Patch, Store};
///
/// let store = Store::builder().open_in_memory()?;
/// let id = store.remember(NewMemory::new("The dentist is on Friday."))?.id;
/// let memory = store.update(id, Patch::new().content("The dentist is on Monday.").importance(0.8))?;
/// assert_eq!(memory.content, "The dentist is on Monday.");
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patch {
    pub(crate) content: Option<String>,
    pub(crate) at: Option<Timestamp>,
    pub(crate) importance: Option<f64>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) thread: Option<Option<String>>,
    pub(crate) source: Option<Option<String>>,
    pub(crate) metadata: Option<Metadata>,
    pub(crate) expires_at: Option<Option<Timestamp>>,
}

impl Patch {
    /// Nothing to change yet.
    ///
    /// ```
    /// let patch = mindkeep::Patch::new().importance(0.9);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// New content. Vectors of the old content are dropped, since they no longer fit.
    ///
    /// ```
    /// let patch = mindkeep::Patch::new().content("The bus leaves at ten.");
    /// ```
    #[must_use]
    pub fn content(mut self, content: impl Into<String>) -> Self {
        self.content = Some(content.into());
        self
    }

    /// A new time. Refused for a fact or preference with a key, whose times are its history.
    ///
    /// ```
    /// let patch = mindkeep::Patch::new().at("2026-05-01T09:00:00Z".parse()?);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// A new importance, 0 to 1.
    ///
    /// ```
    /// let patch = mindkeep::Patch::new().importance(0.1);
    /// ```
    #[must_use]
    pub fn importance(mut self, importance: f64) -> Self {
        self.importance = Some(importance);
        self
    }

    /// All tags anew; an empty list removes them.
    ///
    /// ```
    /// let patch = mindkeep::Patch::new().tags(["garden", "spring"]);
    /// ```
    #[must_use]
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// Another thread, or none.
    ///
    /// ```
    /// let patch = mindkeep::Patch::new().thread(Some("tuesday-call"));
    /// ```
    #[must_use]
    pub fn thread(mut self, thread: Option<impl Into<String>>) -> Self {
        self.thread = Some(thread.map(Into::into));
        self
    }

    /// Another source, or none.
    ///
    /// ```
    /// let patch = mindkeep::Patch::new().source(None::<String>);
    /// ```
    #[must_use]
    pub fn source(mut self, source: Option<impl Into<String>>) -> Self {
        self.source = Some(source.map(Into::into));
        self
    }

    /// All metadata anew.
    ///
    /// ```
    /// let patch = mindkeep::Patch::new().metadata(mindkeep::Metadata::default());
    /// ```
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// Another expiry, or none.
    ///
    /// ```
    /// let patch = mindkeep::Patch::new().expires_at(None);
    /// ```
    #[must_use]
    pub fn expires_at(mut self, expires_at: Option<Timestamp>) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    pub(crate) fn validated(mut self) -> Result<Self> {
        if self == Self::default() {
            return Err(Error::invalid("patch", "changes nothing; name at least one field"));
        }
        if let Some(content) = &self.content {
            check_content(content)?;
        }
        if let Some(importance) = self.importance {
            check_importance(importance)?;
        }
        if let Some(tags) = self.tags.take() {
            self.tags = Some(checked_tags(tags)?);
        }
        check_optional("thread", self.thread.as_ref().and_then(Option::as_deref))?;
        check_optional("source", self.source.as_ref().and_then(Option::as_deref))?;
        Ok(self)
    }
}

fn check_content(content: &str) -> Result<()> {
    if content.trim().is_empty() {
        return Err(Error::invalid("content", "is empty"));
    }
    if content.len() > CONTENT_BYTES_MAX {
        return Err(Error::invalid("content", "is over 1 MiB; split it into several memories"));
    }
    check_nul("content", content)
}

fn check_importance(importance: f64) -> Result<()> {
    if (0.0..=1.0).contains(&importance) {
        Ok(())
    } else {
        Err(Error::invalid("importance", "is not a number from 0 to 1"))
    }
}

fn checked_tags(mut tags: Vec<String>) -> Result<Vec<String>> {
    tags.sort_unstable();
    tags.dedup();
    if tags.len() > TAGS_MAX {
        return Err(Error::invalid("tags", "has more than 64 tags"));
    }
    tags.iter().try_for_each(|tag| check_name("tags", tag, TAG_BYTES_MAX))?;
    Ok(tags)
}

pub(crate) fn check_optional(field: &'static str, value: Option<&str>) -> Result<()> {
    value.map_or(Ok(()), |value| check_name(field, value, NAME_BYTES_MAX))
}

pub(crate) fn check_name(field: &'static str, value: &str, bytes_max: usize) -> Result<()> {
    if value.trim().is_empty() {
        return Err(Error::invalid(field, "is empty"));
    }
    if value.len() > bytes_max {
        return Err(Error::invalid(field, format!("is over {bytes_max} bytes")));
    }
    check_nul(field, value)
}

fn check_nul(field: &'static str, value: &str) -> Result<()> {
    if value.contains('\0') {
        return Err(Error::invalid(field, "contains a NUL character"));
    }
    Ok(())
}
