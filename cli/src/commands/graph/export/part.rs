//! What is written: a whole graph, or some entities and what is between them?

use std::collections::HashMap;
use std::sync::Arc;

use mindkeep::Timestamp;
use mindkeep::graph::{EntityDetails, Subgraph, Whole};

use crate::commands::graph::asked::Wanted;

/// Entities and the relations between them, in an order that is always the same.
pub enum Part {
    /// All entities, and the relations that are wanted.
    Whole(Whole, Wanted),
    /// Some, with the places of their names.
    Some(Arc<Subgraph>, HashMap<String, usize>),
}

/// An entity as it is written.
pub struct Entity<'p> {
    pub name: &'p str,
    pub label: Option<&'p str>,
    pub aliases: Vec<&'p str>,
    pub shared: bool,
}

/// A relation as it is written; its ends are places among the entities.
pub struct Relation<'p> {
    pub from: usize,
    pub label: &'p str,
    pub to: usize,
    pub weight: f64,
    pub valid_from: Option<Timestamp>,
    pub valid_to: Option<Timestamp>,
}

impl Wanted {
    fn holds(&self, relation: &Relation<'_>) -> bool {
        (self.labels.is_empty() || self.labels.iter().any(|label| label == relation.label))
            && self.weight_min.is_none_or(|least| relation.weight >= least)
            && self.at.is_none_or(|at| {
                relation.valid_from.is_none_or(|from| from <= at)
                    && relation.valid_to.is_none_or(|to| at < to)
            })
    }
}

impl Part {
    /// Of an answer.
    pub fn some(part: Arc<Subgraph>) -> Self {
        let places = places(&part.entities);
        Self::Some(part, places)
    }

    /// The entities.
    pub fn entities(&self) -> Box<dyn Iterator<Item = Entity<'_>> + '_> {
        match self {
            Self::Whole(whole, _) => Box::new(whole.entities().enumerate().map(|(place, entity)| Entity {
                name: entity.name,
                label: entity.label,
                aliases: whole.aliases(place).collect(),
                shared: entity.shared,
            })),
            Self::Some(part, _) => Box::new(part.entities.iter().map(|entity| Entity {
                name: &entity.name,
                label: entity.label.as_deref(),
                aliases: entity.aliases.iter().map(String::as_str).collect(),
                shared: entity.shared,
            })),
        }
    }

    /// The relations.
    pub fn relations(&self) -> Box<dyn Iterator<Item = Relation<'_>> + '_> {
        match self {
            Self::Whole(whole, wanted) => {
                let relations = whole.relations().map(|tie| Relation {
                    from: tie.from,
                    label: tie.label,
                    to: tie.to,
                    weight: tie.weight,
                    valid_from: tie.valid_from,
                    valid_to: tie.valid_to,
                });
                Box::new(relations.filter(|relation| wanted.holds(relation)))
            }
            Self::Some(part, places) => Box::new(part.relations.iter().filter_map(|relation| {
                Some(Relation {
                    from: *places.get(&relation.from)?,
                    label: &relation.label,
                    to: *places.get(&relation.to)?,
                    weight: relation.weight,
                    valid_from: relation.valid_from,
                    valid_to: relation.valid_to,
                })
            })),
        }
    }
}

/// Where the entity of a name is. Of two of one name the persona's own is meant, as in every question.
pub fn places(entities: &[EntityDetails]) -> HashMap<String, usize> {
    let mut places = HashMap::with_capacity(entities.len());
    for (place, entity) in entities.iter().enumerate() {
        if !entity.shared || !places.contains_key(&entity.name) {
            places.insert(entity.name.clone(), place);
        }
    }
    places
}
