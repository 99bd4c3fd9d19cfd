//! Which memories? The conditions that timelines, recall, counts, exports and forgetting share.

use serde::Serialize;

use super::limits::{FILTER_NAMES_MAX, NAME_BYTES_MAX, TAG_BYTES_MAX};
use super::memory::{check_name, check_optional};
use super::persona::check_persona;
use super::{Kind, Timestamp, Where};
use crate::error::{Error, Result};

/// Whose memories.
///
/// ```
/// use mindkeep::{Filter, PersonaScope};
/// let of_acme = Filter { personas: PersonaScope::Prefix("acme".into()), ..Filter::default() };
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PersonaScope {
    /// Everybody's.
    #[default]
    All,
    /// Those of the personas with these names.
    Named(Vec<String>),
    /// Those of one persona path and of every path below it.
    Prefix(String),
}

/// Conditions that a memory meets; all of them at once. Hidden memories (forgotten, expired) never do.
///
/// ```
/// use mindkeep::{Filter, Kind, Timeline};
/// let vital = Filter { kinds: vec![Kind::FACT], min_importance: Some(0.9), ..Filter::default() };
/// assert_eq!(Timeline::new().filter(vital.clone()), Timeline::new().kind(Kind::FACT).min_importance(0.9));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// Whose.
    pub personas: PersonaScope,
    /// Of one of these kinds; any if empty.
    pub kinds: Vec<Kind>,
    /// Of this thread.
    pub thread: Option<String>,
    /// With every one of these tags.
    pub tags: Vec<String>,
    /// From this source.
    pub source: Option<String>,
    /// With this key.
    pub key: Option<String>,
    /// Not before this moment.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// At least this important, 0 to 1.
    pub min_importance: Option<f64>,
    /// Whose metadata meets this.
    pub matching: Option<Where>,
}

impl Filter {
    pub(crate) fn check(&self) -> Result<()> {
        match &self.personas {
            PersonaScope::All => {}
            PersonaScope::Named(names) => {
                at_most("persona", names.len())?;
                names.iter().try_for_each(|name| check_persona(name))?;
            }
            PersonaScope::Prefix(prefix) => check_persona(prefix)?,
        }
        at_most("kind", self.kinds.len())?;
        self.kinds.iter().try_for_each(Kind::check)?;
        at_most("tag", self.tags.len())?;
        self.tags.iter().try_for_each(|tag| check_name("tag", tag, TAG_BYTES_MAX))?;
        check_optional("thread", self.thread.as_deref())?;
        check_optional("source", self.source.as_deref())?;
        if let Some(key) = &self.key {
            check_name("key", key, NAME_BYTES_MAX)?;
        }
        if self.min_importance.is_some_and(|least| !(0.0..=1.0).contains(&least)) {
            return Err(Error::invalid("min_importance", "is not a number from 0 to 1"));
        }
        if let Some(matching) = &self.matching {
            matching.check()?;
        }
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since > until
        {
            return Err(Error::invalid("since", "is later than `until`"));
        }
        Ok(())
    }

    /// All that makes it this filter and no other, to be hashed.
    pub(crate) fn identity(&self) -> impl Serialize + '_ {
        let Self { personas, kinds, thread, tags, source, key, since, until, min_importance, matching } =
            self;
        let personas: (u8, &[String]) = match personas {
            PersonaScope::All => (0, &[]),
            PersonaScope::Named(names) => (1, names),
            PersonaScope::Prefix(prefix) => (2, std::slice::from_ref(prefix)),
        };
        let kinds: Vec<&str> = kinds.iter().map(Kind::as_str).collect();
        let names = (personas, kinds, thread, tags, source, key);
        (names, since, until, min_importance, matching.as_ref().map(|condition| &condition.0))
    }

    /// Whether nothing but the personas is named.
    pub(crate) fn is_whole_persona(&self) -> bool {
        *self == Self { personas: self.personas.clone(), ..Self::default() }
    }
}

fn at_most(field: &'static str, count: usize) -> Result<()> {
    if count > FILTER_NAMES_MAX {
        return Err(Error::invalid(field, "is given more than 1,000 times"));
    }
    Ok(())
}

