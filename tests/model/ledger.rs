//! What should a store hold? The same rules as the store's, over a plain list.

use std::collections::{BTreeMap, BTreeSet};

use mindkeep::{Filter, Kind, MemoryId, Outcome, PersonaScope, Timestamp};

use crate::inputs::spoken_by_ada;

/// A memory as a case gives it. Embeddings and metadata beyond the speaker are the business of other tests.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    pub persona: &'static str,
    pub kind: &'static str,
    pub content: String,
    pub at: Option<i64>,
    pub importance: f64,
    pub tags: Vec<&'static str>,
    pub thread: Option<&'static str>,
    pub key: Option<&'static str>,
    pub source: Option<&'static str>,
    pub speaker: Option<&'static str>,
    pub expires_at: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub id: MemoryId,
    pub given: Given,
    pub at: i64,
    pub superseded_at: Option<i64>,
    pub forgotten: bool,
}

/// What has been kept, in the order in which it came.
#[derive(Debug, Default)]
pub struct Ledger {
    pub entries: Vec<Entry>,
}

/// What a call of `remember` must answer.
pub enum Expected {
    New(Outcome),
    /// One of these, unchanged.
    Unchanged(Vec<usize>),
    /// This one, changed.
    Updated(usize),
}

pub fn supersedes(kind: &str) -> bool {
    Kind::new(kind.to_owned()).supersedes()
}

impl Given {
    /// Whether all but time and place is equal.
    fn says(&self, other: &Given) -> bool {
        let as_if =
            Given { at: other.at, persona: other.persona, kind: other.kind, key: other.key, ..self.clone() };
        as_if == *other
    }
}

impl Entry {
    fn has_place(&self, given: &Given) -> bool {
        !self.forgotten
            && given.key.is_some()
            && self.given.key == given.key
            && self.given.persona == given.persona
            && self.given.kind == given.kind
    }

    pub fn is_live(&self) -> bool {
        !self.forgotten && self.superseded_at.is_none()
    }

    pub fn is_expired(&self, now: i64) -> bool {
        self.given.expires_at.is_some_and(|expiry| expiry <= now)
    }

    pub fn is_gettable(&self, now: i64) -> bool {
        !self.forgotten && !self.is_expired(now)
    }

    pub fn meets(&self, filter: &Filter) -> bool {
        let given = &self.given;
        let of_whom = match &filter.personas {
            PersonaScope::All => true,
            PersonaScope::Named(names) => names.iter().any(|name| name == given.persona),
            PersonaScope::Prefix(prefix) => is_below(given.persona, prefix),
        };
        let same = |wanted: &Option<String>, value: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| value == Some(wanted))
        };
        of_whom
            && (filter.kinds.is_empty() || filter.kinds.iter().any(|kind| kind.as_str() == given.kind))
            && same(&filter.thread, given.thread)
            && same(&filter.source, given.source)
            && same(&filter.key, given.key)
            && filter.tags.iter().all(|tag| given.tags.contains(&tag.as_str()))
            && filter.since.is_none_or(|since| self.at >= since.as_millis())
            && filter.until.is_none_or(|until| self.at < until.as_millis())
            && filter.min_importance.is_none_or(|least| given.importance >= least)
            && filter
                .matching
                .as_ref()
                .is_none_or(|asked| *asked == spoken_by_ada(given.speaker == Some("Ada Sen")))
    }

    /// The words that it is found by.
    pub fn words(&self) -> BTreeSet<String> {
        let speaker = self.given.speaker.unwrap_or_default();
        let all = [&self.given.content, &self.given.tags.join(" "), speaker].join(" ");
        words(&all).into_iter().collect()
    }
}

pub fn is_below(persona: &str, prefix: &str) -> bool {
    persona.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The words of the inputs' small vocabulary, folded.
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.to_lowercase().replace(['é', 'è'], "e"))
        .collect()
}

impl Ledger {
    /// What `remember` must do at the moment `now`. Nothing is written down yet.
    pub fn expect(&self, given: &Given, now: i64) -> Expected {
        let live = self.entries.iter().position(|e| e.has_place(given) && e.superseded_at.is_none());
        if given.key.is_none() {
            return Expected::New(Outcome::Added);
        }
        if !supersedes(given.kind) {
            return match live {
                None => Expected::New(Outcome::Added),
                Some(i) => {
                    let entry = &self.entries[i];
                    let same = entry.given.says(given) && given.at.is_none_or(|at| at == entry.at);
                    if same { Expected::Unchanged(vec![i]) } else { Expected::Updated(i) }
                }
            };
        }
        let said: Vec<usize> = match given.at {
            None => live
                .into_iter()
                .filter(|&i| self.entries[i].at <= now && self.entries[i].given.says(given))
                .collect(),
            Some(at) => (0..self.entries.len())
                .filter(|&i| {
                    let e = &self.entries[i];
                    e.has_place(given) && e.at == at && e.given.says(given)
                })
                .collect(),
        };
        if !said.is_empty() {
            return Expected::Unchanged(said);
        }
        let first = !self.entries.iter().any(|e| e.has_place(given));
        Expected::New(if first { Outcome::Added } else { Outcome::Superseded })
    }

