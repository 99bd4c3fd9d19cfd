//! What is a character to the words around it?

use unicode_normalization::char::is_combining_mark;

use crate::model::is_unspaced;

/// What a character does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Belongs to no word.
    Gap,
    /// A letter of a script with spaces between words.
    Letter,
    /// A decimal digit, of whatever script.
    Digit,
    /// Belongs to what is before it, or does not count at all.
    Mark,
    /// A letter where words follow each other without spaces, or take endings as in Korean.
    Unspaced,
    /// An emoji or the like.
    Picture,
}

/// The letters that a word is written in, as far as it matters for folding and stemming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Hebrew,
    Arabic,
    Devanagari,
    Tamil,
    Other,
}

pub(super) fn sort(c: char) -> Sort {
    match c {
        'a'..='z' | 'A'..='Z' => Sort::Letter,
        '0'..='9' => Sort::Digit,
        '\0'..='\u{7f}' => Sort::Gap,
        // Soft hyphens, joiners, marks of direction, and how an emoji is drawn.
        '\u{ad}' | '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => Sort::Mark,
        '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e01ef}' => Sort::Mark,
        '\u{d7}' | '\u{f7}' => Sort::Gap,
        '\u{c0}'..='\u{24f}' => Sort::Letter,
        '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{3004}' => Sort::Gap,
        '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' => Sort::Picture,
        '\u{1f000}'..='\u{1f0ff}' | '\u{1f18e}'..='\u{1faff}' => Sort::Picture,
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => Sort::Unspaced,
        _ => common(c).unwrap_or_else(|| any(c)),
    }
}

/// Letters of Greek, Cyrillic, Hebrew, Arabic and Devanagari without a look at Unicode's tables.
fn common(c: char) -> Option<Sort> {
    match c {
        '\u{3a3}'..='\u{3f5}' | '\u{400}'..='\u{481}' | '\u{48a}'..='\u{52f}' => Some(Sort::Letter),
        '\u{391}'..='\u{3a1}' | '\u{5d0}'..='\u{5ea}' | '\u{620}'..='\u{64a}' => Some(Sort::Letter),
        '\u{905}'..='\u{939}' => Some(Sort::Letter),
        '\u{93e}'..='\u{94d}' => Some(Sort::Mark),
        _ => None,
    }
}

fn any(c: char) -> Sort {
    match c {
        c if is_combining_mark(c) => Sort::Mark,
        c if digit(c).is_some() => Sort::Digit,
        c if !c.is_alphanumeric() => Sort::Gap,
        c if is_unspaced(c) => Sort::Unspaced,
        _ => Sort::Letter,
    }
}

/// The worth of a decimal digit of the scripts that still write their own.
pub(super) fn digit(c: char) -> Option<u32> {
    const ZEROS: [u32; 20] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
        0xed0, 0xf20, 0x1040, 0x17e0, 0x1810, 0xff10,
    ];
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let at = ZEROS.partition_point(|&zero| zero <= c as u32).checked_sub(1)?;
    Some(c as u32 - ZEROS[at]).filter(|&worth| worth < 10)
}

pub(super) fn script(c: char) -> Script {
    match c {
        'a'..='z' | 'A'..='Z' | '\u{aa}' | '\u{ba}' | '\u{c0}'..='\u{24f}' => Script::Latin,
        '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}' | '\u{a720}'..='\u{a7ff}' => Script::Latin,
        '\u{fb00}'..='\u{fb06}' | '\u{ff21}'..='\u{ff5a}' => Script::Latin,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Script::Greek,
        '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' => Script::Cyrillic,
        '\u{531}'..='\u{58f}' | '\u{fb13}'..='\u{fb17}' => Script::Armenian,
        '\u{590}'..='\u{5ff}' | '\u{fb1d}'..='\u{fb4f}' => Script::Hebrew,
        '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{8a0}'..='\u{8ff}' => Script::Arabic,
        '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' => Script::Arabic,
        '\u{900}'..='\u{97f}' => Script::Devanagari,
        '\u{b80}'..='\u{bff}' => Script::Tamil,
        _ => Script::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_that_count() {
        for (c, worth) in
            [('7', Some(7)), ('٣', Some(3)), ('９', Some(9)), ('๒', Some(2)), ('a', None), ('½', None)]
        {
            assert_eq!(digit(c), worth, "{c}");
        }
        let strange: Vec<char> =
            ('\0'..=char::MAX).filter(|&c| digit(c).is_some() && !c.is_numeric()).collect();
        assert!(strange.is_empty(), "{strange:?}");
    }

    #[test]
    fn common_letters_are_what_unicode_says() {
        for c in '\0'..=char::MAX {
            assert!(common(c).is_none_or(|sort| sort == any(c)), "{c} {:x}", c as u32);
        }
        assert!(('\u{c0}'..='\u{24f}').filter(|c| !matches!(c, '×' | '÷')).all(|c| any(c) == Sort::Letter));
    }

    #[test]
    fn characters_are_sorted_by_what_they_do() {
        for (sorted, all) in [
            (Sort::Letter, "aZéßΩжאعक"),
            (Sort::Digit, "0٣๒９"),
            (Sort::Mark, "\u{301}\u{ad}\u{200d}\u{fe0f}\u{64e}\u{93f}"),
            (Sort::Unspaced, "我のカ한ไລကខ々〇ーｶ"),
            (Sort::Picture, "🔥❤☕🇫🀄"),
            (Sort::Gap, " .,-'’。、・×、！"),
        ] {
            for c in all.chars() {
                assert_eq!(sort(c), sorted, "{c}");
            }
        }
    }
}
