//! Which styles are there? Few: colour guides the eye, and never says what the words do not.

use anstyle::{AnsiColor, Color, Effects, Style};

const fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(colour)))
}

/// As it comes.
pub const PLAIN: Style = Style::new();
/// Headings.
pub const BOLD: Style = Style::new().effects(Effects::BOLD);
/// What matters less: ids, labels, hints.
pub const DIM: Style = Style::new().effects(Effects::DIMMED);
/// What matches a question.
pub const MATCH: Style = colour(AnsiColor::Yellow).effects(Effects::BOLD);
/// Times.
pub const TIME: Style = colour(AnsiColor::Cyan);
/// Kinds of memories.
pub const KIND: Style = colour(AnsiColor::Magenta);
/// Bars and rules.
pub const BAR: Style = colour(AnsiColor::Cyan);
/// What is well.
pub const GOOD: Style = colour(AnsiColor::Green);
/// What is wrong.
pub const BAD: Style = colour(AnsiColor::Red).effects(Effects::BOLD);
