//! How do rows stand under each other?

use std::io::Write;

use anstyle::Style;

use super::Output;
use super::style::{DIM, PLAIN};
use super::text::{self, Text};
use crate::error::Result;

/// One field of a row.
pub struct Cell {
    text: Text,
    style: Style,
}

impl Cell {
    /// A text from anywhere.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self::styled(text, PLAIN)
    }

    /// The same in a style.
    pub fn styled(text: impl AsRef<str>, style: Style) -> Self {
        Self { text: Text::one_line(text.as_ref(), &[]), style }
    }
}

/// On which side a column's texts stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows under headings. The last column takes what room is left and is shortened to it.
pub struct Table {
    columns: Vec<(&'static str, Side)>,
    rows: Vec<Vec<Cell>>,
    indent: usize,
}

const GAP: usize = 2;
/// What any column may take, but the last.
const COLUMN_MAX: usize = 40;

impl Table {
    /// With these headings; if all are empty, without a line for them.
    pub fn new(columns: &[(&'static str, Side)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new(), indent: 0 }
    }

    /// Every line begins with so many blanks.
    pub fn indented(mut self, blanks: usize) -> Self {
        self.indent = blanks;
        self
    }

    /// One more row, with as many cells as there are columns.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Prints it within the terminal's width, or in full where there is none.
    pub fn print(self, out: &mut Output) -> Result<()> {
        let room = out.width();
        self.print_within(out, room)
    }

    /// Prints it within so many columns.
    pub fn print_within(self, out: &mut Output, room: Option<usize>) -> Result<()> {
        let last = self.columns.len().saturating_sub(1);
        let mut widths: Vec<usize> = self.columns.iter().map(|(name, _)| text::width(name)).collect();
        let texts: Vec<Vec<(String, Style)>> = self
            .rows
            .into_iter()
            .map(|row| {
                row.into_iter()
                    .enumerate()
                    .map(|(column, cell)| {
                        let text = if column == last || room.is_none() {
                            cell.text
                        } else {
                            cell.text.shortened(COLUMN_MAX)
                        };
                        (text.plain(), cell.style)
                    })
                    .collect()
            })
            .collect();
        for row in &texts {
            for (wide, (text, _)) in widths.iter_mut().zip(row) {
                *wide = (*wide).max(text::width(text));
            }
        }
        if let Some(room) = room {
            let before: usize = self.indent + widths[..last].iter().map(|wide| wide + GAP).sum::<usize>();
            widths[last] = widths[last].min(room.saturating_sub(before).max(8));
        }
        let headings = self.columns.iter().map(|(name, _)| ((*name).to_owned(), DIM));
        let headings = self.columns.iter().any(|(name, _)| !name.is_empty()).then(|| headings.collect());
        for row in headings.into_iter().chain(texts) {
            let mut line = " ".repeat(self.indent);
            for (column, (text, style)) in row.into_iter().enumerate() {
                let text = if column == last {
                    Text::one_line(&text, &[]).shortened(widths[column]).plain()
                } else {
                    text
                };
                let blanks = " ".repeat(widths[column].saturating_sub(text::width(&text)));
                let side = self.columns[column].1;
                let (before, after) = match side {
                    Side::Right => (blanks.as_str(), ""),
                    Side::Left if column == last => ("", ""),
                    Side::Left => ("", blanks.as_str()),
                };
                let gap = if column == last { "" } else { "  " };
                if text.is_empty() {
                    line.push_str(&format!("{before}{after}{gap}"));
                } else {
                    line.push_str(&format!("{before}{style}{text}{style:#}{after}{gap}"));
                }
            }
            let line = line.trim_end_matches(' ');
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}
