//! A locked state: what one run reads and writes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::base::Addr;

use super::error::StateError;
use super::journal::Entry;
use super::lease::Lease;
use super::record::Record;
use super::snapshot::Snapshot;
use super::store::Store;
use super::writer::{Job, Writer};

/// A locked state. The lock is given back by [`Run::close`], or when the run is dropped.
pub struct Run {
    snapshot: Arc<Mutex<Snapshot>>,
    jobs: mpsc::UnboundedSender<Job>,
}

impl Run {
    pub(super) fn start(store: &Store, lease: Lease, snapshot: Snapshot, entries: usize) -> Arc<Self> {
        let snapshot = Arc::new(Mutex::new(snapshot));
        let (jobs, waiting) = mpsc::unbounded_channel();
        let writer = Writer::new(store, lease, snapshot.clone(), entries);
        tokio::spawn(writer.work(waiting));
        Arc::new(Self { snapshot, jobs })
    }

    /// The state as it is now.
    pub fn snapshot(&self) -> Snapshot {
        self.look().clone()
    }

    /// Something about the state as it is now.
    pub fn with<T>(&self, look: impl FnOnce(&Snapshot) -> T) -> T {
        look(&self.look())
    }

    /// The object in use, or the one that was put aside under a key.
    pub fn object(&self, addr: &Addr, deposed: Option<&str>) -> Option<Record> {
        self.look().object(addr, deposed).cloned()
    }

    /// Makes entries durable, together with what others commit at the same time.
    pub async fn commit(&self, entries: Vec<Entry>) -> Result<(), StateError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.ask(|done| Job::Commit { entries, done }).await
    }

    /// Gives the lock back, after everything that was committed.
    pub async fn close(&self) -> Result<(), StateError> {
        self.ask(|done| Job::Close { done }).await
    }

    async fn ask(&self, job: impl FnOnce(oneshot::Sender<Result<(), StateError>>) -> Job) -> Result<(), StateError> {
        let (done, answer) = oneshot::channel();
        if self.jobs.send(job(done)).is_err() {
            return Err(StateError::Lost);
        }
        answer.await.unwrap_or(Err(StateError::Lost))
    }

    fn look(&self) -> MutexGuard<'_, Snapshot> {
        self.snapshot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
