//! When did it happen, in words?
//!
//! A memory's time has four words in UTC, written as ISO 8601 writes what is left of a date: the year (`1666`, `-0044`), the month (`--09`), the
//! day of a year (`--09-02`) and the weekday (`-W-7`). No letter of a name is in the index, so that names of other languages are a matter of the
//! question alone; it knows those of English.
//!
//! May, March and Sun are words, too. Whoever writes `date:` means a date; without it, a word counts as one only if it hardly ever is
//! anything else, or if what stands around it makes it one. Nothing else of a question does: no beginning, no phrase, no exclusion, no
//! typing error.

use super::question::{Part, Sort};

/// Names, from January.
pub(crate) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// Names, from Monday.
pub(crate) const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Months that are said with other things in mind.
const EVERYDAY: [&str; 2] = ["march", "may"];
/// What makes a month of an everyday word or an abbreviation that follows.
const BEFORE_MONTHS: [&str; 8] = ["in", "since", "until", "during", "last", "next", "early", "late"];
/// What may stand between a day and its month.
const LINKS: [&str; 2] = ["of", "the"];
/// What names are cut to, beside their first three letters.
pub(crate) const SHORT_NAMES: [&str; 4] = ["sept", "tues", "thur", "thurs"];

/// Words of a date that all have to be there.
pub(super) type Together = Vec<String>;

/// Calls `each` with the words of a moment, in milliseconds since 1970 UTC; with none, if it is out of all calendars.
pub(super) fn words(at: i64, word: &mut String, mut each: impl FnMut(&str)) {
    use std::fmt::Write;
    let Ok(moment) = jiff::Timestamp::from_millisecond(at) else { return };
    let date = jiff::tz::Offset::UTC.to_datetime(moment).date();
    let mut say = |what: std::fmt::Arguments<'_>| {
        word.clear();
        if word.write_fmt(what).is_ok() {
            each(word);
        }
    };
    let (year, month) = (date.year(), date.month());
    let sign = if year < 0 { "-" } else { "" };
    say(format_args!("{sign}{:04}", year.unsigned_abs()));
    say(format_args!("--{month:02}"));
    say(format_args!("--{month:02}-{:02}", date.day()));
    say(format_args!("-W-{}", date.weekday().to_monday_one_offset()));
}

/// What a word looks like beside its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape<'p> {
    Year(i16),
    /// A number that a day may have: 2, 2nd.
    Day(u8),
    Month {
        number: u8,
        is_sure: bool,
    },
    Weekday {
        number: u8,
        is_sure: bool,
    },
    /// 1666-09 or 1666-09-02.
    Written {
        year: i16,
        month: u8,
        day: Option<u8>,
    },
    Link,
    Before,
    /// Any other, without signs around it.
    Other(&'p str),
}

impl<'p> Shape<'p> {
    fn of(text: &'p str) -> Self {
        let bare = text.trim_matches(|c: char| !c.is_alphanumeric());
        let bare = bare.strip_suffix("'s").or_else(|| bare.strip_suffix("’s")).unwrap_or(bare);
        let low = bare.to_ascii_lowercase();
        if let Some((number, is_sure)) = month(&low) {
            return Self::Month { number, is_sure };
        }
        if let Some((number, is_sure)) = weekday(&low) {
            return Self::Weekday { number, is_sure };
        }
        if LINKS.contains(&&*low) {
            return Self::Link;
        }
        if BEFORE_MONTHS.contains(&&*low) {
            return Self::Before;
        }
        if let Some(written) = written(bare) {
            return written;
        }
        if bare.len() == 4
            && let Some(year) = digits(bare)
        {
            return Self::Year(year);
        }
        let ordinal = ["st", "nd", "rd", "th"].iter().find_map(|ending| low.strip_suffix(ending));
        match digits(ordinal.unwrap_or(bare)).and_then(|day| u8::try_from(day).ok()) {
            Some(day @ 1..=31) => Self::Day(day),
            _ => Self::Other(bare),
        }
    }
}

/// Digits alone, up to four.
fn digits(text: &str) -> Option<i16> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// A month by its name or the beginning of it, and whether it hardly ever is anything else.
fn month(low: &str) -> Option<(u8, bool)> {
    let place = MONTHS.iter().position(|name| *name == low || is_short(low, name))?;
    Some((place as u8 + 1, MONTHS[place] == low && !EVERYDAY.contains(&low)))
}

fn weekday(low: &str) -> Option<(u8, bool)> {
    let one = low.strip_suffix('s').filter(|one| WEEKDAYS.contains(one)).unwrap_or(low);
    let place = WEEKDAYS.iter().position(|name| *name == one || is_short(one, name))?;
    Some((place as u8 + 1, WEEKDAYS[place] == one))
}

fn is_short(low: &str, name: &str) -> bool {
    (low.len() == 3 || SHORT_NAMES.contains(&low)) && name.starts_with(low)
}

