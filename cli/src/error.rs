//! How does a failure reach whoever called: in words, and in the exit code?

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use mindkeep::Error;
use serde::Serialize;

use crate::args::Format;
use crate::output::text;

/// The result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Failure>;

/// What scripts tell apart by the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// It did not work.
    Failed = 1,
    /// It was asked for wrongly, or with values out of their limits.
    Usage = 2,
    /// What was asked for is not there.
    NotFound = 3,
    /// Somebody else holds the store.
    Busy = 4,
    /// The file is damaged, from another program, or from another version.
    File = 5,
}

/// Why a command ends early.
#[derive(Debug)]
pub enum Failure {
    /// Nobody reads any more: end without a word.
    ClosedPipe,
    /// Anything worth saying.
    Said(Box<Said>),
}

/// What to say about a failure.
#[derive(Debug, Serialize)]
pub struct Said {
    #[serde(skip)]
    code: Code,
    kind: &'static str,
    message: String,
    hint: String,
}

#[derive(Serialize)]
struct Document<'d> {
    error: &'d Said,
}

impl Failure {
    /// A failure in this program's own words.
    pub fn new(code: Code, kind: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Said(Box::new(Said { code, kind, message: message.into(), hint: hint.into() }))
    }

    /// A value that cannot be used.
    pub fn invalid(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Code::Usage, "InvalidInput", message, hint)
    }

    /// What was asked for is not there.
    pub fn not_found(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Code::NotFound, "NotFound", message, hint)
    }

    /// A file that is not the store could not be read or written.
    pub fn file(doing: &str, path: impl Display, error: &std::io::Error) -> Self {
        let message = format!("{doing} {path}: {}", reason(error));
        match error.kind() {
            ErrorKind::BrokenPipe => Self::ClosedPipe,
            ErrorKind::NotFound => Self::not_found(message, "Check the path."),
            _ => Self::new(Code::Failed, "Io", message, "Check the path, its permissions and the disk."),
        }
    }

    /// The same with more words: what becomes of the message and of the hint.
    pub fn reworded(self, message: impl FnOnce(&str) -> String, hint: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::ClosedPipe => Self::ClosedPipe,
            Self::Said(mut said) => {
                said.message = message(&said.message);
                said.hint = hint(&said.hint);
                Self::Said(said)
            }
        }
    }

    /// What clap says of arguments that do not fit: its first words are the message, its tips and the usage the hint.
    pub fn usage(error: &clap::Error) -> Self {
        let rendered = error.render().to_string();
        let lines = rendered.lines().map(str::trim).filter(|line| !line.is_empty());
        let (mut message, mut hint) = (Vec::new(), Vec::new());
        for line in lines.filter(|line| !line.starts_with("For more information")) {
            if let Some(tip) = line.strip_prefix("tip: ") {
                hint.push(format!("{tip}."));
            } else if line.starts_with("Usage:") {
                hint.push(format!("{line} (--help tells more)"));
            } else {
                message.push(line.trim_start_matches("error: "));
            }
        }
        if hint.is_empty() {
            hint.push("Try it with --help.".to_owned());
        }
        Self::new(Code::Usage, "Usage", message.join(" "), hint.join(" "))
    }

    /// Prints it on stderr, and gives the exit code.
    pub fn tell(self, format: Format) -> ExitCode {
        let Self::Said(said) = self else {
            return ExitCode::SUCCESS;
        };
        let mut stderr = anstream::stderr().lock();
        // Where stderr itself is closed there is nobody left to tell.
        let _ = match format {
            Format::Json => match serde_json::to_string(&Document { error: &said }) {
                Ok(json) => writeln!(std::io::stderr(), "{json}"),
                Err(_) => Ok(()),
            },
            Format::Text => {
                use crate::output::style::{BAD, DIM};
                writeln!(
                    stderr,
                    "{BAD}error:{BAD:#} {}\n {DIM}hint:{DIM:#} {}",
                    text::one_line(&said.message),
                    text::one_line(&said.hint)
                )
            }
        };
        ExitCode::from(said.code as u8)
    }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file or folder".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        kind => kind.to_string(),
    }
}

/// The one place where the library's situations become exit codes.
fn code(error: &Error) -> Code {
    match error {
        Error::InvalidInput { .. } => Code::Usage,
        Error::NotFound { .. } => Code::NotFound,
        Error::Busy { .. } => Code::Busy,
        Error::Corrupt { .. }
        | Error::NotAStore { .. }
        | Error::SchemaTooNew { .. }
        | Error::UpgradePending { .. }
        | Error::SchemaDiffers { .. }
        | Error::UpgradeFailed { .. } => Code::File,
        Error::BatchStopped { cause, .. } => code(cause),
        _ => Code::Failed,
    }
}

/// The library's hints speak to programmers; here stands what to type.
fn hint(error: &Error) -> &'static str {
    match error {
        Error::NotFound { what: "declared attribute" } => {
            "Check the kind and the path; `mindkeep attribute list` shows what is declared."
        }
        Error::UpgradePending { .. } => {
            "Run `mindkeep migrate up`; any command that writes, such as `mindkeep remember`, does so first, too."
        }
        Error::NoRoomForSnapshot { .. } => {
            "Make room, or go on without a copy to fall back on: `mindkeep migrate up --without-snapshot`, or `down` with the same."
        }
        Error::SchemaDiffers { .. } => {
            "Run `mindkeep migrate check`; if nothing was altered by hand, export with the version that made the file."
        }
        Error::Busy { .. } => "Try again; another program may be in a long write.",
        Error::ReadOnly => "Check the permissions of the file and of its folder.",
        Error::NotAStore { .. } => {
            "Name another file with --db, or a new one to create a store. What is left of a damaged one: mindkeep repair --into NEW.db"
        }
        Error::Corrupt { .. } => {
            "Copy the file and those beside it, then restore a backup, or save what is whole: mindkeep repair --into NEW.db"
        }
        Error::Cancelled => "Run it again; nothing of it was kept.",
        Error::BadLine { .. } => "Mend the line, or leave out --strict to keep the good lines.",
        Error::Sqlite { .. } => "Run `mindkeep verify`; if it finds nothing, please report the code.",
        Error::BatchStopped { cause, .. } => hint(cause),
        error => error.hint(),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if let Error::Io { kind: ErrorKind::BrokenPipe, .. } = error {
            return Self::ClosedPipe;
        }
        Self::new(code(&error), error.kind(), error.to_string(), hint(&error))
    }
}

/// Only writing to stdout gives these; other files go through [`Failure::file`].
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::file("writing", "the output", &error)
    }
}
