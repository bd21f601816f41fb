//! The one writer of a run: takes what is committed, as much as waits, and makes it durable in one transaction; renews the lease.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, interval_at};

use crate::base::ports::Clock;

use super::backend::Backend;
use super::error::StateError;
use super::fault::{Fault, Reach};
use super::journal::Entry;
use super::lease::{Lease, RENEWED};
use super::snapshot::Snapshot;
use super::store::{Store, until};

/// At most so many commits are made durable together.
const GROUP: usize = 512;
/// A snapshot is written when at least so many entries stand behind the last one, and more than there are objects: so its cost is
/// spread over them.
const WORTH_A_SNAPSHOT: usize = 256;

type Done = oneshot::Sender<Result<(), StateError>>;

/// What the writer is asked.
pub(super) enum Job {
    /// To make entries durable.
    Commit {
        /// These.
        entries: Vec<Entry>,
        /// Who waits for it.
        done: Done,
    },
    /// To give the lock back.
    Close {
        /// Who waits for it.
        done: Done,
    },
}

pub(super) struct Writer {
    backend: Arc<dyn Backend>,
    clock: Arc<dyn Clock>,
    fault: Option<Fault>,
    lease: Lease,
    snapshot: Arc<Mutex<Snapshot>>,
    /// How many entries stand behind the last snapshot.
    entries: usize,
    /// Why nothing more can be written.
    broken: Option<StateError>,
}

impl Writer {
    pub(super) fn new(store: &Store, lease: Lease, snapshot: Arc<Mutex<Snapshot>>, entries: usize) -> Self {
        Self {
            backend: store.backend.clone(),
            clock: store.clock.clone(),
            fault: store.fault.clone(),
            lease,
            snapshot,
            entries,
            broken: None,
        }
    }

    /// Works until the run is closed or dropped.
    pub(super) async fn work(mut self, mut jobs: mpsc::UnboundedReceiver<Job>) {
        let mut renewal = interval_at(Instant::now() + RENEWED, RENEWED);
        let closed = loop {
            tokio::select! {
                biased;
                job = jobs.recv() => match job {
                    None => break None,
                    Some(Job::Close { done }) => break Some(done),
                    Some(Job::Commit { entries, done }) => {
                        if let Some(done) = self.group(entries, done, &mut jobs).await {
                            break Some(done);
                        }
                    }
                },
                _ = renewal.tick() => self.renew().await,
            }
        };
        let ended = self.end().await;
        if let Some(done) = closed {
            // Whoever closed may have gone.
            let _ = done.send(ended);
        }
    }

    /// Makes a commit durable, and those that wait by now with it. A wish to close that is found among them is handed back.
    async fn group(
        &mut self,
        entries: Vec<Entry>,
        done: Done,
        jobs: &mut mpsc::UnboundedReceiver<Job>,
    ) -> Option<Done> {
        let mut commits = vec![(entries, done)];
        let mut closing = None;
        // Those that the last group woke are about to commit as well: they come first, or this one would be synced alone.
        tokio::task::yield_now().await;
        while commits.len() < GROUP && closing.is_none() {
            match jobs.try_recv() {
                Ok(Job::Commit { entries, done }) => commits.push((entries, done)),
                Ok(Job::Close { done }) => closing = Some(done),
                Err(_) => break,
            }
        }
        let (entries, waiting): (Vec<_>, Vec<_>) = commits.into_iter().unzip();
        let result = self.write(entries.into_iter().flatten().collect()).await;
        for done in waiting {
            // Whoever waited may have been dropped.
            let _ = done.send(result.clone());
        }
        closing
    }

    async fn write(&mut self, mut entries: Vec<Entry>) -> Result<(), StateError> {
        if let Some(why) = &self.broken {
            return Err(why.clone());
        }
        let reach = self.fault.as_ref().map_or(Reach::Whole, |f| f.reach(entries.len()));
        if let Reach::Broken(durable) = reach {
            entries.truncate(durable);
        }
        let mut result = self.append(entries).await;
        if reach != Reach::Whole {
            self.fault.iter().for_each(Fault::strike);
            result = Err(StateError::Fault);
        }
        self.broken = result.clone().err();
        result
    }

    async fn append(&mut self, entries: Vec<Entry>) -> Result<(), StateError> {
        if entries.is_empty() {
            return Ok(());
        }
        let lines = entries.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>();
        let lines = lines.map_err(|e| StateError::Io {
            place: "an entry".to_owned(),
            why: e.to_string(),
        })?;
        let serial = self.look(|s| s.serial);
        self.entries += lines.len();
        self.backend.append(self.lease, serial, lines).await?;
        self.look(|snapshot| entries.into_iter().for_each(|entry| snapshot.fold(entry)));
        Ok(())
    }

    async fn renew(&mut self) {
        let until = until(self.clock.now_millis());
        if let Err(StateError::Lost) = self.backend.renew(self.lease, until).await {
            self.broken = Some(StateError::Lost);
        }
    }

    async fn end(&mut self) -> Result<(), StateError> {
        match self.broken {
            // A process that is killed gives nothing back.
            Some(StateError::Fault) => return Err(StateError::Fault),
            Some(StateError::Lost) => return Err(StateError::Lost),
            _ => {}
        }
        let compacted = self.compact().await;
        self.backend.release(self.lease).await?;
        compacted
    }

    async fn compact(&self) -> Result<(), StateError> {
        if self.broken.is_some() || self.entries < WORTH_A_SNAPSHOT.max(self.look(|s| s.objects.len())) {
            return Ok(());
        }
        let (serial, text) = self.look(|s| (s.serial, serde_json::to_string(s)));
        let text = text.map_err(|e| StateError::Io {
            place: "the snapshot".to_owned(),
            why: e.to_string(),
        })?;
        self.backend.compact(self.lease, serial, text).await
    }

    fn look<T>(&self, look: impl FnOnce(&mut Snapshot) -> T) -> T {
        look(&mut self.snapshot.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
