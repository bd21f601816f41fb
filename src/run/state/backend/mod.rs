//! Where a state is kept. One small trait: entries are appended behind a head that moves by compare-and-swap under a fencing token; a
//! snapshot stands for the entries before it; a lease says who may write. A backend knows texts and numbers, not what they mean.

pub mod sqlite;

use async_trait::async_trait;

use super::error::StateError;
use super::lease::{Grant, Holder, Lease};

/// The format of what is kept; a newer one is refused.
pub const FORMAT: u32 = 1;

/// All that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Tells this state from every other.
    pub lineage: String,
    /// How many entries there were, those that a snapshot stands for included.
    pub serial: u64,
    /// The snapshot; absent: there is none yet.
    pub snapshot: Option<String>,
    /// The entries after it.
    pub entries: Vec<String>,
}

/// Keeps a state.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Reads everything; nothing where nothing was ever kept. Does not need the lease.
    async fn load(&self) -> Result<Option<Kept>, StateError>;

    /// Begins to keep a state with this lineage, unless there is one.
    async fn create(&self, lineage: &str) -> Result<(), StateError>;

    /// Appends entries behind the one with number `serial`, all or none, durable when it returns.
    /// [`StateError::Lost`] where the lease is another's or the head stands elsewhere.
    async fn append(&self, lease: Lease, serial: u64, entries: Vec<String>) -> Result<(), StateError>;

    /// Puts a snapshot in the place of all entries up to the one with number `serial`.
    async fn compact(&self, lease: Lease, serial: u64, snapshot: String) -> Result<(), StateError>;

    /// Takes the lease, where nobody holds it at `now`.
    async fn acquire(&self, holder: &Holder, now_millis: u64, until_millis: u64) -> Result<Grant, StateError>;

    /// Makes a lease hold longer. [`StateError::Lost`] where it is another's.
    async fn renew(&self, lease: Lease, until_millis: u64) -> Result<(), StateError>;

    /// Gives a lease back; nothing where it is another's by now.
    async fn release(&self, lease: Lease) -> Result<(), StateError>;
}
