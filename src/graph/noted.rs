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

/// What becomes of a relation to an entity that nobody has told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Ends {
    /// It is refused.
    #[default]
    Known,
    /// The entity is made, with a name alone, in the scope of the relation.
    Made,
}

/// Makes the ends of a relation that are not known, in its scope or shared. Returns how many.
pub(crate) fn make_ends(tx: &mut WriteTx<'_>, relation: &Relation, origin: Origin) -> Result<u64> {
    // A relation that will be refused leaves nothing behind.
    tx.check_stamp(origin.stamp)?;
    let mut made = 0;
    for name in [&relation.from, &relation.to] {
        if !write::is_known(tx, relation.persona.as_deref(), name)? {
            let (persona, name) = (relation.persona.clone(), name.clone());
            let end =
                Entity { persona, name, label: None, aliases: Vec::new(), properties: Metadata::default() };
            put_entity(tx, &end, Origin::default())?;
            made += 1;
        }
    }
    Ok(made)
}

/// Writes a relation, by scope, label, ends and start. Both ends must be known, in its scope or shared.
pub(crate) fn put_relation(tx: &mut WriteTx<'_>, relation: &Relation, origin: Origin) -> Result<Outcome> {
    let outcome = write::put_relation(tx, relation, origin)?;
    if outcome != Outcome::Unchanged && tx.notes().has_room() {
        tx.notes().add(Written::Relation(Relation { properties: Metadata::default(), ..relation.clone() }));
    }
    Ok(outcome)
}
