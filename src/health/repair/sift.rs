//! What of a row that was found may be kept, so that the new store holds nothing that it would have refused?
//!
//! The model's own limits decide. A value that they refuse is dropped, and said by its field; bytes that are no text
//! become replacement characters. A row that is nothing without what was dropped is lost.

use super::gather::{Trust, text};
use super::{Repaired, Saved};
use crate::model::{Metadata, Timestamp, check_name};
use crate::storage::salvage::Value;

/// What happened to one row on its way into the new store.
#[derive(Debug, Default)]
pub(super) struct Sieve {
    dropped: Vec<&'static str>,
    is_mended: bool,
}

impl Sieve {
    /// Whether the row is kept as it was found.
    pub(super) fn is_whole(&self) -> bool {
        self.dropped.is_empty() && !self.is_mended
    }

    /// Notes a value that could not be kept.
    pub(super) fn drop(&mut self, field: &'static str) {
        self.dropped.push(field);
    }

    /// Text of any length; `None` where there is none.
    pub(super) fn text(&mut self, values: &[Value], column: usize) -> Option<String> {
        match &values[column] {
            Value::Text(bytes) => self.is_mended |= std::str::from_utf8(bytes).is_err(),
            // Its type was damaged.
            Value::Blob(_) => self.is_mended = true,
            _ => return None,
        }
        Some(text(values, column))
    }

    /// A name of so many bytes at most, or `None`.
    pub(super) fn name(
        &mut self,
        field: &'static str,
        values: &[Value],
        column: usize,
        bytes_max: usize,
    ) -> Option<String> {
        let name = self.text(values, column)?;
        let is_name = check_name(field, &name, bytes_max).is_ok();
        if !is_name {
            self.drop(field);
        }
        is_name.then_some(name)
    }

    /// A moment within the years that are kept, or `None`.
    pub(super) fn time(&mut self, field: &'static str, values: &[Value], column: usize) -> Option<Timestamp> {
        let Value::Integer(ms) = values[column] else { return None };
        let time = Timestamp::from_millis(ms).ok();
        if time.is_none() {
            self.drop(field);
        }
        time
    }

    /// A JSON object.
    pub(super) fn object(&mut self, field: &'static str, values: &[Value], column: usize) -> Metadata {
        let Some(json) = self.text(values, column) else { return Metadata::default() };
        Metadata::parse(&json).unwrap_or_else(|_| {
            self.drop(field);
            Metadata::default()
        })
    }

    /// A JSON list of so many names at most, sorted. Of one with a name that cannot be kept, the others are.
    pub(super) fn names(
        &mut self,
        field: &'static str,
        values: &[Value],
        column: usize,
        (most, bytes_max): (usize, usize),
    ) -> Vec<String> {
        let Some(json) = self.text(values, column) else { return Vec::new() };
        let Ok(all) = serde_json::from_str::<Vec<String>>(&json) else {
            self.drop(field);
            return Vec::new();
        };
        let mut kept = all.clone();
        kept.retain(|name| check_name(field, name, bytes_max).is_ok());
        kept.sort_unstable();
        kept.dedup();
        kept.truncate(most);
        if kept.len() < all.len() {
            self.drop(field);
        } else if kept != all {
            self.is_mended = true;
        }
        kept
    }
}

impl Saved {
    fn count(&mut self, trust: Trust, is_whole: bool) {
        self.saved += 1;
        match trust {
            _ if !is_whole => self.suspect += 1,
            Trust::Changed => self.suspect += 1,
            Trust::Unknown => self.unchecked += 1,
            Trust::Sound => {}
        }
    }
}

impl Repaired {
    /// Counts a row that was saved, or lost where there is no sieve.
    pub(super) fn count(&mut self, of: fn(&mut Self) -> &mut Saved, trust: Trust, kept: Option<Sieve>) {
        match kept {
            Some(sieve) => {
                of(self).count(trust, sieve.is_whole());
                sieve.dropped.into_iter().for_each(|field| self.count_dropped(field));
            }
            None => of(self).lost += 1,
        }
    }

    /// Counts a value that could not be kept.
    pub(super) fn count_dropped(&mut self, field: &'static str) {
        *self.dropped.entry(field).or_default() += 1;
    }
}
