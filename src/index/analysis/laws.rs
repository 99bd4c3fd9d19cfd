//! What holds for any text.

use proptest::prelude::*;

use super::*;

/// All terms of a text, with positions and ranges.
fn all(text: &str, language: Language, quick: bool) -> Vec<(String, u32, Range<usize>)> {
    let mut found = Vec::new();
    let mut scratch = Scratch::default();
    read(text, language, &mut scratch, quick, |term, position, range| {
        found.push((term.to_owned(), position, range));
    });
    found
}

fn languages() -> impl Strategy<Value = Language> {
    (0..=Language::ALL.len()).prop_map(|at| Language::ALL.get(at).copied().unwrap_or_default())
}

/// Texts of what is hard to cut: words of many scripts, signs that join, marks, emoji.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "The",
        "fires",
        "WORLD",
        "camelCase",
        "HTTPServer",
        "PDFs",
        "don",
        "t",
        "s",
        "ll",
        "O",
        "n",
        "l",
        "x",
        "é",
        "ü",
        "ß",
        "e\u{301}",
        "İ",
        "ı",
        "ǅ",
        "Σ",
        "ς",
        "ё",
        "й",
        "Москва",
        "п",
        "كتاب",
        "ـ",
        "\u{64e}",
        "ה",
        "हिन्दी",
        "ज़",
        "北京",
        "の",
        "ｶﾞ",
        "서울",
        "กิ",
        "ข้าว",
        "1",
        "42",
        "3,000",
        "٣",
        "½",
        "²",
        "st",
        "🔥",
        "👍🏽",
        "👩‍🚀",
        "🇫🇷",
        "🇫",
        "❤️",
        "1️⃣",
        " ",
        " ",
        "  ",
        "\n",
        "'",
        "’",
        "\"",
        "״",
        "-",
        "‐",
        "–",
        ".",
        ",",
        ":",
        "::",
        "_",
        "__",
        "@",
        "/",
        "&",
        "+",
        "++",
        "#",
        "*",
        "(",
        "“",
        "·",
        "\u{ad}",
        "\u{200b}",
        "\u{200d}",
        "\u{fe0f}",
        "\u{301}",
        "\u{345}",
        "\u{0}",
        "\u{10ffff}",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

/// What each list of terms keeps to.
fn check(text: &str, language: Language) {
    let (mut position, mut start) = (0, 0);
    let found = all(text, language, true);
    for (term, at, range) in &found {
        assert!(!term.is_empty() && term.len() <= TERM_BYTES_MAX, "{text:?} {term:?}");
        assert!(range.start < range.end && range.end <= text.len(), "{text:?} {range:?}");
        assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end), "{text:?} {range:?}");
        assert!(range.start >= start, "{text:?} {range:?}");
        assert!(*at >= position && *at <= position + 1, "{text:?} {at} {position}");
        (position, start) = (*at, range.start);
    }
    assert!(found.first().is_none_or(|first| first.1 == 0));
    assert_eq!(found, all(text, language, false), "{text:?}");
    let mut scratch = Scratch::default();
    let count = tokens(text, language, &mut scratch, |_, _, _| {});
    assert_eq!(count, found.last().map_or(0, |last| last.1 + 1), "{text:?}");
    for asked in asked(text, &[language], &mut scratch) {
        assert!(text.get(asked.range.clone()).is_some(), "{text:?}");
        assert!(asked.ways.iter().all(|way| way.iter().all(|place| !place.terms.is_empty())), "{text:?}");
    }
    // A phrase is in itself.
    for place in phrase(text, &[language], &mut scratch).first().into_iter().flatten() {
        let is_there = found.iter().any(|(term, at, _)| {
            *at == place.offset
                && place
                    .terms
                    .iter()
                    .any(|wanted| if place.is_prefix { term.starts_with(wanted) } else { term == wanted })
        });
        assert!(is_there, "{text:?} {place:?} {found:?}");
    }
    detect(text, language);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(debug_assertions) { 500 } else { 50_000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn hard_texts_are_cut_within_bounds(text in texts(), language in languages()) {
        check(&text, language);
    }

    #[test]
    fn any_string_is_cut_within_bounds(text in any::<String>(), language in languages()) {
        check(&text, language);
    }

    #[test]
    fn plain_texts_are_cut_by_bytes_as_by_characters(text in "[ -~]{0,60}", language in languages()) {
        check(&text, language);
    }

    #[test]
    fn case_does_not_matter(text in "[a-zäöüéßñçøåłабвгдёйαβγσ ]{0,40}", language in languages()) {
        // Turkish i has two capitals of its own.
        let language = if language == Language::Turkish { Language::None } else { language };
        prop_assert_eq!(terms(&text.to_uppercase(), language), terms(&text, language));
    }

    #[test]
    fn what_was_folded_stays(text in "[a-zäöüéßñçøåłабвгдёйαβγς كحي]{0,40}") {
        let once = terms(&text, Language::None);
        prop_assert_eq!(terms(&once.join(" "), Language::None), once);
    }

    #[test]
    fn where_nothing_joins_words_are_those_of_unicode(text in "[a-zA-Zéñжщאعک0-9 !?«»“”—]{0,40}") {
        use unicode_segmentation::UnicodeSegmentation;
        let mut pieces = Pieces::default();
        let mut cutter = Cutter::new(&text, &mut pieces, true);
        let mut found = Vec::new();
        while let Some(unit) = cutter.next() {
            match unit {
                Unit::Plain { from, to } | Unit::Compound { from, to } => found.push(&text[from..to]),
                unit => prop_assert!(false, "{:?}", unit),
            }
        }
        prop_assert_eq!(found, text.unicode_words().collect::<Vec<_>>());
    }

    #[test]
    fn stems_are_made_of_any_letters(word in "\\PC{1,30}", language in languages()) {
        let mut term = String::new();
        stem::write(&word, language, &mut String::new(), &mut term);
        let mut algorithm = String::new();
        fold::lower(&word, language == Language::Turkish, &mut algorithm);
        if let Some(of) = language.algorithm() {
            frostem::Stemmer::new(of).stem(&algorithm);
        }
    }
}

#[test]
fn what_has_no_end_has_short_terms() {
    let long = |piece: &str| piece.repeat(2_000);
    for text in ["👩\u{200d}", "aB", "a1", "a'", "a_", "a.", "1,", "1.", "a\u{301}", "ﷺ", "é"].map(long)
    {
        check(&text, Language::English);
    }
    for (first, piece) in
        [("ก", "\u{e31}"), ("a", "\u{301}"), ("👍", "\u{fe0f}"), ("が", "\u{3099}"), ("a", "_")]
    {
        check(&format!("x {first}{} y", long(piece)), Language::English);
    }
}

fn terms(text: &str, language: Language) -> Vec<String> {
    all(text, language, true).into_iter().map(|(term, ..)| term).collect()
}
