//! Whose memory is it?

use std::fmt;
use std::sync::Arc;

use super::limits::PERSONA_BYTES_MAX;
use super::memory::check_name;
use crate::error::{Error, Result};

/// The name of a persona: text of 1 to 512 bytes, optionally a path such as `acme/alice/planner`.
///
/// Segments between slashes are not empty. A single-user app never names one and gets [`PersonaName::DEFAULT`].
///
/// ```
/// use mindkeep::PersonaName;
///
/// assert!(PersonaName::new("acme/alice").is_ok());
/// assert!(PersonaName::new("acme//alice").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonaName(Arc<str>);

impl PersonaName {
    /// The persona of a memory that names none.
    ///
    /// ```
    /// assert_eq!(mindkeep::PersonaName::DEFAULT, "default");
    /// ```
    pub const DEFAULT: &'static str = "default";

    /// Checks and keeps a name.
    ///
    /// # Errors
    /// `InvalidInput` if it is empty, too long, has a NUL, or has an empty segment.
    ///
    /// ```
    /// assert_eq!(mindkeep::PersonaName::new("pepys")?.as_str(), "pepys");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn new(name: impl AsRef<str>) -> Result<Self> {
        let name = name.as_ref();
        check_persona(name)?;
        Ok(Self(name.into()))
    }

    pub(crate) fn shared(name: Arc<str>) -> Self {
        Self(name)
    }

    /// The name.
    ///
    /// ```
    /// assert_eq!(mindkeep::PersonaName::default().as_str(), "default");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub(crate) fn check_persona(name: &str) -> Result<()> {
    check_name("persona", name, PERSONA_BYTES_MAX)?;
    if name.split('/').any(str::is_empty) {
        return Err(Error::invalid("persona", "has an empty segment between slashes"));
    }
    Ok(())
}

impl Default for PersonaName {
    fn default() -> Self {
        Self(Self::DEFAULT.into())
    }
}

impl fmt::Display for PersonaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
