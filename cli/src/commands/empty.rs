//! Nothing was found: what should somebody try now?

use std::io::Write;

use mindkeep::{Filter, Store};

use crate::error::Result;
use crate::output::style::DIM;
use crate::output::{figures, text};
use crate::session::Session;

/// Personas that are named as a way out.
const NAMED_MAX: usize = 3;

/// Says what the store has, or how to put something into it.
///
/// Whose memories there are is news only to somebody who named nobody.
pub fn say(store: &Store, what: &str, named: bool, session: &mut Session) -> Result<()> {
    let personas = store.count_by_persona(&Filter::default())?;
    let out = &mut session.out;
    if personas.is_empty() {
        writeln!(out, "No memories yet. Try: mindkeep remember \"The spare key is under the third pot.\"")?;
        return Ok(());
    }
    writeln!(out, "{what}")?;
    if named && !personas.is_empty() {
        return Ok(());
    }
    let mut largest = personas;
    largest.sort_by(|(name_a, a), (name_b, b)| b.cmp(a).then_with(|| name_a.cmp(name_b)));
    let named: Vec<_> = largest
        .iter()
        .take(NAMED_MAX)
        .map(|(name, count)| format!("{} ({})", text::one_line(name.as_str()), figures::count(*count)))
        .collect();
    let more = if largest.len() > NAMED_MAX { ", …" } else { "" };
    writeln!(
        out,
        "{DIM}The store has memories of {}{more}: name one with --persona, or ask --all-personas.{DIM:#}",
        named.join(", ")
    )?;
    Ok(())
}
