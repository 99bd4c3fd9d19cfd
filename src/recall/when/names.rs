//! What are the months, days, seasons and feasts called?

use super::calendar::{Feast, Part, Season, Unit};
use crate::index::{MONTHS, SHORT_NAMES, WEEKDAYS};

/// Months that are words or names of people.
const EVERYDAY: [&str; 5] = ["march", "april", "may", "june", "august"];

/// Whether a name hardly ever is anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    Sure,
    /// A word or a name of people: `may`, `June`.
    Everyday,
    /// An abbreviation: `jan`, `sat`.
    Short,
}

fn short(low: &str, name: &str) -> bool {
    (low.len() == 3 || SHORT_NAMES.contains(&low)) && name.starts_with(low)
}

pub(super) fn month(low: &str) -> Option<(i8, Sense)> {
    let place = MONTHS.iter().position(|name| *name == low || short(low, name))?;
    let sense = match low {
        _ if EVERYDAY.contains(&low) => Sense::Everyday,
        _ if MONTHS[place] == low => Sense::Sure,
        _ => Sense::Short,
    };
    Some((place as i8 + 1, sense))
}

pub(super) fn weekday(low: &str) -> Option<(i8, Sense)> {
    let place = WEEKDAYS.iter().position(|name| *name == low || short(low, name))?;
    Some((place as i8 + 1, if WEEKDAYS[place] == low { Sense::Sure } else { Sense::Short }))
}

pub(super) fn season(low: &str) -> Option<Season> {
    Some(match low {
        "spring" | "springtime" => Season::Spring,
        "summer" | "summertime" => Season::Summer,
        "autumn" | "fall" => Season::Autumn,
        "winter" | "wintertime" => Season::Winter,
        _ => return None,
    })
}

pub(super) fn unit(low: &str) -> Option<Unit> {
    Some(match low {
        "minute" | "minutes" | "min" | "mins" => Unit::Minute,
        "hour" | "hours" => Unit::Hour,
        "day" | "days" => Unit::Day,
        "week" | "weeks" => Unit::Week,
        "fortnight" | "fortnights" => Unit::Fortnight,
        "weekend" | "weekends" => Unit::Weekend,
        "month" | "months" => Unit::Month,
        "quarter" | "quarters" => Unit::Quarter,
        "year" | "years" | "yr" | "yrs" => Unit::Year,
        "decade" | "decades" => Unit::Decade,
        "century" | "centuries" => Unit::Century,
        _ => return None,
    })
}

pub(super) fn part(low: &str) -> Option<Part> {
    Some(match low {
        "morning" | "mornings" => Part::Morning,
        "noon" | "midday" | "lunchtime" => Part::Noon,
        "afternoon" => Part::Afternoon,
        "evening" => Part::Evening,
        "night" => Part::Night,
        _ => return None,
    })
}

/// A feast, and how many words its name has.
pub(super) fn feast(words: &[Option<&str>]) -> Option<(Feast, usize)> {
    let word = |place: usize| words.get(place).copied().flatten();
    let is_day = |place: usize| word(place) == Some("day");
    let with_day = |feast, words: usize| Some((feast, words + usize::from(is_day(words))));
    match (word(0)?, word(1), word(2)) {
        ("christmas" | "xmas", Some("eve"), _) => Some((Feast::ChristmasEve, 2)),
        ("christmas" | "xmas", ..) => with_day(Feast::Christmas, 1),
        ("boxing", Some("day"), _) => Some((Feast::BoxingDay, 2)),
        ("new", Some("year" | "years"), Some("eve")) => Some((Feast::NewYearsEve, 3)),
        ("new", Some("year" | "years"), Some("day")) => Some((Feast::NewYear, 3)),
        ("halloween" | "hallowe'en", ..) => with_day(Feast::Halloween, 1),
        ("valentine" | "valentines", Some("day"), _) => Some((Feast::Valentine, 2)),
        ("easter", Some("monday"), _) => Some((Feast::EasterMonday, 2)),
        ("easter", Some("sunday"), _) => Some((Feast::Easter, 2)),
        ("easter", ..) => Some((Feast::Easter, 1)),
        ("good", Some("friday"), _) => Some((Feast::GoodFriday, 2)),
        ("thanksgiving", ..) => with_day(Feast::Thanksgiving, 1),
        _ => None,
    }
}

/// A number in words, and how far around it is meant: `a few` are 3, give or take 1.
pub(super) fn count(low: &str) -> Option<(i32, i32)> {
    Some(match low {
        "a" | "an" | "one" => (1, 0),
        "couple" => (2, 1),
        "few" => (3, 1),
        "several" => (5, 2),
        "two" => (2, 0),
        "three" => (3, 0),
        "four" => (4, 0),
        "five" => (5, 0),
        "six" => (6, 0),
        "seven" => (7, 0),
        "eight" => (8, 0),
        "nine" => (9, 0),
        "ten" => (10, 0),
        "eleven" => (11, 0),
        "twelve" | "dozen" => (12, 0),
        _ => return None,
    })
}

/// `second` and `2nd`, up to the thirty-first.
pub(super) fn ordinal(low: &str) -> Option<i8> {
    const ORDINALS: [&str; 20] = [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
        "twentieth",
    ];
    let place = ORDINALS.iter().position(|ordinal| *ordinal == low)?;
    Some(place as i8 + 1)
}

/// `nineties`, as the years that it begins with.
pub(super) fn decade(low: &str) -> Option<i32> {
    Some(match low {
        "twenties" => 20,
        "thirties" => 30,
        "forties" => 40,
        "fifties" => 50,
        "sixties" => 60,
        "seventies" => 70,
        "eighties" => 80,
        "nineties" => 90,
        _ => return None,
    })
}
