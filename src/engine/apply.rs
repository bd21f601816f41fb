//! From a plan to what came of it.

use std::sync::Arc;

use crate::base::Diagnostics;
use crate::lang::eval::instance::Instance;
use crate::lang::eval::late::Late;
use crate::run::Cancel;
use crate::run::apply::{self, Applied, Applier, settle};
use crate::run::state::Run;

use super::plan::{outputs, pool_of_kept};
use super::{Options, Planned, Ports};

/// Takes the lock, waiting as long as the options say, and settles what an interrupted run left. What is planned after this is planned on
/// a state that nobody else changes; the lock is given back when the run is closed or dropped.
pub async fn begin(ports: &Ports, options: &Options) -> Result<Arc<Run>, Diagnostics> {
    let run = ports.store().lock(options.lock_timeout, &*ports.sink).await;
    let run = run.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    let pool = run.with(|now| pool_of_kept(ports, now));
    let said = settle(&run, &pool, &*ports.sink).await;
    if said.has_errors() {
        return Err(said);
    }
    for diagnostic in said {
        ports.sink.emit(crate::base::event::Event::Diagnostic { diagnostic });
    }
    Ok(run)
}

/// Carries a plan out under the lock of `run`, and gives the lock back.
pub async fn apply(ports: &Ports, planned: Planned, options: &Options, run: Arc<Run>, cancel: Cancel) -> Applied {
    let outputs = outputs(&planned.lowered);
    let plan = Arc::new(planned.plan);
    // The scopes of modules live as long as the root's.
    let _root = planned.lowered.root.clone();
    let found: Vec<Instance> = planned.lowered.late.iter().flat_map(Late::instances).cloned().collect();
    let none = planned.lowered.late.iter().flat_map(Late::none);
    let none: Vec<_> = planned.lowered.none.iter().chain(none).cloned().collect();
    let instances = planned.lowered.instances.into_iter().chain(found);
    let sink = ports.sink.clone();
    let applier = Applier::new(plan, instances, planned.pool, run.clone(), outputs, sink, cancel).with_none(&none);
    let applier = applier.with_endings(planned.lowered.endings);
    let mut applied = apply::apply(Arc::new(applier), options.parallelism).await;
    if let Err(error) = run.close().await {
        applied.diagnostics.push(error.diagnostic());
    }
    applied
}
