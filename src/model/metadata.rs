//! What else does the app want to keep with a memory?

use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;

use super::limits::{METADATA_BYTES_MAX, METADATA_DEPTH_MAX};
use crate::error::{Error, Result};

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
    /// `InvalidInput` if it is not JSON, not an object, over 64 KiB, or nested more than 64 deep.
    ///
    /// ```
    /// assert!(mindkeep::Metadata::parse("[1]").is_err());
    /// assert!(mindkeep::Metadata::parse(r#"{"half":"\ud800"}"#).is_err());
    /// assert!(mindkeep::Metadata::parse("{}")?.is_empty());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn parse(json: &str) -> Result<Self> {
        let json = json.trim();
        if json.len() > METADATA_BYTES_MAX {
            return Err(Error::invalid("metadata", "is over 64 KiB"));
        }
        let parsed: &RawValue =
            serde_json::from_str(json).map_err(|_| Error::invalid("metadata", "is not valid JSON"))?;
        let text = parsed.get();
        if !text.starts_with('{') {
            return Err(Error::invalid("metadata", "is not a JSON object"));
        }
        if text.contains("\\u0000") {
            return Err(Error::invalid("metadata", "contains a NUL character"));
        }
        if depth(text) > METADATA_DEPTH_MAX {
            return Err(Error::invalid("metadata", "is nested more than 64 deep"));
        }
        // Half a surrogate pair is JSON by the letter, but most programs cannot read it back.
        if text.contains("\\u") && serde_json::from_str::<Value>(text).is_err() {
            return Err(Error::invalid("metadata", "has an escape that is not a character"));
        }
        let empty = text[1..text.len() - 1].trim().is_empty();
        Ok(Self(if empty { None } else { Some(text.into()) }))
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

/// How deep objects and lists are nested in valid JSON.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth -= 1,
            _ => {}
        }
    }
    deepest
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
