//! What is known between runs. A [`Store`] is read freely and locked to be written; a locked one is a [`Run`], whose [`Run::commit`]
//! makes entries durable, many in one transaction. The state is a [`journal`] over a [`snapshot`], kept by a [`backend`] that moves one
//! head by compare-and-swap under the fencing token of a [`lease`].
//!
//! What must stay true: an entry that was acknowledged is durable; nothing is written but under the lease that holds now; whoever reads
//! sees a whole number of entries; the cost of an entry does not grow with the state.

pub mod backend;
pub(crate) mod bytes;
mod error;
mod fault;
pub mod journal;
pub mod lease;
pub mod record;
mod run;
pub mod snapshot;
mod store;
mod writer;

pub use error::StateError;
pub use fault::{Act, Fault};
pub use lease::Holder;
pub use record::{Record, Status};
pub use run::Run;
pub use snapshot::Snapshot;
pub use store::{Store, open};
