//! What else does the app want to keep with a memory?

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::json::{self, Demands};
use super::limits::{METADATA_BYTES_MAX, METADATA_DEPTH_MAX};
use crate::error::{Error, Result};

const DEMANDS: Demands =
    Demands { depth_max: METADATA_DEPTH_MAX, too_deep: "is nested more than 64 deep", named_twice: None };

/// A JSON object that the app keeps with a memory, up to 64 KiB of text.
///
/// The text is kept as it was given, so that numbers keep their digits and members their order.
/// The members `speaker`, `role`, `title` and `caption` are searched with the content.
///
/// ```
/// use mindkeep::Metadata;
///
/// let metadata = Metadata::parse(r#"{"speaker":"Ada","score":1.50}"#)?;
/// assert_eq!(metadata.get("speaker"), Some("Ada".into()));
/// assert_eq!(metadata.as_json(), r#"{"speaker":"Ada","score":1.50}"#);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Metadata(Option<Arc<str>>);

impl Metadata {
    /// Keeps a JSON object given as text.
    ///
    /// # Errors
    /// `InvalidInput` if it is not JSON, not an object, over 64 KiB, nested more than 64 deep, or has what many programs
    /// cannot read back: a NUL character, half a surrogate pair, a number beyond the range of a double.
    ///
    /// ```
    /// assert!(mindkeep::Metadata::parse("[1]").is_err());
    /// assert!(mindkeep::Metadata::parse(r#"{"half":"\ud800"}"#).is_err());
    /// assert!(mindkeep::Metadata::parse(r#"{"huge":1e999}"#).is_err());
    /// assert!(mindkeep::Metadata::parse("{}")?.is_empty());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn parse(json: &str) -> Result<Self> {
        let json = json.trim();
        if json.len() > METADATA_BYTES_MAX {
            return Err(Error::invalid("metadata", "is over 64 KiB"));
        }
        if let Some(fault) = json::fault(json, DEMANDS) {
            return Err(Error::invalid("metadata", fault));
        }
        if !json.starts_with('{') {
            return Err(Error::invalid("metadata", "is not a JSON object"));
        }
        let empty = json[1..json.len() - 1].trim().is_empty();
        Ok(Self(if empty { None } else { Some(json.into()) }))
    }

    pub(crate) fn from_stored(json: Option<&str>) -> Self {
        Self(json.map(Into::into))
    }

    pub(crate) fn stored(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Whether there is nothing in it.
    ///
    /// ```
    /// assert!(mindkeep::Metadata::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The JSON text; `{}` where there is nothing.
    ///
    /// ```
    /// assert_eq!(mindkeep::Metadata::default().as_json(), "{}");
    /// ```
    pub fn as_json(&self) -> &str {
        self.0.as_deref().unwrap_or("{}")
    }

    /// One member of the object.
    ///
    /// ```
    /// let metadata = mindkeep::Metadata::parse(r#"{"mood":"good"}"#)?;
    /// assert_eq!(metadata.get("mood"), Some("good".into()));
    /// assert_eq!(metadata.get("weather"), None);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn get(&self, name: &str) -> Option<Value> {
        let object: serde_json::Map<String, Value> = serde_json::from_str(self.0.as_deref()?).ok()?;
        object.get(name).cloned()
    }

    /// The whole object.
    ///
    /// ```
    /// let metadata = mindkeep::Metadata::parse(r#"{"mood":"good"}"#)?;
    /// assert_eq!(metadata.to_value()["mood"], "good");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn to_value(&self) -> Value {
        serde_json::from_str(self.as_json()).unwrap_or_default()
    }
}

impl TryFrom<Value> for Metadata {
    type Error = Error;

    fn try_from(value: Value) -> Result<Self> {
        Self::parse(&value.to_string())
    }
}

impl fmt::Debug for Metadata {
    /// Shows the size, not the content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Metadata({} bytes)", self.as_json().len())
    }
}
