//! How is a word found in a text without spaces?
//!
//! Without a dictionary: each letter makes a term with the next one. A word of two letters or more is where its pairs are, one
//! behind the other. The last letter of a run is a term alone, so that a question of one letter is answered by the terms
//! that begin with it. So there are as many terms as letters, each rarer than a letter.
//!
//! A letter is a grapheme cluster: in Thai or Khmer it has its vowels and tones with it, in Korean it is a syllable.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::fold::{bare, cut, lower};

/// Bytes of a letter with its marks: what is more is no writing.
const LETTER_BYTES_MAX: usize = 32;

/// Calls `each` with the pairs of a run, the position of each in it, and its bytes; the number of positions.
pub(super) fn pairs(run: &str, pair: &mut String, mut each: impl FnMut(&str, u32, Range<usize>)) -> u32 {
    pair.clear();
    let (mut at, mut position) = (0, 0);
    // The letter before: where it began, and how long it is when folded.
    let mut before: Option<(usize, usize)> = None;
    let mut ends = 0;
    while at < run.len() {
        let letter = &run[at..letter_end(run, at)];
        let length = pair.len();
        fold(letter, pair);
        if pair.len() > length {
            if let Some((from, folded)) = before {
                each(pair, position, from..at + letter.len());
                position += 1;
                pair.drain(..folded);
            }
            before = Some((at, pair.len()));
            ends = at + letter.len();
        }
        at += letter.len();
    }
    if let Some((from, _)) = before {
        each(pair, position, from..ends);
        position += 1;
    }
    position
}

/// Whether a term of a run is a letter that could begin others.
pub(super) fn is_single(term: &str) -> bool {
    term.graphemes(true).nth(1).is_none()
}

/// Letters that no marks belong to, and that are what they seem.
fn is_simple(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

fn letter_end(run: &str, at: usize) -> usize {
    let mut chars = run[at..].chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => at + c.len_utf8(),
        (Some(c), Some(next)) if is_simple(c) && is_simple(next) => at + c.len_utf8(),
        _ => at + run[at..].graphemes(true).next().map_or(run.len() - at, str::len),
    }
}

fn fold(letter: &str, into: &mut String) {
    let mut chars = letter.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if is_simple(c) => into.push(c),
        _ => {
            let mut low = String::new();
            lower(cut(letter, LETTER_BYTES_MAX), false, &mut low);
            into.push_str(&bare(&low));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(run: &str) -> Vec<(String, Range<usize>)> {
        let mut all = Vec::new();
        let count = pairs(run, &mut String::new(), |term, position, range| {
            assert_eq!(position as usize, all.len());
            all.push((term.to_owned(), range));
        });
        assert_eq!(count as usize, all.len());
        all
    }

    #[test]
    fn letters_make_pairs_and_the_last_stands_alone() {
        let terms = |run| cut(run).into_iter().map(|(term, _)| term).collect::<Vec<_>>();
        assert_eq!(terms("北京市"), ["北京", "京市", "市"]);
        assert_eq!(terms("火"), ["火"]);
        assert_eq!(terms("ｶﾞｽ"), ["ガス", "ス"]);
        assert_eq!(terms("か\u{3099}く"), ["がく", "く"]);
        assert_eq!(terms("กินข้าว"), ["กิน", "นข้", "ข้า", "าว", "ว"]);
        assert_eq!(cut("北京市")[1].1, 3..9);
        assert!(is_single("ข้") && !is_single("กิน"));
    }
}
