//! How are numbers, sizes and durations written for people?

use std::time::Duration;

/// `1,322`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 memory`, `2 memories`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `1 memory`, `2 memories`.
pub fn memories(number: u64) -> String {
    counted(number, "memory", "memories")
}

/// `812 B`, `1.4 MiB`.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if number < 1024 {
        return format!("{number} B");
    }
    let mut size = number as f64 / 1024.0;
    let mut unit = 0;
    while size >= 1023.95 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// `0.42 ms`, `1.31 s`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds >= 1.0 {
        format!("{seconds:.2} s")
    } else if seconds >= 0.01 {
        format!("{:.0} ms", seconds * 1e3)
    } else {
        format!("{:.2} ms", seconds * 1e3)
    }
}

/// A part of a score; in small stores they are tiny.
pub fn score(value: f64) -> String {
    if value == 0.0 || value.abs() >= 0.001 { format!("{value:.3}") } else { format!("{value:.1e}") }
}

/// A weight, `3` or `0.25`: whole numbers as they are, others to six digits; in scientific form if it is large or tiny.
pub fn weight(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{value:.0}");
    }
    let rounded = format!("{value:.5e}").parse().unwrap_or(value);
    if (1e-4..1e15).contains(&rounded.abs()) { rounded.to_string() } else { format!("{rounded:e}") }
}

/// Milliseconds for JSON, to the microsecond.
pub fn ms(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_and_scaled() {
        assert_eq!(
            [count(0), count(999), count(1_000), count(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [bytes(0), bytes(1023), bytes(1024), bytes(1 << 20)],
            ["0 B", "1023 B", "1.0 KiB", "1.0 MiB"]
        );
        assert_eq!(duration(Duration::from_micros(420)), "0.42 ms");
        assert_eq!(memories(1), "1 memory");
    }

    #[test]
    fn weights_are_short() {
        let weights = [0.0, 3.0, -1.5, 1_234_567.0, 0.1 + 0.2, 2.0 / 3.0, 1e100, -1.5e-100, 1.234_567_89e20];
        let shown = ["0", "3", "-1.5", "1234567", "0.3", "0.666667", "1e100", "-1.5e-100", "1.23457e20"];
        assert_eq!(weights.map(weight), shown);
    }
}
