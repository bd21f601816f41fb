//! Floor 5 (what the front calls; the whole floor replaces this file).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::base::event::Sink;
use crate::base::ports::{Clock, World};
use crate::base::{Addr, Code, Diagnostic, Diagnostics, Sources};
use crate::lang::config::{Config, Request};
use crate::model::residency::Verdict;
use crate::run::apply::{Applied, Cancel};
use crate::run::plan::change::{Operation, Plan};
use crate::run::plan::refresh::Refresh;
use crate::run::provider::Registry;
use crate::run::state::{Fault, Holder, Run, Snapshot};

fn missing() -> Diagnostics {
    Diagnostic::error(Code { id: "E000", about: "" }, "the engine is not built yet").into()
}

/// The ways out.
#[derive(Clone)]
pub struct Ports {
    /// Where the configuration is.
    pub world: Arc<dyn World>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The providers.
    pub registry: Registry,
    /// Who hears what happens.
    pub sink: Arc<dyn Sink>,
    /// The file of the state.
    pub state: PathBuf,
    /// Who works here.
    pub holder: Holder,
    /// Where a test wants the run to break.
    pub fault: Option<Fault>,
}

/// What a plan is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// What for.
    pub operation: Operation,
    /// Whether live objects are read first.
    pub refresh: Refresh,
    /// How many at a time.
    pub parallelism: usize,
    /// What is replaced on request.
    pub replace: Vec<Addr>,
    /// Whether assumptions count.
    pub assumptions: Assumptions,
    /// How long to wait for the state.
    pub lock_timeout: Duration,
}

/// Whether assumptions count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assumptions {
    /// They do.
    #[default]
    Named,
    /// They do not.
    Refused,
}

/// A configuration.
#[derive(Default)]
pub struct Loaded {
    /// Its texts.
    pub sources: Sources,
    /// What it says.
    pub config: Config,
}

/// A plan with what it was made of.
pub struct Planned {
    /// What will be done.
    pub plan: Plan,
    /// Whether the law holds.
    pub verdict: Verdict,
}

/// Reads a configuration.
pub fn load(_: &Ports, _: Request) -> (Loaded, Diagnostics) {
    (Loaded::default(), missing())
}

/// What is wrong with it.
pub fn validate(_: &Ports, _: &Loaded) -> Diagnostics {
    missing()
}

/// The state.
pub async fn read(_: &Ports) -> Result<Snapshot, Diagnostics> {
    Err(missing())
}

/// Plans.
pub async fn plan(_: &Ports, _: &Loaded, _: &Options, _: &Snapshot) -> (Option<Planned>, Diagnostics) {
    (None, missing())
}

/// Takes the lock.
pub async fn begin(_: &Ports, _: &Options) -> Result<Arc<Run>, Diagnostics> {
    Err(missing())
}

/// Applies.
pub async fn apply(_: &Ports, _: Planned, _: &Options, _: Arc<Run>, _: Cancel) -> Applied {
    Applied::default()
}

/// A plan from a file.
pub fn from_file(_: &Ports, _: Plan) -> (Option<Planned>, Sources, Diagnostics) {
    (None, Sources::new(), missing())
}

pub mod query {
    //! Questions.
    use super::{Addr, Diagnostics, Loaded, Ports, missing};

    /// How a graph is drawn.
    #[derive(Clone, Copy, Debug)]
    pub enum Form {
        /// For Graphviz.
        Dot,
        /// For Markdown.
        Mermaid,
    }

    /// The graph.
    pub async fn graph(_: &Ports, _: &Loaded, _: Form) -> (String, Diagnostics) {
        (String::new(), missing())
    }

    /// Why.
    pub async fn why(_: &Ports, _: &Loaded, _: &Addr) -> (Vec<String>, Diagnostics) {
        (Vec::new(), missing())
    }
}
