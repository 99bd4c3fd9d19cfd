//! What do the personas know? Entities, relations between them, and memories that mention them.

use super::limits::ENTITY_NAME_BYTES_MAX;
use super::memory::check_name;
use super::persona::check_persona;
use super::{MemoryId, Metadata, Timestamp};
use crate::error::{Error, Result};

/// A node of the knowledge graph. Its identity is its name within its scope.
///
/// ```
/// use mindkeep::Entity;
/// let entity = Entity { label: Some("person".into()), ..Entity::new("Sir W. Batten") };
/// assert!(entity.persona.is_none()); // shared by all personas
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    /// Whose; `None` is shared by all personas.
    pub persona: Option<String>,
    /// Its name, up to 16 KiB.
    pub name: String,
    /// What it is, such as `person`.
    pub label: Option<String>,
    /// Other names for it, sorted.
    pub aliases: Vec<String>,
    /// What else is known of it.
    pub properties: Metadata,
}

/// A typed, weighted, directed edge. Its identity is scope, label, from, to and the start of its validity.
///
/// ```
/// use mindkeep::Relation;
/// let relation = Relation { weight: 3.0, ..Relation::new("met_with", "Batten", "Penn") };
/// assert_eq!(relation.valid_from, None); // it always held
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// Whose; `None` is shared by all personas.
    pub persona: Option<String>,
    /// Its type, such as `met_with`.
    pub label: String,
    /// Name of the entity where it starts.
    pub from: String,
    /// Name of the entity where it ends.
    pub to: String,
    /// Its strength; a finite number, 1 unless said.
    pub weight: f64,
    /// From when on it holds; `None` is always.
    pub valid_from: Option<Timestamp>,
    /// Until when it holds; `None` is still.
    pub valid_to: Option<Timestamp>,
    /// What else is known of it.
    pub properties: Metadata,
}

/// A link from a memory to an entity that it speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The memory's id.
    pub memory: MemoryId,
    /// The entity's name.
    pub entity: String,
}

impl Entity {
    /// A shared entity with this name and nothing else.
    ///
    /// ```
    /// assert_eq!(mindkeep::Entity::new("London").name, "London");
    /// ```
    pub fn new(name: impl Into<String>) -> Self {
        let properties = Metadata::default();
        Self { persona: None, name: name.into(), label: None, aliases: Vec::new(), properties }
    }

    pub(crate) fn validated(mut self) -> Result<Self> {
        self.persona.as_deref().map_or(Ok(()), check_persona)?;
        check_name("name", &self.name, ENTITY_NAME_BYTES_MAX)?;
        if let Some(label) = &self.label {
            check_name("label", label, ENTITY_NAME_BYTES_MAX)?;
        }
        self.aliases.sort_unstable();
        self.aliases.dedup();
        self.aliases.iter().try_for_each(|alias| check_name("aliases", alias, ENTITY_NAME_BYTES_MAX))?;
        Ok(self)
    }
}

impl Relation {
    /// A shared relation of weight 1 that always holds.
    ///
    /// ```
    /// assert_eq!(mindkeep::Relation::new("knows", "Ada", "Bo").weight, 1.0);
    /// ```
    pub fn new(label: impl Into<String>, from: impl Into<String>, to: impl Into<String>) -> Self {
        Self {
            persona: None,
            label: label.into(),
            from: from.into(),
            to: to.into(),
            weight: 1.0,
            valid_from: None,
            valid_to: None,
            properties: Metadata::default(),
        }
    }

    pub(crate) fn validated(self) -> Result<Self> {
        self.persona.as_deref().map_or(Ok(()), check_persona)?;
        check_name("label", &self.label, ENTITY_NAME_BYTES_MAX)?;
        check_name("from", &self.from, ENTITY_NAME_BYTES_MAX)?;
        check_name("to", &self.to, ENTITY_NAME_BYTES_MAX)?;
        if !self.weight.is_finite() {
            return Err(Error::invalid("weight", "is not a finite number"));
        }
        if let (Some(from), Some(to)) = (self.valid_from, self.valid_to)
            && to < from
        {
            return Err(Error::invalid("valid_to", "is earlier than `valid_from`"));
        }
        Ok(self)
    }
}
