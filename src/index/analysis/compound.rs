//! What are the parts of what is written without a space?
//!
//! `co-operate`, `O'Brien`, `anna.smith@example.com`, `parseHttpRequest`, `foo::bar`, `report_v2.pdf`, `1.2.3`, `10:30` and
//! `1666-09-02` have parts, which are words of their own, and are a whole. `3,000` and `3.5` are one number. What English
//! hangs on a word with an apostrophe (`'s`, `'ll`) is no part, and `don't` is one word.

use super::letter::{Script, Sort, script, sort};

/// Pieces of a compound; what goes on behind them is a compound of its own.
const PIECES_MAX: usize = 64;
/// Parts of a whole: what has more is a path or an address of the web, which nobody types as one word.
const WHOLE_PIECES_MAX: usize = 8;
/// Pieces that capitals may cut a run into: beyond, they are no words.
const CAPITALS_MAX: usize = 8;

/// A part of a compound, in bytes of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) kind: Kind,
    /// What stands before it.
    joint: Joint,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, and digits among them where they are no number.
    Word,
    Digits,
    /// Digits with signs: where the fraction begins, if there is one.
    Number {
        point: Option<usize>,
    },
    /// `++` or `#` behind a letter: no part, but of the whole.
    Signs,
}

impl Piece {
    fn is_number(&self) -> bool {
        matches!(self.kind, Kind::Digits | Kind::Number { .. })
    }

    /// Whether two pieces are one word that capitals have cut: iPhone in iPhone15, HashMap in std::HashMap.
    pub(super) fn is_one_word(&self, next: &Self) -> bool {
        self.kind == Kind::Word && next.kind == Kind::Word && next.joint == Joint::Close
    }

    /// The sign between this piece and the one before, if the whole has it: only between numbers.
    pub(super) fn sign_after(&self, before: &Self) -> Option<char> {
        match self.joint {
            Joint::Sign(sign) if self.is_number() && before.is_number() => Some(sign),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// Nothing: the first, or cut by capitals or digits.
    Close,
    Apostrophe,
    Sign(char),
}

/// The pieces of one compound.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    all: Vec<Piece>,
    cuts: Vec<usize>,
}

/// What an apostrophe or another sign does at the end of a run.
enum Next {
    /// The compound ends, and the text goes on there.
    End(usize),
    /// The run goes on, as if there were no sign.
    Same(usize),
    Joined(Joint, usize),
}

impl Pieces {
    pub(super) fn all(&self) -> &[Piece] {
        &self.all
    }

    /// Reads the compound that begins with a letter or digit: where it ends, and where the text goes on.
    pub(super) fn read(&mut self, text: &str, from: usize) -> (usize, usize) {
        self.all.clear();
        let (mut at, mut joint) = (from, Joint::Close);
        loop {
            let start = at;
            let next = loop {
                at = run_end(text, at);
                match next(text, start, at) {
                    Next::Same(beyond) => at = beyond,
                    next => break next,
                }
            };
            self.split(text, start, at, joint);
            match next {
                Next::Joined(with, beyond) if self.all.len() < PIECES_MAX => (joint, at) = (with, beyond),
                Next::Joined(..) => return (self.finish(text, at), at),
                Next::Same(beyond) | Next::End(beyond) => {
                    let to = self.finish(text, at);
                    return (to, beyond.max(to));
                }
            }
        }
    }

    /// Whether the pieces are found as one word, too.
    pub(super) fn has_whole(text: &str, pieces: &[Piece]) -> bool {
        (2..=WHOLE_PIECES_MAX).contains(&pieces.len()) && Self::unelided(text, pieces).len() == pieces.len()
    }

