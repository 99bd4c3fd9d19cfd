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
    rows: Vec<Row>,
    indent: usize,
}

struct Row {
    cells: Vec<Cell>,
    below: Option<String>,
}

const GAP: usize = 2;
/// What the last column gets before the others, of which the widest gives way.
const LAST_MIN: usize = 24;
/// Below this no column is of any use, and lines are broken.
const COLUMN_MIN: usize = 8;
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
        self.rows.push(Row { cells, below: None });
    }

    /// One more row, with a line of its own below for what has no room beside the others.
    pub fn row_with_line(&mut self, cells: Vec<Cell>, below: String) {
        self.rows.push(Row { cells, below: Some(below) });
    }

    /// Prints it within the terminal's width, or in full where there is none.
    pub fn print(self, out: &mut Output) -> Result<()> {
        let room = out.width();
        self.print_within(out, room)
    }

    /// Prints it within so many columns.
    pub fn print_within(mut self, out: &mut Output, room: Option<usize>) -> Result<()> {
        let last = self.columns.len().saturating_sub(1);
        let mut widths: Vec<usize> = self.columns.iter().map(|(name, _)| text::width(name)).collect();
        for row in &mut self.rows {
            for (column, cell) in row.cells.iter_mut().enumerate() {
                if column != last && room.is_some() {
                    cell.text = std::mem::take(&mut cell.text).shortened(COLUMN_MAX);
                }
                widths[column] = widths[column].max(cell.text.width());
            }
        }
        if let Some(room) = room {
            fit(&mut widths, room.saturating_sub(self.indent));
            for row in &mut self.rows {
                for (cell, width) in row.cells.iter_mut().zip(&widths) {
                    cell.text = std::mem::take(&mut cell.text).shortened(*width);
                }
            }
        }
        let (columns, indent) = (self.columns, self.indent);
        if columns.iter().any(|(name, _)| !name.is_empty()) {
            let cells = columns.iter().map(|(name, _)| Cell::styled(name, DIM)).collect();
            print_row(cells, &columns, &widths, indent, out)?;
        }
        for row in self.rows {
            print_row(row.cells, &columns, &widths, indent, out)?;
            if let Some(below) = row.below {
                writeln!(out, "{}  {DIM}{}{DIM:#}", " ".repeat(indent), text::one_line(&below))?;
            }
        }
        Ok(())
    }
}

/// Makes columns narrower until a line has room: the last one first, then whichever is the widest.
fn fit(widths: &mut [usize], room: usize) {
    let Some((last, before)) = widths.split_last_mut() else {
        return;
    };
    let taken = |before: &[usize]| before.iter().map(|wide| wide + GAP).sum::<usize>();
    let wanted = (*last).min(LAST_MIN);
    while taken(before) + wanted > room {
        match before.iter_mut().max().filter(|wide| **wide > COLUMN_MIN) {
            Some(widest) => *widest -= 1,
            None => break,
        }
    }
    *last = (*last).min(room.saturating_sub(taken(before)).max(COLUMN_MIN));
}

fn print_row(
    cells: Vec<Cell>,
    columns: &[(&str, Side)],
    widths: &[usize],
    indent: usize,
    out: &mut Output,
) -> Result<()> {
    let last = columns.len().saturating_sub(1);
    let mut line = " ".repeat(indent);
    for (column, Cell { text, style }) in cells.into_iter().enumerate() {
        let text = if column == last { text.shortened(widths[column]) } else { text };
        let blanks = " ".repeat(widths[column].saturating_sub(text.width()));
        let text = text.plain();
        let text = if text.is_empty() { text } else { format!("{style}{text}{style:#}") };
        line += &match columns[column].1 {
            Side::Right => format!("{blanks}{text}"),
            Side::Left => format!("{text}{blanks}"),
        };
        if column != last {
            line += "  ";
        }
    }
    writeln!(out, "{}", line.trim_end_matches(' '))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_and_the_last_column_has_room() {
        // A time, a persona, a kind and a text.
        for (mut widths, room, fitted) in [
            (vec![16, 16, 10, 90], 80, vec![16, 16, 10, 32]),
            (vec![16, 40, 12, 90], 80, vec![16, 22, 12, 24]),
            (vec![16, 40, 40, 90], 80, vec![16, 17, 17, 24]),
            (vec![16, 40, 12, 5], 80, vec![16, 40, 12, 5]),
            (vec![16, 40, 12, 90], 200, vec![16, 40, 12, 90]),
            (vec![10, 90], 40, vec![10, 28]),
        ] {
            fit(&mut widths, room);
            assert_eq!(widths, fitted);
        }
    }
}
