//! How does an entity get another name?

use super::rows;
use crate::error::{Error, Result};
use crate::graph::ask::{Graph, example};
use crate::graph::write;
use crate::model::{Entity, Metadata, Outcome};
use crate::storage::{Change, Summed, Thing, WriteTx};

/// A name that is to be another; see [`Graph::rename`].
///
#[doc = example!("graph.rename(\"Batten\", \"Sir William Batten\").keep_alias().run()?;")]
#[derive(Debug, Clone)]
#[must_use = "nothing is renamed until it runs"]
pub struct Rename<'g> {
    graph: &'g Graph,
    names: [String; 2],
    keep_alias: bool,
}

impl<'g> Rename<'g> {
    pub(super) fn new(graph: &'g Graph, name: &str, to: &str) -> Self {
        Self { graph, names: [name.to_owned(), to.to_owned()], keep_alias: false }
    }

    /// The old name becomes an alias, so that questions by it are still answered.
    ///
    #[doc = example!(
        "graph.rename(\"Penn\", \"Sir William Penn\").keep_alias().run()?;"
        "assert_eq!(graph.entity(\"Penn\")?.name, \"Sir William Penn\");"
    )]
    pub fn keep_alias(mut self) -> Self {
        self.keep_alias = true;
        self
    }

    /// Renames it. Relations and mentions stay.
    ///
    /// # Errors
    /// `NotFound` for a name that no entity of this graph has; `Conflict` if another has the new name: merge the two then;
    /// `InvalidInput` for a new name out of its limits, or a shared entity in a persona's graph.
    ///
    #[doc = example!(
        "assert!(matches!(graph.rename(\"Penn\", \"Batten\").run(), Err(mindkeep::Error::Conflict { .. })));"
    )]
    pub fn run(self) -> Result<Outcome> {
        let Self { graph, names: [name, to], keep_alias } = self;
        let checked = Entity {
            persona: graph.persona(),
            name: to,
            label: None,
            aliases: Vec::new(),
            properties: Metadata::default(),
        };
        let to = checked.validated()?.name;
        graph.change(move |tx, persona| rename(tx, persona, &name, &to, keep_alias), |_| 1)
    }
}

fn rename(
    tx: &mut WriteTx<'_>,
    persona: Option<&str>,
    name: &str,
    to: &str,
    keep_alias: bool,
) -> Result<Outcome> {
    let row = rows::entity_to_change(tx, persona, name, "name")?;
    let row = row.ok_or(Error::NotFound { what: "entity" })?;
    if name == to {
        return Ok(Outcome::Unchanged);
    }
    if rows::entity(tx, persona, to)?.is_some() {
        return Err(Error::Conflict { what: "another entity has the name; merge the two" });
    }
    let mut aliases = row.aliases.clone();
    aliases.retain(|alias| alias != to);
    if keep_alias {
        aliases.push(name.to_owned());
    }
    let entity =
        Entity { persona: None, name: to.to_owned(), label: None, aliases, properties: row.properties };
    let Entity { aliases: new_aliases, .. } = entity.validated()?;
    let aliases = (!new_aliases.is_empty()).then(|| serde_json::to_string(&new_aliases).unwrap_or_default());
    let (stamp, replica) = (tx.next_stamp(), tx.replica_id());
    tx.prepare(
        "UPDATE entity SET name = ?2, aliases = ?3, stamp = ?4, replica_id = ?5 WHERE entity_id = ?1",
    )?
    .execute((row.entity_id, to, aliases, stamp.stored(), replica))?;
    tx.sum_stored(Summed::Entity, row.entity_id)?;
    tx.touch(row.entity_id);
    tx.log(stamp, row.scope, Thing::Entity, Change::Update, row.uuid.as_bytes(), Some("name,aliases"))?;
    let (old, new) = (write::names(name, &row.aliases), write::names(to, &new_aliases));
    write::names_changed(tx, (row.scope, row.entity_id), &old, &new)?;
    Ok(Outcome::Updated)
}
