//! What do the personas know, and which memories speak of it?
//!
//! Entities, relations and mentions lie in plain tables, each written by its natural identity: what is there already is
//! updated, and told apart from what is new. Questions are answered from arrays in memory that are made of the rows and
//! are never older than the file.
//!
//! Begin with [`Store::graph`](crate::Store::graph) or [`Persona::graph`](crate::Persona::graph).
//!
//! ```
//! use mindkeep::Store;
//!
//! let store = Store::builder().open_in_memory()?;
//! let graph = store.graph();
//! graph.add_entity("Sir W. Batten").label("person").save()?;
//! graph.add_entity("Sir W. Penn").label("person").save()?;
//! graph.relate("Sir W. Batten", "met_with", "Sir W. Penn").weight(3.0).save()?;
//!
//! let near = graph.neighborhood("Sir W. Batten").depth(2).run()?;
//! assert_eq!(near.iter().next().unwrap().name, "Sir W. Penn");
//! # Ok::<(), mindkeep::Error>(())
//! ```

mod activated;
mod alike;
mod answers;
mod arrays;
mod ask;
mod ends;
mod export;
mod infer;
mod measure;
mod mention;
mod mentioned;
mod named;
mod rules;
mod tell;
#[cfg(feature = "petgraph")]
mod visit;
mod walk;
mod write;

pub use crate::model::Rule;
pub(crate) use activated::{Asking, Held, activated};
pub(crate) use answers::Answers;
pub use answers::CacheCounts;
pub(crate) use arrays::{
    Compared as ComparedArrays, LAYOUT as ARRAYS_LAYOUT, Snapshots, clear as clear_arrays,
    compare as compare_arrays,
};
pub use ask::{
    About, AboutMemories, AboutSearch, AnsweredFrom, Communities, Community, CommunitySearch, Cut, Duplicate,
    DuplicateSearch, Duplicates, Entities, Entity, EntityDetails, EntityList, Graph, Inferences, Inferred,
    InferredSearch, Match, Matches, Neighbor, Neighborhood, Neighbors, Path, PathSearch, PathStep,
    PatternSearch, RankSearch, RelatedSearch, Relation, Scored, Scores, SpreadSearch, Subgraph,
    SubgraphSearch, Tie, Whole,
};
pub(crate) use ask::{ReadPart, Source, Work};
pub(crate) use ends::{Ends, make_ends};
pub(crate) use export::{each_entity, each_mention, each_relation};
pub use mention::Mention;
pub(crate) use mention::{found as found_mentions, mentions};
pub(crate) use mentioned::{Close, Wanted, mentioning};
pub(crate) use named::{Named, each_mentioning, named};
pub use rules::DeclaredRule;
pub(crate) use rules::{each_rule, put_rule, rules};
pub use tell::{
    AddAll, Added, GraphItem, Merge, Merged, NewEntity, NewRelation, RemoveRelation, Removed, Rename,
};
#[cfg(feature = "petgraph")]
pub use visit::{AllRelations, Petgraph, PetgraphRelation, PetgraphRelationId, RelationsOf};
pub use walk::Direction;
pub(crate) use write::{Origin, put_entity, put_mention, put_relation};

use rusqlite::OptionalExtension;

use crate::error::{Error, Result};
use crate::model::limits::ENTITY_NAME_BYTES_MAX;
use crate::model::{Metadata, check_name};
use crate::storage::{ReadTx, SHARED};

/// How many entities, relations and mentions there are.
pub(crate) fn counts(read: &ReadTx<'_>) -> Result<(u64, u64, u64)> {
    let sql = "SELECT (SELECT count(*) FROM entity), (SELECT count(*) FROM relation), (SELECT count(*) FROM mention)";
    Ok(read.conn().prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
}

/// How many labels of relations no store would have made.
pub(crate) fn odd_labels(read: &ReadTx<'_>) -> Result<u64> {
    let mut statement = read.conn().prepare_cached("SELECT label_id, name FROM relation_label")?;
    let mut rows = statement.query([])?;
    let mut odd = 0;
    while let Some(row) = rows.next()? {
        let name = row.get_ref(1)?.as_str().ok();
        let is_name = name.is_some_and(|name| check_name("label", name, ENTITY_NAME_BYTES_MAX).is_ok());
        odd += u64::from(!is_name || row.get::<_, i64>(0)? <= 0);
    }
    Ok(odd)
}

/// The properties of an entity, by its name in a scope.
pub(crate) fn properties(read: &ReadTx<'_>, persona: Option<&str>, name: &str) -> Result<Metadata> {
    let scope = match persona {
        Some(persona) => read.names().persona_id(read.conn(), persona)?,
        None => Some(SHARED),
    };
    let sql = "SELECT properties FROM entity WHERE scope_id = ?1 AND name = ?2";
    let mut statement = read.conn().prepare_cached(sql)?;
    let found = statement.query_row((scope, name), |row| row.get::<_, Option<String>>(0)).optional()?;
    let properties = found.ok_or(Error::NotFound { what: "entity" })?;
    Ok(Metadata::from_stored(properties.as_deref()))
}
