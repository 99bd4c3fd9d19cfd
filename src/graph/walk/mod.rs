//! How does one get from entity to entity? Traversals on the arrays, by number; names are for the room above.

mod conditions;
mod near;
mod path;
mod pattern;
mod simple;
mod spread;
mod weighted;

pub(crate) use conditions::Conditions;
pub use conditions::Direction;
pub(crate) use near::{Near, inside, near, steps};
pub(crate) use path::{Costs, Route, shortest};
pub(crate) use pattern::{Bound, Leg, Place, matches};
pub(crate) use simple::{k_shortest, simple_paths};
pub(crate) use spread::{Spread, spread};
