//! The diff: for every configured instance the provider is asked what the change would be; what is kept and no longer configured
//! goes. In waves, because an instance's configuration may need what was planned before it; those of a wave are planned at the same time.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use situs_provider::{Planned, Provider, Severity};
use situs_value::{Marks, Path, Step as PathStep, Value};

use crate::base::addr::{Key, Mode};
use crate::base::digest::Digest;
use crate::base::event::{Action, Sink};
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::lang::eval::expand::trigger;
use crate::lang::eval::instance::{Instance, PreventDestroy, ReplaceOrder};
use crate::lang::eval::late::Late;
use crate::run::provider::pool::told;
use crate::run::provider::{Pool, retry};
use crate::run::provision;
use crate::run::state::{Record, Status};
use situs_provider::contract::{Breach, check_plan};
use situs_provider::proposed::proposed_new;

use super::change::{Change, CreateBeforeDestroy, Reason};
use super::ignore::ignore_changes;
use super::marks;
use super::objects::ObjectTable;
use super::open::Opened;
use super::order::{Node, waves};
use super::read::Reader;

/// A plan that would destroy what must stay.
pub const PREVENTED: Code = Code::new("E401", "a plan that destroys what `prevent_destroy` keeps");
/// A provider's plan that contradicts the configuration.
pub const BAD_PLAN: Code = Code::new("E402", "a provider's plan that contradicts the configuration");

/// What one instance is planned from.
pub struct Planner<'a> {
    /// The configured providers.
    pub pool: &'a Pool,
    /// The objects as they are.
    pub prior: &'a BTreeMap<Addr, Record>,
    /// Those that were kept and found gone.
    pub gone: &'a BTreeSet<Addr>,
    /// Objects put aside by earlier runs, by address and key.
    pub deposed: &'a BTreeMap<Addr, BTreeMap<String, Record>>,
    /// What `-replace` names.
    pub replace: &'a [Addr],
    /// The objects as planned so far.
    pub objects: &'a ObjectTable,
    /// How many are planned at a time.
    pub parallelism: usize,
    /// Who hears of it.
    pub sink: &'a dyn Sink,
    /// Tells one plan's keys from another's.
    pub seed: String,
}

