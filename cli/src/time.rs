//! What moment does somebody mean, and how is a moment shown?

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use mindkeep::Timestamp;

use crate::error::{Failure, Result};

/// The moment of the call and the zone in which its times are read and shown.
pub struct Clock {
    now: Timestamp,
    zone: TimeZone,
    name: String,
}

/// Which way a bare `30d` points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Thirty days ago.
    Ago,
    /// Thirty days from now.
    Ahead,
}

const HOW: &str = "Write 2026-11-21, 2026-11-21T08:30, 2026-11-21T08:30:00Z, 30d, 12h, 45m, 2w, now, today or \
                   yesterday.";

impl Clock {
    /// The present, in the zone of that name.
    pub fn new(zone: &str) -> Result<Self> {
        let found = TimeZone::get(zone).map_err(|_| {
            Failure::invalid(
                "`--tz` is not the name of a time zone",
                "Write UTC or a name such as Europe/London or Asia/Kolkata.",
            )
        })?;
        Ok(Self { now: Timestamp::now(), zone: found, name: zone.to_owned() })
    }

    /// The moment of the call.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The zone's name.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or(&self.name)
    }

    /// Reads a moment that was given for `flag`.
    pub fn read(&self, flag: &str, text: &str, direction: Direction) -> Result<Timestamp> {
        match self.moment(text.trim(), direction) {
            Ok(Some(time)) => Ok(time),
            Ok(None) => Err(Failure::invalid(format!("`{flag}` is not a time"), HOW)),
            Err(OutOfRange) => Err(Failure::invalid(
                format!("`{flag}` is out of range"),
                format!("Times from {} to {} can be kept.", Timestamp::MIN, Timestamp::MAX),
            )),
        }
    }

    /// The same for a flag that may be absent.
    pub fn read_option(
        &self,
        flag: &str,
        text: Option<&str>,
        direction: Direction,
    ) -> Result<Option<Timestamp>> {
        text.map(|text| self.read(flag, text, direction)).transpose()
    }

    fn moment(&self, text: &str, direction: Direction) -> std::result::Result<Option<Timestamp>, OutOfRange> {
        let today = || self.zoned(self.now).map(|now| now.date());
        match text {
            "now" => return Ok(Some(self.now)),
            "today" => return self.midnight(today()?).map(Some),
            "yesterday" => {
                return self.midnight(today()?.yesterday().map_err(|_| OutOfRange)?).map(Some);
            }
            "tomorrow" => {
                return self.midnight(today()?.tomorrow().map_err(|_| OutOfRange)?).map(Some);
            }
            _ => {}
        }
        if let Some(distance) = distance_ms(text) {
            let distance = distance?;
            let ms = match direction {
                Direction::Ago => self.now.as_millis().checked_sub(distance),
                Direction::Ahead => self.now.as_millis().checked_add(distance),
            };
            return in_range(ms.ok_or(OutOfRange)?).map(Some);
        }
        // A date alone also reads as a date with a time: dates go first.
        if !text.contains([':', 'T', 't', ' '])
            && let Ok(date) = text.parse::<Date>()
        {
            return self.midnight(date).map(Some);
        }
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return in_range(time.as_millisecond()).map(Some);
        }
        match text.parse::<DateTime>() {
            Ok(local) => self.local(local).map(Some),
            Err(_) if is_beyond(text) => Err(OutOfRange),
            Err(_) => Ok(None),
        }
    }

    fn midnight(&self, date: Date) -> std::result::Result<Timestamp, OutOfRange> {
        self.local(date.to_datetime(jiff::civil::Time::midnight()))
    }

    fn local(&self, local: DateTime) -> std::result::Result<Timestamp, OutOfRange> {
        let zoned = local.to_zoned(self.zone.clone()).map_err(|_| OutOfRange)?;
        in_range(zoned.timestamp().as_millisecond())
    }

    fn zoned(&self, time: Timestamp) -> std::result::Result<jiff::Zoned, OutOfRange> {
        let time = jiff::Timestamp::from_millisecond(time.as_millis()).map_err(|_| OutOfRange)?;
        Ok(time.to_zoned(self.zone.clone()))
    }

    /// The date as it can be typed, which years before 0 cannot in all of `strftime`'s ways.
    fn show(&self, time: Timestamp, before: &str, after: &str) -> String {
        self.zoned(time).map_or_else(
            |_| time.to_string(),
            |time| format!("{}{}{}", time.strftime(before), time.date(), time.strftime(after)),
        )
    }

    /// For lines: `2026-11-21 08:30`.
    pub fn minute(&self, time: Timestamp) -> String {
        self.show(time, "", " %H:%M")
    }

    /// For periods: `2026-11-21`.
    pub fn day(&self, time: Timestamp) -> String {
        self.show(time, "", "")
    }

    /// For a memory's own page: `Saturday, 2026-11-21 08:30:05`.
    pub fn full(&self, time: Timestamp) -> String {
        self.show(time, "%A, ", " %H:%M:%S")
    }

    /// For programs: RFC 3339, with the zone's offset at that moment.
    ///
    /// Before zones were agreed on, offsets had seconds, which RFC 3339 cannot say: they are rounded to the minute, and
    /// the local time with them, so that what is read back is the same moment.
    pub fn rfc3339(&self, time: Timestamp) -> String {
        let Ok(moment) = jiff::Timestamp::from_millisecond(time.as_millis()) else {
            return time.to_string();
        };
        let seconds = self.zone.to_offset(moment).seconds();
        let minutes = (f64::from(seconds) / 60.0).round() as i32;
        match Offset::from_seconds(minutes * 60) {
            Ok(offset) if minutes != 0 => moment.display_with_offset(offset).to_string(),
            _ => moment.to_string(),
        }
    }
}

