//! Carries out operations.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use situs_provider::{Applied as Answer, Apply, Class, Planned, Problem, Provider, Severity};
use situs_value::Value;
use tokio::time::{Duration, Instant};

use crate::base::event::{Action, Event, Sink};
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::lang::eval::instance::Instance;
use crate::run::plan::change::{Change, Counts, CreateBeforeDestroy, Plan};
use crate::run::plan::exec::{Object, OpKind};
use crate::run::plan::marks;
use crate::run::plan::objects::ObjectTable;
use crate::run::provider::Pool;
use crate::run::provider::contract::{check_plan, check_result};
use crate::run::provider::pool::diagnose;
use crate::run::provider::proposed::proposed_new;
use crate::run::state::Run;
use crate::run::state::journal::{Entry, Outcome as End};
use crate::run::state::record::{Record, Status};

use super::cancel::Cancel;
use super::schedule::{self, Outcome};

/// A plan that no longer fits what is known now.
pub const OUTDATED: Code = Code::new("E430", "a planned change that no longer fits");
/// A provider's result that contradicts its plan.
pub const BAD_RESULT: Code = Code::new("E431", "a provider's result that contradicts its plan");
/// A change that cannot be noted in the state.
pub const NOT_NOTED: Code = Code::new("E432", "a change that cannot be noted in the state");

/// How often a change that fails in a passing way is tried.
const TRIES: u32 = 4;
/// How often a change that takes long says so.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// What came of a plan.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// How many of what was done.
    pub counts: Counts,
    /// What was not done, and why: the address and `failed`, `skipped` or `stopped`.
    pub remaining: BTreeMap<Addr, Outcome>,
    /// What went wrong.
    pub diagnostics: Diagnostics,
}

/// What operations work with.
pub struct Applier {
    /// What to do.
    pub plan: Arc<Plan>,
    /// What the configuration says, by address.
    pub instances: HashMap<Addr, Instance>,
    /// The configured providers.
    pub pool: Arc<Pool>,
    /// The objects as they are known.
    pub objects: Arc<ObjectTable>,
    /// Where every step is noted.
    pub run: Arc<Run>,
    /// Who hears of it.
    pub sink: Arc<dyn Sink>,
    /// The wish to stop.
    pub cancel: Cancel,
    /// What went wrong so far.
    pub diagnostics: Mutex<Diagnostics>,
    /// What was done so far.
    pub counts: Mutex<Counts>,
    /// What each change's final plan is.
    pub finals: Mutex<HashMap<usize, Final>>,
}

/// The last word on a change before it is made.
#[derive(Clone)]
pub struct Final {
    planned: Planned,
    config: Value,
}

/// Carries a plan out, `parallelism` operations at a time.
pub async fn apply(applier: Arc<Applier>, parallelism: usize) -> Applied {
    let graph = &applier.plan.exec;
    let work = |op: usize| {
        let applier = applier.clone();
        async move { applier.operation(op).await }
    };
    let outcomes = schedule::run(graph, parallelism, &applier.cancel, work).await;
    applier.summary(&outcomes)
}

impl Applier {
    async fn operation(&self, op: usize) -> Outcome {
        let Some(kind) = self.plan.exec.ops.get(op).map(|o| o.kind.clone()) else { return Outcome::Failed };
        let done = match &kind {
            OpKind::OpenProvider { provider } => self.pool.open(provider).await.map(drop),
            OpKind::CloseProvider { provider } => {
                self.pool.close(provider).await;
                Ok(())
            }
            OpKind::Await { .. } => Ok(()),
            OpKind::FinalPlan { change } => self.with(*change, |c| self.final_plan(*change, c)).await,
            OpKind::Create { change } => self.with(*change, |c| self.make(op, *change, c, Value::Null)).await,
            OpKind::Update { change } => self.with(*change, |c| self.make(op, *change, c, c.before.clone())).await,
            OpKind::Depose { change } => self.with(*change, |c| self.depose(c)).await,
            OpKind::Delete { change, object } => self.with(*change, |c| self.delete(op, c, object)).await,
            OpKind::Forget { change } => self.with(*change, |c| self.forget(c)).await,
        };
        match done {
            Ok(()) => Outcome::Done,
            Err(errors) => {
                self.report(errors);
                Outcome::Failed
            }
        }
    }

