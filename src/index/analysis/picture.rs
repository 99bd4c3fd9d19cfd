//! When are two emoji the same, and what are they made of?
//!
//! The tone of a skin and how an emoji is drawn do not count. What is joined of several is found as a whole and by each of
//! them: a woman astronaut as a woman and as a rocket. Flags are whole.

use unicode_segmentation::UnicodeSegmentation;

use super::TERM_BYTES_MAX;

const JOINER: char = '\u{200d}';

/// Where the emoji that begins here ends.
pub(super) fn end(text: &str, from: usize) -> usize {
    let first = text[from..].graphemes(true).next();
    from + first.map_or(0, str::len)
}

/// The parts of an emoji: where each begins and ends in it.
pub(super) fn parts(picture: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut from = 0;
    picture.split(JOINER).filter_map(move |part| {
        let place = (from, from + part.len());
        from = place.1 + JOINER.len_utf8();
        part.chars().any(counts).then_some(place)
    })
}

/// Writes the term of an emoji, or of a part of one: without what does not count.
pub(super) fn write(picture: &str, term: &mut String) {
    term.clear();
    for c in picture.chars().filter(|&c| counts(c)) {
        if term.len() + c.len_utf8() > TERM_BYTES_MAX {
            break;
        }
        term.push(c);
    }
}

fn counts(c: char) -> bool {
    !matches!(c, '\u{fe0e}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_are_cut_at_their_joints() {
        let text = "👩🏽‍🚀🇫🇷❤️";
        let first = end(text, 0);
        assert_eq!(&text[..first], "👩🏽‍🚀");
        assert_eq!(&text[first..end(text, first)], "🇫🇷");
        let cut: Vec<&str> = parts(&text[..first]).map(|(from, to)| &text[from..to]).collect();
        assert_eq!(cut, ["👩🏽", "🚀"]);
        let mut folded = String::new();
        write("👩🏽❤️", &mut folded);
        assert_eq!(folded, "👩❤");
    }
}
