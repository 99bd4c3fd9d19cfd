//! `maintain`: what work is left over, and how far is it?

use std::io::Write;

use clap::Args;
use mindkeep::{Budget, Cancel};
use serde::Serialize;

use crate::error::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::output::figures::{count, counted};
use crate::output::style::{DIM, GOOD};
use crate::session::Session;

/// Do upkeep: what upgrades and declarations left to be done row by row
///
/// Never deletes a memory. May be stopped at any moment and goes on where it was, in the app, too.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep maintain
  mindkeep maintain --budget 50ms")]
pub struct Maintain {
    /// How long at most, such as 50ms or 10s; `all` is until nothing is left
    #[arg(long, value_name = "TIME", default_value = "all")]
    budget: String,
}

#[derive(Serialize)]
struct Document {
    done: bool,
    steps: u64,
    rows: u64,
    upkeep: Vec<Task>,
}

#[derive(Serialize)]
struct Task {
    task: String,
    done_to: i64,
    target: i64,
}

fn budget(text: &str) -> Result<Budget> {
    let number = |suffix: &str| text.strip_suffix(suffix).and_then(|number| number.parse::<u64>().ok());
    match (number("ms"), number("s")) {
        _ if text == "all" => Ok(Budget::all()),
        (Some(millis), _) => Ok(Budget::millis(millis)),
        (None, Some(seconds)) => Ok(Budget::millis(seconds.saturating_mul(1_000))),
        (None, None) => Err(Failure::invalid("`--budget` is not a time", "Give 50ms, 10s, or all.")),
    }
}

impl Maintain {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let budget = budget(&self.budget)?;
        let cancel = Cancel::new();
        let store = session.open_to_change()?.with_cancel(&cancel);
        let (interrupt, mut progress) = (Interrupt::listen(), session.progress("Upkeep"));
        let done = store.maintain_with(budget, |task| {
            let total = task.target.unsigned_abs();
            progress.show(task.done_to.unsigned_abs(), Some(total), Some((total, "rows")));
            if interrupt.flow().is_break() {
                cancel.cancel();
            }
        })?;
        drop(progress);
        let out = &mut session.out;
        if out.is_json() {
            let task = |task: &mindkeep::UpkeepTask| Task {
                task: task.name.clone(),
                done_to: task.done_to,
                target: task.target,
            };
            return out.json(&Document {
                done: done.is_done(),
                steps: done.steps,
                rows: done.rows,
                upkeep: done.left.iter().map(task).collect(),
            });
        }
        if done.is_done() {
            let what = if done.steps == 0 { "nothing was left" } else { "nothing is left" };
            writeln!(
                out,
                "{GOOD}Done{GOOD:#}: {what} to do{DIM} ({}){DIM:#}",
                counted(done.rows, "row", "rows")
            )?;
            return Ok(());
        }
        writeln!(out, "Did {}; left:", counted(done.rows, "row", "rows"))?;
        for task in &done.left {
            let left = (task.target - task.done_to).unsigned_abs();
            writeln!(
                out,
                "  {}  {DIM}{} of {} rows{DIM:#}",
                task.name,
                count(left),
                count(task.target.unsigned_abs())
            )?;
        }
        Ok(())
    }
}
