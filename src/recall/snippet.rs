//! Which part of a long text shows best why it was found?
//!
//! The one with the most different matches near each other. It is cut between graphemes, and between words where there is room.

use std::collections::HashMap;

use unicode_segmentation::GraphemeCursor;

use super::Hit;

/// A part of a hit's content.
///
/// ```
/// use mindkeep::{NewMemory, Recall};
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// store.remember(NewMemory::new("We talked of this and that. The spare key is under the third pot, the red one."))?;
/// let hit = &store.recall(Recall::new("spare key"))?[0];
/// let snippet = hit.snippet(40);
/// assert_eq!(snippet.text, "and that. The spare key is under the");
/// let words: Vec<_> = snippet.matches.iter().map(|&(from, to)| &snippet.text[from..to]).collect();
/// assert_eq!(words, ["spare", "key"]);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snippet<'h> {
    /// The text.
    pub text: &'h str,
    /// Where it begins in the content, in bytes; above 0, something stands before it.
    pub from: usize,
    /// Where it ends in the content, in bytes; below the content's length, something follows.
    pub to: usize,
    /// Byte ranges of the text that match the question, in order and not overlapping.
    pub matches: Vec<(usize, usize)>,
}

impl Hit {
    /// The part of the content around the best of its matches, of so many characters at most; the whole content if it is no
    /// longer. Without a match (a tag was found, say) it is the beginning: of the passage that was found by its vector, if one was.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall};
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("Moths at the lamp."))?;
    /// let hit = &store.recall(Recall::new("lamp"))?[0];
    /// assert_eq!(hit.snippet(200).text, "Moths at the lamp.");
    /// assert_eq!(hit.snippet(10).text, "the lamp.");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn snippet(&self, max_chars: usize) -> Snippet<'_> {
        snippet(&self.memory.content, &self.matches, self.passage, max_chars)
    }
}

fn snippet<'c>(
    content: &'c str,
    matches: &[(usize, usize)],
    passage: Option<(usize, usize)>,
    max_chars: usize,
) -> Snippet<'c> {
    let (from, to) = if content.chars().nth(max_chars).is_none() {
        (0, content.len())
    } else {
        let (first, last) = match (matches, passage) {
            ([], Some(passage)) => begin(content, passage, max_chars),
            _ => best(content, matches, max_chars),
        };
        around(content, first, last, max_chars)
    };
    let clipped = matches.iter().map(|&(start, end)| (start.max(from), end.min(to)));
    Snippet {
        text: &content[from..to],
        from,
        to,
        matches: clipped
            .filter(|&(start, end)| start < end)
            .map(|(start, end)| (start - from, end - from))
            .collect(),
    }
}

/// The whole words at the beginning of a passage for which there is room; all of it where there is.
fn begin(content: &str, (from, to): (usize, usize), max_chars: usize) -> (usize, usize) {
    let text = &content[from..to];
    let Some((room, _)) = text.char_indices().nth(max_chars) else { return (from, to) };
    (from, from + text[..room].rfind(char::is_whitespace).unwrap_or(0))
}

/// From where to where the matches stand that a snippet is about: the most different ones that fit, of equals the most, of equals
/// the first.
fn best(content: &str, matches: &[(usize, usize)], max_chars: usize) -> (usize, usize) {
    // Places as people count them.
    let mut places = Vec::with_capacity(matches.len());
    let (mut at, mut chars) = (0, 0);
    let mut count_to = |to: usize| {
        chars += content[at..to].chars().count();
        at = to;
        chars
    };
    for &(from, to) in matches {
        places.push((count_to(from), count_to(to)));
    }
    let words: Vec<String> = matches.iter().map(|&(from, to)| content[from..to].to_lowercase()).collect();
    let mut there: HashMap<&str, usize> = HashMap::new();
    let mut first = 0;
    let mut best = (0, 0, 0..0);
    for last in 0..matches.len() {
        *there.entry(&words[last]).or_default() += 1;
        while first < last && places[last].1 - places[first].0 > max_chars {
            if let Some(count) = there.get_mut(words[first].as_str()) {
                *count -= 1;
                if *count == 0 {
                    there.remove(words[first].as_str());
                }
            }
            first += 1;
        }
        let here = (there.len(), last + 1 - first);
        if here > (best.0, best.1) {
            best = (here.0, here.1, first..last + 1);
        }
    }
    match &matches[best.2] {
        [] => (0, 0),
        [(from, to)] => (*from, *to),
        [(from, _), .., (_, to)] => (*from, *to),
    }
}

/// A range of so many characters at most that has another in its middle, as far as there is room.
fn around(content: &str, first: usize, last: usize, max_chars: usize) -> (usize, usize) {
    let (first, last) = (boundary(content, first, false), boundary(content, last, true));
    let room = max_chars.saturating_sub(content[first..last].chars().count());
    // What one side does not need, the other has.
    let behind = content[last..].chars().take(room).count();
    let before = content[..first].chars().rev().take((room / 2).max(room - behind));
    let from = word_start(content, first - before.map(char::len_utf8).sum::<usize>(), first);
    let to = from + content[from..].chars().take(max_chars).map(char::len_utf8).sum::<usize>();
    let to = word_end(content, to, last.min(to));
    // A blank may have marks of its own.
    let text = content[from..to].trim_end();
    let to = boundary(content, from + text.len(), false).max(from);
    let from = boundary(content, to - content[from..to].trim_start().len(), true).min(to);
    (from, to)
}

