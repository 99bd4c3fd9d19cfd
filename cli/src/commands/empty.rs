//! Nothing was found: what should somebody try now?

use std::io::Write;

use mindkeep::{Filter, PersonaName, Store};

use crate::error::Result;
use crate::output::style::DIM;
use crate::output::{figures, text};
use crate::session::Session;

/// Personas that are named as a way out.
const NAMED_MAX: usize = 3;

/// What was looked through in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// The default persona, because nobody was named.
    Default,
    /// Those who were named.
    Named,
    /// The personas themselves.
    Personas,
}

/// Says what the store has, or how to put something into it.
///
/// Whose memories there are is news only to somebody who did not ask for them.
pub fn say(store: &Store, what: &str, place: Where, session: &mut Session) -> Result<()> {
    let mut personas = store.count_by_persona(&Filter::default())?;
    let out = &mut session.out;
    if personas.is_empty() {
        writeln!(out, "No memories yet. Try: mindkeep remember \"The spare key is under the third pot.\"")?;
        return Ok(());
    }
    writeln!(out, "{what}")?;
    let all = personas.len();
    if place == Where::Default {
        personas.retain(|(name, _)| name.as_str() != PersonaName::DEFAULT);
    }
    if place == Where::Named || personas.is_empty() {
        return Ok(());
    }
    let too = if personas.len() < all { ", too" } else { "" };
    personas.sort_by(|(name_a, a), (name_b, b)| b.cmp(a).then_with(|| name_a.cmp(name_b)));
    let named: Vec<_> = personas
        .iter()
        .take(NAMED_MAX)
        .map(|(name, count)| format!("{} ({})", text::one_line(name.as_str()), figures::count(*count)))
        .collect();
    let more = if personas.len() > NAMED_MAX { ", …" } else { "" };
    let advice = match place {
        Where::Personas => ".",
        _ => ": name one with --persona, or ask --all-personas.",
    };
    writeln!(out, "{DIM}The store has memories of {}{more}{too}{advice}{DIM:#}", named.join(", "))?;
    Ok(())
}
