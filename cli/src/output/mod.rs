//! How does the program talk: to people in text, to programs in one JSON document?
//!
//! Nothing else writes to stdout. Text may hold styles, which are dropped where no terminal shows them; whatever comes
//! from a memory goes through [`text`] first, so that it cannot hold any.

pub mod figures;
pub mod memory;
pub mod style;
pub mod table;
pub mod text;

use std::io::{BufWriter, IsTerminal, Write};

use anstream::AutoStream;
use serde::Serialize;

use crate::args::Format;
use crate::error::{Failure, Result};

/// The way out.
pub struct Output {
    format: Format,
    width: Option<usize>,
    stdout: BufWriter<AutoStream<std::io::StdoutLock<'static>>>,
}

/// Columns for text that is wrapped or drawn where nobody says how many there are.
const WIDTH_UNKNOWN: usize = 100;

impl Output {
    /// Takes stdout for the rest of the program.
    pub fn new(format: Format) -> Self {
        let width = std::io::stdout()
            .is_terminal()
            .then(|| terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0)));
        Self {
            format,
            width: width.map(|width| width.max(40)),
            stdout: BufWriter::new(AutoStream::auto(std::io::stdout().lock())),
        }
    }

    /// Whether one JSON document is wanted.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Columns of the terminal; `None` if what is printed goes elsewhere and need not be shortened.
    pub fn width(&self) -> Option<usize> {
        self.width
    }

    /// Columns for text that has to end somewhere.
    pub fn width_to_wrap(&self) -> usize {
        self.width.unwrap_or(WIDTH_UNKNOWN)
    }

    /// Prints the one document. On a terminal it is spread over lines.
    pub fn json(&mut self, document: &impl Serialize) -> Result<()> {
        let json = match self.width {
            Some(_) => serde_json::to_string_pretty(document),
            None => serde_json::to_string(document),
        };
        let json = json.map_err(|error| Failure::from(std::io::Error::from(error)))?;
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(json.as_bytes())?;
        stdout.write_all(b"\n")?;
        Ok(())
    }

    /// A remark for people, on stderr.
    pub fn note(&self, remark: &str) {
        to_stderr(remark);
    }

    /// Sends what is still held back.
    pub fn finish(mut self) -> Result<()> {
        Ok(self.stdout.flush()?)
    }
}

impl Write for Output {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        self.stdout.write(buffer)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.stdout.flush()
    }
}

/// One line on stderr; a closed one is no reason to fail.
pub fn to_stderr(remark: &str) {
    let _ = writeln!(anstream::stderr(), "{}", text::one_line(remark));
}
