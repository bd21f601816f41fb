//! Runs the operations of a graph: each after those that come first, several at a time, and after a failure everything that does not
//! depend on it. Ready operations start in the order of their indices, so that runs look alike.

use std::collections::BTreeSet;
use std::future::Future;

use tokio::task::JoinSet;

use crate::run::plan::exec::ExecGraph;

use super::cancel::Cancel;

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

/// Runs all operations. Where [`Cancel`] says stop, nothing more is started, and what runs is waited for.
pub async fn run<F, R>(graph: &ExecGraph, parallelism: usize, cancel: &Cancel, start: F) -> Vec<Outcome>
where
    F: Fn(usize) -> R,
    R: Future<Output = Outcome> + Send + 'static,
{
    let mut state = State::new(graph);
    let mut running: JoinSet<(usize, Outcome)> = JoinSet::new();
    let slots = parallelism.max(1);
    loop {
        while running.len() < slots && !cancel.is_stopping() {
            let Some(op) = state.next() else { break };
            let work = start(op);
            running.spawn(async move { (op, work.await) });
        }
        match running.join_next().await {
            Some(Ok((op, outcome))) => state.finish(op, outcome),
            // A task that panics is a fault of ours: what depends on it must not go on.
            Some(Err(_)) => {}
            None => return state.outcomes(),
        }
    }
}

/// Which operations wait for how many others.
struct State {
    users: Vec<Vec<usize>>,
    waiting: Vec<usize>,
    ready: BTreeSet<usize>,
    outcomes: Vec<Option<Outcome>>,
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
        let ready = waiting.iter().enumerate().filter(|(_, n)| **n == 0).map(|(op, _)| op).collect();
        Self { users, waiting, ready, outcomes: vec![None; graph.ops.len()] }
    }

    fn next(&mut self) -> Option<usize> {
        self.ready.pop_first()
    }

    fn finish(&mut self, op: usize, outcome: Outcome) {
        self.set(op, outcome);
        match outcome {
            Outcome::Done => self.release(op),
            Outcome::Failed | Outcome::Broken | Outcome::Skipped | Outcome::Stopped => self.skip_users(op),
        }
    }

    fn release(&mut self, op: usize) {
        for user in self.users.get(op).cloned().unwrap_or_default() {
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
                self.set(user, Outcome::Skipped);
                self.ready.remove(&user);
                open.extend(self.users.get(user).into_iter().flatten());
            }
        }
    }

    fn set(&mut self, op: usize, outcome: Outcome) {
        if let Some(slot) = self.outcomes.get_mut(op) {
            *slot = Some(outcome);
        }
    }

    fn outcomes(self) -> Vec<Outcome> {
        self.outcomes.into_iter().map(|o| o.unwrap_or(Outcome::Stopped)).collect()
    }
}

