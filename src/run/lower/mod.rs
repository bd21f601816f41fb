//! From intent and placement to resources: every service and every copy of a dataset becomes what its site's runtime makes of it, beside
//! the resources that are written by hand. Pure; everything that decides *which* resources there are is known before a provider is
//! asked anything.
//!
//! The stages: `sites` (each site with its runtime and its configured providers), `spots` (what is on which site, and where it
//! answers, with `ports`), `views` (`service.X.endpoints` and `dataset.X.endpoint` as they look from a site, nearest first by
//! `near`), `service` (a service as its runtime sees it), `place` (one thing on one site to instances), `written` (resources by
//! hand).
//!
//! Names that expressions see beside the configuration's own:
//!
//! | where | names |
//! |---|---|
//! | everywhere | `site.NAME`, `service.NAME.{name replicas sites endpoint endpoints ports}`, `dataset.NAME.{name class sites endpoint endpoints}` |
//! | late attributes of a service, resources with `at` | the same, nearest first, and `self.{name replicas site}` |
//! | runtimes | see `lang::config::runtime` |
//!
//! Environment of a replica (a service's own `env` wins): `SITUS_SERVICE`, `SITUS_SITE`, `SITUS_REPLICA` (counted from 0 on its site),
//! `SITUS_HOST`, `SITUS_PORT_<NAME>`, `SITUS_CALL_<NAME>` (nearest first port of a called service, `host:port`), `SITUS_CALL_<NAME>_ALL`
//! (all of them, nearest first, with commas), `SITUS_DATA_<NAME>` (the nearest copy of a dataset that it reads or writes).

mod near;
mod place;
mod ports;
mod providers;
mod service;
mod sites;
mod spots;
mod values;
mod views;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_value::{Marks, Value};

use crate::base::addr::{Parts, Step};
use crate::base::span::Span;
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::lang::config::{BAD_IMPORT, Check, Config, Removed, locals};
use crate::lang::eval::body::KEPT;
use crate::lang::eval::condition::Of;
use crate::lang::eval::expand::depends_on;
use crate::lang::eval::instance::{Instance, Objects};
use crate::lang::eval::late::Late;
use crate::lang::eval::module::{self, Blueprint, Reached};
use crate::lang::eval::shape::Name;
use crate::lang::eval::{Scope, evaluate, references};
use crate::lang::syntax::ast::Expr;
use crate::model::assignment::Assignment;
use crate::run::plan::change::ProviderSpec;
use crate::run::plan::imports::Wanted;
use crate::run::plan::moved;
use crate::run::provider::Registry;
use crate::run::provision::Ending;

pub use place::{NOT_CARRIED_OUT, NOT_SERVED};
pub use ports::PORT_TAKEN;
pub use providers::{NO_PROVIDER, NO_TYPE, NOT_KNOWN};
pub use service::{LATE, NO_ADDRESS};

/// An output that would show what is kept out of sight.
pub const OUTPUT_SENSITIVE: Code = Code::new("E159", "an output that would show what is kept out of sight");

/// A data source that is read for a check alone.
pub const FOR_A_CHECK: Code = Code::new("E183", "a data source that is read for a check alone");

/// What a configuration and a placement come to.
pub struct Lowered {
    /// Every resource instance; those of runtimes first, by thing and site, then those by hand, in the order of the files.
    pub instances: Vec<Instance>,
    /// Blocks by hand whose instances objects decide.
    pub late: Vec<Late>,
    /// Blocks by hand that have no instance, and what stands for them in expressions.
    pub none: Vec<(Addr, Value)>,
    /// What names mean in the root module; the scopes of modules live as long as it does.
    pub root: Arc<Scope>,
    /// The configured providers by id: one for each declared site and provider of its runtime, and those by hand.
    pub providers: BTreeMap<Arc<str>, ProviderSpec>,
    /// The outputs.
    pub outputs: Vec<Output>,
    /// What must or should hold of all of it.
    pub checks: Vec<Checked>,
    /// The modules that are called, for what they ask of their variables.
    pub called: Vec<Called>,
    /// What has another name now.
    pub moved: Vec<moved::Written>,
    /// What is taken over; only the root module says so.
    pub imports: Vec<Wanted>,
    /// What is given up, with the calls that lead to the module that says so.
    pub removed: Vec<(Vec<Name>, Removed)>,
    /// What is done before objects of a block are destroyed, by its address without keys.
    pub endings: BTreeMap<Addr, Ending>,
}

/// The conditions of a module that are looked at when everything else is known.
#[derive(Clone)]
pub struct Checked {
    /// The calls that lead to the module.
    pub path: Vec<Name>,
    /// The conditions.
    pub check: Check,
}

impl Checked {
    /// What does not hold in any instance of the module, as far as these objects tell.
    pub fn look(&self, root: &Arc<Scope>, objects: &dyn Objects) -> Diagnostics {
        let (modules, mut said) = module::instances(root, &self.path, objects);
        let known = modules.iter().filter_map(|reached| match reached {
            Reached::Known(scope) => Some(scope),
            Reached::Later(..) => None,
        });
        let of = Of {
            what: &self.check.what,
            severity: self.check.severity,
            span: self.check.span,
        };
        for scope in known {
            let conditions = self.check.conditions.iter();
            said.extend(conditions.flat_map(|c| c.check(&of, scope, objects)));
        }
        said
    }
}

