//! What is to be done, as a value. Kept objects are read ([`refresh`]), each configured instance is held against what is there
//! ([`planner`], in the [`order`] of what needs what), outputs are compared ([`outputs`]), and the changes become a graph of operations
//! ([`exec`]). [`make()`] does all of it; [`file`](mod@file) keeps the outcome.
//!
//! What must stay true: the same input gives the same plan, byte for byte; nothing is decided later; a provider is never trusted.

pub mod blocks;
pub mod change;
pub mod exec;
pub mod file;
mod ignore;
pub mod imports;
pub mod make;
pub mod marks;
pub mod moved;
pub mod objects;
pub mod open;
pub mod order;
pub mod outputs;
pub mod planner;
pub(crate) mod read;
mod reasons;
pub mod refresh;
mod target;

pub use change::{Change, Counts, Operation, Plan};
pub(crate) use ignore::ignore_changes;
pub use make::{Request, make};
pub use objects::ObjectTable;
pub use outputs::Outputs;
pub use refresh::Refresh;
