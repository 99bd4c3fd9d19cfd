//! What happens when somebody types `mindkeep`?
//!
//! Arguments are read ([`args`]), a command turns them into a job that is valid and does it ([`commands`]) on the store
//! of the [`session`], and what it says goes through [`output`]; what went wrong ends up in [`error`] and in the exit code.

#![forbid(unsafe_code)]

mod args;
mod commands;
mod error;
mod interrupt;
mod output;
mod progress;
mod session;
mod time;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Format};
use error::Failure;
use session::Session;

fn main() -> ExitCode {
    if std::env::args_os().len() <= 1 {
        return args::help_for_nothing();
    }
    let (result, format) = match Arguments::try_parse() {
        Ok(arguments) => {
            let format = arguments.global.format;
            (run(arguments), format)
        }
        Err(error) if error.use_stderr() && args::asks_for_json() => {
            (Err(Failure::usage(&error)), Format::Json)
        }
        Err(error) => {
            // Help, the version, or clap's own words; a closed pipe is no reason to complain.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(format),
    }
}

fn run(arguments: Arguments) -> error::Result<()> {
    let mut session = Session::new(arguments.global)?;
    arguments.command.run(&mut session)?;
    session.out.finish()
}
