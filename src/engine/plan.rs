//! From decided intent and the state to a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::ports::World;
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::lang::config::Forget;
use crate::model::placement::Placement;
use crate::model::residency::{State, Verdict};
use crate::run::apply::settled;
use crate::run::lower::{Lowered, inside};
use crate::run::plan::change::{Operation, Plan, Relocation};
use crate::run::plan::{Outputs, Request, make, moved};
use crate::run::provider::{Pool, ProviderSpec};
use crate::run::state::Snapshot;

use super::{Intent, Loaded, Options, Ports, decide};

/// Something that is given up and still declared.
pub const STILL_DECLARED: Code = Code::new("E443", "something that is given up and still declared");

/// A plan with what it was made of.
pub struct Planned {
    /// What will be done; nothing, where the law does not hold.
    pub plan: Plan,
    /// Whether the law holds.
    pub verdict: Verdict,
    /// Where everything is, and why.
    pub placement: Placement,
    /// The resources.
    pub lowered: Lowered,
    /// The providers, those of kept objects among them.
    pub pool: Arc<Pool>,
}

/// The state as it is now, without a lock.
pub async fn read(ports: &Ports) -> Result<Snapshot, Diagnostics> {
    ports.store().read().await.map_err(|e| e.diagnostic().into())
}

/// Plans on this state. Without a plan, the messages say why. Where the law does not hold, no provider is asked, and the plan holds its
/// verdict and no change.
pub async fn plan(
    ports: &Ports,
    loaded: &Loaded,
    options: &Options,
    snapshot: &Snapshot,
) -> (Option<Planned>, Diagnostics) {
    let (intent, mut diagnostics) = decide(ports, loaded, &snapshot.placement, options.assumptions);
    let Some(intent) = intent.filter(|_| !diagnostics.has_errors()) else {
        return (None, diagnostics);
    };
    let Intent {
        placement,
        verdict,
        lowered,
    } = intent;
    let pool = pool(ports, loaded.config.world.root(), &lowered, &snapshot.providers);
    let pool = Arc::new(pool);
    let (snapshot, said) = settled(snapshot.clone(), &pool, &*ports.sink).await;
    diagnostics.append(said);
    if diagnostics.has_errors() {
        return (None, diagnostics);
    }
    let (now, moved, said) = moved::relocate(&snapshot, &lowered.moved, &lowered.instances);
    diagnostics.append(said);
    let forgotten = diagnostics.take(given_up(&lowered));
    if diagnostics.has_errors() {
        return (None, diagnostics);
    }
    let allowed = verdict.state == State::Proved || options.operation != Operation::Apply;
    let sites: BTreeSet<Arc<str>> = loaded.config.shape.sites.keys().cloned().collect();
    let outputs = outputs(&lowered);
    let nothing = Snapshot::default();
    let request = Request {
        operation: options.operation,
        snapshot: if allowed { &now } else { &nothing },
        instances: if allowed { &lowered.instances } else { &[] },
        late: if allowed { &lowered.late } else { &[] },
        none: &lowered.none,
        root: &lowered.root,
        sites: &sites,
        pool: &pool,
        imports: &lowered.imports,
        forgotten: &forgotten,
        replace: &options.replace,
        targets: &options.targets,
        refresh: options.refresh,
        parallelism: options.parallelism,
        outputs: &outputs,
        sink: &ports.sink,
    };
    let Some(made) = diagnostics.take(make(&request).await) else {
        return (None, diagnostics);
    };
    let mut plan = Plan {
        moved: moved
            .into_iter()
            .filter(|_| allowed)
            .map(|(from, to)| (to, from))
            .collect(),
        input: loaded.input(),
        placement: placement.assignment.clone(),
        moves: relocations(options.operation, &placement),
        verdict: verdict.to_json(),
        ..made
    };
    let was = |addr: &Addr| plan.previous(addr).unwrap_or(addr).clone();
    let base = plan.base.objects.keys();
    plan.base.objects = base
        .filter_map(|addr| Some((addr.clone(), snapshot.objects.get(&was(addr))?.digest())))
        .collect();
    let planned = Planned {
        plan,
        verdict,
        placement,
        lowered,
        pool,
    };
    (Some(planned), diagnostics)
}

/// What is given up and left where it is; what is given up must not be declared any more.
fn given_up(lowered: &Lowered) -> (Vec<Addr>, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut forgotten = Vec::new();
    for (path, removed) in &lowered.removed {
        let from = inside(path, &removed.from);
        let blocks = lowered.instances.iter().map(|i| (&i.addr, i.span));
        let late = lowered.late.iter().map(|l| (&l.addr, l.span()));
        if let Some((addr, span)) = blocks.chain(late).find(|(a, _)| from.covers(&a.without_keys())) {
            let title = format!("`{}` is given up and still declared", addr.without_keys());
            let wrong = Diagnostic::error(STILL_DECLARED, title).at(removed.span, "given up here");
            said.push(
                wrong
                    .and(span, "still declared")
                    .help("take the block out, or the `removed` block"),
            );
        }
        forgotten.extend((removed.forget == Forget::Yes).then_some(from));
    }
    (forgotten, said)
}

/// The providers of the configuration and of what is kept.
pub(super) fn pool(ports: &Ports, directory: String, lowered: &Lowered, kept: &Specs) -> Pool {
    Pool::new(ports.registry.clone(), directory, lowered.providers.clone()).with_kept(kept)
}

/// The providers of what is kept.
pub(super) fn pool_of_kept(ports: &Ports, snapshot: &Snapshot) -> Pool {
    Pool::new(ports.registry.clone(), ports.world.root(), BTreeMap::new()).with_kept(&snapshot.providers)
}

type Specs = BTreeMap<Arc<str>, ProviderSpec>;

/// Works the outputs out, with whatever objects are known then.
pub(super) fn outputs(lowered: &Lowered) -> Outputs {
    let (outputs, checks, called) = (lowered.outputs.clone(), lowered.checks.clone(), lowered.called.clone());
    let root = lowered.root.clone();
    Arc::new(move |objects| {
        let mut diagnostics = Diagnostics::new();
        let one = |o: &crate::run::lower::Output| (o.name.to_string(), diagnostics.take(o.evaluate(objects)));
        let values: BTreeMap<_, _> = outputs.iter().map(one).collect();
        diagnostics.extend(called.iter().flat_map(|c| c.look(&root, objects)));
        diagnostics.extend(checks.iter().flat_map(|c| c.look(&root, objects)));
        (values, diagnostics)
    })
}

fn relocations(operation: Operation, placement: &Placement) -> Vec<Relocation> {
    if operation != Operation::Apply {
        return Vec::new();
    }
    let one = |m: &crate::model::placement::Move| Relocation {
        thing: m.thing.to_string(),
        from: m.from.as_deref().map(str::to_owned),
        to: m.to.as_deref().map(str::to_owned),
    };
    placement.moves.iter().map(one).collect()
}
