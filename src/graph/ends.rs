//! What becomes of a relation to something that nobody has told of?

use super::write::{self, Origin};
use crate::error::Result;
use crate::model::{Entity, Metadata, Relation};
use crate::storage::WriteTx;

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
    for (name, shared) in [&relation.from, &relation.to].into_iter().zip(relation.shared_ends) {
        let persona = relation.persona.clone().filter(|_| !shared);
        if !write::is_known(tx, persona.as_deref(), name)? {
            let name = name.clone();
            let end =
                Entity { persona, name, label: None, aliases: Vec::new(), properties: Metadata::default() };
            write::put_entity(tx, &end, Origin::default())?;
            made += 1;
        }
    }
    Ok(made)
}