impl Planner<'_> {
    /// The changes of all configured instances, sorted by address; those of late blocks are found on the way.
    pub async fn configured(&self, instances: &[Instance], late: &[Late]) -> (Vec<Change>, Diagnostics) {
        let mut walk = Walk::default();
        let waves = match waves(instances, late) {
            Ok(waves) => waves,
            Err(circle) => return (Vec::new(), (*circle).into()),
        };
        // What is read for a check comes last: nothing else needs it.
        let for_check = |node: &&Node<'_>| matches!(node, Node::One(i) if i.of_check);
        for wave in &waves {
            let wave: Vec<&Node<'_>> = wave.iter().filter(|n| !for_check(n)).collect();
            self.wave(&wave, &mut walk).await;
        }
        for wave in &waves {
            let wave: Vec<&Node<'_>> = wave.iter().filter(for_check).collect();
            self.wave(&wave, &mut walk).await;
        }
        walk.said.append(walk.opened.close(self.pool).await);
        walk.changes.sort_by(|a, b| a.addr.cmp(&b.addr));
        (walk.changes, walk.said)
    }

    /// Plans what needs nothing of each other, several at a time; what comes of it is taken in their order.
    async fn wave(&self, nodes: &[&Node<'_>], walk: &mut Walk) {
        let mut instances: Vec<&Instance> = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Node::One(instance) => instances.push(instance),
                Node::Late(block) => {
                    let (found, said) = block.expand(self.objects);
                    walk.said.append(said);
                    self.objects.add(&found.instances);
                    self.objects.add_none(&found.none);
                    instances.extend(&found.instances);
                }
            }
        }
        let so_far = &*walk;
        let visits = instances.iter().map(|instance| self.visit(instance, so_far));
        let visited: Vec<Visited> = stream::iter(visits).buffered(self.parallelism.max(1)).collect().await;
        for (instance, visited) in instances.into_iter().zip(visited) {
            self.take(instance, visited, walk);
        }
    }

    /// Opens what is never kept. Apply opens it again.
    async fn open(&self, instance: &Instance, walk: &Walk) -> Visited {
        let opened = walk.opened.open(self.pool, instance, self.objects, self.sink).await;
        let unknown = || Value::unknown(instance.schema.block.ty()).marked(Marks::EPHEMERAL);
        let (value, said) = match opened {
            Ok(value) => (value, Diagnostics::new()),
            Err(errors) => (unknown(), errors),
        };
        Visited::Opened(value, said)
    }

    /// What opening looks like in a plan: nothing of the value.
    fn opening(&self, instance: &Instance) -> Change {
        Change {
            addr: instance.addr.clone(),
            site: instance.site.clone(),
            provider: instance.provider.clone(),
            action: Action::Open,
            reason: None,
            before: Value::Null,
            after: Value::Null,
            replace: Vec::new(),
            private: Vec::new(),
            prior_private: Vec::new(),
            dependencies: instance.dependencies.clone(),
            prior_dependencies: Vec::new(),
            create_before_destroy: CreateBeforeDestroy::No,
            deposed: Vec::new(),
            key: self.key(&instance.addr),
        }
    }

    async fn visit(&self, instance: &Instance, walk: &Walk) -> Visited {
        if instance.mode() == Mode::Ephemeral {
            return self.open(instance, walk).await;
        }
        let provider = match self.pool.open(&instance.provider).await {
            Ok(provider) => provider,
            Err(errors) => return Visited::Refused(errors),
        };
        if instance.mode() == Mode::Data {
            let reader = Reader {
                planner: self,
                instance,
                provider: &*provider,
            };
            let (change, said) = reader.change(&walk.pending).await;
            return Visited::Planned(Box::new(change), reader.loud_or_quiet(said));
        }
        let (change, said) = self.instance(instance, &*provider, walk).await;
        Visited::Planned(Box::new(change), said)
    }

    fn take(&self, instance: &Instance, visited: Visited, walk: &mut Walk) {
        let change = match visited {
            Visited::Opened(value, said) => {
                walk.said.append(said);
                self.objects.set(&instance.addr, value);
                walk.changes.push(self.opening(instance));
                return;
            }
            Visited::Refused(errors) => {
                if walk.refused.insert(instance.provider.clone()) {
                    walk.said.append(errors);
                }
                None
            }
            Visited::Planned(change, said) => {
                walk.said.append(said);
                change.map(|change| walk.after_all(instance, change))
            }
        };
        match change {
            Some(change) => {
                self.objects.set(&instance.addr, change.after.clone());
                walk.note(change);
            }
            // Whatever needs it stays silent.
            None => self
                .objects
                .set(&instance.addr, Value::unknown(instance.schema.block.ty())),
        }
    }

    async fn instance(
        &self,
        instance: &Instance,
        provider: &dyn Provider,
        walk: &Walk,
    ) -> (Option<Change>, Diagnostics) {
        let mut diagnostics = instance.check_before(self.objects);
        let provisioners = instance.provisioners.iter();
        diagnostics.extend(provisioners.flat_map(|p| provision::check(p, &instance.scope)));
        let config = diagnostics.take(instance.evaluate(self.objects));
        let triggered = diagnostics.take(walk.triggered(instance, self.objects));
        if diagnostics.has_errors() {
            return (None, diagnostics);
        }
        let prior = self.prior.get(&instance.addr);
        let before = prior.map_or(Value::Null, |r| r.value.clone());
        let config = ignore_changes(
            &instance.schema.block,
            &config,
            &before,
            &instance.lifecycle.ignore_changes,
        );
        let says = provider
            .validate_resource(instance.type_name(), &config.unmarked_deep())
            .await;
        diagnostics.extend(says.iter().map(|p| told(p, instance)));
        if says.iter().any(|p| p.severity == Severity::Error) {
            return (None, diagnostics);
        }
        let step = Step {
            planner: self,
            instance,
            provider,
            prior,
            before,
            config,
            triggered,
        };
        match step.change().await {
            Ok((change, warned)) => {
                diagnostics.append(warned);
                diagnostics.append(instance.check_after(&change.after, self.objects));
                (Some(change), diagnostics)
            }
            Err(errors) => {
                diagnostics.append(errors);
                (None, diagnostics)
            }
        }
    }

    /// The changes of what is kept and not configured.
    pub fn orphans(&self, configured: &BTreeSet<Addr>, why: &dyn Fn(&Addr) -> Option<Reason>) -> Vec<Change> {
        let of_objects = self.prior.iter().map(|(addr, record)| (addr, Action::Delete, record));
        let aside = self.deposed.iter().filter(|(addr, _)| !self.prior.contains_key(addr));
        // Where nothing is in use, what was put aside tells who is to destroy it.
        let of_aside = aside.filter_map(|(addr, all)| Some((addr, Action::NoOp, all.values().next()?)));
        of_objects
            .chain(of_aside)
            .filter(|(addr, ..)| !configured.contains(addr))
            .map(|(addr, action, record)| Change {
                reason: why(addr),
                ..self.kept(addr, action, record)
            })
            .collect()
    }

    /// A kept object to which nothing happens. What was put aside stays as well.
    pub fn untouched(&self, addr: &Addr, record: &Record) -> Change {
        self.objects.set(addr, record.value.clone());
        Change {
            after: record.value.clone(),
            dependencies: record.dependencies.clone(),
            deposed: Vec::new(),
            ..self.kept(addr, Action::NoOp, record)
        }
    }

    /// A change of a kept object that no instance stands for; nothing is left after it.
    fn kept(&self, addr: &Addr, action: Action, record: &Record) -> Change {
        let in_use = self.prior.contains_key(addr);
        Change {
            addr: addr.clone(),
            site: record.site.as_deref().map(Arc::from),
            provider: record.provider.as_str().into(),
            action,
            reason: None,
            before: if in_use { record.value.clone() } else { Value::Null },
            after: Value::Null,
            replace: Vec::new(),
            private: Vec::new(),
            prior_private: if in_use { record.private.clone() } else { Vec::new() },
            dependencies: Vec::new(),
            prior_dependencies: record.dependencies.clone(),
            create_before_destroy: cbd(record.create_before_destroy),
            deposed: self.aside(addr),
            key: self.key(addr),
        }
    }

    fn aside(&self, addr: &Addr) -> Vec<String> {
        self.deposed
            .get(addr)
            .map(|all| all.keys().cloned().collect())
            .unwrap_or_default()
    }

    pub(super) fn key(&self, addr: &Addr) -> String {
        Digest::of_parts([self.seed.as_bytes(), addr.to_string().as_bytes()]).short()
    }
}