fn imports(config: &Config, root: &Arc<Scope>) -> (Vec<Wanted>, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut wanted = Vec::new();
    for import in &config.root.imports {
        let span = Some(import.span);
        let all = said.take(import.wanted(root)).into_iter();
        wanted.extend(all.map(|(to, id)| Wanted { to, id, span }));
    }
    misplaced(&config.root, &mut said);
    (wanted, said)
}

/// An import speaks of one object, and a module may be called often.
fn misplaced(module: &crate::lang::config::Module, said: &mut Diagnostics) {
    for call in &module.calls {
        let wrong = call.module.imports.iter().map(|import| {
            Diagnostic::error(BAD_IMPORT, "an `import` block stands in the root module")
                .at(import.span, "in a module that is called")
                .help(format!("move it there, and write `to = module.{}.…`", call.block.name))
        });
        said.extend(wrong);
        misplaced(&call.module, said);
    }
}

/// A module that is called.
#[derive(Clone)]
pub struct Called {
    /// The calls that lead to it.
    pub path: Vec<Name>,
    /// What it declares.
    pub blueprint: Arc<Blueprint>,
}

impl Called {
    /// What its `validation`s refuse of what any of its instances is called with, as far as these objects tell.
    pub fn look(&self, root: &Arc<Scope>, objects: &dyn Objects) -> Diagnostics {
        let (modules, mut said) = module::instances(root, &self.path, objects);
        for reached in &modules {
            if let Reached::Known(scope) = reached {
                let parameters = self.blueprint.parameters.values();
                said.extend(parameters.flat_map(|p| p.validate(scope, objects)));
            }
        }
        said
    }
}

/// What a module says beside its resources, and those that it calls.
fn sayings(module: &crate::lang::config::Module, path: &[Name], found: &mut Lowered) {
    found.checks.extend(module.checks.iter().map(|check| Checked {
        path: path.to_vec(),
        check: check.clone(),
    }));
    found
        .moved
        .extend(module.moved.iter().map(|m| (path.to_vec(), m.clone())));
    found
        .removed
        .extend(module.removed.iter().map(|r| (path.to_vec(), r.clone())));
    for call in &module.calls {
        let inside: Vec<Name> = path.iter().chain([&call.block.name]).cloned().collect();
        found.called.push(Called {
            path: inside.clone(),
            blueprint: call.block.blueprint.clone(),
        });
        sayings(&call.module, &inside, found);
    }
}

/// What is read for a check is for that check alone.
fn read_for_checks(found: &Lowered) -> Diagnostics {
    let of_check = found.instances.iter().filter(|i| i.of_check);
    let own: BTreeMap<Addr, Span> = of_check.map(|i| (i.addr.without_keys(), i.span)).collect();
    if own.is_empty() {
        return Diagnostics::new();
    }
    let instances = found.instances.iter().map(|i| (&i.dependencies, i.span));
    let late = found.late.iter().map(|l| (&l.dependencies, l.span()));
    let outputs = found.outputs.iter().map(|o| (&o.dependencies, o.span));
    let wrong = instances.chain(late).chain(outputs).filter_map(|(needs, span)| {
        let (addr, read) = needs.iter().find_map(|need| own.get_key_value(&need.without_keys()))?;
        let title = format!("`{addr}` is read for a check alone");
        let said = Diagnostic::error(FOR_A_CHECK, title)
            .at(span, "speaks of it")
            .and(*read, "read here");
        Some(said.help("take the `data` block out of the check, so that everybody may read it"))
    });
    wrong.collect()
}

/// Takes note of what is done before what is given up is destroyed.
fn endings(found: &mut Lowered) {
    for (path, removed) in &found.removed {
        let ending = Ending {
            provisioners: removed.provisioners.clone(),
            scope: found.root.clone(),
        };
        found.endings.entry(inside(path, &removed.from)).or_insert(ending);
    }
}

/// An address of a module, as the root module has it.
pub fn inside(path: &[Name], addr: &Addr) -> Addr {
    let step = |name: &Name| Step {
        name: name.clone(),
        key: None,
    };
    let parts = addr.parts();
    Addr::new(Parts {
        modules: path.iter().map(step).chain(parts.modules.iter().cloned()).collect(),
        ..parts.clone()
    })
}

/// An output, ready to be evaluated.
#[derive(Clone)]
pub struct Output {
    /// Its name.
    pub name: Name,
    /// What it gives.
    pub value: Arc<Expr>,
    /// What names mean in it.
    pub scope: Arc<Scope>,
    /// What it is for.
    pub description: Option<Name>,
    /// What it says that it is marked as.
    pub marks: Marks,
    /// Blocks and instances that it needs; sorted.
    pub dependencies: Vec<Addr>,
    /// Its head.
    pub span: Span,
}

