//! `explain`: along which indexes is a question answered?

use std::io::Write;

use clap::{Args, Subcommand};
use mindkeep::Explanation;
use serde::Serialize;

use crate::commands::list::List;
use crate::commands::recall::Recall;
use crate::error::Result;
use crate::output::figures::{count, counted};
use crate::output::style::{BOLD, DIM};
use crate::session::Session;
use crate::time::Clock;

/// Say how a question is answered: which indexes, what is checked row by row, and what would be quicker
#[derive(Debug, Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Examples:
  mindkeep explain list --kind command --where '{\"risk\":\"high\"}'
  mindkeep explain list --kind task --where '{\"done\":false}' --sort due
  mindkeep explain recall --persona household/hearth \"coral ring\""
)]
pub struct Explain {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// How the same `list` is answered
    List(Box<List>),
    /// How the same `recall` is answered
    Recall(Box<Recall>),
}

#[derive(Serialize)]
struct Document<'d> {
    order: &'d str,
    steps: Vec<Step<'d>>,
    advice: &'d [String],
    /// From and until when, as the question says in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    times: Vec<(String, String)>,
    /// What of it cannot be asked.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    missing: &'d [String],
}

#[derive(Serialize)]
struct Step<'d> {
    index: &'static str,
    looks_up: &'d [String],
    checks: &'d [String],
    scans: &'d [String],
    personas: u64,
    rows_at_most: u64,
    sqlite: &'d [String],
}

impl Explain {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let store = session.open_to_read()?;
        let question: mindkeep::Question = match self.command {
            What::List(list) => list.question(&session.clock)?.into(),
            What::Recall(recall) => recall.of_store(&store, session)?.into(),
        };
        let explanation = store.explain(question)?;
        if session.out.is_json() {
            let document = document(&explanation, &session.clock);
            return session.out.json(&document);
        }
        let (clock, out) = (&session.clock, &mut session.out);
        writeln!(out, "Order: {}", explanation.order)?;
        for step in &explanation.steps {
            let of = counted(step.personas, "persona", "personas");
            writeln!(
                out,
                "{BOLD}{}{BOLD:#}, of {of}: {} rows at most",
                step.index,
                count(step.rows_at_most)
            )?;
            writeln!(out, "  looked up: {}", step.looks_up.join(", "))?;
            if !step.checks.is_empty() {
                writeln!(out, "  checked row by row: {}", step.checks.join(", "))?;
            }
            for line in &step.sqlite {
                writeln!(out, "  {DIM}{line}{DIM:#}")?;
            }
        }
        if explanation.steps.is_empty() {
            writeln!(
                out,
                "Nothing can match: the store knows no such persona or kind, or no word is asked for."
            )?;
        }
        for &(from, until) in &explanation.times {
            writeln!(out, "Speaks of the time from {} until {}", clock.minute(from), clock.minute(until))?;
        }
        for missing in &explanation.missing {
            writeln!(out, "Missing: {missing}")?;
        }
        for advice in &explanation.advice {
            writeln!(out, "{advice}")?;
        }
        Ok(())
    }
}

fn document<'e>(explanation: &'e Explanation, clock: &Clock) -> Document<'e> {
    let steps = explanation
        .steps
        .iter()
        .map(|step| Step {
            index: step.index,
            looks_up: &step.looks_up,
            checks: &step.checks,
            scans: &step.scans,
            personas: step.personas,
            rows_at_most: step.rows_at_most,
            sqlite: &step.sqlite,
        })
        .collect();
    let times = explanation.times.iter().map(|&(from, to)| (clock.rfc3339(from), clock.rfc3339(to)));
    Document {
        order: &explanation.order,
        steps,
        advice: &explanation.advice,
        times: times.collect(),
        missing: &explanation.missing,
    }
}
