//! What may come in as a cursor?
//!
//! Anything: it is refused, or goes on from a place of the question that it belongs to, and of no other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mindkeep::{Cursor, Kind, Page, Result, Timeline};

use super::assert_refusal;
use super::shelf::shelf;

/// The first byte names the question that a real cursor is taken from and the one that is asked, the second what the
/// rest is: a cursor's text, changes to the text of a real one, or changes to its bytes under a new, sound check.
pub fn cursor(data: &[u8]) {
    let [questions, how, data @ ..] = data else { return };
    let (theirs, ours) = (questions & 3, questions >> 2 & 3);
    let real = page(question(theirs)).expect("lists").next.expect("there is a second page").to_string();
    let text = match how % 3 {
        0 => String::from_utf8_lossy(data).into_owned(),
        1 => String::from_utf8_lossy(&changed(real.clone().into_bytes(), data)).into_owned(),
        _ => resealed(&real, data),
    };
    let cursor: Cursor = match text.parse() {
        Ok(cursor) => cursor,
        Err(error) => return assert_refusal(&error),
    };
    assert_eq!(cursor.to_string().parse(), Ok(cursor.clone()), "a cursor travels as text");
    match page(question(ours).after(cursor)) {
        Err(error) => assert_refusal(&error),
        Ok(page) => {
            assert!(text != real || theirs == ours, "a cursor of another question was taken");
            let whole = page_of_all(ours);
            let first = whole.len() - page.memories.len();
            let part = whole.windows(page.memories.len().max(1)).any(|part| part == page.memories);
            assert!(page.memories.is_empty() || part, "a page is a stretch of its timeline");
            assert!(
                page.next.is_some() || whole[first..] == page.memories,
                "the last page ends the timeline"
            );
        }
    }
}

fn question(number: u8) -> Timeline {
    let question = Timeline::new().limit(2);
    match number {
        0 => question,
        1 => question.persona("ada"),
        2 => question.kind(Kind::EVENT).tag("fire"),
        _ => question.oldest_first(),
    }
}

fn page(question: Timeline) -> Result<Page> {
    shelf().store.timeline(question)
}

fn page_of_all(number: u8) -> Vec<mindkeep::Memory> {
    page(question(number).limit(1_000)).expect("lists").memories
}

/// Each pair of bytes is a place and what is mixed into the byte there.
fn changed(mut bytes: Vec<u8>, edits: &[u8]) -> Vec<u8> {
    for edit in edits.chunks_exact(2) {
        let place = usize::from(edit[0]) % bytes.len();
        bytes[place] ^= edit[1];
    }
    bytes
}

/// A cursor whose check holds, with the fingerprint of a real one in front (a varint) and any bytes for its place.
fn resealed(real: &str, place: &[u8]) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(real).expect("a cursor is base64");
    let fingerprint = bytes.iter().take_while(|&&byte| byte >= 0x80).count() + 1;
    bytes.truncate(fingerprint);
    bytes.extend_from_slice(place);
    let check = xxhash_rust::xxh3::xxh3_64(&bytes) as u32;
    bytes.extend_from_slice(&check.to_le_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}
