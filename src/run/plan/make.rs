//! Makes a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_value::Value;

use crate::base::event::{Action, Sink};
use crate::base::{Addr, Diagnostic, Diagnostics};
use crate::lang::eval::Scope;
use crate::lang::eval::instance::{Instance, PreventDestroy};
use crate::lang::eval::late::Late;
use crate::model::assignment::Assignment;
use crate::run::provider::Pool;
use crate::run::state::Snapshot;

use super::blocks::shapes;
use super::change::{Base, Change, FORMAT, Import, Input, Operation, OutputChange, Plan};
use super::exec::build::{build, force_create_first};
use super::imports::{self, Seek, Wanted};
use super::objects::ObjectTable;
use super::outputs::{self, Outputs};
use super::planner::{Planner, prevented};
use super::reasons::Reasons;
use super::refresh::{Refresh, Refreshed, refresh};
use super::target;

/// What a plan is made from.
pub struct Request<'a> {
    /// What it is for.
    pub operation: Operation,
    /// The state that it starts from.
    pub snapshot: &'a Snapshot,
    /// What is configured.
    pub instances: &'a [Instance],
    /// Blocks whose instances objects decide.
    pub late: &'a [Late],
    /// Blocks without instances, and what stands for them in expressions.
    pub none: &'a [(Addr, Value)],
    /// What names mean in the root module.
    pub root: &'a Arc<Scope>,
    /// The sites that are configured.
    pub sites: &'a BTreeSet<Arc<str>>,
    /// The providers, with those of kept objects (see [`Pool::with_kept`]).
    pub pool: &'a Pool,
    /// What is taken over.
    pub imports: &'a [Wanted],
    /// What is given up, and left where it is.
    pub forgotten: &'a [Addr],
    /// What `-replace` names.
    pub replace: &'a [Addr],
    /// What `-target` names; empty: everything.
    pub targets: &'a [Addr],
    /// Whether objects are read first.
    pub refresh: Refresh,
    /// How many are read, or planned, at a time.
    pub parallelism: usize,
    /// The outputs.
    pub outputs: &'a Outputs,
    /// Who hears of it.
    pub sink: &'a Arc<dyn Sink>,
}

/// Makes a plan, or says why there is none. What it was made from beside the state, where things are placed and the verdict are for
/// the caller to fill in: [`Plan::input`], [`Plan::placement`], [`Plan::moves`], [`Plan::verdict`].
pub async fn make(request: &Request<'_>) -> (Option<Plan>, Diagnostics) {
    let (mut refreshed, mut diagnostics) = refresh(
        request.snapshot,
        request.pool,
        request.sink,
        request.parallelism,
        request.refresh,
    )
    .await;
    if diagnostics.has_errors() {
        return (None, once(diagnostics));
    }
    let seek = Seek {
        pool: request.pool,
        snapshot: request.snapshot,
        instances: request.instances,
        sink: &**request.sink,
    };
    let imported = match request.operation {
        Operation::Apply => diagnostics.take(imports::find(&seek, request.imports).await),
        Operation::Destroy | Operation::RefreshOnly => BTreeMap::new(),
    };
    if diagnostics.has_errors() {
        return (None, once(diagnostics));
    }
    let as_kept = imported
        .iter()
        .map(|(addr, import)| (addr.clone(), import.record.clone()));
    refreshed.prior.extend(as_kept);
    let objects = ObjectTable::new(request.instances);
    objects.add_none(request.none);
    let mut changes = diagnostics.take(changes(request, &refreshed, &objects).await);
    if diagnostics.has_errors() {
        return (None, once(diagnostics));
    }
    diagnostics.extend(target::unanswered("target", request.targets, &changes));
    diagnostics.extend(target::unanswered("replace", request.replace, &changes));
    if !diagnostics.has_errors() {
        diagnostics.extend(target::confined(request.targets));
    }
    changes = target::only(changes, request.targets, &objects);
    force_create_first(&mut changes);
    let outputs = diagnostics.take(output_changes(request, &objects));
    let plan = Plan {
        exec: build(&changes),
        imported: targeted(imported, &changes),
        ..bare(request, refreshed, changes, outputs)
    };
    (Some(plan).filter(|_| !diagnostics.has_errors()), once(diagnostics))
}

/// What is taken over and planned: `-target` may leave some out.
fn targeted(mut imported: BTreeMap<Addr, Import>, changes: &[Change]) -> BTreeMap<Addr, Import> {
    let planned: BTreeSet<&Addr> = changes.iter().map(|c| &c.addr).collect();
    imported.retain(|addr, _| planned.contains(addr));
    imported
}

