//! How are very many names kept, and found in a text in one pass?
//!
//! By their words: for each beginning of a name its hash, with how many names go on from there, and for each whole name
//! what it names. A text is walked from each of its words for as long as a name goes on. Names come and go one by one, which
//! an automaton over characters does not allow, and a name takes a tenth of the memory.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::words::{Word, Words};

/// Names of more words are not looked for, so that a walk is short.
const WORDS_MAX: usize = 64;
/// In names with up to so many letters capitals are asked for: `Will` is not in `I will`, and `IT` not in `it`.
const CAPITALS_LETTERS_MAX: usize = 4;

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Named {
    entity_id: i64,
    is_alias: bool,
    /// One bit a letter that has to be a capital.
    capitals: u8,
}

/// The hash of some words in a row. Of a million names and ten million words, two come to be the same once in two
/// million stores; then one name too many is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Place(u64);

impl Place {
    const START: Self = Self(0);

    fn then(self, word: u64) -> Self {
        Self((self.0.rotate_left(29) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// A place is a hash already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.0 = self.0.rotate_left(8) ^ u64::from(byte));
    }

    fn write_u64(&mut self, place: u64) {
        self.0 = place;
    }
}

type Places<T> = HashMap<Place, T, BuildHasherDefault<AsItIs>>;

/// Names, each with what it names.
#[derive(Debug, Default)]
pub(crate) struct NameTree {
    /// Of each beginning, how many names go on from there.
    onward: Places<u32>,
    /// What a whole name names: the first, and those that have the same name.
    named: Places<Named>,
    more: Places<Vec<Named>>,
    names: usize,
}

impl NameTree {
    /// How many names it has.
    pub(crate) fn len(&self) -> usize {
        self.names
    }

    /// Adds a name, unless it is too short or too long to be looked for.
    pub(crate) fn add(&mut self, name: &str, entity_id: i64, is_alias: bool) {
        let Some((words, capitals)) = searched(name) else { return };
        let end = self.walk(&words, |onward, place| *onward.entry(place).or_default() += 1);
        let named = Named { entity_id, is_alias, capitals };
        match self.named.get(&end) {
            None => drop(self.named.insert(end, named)),
            Some(_) => self.more.entry(end).or_default().push(named),
        }
        self.names += 1;
    }

    /// Takes out a name that is there.
    pub(crate) fn remove(&mut self, name: &str, entity_id: i64, is_alias: bool) {
        let Some((words, capitals)) = searched(name) else { return };
        let end = words.iter().fold(Place::START, |place, word| place.then(word.hash));
        let gone = Named { entity_id, is_alias, capitals };
        let rest = self.more.get_mut(&end);
        if self.named.get(&end) == Some(&gone) {
            match rest.and_then(Vec::pop) {
                Some(other) => drop(self.named.insert(end, other)),
                None => drop(self.named.remove(&end)),
            }
        } else {
            let Some((rest, at)) = rest.and_then(|rest| {
                let at = rest.iter().position(|named| *named == gone)?;
                Some((rest, at))
            }) else {
                return;
            };
            rest.swap_remove(at);
        }
        if self.more.get(&end).is_some_and(Vec::is_empty) {
            self.more.remove(&end);
        }
        self.walk(&words, |onward, place| {
            if let Some(count) = onward.get_mut(&place) {
                *count -= 1;
                if *count == 0 {
                    onward.remove(&place);
                }
            }
        });
        self.names -= 1;
    }

    /// Visits the beginnings of a name, and returns the place of the whole.
    fn walk(&mut self, words: &[Word], mut visit: impl FnMut(&mut Places<u32>, Place)) -> Place {
        let mut place = Place::START;
        for (i, word) in words.iter().enumerate() {
            place = place.then(word.hash);
            if i + 1 < words.len() {
                visit(&mut self.onward, place);
            }
        }
        place
    }

    fn named(&self, place: Place) -> impl Iterator<Item = Named> + '_ {
        let first = self.named.get(&place).copied();
        // Most names are one thing's: the second table is asked for those that have a first.
        let more = first.and_then(|_| self.more.get(&place)).into_iter().flatten().copied();
        first.into_iter().chain(more)
    }
}

/// The words of a name and its capitals, if it is one to look for.
fn searched(name: &str) -> Option<(Vec<Word>, u8)> {
    let words = Words::of(name).words;
    let (mut letters, mut capitals, mut has_emoji) = (0, 0, false);
    let mut is_number = true;
    for c in name.chars().filter(|c| c.is_alphanumeric()) {
        is_number &= c.is_numeric();
        if letters < CAPITALS_LETTERS_MAX && c.is_uppercase() {
            capitals |= 1 << letters;
        }
        letters += 1;
    }
    if letters == 0 {
        has_emoji = name.chars().any(is_emoji);
    }
    // One letter alone is everywhere, and so are numbers.
    let is_name = has_emoji || (letters + words.len() > 2 && !is_number);
    let capitals = if letters <= CAPITALS_LETTERS_MAX { capitals } else { 0 };
    (is_name && words.len() <= WORDS_MAX).then_some((words, capitals))
}

/// Signs that are pictures.
fn is_emoji(c: char) -> bool {
    matches!(c, '\u{203c}'..='\u{3299}' | '\u{1f000}'..='\u{1faff}') && !c.is_alphanumeric()
}

/// The capitals among the letters of a place in a text that a short name may stand at.
fn capitals(text: &str) -> u8 {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).take(CAPITALS_LETTERS_MAX);
    letters.enumerate().fold(0, |bits, (i, c)| bits | u8::from(c.is_uppercase()) << i)
}

/// What a text speaks of, ascending, by a persona's own names and the shared ones.
///
/// Where a name is several things', the own come before the shared, and those whose name it is before those that are
/// only also called so, as when a question names them. Of several that are also called so, all are meant.
pub(crate) fn find(
    own: Option<&NameTree>,
    shared: Option<&NameTree>,
    text: &str,
    words: &[Word],
) -> Vec<i64> {
    let trees = [own, shared];
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let mut place = Place::START;
        let mut longest = None;
        let mut open = [own.is_some(), shared.is_some()];
        let mut to = at;
        while to < words.len() && open.contains(&true) {
            place = place.then(words[to].hash);
            to += 1;
            let here = &text[words[at].from as usize..words[to - 1].to as usize];
            let meant = meant(trees, open, place, here);
            if !meant.is_empty() {
                longest = Some((to, meant));
            }
            for (open, tree) in open.iter_mut().zip(trees) {
                *open = *open && tree.is_some_and(|tree| tree.onward.contains_key(&place));
            }
        }
        at = match longest {
            Some((to, meant)) => {
                found.extend(meant);
                to
            }
            None => at + 1,
        };
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The best of those whose name stands at a place.
fn meant(trees: [Option<&NameTree>; 2], open: [bool; 2], place: Place, text: &str) -> Vec<i64> {
    let mut best = (usize::MAX, Vec::new());
    for (i, tree) in trees.iter().enumerate().filter(|&(i, _)| open[i]) {
        for named in tree.iter().flat_map(|tree| tree.named(place)) {
            if named.capitals != 0 && capitals(text) & named.capitals != named.capitals {
                continue;
            }
            let rank = i + 2 * usize::from(named.is_alias);
            if rank < best.0 {
                best = (rank, Vec::new());
            }
            if rank == best.0 {
                best.1.push(named.entity_id);
            }
        }
    }
    best.1
}
