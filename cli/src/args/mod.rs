//! What may be typed? Arguments as they come, before anybody asks what they mean.

mod filters;
mod input;
mod shape;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use filters::{Filters, Personas, path};
pub use input::{id, ids, metadata, text_or_stdin};
pub use shape::Shape;

use crate::commands;
use crate::error::Result;
use crate::session::Session;

/// Keeps what an assistant's personas remember, in one SQLite file on this device.
///
/// Without a network, a server, a model or an account.
#[derive(Debug, Parser)]
#[command(
    name = "mindkeep",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 110,
    after_help = "\
Examples:
  mindkeep demo
  mindkeep remember \"The spare key is under the third pot.\" --tag garden
  mindkeep recall \"Where is the spare key?\"

Times are RFC 3339 (2026-11-21T08:30:00Z), dates or times in the zone of --tz (2026-11-21,
2026-11-21T08:30), now, today, yesterday, or a distance: 45m, 12h, 30d (of 24 hours), 2w.

Exit codes: 0 done, 1 failed, 2 wrong usage or a value out of its limits, 3 not found, 4 busy,
5 a file that is damaged, from another program or from another version."
)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command has.
#[derive(Debug, Args)]
pub struct Global {
    /// The store [default: $MINDKEEP_DB, or else memories.db in the platform's data folder]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub db: Option<PathBuf>,
    /// Text for people, or exactly one JSON document on stdout; errors go to stderr
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, help_heading = "Everywhere")]
    pub format: Format,
    /// No progress and no remarks on stderr
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    pub quiet: bool,
    /// The time zone in which times are read and shown, such as Europe/London
    #[arg(long, global = true, value_name = "ZONE", default_value = "UTC", help_heading = "Everywhere")]
    pub tz: String,
}

/// For whom the output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum Format {
    /// People.
    #[value(help = None)]
    Text,
    /// Programs.
    #[value(help = None)]
    Json,
}

macro_rules! commands {
    ($($(#[$about:meta])* $name:ident($arguments:ty),)*) => {
        /// What to do.
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($(#[$about])* $name($arguments),)*
        }

        impl Command {
            /// Does it.
            pub fn run(self, session: &mut Session) -> Result<()> {
                match self {
                    $(Self::$name(arguments) => arguments.run(session),)*
                }
            }
        }
    };
}

commands! {
    Demo(commands::demo::Demo),
    Remember(commands::remember::Remember),
    Recall(commands::recall::Recall),
    List(commands::list::List),
    Show(commands::show::Show),
    Update(commands::update::Update),
    Forget(commands::forget::Forget),
    History(commands::history::History),
    Thread(commands::thread::Thread),
    Personas(commands::personas::Personas),
    Language(commands::language::Language),
    Graph(commands::graph::Graph),
    Import(commands::import::Import),
    Export(commands::export::Export),
    Eval(commands::eval::Eval),
    Stats(commands::stats::Stats),
    Attribute(commands::attribute::Attribute),
    Models(commands::models::Models),
    Explain(commands::explain::Explain),
    Indexes(commands::indexes::Indexes),
    Maintain(commands::maintain::Maintain),
    Verify(commands::verify::Verify),
    Repair(commands::repair::Repair),
    Backup(commands::backup::Backup),
    RestoreBackup(commands::restore_backup::RestoreBackup),
    Migrate(commands::migrate::Migrate),
    Completions(commands::completions::Completions),
    Man(commands::man::Man),
}

/// Whether the arguments, though they do not fit, ask for JSON.
pub fn asks_for_json() -> bool {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let named = arguments.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json");
    named || arguments.iter().any(|argument| argument == "--format=json")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_of_all_commands_go_together() {
        Arguments::command().debug_assert();
    }
}
