//! Where does one word end and the next begin?
//!
//! A run of letters and digits is a word, as UAX #29 has it; what joins several of them without a space makes a compound
//! ([`compound`](super::compound)). Scripts that write no spaces come in runs, emoji one by one.
//!
//! Plain English words are cut by bytes; all else by characters, with the same result.

use super::compound::{Piece, Pieces};
use super::letter::{Sort, sort};
use super::picture;

/// What stands at a place of a text. Ranges are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// One word of ASCII letters.
    Plain { from: usize, to: usize },
    /// One or more pieces, which the cutter has.
    Compound { from: usize, to: usize },
    /// Letters of scripts without spaces.
    Run { from: usize, to: usize },
    /// An emoji with all that belongs to it.
    Picture { from: usize, to: usize },
}

/// Cuts a text, unit by unit.
pub(super) struct Cutter<'t, 'p> {
    text: &'t str,
    at: usize,
    pieces: &'p mut Pieces,
    /// Whether plain words are cut by bytes; tests compare with when they are not.
    quick: bool,
}

/// What a byte is to a word.
const GAP: u8 = 0;
const LOWER: u8 = 1;
const UPPER: u8 = 2;
const DIGIT: u8 = 3;
/// May join two words.
const JOINT: u8 = 4;
/// Belongs to a character beyond ASCII.
const HIGH: u8 = 5;

const CLASS: [u8; 256] = {
    let mut class = [GAP; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            b'0'..=b'9' => DIGIT,
            b'\'' | b'-' | b'.' | b'_' | b':' | b'@' | b'&' | b'+' | b'#' | b',' | b'/' => JOINT,
            0x80.. => HIGH,
            _ => GAP,
        };
        byte += 1;
    }
    class
};

impl<'t, 'p> Cutter<'t, 'p> {
    pub(super) fn new(text: &'t str, pieces: &'p mut Pieces, quick: bool) -> Self {
        Self { text, at: 0, pieces, quick }
    }

    /// The pieces of the compound that was cut last.
    pub(super) fn pieces(&self) -> &[Piece] {
        self.pieces.all()
    }

    pub(super) fn next(&mut self) -> Option<Unit> {
        let bytes = self.text.as_bytes();
        loop {
            let byte = *bytes.get(self.at)?;
            match CLASS[byte as usize] {
                GAP | JOINT => self.at += 1,
                LOWER | UPPER if self.quick => {
                    let from = self.at;
                    let Some(to) = self.plain_end(from) else { return Some(self.compound(from)) };
                    self.at = to;
                    return Some(Unit::Plain { from, to });
                }
                HIGH => {
                    if let Some(unit) = self.beyond() {
                        return Some(unit);
                    }
                }
                _ => return Some(self.compound(self.at)),
            }
        }
    }

    /// Where a word of ASCII letters ends, if nothing can join it to what follows and it has no capitals inside.
    fn plain_end(&self, from: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let class = |at: usize| bytes.get(at).map_or(GAP, |&byte| CLASS[byte as usize]);
        let mut to = from + 1;
        while class(to) == LOWER {
            to += 1;
        }
        if to == from + 1 && CLASS[bytes[from] as usize] == UPPER {
            while class(to) == UPPER {
                to += 1;
            }
        }
        match class(to) {
            GAP => Some(to),
            JOINT => {
                let ends = match bytes[to] {
                    // Only between digits.
                    b',' | b'/' => true,
                    // Only behind a single letter.
                    b'+' | b'#' => to > from + 1,
                    b':' => bytes.get(to + 1) != Some(&b':'),
                    b'_' => class(to + 1) == GAP,
                    _ => matches!(class(to + 1), GAP | JOINT),
                };
                ends.then_some(to)
            }
            HIGH if self.is_dash_or_quote(to) => Some(to),
            _ => None,
        }
    }

    /// Whether a sign of General Punctuation that joins nothing is there: “ ” — … and the like, or ’ at the end of a word.
    fn is_dash_or_quote(&self, at: usize) -> bool {
        match self.text.as_bytes()[at..] {
            [0xe2, 0x80, 0x93..=0x98 | 0x9a..=0xa7, ..] => true,
            [0xe2, 0x80, 0x99] => true,
            [0xe2, 0x80, 0x99, next, ..] => matches!(CLASS[next as usize], GAP | JOINT),
            _ => false,
        }
    }

    /// What a character beyond ASCII begins, or nothing but a step.
    fn beyond(&mut self) -> Option<Unit> {
        let from = self.at;
        let c = self.text[from..].chars().next()?;
        match sort(c) {
            Sort::Gap | Sort::Mark => {
                self.at += c.len_utf8();
                None
            }
            Sort::Letter | Sort::Digit => Some(self.compound(from)),
            Sort::Picture => {
                let to = picture::end(self.text, from);
                self.at = to;
                Some(Unit::Picture { from, to })
            }
            Sort::Unspaced => {
                let rest = self.text[from..].char_indices();
                let mut run = rest.skip_while(|&(_, c)| matches!(sort(c), Sort::Unspaced | Sort::Mark));
                let to = run.next().map_or(self.text.len(), |(length, _)| from + length);
                self.at = to;
                Some(Unit::Run { from, to })
            }
        }
    }

    fn compound(&mut self, from: usize) -> Unit {
        let (to, next) = self.pieces.read(self.text, from);
        self.at = next;
        Unit::Compound { from, to }
    }
}