/// What came of planning one instance.
enum Visited {
    /// It is never kept, and this is what it holds.
    Opened(Value, Diagnostics),
    /// Its provider cannot be brought up.
    Refused(Diagnostics),
    /// Its change, where there is one.
    Planned(Box<Option<Change>>, Diagnostics),
}

/// What came of planning so far.
#[derive(Default)]
struct Walk {
    changes: Vec<Change>,
    /// Providers that cannot be brought up: each is told once.
    refused: BTreeSet<Arc<str>>,
    pending: Pending,
    /// What is never kept and is open.
    opened: Opened,
    /// Those that do something, by block.
    changing: HashMap<Addr, Vec<usize>>,
    said: Diagnostics,
}

impl Walk {
    fn note(&mut self, change: Change) {
        if change.action != Action::NoOp {
            self.pending.note(&change.addr);
            let of_block = self.changing.entry(change.addr.without_key()).or_default();
            of_block.push(self.changes.len());
        }
        self.changes.push(change);
    }

    /// Whether something changes that the `replace_triggered_by` of an instance names.
    fn triggered(&self, instance: &Instance, objects: &ObjectTable) -> (bool, Diagnostics) {
        let mut said = Diagnostics::new();
        let mut triggered = false;
        for expr in &instance.lifecycle.triggers {
            match trigger(expr, &instance.scope, objects) {
                Ok((addr, path)) => triggered |= self.changes_at(&addr, &path),
                Err(wrong) => said.append(wrong),
            }
        }
        (triggered, said)
    }

    /// What is read for a check is read when all else is done.
    fn after_all(&self, instance: &Instance, change: Change) -> Change {
        if !instance.of_check || change.action != Action::Read {
            return change;
        }
        let doing = self.changes.iter().filter(|c| c.action != Action::NoOp);
        Change {
            dependencies: doing.map(|c| c.addr.clone()).collect(),
            ..change
        }
    }

