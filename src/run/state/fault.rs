//! A way for tests to break a run at any point of its journal. Not for users: the front passes it through from a test hook only.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What happens at the chosen point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The process ends there and then, as with `kill -9`.
    Abort,
    /// The entry, and every later one, fails.
    Fail,
}

/// Where a run breaks. Every entry has two points: 2n just before entry n is durable, 2n + 1 just after; both before whoever waits for
/// it hears of it.
#[derive(Clone, Debug)]
pub struct Fault {
    at: u64,
    act: Act,
    seen: Arc<AtomicU64>,
}

/// How far a group of entries may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// All of it.
    Whole,
    /// So many entries are made durable, then the fault comes.
    Broken(usize),
}

impl Fault {
    /// A run that breaks at a point, counted from 0.
    pub fn new(at: u64, act: Act) -> Self {
        Self {
            at,
            act,
            seen: Arc::default(),
        }
    }

    /// How many entries were written so far: a run has twice as many points.
    pub fn entries(&self) -> u64 {
        self.seen.load(Ordering::SeqCst)
    }

    /// Counts a group of entries.
    pub(super) fn reach(&self, entries: usize) -> Reach {
        let count = u64::try_from(entries).unwrap_or(u64::MAX);
        let before = self.seen.fetch_add(count, Ordering::SeqCst);
        let durable = self.at.div_ceil(2).saturating_sub(before);
        // Point 2n lets n entries through, 2n + 1 lets entry n through as well.
        if self.at / 2 >= before.saturating_add(count) {
            return Reach::Whole;
        }
        Reach::Broken(usize::try_from(durable).unwrap_or(usize::MAX).min(entries))
    }

    /// Breaks the run, where it is to break for good.
    pub(super) fn strike(&self) {
        if self.act == Act::Abort {
            std::process::abort();
        }
    }
}
