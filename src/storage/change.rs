//! What does an entry of the change log say?

use std::collections::BTreeMap;

/// What sort of row a change is about.
///
/// ```
/// use mindkeep::{Import, Thing};
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// let notices = store.notices()?;
/// store.import(&br#"{"type":"entity","name":"London"}"#[..], Import::new())?;
/// assert_eq!(notices.try_next().unwrap().things, [Thing::Entity]);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Thing {
    /// A memory.
    Memory = 1,
    /// An entity of the knowledge graph.
    Entity = 2,
    /// A relation between entities.
    Relation = 3,
    /// A link from a memory to an entity.
    Mention = 4,
    /// A vector of a memory.
    Vector = 5,
}

impl Thing {
    pub(crate) const ALL: [Self; 5] =
        [Self::Memory, Self::Entity, Self::Relation, Self::Mention, Self::Vector];
}

/// What was done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Add = 1,
    Update = 2,
    Supersede = 3,
    Forget = 4,
    Undo = 5,
    /// Gone for good, as merged and removed entities are.
    Remove = 6,
}

/// An entry of the change log that was first written elsewhere.
pub(crate) struct Entry<'e> {
    pub(crate) replica_id: i64,
    pub(crate) thing: i64,
    pub(crate) op: i64,
    pub(crate) uuid: [u8; 16],
    pub(crate) fields: Option<&'e str>,
}

/// Which sorts of things changed, by persona: one bit a [`Thing`].
pub(crate) type Touched = BTreeMap<i64, u8>;
