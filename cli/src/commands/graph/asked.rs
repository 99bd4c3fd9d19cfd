//! Whose graph, which relations, and what if a name is not there?

use std::ops::ControlFlow;

use clap::{Args, ValueEnum};
use mindkeep::{Error, PersonaName, Progress, Timestamp, graph};

use crate::error::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::session::Session;
use crate::time::{self, Clock};

/// Whose graph is asked.
#[derive(Debug, Args)]
pub struct Whose {
    /// Whose graph; what is shared belongs to everyone's
    #[arg(long, value_name = "NAME", default_value = PersonaName::DEFAULT)]
    persona: String,
    /// Only what all personas share, also where a persona has its own of the same name
    #[arg(long, conflicts_with = "persona")]
    shared: bool,
    /// Also relations that were not told but follow by the rules; see `mindkeep graph rule`
    #[arg(long)]
    inferred: bool,
}

impl Whose {
    /// The persona's graph, or the shared one.
    pub fn graph(&self, session: &Session) -> Result<graph::Graph> {
        let store = session.open_to_read()?;
        let graph = if self.shared { store.graph() } else { store.persona(self.persona.clone()).graph() };
        if !self.inferred {
            return Ok(graph);
        }
        let mut all = graph.inferred();
        all.on_progress(watched(session));
        all.graph().map_err(|error| match error {
            error @ Error::InvalidInput { field: "limit" | "depth", .. } => Failure::from(error).reworded(
                |_| "more follows by the rules than can be taken in".to_owned(),
                |_| {
                    "Look with `mindkeep graph inferred`, and withdraw a rule, or leave out --inferred."
                        .to_owned()
                },
            ),
            error => error.into(),
        })
    }
}

/// Which relations count.
#[derive(Debug, Args)]
pub struct Relations {
    /// Only relations of this label, or of any of several
    #[arg(long, value_name = "LABEL")]
    label: Vec<String>,
    #[command(flatten)]
    held: Held,
}

/// Which relations count, labels aside.
#[derive(Debug, Args)]
pub struct Held {
    /// Only relations of this weight or more
    #[arg(long, value_name = "WEIGHT", allow_negative_numbers = true)]
    min_weight: Option<f64>,
    /// Only relations that held at this time
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

/// The same, with times read.
pub struct Wanted {
    pub labels: Vec<String>,
    pub weight_min: Option<f64>,
    pub at: Option<Timestamp>,
}

impl Relations {
    /// Makes sense of it.
    pub fn meant(self, clock: &Clock) -> Result<Wanted> {
        Ok(Wanted { labels: self.label, ..self.held.meant(clock)? })
    }
}

impl Held {
    /// Makes sense of it.
    pub fn meant(self, clock: &Clock) -> Result<Wanted> {
        let at = clock.read_option("--at", self.at.as_deref(), time::Direction::Ago)?;
        Ok(Wanted { labels: Vec::new(), weight_min: self.min_weight, at })
    }
}

/// Adds what is wanted to a question.
macro_rules! with_relations {
    ($asked:expr, $wanted:expr) => {{
        let mut asked = $asked;
        for label in $wanted.labels {
            asked = asked.label(label);
        }
        $crate::commands::graph::asked::with_held!(asked, $wanted)
    }};
}
pub(super) use with_relations;

/// The same but for labels.
macro_rules! with_held {
    ($asked:expr, $wanted:expr) => {{
        let mut asked = $asked;
        if let Some(weight) = $wanted.weight_min {
            asked = asked.weight_min(weight);
        }
        if let Some(at) = $wanted.at {
            asked = asked.at(at);
        }
        asked
    }};
}
pub(super) use with_held;

/// In which direction relations are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum Direction {
    /// From source to target.
    Out,
    /// From target to source.
    In,
    /// Either way.
    Both,
}

impl From<Direction> for graph::Direction {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Out => Self::Out,
            Direction::In => Self::In,
            Direction::Both => Self::Both,
        }
    }
}

/// Shows how far a long question has come, and stops it at Ctrl-C.
pub fn watched(session: &Session) -> impl FnMut(Progress) -> ControlFlow<()> + Send + 'static {
    let (interrupt, mut progress) = (Interrupt::listen(), session.progress("Asking"));
    move |reached| {
        progress.show(reached.done, reached.total, None);
        interrupt.flow()
    }
}

/// Flags that have another name than the library's field.
const FLAGS: [(&str, &str); 5] = [
    ("`weight_min`", "`--min-weight`"),
    ("`score_min`", "`--min-score`"),
    ("`exact_up_to`", "`--exact-up-to`"),
    ("`valid_from`", "`--since`"),
    ("`valid_to`", "`--until`"),
];

/// An error that names flags, where the library names fields.
pub fn by_flags(error: Error) -> Failure {
    let named = |message: &str| {
        FLAGS.iter().fold(message.to_owned(), |message, (field, flag)| message.replace(field, flag))
    };
    Failure::from(error).reworded(named, str::to_owned)
}

/// A name that the graph does not know, or a value that it does not take.
pub fn explain(error: Error) -> Failure {
    match error {
        Error::NotFound { what: "entity" } => Failure::not_found(
            "no entity has that name or alias",
            "Names are exact, with capitals; `mindkeep graph rank` lists the entities. Check --persona, too.",
        ),
        error => by_flags(error),
    }
}
