//! The command line of mindkeep.
fn main() {}