    /// Writes down a new memory, in its place of the history of its key.
    pub fn add(&mut self, id: MemoryId, given: Given, at: i64) {
        let mut superseded_at = None;
        if given.key.is_some() && supersedes(given.kind) {
            superseded_at = self.next_link(&given, at, None);
            if let Some(before) = self.link_before(&given, at, None) {
                let held = &mut self.entries[before].superseded_at;
                *held = Some(held.map_or(at, |until| until.min(at)));
            }
        }
        self.entries.push(Entry { id, given, at, superseded_at, forgotten: false });
    }

    fn links(&self, given: &Given, but: Option<usize>) -> impl Iterator<Item = usize> {
        (0..self.entries.len()).filter(move |&i| Some(i) != but && self.entries[i].has_place(given))
    }

    fn link_before(&self, given: &Given, at: i64, but: Option<usize>) -> Option<usize> {
        self.links(given, but)
            .filter(|&i| self.entries[i].at <= at)
            .max_by_key(|&i| (self.entries[i].superseded_at.is_none(), self.entries[i].at, i))
    }

    fn next_link(&self, given: &Given, at: i64, but: Option<usize>) -> Option<i64> {
        self.links(given, but).map(|i| self.entries[i].at).filter(|&other| other > at).min()
    }

    /// Writes down that a memory was changed by its key.
    pub fn replace(&mut self, place: usize, given: Given, now: i64) {
        let entry = &mut self.entries[place];
        let reworded = entry.given.content != given.content;
        entry.at = given.at.unwrap_or(if reworded { now } else { entry.at });
        entry.given = given;
    }

    /// Takes back a forgetting; `false` if another memory has the key by now.
    pub fn restore(&mut self, place: usize) -> bool {
        let entry = self.entries[place].clone();
        if entry.given.key.is_some() {
            let live =
                self.links(&entry.given, Some(place)).find(|&i| self.entries[i].superseded_at.is_none());
            if !supersedes(entry.given.kind) {
                if live.is_some() {
                    return false;
                }
            } else {
                let mut live_at = live.map(|i| self.entries[i].at);
                // It holds again, and what was said of an earlier time meanwhile held until it began.
                if let Some(earlier) = live.filter(|&i| self.entries[i].at < entry.at)
                    && entry.superseded_at.is_none()
                {
                    self.entries[earlier].superseded_at = Some(entry.at);
                    live_at = None;
                }
                let next = self.next_link(&entry.given, entry.at, Some(place));
                let next = next.into_iter().chain(live_at.filter(|&at| at == entry.at)).min();
                let held = entry.superseded_at.into_iter().chain(next).min();
                self.entries[place].superseded_at = held;
                let before = self
                    .links(&entry.given, Some(place))
                    .filter(|&i| self.entries[i].at <= entry.at && self.entries[i].superseded_at.is_some())
                    .max_by_key(|&i| (self.entries[i].at, i));
                if let Some(before) = before {
                    let held = &mut self.entries[before].superseded_at;
                    *held = held.map(|until| until.min(entry.at));
                }
            }
        }
        self.entries[place].forgotten = false;
        true
    }

    pub fn visible<'l>(&'l self, filter: &'l Filter, now: i64) -> impl Iterator<Item = &'l Entry> {
        self.entries.iter().filter(move |e| e.is_live() && !e.is_expired(now) && e.meets(filter))
    }

    /// The ids of a timeline, newest first unless said otherwise; what came later is newer among equals.
    pub fn timeline(&self, filter: &Filter, oldest_first: bool, now: i64) -> Vec<MemoryId> {
        let mut entries: Vec<(i64, usize)> = (0..self.entries.len())
            .filter(|&i| {
                let e = &self.entries[i];
                e.is_live() && !e.is_expired(now) && e.meets(filter)
            })
            .map(|i| (self.entries[i].at, i))
            .collect();
        entries.sort_unstable();
        if !oldest_first {
            entries.reverse();
        }
        entries.into_iter().map(|(_, i)| self.entries[i].id).collect()
    }

    pub fn history(&self, persona: &str, kind: &str, key: &str, now: i64) -> Vec<MemoryId> {
        let mut entries: Vec<(i64, usize)> = (0..self.entries.len())
            .filter(|&i| {
                let e = &self.entries[i];
                let place = (e.given.persona, e.given.kind, e.given.key);
                place == (persona, kind, Some(key)) && e.is_gettable(now)
            })
            .map(|i| (self.entries[i].at, i))
            .collect();
        entries.sort_unstable();
        entries.into_iter().map(|(_, i)| self.entries[i].id).collect()
    }

    pub fn counts<K: Ord>(&self, filter: &Filter, now: i64, key: impl Fn(&Entry) -> K) -> BTreeMap<K, u64> {
        let mut counts = BTreeMap::new();
        for entry in self.visible(filter, now) {
            *counts.entry(key(entry)).or_default() += 1;
        }
        counts
    }
}

/// `YYYY-MM` in UTC.
pub fn month(at: i64) -> String {
    let text = Timestamp::from_millis(at).expect("in range").to_string();
    text[..7].to_owned()
}
