//! When are two words the same, whatever their case, their accents and the way in which they are typed?
//!
//! [`lower`] is without case, composed, and without what does not count in writing: full-width and other forms of one
//! letter, points of vowels that Arabic and Hebrew can do without, the tatweel, stress in Russian. [`bare`] is without what
//! people leave out when they type in a hurry, too: the marks of Latin and Greek, ё, hamza on alef, the nukta.
//!
//! Marks stay where they make letters: й in Cyrillic (which everybody types), signs of vowels in Indic scripts, Thai tones.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::letter::{Script, digit, script};

/// The beginning of a text, up to so many bytes.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    &text[..end.unwrap_or(0)]
}

/// Appends a word without case, its letters composed. `turkish` tells i from ı in capitals.
pub(super) fn lower(word: &str, turkish: bool, into: &mut String) {
    if word.is_ascii() && !turkish {
        let from = into.len();
        into.push_str(word);
        into[from..].make_ascii_lowercase();
        if word.contains(['\'', '"']) {
            into.retain(|c| !is_inside(c));
        }
        return;
    }
    if word.chars().all(|c| is_composed(c) && !(turkish && c == 'I')) {
        for c in word.chars() {
            match c {
                'ς' => into.push('σ'),
                'ß' => into.push_str("ss"),
                c if c.is_ascii() => into.push(c.to_ascii_lowercase()),
                c => into.extend(c.to_lowercase()),
            }
        }
        return;
    }
    // Letters in their compatible form, one by one, so that the marks of each can be judged by it.
    let mut before = Script::Other;
    let kept = word.nfkc().filter(move |&c| {
        if is_combining_mark(c) {
            return match before {
                Script::Arabic | Script::Hebrew => false,
                Script::Cyrillic => !matches!(c, '\u{300}' | '\u{301}'),
                _ => true,
            };
        }
        before = script(c);
        !is_unseen(c) && !is_inside(c)
    });
    let cased = kept.flat_map(move |c| match c {
        'I' if turkish => Cased::One('ı'),
        'İ' => Cased::One('i'),
        c => Cased::Of(c.to_lowercase()),
    });
    for c in cased.nfkc() {
        match c {
            'ς' => into.push('σ'),
            'ß' => into.push_str("ss"),
            c => into.push(digit(c).and_then(|worth| char::from_digit(worth, 10)).unwrap_or(c)),
        }
    }
}

/// Letters that have one small letter each, and are the same in every form of Unicode: most of what Europe writes.
fn is_composed(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        'À'..='ÿ' => !matches!(c, '×' | '÷'),
        'Ā'..='ž' => !matches!(c, 'İ' | 'Ĳ' | 'ĳ' | 'Ŀ' | 'ŀ' | 'ŉ'),
        'Ά' | 'Έ'..='Ώ' | 'Α'..='Ω' | 'ά'..='ώ' => true,
        'А'..='я' | 'Ё' | 'ё' | 'Ђ'..='Џ' | 'ђ'..='џ' | 'Ґ' | 'ґ' => true,
        _ => false,
    }
}

enum Cased {
    One(char),
    Of(std::char::ToLowercase),
}

impl IntoIterator for Cased {
    type Item = char;
    type IntoIter = std::iter::Chain<
        std::option::IntoIter<char>,
        std::iter::Flatten<std::option::IntoIter<std::char::ToLowercase>>,
    >;

    fn into_iter(self) -> Self::IntoIter {
        match self {
            Self::One(c) => Some(c).into_iter().chain(None.into_iter().flatten()),
            Self::Of(all) => None.into_iter().chain(Some(all).into_iter().flatten()),
        }
    }
}

/// Signs that are in some words and do not count: in don't, in п'ять, in Hebrew acronyms, in Catalan l·l.
pub(super) fn is_inside(c: char) -> bool {
    matches!(c, '\'' | '"' | '\u{2019}' | '\u{ff07}' | '\u{2bc}' | '\u{5f3}' | '\u{5f4}' | '\u{b7}')
}

/// Characters that are in words without being seen, or only stretch them.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{640}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e01ef}')
}

