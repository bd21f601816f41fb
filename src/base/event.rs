//! What happens while the engine works, for whoever shows it: text, JSON, progress. Events carry no secrets: values travel in
//! artifacts, never here.

use serde::{Deserialize, Serialize};

use super::addr::Addr;
use super::diagnostic::Diagnostic;

/// What is done to one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is made.
    Create,
    /// It is read (a data source).
    Read,
    /// It is opened (what is never kept).
    Open,
    /// It is changed where it is.
    Update,
    /// It is destroyed, then made anew.
    DeleteCreate,
    /// It is made anew, then the old one is destroyed.
    CreateDelete,
    /// It is destroyed.
    Delete,
    /// The engine forgets it and leaves it as it is.
    Forget,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Another run holds the state; we wait.
    LockWait {
        /// Who holds it, as messages say it.
        holder: String,
    },
    /// The live object is being read.
    RefreshStart {
        /// Which.
        addr: Addr,
    },
    /// It was read.
    RefreshComplete {
        /// Which.
        addr: Addr,
    },
    /// A provider was asked to act.
    ApplyStart {
        /// On which.
        addr: Addr,
        /// To do what.
        action: Action,
    },
    /// It is still at it.
    ApplyProgress {
        /// On which.
        addr: Addr,
        /// Doing what.
        action: Action,
        /// For how long, in whole seconds.
        elapsed_seconds: u64,
    },
    /// It is done, and the state says so.
    ApplyComplete {
        /// On which.
        addr: Addr,
        /// What.
        action: Action,
        /// In how many milliseconds.
        elapsed_millis: u64,
        /// The object's `id`, where it has one that is not sensitive.
        id: Option<String>,
    },
    /// It failed.
    ApplyErrored {
        /// On which.
        addr: Addr,
        /// Doing what.
        action: Action,
        /// After how many milliseconds.
        elapsed_millis: u64,
    },
    /// It failed in a way that the provider calls passing, and is tried again.
    Retry {
        /// On which.
        addr: Addr,
        /// Which try comes next, from 2.
        attempt: u32,
        /// After how many milliseconds.
        wait_millis: u64,
        /// What the provider said.
        reason: String,
    },
    /// It was not tried, because something that it needs failed or the run was stopped.
    Skipped {
        /// Which.
        addr: Addr,
        /// Why.
        reason: String,
    },
    /// A provisioner starts.
    ProvisionStart {
        /// For which resource.
        addr: Addr,
        /// Which.
        provisioner: String,
    },
    /// It printed a line.
    ProvisionProgress {
        /// For which resource.
        addr: Addr,
        /// Which.
        provisioner: String,
        /// The line.
        output: String,
    },
    /// It is done.
    ProvisionComplete {
        /// For which resource.
        addr: Addr,
        /// Which.
        provisioner: String,
    },
    /// It failed.
    ProvisionErrored {
        /// For which resource.
        addr: Addr,
        /// Which.
        provisioner: String,
    },
    /// What an interrupted run had begun was settled.
    Recovered {
        /// Which.
        addr: Addr,
        /// How: `adopted`, `repeated`, `gone`.
        how: String,
    },
    /// The first Ctrl-C: what is in flight is finished.
    Interrupted,
    /// Something to tell the user.
    Diagnostic {
        /// What.
        diagnostic: Diagnostic,
    },
}

/// Takes events as they happen, from any thread.
pub trait Sink: Send + Sync {
    /// Takes one.
    fn emit(&self, event: Event);
}

/// Takes events and drops them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Sink for Silent {
    fn emit(&self, _: Event) {}
}