    /// The pieces without the rest of a word before a vowel: of l'eau, the water.
    pub(super) fn unelided<'p>(text: &str, pieces: &'p [Piece]) -> &'p [Piece] {
        match pieces {
            [first, rest @ ..]
                if rest.first().is_some_and(|second| second.joint == Joint::Apostrophe)
                    && is_elision(&text[first.from..first.to]) =>
            {
                rest
            }
            _ => pieces,
        }
    }

    /// One run, cut where letters and digits meet and where capitals begin.
    fn split(&mut self, text: &str, from: usize, to: usize, joint: Joint) {
        let before = self.all.len();
        self.cuts.clear();
        let (mut switches, mut digits) = (0, 0);
        // The last character that was no mark, where it began, and the one before it.
        let mut last: Option<(char, Sort, usize)> = None;
        let mut second: Option<char> = None;
        for (at, c) in text[from..to].char_indices().map(|(at, c)| (from + at, c)) {
            let this = sort(c);
            if self.cuts.len() >= CAPITALS_MAX || !matches!(this, Sort::Letter | Sort::Digit) {
                continue;
            }
            digits += usize::from(this == Sort::Digit);
            if let Some((before, was, began)) = last {
                if was != this {
                    switches += 1;
                    self.cuts.push(at);
                } else if this == Sort::Letter && c.is_uppercase() && before.is_lowercase() {
                    self.cuts.push(at);
                } else if c.is_lowercase() && before.is_uppercase() && second.is_some_and(char::is_uppercase)
                {
                    // HTTPServer, but not PDFs.
                    if !(c == 's' && ends_after(text, at, to)) && self.cuts.last() != Some(&began) {
                        self.cuts.push(began);
                    }
                }
            }
            second = last.map(|(c, ..)| c);
            last = Some((c, this, at));
        }
        // What is cut more often is no word.
        let is_one = switches > 1
            || self.cuts.len() >= CAPITALS_MAX
            || (switches == 1 && self.cuts.len() == 1 && is_ordinal(&text[from..to], self.cuts[0] - from));
        if is_one {
            self.cuts.clear();
        }
        let ends = std::mem::take(&mut self.cuts);
        let mut start = from;
        for &end in ends.iter().chain([&to]) {
            let kind = if digits > 0
                && text[start..end].chars().all(|c| matches!(sort(c), Sort::Digit | Sort::Mark))
            {
                Kind::Digits
            } else {
                Kind::Word
            };
            let joint = if self.all.len() == before { joint } else { Joint::Close };
            self.all.push(Piece { from: start, to: end, kind, joint });
            start = end;
        }
        self.cuts = ends;
    }

    /// Puts numbers together, and takes up signs that belong to the word; where the compound ends.
    fn finish(&mut self, text: &str, to: usize) -> usize {
        if self.all.iter().filter(|piece| piece.kind == Kind::Digits).count() > 1 {
            self.join_numbers(text);
        }
        if let [only] = self.all[..]
            && only.kind == Kind::Word
        {
            let length = match text.as_bytes()[to..] {
                [b'+', b'+', ref rest @ ..] if only.to - only.from == 1 && !goes_on(rest) => 2,
                [b'#', ref rest @ ..] if only.to - only.from == 1 && !goes_on(rest) => 1,
                _ => return to,
            };
            self.all.push(Piece { from: to, to: to + length, kind: Kind::Signs, joint: Joint::Close });
            return to + length;
        }
        to
    }

    fn join_numbers(&mut self, text: &str) {
        let (mut read, mut write) = (0, 0);
        while read < self.all.len() {
            let is_more = |piece: &Piece| {
                piece.kind == Kind::Digits
                    && matches!(piece.joint, Joint::Apostrophe | Joint::Sign('.' | ','))
            };
            let mut end = read + 1;
            if self.all[read].kind == Kind::Digits {
                end += self.all[end..].iter().take_while(|piece| is_more(piece)).count();
            }
            match number(text, &self.all[read..end]) {
                Some(kind) => {
                    let (first, last) = (self.all[read], self.all[end - 1]);
                    self.all[write] = Piece { to: last.to, kind, ..first };
                    write += 1;
                }
                None => {
                    self.all.copy_within(read..end, write);
                    write += end - read;
                }
            }
            read = end;
        }
        self.all.truncate(write);
    }
}

/// Digits that are one number: with a fraction, or in groups of three.
fn number(text: &str, digits: &[Piece]) -> Option<Kind> {
    let [first, rest @ ..] = digits else { return None };
    let sign = |piece: &Piece| match piece.joint {
        Joint::Sign(sign) => sign,
        _ => '\'',
    };
    let count = |piece: &Piece| text[piece.from..piece.to].chars().count();
    let (last, middle) = rest.split_last()?;
    let grouped = |pieces: &[Piece]| {
        count(first) <= 3 && pieces.iter().all(|piece| count(piece) == 3 && sign(piece) == sign(&rest[0]))
    };
    let fraction = Kind::Number { point: Some(last.from) };
    match middle {
        // 3,000 is in groups; 3.000 may be either, and stays as it is written.
        [] if sign(last) != '.' && grouped(rest) => Some(Kind::Number { point: None }),
        [] if sign(last) != '\'' => Some(fraction),
        [_, ..] if grouped(rest) => Some(Kind::Number { point: None }),
        [_, ..] if grouped(middle) && sign(last) != sign(&rest[0]) && sign(last) != '\'' => Some(fraction),
        _ => None,
    }
}