/// A year with a month, and a day or none, as ISO 8601 writes them.
fn written<'p>(text: &str) -> Option<Shape<'p>> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut parts = rest.split('-');
    let mut next = |len: usize| parts.next().filter(|part| part.len() == len).and_then(digits);
    let year = next(4)? * sign;
    let month =
        next(2).and_then(|month| u8::try_from(month).ok()).filter(|month| (1..=12).contains(month))?;
    let day = match rest.len() {
        7 => None,
        10 => Some(next(2).and_then(|day| u8::try_from(day).ok()).filter(|day| (1..=31).contains(day))?),
        _ => return None,
    };
    Some(Shape::Written { year, month, day })
}

fn year_word(year: i16) -> String {
    let sign = if year < 0 { "-" } else { "" };
    format!("{sign}{:04}", year.unsigned_abs())
}

fn month_word(month: u8) -> String {
    format!("--{month:02}")
}

fn day_word(month: u8, day: u8) -> String {
    format!("--{month:02}-{day:02}")
}

fn weekday_word(weekday: u8) -> String {
    format!("-W-{weekday}")
}

fn written_words(year: i16, month: u8, day: Option<u8>) -> Together {
    vec![year_word(year), day.map_or_else(|| month_word(month), |day| day_word(month, day))]
}

/// Of each part of a question, what of a date it may mean where nothing says so: words that all have to be there, or none.
pub(super) fn unsaid(parts: &[Part]) -> Vec<Together> {
    let mut dates = vec![Together::new(); parts.len()];
    let shapes: Vec<Shape<'_>> = parts
        .iter()
        .map(|part| {
            let is_plain = part.sort == Sort::Words && part.field.is_none() && !part.is_unwanted;
            // A number below zero is not a year of which nobody said so.
            let is_plain = is_plain && !part.text.starts_with('-');
            if is_plain { Shape::of(&part.text) } else { Shape::Other("") }
        })
        .collect();
    let is_link = |place: &usize| shapes[*place] == Shape::Link;
    for (place, shape) in shapes.iter().enumerate() {
        match *shape {
            Shape::Year(year) => dates[place] = vec![year_word(year)],
            Shape::Written { year, month, day } => dates[place] = written_words(year, month, day),
            Shape::Weekday { number, is_sure: true } => dates[place] = vec![weekday_word(number)],
            Shape::Month { number, is_sure } => {
                let before = (0..place).rev().find(|place| !is_link(place));
                let after = (place + 1..shapes.len()).find(|place| !is_link(place));
                // A day belongs to one month.
                let day = [before, after].into_iter().flatten().find_map(|place| match shapes[place] {
                    Shape::Day(day) if dates[place].is_empty() => Some((place, day)),
                    _ => None,
                });
                let behind_day = day.map_or(place, |(day, _)| day.max(place));
                let year = (behind_day + 1..shapes.len()).find(|place| !is_link(place));
                let has_year = year.is_some_and(|place| matches!(shapes[place], Shape::Year(_)));
                let is_led = place > 0 && shapes[place - 1] == Shape::Before;
                if is_sure || day.is_some() || has_year || is_led {
                    dates[place] = vec![month_word(number)];
                    if let Some((place, day)) = day {
                        dates[place] = vec![day_word(number, day)];
                    }
                }
            }
            _ => {}
        }
    }
    dates
}

/// What is meant by a part for which `date:` was written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// Any of these.
    Any(Vec<Together>),
    /// Years that begin so.
    YearsFrom(String),
}

/// What a part means that `date:` was written for; no words at all if it is no date.
pub(super) fn said(part: &Part) -> Meant {
    match part.sort {
        Sort::Words => Meant::Any(one(&part.text).into_iter().collect()),
        Sort::Phrase => Meant::Any(row(&part.text).into_iter().collect()),
        Sort::Beginning => {
            let low = part.text.to_ascii_lowercase();
            let number = low.strip_prefix('-').unwrap_or(&low);
            if digits(number).is_some() {
                return Meant::YearsFrom(low);
            }
            let of = |names: &[&str], word: fn(u8) -> String| -> Vec<Together> {
                let begin = (1..).zip(names).filter(|(_, name)| name.starts_with(&low));
                begin.map(|(number, _)| vec![word(number)]).collect()
            };
            Meant::Any([of(&MONTHS, month_word), of(&WEEKDAYS, weekday_word)].concat())
        }
    }
}

/// One word that is a date.
fn one(text: &str) -> Option<Together> {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric() && c != '-');
    let number = text.strip_prefix('-').unwrap_or(text);
    if let Some(year) = digits(number) {
        return Some(vec![year_word(if number.len() < text.len() { -year } else { year })]);
    }
    match written(text).unwrap_or_else(|| Shape::of(text)) {
        Shape::Month { number, .. } => Some(vec![month_word(number)]),
        Shape::Weekday { number, .. } => Some(vec![weekday_word(number)]),
        Shape::Written { year, month, day } => Some(written_words(year, month, day)),
        _ => None,
    }
}