/// The builder methods that every question with a filter has. `$new` makes one, for the examples.
macro_rules! filter_methods {
    ($new:literal) => {
        /// Only memories of this persona; may be called for several. A persona's handle sets it by itself.
        ///
        #[doc = concat!("```\nlet question = mindkeep::", $new, ".persona(\"ada\").persona(\"bo\");\n```")]
        #[must_use]
        pub fn persona(mut self, name: impl Into<String>) -> Self {
            use $crate::model::PersonaScope;
            match &mut self.filter.personas {
                PersonaScope::Named(names) => names.push(name.into()),
                scope => *scope = PersonaScope::Named(vec![name.into()]),
            }
            self
        }

        /// Only memories of this persona path and of every path below it.
        ///
        #[doc = concat!("```\nlet question = mindkeep::", $new, ".persona_prefix(\"acme\");\n```")]
        #[must_use]
        pub fn persona_prefix(mut self, prefix: impl Into<String>) -> Self {
            self.filter.personas = $crate::model::PersonaScope::Prefix(prefix.into());
            self
        }

        /// Only memories of this kind; may be called for several.
        ///
        #[doc = concat!("```\nlet question = mindkeep::", $new, ".kind(mindkeep::Kind::EVENT);\n```")]
        #[must_use]
        pub fn kind(mut self, kind: $crate::model::Kind) -> Self {
            self.filter.kinds.push(kind);
            self
        }

        /// Only memories of this thread.
        ///
        #[doc = concat!("```\nlet question = mindkeep::", $new, ".thread(\"monday-call\");\n```")]
        #[must_use]
        pub fn thread(mut self, thread: impl Into<String>) -> Self {
            self.filter.thread = Some(thread.into());
            self
        }

        /// Only memories with this tag; called again, with that one too.
        ///
        #[doc = concat!("```\nlet question = mindkeep::", $new, ".tag(\"garden\").tag(\"spring\");\n```")]
        #[must_use]
        pub fn tag(mut self, tag: impl Into<String>) -> Self {
            self.filter.tags.push(tag.into());
            self
        }

        /// Only memories from this source.
        ///
        #[doc = concat!("```\nlet question = mindkeep::", $new, ".source(\"diary\");\n```")]
        #[must_use]
        pub fn source(mut self, source: impl Into<String>) -> Self {
            self.filter.source = Some(source.into());
            self
        }

        /// Only memories with this key.
        ///
        #[doc = concat!("```\nlet question = mindkeep::", $new, ".key(\"1666-09-02\");\n```")]
        #[must_use]
        pub fn key(mut self, key: impl Into<String>) -> Self {
            self.filter.key = Some(key.into());
            self
        }

        /// Only memories that happened at `since` or later.
        ///
        #[doc = concat!("```\nlet question = mindkeep::", $new, ".since(mindkeep::Timestamp::MIN);\n```")]
        #[must_use]
        pub fn since(mut self, since: $crate::model::Timestamp) -> Self {
            self.filter.since = Some(since);
            self
        }

        /// Only memories that happened before `until`.
        ///
        #[doc = concat!("```\nlet question = mindkeep::", $new, ".until(mindkeep::Timestamp::now());\n```")]
        #[must_use]
        pub fn until(mut self, until: $crate::model::Timestamp) -> Self {
            self.filter.until = Some(until);
            self
        }

        /// Only memories that happened at `since` or later and before `until`.
        ///
        #[doc = concat!("```\nlet question = mindkeep::", $new, ".between(mindkeep::Timestamp::MIN, mindkeep::Timestamp::now());\n```")]
        #[must_use]
        pub fn between(self, since: $crate::model::Timestamp, until: $crate::model::Timestamp) -> Self {
            self.since(since).until(until)
        }

        /// Only memories at least this important, 0 to 1.
        ///
        #[doc = concat!("```\nlet question = mindkeep::", $new, ".min_importance(0.8);\n```")]
        #[must_use]
        pub fn min_importance(mut self, least: f64) -> Self {
            self.filter.min_importance = Some(least);
            self
        }

        /// Only memories whose metadata meets a condition; called again, that one too.
        ///
        #[doc = concat!("```\nlet question = mindkeep::", $new, ".matching(mindkeep::Where::eq(\"status\", \"failed\"));\n```")]
        #[must_use]
        pub fn matching(mut self, condition: $crate::model::Where) -> Self {
            self.filter.matching = Some(match self.filter.matching.take() {
                Some(first) => first.and(condition),
                None => condition,
            });
            self
        }

        /// All conditions at once, instead of those set so far.
        ///
        #[doc = concat!("```\nlet question = mindkeep::", $new, ".filter(mindkeep::Filter::default());\n```")]
        #[must_use]
        pub fn filter(mut self, filter: $crate::model::Filter) -> Self {
            self.filter = filter;
            self
        }
    };
}
pub(crate) use filter_methods;