struct OutOfRange;

fn in_range(ms: i64) -> std::result::Result<Timestamp, OutOfRange> {
    Timestamp::from_millis(ms).map_err(|_| OutOfRange)
}

/// Whether it has the shape of a date, in a year at the end of those that can be read or after it.
fn is_beyond(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let (year, rest) = digits.split_once('-').unwrap_or_default();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let month_and_day = rest.get(..5).and_then(|date| date.split_once('-'));
    text.len() - digits.len() <= 1
        && is_number(year)
        && year.trim_start_matches('0').len() >= 4
        && year.parse::<u64>().map_or(true, |year| year >= 9999)
        && month_and_day.is_some_and(|(month, day)| is_number(month) && is_number(day))
}

/// `30d` and the like in milliseconds; a day has 24 hours. `None` if it is something else.
fn distance_ms(text: &str) -> Option<std::result::Result<i64, OutOfRange>> {
    let unit_ms = match text.chars().last()? {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        'w' => 7 * 86_400_000,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let distance = digits.parse::<i64>().ok().and_then(|n| n.checked_mul(unit_ms));
    Some(distance.ok_or(OutOfRange))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(zone: &str) -> Clock {
        let mut clock = Clock::new(zone).unwrap();
        clock.now = "2026-11-21T08:30:00Z".parse().unwrap();
        clock
    }

    fn read(zone: &str, text: &str) -> String {
        clock(zone).read("--at", text, Direction::Ago).unwrap().to_string()
    }

    #[test]
    fn days_begin_at_midnight_of_the_zone() {
        assert_eq!(read("UTC", "2026-11-21"), "2026-11-21T00:00:00Z");
        assert_eq!(read("Asia/Kolkata", "2026-11-21"), "2026-11-20T18:30:00Z");
        assert_eq!(read("Asia/Kolkata", "yesterday"), "2026-11-19T18:30:00Z");
        assert_eq!(read("Asia/Kolkata", "2026-11-21T08:30"), "2026-11-21T03:00:00Z");
        assert_eq!(read("UTC", "-000044-03-15"), "-000044-03-15T00:00:00Z");
    }

    #[test]
    fn distances_point_back_or_ahead() {
        assert_eq!(read("UTC", "30d"), "2026-10-22T08:30:00Z");
        assert_eq!(read("UTC", "45m"), "2026-11-21T07:45:00Z");
        let ahead = clock("UTC").read("--expires", "2w", Direction::Ahead).unwrap();
        assert_eq!(ahead.to_string(), "2026-12-05T08:30:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "soon", "30", "d", "-5d", "2026-13-01", "99999999999999999999d", "9999999999d", "5µ"]
        {
            assert!(clock("UTC").read("--at", text, Direction::Ago).is_err(), "{text}");
        }
    }

    #[test]
    fn times_out_of_range_say_what_the_range_is() {
        let texts = [
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59-05:00",
            "9999-12-31",
            "-009999-01-01",
            "-009999-01-01T00:00:00Z",
            "10000-01-01",
            "+010000-01-01T00:00:00Z",
            "99999999d",
        ];
        for text in texts {
            let failure = clock("UTC").read("--at", text, Direction::Ago).unwrap_err();
            let said = format!("{failure:?}");
            assert!(said.contains("out of range"), "{text}: {said}");
            assert!(said.contains(&format!("{} to {}", Timestamp::MIN, Timestamp::MAX)), "{text}: {said}");
        }
        for text in ["2026-02-30", "2026-13-01T00:00:00Z", "99999-x", "--9999-01-01", "9999é01"] {
            let failure = clock("UTC").read("--at", text, Direction::Ago).unwrap_err();
            assert!(format!("{failure:?}").contains("not a time"), "{text}");
        }
        for time in [Timestamp::MIN, Timestamp::MAX] {
            assert_eq!(read("UTC", &time.to_string()), time.to_string());
        }
    }

    #[test]
    fn days_are_printed_as_they_can_be_typed() {
        for day in ["-007967-07-12", "-000044-03-15", "0000-01-01", "0794-02-03", "2026-11-21"] {
            let clock = clock("UTC");
            let time = clock.read("--at", day, Direction::Ago).unwrap();
            assert_eq!(clock.day(time), day);
            assert_eq!(clock.minute(time), format!("{day} 00:00"));
            assert!(clock.full(time).ends_with(&format!(", {day} 00:00:00")));
            assert_eq!(clock.read("--at", &clock.minute(time), Direction::Ago).unwrap(), time);
        }
    }

    #[test]
    fn what_is_printed_is_the_same_moment() {
        let fire: Timestamp = "1666-09-02T03:00:00Z".parse().unwrap();
        for zone in ["UTC", "Europe/London", "Asia/Kolkata", "America/New_York"] {
            let shown = clock(zone).rfc3339(fire);
            assert_eq!(shown.parse::<Timestamp>().unwrap(), fire, "{zone}: {shown}");
        }
    }
}