impl Output {
    /// Its value, marked where it is kept out of sight.
    pub fn evaluate(&self, objects: &dyn Objects) -> (Value, Diagnostics) {
        let (value, mut said) = evaluate(&self.value, &self.scope, objects);
        if value.contains_ephemeral() {
            let title = format!("the output `{}` would keep what is ephemeral", self.name);
            let wrong = Diagnostic::error(KEPT, title).at(self.value.span, "comes from an ephemeral value");
            let help =
                "outputs of the root module are kept: take the ephemeral part out, or write `ephemeralasnull(…)`";
            said.push(wrong.and(self.span, "this output").help(help));
        }
        match self.marks.sensitive {
            true => (value.mark(), said),
            false if value.contains_sensitive() => {
                said.push(
                    Diagnostic::error(
                        OUTPUT_SENSITIVE,
                        format!("the output `{}` would show what is kept out of sight", self.name),
                    )
                    .at(self.value.span, "comes from a sensitive value")
                    .and(self.span, "this output is shown")
                    .help("add `sensitive = true`, or take the secret part out"),
                );
                (value.mark(), said)
            }
            false => (value, said),
        }
    }
}

/// The resources of a configuration that is placed so.
pub fn lower(config: &Config, assignment: &Assignment, registry: &Registry) -> (Lowered, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut offers = providers::Offers::new(registry, config);
    let sites = said.take(sites::prepare(config, &mut offers));
    let spots = said.take(spots::find(config, assignment, &sites));
    let views = views::Views::new(&config.shape, &spots);
    let root = said.take(root_scope(config, &sites, &views));
    let ground = place::Ground::new(config, &sites, &spots, &views, &root);
    let mut instances = said.take(place::all(&ground));
    let (by_hand, more) = written::all(&ground, &mut offers);
    said.append(more);
    instances.extend(by_hand.instances);
    let mut lowered = Lowered {
        instances,
        late: by_hand.late,
        none: by_hand.none,
        providers: specs(&sites, by_hand.providers),
        outputs: said.take(outputs(&ground)),
        checks: Vec::new(),
        called: Vec::new(),
        moved: Vec::new(),
        removed: Vec::new(),
        imports: said.take(imports(config, &root)),
        endings: by_hand.endings,
        root,
    };
    sayings(&config.root, &[], &mut lowered);
    endings(&mut lowered);
    said.append(read_for_checks(&lowered));
    // What is wrong with a service is wrong on each of its sites, and told once.
    (lowered, said.sorted())
}

/// The configuration's scope with what the placement tells: sites, and where services and datasets are.
fn root_scope(
    config: &Config,
    sites: &BTreeMap<Name, sites::OnSite>,
    views: &views::Views<'_>,
) -> (Arc<Scope>, Diagnostics) {
    let kept = ["var", "path", "terraform"];
    let kept = kept.into_iter().filter_map(|n| Some((n, config.scope.get(n)?.clone())));
    let site = values::by_name(sites.iter().map(|(n, s)| (n, s.value.clone())));
    let view = views.from(None);
    let placed = [("site", site), ("service", view.service), ("dataset", view.dataset)];
    let blueprint = &config.root.blueprint;
    let scope = blueprint.scope(Some(config.world.clone()), kept.chain(placed));
    let mut said = locals::settle(&blueprint.order, &scope);
    said.append(locals::settle_called(&scope));
    (scope, said)
}

fn specs(
    sites: &BTreeMap<Name, sites::OnSite>,
    by_hand: BTreeMap<Name, providers::Configured>,
) -> BTreeMap<Arc<str>, ProviderSpec> {
    let of_sites = sites.values().flat_map(|s| s.providers.values().cloned());
    let all = of_sites.chain(by_hand.into_values());
    all.map(|c| {
        (
            c.id,
            ProviderSpec {
                source: c.offer.source.clone(),
                site: c.site,
                config: c.config,
            },
        )
    })
    .collect()
}

fn outputs(ground: &place::Ground<'_>) -> (Vec<Output>, Diagnostics) {
    let mut said = Diagnostics::new();
    let one = |output: &crate::lang::config::Output| {
        if let Some(expr) = &output.depends_on {
            said.append(depends_on(expr, ground.root).1);
        }
        let exprs: Vec<&Expr> = [Some(&output.value), output.depends_on.as_ref()]
            .into_iter()
            .flatten()
            .map(|e| &**e)
            .collect();
        let mut needs: BTreeSet<Addr> = exprs.iter().flat_map(|e| references::of_expr(e, ground.root)).collect();
        needs.extend(written::things_of(ground, &exprs));
        Output {
            name: output.name.clone(),
            value: output.value.clone(),
            scope: ground.root.clone(),
            description: output.description.clone(),
            marks: output.marks,
            dependencies: needs.into_iter().collect(),
            span: output.span,
        }
    };
    let outputs = ground.config.root.outputs.iter().map(one).collect();
    (outputs, said)
}