async fn changes(request: &Request<'_>, refreshed: &Refreshed, objects: &ObjectTable) -> (Vec<Change>, Diagnostics) {
    let snapshot = request.snapshot;
    let planner = Planner {
        pool: request.pool,
        prior: &refreshed.prior,
        gone: &refreshed.gone,
        deposed: &snapshot.deposed,
        replace: request.replace,
        objects,
        parallelism: request.parallelism,
        sink: &**request.sink,
        seed: format!("{} {}", snapshot.lineage, snapshot.serial),
    };
    match request.operation {
        Operation::Apply => {
            let (mut changes, diagnostics) = planner.configured(request.instances, request.late).await;
            let found = request.late.iter().flat_map(Late::instances);
            let all: Vec<&Instance> = request.instances.iter().chain(found).collect();
            let configured: BTreeSet<Addr> = all.iter().map(|i| i.addr.clone()).collect();
            let reasons = Reasons::new(request, &all);
            let orphans = planner.orphans(&configured, &|addr| Some(reasons.why(addr)));
            changes.extend(orphans.into_iter().map(|change| given_up(change, request.forgotten)));
            changes.sort_by(|a, b| a.addr.cmp(&b.addr));
            (changes, diagnostics)
        }
        Operation::Destroy => {
            let mut changes = planner.orphans(&BTreeSet::new(), &|_| None);
            changes.sort_by(|a, b| a.addr.cmp(&b.addr));
            (changes, must_stay(request.instances, refreshed))
        }
        Operation::RefreshOnly => {
            let changes = refreshed
                .prior
                .iter()
                .map(|(addr, record)| planner.untouched(addr, record))
                .collect();
            (changes, Diagnostics::new())
        }
    }
}

/// What is given up is forgotten and not destroyed.
fn given_up(change: Change, forgotten: &[Addr]) -> Change {
    let bare = change.addr.without_keys();
    if !forgotten.iter().any(|f| f.covers(&bare)) {
        return change;
    }
    Change {
        action: Action::Forget,
        reason: None,
        deposed: Vec::new(),
        ..change
    }
}

fn must_stay(instances: &[Instance], refreshed: &Refreshed) -> Diagnostics {
    instances
        .iter()
        .filter(|i| i.lifecycle.prevent_destroy == PreventDestroy::Yes && refreshed.prior.contains_key(&i.addr))
        .map(|i| prevented(&i.addr, Some(i.span)))
        .collect()
}

fn output_changes(request: &Request<'_>, objects: &ObjectTable) -> (BTreeMap<String, OutputChange>, Diagnostics) {
    let was = &request.snapshot.outputs;
    match request.operation {
        Operation::Destroy => (outputs::diff(was, &BTreeMap::new()), Diagnostics::new()),
        Operation::Apply => {
            let (will, diagnostics) = (request.outputs)(objects);
            (outputs::diff(was, &will), diagnostics)
        }
        Operation::RefreshOnly => {
            // What is not there yet makes values unknown: those stay as they are.
            let (will, diagnostics) = (request.outputs)(objects);
            let kept = was.iter().map(|(name, output)| (name.clone(), output.value.clone()));
            let known = will.into_iter().filter(|(_, value)| value.is_wholly_known());
            let will: BTreeMap<String, Value> = kept.chain(known).collect();
            (outputs::diff(was, &will), diagnostics)
        }
    }
}

/// The plan without its operations.
fn bare(
    request: &Request<'_>,
    refreshed: Refreshed,
    changes: Vec<Change>,
    outputs: BTreeMap<String, OutputChange>,
) -> Plan {
    Plan {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        operation: request.operation,
        input: Input::default(),
        base: base(request.snapshot, &changes, &refreshed),
        drift: refreshed.drift,
        blocks: shapes(&changes, request.pool),
        changes,
        outputs,
        placement: Assignment::default(),
        moves: Vec::new(),
        moved: BTreeMap::new(),
        imported: BTreeMap::new(),
        providers: request.pool.specs().clone(),
        verdict: serde_json::Value::Null,
        exec: super::exec::ExecGraph::default(),
    }
}

/// What the plan relies on: every kept object that it changes, or takes note of.
fn base(snapshot: &Snapshot, changes: &[Change], refreshed: &Refreshed) -> Base {
    let changed = changes.iter().filter(|c| c.does_something()).map(|c| &c.addr);
    let spoken_of: BTreeSet<&Addr> = changed.chain(refreshed.drift.iter().map(|d| &d.addr)).collect();
    let objects = spoken_of
        .into_iter()
        .filter_map(|addr| Some((addr.clone(), snapshot.objects.get(addr)?.digest())));
    Base {
        lineage: snapshot.lineage.clone(),
        serial: snapshot.serial,
        objects: objects.collect(),
    }
}

/// The same without repetitions: a provider that cannot be brought up is told once, not once per object.
fn once(diagnostics: Diagnostics) -> Diagnostics {
    let mut seen = BTreeSet::new();
    let new = |d: &Diagnostic| {
        seen.insert((
            d.code,
            d.title.clone(),
            d.address.clone(),
            d.primary.as_ref().map(|p| p.span),
            d.notes.clone(),
        ))
    };
    let mut new = new;
    diagnostics.into_iter().filter(|d| new(d)).collect()
}
