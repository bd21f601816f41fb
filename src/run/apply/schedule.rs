//! Runs the operations of a graph: each after those that come first, several at a time, and after a failure everything that does not
//! depend on it. Ready operations start in the order of their indices, so that runs look alike.
//!
//! An operation holds one of the slots for as long as it asks somebody for something, not while what came of it is made durable: so
//! ends are noted together with the beginnings that come after them. Nothing that depends on it starts before that is done.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::run::plan::exec::ExecGraph;

use crate::run::Cancel;

/// What became of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// It broke off, by a fault of a provider or of ours.
    Broken,
    /// It was not tried: something before it failed.
    Skipped,
    /// It was not tried: the run was stopped.
    Stopped,
}

/// What became of an operation, and of which one's failure that is a consequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ran {
    /// What became of it.
    pub outcome: Outcome,
    /// The operation that failed, where this one was skipped for it.
    pub cause: Option<usize>,
}

/// The right to be one of those that run at a time.
pub struct Slot {
    held: Option<OwnedSemaphorePermit>,
    alone: bool,
}

impl Slot {
    /// Nothing more is asked of anybody. Where operations run one at a time, the next one still waits for the end of this one.
    pub fn release(&mut self) {
        if !self.alone {
            self.held = None;
        }
    }
}

/// Runs all operations. Where [`Cancel`] says stop, nothing more is started, and what runs is waited for.
pub async fn run<F, R>(graph: &ExecGraph, parallelism: usize, cancel: &Cancel, start: F) -> Vec<Ran>
where
    F: Fn(usize, Slot) -> R,
    R: Future<Output = Outcome> + Send + 'static,
{
    let mut state = State::new(graph);
    let mut running: JoinSet<Outcome> = JoinSet::new();
    // Looked up by task, never gone through.
    let mut names = HashMap::new();
    let slots = Arc::new(Semaphore::new(parallelism.clamp(1, Semaphore::MAX_PERMITS)));
    let alone = parallelism <= 1;
    loop {
        while state.has_next() && !cancel.is_stopping() {
            let Ok(held) = slots.clone().try_acquire_owned() else {
                break;
            };
            let Some(op) = state.next() else { break };
            let slot = Slot {
                held: Some(held),
                alone,
            };
            names.insert(running.spawn(start(op, slot)).id(), op);
        }
        if running.is_empty() {
            return state.outcomes();
        }
        let ended = tokio::select! {
            biased;
            ended = running.join_next_with_id() => ended,
            // A slot is free: the next one may start. One at a time, it waits for the end, which may bring another one that comes first.
            _ = slots.acquire(), if !alone && state.has_next() && !cancel.is_stopping() => continue,
        };
        let (task, outcome) = match ended {
            Some(Ok((task, outcome))) => (task, outcome),
            // Something panicked: what depends on it must not go on.
            Some(Err(error)) => (error.id(), Outcome::Broken),
            None => continue,
        };
        if let Some(op) = names.remove(&task) {
            state.finish(op, outcome);
        }
    }
}

/// Which operations wait for how many others.
struct State {
    users: Vec<Vec<usize>>,
    waiting: Vec<usize>,
    ready: BTreeSet<usize>,
    outcomes: Vec<Option<Ran>>,
}

impl State {
    fn new(graph: &ExecGraph) -> Self {
        let mut users = vec![Vec::new(); graph.ops.len()];
        for (op, what) in graph.ops.iter().enumerate() {
            for first in &what.after {
                if let Some(users) = users.get_mut(*first) {
                    users.push(op);
                }
            }
        }
        let waiting: Vec<usize> = graph.ops.iter().map(|o| o.after.len()).collect();
        let ready = waiting
            .iter()
            .enumerate()
            .filter(|(_, n)| **n == 0)
            .map(|(op, _)| op)
            .collect();
        Self {
            users,
            waiting,
            ready,
            outcomes: vec![None; graph.ops.len()],
        }
    }

    fn has_next(&self) -> bool {
        !self.ready.is_empty()
    }

    fn next(&mut self) -> Option<usize> {
        self.ready.pop_first()
    }

    fn finish(&mut self, op: usize, outcome: Outcome) {
        self.set(op, Ran { outcome, cause: None });
        match outcome {
            Outcome::Done => self.release(op),
            Outcome::Failed | Outcome::Broken => self.skip_users(op),
            // Nothing after it is started either.
            Outcome::Skipped | Outcome::Stopped => {}
        }
    }

    fn release(&mut self, op: usize) {
        for user in self.users.get_mut(op).map(std::mem::take).unwrap_or_default() {
            if let Some(waiting) = self.waiting.get_mut(user) {
                *waiting -= 1;
                if *waiting == 0 && self.outcomes.get(user) == Some(&None) {
                    self.ready.insert(user);
                }
            }
        }
    }

    fn skip_users(&mut self, op: usize) {
        let mut open = self.users.get(op).cloned().unwrap_or_default();
        while let Some(user) = open.pop() {
            if self.outcomes.get(user) == Some(&None) {
                self.set(
                    user,
                    Ran {
                        outcome: Outcome::Skipped,
                        cause: Some(op),
                    },
                );
                self.ready.remove(&user);
                open.extend(self.users.get(user).into_iter().flatten());
            }
        }
    }

    fn set(&mut self, op: usize, ran: Ran) {
        if let Some(slot) = self.outcomes.get_mut(op) {
            *slot = Some(ran);
        }
    }

    fn outcomes(self) -> Vec<Ran> {
        let stopped = Ran {
            outcome: Outcome::Stopped,
            cause: None,
        };
        self.outcomes.into_iter().map(|ran| ran.unwrap_or(stopped)).collect()
    }
}
