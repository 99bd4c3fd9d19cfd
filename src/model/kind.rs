//! What sort of memory is it?

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::limits::KIND_BYTES_MAX;
use super::memory::check_name;
use crate::error::Result;

/// The sort of a memory: one of the constants, or any other name. An open set.
///
/// ```
/// use mindkeep::Kind;
///
/// assert_eq!(Kind::EVENT.as_str(), "event");
/// assert_eq!(Kind::new("dream").as_str(), "dream");
/// assert!(Kind::FACT.supersedes() && !Kind::EVENT.supersedes());
/// ```
#[derive(Clone)]
pub struct Kind(Name);

#[derive(Clone)]
enum Name {
    Borrowed(&'static str),
    Shared(Arc<str>),
}

impl Kind {
    /// Needed for the moment: an address to find again, a sum to carry.
    ///
    /// ```
    /// assert_eq!(mindkeep::Kind::SHORT_TERM.as_str(), "short_term");
    /// ```
    pub const SHORT_TERM: Self = Self(Name::Borrowed("short_term"));
    /// A turn of a conversation. The kind of a memory that names none.
    ///
    /// ```
    /// assert_eq!(mindkeep::Kind::CONVERSATION.as_str(), "conversation");
    /// ```
    pub const CONVERSATION: Self = Self(Name::Borrowed("conversation"));
    /// Marked as worth keeping.
    ///
    /// ```
    /// assert_eq!(mindkeep::Kind::IMPORTANT.as_str(), "important");
    /// ```
    pub const IMPORTANT: Self = Self(Name::Borrowed("important"));
    /// Something that happened.
    ///
    /// ```
    /// assert_eq!(mindkeep::Kind::EVENT.as_str(), "event");
    /// ```
    pub const EVENT: Self = Self(Name::Borrowed("event"));
    /// What somebody likes or wants. With a key, a later one supersedes the earlier.
    ///
    /// ```
    /// assert_eq!(mindkeep::Kind::PREFERENCE.as_str(), "preference");
    /// ```
    pub const PREFERENCE: Self = Self(Name::Borrowed("preference"));
    /// What is so. With a key, a later one supersedes the earlier.
    ///
    /// ```
    /// assert_eq!(mindkeep::Kind::FACT.as_str(), "fact");
    /// ```
    pub const FACT: Self = Self(Name::Borrowed("fact"));

    /// A kind by name, 1 to 64 bytes; checked when it is used.
    ///
    /// ```
    /// assert_eq!(mindkeep::Kind::new("fact"), mindkeep::Kind::FACT);
    /// ```
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        match name.into() {
            Cow::Borrowed(name) => Self(Name::Borrowed(name)),
            Cow::Owned(name) => Self(Name::Shared(name.into())),
        }
    }

    /// A kind of the app's own, as a constant.
    ///
    /// ```
    /// use mindkeep::Kind;
    /// const RECIPE: Kind = Kind::from_static("recipe");
    /// assert_eq!(RECIPE, Kind::new("recipe"));
    /// ```
    pub const fn from_static(name: &'static str) -> Self {
        Self(Name::Borrowed(name))
    }

    pub(crate) fn shared(name: Arc<str>) -> Self {
        Self(Name::Shared(name))
    }

    /// The name.
    ///
    /// ```
    /// assert_eq!(mindkeep::Kind::SHORT_TERM.as_str(), "short_term");
    /// ```
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Name::Borrowed(name) => name,
            Name::Shared(name) => name,
        }
    }

    /// Whether a memory of this kind with a key supersedes the one before it, which is kept as history,
    /// instead of being updated in place.
    ///
    /// ```
    /// assert!(mindkeep::Kind::PREFERENCE.supersedes());
    /// ```
    pub fn supersedes(&self) -> bool {
        matches!(self.as_str(), "fact" | "preference")
    }

    pub(crate) fn check(&self) -> Result<()> {
        check_name("kind", self.as_str(), KIND_BYTES_MAX)
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}
impl Eq for Kind {}
impl PartialOrd for Kind {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Kind {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}
impl std::hash::Hash for Kind {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}
impl Default for Kind {
    fn default() -> Self {
        Self::CONVERSATION
    }
}
impl fmt::Debug for Kind {
    /// The same for a constant and for a name that is equal to it, as `Eq` has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kind").field(&self.as_str()).finish()
    }
}
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl From<&str> for Kind {
    fn from(name: &str) -> Self {
        Self(Name::Shared(name.into()))
    }
}
impl From<String> for Kind {
    fn from(name: String) -> Self {
        Self(Name::Shared(name.into()))
    }
}
