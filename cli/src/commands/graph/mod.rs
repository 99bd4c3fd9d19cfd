//! `graph`: what do the personas know? One file a question.

mod asked;
mod communities;
mod neighbors;
mod path;
mod rank;
mod related;
mod scores;
mod show;
mod spread;
mod subgraph;

use clap::{Args, Subcommand};

use crate::error::Result;
use crate::session::Session;

/// Ask the knowledge graph: who is near, by which way, who matters
#[derive(Debug, Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
A persona's graph is its own entities and relations and those shared by all.
Names are exact; an alias of one entity alone will do.

Examples:
  mindkeep graph show --persona household/hearth Tilda
  mindkeep graph neighbors --depth 2 --direction both \"Sir W. Batten\"
  mindkeep graph path \"Sir W. Batten\" \"Sir W. Penn\""
)]
pub struct Graph {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    Show(show::Show),
    Neighbors(neighbors::Neighbors),
    Path(path::Path),
    Subgraph(subgraph::Subgraph),
    Rank(rank::Rank),
    Communities(communities::Communities),
    Related(related::Related),
    Spread(spread::Spread),
}

impl Graph {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        match self.question {
            Question::Show(question) => question.run(session),
            Question::Neighbors(question) => question.run(session),
            Question::Path(question) => question.run(session),
            Question::Subgraph(question) => question.run(session),
            Question::Rank(question) => question.run(session),
            Question::Communities(question) => question.run(session),
            Question::Related(question) => question.run(session),
            Question::Spread(question) => question.run(session),
        }
    }
}