/// A lowered word without what is left out in a hurry. The same again of its own result.
pub(super) fn bare(word: &str) -> Cow<'_, str> {
    if word.is_ascii() {
        return Cow::Borrowed(word);
    }
    let mut out = String::with_capacity(word.len());
    let mut before = Script::Other;
    for c in word.chars() {
        let of = script(c);
        match of {
            Script::Latin | Script::Greek => {
                before = of;
                match plain(c) {
                    Some(plain) => out.push_str(plain),
                    None if c.is_ascii() => out.push(c),
                    None => {
                        std::iter::once(c).nfkd().filter(|&c| !is_combining_mark(c)).for_each(
                            |c| match plain(c) {
                                Some(plain) => out.push_str(plain),
                                None => out.push(c),
                            },
                        )
                    }
                }
            }
            _ if is_combining_mark(c) && matches!(before, Script::Latin | Script::Greek) => {}
            _ => {
                if !is_combining_mark(c) {
                    before = of;
                }
                match c {
                    'ё' => out.push('е'),
                    'ѝ' => out.push('и'),
                    'ґ' => out.push('г'),
                    'أ' | 'إ' | 'آ' | 'ٱ' => out.push('ا'),
                    'ى' | 'ی' => out.push('ي'),
                    'ک' => out.push('ك'),
                    'ة' => out.push('ه'),
                    // Candrabindu and anusvara are written for each other; the nukta is left out.
                    '\u{901}' => out.push('\u{902}'),
                    '\u{93c}' => {}
                    '\u{929}' => out.push('\u{928}'),
                    '\u{931}' => out.push('\u{930}'),
                    '\u{934}' => out.push('\u{933}'),
                    c => out.push(c),
                }
            }
        }
    }
    Cow::Owned(out)
}

/// Letters of Latin whose stroke or shape is no mark to Unicode.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' | 'ǽ' | 'ǣ' => "ae",
        'œ' => "oe",
        'ø' | 'ǿ' => "o",
        'đ' | 'ð' | 'ɖ' => "d",
        'ł' => "l",
        'ħ' => "h",
        'ŧ' => "t",
        'þ' => "th",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(word: &str) -> String {
        let mut low = String::new();
        lower(word, false, &mut low);
        bare(&low).into_owned()
    }

    #[test]
    fn what_does_not_count_is_gone() {
        for (word, wanted) in [
            ("Élégante", "elegante"),
            ("e\u{301}cole", "ecole"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("İstanbul", "istanbul"),
            ("ILGIN", "ilgin"),
            ("ılgın", "ilgin"),
            ("ＡＢＣ１２", "abc12"),
            ("ﬁn", "fin"),
            ("Øre", "ore"),
            ("Łódź", "lodz"),
            ("Đặng", "dang"),
            ("Ὀδυσσεύς", "οδυσσευσ"),
            ("Ёлка", "елка"),
            ("замо\u{301}к", "замок"),
            ("йод", "йод"),
            ("и\u{306}од", "йод"),
            ("їжак", "їжак"),
            ("كِتَـــاب", "كتاب"),
            ("أحمد", "احمد"),
            ("مدرسة", "مدرسه"),
            ("ﻛﺘﺎﺏ", "كتاب"),
            ("שָׁלוֹם", "שלום"),
            ("हिन्दी", "हिन्दी"),
            ("ज़मीन", "जमीन"),
            ("हाँ", "हां"),
            ("co\u{ad}op", "coop"),
            ("٣٤", "34"),
            ("m²", "m2"),
        ] {
            assert_eq!(folded(word), wanted, "{word}");
        }
    }

    #[test]
    fn composed_letters_are_what_they_seem() {
        for c in ('\0'..=char::MAX).filter(|&c| is_composed(c)) {
            assert!(std::iter::once(c).nfkc().eq([c]) || c == 'ΐ', "{c}");
            let small: Vec<char> = c.to_lowercase().collect();
            assert!(small.len() == 1 && (is_composed(small[0])) && !is_combining_mark(small[0]), "{c}");
        }
    }

    #[test]
    fn turkish_capitals_have_their_own_small_letters() {
        let mut low = String::new();
        lower("IŞIK İZMİR", true, &mut low);
        assert_eq!(low, "ışık izmir");
    }

    #[test]
    fn folding_again_changes_nothing_and_case_does_not_matter() {
        let mut wrong = Vec::new();
        // Capitals of the iota below a letter stand beside it; some old Cyrillic letters share the capitals of new ones.
        let old = |c: char| c.nfd().any(|c| c == '\u{345}') || ('\u{1c80}'..='\u{1c8f}').contains(&c);
        for c in ('\u{1}'..=char::MAX).filter(|&c| c.is_alphanumeric() && !old(c)) {
            let word = format!("a{c}b");
            let once = folded(&word);
            let upper: String = word.chars().flat_map(char::to_uppercase).collect();
            if folded(&once) != once || folded(&upper) != once {
                wrong.push(format!("{c} {:x}", c as u32));
            }
        }
        assert!(wrong.is_empty(), "{} {:?}", wrong.len(), &wrong[..wrong.len().min(60)]);
    }
}
