//! Whose graph is told, and what if it cannot be?

use clap::Args;
use mindkeep::{Error, Outcome, PersonaName, Store, graph};

use super::asked::by_flags;
use crate::error::{Failure, Result};
use crate::session::Session;

/// Whose graph changes.
#[derive(Debug, Args)]
pub struct Whose {
    /// Whose graph changes: its own entities and relations
    #[arg(long, value_name = "NAME", default_value = PersonaName::DEFAULT)]
    persona: String,
    /// What all personas share changes
    #[arg(long, conflicts_with = "persona")]
    shared: bool,
}

impl Whose {
    fn graph(&self, store: &Store) -> graph::Graph {
        if self.shared { store.graph() } else { store.persona(self.persona.clone()).graph() }
    }

    /// Tells the graph of something new; the store is created where there is none.
    pub fn add<T>(
        &self,
        session: &Session,
        tell: impl Fn(&graph::Graph) -> mindkeep::Result<T>,
    ) -> Result<T> {
        if !session.path()?.exists() {
            // What is refused must not leave an empty store behind.
            let nowhere = Store::builder().open_in_memory()?;
            tell(&self.graph(&nowhere)).map_err(explain_told)?;
        }
        tell(&self.graph(&session.open_or_create()?)).map_err(explain_told)
    }

    /// Changes what is there.
    pub fn change<T>(
        &self,
        session: &Session,
        tell: impl FnOnce(&graph::Graph) -> mindkeep::Result<T>,
    ) -> Result<T> {
        tell(&self.graph(&session.open_to_change()?)).map_err(explain_told)
    }
}

/// What became of it, as JSON and people have it.
pub fn outcome(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Added => ("added", "Added"),
        Outcome::Updated => ("updated", "Updated"),
        _ => ("unchanged", "Known already"),
    }
}

/// A name that nothing has, among what may be changed.
pub fn nobody(message: &str) -> Failure {
    Failure::not_found(
        message,
        "Names are exact, with capitals, and an alias will not do. Check --persona and --shared, too.",
    )
}

fn explain_told(error: Error) -> Failure {
    let hint = match &error {
        Error::InvalidInput { field: "from" | "to", reason } if reason.contains("no entity") => {
            "Names are exact. Add it with `mindkeep graph add-entity`, or say --create-ends."
        }
        Error::InvalidInput { field: "entity", .. } => "Names are exact, and an alias will not do.",
        Error::InvalidInput { reason, .. } if reason.contains("a shared ") => {
            "Say --shared to change what all personas share."
        }
        Error::Conflict { .. } => "`mindkeep graph merge` makes one entity of two.",
        Error::NotFound { what: "memory" } => {
            return Failure::not_found(
                "no memory of this graph's persona has that id",
                "Say whose it is with --persona; `mindkeep list --ids` shows ids.",
            );
        }
        Error::NotFound { what: "entity" } => return nobody("no entity has that name"),
        _ => return by_flags(error),
    };
    Failure::from(error).reworded(str::to_owned, |_| hint.to_owned())
}
