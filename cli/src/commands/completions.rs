//! `completions`: how does a shell know what may be typed next?

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use serde::Serialize;

use crate::args::Arguments;
use crate::error::Result;
use crate::session::Session;

/// Print what a shell needs to complete commands and flags
///
/// Written to where the shell looks for it, it works from the next shell on.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep completions bash > ~/.local/share/bash-completion/completions/mindkeep
  mindkeep completions zsh > \"${fpath[1]}/_mindkeep\"
  mindkeep completions fish > ~/.config/fish/completions/mindkeep.fish
  mindkeep completions elvish >> ~/.config/elvish/rc.elv
  mindkeep completions powershell >> $PROFILE")]
pub struct Completions {
    /// For which shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

#[derive(Serialize)]
struct Document {
    shell: String,
    script: String,
}

impl Completions {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "mindkeep", &mut script);
        let out = &mut session.out;
        if out.is_json() {
            let script = String::from_utf8_lossy(&script).into_owned();
            return out.json(&Document { shell: self.shell.to_string(), script });
        }
        out.write_all(&script)?;
        Ok(())
    }
}
