//! How is the store doing? What is in it, is it whole, and is there a copy of it?

mod backup;
mod indexes;
mod maintain;
mod rebuild;
mod repair;
mod stats;
mod sums;
mod verify;

pub use backup::Backup;
pub(crate) use backup::{backup, restore};
pub use indexes::Index;
pub(crate) use indexes::indexes;
pub use maintain::{Budget, Maintenance, UpkeepTask};
pub(crate) use maintain::{maintain, tasks as upkeep_tasks};
pub(crate) use rebuild::rebuild;
pub(crate) use repair::repair;
pub use repair::{Repair, Repaired, Saved};
pub(crate) use stats::stats;
pub use stats::{ContentBytes, MemoryCounts, Stats};
pub(crate) use verify::verify;
pub use verify::{Finding, Verification};
