//! Which documents have what is no term of its own: a phrase, a beginning, a word like another?

use super::block::END;
use super::list::{ListCursor, Place};
use super::query::Step;
use super::segment::Segment;
use super::stream::Source;
use crate::error::Result;

/// What ends a word in a term; the field comes after it. No word has it.
pub(super) const FIELD: u8 = 0;

/// The lists of a place of a phrase.
struct Lists<'s> {
    lists: Vec<ListCursor<'s>>,
    offset: u32,
}

impl Lists<'_> {
    /// The first document at or after one that any of them has.
    fn seek(&mut self, doc: u32) -> Result<u32> {
        let mut first = END;
        for list in &mut self.lists {
            list.seek(doc)?;
            first = first.min(list.doc());
        }
        Ok(first)
    }

    /// Where any of them stands in a document, in order.
    fn positions(&mut self, doc: u32, one: &mut Vec<u32>, all: &mut Vec<u32>) -> Result<()> {
        all.clear();
        for list in self.lists.iter_mut().filter(|list| list.doc() == doc) {
            list.positions(one)?;
            all.extend_from_slice(one);
        }
        // Two terms may stand at one place.
        all.sort_unstable();
        all.dedup();
        Ok(())
    }
}

/// Documents with a phrase, and how often.
pub(super) fn phrase(source: &dyn Source, segment: &Segment, steps: &[Step]) -> Result<Vec<(u32, u32)>> {
    let mut places: Vec<(u64, Lists<'_>)> = Vec::new();
    for step in steps {
        let mut lists = Vec::new();
        let mut docs = 0;
        for term in &step.terms {
            if let Some(place) = segment.find(source, term)?.filter(|place| place.docs > 0) {
                docs += u64::from(place.docs);
                lists.push(segment.list(source, place)?);
            }
        }
        if lists.is_empty() {
            return Ok(Vec::new());
        }
        places.push((docs, Lists { lists, offset: step.offset }));
    }
    // The rarest leads.
    places.sort_by_key(|place| place.0);
    let mut found = Vec::new();
    let (mut starts, mut others, mut one) = (Vec::new(), Vec::new(), Vec::new());
    let mut doc = 0;
    'docs: while !places.is_empty() {
        for (_, place) in &mut places {
            let next = place.seek(doc)?;
            if next == END {
                break 'docs;
            }
            if next > doc {
                doc = next;
                continue 'docs;
            }
        }
        for (number, (_, place)) in places.iter_mut().enumerate() {
            let here = if number == 0 { &mut starts } else { &mut others };
            place.positions(doc, &mut one, here)?;
            if number == 0 {
                starts.retain_mut(|at| at.checked_sub(place.offset).inspect(|start| *at = *start).is_some());
            } else {
                let offset = place.offset;
                starts.retain(|start: &u32| {
                    start.checked_add(offset).is_some_and(|at| others.binary_search(&at).is_ok())
                });
            }
            if starts.is_empty() {
                break;
            }
        }
        if !starts.is_empty() {
            found.push((doc, starts.len() as u32));
        }
        doc += 1;
    }
    Ok(found)
}

/// Documents with any word that begins so, in a field.
pub(super) fn prefix(
    source: &dyn Source,
    segment: &Segment,
    start: &[u8],
    field: &[u8],
) -> Result<Vec<(u32, u32)>> {
    let mut places = Vec::new();
    segment.dictionary.each_from(source, segment.id, start, |term, place| {
        let begins = term.starts_with(start);
        if begins && word_in(term, field).is_some() {
            places.push(place);
        }
        Ok(begins)
    })?;
    union(source, segment, &places)
}

/// The word of a term of a field.
fn word_in<'t>(term: &'t [u8], field: &[u8]) -> Option<&'t [u8]> {
    term.strip_suffix(field).filter(|word| !word.contains(&FIELD))
}

/// Documents with any word that is one edit away, in a field.
pub(super) fn near(
    source: &dyn Source,
    segment: &Segment,
    word: &str,
    field: &[u8],
) -> Result<Vec<(u32, u32)>> {
    let mut places = Vec::new();
    let Some(first) = word.chars().next() else { return Ok(Vec::new()) };
    let rest = &word[first.len_utf8()..];
    let second = rest.chars().next();
    let mut take = |term: &[u8], place: Place| {
        let there = word_in(term, field).and_then(|there| std::str::from_utf8(there).ok());
        if there.is_some_and(|there| is_one_edit(there, word)) {
            places.push(place);
        }
    };
    // Words that begin alike lie together.
    let start = &word.as_bytes()[..first.len_utf8()];
    segment.dictionary.each_from(source, segment.id, start, |term, place| {
        let begins = term.starts_with(start);
        if begins {
            take(term, place);
        }
        Ok(begins)
    })?;
    // Without the first character, or with the first two changed over.
    let mut others = vec![rest.to_owned()];
    if let Some(second) = second {
        others.push(format!("{second}{first}{}", &rest[second.len_utf8()..]));
    }
    // With another first character, or with one before it: one look for each that any term begins with.
    let mut from = Vec::new();
    loop {
        let mut next = None;
        segment.dictionary.each_from(source, segment.id, &from, |term, _| {
            next = std::str::from_utf8(term).ok().and_then(|term| term.chars().next());
            Ok(next.is_none())
        })?;
        let Some(c) = next else { break };
        others.extend([format!("{c}{rest}"), format!("{c}{word}")]);
        from.clear();
        match (u32::from(c) + 1..=u32::from(char::MAX)).find_map(char::from_u32) {
            Some(after) => from.extend_from_slice(after.to_string().as_bytes()),
            None => break,
        }
    }
    others.sort_unstable();
    others.dedup();
    for other in others.iter().filter(|other| !other.starts_with(first) && !other.is_empty()) {
        let term = [other.as_bytes(), field].concat();
        if let Some(place) = segment.find(source, &term)? {
            take(&term, place);
        }
    }
    union(source, segment, &places)
}

/// Whether two words differ by one character more, less, another, or two neighbours changed over.
fn is_one_edit(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a == b || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same..], &b[same..]);
    match (a.split_first(), b.split_first()) {
        (Some((x, after_x)), Some((y, after_y))) => {
            after_x == after_y
                || a == after_y
                || after_x == b
                || (after_x.first() == Some(y) && after_y.first() == Some(x) && after_x[1..] == after_y[1..])
        }
        (Some((_, rest)), None) | (None, Some((_, rest))) => rest.is_empty(),
        (None, None) => false,
    }
}

/// Documents of several lists, with frequencies added.
fn union(source: &dyn Source, segment: &Segment, places: &[Place]) -> Result<Vec<(u32, u32)>> {
    let mut all = Vec::new();
    for &place in places.iter().filter(|place| place.docs > 0) {
        let mut list = segment.list(source, place)?;
        while list.doc() != END {
            all.push((list.doc(), list.frequency()));
            list.next()?;
        }
    }
    all.sort_unstable();
    all.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = kept.1.saturating_add(next.1);
        }
        same
    });
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::is_one_edit;

    #[test]
    fn one_edit_is_one_edit() {
        for (a, b) in
            [("fire", "fires"), ("fire", "ire"), ("fire", "fore"), ("fire", "frie"), ("a", ""), ("é", "e")]
        {
            assert!(is_one_edit(a, b) && is_one_edit(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("fire", "fire"),
            ("fire", "fier s"),
            ("fire", "rife"),
            ("", ""),
            ("ab", "bac"),
            ("abcd", "badc"),
        ] {
            assert!(!is_one_edit(a, b) && !is_one_edit(b, a), "{a} {b}");
        }
    }
}