    fn changes_at(&self, addr: &Addr, path: &Path) -> bool {
        let of_block = self.changing.get(&addr.without_key()).into_iter().flatten();
        let mut changes = of_block.filter_map(|i| self.changes.get(*i));
        changes.any(|change| {
            let rest = match addr == &change.addr {
                true => Some(path.clone()),
                false => below_key(addr, path, &change.addr),
            };
            let replaces = matches!(
                change.action,
                Action::Update | Action::DeleteCreate | Action::CreateDelete
            );
            replaces && rest.is_some_and(|p| p.is_root() || change.before.at(&p) != change.after.at(&p))
        })
    }
}

/// The rest of a path, where its first step is the key that an instance of the block has; all of it where the block has no keys.
fn below_key(block: &Addr, path: &Path, instance: &Addr) -> Option<Path> {
    if *block != instance.without_key() {
        return None;
    }
    let key = instance.parts().resource.as_ref().and_then(|r| r.key.as_ref());
    match (key, path.0.split_first()) {
        (Some(Key::Name(key)), Some((PathStep::Attr(first), rest))) => (first == key).then(|| Path(rest.to_vec())),
        _ => Some(path.clone()),
    }
}

/// What is going to change, by every name that stands for it.
#[derive(Default)]
pub(super) struct Pending(HashSet<Addr>);

impl Pending {
    fn note(&mut self, addr: &Addr) {
        self.0.extend([addr.clone(), addr.without_key(), addr.without_keys()]);
        self.0.extend(addr.within());
    }

    /// Whether nothing is going to change.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether anything that an address names is going to change.
    pub fn has(&self, addr: &Addr) -> bool {
        self.0.contains(addr) || self.0.contains(&addr.without_keys())
    }
}

/// One instance on its way to a change.
struct Step<'a> {
    planner: &'a Planner<'a>,
    instance: &'a Instance,
    provider: &'a dyn Provider,
    prior: Option<&'a Record>,
    before: Value,
    config: Value,
    /// Whether something in its `replace_triggered_by` changes.
    triggered: bool,
}

