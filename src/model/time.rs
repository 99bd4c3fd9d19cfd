//! When did it happen?

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::limits::{TIME_MS_MAX, TIME_MS_MIN};
use crate::error::{Error, Result};

/// A moment: whole milliseconds since 1970-01-01T00:00:00Z, negative before it.
///
/// Prints and parses as RFC 3339 in UTC; the range is the years -9999 to 9999.
///
/// ```
/// use mindkeep::Timestamp;
///
/// let fire: Timestamp = "1666-09-02T12:00:00Z".parse()?;
/// assert!(fire.as_millis() < 0);
/// assert_eq!(fire.to_string(), "1666-09-02T12:00:00Z");
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest moment that a store keeps.
    ///
    /// ```
    /// assert!(mindkeep::Timestamp::MIN.to_string().starts_with("-009999"));
    /// ```
    pub const MIN: Self = Self(TIME_MS_MIN);
    /// The latest moment that a store keeps.
    ///
    /// ```
    /// assert!(mindkeep::Timestamp::MAX.to_string().starts_with("9999"));
    /// ```
    pub const MAX: Self = Self(TIME_MS_MAX);

    /// A moment from milliseconds since 1970 UTC.
    ///
    /// # Errors
    /// `InvalidInput` outside of [`Timestamp::MIN`] to [`Timestamp::MAX`].
    ///
    /// ```
    /// use mindkeep::Timestamp;
    /// assert_eq!(Timestamp::from_millis(0)?.to_string(), "1970-01-01T00:00:00Z");
    /// assert!(Timestamp::from_millis(i64::MAX).is_err());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn from_millis(ms: i64) -> Result<Self> {
        if (TIME_MS_MIN..=TIME_MS_MAX).contains(&ms) {
            Ok(Self(ms))
        } else {
            Err(Error::invalid("at", "is out of range; -9999-01-04 to 9999-12-28 can be kept"))
        }
    }

    /// RFC 3339, or a date, which is its midnight in UTC.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text.len() == 10 { format!("{text}T00:00:00Z").parse().ok() } else { text.parse().ok() }
    }

    /// For values that are in range already: read from a store's own columns.
    pub(crate) const fn from_stored(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970 UTC.
    ///
    /// ```
    /// assert_eq!(mindkeep::Timestamp::from_millis(1_500)?.as_millis(), 1_500);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The present moment by the system's clock.
    ///
    /// ```
    /// assert!(mindkeep::Timestamp::now().as_millis() > 0);
    /// ```
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// The moment `ms` milliseconds later (earlier if negative), held within the range.
    ///
    /// ```
    /// use mindkeep::Timestamp;
    /// let t = Timestamp::from_millis(0)?;
    /// assert_eq!(t.plus_millis(86_400_000).to_string(), "1970-01-02T00:00:00Z");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn plus_millis(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms).clamp(TIME_MS_MIN, TIME_MS_MAX))
    }
}

impl From<SystemTime> for Timestamp {
    /// Held within the range; fractions of a millisecond are dropped.
    fn from(time: SystemTime) -> Self {
        let ms = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(TIME_MS_MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(TIME_MS_MIN, |ms| -ms),
        };
        Self(ms.clamp(TIME_MS_MIN, TIME_MS_MAX))
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        let distance = std::time::Duration::from_millis(time.0.unsigned_abs());
        if time.0 >= 0 { UNIX_EPOCH + distance } else { UNIX_EPOCH - distance }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => time.fmt(f),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    /// Reads RFC 3339, with any offset; more digits than milliseconds are dropped.
    fn from_str(text: &str) -> Result<Self> {
        let time: jiff::Timestamp = text
            .parse()
            .map_err(|_| Error::invalid("at", "is not an RFC 3339 time such as 2026-11-21T08:30:00Z"))?;
        Self::from_millis(time.as_millisecond())
    }
}
