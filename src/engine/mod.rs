//! Floor 5: what Situs can do, as functions over values: [`load()`] a configuration, [`plan()`] it, [`apply()`] the plan, ask [`query`] things.
//! Whoever calls (the command line, a test, a server) brings the [`Ports`]: nothing here touches a terminal, and nothing here knows who
//! asks.
//!
//! What must stay true: a plan is made without a provider being asked to change anything; what is violated or not provable never reaches a
//! provider; a plan that is applied was made on the state that it is applied to, or is refused.

mod adopt;
mod apply;
mod check;
mod console;
pub mod edit;
mod file;
mod foreign;
mod get;
mod import;
mod install;
mod intent;
mod load;
mod objects;
mod overlay;
mod plan;
pub mod query;
mod test;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use adopt::{adopt, look};
pub use apply::{apply, begin};
pub use check::samples;
pub use console::{Console, console, is_open};
pub use file::from_file;
pub use foreign::{NOT_ADOPTED, unadopted};
pub use get::{Fetched, How, LOCK_WOULD_CHANGE, get};
pub use import::{generate, import};
pub use install::{Equipped, install};
pub use intent::{ASSUMED, Intent, decide};
pub use load::{Loaded, load, providers, validate};
pub use plan::{Planned, plan, read};
pub use test::{Test, Tested, Went, test};

use crate::base::Addr;
use crate::base::event::Sink;
use crate::base::ports::{Clock, World};
use crate::run::plan::change::Operation;
use crate::run::plan::refresh::Refresh;
use crate::run::provider::Registry;
use crate::run::state::{Fault, Holder, Store};

/// The ways out that the engine uses.
#[derive(Clone)]
pub struct Ports {
    /// Where the configuration is.
    pub world: Arc<dyn World>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The providers that can be had.
    pub registry: Registry,
    /// Who hears what happens.
    pub sink: Arc<dyn Sink>,
    /// The file of the state.
    pub state: PathBuf,
    /// The workspace that this state is of.
    pub workspace: String,
    /// Who works here, for those who wait.
    pub holder: Holder,
    /// Where a test wants the run to break.
    pub fault: Option<Fault>,
}

impl Ports {
    fn store(&self) -> Store {
        let store = crate::run::state::open(&self.state, self.holder.clone(), self.clock.clone());
        match &self.fault {
            Some(fault) => store.with_fault(fault.clone()),
            None => store,
        }
    }
}

/// What a plan is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// What for.
    pub operation: Operation,
    /// Whether live objects are read first.
    pub refresh: Refresh,
    /// How many operations run at a time.
    pub parallelism: usize,
    /// What is to be replaced on request.
    pub replace: Vec<Addr>,
    /// What the plan is confined to, with all that it needs; empty: everything.
    pub targets: Vec<Addr>,
    /// Whether assumptions count as proved.
    pub assumptions: Assumptions,
    /// How long to wait for the state.
    pub lock_timeout: Duration,
}

/// Whether intent that no runtime realises counts as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assumptions {
    /// It does, and is named.
    #[default]
    Named,
    /// It does not: `-no-assumptions`.
    Refused,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            operation: Operation::Apply,
            refresh: Refresh::Read,
            parallelism: 10,
            replace: Vec::new(),
            targets: Vec::new(),
            assumptions: Assumptions::Named,
            lock_timeout: Duration::ZERO,
        }
    }
}