/// Where a run of letters and digits ends.
fn run_end(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        if byte.is_ascii() {
            if !byte.is_ascii_alphanumeric() {
                break;
            }
            at += 1;
            continue;
        }
        let Some(c) = text[at..].chars().next() else { break };
        if !matches!(sort(c), Sort::Letter | Sort::Digit | Sort::Mark) {
            break;
        }
        at += c.len_utf8();
    }
    at
}

fn ends_after(text: &str, at: usize, to: usize) -> bool {
    text[at..to].chars().skip(1).all(|c| sort(c) == Sort::Mark)
}

/// Whether a word goes on, so that a sign before it is none of its own.
fn goes_on(rest: &[u8]) -> bool {
    rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
}

/// 1st, 22nd.
fn is_ordinal(run: &str, letters_at: usize) -> bool {
    let (digits, letters) = run.split_at(letters_at);
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && ["st", "nd", "rd", "th"].iter().any(|ending| letters.eq_ignore_ascii_case(ending))
}

/// Words of French, Italian and Catalan that lose their end before a vowel. O'Brien has none of them.
fn is_elision(word: &str) -> bool {
    const LONGER: [&str; 11] =
        ["qu", "un", "all", "dell", "dall", "nell", "sull", "quell", "jusqu", "lorsqu", "puisqu"];
    match word.as_bytes() {
        [byte] => byte.is_ascii_alphabetic() && !matches!(byte, b'o' | b'O'),
        _ => LONGER.iter().any(|elided| word.eq_ignore_ascii_case(elided)),
    }
}

/// What stands behind a run that began at `start` and ends at `at`.
fn next(text: &str, start: usize, at: usize) -> Next {
    let end = Next::End(at);
    let mut rest = text[at..].chars();
    let Some(sign) = rest.next() else { return end };
    let beyond = at + sign.len_utf8();
    let Some(after) = rest.next() else { return end };
    let before = text[start..at].chars().rev().find(|&c| sort(c) != Sort::Mark).unwrap_or(sign);
    let is_word = matches!(sort(after), Sort::Letter | Sort::Digit);
    let are = |test: fn(char) -> bool| test(before) && test(after);
    let digits = are(|c| sort(c) == Sort::Digit);
    match sign {
        '\'' | '\u{2019}' | '\u{ff07}' if is_word => apostrophe(text, at, beyond, before, after),
        '"' | '\u{5f3}' | '\u{5f4}' if are(|c| script(c) == Script::Hebrew) => Next::Same(beyond),
        // Catalan.
        '\u{b7}' if are(|c| matches!(c, 'l' | 'L')) => Next::Same(beyond),
        '-' | '.' | '@' if is_word => Next::Joined(Joint::Sign(sign), beyond),
        '\u{2010}' | '\u{2011}' if is_word => Next::Joined(Joint::Sign('-'), beyond),
        '_' => {
            let more = text[at..].bytes().take_while(|&byte| byte == b'_').count();
            match text[at + more..].chars().next() {
                Some(c) if matches!(sort(c), Sort::Letter | Sort::Digit) => {
                    Next::Joined(Joint::Sign(sign), at + more)
                }
                _ => end,
            }
        }
        ':' if digits => Next::Joined(Joint::Sign(sign), beyond),
        ':' if after == ':' => match rest.next() {
            Some(c) if matches!(sort(c), Sort::Letter | Sort::Digit) => {
                Next::Joined(Joint::Sign(sign), beyond + 1)
            }
            _ => end,
        },
        ',' | '/' if digits => Next::Joined(Joint::Sign(sign), beyond),
        '&' if are(char::is_uppercase) => Next::Joined(Joint::Sign(sign), beyond),
        _ => end,
    }
}

fn apostrophe(text: &str, at: usize, beyond: usize, before: char, after: char) -> Next {
    if script(before) != Script::Latin || script(after) != Script::Latin {
        let digits = sort(before) == Sort::Digit && sort(after) == Sort::Digit;
        let letters = sort(before) == Sort::Letter && script(before) == script(after);
        return match (digits, letters) {
            (true, _) => Next::Joined(Joint::Apostrophe, beyond),
            // п'ять
            (_, true) => Next::Same(beyond),
            _ => Next::End(at),
        };
    }
    let to = run_end(text, beyond);
    let hung = &text[beyond..to];
    let is = |ending: &&str| hung.eq_ignore_ascii_case(ending);
    // What is hung on to the last part, as in rock'n'roll, is no ending.
    let is_last = !matches!(text[to..].chars().next(), Some('\'' | '\u{2019}'));
    if is_last && ["s", "ll", "re", "ve", "d", "m"].iter().any(is) {
        return Next::End(to);
    }
    if matches!(before, 'n' | 'N') && is(&"t") {
        Next::Same(beyond)
    } else {
        Next::Joined(Joint::Apostrophe, beyond)
    }
}