/// Words that are a date together, in any order.
fn row(text: &str) -> Option<Together> {
    let (mut together, mut day, mut in_month) = (Together::new(), None, None);
    for word in text.split_whitespace() {
        match Shape::of(word) {
            Shape::Link => {}
            Shape::Day(number) if !word.starts_with('-') => day = Some(number),
            Shape::Month { number, .. } => in_month = Some(number),
            _ => together.extend(one(word)?),
        }
    }
    match (day, in_month) {
        (Some(day), Some(month)) => together.push(day_word(month, day)),
        (None, Some(month)) => together.push(month_word(month)),
        // Without a month it is a year of one or two digits.
        (Some(day), None) => together.push(year_word(day.into())),
        (None, None) => {}
    }
    (!together.is_empty()).then_some(together)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::question::{Mode, Question};
    use crate::model::Timestamp;

    fn words_of(time: &str) -> String {
        let at: Timestamp = time.parse().expect("a time");
        let (mut all, mut word) = (Vec::new(), String::new());
        words(at.as_millis(), &mut word, |word| all.push(word.to_owned()));
        all.join(" ")
    }

    #[test]
    fn a_moment_has_four_words() {
        for (time, words) in [
            ("1666-09-02T23:59:59Z", "1666 --09 --09-02 -W-4"),
            ("2026-11-22T00:30:00+01:00", "2026 --11 --11-21 -W-6"),
            ("0079-08-24T12:00:00Z", "0079 --08 --08-24 -W-4"),
            ("-000043-03-15T12:00:00Z", "-0043 --03 --03-15 -W-5"),
            ("0000-02-29T12:00:00Z", "0000 --02 --02-29 -W-2"),
            ("9999-12-28T00:00:00Z", "9999 --12 --12-28 -W-2"),
        ] {
            assert_eq!(words_of(time), words, "{time}");
        }
        words(i64::MAX, &mut String::new(), |word| panic!("{word}"));
    }

    /// What each word of a question means beside itself.
    fn meant(question: &str) -> String {
        let question = Question::parse(question, Mode::Any, &[]).expect("has words");
        let dates = unsaid(question.parts());
        let shown = question.parts().iter().zip(dates).filter(|(_, date)| !date.is_empty());
        shown.map(|(part, date)| format!("{}={}", part.text, date.join("&"))).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_date_is_known_by_its_words_and_what_stands_around_them() {
        for (question, dates) in [
            ("What burned in September 1666?", "September=--09 1666?=1666"),
            ("on Tuesday, or on mondays", "Tuesday,=-W-2 mondays=-W-1"),
            ("1666-09-02 and 1666-09", "1666-09-02=1666&--09-02 1666-09=1666&--09"),
            ("2 september 1666", "2=--09-02 september=--09 1666=1666"),
            ("the 2nd of September, 1666", "2nd=--09-02 September,=--09 1666=1666"),
            ("september the 2nd", "september=--09 2nd=--09-02"),
            ("3 may or 4 june", "3=--05-03 may=--05 4=--06-04 june=--06"),
            ("may 3 or june 4", "may=--05 3=--05-03 june=--06 4=--06-04"),
            ("what did I do in May?", "May?=--05"),
            ("march 2021 and dec 1999", "march=--03 2021=2021 dec=--12 1999=1999"),
            ("the 0079 eruption", "0079=0079"),
        ] {
            assert_eq!(meant(question), dates, "{question}");
        }
    }

    #[test]
    fn everyday_words_are_no_dates() {
        for question in [
            "May I sit in the sun?",
            "who may march with the army",
            "what may have happened",
            "mark sat wed mon dec mar jan sep",
            "the sun, the moon and 3 stars",
            "room 12, 500 miles, 12345 steps, 3.5 kg, 20:30",
            "second fall morning night today",
            r#""september 1666" septemb* -september -1666 title:september"#,
            "decide marching augustus sunday-school 1666th",
            "fire",
        ] {
            assert_eq!(meant(question), "", "{question}");
        }
    }

    fn said_of(question: &str) -> String {
        let question = Question::parse(question, Mode::Any, &[]).expect("has words");
        match said(&question.parts()[0]) {
            Meant::YearsFrom(start) => format!("{start}*"),
            Meant::Any(dates) => dates.iter().map(|date| date.join("&")).collect::<Vec<_>>().join(" "),
        }
    }

    #[test]
    fn who_says_date_means_one() {
        for (question, words) in [
            ("date:1666", "1666"),
            ("date:79", "0079"),
            ("date:-43", "-0043"),
            ("date:-0043-03-15", "-0043&--03-15"),
            ("date:sun", "-W-7"),
            ("date:Monday,", "-W-1"),
            ("date:may", "--05"),
            ("date:sept", "--09"),
            ("date:1666-09", "1666&--09"),
            ("date:166*", "166*"),
            ("date:ju*", "--06 --07"),
            (r#"date:"2 september 1666""#, "1666&--09-02"),
            (r#"date:"march of -43""#, "-0043&--03"),
            (r#"date:"sunday september""#, "-W-7&--09"),
            ("date:fire", ""),
            ("date:1666-13", ""),
            (r#"date:"september fire""#, ""),
        ] {
            assert_eq!(said_of(question), words, "{question}");
        }
    }
}
