//! `man`: what does `man mindkeep` show?

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man as Page;
use serde::Serialize;

use crate::args::Arguments;
use crate::error::{Failure, Result};
use crate::session::Session;

/// Print the manual page, or write those of all commands into a folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep man | man -l -
  mindkeep man --dir ~/.local/share/man/man1 && man mindkeep-recall")]
pub struct Man {
    /// Where to write one page for each command, over those that are there; made if it is not there
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

#[derive(Serialize)]
struct Document {
    pages: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
}

impl Man {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let mut command = Arguments::command().disable_help_subcommand(true);
        command.build();
        let out = &mut session.out;
        let Some(dir) = self.dir else {
            let page = page(&command)?;
            if out.is_json() {
                let page = String::from_utf8_lossy(&page).into_owned();
                return out
                    .json(&Document { pages: vec![Entry { name: "mindkeep.1".into(), page: Some(page) }] });
            }
            out.write_all(&page)?;
            return Ok(());
        };
        let failed = |error: &std::io::Error| Failure::file("writing the pages", dir.display(), error);
        std::fs::create_dir_all(&dir).map_err(|error| failed(&error))?;
        let mut pages = Vec::new();
        for command in with_subcommands(&command) {
            let name = format!("{}.1", command.get_display_name().unwrap_or("mindkeep"));
            let page = page(command).map_err(|error| failed(&error))?;
            std::fs::write(dir.join(&name), page).map_err(|error| failed(&error))?;
            pages.push(Entry { name, page: None });
        }
        if out.is_json() {
            return out.json(&Document { pages });
        }
        writeln!(out, "Wrote {} pages, from {} on", pages.len(), dir.join("mindkeep.1").display())?;
        Ok(())
    }
}

/// A command and all below it.
fn with_subcommands(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().filter(|below| below.get_name() != "help");
    std::iter::once(command).chain(below.flat_map(with_subcommands)).collect()
}

fn page(command: &Command) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let source = concat!("mindkeep ", env!("CARGO_PKG_VERSION"));
    Page::new(command.clone()).source(source).manual("mindkeep").render(&mut bytes)?;
    Ok(bytes)
}
