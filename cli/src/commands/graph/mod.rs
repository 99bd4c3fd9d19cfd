//! `graph`: what do the personas know? One file a question, and one for each thing that can be told.

mod about;
mod add_entity;
mod asked;
mod communities;
mod duplicates;
mod export;
mod find_mentions;
mod inferred;
mod mention;
mod merge;
mod neighbors;
mod path;
mod pattern;
mod rank;
mod relate;
mod related;
mod remove;
mod rename;
mod rule;
mod scores;
mod show;
mod spread;
mod subgraph;
mod told;

use clap::{Args, Subcommand};

use crate::error::Result;
use crate::session::Session;

/// Ask the knowledge graph who is near, by which way, who matters, or tell it
#[derive(Debug, Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
A persona's graph is its own entities and relations and those shared by all.
Names are exact; an alias of one entity alone will do, but to change something.
The examples speak of the household of `mindkeep demo`, which leaves its file to try them on.

Examples:
  mindkeep graph show --persona household/hearth Tilda
  mindkeep graph neighbors --depth 2 --direction both \"Coral Ring\"
  mindkeep graph path \"Miss Lamb\" \"Bao Tran\"
  mindkeep graph relate \"Tilda Sen-Halloran\" feeds Admiral"
)]
pub struct Graph {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    AddEntity(add_entity::AddEntity),
    Relate(relate::Relate),
    Rename(rename::Rename),
    Merge(merge::Merge),
    Remove(remove::Remove),
    Rule(rule::Rules),
    Mention(mention::Mention),
    Unmention(mention::Unmention),
    FindMentions(find_mentions::FindMentions),
    Show(show::Show),
    Neighbors(neighbors::Neighbors),
    Path(path::Path),
    Pattern(pattern::Pattern),
    About(about::About),
    Subgraph(subgraph::Subgraph),
    Rank(rank::Rank),
    Communities(communities::Communities),
    Related(related::Related),
    Spread(spread::Spread),
    Export(export::Export),
    Inferred(inferred::Inferred),
    Duplicates(duplicates::Duplicates),
}

impl Graph {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        match self.question {
            Question::AddEntity(told) => told.run(session),
            Question::Relate(told) => told.run(session),
            Question::Rename(told) => told.run(session),
            Question::Merge(told) => told.run(session),
            Question::Remove(told) => told.run(session),
            Question::Rule(told) => told.run(session),
            Question::Mention(told) => told.run(session),
            Question::Unmention(told) => told.run(session),
            Question::FindMentions(told) => told.run(session),
            Question::Show(question) => question.run(session),
            Question::Neighbors(question) => question.run(session),
            Question::Path(question) => question.run(session),
            Question::Pattern(question) => question.run(session),
            Question::About(question) => question.run(session),
            Question::Subgraph(question) => question.run(session),
            Question::Rank(question) => question.run(session),
            Question::Communities(question) => question.run(session),
            Question::Related(question) => question.run(session),
            Question::Spread(question) => question.run(session),
            Question::Export(question) => question.run(session),
            Question::Inferred(question) => question.run(session),
            Question::Duplicates(question) => question.run(session),
        }
    }
}
