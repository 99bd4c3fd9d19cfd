//! Which words of a question say nothing about its topic?
//!
//! Short lists of our own: articles, pronouns, prepositions, forms of to be and to have, and what questions begin with. They are in
//! the index, since phrases need them, and tell in which language a text is ([`detect`](super::detect)).

use std::sync::OnceLock;

use xxhash_rust::xxh3::xxh3_64;

use super::fold::bare;
use super::language::Language;
use super::stop_words::{LETTERS, LISTS};

/// Whether a word says nothing in a language. It is given without case and accents, not as a stem; a pair of letters of a
/// script without spaces is one in any language.
pub(crate) fn is_stop_word(word: &str, language: Language) -> bool {
    let of = tables().stop.get(xxh3_64(word.as_bytes()));
    of & bit(language) != 0 || is_stop_pair(word)
}

/// Pairs of which most texts are full: grammar that Japanese writes in hiragana, and some words of Chinese and Korean.
fn is_stop_pair(word: &str) -> bool {
    if word.len() != 6 {
        return false;
    }
    word.chars().all(|c| ('\u{3041}'..='\u{3096}').contains(&c)) || PAIRS.split(' ').any(|pair| pair == word)
}

const PAIRS: &str = "什么 怎么 哪里 哪儿 哪个 哪些 为什 么时 时候 多少 我们 你们 他们 她们 这个 那个 这些 那些 我的 你的 他的 她的 是不 不是 \
    什麼 怎麼 哪裡 哪個 為什 麼時 時候 我們 你們 他們 這個 那個 這些 \
    니다 습니 합니 입니 에서 으로 에게 무엇 언제 어디 누가 누구 나요 까요 어요 아요 는지";

/// A table from words to languages, of which each is a bit.
#[derive(Debug)]
pub(super) struct Table {
    slots: Box<[(u64, u64)]>,
}

impl Table {
    const SIZE: usize = 4096;

    fn place(key: u64) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52) as usize
    }

    fn add(&mut self, key: u64, bits: u64) {
        let mut at = Self::place(key);
        while self.slots[at].1 != 0 && self.slots[at].0 != key {
            at = (at + 1) % Self::SIZE;
        }
        self.slots[at] = (key, self.slots[at].1 | bits);
    }

    /// The languages of a word; none if it is in no list.
    pub(super) fn get(&self, key: u64) -> u64 {
        let mut at = Self::place(key);
        loop {
            match self.slots[at] {
                (_, 0) => return 0,
                (word, bits) if word == key => return bits,
                _ => at = (at + 1) % Self::SIZE,
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct Tables {
    /// By the hash of a word without accents.
    stop: Table,
    /// By the bytes of a word, as it is written, if it has up to eight.
    pub(super) short: Table,
    /// By the two bytes of a letter beyond ASCII, see [`letter_place`].
    pub(super) letters: [u64; 192],
}

pub(super) fn bit(language: Language) -> u64 {
    1 << language as u8
}

/// A word of up to eight bytes as a number, without the case of ASCII.
pub(super) fn packed(word: &[u8]) -> Option<u64> {
    (word.len() <= 8).then(|| {
        word.iter()
            .fold(0, |key, &byte| key << 8 | u64::from(if byte.is_ascii() { byte | 0x20 } else { byte }))
    })
}

/// Where a letter of two bytes, up to ſ, is in a table of them.
pub(super) fn letter_place(bytes: &[u8]) -> Option<usize> {
    match *bytes {
        // Capitals of Latin-1.
        [0xc3, next @ 0x80..=0x9e, ..] => Some(usize::from(next & 0x1f | 0x20)),
        [lead @ 0xc3..=0xc5, next, ..] => Some(usize::from(lead - 0xc3) * 64 + usize::from(next & 0x3f)),
        _ => None,
    }
}

/// Made of the lists at the first question.
pub(super) fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let empty = || Table { slots: vec![(0, 0); Table::SIZE].into_boxed_slice() };
        let mut tables = Tables { stop: empty(), short: empty(), letters: [0; 192] };
        for &(language, words) in LISTS {
            for word in words.split_ascii_whitespace() {
                tables.stop.add(xxh3_64(bare(word).as_bytes()), bit(language));
                if let Some(key) = packed(word.as_bytes()) {
                    tables.short.add(key, bit(language));
                }
            }
        }
        for (letters, languages) in LETTERS {
            let bits = languages.iter().fold(0, |bits, &language| bits | bit(language));
            for at in letters.char_indices().filter_map(|(at, _)| letter_place(&letters.as_bytes()[at..])) {
                tables.letters[at] |= bits;
            }
        }
        tables
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_say_nothing_are_known_without_their_accents() {
        for (language, words) in [
            (Language::English, "what of the dont"),
            (Language::French, "ou a ete"),
            (Language::German, "fur uber die"),
            (Language::Russian, "что еще"),
            (Language::Greek, "που και"),
            (Language::Hindi, "है कहां"),
            (Language::None, "です から 什么 니다"),
        ] {
            for word in words.split(' ') {
                assert!(is_stop_word(word, language), "{word}");
            }
        }
        for (language, word) in [
            (Language::English, "die"),
            (Language::English, "fire"),
            (Language::None, "the"),
            (Language::None, "北京"),
        ] {
            assert!(!is_stop_word(word, language), "{word}");
        }
    }
}
