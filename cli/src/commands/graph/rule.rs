//! `graph rule`: by which rules do relations follow from others?

use std::io::Write;

use clap::{Args, Subcommand, ValueEnum};
use mindkeep::graph;
use serde::Serialize;

use super::{asked, told};
use crate::error::{Failure, Result};
use crate::output::style::{BOLD, DIM, GOOD};
use crate::output::table::{Cell, Side, Table};
use crate::output::text;
use crate::session::Session;

/// Declare rules by which relations follow from others, withdraw and list them
#[derive(Debug, Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
What follows is computed when it is asked for, and never kept: see `mindkeep graph inferred`, and --inferred
of the other questions.

Examples:
  mindkeep graph rule add transitive part_of
  mindkeep graph rule list"
)]
pub struct Rules {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Add(Add),
    Remove(Remove),
    List(List),
}

/// Declare a rule
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep graph rule add symmetric --shared married_to
  mindkeep graph rule add inverse parent_of child_of
  mindkeep graph rule add composition parent_of parent_of grandparent_of")]
pub struct Add {
    #[command(flatten)]
    rule: Rule,
    #[command(flatten)]
    whose: told::Whose,
}

/// Withdraw a rule, and with it what follows by it alone
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep graph rule remove transitive part_of")]
pub struct Remove {
    #[command(flatten)]
    rule: Rule,
    #[command(flatten)]
    whose: told::Whose,
}

/// List the rules that count in a graph
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep graph rule list --persona household/hearth")]
pub struct List {
    /// Whose graph; what is shared counts in everyone's
    #[arg(long, value_name = "NAME", default_value = mindkeep::PersonaName::DEFAULT)]
    persona: String,
}

/// A rule, as one writes it.
#[derive(Debug, Args)]
struct Rule {
    /// What follows from what
    #[arg(value_enum)]
    sort: Sort,
    /// Labels of relations: of what it follows from, and at last of what follows; one if they are the same
    #[arg(value_name = "LABEL", required = true, num_args = 1..=3)]
    labels: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// LABEL: from A to B and from B to C, so from A to C
    Transitive,
    /// LABEL: from A to B, so from B to A
    Symmetric,
    /// OF LABEL: from A to B by the one, so from B to A by the other
    Inverse,
    /// FIRST SECOND LABEL: from A to B by the first and from B to C by the second, so from A to C by the third
    Composition,
}

impl Rule {
    fn meant(&self) -> Result<graph::Rule> {
        match (self.sort, &self.labels[..]) {
            (Sort::Transitive, [label]) => Ok(graph::Rule::transitive(label)),
            (Sort::Symmetric, [label]) => Ok(graph::Rule::symmetric(label)),
            (Sort::Inverse, [of, label]) => Ok(graph::Rule::inverse(of, label)),
            (Sort::Composition, [first, second, label]) => Ok(graph::Rule::composition(first, second, label)),
            _ => Err(Failure::invalid(
                "the rule has too many labels, or too few",
                "transitive LABEL, symmetric LABEL, inverse OF LABEL, or composition FIRST SECOND LABEL.",
            )),
        }
    }
}

/// A rule, as the portable format has it.
#[derive(Serialize)]
pub struct RuleJson<'d> {
    rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    second: Option<&'d str>,
    label: &'d str,
}

impl<'d> RuleJson<'d> {
    /// Of one rule; `None` of a sort that this program does not know.
    pub fn new(rule: &'d graph::Rule) -> Option<Self> {
        let (sort, of, first, second) = match rule {
            graph::Rule::Transitive { .. } => ("transitive", None, None, None),
            graph::Rule::Symmetric { .. } => ("symmetric", None, None, None),
            graph::Rule::Inverse { of, .. } => ("inverse", Some(&**of), None, None),
            graph::Rule::Composition { first, second, .. } => {
                ("composition", None, Some(&**first), Some(&**second))
            }
            _ => return None,
        };
        Some(Self { rule: sort, of, first, second, label: rule.label() })
    }
}

#[derive(Serialize)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Serialize)]
struct Document<'d> {
    rules: Vec<Entry<'d>>,
}

#[derive(Serialize)]
struct Entry<'d> {
    #[serde(flatten)]
    rule: Option<RuleJson<'d>>,
    shared: bool,
}

impl<'d> Entry<'d> {
    fn new(one: &'d graph::DeclaredRule) -> Self {
        Self { rule: RuleJson::new(&one.rule), shared: one.shared }
    }
}

impl Rules {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        match self.what {
            What::Add(add) => add.run(session),
            What::Remove(remove) => remove.run(session),
            What::List(list) => list.run(session),
        }
    }
}

impl Add {
    fn run(self, session: &mut Session) -> Result<()> {
        let rule = self.rule.meant()?;
        let outcome = self.whose.add(session, |graph| graph.declare_rule(rule.clone()))?;
        let (outcome, said) = told::outcome(outcome);
        say(session, outcome, said, &rule)
    }
}

impl Remove {
    fn run(self, session: &mut Session) -> Result<()> {
        let rule = self.rule.meant()?;
        if !self.whose.change(session, |graph| graph.withdraw_rule(&rule))? {
            return Err(Failure::not_found(
                "no such rule is declared",
                "`mindkeep graph rule list` lists them. Check --persona and --shared, too.",
            ));
        }
        say(session, "removed", "Removed", &rule)
    }
}

fn say(session: &mut Session, outcome: &'static str, said: &str, rule: &graph::Rule) -> Result<()> {
    let out = &mut session.out;
    if out.is_json() {
        return out.json(&Outcome { outcome });
    }
    writeln!(out, "{GOOD}{said}{GOOD:#}  {BOLD}{}{BOLD:#}", text::one_line(&rule.to_string()))?;
    Ok(())
}

impl List {
    fn run(self, session: &mut Session) -> Result<()> {
        let graph = session.open_to_read()?.persona(self.persona).graph();
        let rules = graph.rules().map_err(asked::explain)?;
        let out = &mut session.out;
        if out.is_json() {
            return out.json(&Document { rules: rules.iter().map(Entry::new).collect() });
        }
        if rules.is_empty() {
            writeln!(out, "No rule.")?;
            return Ok(());
        }
        let mut table = Table::new(&[("rule", Side::Left), ("", Side::Left)]);
        for one in &rules {
            let shared = if one.shared { "shared by all" } else { "this persona's own" };
            table.row(vec![Cell::new(one.rule.to_string()), Cell::styled(shared, DIM)]);
        }
        table.print(out)
    }
}
