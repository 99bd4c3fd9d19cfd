//! Which hits say the same as better ones?
//!
//! By the words of their texts, cut as the index cuts them: two sets of hashes, and how much of both is common (Jaccard).

use super::{Asked, Candidate, Recall};
use crate::codec;
use crate::error::{Error, Result};
use crate::storage::check;

/// Of the best so many are put into another order by [`Recall::diverse`]; the rest stays behind them as it is.
pub(super) const REORDERED: usize = 200;
/// Words of a text that are compared.
const WORDS_MAX: usize = 512;
/// Texts that have so much of their words and pairs of neighbouring words in common say the same.
const SAME_FROM: f64 = 0.8;

impl Recall {
    /// Puts the best 200 hits into an order in which each is as good as it can be without saying again what those before it say (maximal
    /// marginal relevance, Carbonell and Goldstein, 1998): each next one has the most of `lambda` times its score, as a part of
    /// the best one's, less `1 - lambda` times how much of its words it shares with the most similar hit before it. 1 leaves the order as
    /// it is, 0 looks at nothing but difference. Scores stay what they are.
    ///
    /// # Errors
    /// The call fails with `InvalidInput` outside of 0 to 1.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// for text in ["The spare key hangs in the hall.", "A spare key hangs in the hall.", "Lena has a spare key, too."] {
    ///     store.remember(NewMemory::new(text))?;
    /// }
    /// let hits = store.recall(Recall::new("spare key").diverse(0.3))?;
    /// let of_lena = hits[..2].iter().filter(|hit| hit.memory.content.starts_with("Lena"));
    /// assert_eq!(of_lena.count(), 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn diverse(mut self, lambda: f64) -> Self {
        self.diverse = Some(lambda);
        self
    }

    /// Of hits that say nearly the same only the best, which tells how many more it stands for ([`Hit::duplicates`](crate::Hit::duplicates)): texts of the same
    /// speaker with the same numbers in them, none of which says "not" where the other does not, and eight tenths of their words and neighbouring words in common. At least the 200 best are looked at,
    /// and more until there are enough hits; duplicates behind those are not counted.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// for text in ["Bins go out on Tuesday.", "bins go out on tuesday!", "Bins cost 40 a year."] {
    ///     store.remember(NewMemory::new(text))?;
    /// }
    /// let hits = store.recall(Recall::new("bins").collapse_duplicates())?;
    /// assert_eq!(hits.iter().map(|hit| hit.duplicates).sum::<usize>(), 1);
    /// assert_eq!(hits.len(), 2);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn collapse_duplicates(mut self) -> Self {
        self.collapse = true;
        self
    }

    pub(super) fn check_alike(&self) -> Result<()> {
        match self.diverse {
            Some(lambda) if !(0.0..=1.0).contains(&lambda) => {
                Err(Error::invalid("diverse", "is not a number from 0 to 1"))
            }
            _ => Ok(()),
        }
    }
}

/// Words that turn what is said into its opposite, in the languages in which questions are read most.
const NEGATIONS: [&str; 20] = [
    "not", "no", "never", "nor", "without", "cannot", "nicht", "kein", "keine", "keinen", "nie", "ohne",
    "pas", "jamais", "sans", "nunca", "sin", "non", "mai", "senza",
];

/// The words of a text, to be compared.
struct Text {
    /// Hashes of its words, in order, each once.
    words: Vec<u64>,
    /// The same with pairs of neighbours.
    pairs: Vec<u64>,
    /// What has to be the same: its speaker, and its numbers as they stand there.
    exact: u64,
}

impl Text {
    fn of(asked: &Asked<'_>, candidate: &Candidate) -> Self {
        let memory = &candidate.row.memory;
        let (mut words, mut pairs, mut before) = (Vec::new(), Vec::new(), 0);
        asked.terms(candidate.row.persona_id, &memory.content, |term| {
            if words.len() < WORDS_MAX {
                let hash = codec::hash(term.as_bytes());
                words.push(hash);
                pairs.push(hash.rotate_left(17) ^ before);
                before = hash;
            }
        });
        let mut exact: String =
            memory.content.chars().map(|c| if c.is_numeric() { c } else { ' ' }).collect();
        exact = exact.split_whitespace().collect::<Vec<_>>().join(" ");
        let says_no =
            memory.content.split(|c: char| !c.is_alphabetic() && c != '\'' && c != '’').filter(|word| {
                let word = word.to_lowercase();
                NEGATIONS.contains(&&*word) || word.ends_with("n't") || word.ends_with("n’t")
            });
        exact = format!("{exact} {}", says_no.count() % 2);
        if let Some(speaker) = memory.metadata.get("speaker").as_ref().and_then(|speaker| speaker.as_str()) {
            exact = format!("{speaker}\n{exact}");
        }
        pairs.extend(&words);
        for hashes in [&mut words, &mut pairs] {
            hashes.sort_unstable();
            hashes.dedup();
        }
        Self { words, pairs, exact: codec::hash(exact.as_bytes()) }
    }

    fn says_the_same_as(&self, other: &Self) -> bool {
        self.exact == other.exact && !self.pairs.is_empty() && common(&self.pairs, &other.pairs) >= SAME_FROM
    }
}

/// How much of two sets is in both; sets are in order.
fn common(one: &[u64], other: &[u64]) -> f64 {
    let (mut both, mut rest) = (0_usize, other);
    for hash in one {
        let skipped = rest.iter().take_while(|&there| there < hash).count();
        rest = &rest[skipped..];
        if rest.first() == Some(hash) {
            both += 1;
            rest = &rest[1..];
        }
    }
    let all = one.len() + other.len() - both;
    if all == 0 { 0.0 } else { both as f64 / all as f64 }
}

/// Leaves of those that say the same the first, with how many it stands for.
pub(super) fn collapse(asked: &Asked<'_>, candidates: Vec<Candidate>) -> Result<Vec<Candidate>> {
    let mut texts: Vec<Text> = Vec::new();
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        check()?;
        let text = Text::of(asked, &candidate);
        match texts.iter().position(|there| there.says_the_same_as(&text)) {
            Some(place) => kept[place].duplicates += 1,
            None => {
                texts.push(text);
                kept.push(candidate);
            }
        }
    }
    Ok(kept)
}

/// Puts the first into an order in which they differ.
pub(super) fn spread(asked: &Asked<'_>, lambda: f64, candidates: &mut Vec<Candidate>) {
    let rest = candidates.split_off(candidates.len().min(REORDERED));
    let best = candidates.first().map_or(0.0, |first| first.score);
    let mut left: Vec<(f64, f64, Text, Candidate)> = std::mem::take(candidates)
        .into_iter()
        .map(|candidate| {
            let worth = if best > 0.0 { candidate.score / best } else { 0.0 };
            (worth, 0.0, Text::of(asked, &candidate), candidate)
        })
        .collect();
    while !left.is_empty() {
        let value =
            |&(worth, alike, ..): &(f64, f64, Text, Candidate)| lambda * worth - (1.0 - lambda) * alike;
        // Of equals the better hit, which stands first.
        let next = (1..left.len())
            .fold(0, |next, place| if value(&left[place]) > value(&left[next]) { place } else { next });
        let (_, _, text, candidate) = left.remove(next);
        for (_, alike, other, _) in &mut left {
            *alike = f64::max(*alike, common(&text.words, &other.words));
        }
        candidates.push(candidate);
    }
    candidates.extend(rest);
}