    async fn with<'a, F, R>(&'a self, change: usize, f: F) -> Result<(), Diagnostics>
    where
        F: FnOnce(&'a Change) -> R,
        R: Future<Output = Result<(), Diagnostics>>,
    {
        match self.plan.changes.get(change) {
            Some(change) => f(change).await,
            None => Err(Diagnostic::error(OUTDATED, "the plan names a change that it does not hold").into()),
        }
    }

    /// Evaluates the configuration with what is known now, and asks the provider whether the plan still is what it was.
    async fn final_plan(&self, index: usize, change: &Change) -> Result<(), Diagnostics> {
        let instance = self.instance(change)?;
        let provider = self.pool.open(&change.provider).await?;
        let (config, diagnostics) = instance.evaluate(&*self.objects);
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let prior = if change.action == Action::Update { change.before.unmarked_deep() } else { Value::Null };
        let config = config.unmarked_deep();
        if !config.is_wholly_known() {
            return Err(outdated(instance, "its configuration is still not wholly known"));
        }
        let request = situs_provider::Plan {
            type_name: instance.type_name().to_owned(),
            prior: prior.clone(),
            proposed: proposed_new(&instance.schema.block, &prior, &config),
            config: config.clone(),
            private: if prior.is_null() { Vec::new() } else { change.prior_private.clone() },
        };
        let planned = provider.plan(request).await.map_err(|p| said(&p, instance))?;
        let breaches = check_plan(&instance.schema.block, &prior, &config, &planned.state);
        if let Some(breach) = breaches.first() {
            return Err(outdated(instance, &format!("`{}` {}", breach.path, breach.what)));
        }
        if let Some(path) = differs(&change.after.unmarked_deep(), &planned.state) {
            return Err(outdated(instance, &format!("`{path}` would now be something else than planned")));
        }
        lock(&self.finals).insert(index, Final { planned, config });
        Ok(())
    }

    fn instance(&self, change: &Change) -> Result<&Instance, Diagnostics> {
        self.instances.get(&change.addr).ok_or_else(|| {
            Diagnostic::error(OUTDATED, format!("`{}` is planned and not configured", change.addr))
                .help("make the plan again")
                .into()
        })
    }

    async fn make(&self, op: usize, index: usize, change: &Change, prior: Value) -> Result<(), Diagnostics> {
        let instance = self.instance(change)?;
        let Some(last) = lock(&self.finals).remove(&index) else {
            return Err(outdated(instance, "it has no final plan"));
        };
        let action = if prior.is_null() { Action::Create } else { Action::Update };
        let record = self.record(change, instance);
        self.begin(op, change, action, None, Some(&record)).await?;
        let request = Apply {
            type_name: record.type_name.clone(),
            prior: prior.unmarked_deep(),
            planned: last.planned.state.clone(),
            config: last.config,
            private: last.planned.private,
            key: change.key.clone(),
        };
        let (answer, failed) = self.call(change, action, request).await?;
        let mut diagnostics: Diagnostics =
            answer.problems.iter().map(|p| diagnose(p, &change.addr, Some(instance.span))).collect();
        let new = answer.state.filter(|state| !state.is_null());
        if let (Some(new), false) = (&new, failed) {
            diagnostics.append(bad_result(instance, &last.planned.state, new));
        }
        let failed = failed || diagnostics.has_errors() || new.is_none();
        if new.is_none() && !diagnostics.has_errors() {
            diagnostics.push(Diagnostic::error(BAD_RESULT, format!("the provider says that it made `{}`, and shows nothing", change.addr))
                .at(instance.span, "may be there or not")
                .help("look whether it is there; the next `situs apply` makes it"));
        }
        let end = match new {
            Some(state) => {
                let value = marks::by_schema(&marks::like(&known(&state), &change.after), &instance.schema.block);
                let status = if failed && action == Action::Create { Status::Tainted } else { Status::Ready };
                self.objects.set(&change.addr, value.clone());
                End::Saved(Record { value, private: answer.private, status, ..record })
            }
            None => End::Failed,
        };
        self.end(op, change, action, None, end, failed).await?;
        self.settle_result(action, failed, diagnostics)
    }

    async fn delete(&self, op: usize, change: &Change, object: &Object) -> Result<(), Diagnostics> {
        let key = match object {
            Object::Current => None,
            Object::JustDeposed => Some(change.key.clone()),
            Object::Deposed(key) => Some(key.clone()),
        };
        let Some(record) = self.run.object(&change.addr, key.as_deref()) else { return Ok(()) };
        let action = Action::Delete;
        self.begin(op, change, action, key.as_deref(), Some(&record)).await?;
        let request = Apply {
            type_name: record.type_name.clone(),
            prior: record.value.unmarked_deep(),
            planned: Value::Null,
            config: Value::Null,
            private: record.private.clone(),
            key: change.key.clone(),
        };
        let (answer, failed) = self.call_provider(&record.provider, change, action, request).await?;
        let diagnostics: Diagnostics = answer.problems.iter().map(|p| diagnose(p, &change.addr, None)).collect();
        let end = match answer.state {
            Some(Value::Null) if !failed => End::Gone,
            Some(state) if !state.is_null() => {
                let value = marks::like(&known(&state), &record.value);
                End::Saved(Record { value, private: answer.private, ..record })
            }
            _ => End::Failed,
        };
        let failed = failed || end != End::Gone;
        self.end(op, change, action, key.as_deref(), end, failed).await?;
        self.settle_result(action, failed, diagnostics)
    }

    async fn depose(&self, change: &Change) -> Result<(), Diagnostics> {
        let entry = Entry::Depose { addr: change.addr.clone(), key: change.key.clone() };
        self.note(vec![entry], change).await
    }

    async fn forget(&self, change: &Change) -> Result<(), Diagnostics> {
        self.note(vec![Entry::Remove { addr: change.addr.clone() }], change).await?;
        lock(&self.counts).count(Action::Forget);
        Ok(())
    }

    fn record(&self, change: &Change, instance: &Instance) -> Record {
        Record {
            provider: change.provider.to_string(),
            type_name: instance.type_name().to_owned(),
            schema_version: instance.schema.version,
            value: change.after.clone(),
            private: Vec::new(),
            dependencies: change.dependencies.clone(),
            site: change.site.as_deref().map(str::to_owned),
            status: Status::Ready,
            create_before_destroy: change.create_before_destroy == CreateBeforeDestroy::Yes,
            key: change.key.clone(),
        }
    }

    async fn begin(
        &self,
        op: usize,
        change: &Change,
        action: Action,
        deposed: Option<&str>,
        record: Option<&Record>,
    ) -> Result<(), Diagnostics> {
        let entry = Entry::begin(op as u64, &change.addr, deposed, action, &change.key, record);
        self.note(vec![entry], change).await?;
        self.sink.emit(Event::ApplyStart { addr: change.addr.clone(), action });
        Ok(())
    }

    async fn end(
        &self,
        op: usize,
        change: &Change,
        action: Action,
        deposed: Option<&str>,
        end: End,
        failed: bool,
    ) -> Result<(), Diagnostics> {
        let id = match &end {
            End::Saved(record) => record.value.get("id").and_then(Value::as_str).map(str::to_owned),
            End::Gone | End::Failed => None,
        };
        self.note(vec![Entry::end(op as u64, &change.addr, deposed, end)], change).await?;
        if !failed {
            self.finished(change, action, id);
        }
        Ok(())
    }

    async fn note(&self, entries: Vec<Entry>, change: &Change) -> Result<(), Diagnostics> {
        self.run.commit(entries).await.map_err(|error| {
            Diagnostic::error(NOT_NOTED, format!("`{}`: the state cannot be written: {error}", change.addr))
                .help("make room or mend the disk, then run `situs apply` again: it settles what was in flight")
                .into()
        })
    }
}
