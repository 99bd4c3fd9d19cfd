//! `models`: which embedding models are there vectors by, how far is each, and how is one dropped?

use std::io::Write;

use clap::{Args, Subcommand};
use mindkeep::EmbeddingModel;
use serde::Serialize;

use crate::error::{Failure, Result};
use crate::output::figures::{count, counted};
use crate::output::style::{DIM, GOOD};
use crate::output::table::{Cell, Side, Table};
use crate::output::text;
use crate::session::Session;

/// Show the embedding models that there are vectors by, and how far each is
///
/// Memories that are pending have no vector by the model, and are found by their words alone; an app fills them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep models
  mindkeep models drop all-MiniLM-L6-v2")]
pub struct Models {
    #[command(subcommand)]
    command: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Drop a model: nothing is found by its vectors any more, and `maintain` frees their space
    #[command(after_help = "Example:\n  mindkeep models drop all-MiniLM-L6-v2 --dry-run")]
    Drop(Drop),
}

#[derive(Debug, Args)]
struct Drop {
    /// As `models` shows it
    #[arg(value_name = "NAME")]
    name: String,
    /// Only say what would be dropped
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Document<'d> {
    models: Vec<Entry<'d>>,
}

#[derive(Serialize)]
struct Entry<'d> {
    name: &'d str,
    dimensions: u64,
    memories: u64,
    pending: u64,
    vectors: u64,
    dropped: bool,
}

#[derive(Serialize)]
struct Dropped<'d> {
    dropped: &'d str,
    vectors: u64,
    dry_run: bool,
}

impl<'d> From<&'d EmbeddingModel> for Entry<'d> {
    fn from(model: &'d EmbeddingModel) -> Self {
        let &EmbeddingModel { ref name, dimensions, vectors, memories, pending, is_dropped, .. } = model;
        Self { name, dimensions, memories, pending, vectors, dropped: is_dropped }
    }
}

impl Models {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        match self.command {
            None => list(session),
            Some(What::Drop(job)) => job.run(session),
        }
    }
}

fn list(session: &mut Session) -> Result<()> {
    let models = session.open_to_read()?.embedding_models()?;
    let out = &mut session.out;
    if out.is_json() {
        return out.json(&Document { models: models.iter().map(Entry::from).collect() });
    }
    if models.is_empty() {
        writeln!(
            out,
            "No memory has a vector. An app gives them, or an import of memories with `embedding`."
        )?;
        return Ok(());
    }
    let mut table = Table::new(&[
        ("dimensions", Side::Right),
        ("memories", Side::Right),
        ("pending", Side::Right),
        ("vectors", Side::Right),
        ("model", Side::Left),
    ]);
    for model in &models {
        let name = if model.is_dropped { format!("{} (dropped)", model.name) } else { model.name.clone() };
        table.row(vec![
            Cell::new(count(model.dimensions)),
            Cell::new(count(model.memories)),
            Cell::new(count(model.pending)),
            Cell::new(count(model.vectors)),
            Cell::new(name),
        ]);
    }
    table.print(out)?;
    if models.iter().any(|model| model.is_dropped) {
        writeln!(out, "{DIM}The space of what is dropped is freed by: mindkeep maintain{DIM:#}")?;
    }
    Ok(())
}

impl Drop {
    fn run(self, session: &mut Session) -> Result<()> {
        let Self { name, dry_run } = self;
        let store = if dry_run { session.open_to_read()? } else { session.open_to_change()? };
        let known = store.embedding_models()?.into_iter().find(|model| model.name == name);
        let Some(EmbeddingModel { vectors, .. }) = known else {
            return Err(Failure::not_found(
                "no such embedding model",
                "See which there are: mindkeep models",
            ));
        };
        if !dry_run {
            store.drop_embedding_model(&name)?;
        }
        let out = &mut session.out;
        if out.is_json() {
            return out.json(&Dropped { dropped: &name, vectors, dry_run });
        }
        let (name, vectors) = (text::one_line(&name), counted(vectors, "vector", "vectors"));
        if dry_run {
            writeln!(out, "Would drop {name}: {vectors}")?;
        } else {
            writeln!(out, "{GOOD}Dropped{GOOD:#} {name}: {vectors}")?;
            writeln!(out, "{DIM}Their space is freed by: mindkeep maintain{DIM:#}")?;
        }
        Ok(())
    }
}
