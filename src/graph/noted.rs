//! How do those who keep the graph in memory hear of what is written?
//!
//! Each write that changed something leaves a note in its transaction, by names; the snapshot takes it up from there.

use super::write::{self, Origin};
use crate::error::Result;
use crate::model::{Entity, Metadata, Outcome, Relation};
use crate::storage::{WriteTx, Written};

/// Writes an entity, by its name within its scope.
pub(crate) fn put_entity(tx: &mut WriteTx<'_>, entity: &Entity, origin: Origin) -> Result<Outcome> {
    let outcome = write::put_entity(tx, entity, origin)?;
    if outcome != Outcome::Unchanged && tx.notes().has_room() {
        let Entity { persona, name, label, aliases, .. } = entity.clone();
        tx.notes().add(Written::Entity(Entity {
            persona,
            name,
            label,
            aliases,
            properties: Metadata::default(),
        }));
    }
    Ok(outcome)
}

/// Writes a relation, by scope, label, ends and start. Both ends must be known, in its scope or shared.
pub(crate) fn put_relation(tx: &mut WriteTx<'_>, relation: &Relation, origin: Origin) -> Result<Outcome> {
    let outcome = write::put_relation(tx, relation, origin)?;
    if outcome != Outcome::Unchanged && tx.notes().has_room() {
        tx.notes().add(Written::Relation(Relation { properties: Metadata::default(), ..relation.clone() }));
    }
    Ok(outcome)
}
