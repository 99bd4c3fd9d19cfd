//! Which goals are met?

use std::fmt;

/// What was measured, in the order in which it will be read.
#[derive(Default)]
pub struct Table {
    rows: Vec<Line>,
}

struct Line {
    what: String,
    anchor: String,
    ours: String,
    ratio: f64,
    goal: Option<Goal>,
}

/// What a ratio should be.
#[derive(Clone, Copy)]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    fn met(self, ratio: f64) -> bool {
        match self {
            Self::AtMost(most) => ratio <= most,
            Self::AtLeast(least) => ratio >= least,
        }
    }
}

impl Table {
    /// Two times of the same work, in microseconds.
    pub fn micros(&mut self, what: &str, anchor: f64, ours: f64, goal: Option<Goal>) {
        let ratio = match goal {
            Some(Goal::AtLeast(_)) => anchor / ours,
            _ => ours / anchor,
        };
        self.line(what, &micros(anchor), &micros(ours), ratio, goal);
    }

    /// Anything else.
    pub fn line(&mut self, what: &str, anchor: &str, ours: &str, ratio: f64, goal: Option<Goal>) {
        eprintln!("{what}: {anchor} | {ours} | {ratio:.2}");
        self.rows.push(Line {
            what: what.to_owned(),
            anchor: anchor.to_owned(),
            ours: ours.to_owned(),
            ratio,
            goal,
        });
    }
}

fn micros(value: f64) -> String {
    if value < 100.0 { format!("{value:.2} µs") } else { format!("{value:.0} µs") }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows: Vec<&Line> = self.rows.iter().collect();
        // Lost, then won, then what has no goal; otherwise as measured.
        rows.sort_by_key(|line| line.goal.map_or(2, |goal| u8::from(goal.met(line.ratio))));
        writeln!(f, "| what | anchor | ours | ratio | goal | met |")?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        for line in rows {
            let (goal, met) = match line.goal {
                Some(goal @ Goal::AtMost(most)) => (format!("≤ {most}"), goal.met(line.ratio)),
                Some(goal @ Goal::AtLeast(least)) => (format!("≥ {least}"), goal.met(line.ratio)),
                None => (String::new(), true),
            };
            let met = match (line.goal, met) {
                (None, _) => "",
                (_, true) => "yes",
                (_, false) => "**no**",
            };
            let ratio = if line.anchor.is_empty() { String::new() } else { format!("{:.2}", line.ratio) };
            writeln!(f, "| {} | {} | {} | {ratio} | {goal} | {met} |", line.what, line.anchor, line.ours)?;
        }
        Ok(())
    }
}

/// The value that the share `q` (0 to 1) of all stays at or under.
pub fn quantile(values: &mut [f64], q: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let place = (values.len() as f64 * q).ceil() as usize;
    values[place.clamp(1, values.len()) - 1]
}

pub fn median(values: &mut [f64]) -> f64 {
    quantile(values, 0.5)
}