/// The first beginning of a word at or after a place and not after another; where there is none, of a grapheme.
fn word_start(content: &str, from: usize, most: usize) -> usize {
    if content[..from].chars().next_back().is_none_or(char::is_whitespace) {
        return from;
    }
    let blank = content[from..most].char_indices().find(|(_, c)| c.is_whitespace());
    blank.map_or_else(|| boundary(content, from, true).min(most), |(at, c)| from + at + c.len_utf8())
}

/// The last end of a word at or before a place and not before another; where there is none, of a grapheme.
fn word_end(content: &str, to: usize, least: usize) -> usize {
    if content[to..].chars().next().is_none_or(char::is_whitespace) {
        return to;
    }
    let blank = content[least..to].rfind(char::is_whitespace);
    blank.map_or_else(|| boundary(content, to, false), |at| least + at)
}

/// The place, or the next one (or the one before) at which no grapheme is cut.
fn boundary(content: &str, at: usize, after: bool) -> usize {
    let mut cursor = GraphemeCursor::new(at, content.len(), true);
    match cursor.is_boundary(content, 0) {
        Ok(false) if after => cursor.next_boundary(content, 0).ok().flatten().unwrap_or(content.len()),
        Ok(false) => cursor.prev_boundary(content, 0).ok().flatten().unwrap_or(0),
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;

    fn shown(content: &str, words: &[&str], max_chars: usize) -> String {
        let mut matches: Vec<_> = words
            .iter()
            .flat_map(|word| content.match_indices(word).map(|(from, word)| (from, from + word.len())))
            .collect();
        matches.sort_unstable();
        let snippet = snippet(content, &matches, None, max_chars);
        let mut shown = snippet.text.to_owned();
        for &(from, to) in snippet.matches.iter().rev() {
            shown.insert(to, ']');
            shown.insert(from, '[');
        }
        shown
    }

    #[test]
    fn the_most_different_words_are_shown() {
        let text = "A key. A key. A key. Nothing for a while, and nothing again. Then the spare key was found at last.";
        assert_eq!(shown(text, &["key", "spare"], 30), "Then the [spare] [key] was found");
        assert_eq!(shown(text, &["key"], 24), "A [key]. A [key]. A [key].");
        assert_eq!(shown(text, &[], 12), "A key. A");
        assert_eq!(shown(text, &["last"], 12), "at [last].");
        assert_eq!(shown(text, &["key"], 2), "[ke]");
        assert_eq!(shown(text, &["key"], 0), "");
        assert_eq!(shown("東京都北京市上海市大阪府", &["上海"], 6), "京市[上海]市大");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_cut_between_graphemes(
            content in "([a-c]{1,4}| |e\u{301}|👩🏽‍🚀|🇫🇷|ก็|\r\n|火|\\PC){0,60}",
            places in proptest::collection::vec(any::<(u16, u8)>(), 0..12),
            max_chars in 0_usize..80,
        ) {
            // Matches stand between characters, in order.
            let ends: Vec<usize> = content.char_indices().map(|(at, _)| at).chain([content.len()]).collect();
            let mut matches: Vec<(usize, usize)> = Vec::new();
            let mut places: Vec<_> = places.iter().map(|&(at, len)| (at as usize % ends.len(), len as usize % 6 + 1)).collect();
            places.sort_unstable();
            for (at, len) in places {
                let range = (ends[at], ends[(at + len).min(ends.len() - 1)]);
                if range.0 < range.1 && matches.last().is_none_or(|last| last.1 <= range.0) {
                    matches.push(range);
                }
            }
            let snippet = snippet(&content, &matches, None, max_chars);
            prop_assert_eq!(&content[snippet.from..snippet.to], snippet.text);
            prop_assert!(snippet.text.chars().count() <= max_chars);
            let graphemes: Vec<usize> =
                content.grapheme_indices(true).map(|(at, _)| at).chain([content.len()]).collect();
            prop_assert!(graphemes.contains(&snippet.from) || snippet.text.is_empty(), "{:?}", snippet);
            prop_assert!(graphemes.contains(&snippet.to) || snippet.text.is_empty(), "{:?}", snippet);
            for &(from, to) in &snippet.matches {
                prop_assert!(from < to && snippet.text.get(from..to).is_some());
                let there = |&(a, b): &(usize, usize)| a <= snippet.from + from && snippet.from + to <= b;
                prop_assert!(matches.iter().any(there));
            }
            // What fits is shown whole, and something is shown if anything is.
            if content.chars().count() <= max_chars {
                prop_assert_eq!(snippet.text, content.as_str());
            } else if let Some((from, to)) = matches.first().filter(|_| matches.len() == 1)
                && content[*from..*to].chars().count() <= max_chars
                && graphemes.contains(from) && graphemes.contains(to)
                && content[*from..*to].trim().len() == to - from
            {
                prop_assert!(snippet.from <= *from && snippet.to >= *to, "{:?}", snippet);
            }
        }
    }
}
