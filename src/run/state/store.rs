//! A state that can be read, and locked to be written.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::base::digest::Digest;
use crate::base::event::{Event, Sink};
use crate::base::ports::Clock;

use super::backend::sqlite::Sqlite;
use super::backend::{Backend, Kept};
use super::error::StateError;
use super::fault::Fault;
use super::lease::{Grant, HOLDS, Holder, Lease};
use super::run::Run;
use super::snapshot::Snapshot;

/// How often a lease that another run holds is asked for again.
const ASKED: Duration = Duration::from_millis(200);
/// How long waiting goes unmentioned.
const UNMENTIONED: Duration = Duration::from_millis(400);

/// A state.
#[derive(Clone)]
pub struct Store {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) fault: Option<Fault>,
    holder: Holder,
}

/// The state in a SQLite file. Nothing is read or made yet; a state that is only read is never made.
pub fn open(path: impl Into<PathBuf>, who: Holder, clock: Arc<dyn Clock>) -> Store {
    Store::new(Arc::new(Sqlite::new(path)), who, clock)
}

impl Store {
    /// A state that is kept elsewhere.
    pub fn new(backend: Arc<dyn Backend>, who: Holder, clock: Arc<dyn Clock>) -> Self {
        Self {
            backend,
            clock,
            fault: None,
            holder: who,
        }
    }

    /// The same, with runs that break where a test wants it.
    #[must_use]
    pub fn with_fault(self, fault: Fault) -> Self {
        Self {
            fault: Some(fault),
            ..self
        }
    }

    /// The state as it is now. Takes no lock.
    pub async fn read(&self) -> Result<Snapshot, StateError> {
        match self.backend.load().await? {
            Some(kept) => fold(&kept).map(|(snapshot, _)| snapshot),
            None => Ok(Snapshot::default()),
        }
    }

    /// Takes the lock, waiting at most so long for another run to give it back.
    pub async fn lock(&self, wait: Duration, sink: &dyn Sink) -> Result<Arc<Run>, StateError> {
        let lease = self.lease(wait, sink).await?;
        match self.begin(lease).await {
            Ok(run) => Ok(run),
            Err(error) => {
                // The first error is the one to tell.
                let _ = self.backend.release(lease).await;
                Err(error)
            }
        }
    }

    async fn begin(&self, lease: Lease) -> Result<Arc<Run>, StateError> {
        self.backend.create(&self.lineage()).await?;
        let kept = self.backend.load().await?.unwrap_or_default();
        let (snapshot, entries) = fold(&kept)?;
        Ok(Run::start(self, lease, snapshot, entries))
    }

    async fn lease(&self, wait: Duration, sink: &dyn Sink) -> Result<Lease, StateError> {
        let started = Instant::now();
        let mut mentioned = false;
        loop {
            let now = self.clock.now_millis();
            let holder = self.holder.clone().since(now);
            let (lease, other) = match self.backend.acquire(&holder, now, until(now)).await? {
                Grant::Yours(lease) => return Ok(lease),
                Grant::Held(lease, other) => (lease, other),
            };
            if other.is_gone() {
                self.backend.release(lease).await?;
                continue;
            }
            let waited = started.elapsed();
            if waited >= wait {
                return Err(StateError::Held(other));
            }
            if waited >= UNMENTIONED && !mentioned {
                sink.emit(Event::LockWait {
                    holder: other.to_string(),
                });
                mentioned = true;
            }
            tokio::time::sleep(ASKED.min(wait - waited)).await;
        }
    }

    /// A name that no other state has.
    fn lineage(&self) -> String {
        let random = RandomState::new().build_hasher().finish();
        let parts = [
            self.holder.who.clone(),
            self.clock.now_millis().to_string(),
            random.to_string(),
        ];
        Digest::of_parts(parts).short()
    }
}

/// When a lease runs out that is taken or renewed now.
pub(super) fn until(now_millis: u64) -> u64 {
    now_millis.saturating_add(u64::try_from(HOLDS.as_millis()).unwrap_or(u64::MAX))
}

/// What is kept as a whole, and how many entries stand behind its snapshot.
fn fold(kept: &Kept) -> Result<(Snapshot, usize), StateError> {
    let damaged = |why: String| StateError::Damaged {
        place: kept.lineage.clone(),
        why,
    };
    let mut snapshot = match &kept.snapshot {
        Some(text) => serde_json::from_str(text).map_err(|e| damaged(format!("its snapshot cannot be read: {e}")))?,
        None => Snapshot::default(),
    };
    for text in &kept.entries {
        let entry = serde_json::from_str(text);
        snapshot.fold(entry.map_err(|e| damaged(format!("an entry of its journal cannot be read: {e}")))?);
    }
    if snapshot.serial != kept.serial {
        let counted = format!("it has had {} entries, and {} are there", kept.serial, snapshot.serial);
        return Err(damaged(counted));
    }
    snapshot.lineage.clone_from(&kept.lineage);
    Ok((snapshot, kept.entries.len()))
}