impl Step<'_> {
    /// The change, and what the provider says to it.
    async fn change(self) -> Result<(Change, Diagnostics), Diagnostics> {
        let tainted = self.prior.is_some_and(|r| r.status == Status::Tainted);
        let requested = self.planner.replace.iter().any(|a| a.covers(&self.instance.addr));
        let start = if tainted { Value::Null } else { self.before.clone() };
        let planned = self.plan(&start).await?;
        let replace = really_different(&planned, &start);
        let (action, reason) = self.decide(tainted, requested, !replace.is_empty(), &planned.state, &start);
        let planned = match action {
            Action::DeleteCreate | Action::CreateDelete if !start.is_null() => self.plan(&Value::Null).await?,
            _ => planned,
        };
        self.may_destroy(action)?;
        let after = if action == Action::NoOp {
            self.before.clone()
        } else {
            self.marked(&planned.state)
        };
        let warned = planned.warnings.iter().map(|p| told(p, self.instance)).collect();
        Ok((
            self.into_change(action, reason, after, replace, planned.private),
            warned,
        ))
    }

    async fn plan(&self, prior: &Value) -> Result<Planned, Diagnostics> {
        let block = &self.instance.schema.block;
        let config = self.config.unmarked_deep();
        let prior = prior.unmarked_deep();
        let proposed = proposed_new(block, &prior, &config);
        let private = self
            .prior
            .filter(|_| !prior.is_null())
            .map(|r| r.private.clone())
            .unwrap_or_default();
        let request = situs_provider::Plan {
            type_name: self.instance.type_name().to_owned(),
            prior: prior.clone(),
            proposed,
            config: config.clone(),
            private,
        };
        let addr = &self.instance.addr;
        let call = || self.provider.plan(request.clone());
        let planned = retry::looking(self.planner.sink, addr, call)
            .await
            .map_err(|problems| -> Diagnostics { problems.iter().map(|p| told(p, self.instance)).collect() })?;
        let breaches = check_plan(block, &prior, &config, &planned.state);
        if breaches.is_empty() || planned.legacy {
            Ok(planned)
        } else {
            Err(self.breached(&breaches))
        }
    }

    fn breached(&self, breaches: &[Breach]) -> Diagnostics {
        let diagnostic = Diagnostic::error(
            BAD_PLAN,
            format!(
                "the provider's plan for `{}` contradicts the configuration",
                self.instance.addr
            ),
        )
        .at(self.instance.span, "nothing was changed")
        .help("this is a fault of the provider: tell those who make it");
        breaches
            .iter()
            .fold(diagnostic, |d, b| d.note(format!("`{}` {}", b.path, b.what)))
            .into()
    }

    fn decide(
        &self,
        tainted: bool,
        requested: bool,
        replace: bool,
        planned: &Value,
        start: &Value,
    ) -> (Action, Option<Reason>) {
        let replacement = match self.instance.lifecycle.order {
            ReplaceOrder::DestroyFirst => Action::DeleteCreate,
            ReplaceOrder::CreateFirst => Action::CreateDelete,
        };
        if self.before.is_null() {
            let gone = self.planner.gone.contains(&self.instance.addr);
            (Action::Create, gone.then_some(Reason::Gone))
        } else if tainted {
            (replacement, Some(Reason::Tainted))
        } else if requested {
            (replacement, Some(Reason::Requested))
        } else if self.triggered {
            (replacement, Some(Reason::Triggered))
        } else if replace {
            (replacement, Some(Reason::CannotUpdate))
        } else if *planned == start.unmarked_deep() {
            (Action::NoOp, None)
        } else {
            (Action::Update, None)
        }
    }

    fn may_destroy(&self, action: Action) -> Result<(), Diagnostics> {
        let destroys = matches!(action, Action::DeleteCreate | Action::CreateDelete);
        if destroys && self.instance.lifecycle.prevent_destroy == PreventDestroy::Yes {
            return Err(prevented(&self.instance.addr, Some(self.instance.span)).into());
        }
        Ok(())
    }

    /// The Planned State with the marks of the configuration and of the schema.
    fn marked(&self, planned: &Value) -> Value {
        let by_config = marks::like(planned, &self.config);
        marks::by_schema(&by_config, &self.instance.schema.block)
    }

    fn into_change(
        self,
        action: Action,
        reason: Option<Reason>,
        after: Value,
        replace: Vec<Path>,
        private: Vec<u8>,
    ) -> Change {
        let create_before_destroy = cbd(self.instance.lifecycle.order == ReplaceOrder::CreateFirst);
        Change {
            addr: self.instance.addr.clone(),
            site: self.instance.site.clone(),
            provider: self.instance.provider.clone(),
            action,
            reason,
            before: self.before,
            after,
            replace,
            private,
            prior_private: self.prior.map(|r| r.private.clone()).unwrap_or_default(),
            dependencies: self.instance.dependencies.clone(),
            prior_dependencies: self.prior.map(|r| r.dependencies.clone()).unwrap_or_default(),
            create_before_destroy,
            deposed: self.planner.aside(&self.instance.addr),
            key: self.planner.key(&self.instance.addr),
        }
    }
}

/// The message that something must stay.
pub fn prevented(addr: &Addr, span: Option<crate::base::Span>) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        PREVENTED,
        format!("`{addr}` would be destroyed, and its `prevent_destroy` says no"),
    )
    .help("take the change back that would destroy it, or take `prevent_destroy` out of its `lifecycle`");
    match span {
        Some(span) => diagnostic.at(span, "must stay"),
        None => diagnostic,
    }
}

/// Of the attributes that need a new object, those that really differ.
fn really_different(planned: &Planned, prior: &Value) -> Vec<Path> {
    if prior.is_null() {
        return Vec::new();
    }
    let prior = prior.unmarked_deep();
    planned
        .replace
        .iter()
        .filter(|path| prior.at(path) != planned.state.at(path))
        .cloned()
        .collect()
}

fn cbd(first: bool) -> CreateBeforeDestroy {
    if first {
        CreateBeforeDestroy::Yes
    } else {
        CreateBeforeDestroy::No
    }
}
