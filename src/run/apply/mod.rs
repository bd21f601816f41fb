//! Does what a plan says, and nothing else: [`schedule`] runs the operations, [`interpret`] carries each out, `step` is one call of a provider, `notes`
//! keeps what is not an operation, [`settle`](mod@settle) clears up what an interrupted run left.
//!
//! What must stay true: a begin entry is durable before a provider is called; an end entry before anything starts that depends on it;
//! whatever a provider made is in the state, also when it reports an error; the language is touched through `eval::instance` only.

pub mod interpret;
mod notes;
pub mod outcome;
pub mod schedule;
pub mod settle;
mod step;

pub use interpret::{Applier, apply};
pub use outcome::Applied;
pub use schedule::Outcome;
pub use settle::{settle, settled};
