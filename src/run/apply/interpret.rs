//! Carries out operations.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use situs_provider::{Apply, Planned};
use situs_value::Value;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::base::addr::Mode;
use crate::base::event::{Action, Event, Sink};
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::lang::eval::Scope;
use crate::lang::eval::instance::{Instance, Phase};
use crate::lang::eval::provisioner::{Provisioner, When};
use crate::run::plan::change::{Change, CreateBeforeDestroy, Operation, Plan};
use crate::run::plan::exec::{Object, OpKind};
use crate::run::plan::open::Opened;
use crate::run::plan::{self, Counts, ObjectTable, Outputs, file, ignore_changes, marks};
use crate::run::provider::pool::{diagnose, told};
use crate::run::provider::{Pool, retry};
use crate::run::provision::{self, Ending, On};
use crate::run::state::journal::{Entry, Outcome as End};
use crate::run::state::{Record, Run, Status};
use situs_provider::contract::{check_final, check_plan, check_result};
use situs_provider::proposed::proposed_new;

use super::outcome::Applied;
use super::schedule::{self, Outcome, Ran, Slot};
use super::settle::settle;
use super::step::Step;
use crate::run::Cancel;

/// A planned change that no longer fits what is known.
pub const OUTDATED: Code = Code::new("E430", "a planned change that no longer fits");
/// A provider's result that contradicts its plan.
pub const BAD_RESULT: Code = Code::new("E431", "a provider's result that contradicts its plan");
/// A change that cannot be noted in the state.
pub const NOT_NOTED: Code = Code::new("E432", "a change that cannot be noted in the state");

/// What operations work with.
pub struct Applier {
    /// What to do.
    pub plan: Arc<Plan>,
    /// The configured providers, with those of kept objects (see [`Pool::with_kept`]).
    pub pool: Arc<Pool>,
    /// Where every step is noted.
    pub run: Arc<Run>,
    /// The outputs.
    pub outputs: Outputs,
    /// Who hears of it.
    pub sink: Arc<dyn Sink>,
    /// The wish to stop.
    pub cancel: Cancel,
    /// What the configuration says, by address; looked up, never gone through.
    instances: HashMap<Addr, Instance>,
    /// What is done before objects are destroyed that no instance stands for.
    endings: BTreeMap<Addr, Ending>,
    /// The objects as they are known.
    pub(super) objects: ObjectTable,
    /// What is never kept and is open.
    opened: Opened,
    progress: Mutex<Progress>,
}

/// What came of it so far.
#[derive(Default)]
pub(super) struct Progress {
    /// What went wrong.
    pub diagnostics: Diagnostics,
    /// What was done.
    pub counts: Counts,
    /// Whether the state can no longer be written: nothing more is begun.
    pub halted: bool,
    /// The last word on each change that is not made yet.
    finals: HashMap<usize, Final>,
}

/// The last word on a change before it is made.
struct Final {
    planned: Planned,
    config: Value,
}

/// Carries a plan out, `parallelism` operations at a time: what an interrupted run left is settled, a plan that no longer fits is
/// refused. The run is not closed.
pub async fn apply(applier: Arc<Applier>, parallelism: usize) -> Applied {
    let mut diagnostics = settle(&applier.run, &applier.pool, &*applier.sink).await;
    diagnostics.extend(applier.run.with(|now| file::stale(&applier.plan, now)));
    if !diagnostics.has_errors()
        && let Err(error) = applier.note_first().await
    {
        diagnostics.append(error);
    }
    if diagnostics.has_errors() {
        return Applied {
            diagnostics,
            ..Applied::default()
        };
    }
    // Among the operations on the runtime's own threads, and not on the caller's: handing every end over to that would cost more than
    // many an operation.
    let mut running = JoinSet::new();
    running.spawn(run_all(applier.clone(), parallelism));
    let told = tokio::spawn(tell_to_stop(applier.clone()));
    let ran = match running.join_next().await {
        Some(Ok(ran)) => ran,
        Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Some(Err(_)) | None => Vec::new(),
    };
    told.abort();
    diagnostics.append(applier.opened.close(&applier.pool).await);
    let mut applied = applier.summary(&ran);
    diagnostics.append(applied.diagnostics);
    diagnostics.append(applier.note_last(&mut applied.outputs, &applied.remaining).await);
    Applied { diagnostics, ..applied }
}

/// Where somebody wishes to stop, the providers are asked to bring what is in flight to an early end.
async fn tell_to_stop(applier: Arc<Applier>) {
    applier.cancel.stopped().await;
    applier.pool.stop().await;
}

async fn run_all(applier: Arc<Applier>, parallelism: usize) -> Vec<Ran> {
    let work = |op: usize, mut slot: Slot| {
        let applier = applier.clone();
        async move { applier.operation(op, &mut slot).await }
    };
    schedule::run(&applier.plan.exec, parallelism, &applier.cancel, work).await
}

impl Applier {
    /// Gets ready to carry out a plan of these instances.
    pub fn new(
        plan: Arc<Plan>,
        instances: impl IntoIterator<Item = Instance>,
        pool: Arc<Pool>,
        run: Arc<Run>,
        outputs: Outputs,
        sink: Arc<dyn Sink>,
        cancel: Cancel,
    ) -> Self {
        let instances: Vec<Instance> = instances.into_iter().collect();
        let objects = ObjectTable::new(&instances).with_phase(Phase::Now);
        for (addr, after) in plan.objects() {
            objects.set(addr, after.clone());
        }
        let instances = instances.into_iter().map(|i| (i.addr.clone(), i)).collect();
        Self {
            plan,
            pool,
            run,
            outputs,
            sink,
            cancel,
            instances,
            endings: BTreeMap::new(),
            objects,
            opened: Opened::default(),
            progress: Mutex::default(),
        }
    }

    /// The same, where these stand for blocks without instances.
    #[must_use]
    pub fn with_none(self, none: &[(Addr, Value)]) -> Self {
        self.objects.add_none(none);
        self
    }

    /// The same, where this is done before objects are destroyed that no instance stands for.
    #[must_use]
    pub fn with_endings(self, endings: BTreeMap<Addr, Ending>) -> Self {
        Self { endings, ..self }
    }

    async fn operation(&self, op: usize, slot: &mut Slot) -> Outcome {
        let Some(what) = self.plan.exec.ops.get(op) else {
            return Outcome::Failed;
        };
        if self.progress().halted {
            return Outcome::Stopped;
        }
        let done = match what.kind.change() {
            Some(change) => self.of_change(op, slot, &what.kind, change).await,
            None => self.of_provider(&what.kind).await,
        };
        match done {
            Ok(()) => Outcome::Done,
            Err(errors) => {
                self.progress().diagnostics.append(errors);
                Outcome::Failed
            }
        }
    }

    async fn of_provider(&self, kind: &OpKind) -> Result<(), Diagnostics> {
        match kind {
            OpKind::OpenProvider { provider } => self.pool.open(provider).await.map(drop),
            OpKind::CloseProvider { provider } => {
                self.pool.close(provider);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn of_change(&self, op: usize, slot: &mut Slot, kind: &OpKind, index: usize) -> Result<(), Diagnostics> {
        let Some(change) = self.plan.changes.get(index) else {
            return Err(Diagnostic::error(OUTDATED, "the plan names a change that it does not hold").into());
        };
        match kind {
            OpKind::FinalPlan { .. } => self.final_plan(index, change).await,
            OpKind::Read { .. } => self.read(change).await,
            OpKind::Create { .. } => self.make(op, slot, index, change, Action::Create).await,
            OpKind::Update { .. } => self.make(op, slot, index, change, Action::Update).await,
            OpKind::Delete { object, .. } => self.delete(op, slot, change, object).await,
            OpKind::Depose { .. } => {
                self.note(
                    vec![Entry::Depose {
                        addr: change.addr.clone(),
                        key: change.key.clone(),
                    }],
                    &change.addr,
                )
                .await
            }
            OpKind::Forget { .. } => {
                self.note(
                    vec![Entry::Remove {
                        addr: change.addr.clone(),
                    }],
                    &change.addr,
                )
                .await?;
                self.progress().counts.count(Action::Forget);
                Ok(())
            }
            OpKind::OpenProvider { .. } | OpKind::CloseProvider { .. } | OpKind::Await { .. } => Ok(()),
        }
    }

    /// Reads a data source with what is known now.
    async fn read(&self, change: &Change) -> Result<(), Diagnostics> {
        let instance = self.instance(change)?;
        if instance.mode() == Mode::Ephemeral {
            let value = self
                .opened
                .open(&self.pool, instance, &self.objects, &*self.sink)
                .await?;
            self.objects.set(&change.addr, value);
            return Ok(());
        }
        match self.read_now(change, instance).await {
            Err(said) if instance.of_check => {
                self.objects.set(&change.addr, Value::unknown_dynamic());
                self.progress().diagnostics.append(plan::read::quiet(said));
                Ok(())
            }
            read => read,
        }
    }

    async fn read_now(&self, change: &Change, instance: &Instance) -> Result<(), Diagnostics> {
        let provider = self.pool.open(&change.provider).await?;
        let mut diagnostics = instance.check_before(&self.objects);
        let config = diagnostics.take(instance.evaluate(&self.objects));
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        if !config.is_wholly_known() {
            return Err(outdated(instance, "its configuration is still not wholly known"));
        }
        let (addr, action) = (change.addr.clone(), Action::Read);
        self.sink.emit(Event::ApplyStart {
            addr: addr.clone(),
            action,
        });
        let started = Instant::now();
        let value = plan::read::read(instance, &*provider, &config, &*self.sink).await?;
        let said = instance.check_after(&value, &self.objects);
        if said.has_errors() {
            return Err(said);
        }
        self.objects.set(&addr, value);
        self.sink.emit(Event::ApplyComplete {
            addr,
            action,
            elapsed_millis: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            id: None,
        });
        Ok(())
    }

    /// Evaluates the configuration with what is known now, and asks the provider whether the plan still is what it was.
    async fn final_plan(&self, index: usize, change: &Change) -> Result<(), Diagnostics> {
        let instance = self.instance(change)?;
        let provider = self.pool.open(&change.provider).await?;
        let mut diagnostics = instance.check_before(&self.objects);
        let config = diagnostics.take(instance.evaluate(&self.objects));
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let block = &instance.schema.block;
        let update = change.action == Action::Update;
        let config = ignore_changes(block, &config, &change.before, &instance.lifecycle.ignore_changes).unmarked_deep();
        if !config.is_wholly_known() {
            return Err(outdated(instance, "its configuration is still not wholly known"));
        }
        let prior = if update {
            change.before.unmarked_deep()
        } else {
            Value::Null
        };
        let request = situs_provider::Plan {
            type_name: instance.type_name().to_owned(),
            prior: prior.clone(),
            proposed: proposed_new(block, &prior, &config),
            config: config.clone(),
            private: if update {
                change.prior_private.clone()
            } else {
                Vec::new()
            },
        };
        let call = || provider.plan(request.clone());
        let planned = retry::looking(&*self.sink, &change.addr, call)
            .await
            .map_err(|problems| -> Diagnostics { problems.iter().map(|p| told(p, instance)).collect() })?;
        let mut breaches = match planned.legacy {
            true => Vec::new(),
            false => check_plan(block, &prior, &config, &planned.state),
        };
        breaches.extend(check_final(&change.after, &planned.state));
        if let Some(breach) = breaches.first() {
            return Err(outdated(instance, &format!("`{}` {}", breach.path, breach.what)));
        }
        self.progress().finals.insert(index, Final { planned, config });
        Ok(())
    }

    pub(super) fn instance(&self, change: &Change) -> Result<&Instance, Diagnostics> {
        self.instances.get(&change.addr).ok_or_else(|| {
            Diagnostic::error(OUTDATED, format!("`{}` is planned and not configured", change.addr))
                .help("make the plan again")
                .about(&change.addr)
                .into()
        })
    }

    /// Makes an object, or changes it where it is.
    async fn make(
        &self,
        op: usize,
        slot: &mut Slot,
        index: usize,
        change: &Change,
        action: Action,
    ) -> Result<(), Diagnostics> {
        let instance = self.instance(change)?;
        let Some(last) = self.progress().finals.remove(&index) else {
            return Err(outdated(instance, "it has no final plan"));
        };
        let provider = self.pool.open(&change.provider).await?;
        let mut step = Step::new(self, op, change, action, None);
        let record = self.record(change, instance, step.key.clone());
        step.begin(&record).await?;
        let request = Apply {
            type_name: record.type_name.clone(),
            prior: if action == Action::Create {
                Value::Null
            } else {
                change.before.unmarked_deep()
            },
            planned: last.planned.state.clone(),
            config: last.config,
            private: last.planned.private,
            key: step.key.clone(),
        };
        let answer = step.call(&*provider, request).await;
        let mut said: Diagnostics = answer.problems.iter().map(|p| told(p, instance)).collect();
        if !answer.answered {
            slot.release();
            return Err(step.unanswered(said));
        }
        let end = match answer.state {
            Some(state) if !state.is_null() => {
                if !said.has_errors() && !answer.legacy {
                    said.extend(bad_result(instance, &last.planned.state, &state));
                }
                let value = marks::by_schema(
                    &marks::like(&marks::known(&state), &change.after),
                    &instance.schema.block,
                );
                let mut record = Record {
                    value,
                    private: answer.private,
                    status: Status::Ready,
                    ..record
                };
                if action == Action::Create {
                    if !said.has_errors() {
                        said.append(self.provision(instance, &mut record, &mut step).await);
                    }
                    if said.has_errors() {
                        record.status = Status::Tainted;
                    }
                }
                // What was made is kept, and whoever needs it stops.
                said.append(instance.check_after(&record.value, &self.objects));
                End::Saved(Box::new(record))
            }
            Some(_) if action == Action::Update => End::Gone,
            _ => End::Failed,
        };
        slot.release();
        if !matches!(end, End::Saved(_)) && !said.has_errors() {
            said.push(nothing_made(instance));
        }
        step.end(end, said).await
    }

    /// Runs the provisioners of what was made. Until they are through, it is in the state as half-made.
    async fn provision(&self, instance: &Instance, record: &mut Record, step: &mut Step<'_>) -> Diagnostics {
        if !instance.provisioners.iter().any(|p| p.when == When::Create) {
            return Diagnostics::new();
        }
        record.status = Status::Tainted;
        if let Err(halted) = step.made(record).await {
            return halted;
        }
        record.status = Status::Ready;
        let scope = instance.scope.child([("self", record.value.clone())]);
        self.provisioned(&instance.provisioners, When::Create, &instance.addr, &scope)
            .await
    }

    async fn provisioned(&self, all: &[Provisioner], when: When, addr: &Addr, scope: &Arc<Scope>) -> Diagnostics {
        let on = On {
            addr,
            scope,
            objects: &self.objects,
            directory: self.pool.directory(),
            sink: &*self.sink,
            cancel: &self.cancel,
        };
        provision::run(all, when, &on).await
    }

    /// Runs the provisioners of the end of an object that is in use and whole.
    async fn say_goodbye(&self, addr: &Addr, record: &Record) -> Result<(), Diagnostics> {
        if record.status == Status::Tainted {
            return Ok(());
        }
        let (all, scope) = match (self.instances.get(addr), self.endings.get(&addr.without_keys())) {
            (Some(instance), _) => {
                let scope = instance.scope.child([("self", record.value.clone())]);
                (instance.provisioners.clone(), scope)
            }
            (None, Some(ending)) => (ending.provisioners.clone(), ending.scope_of(addr, &record.value)),
            (None, None) => return Ok(()),
        };
        let said = self.provisioned(&all, When::Destroy, addr, &scope).await;
        if said.has_errors() {
            return Err(said);
        }
        self.progress().diagnostics.append(said);
        Ok(())
    }

    /// Destroys an object.
    async fn delete(&self, op: usize, slot: &mut Slot, change: &Change, object: &Object) -> Result<(), Diagnostics> {
        let aside = match object {
            Object::Current => None,
            Object::JustDeposed => Some(change.key.clone()),
            Object::Deposed(key) => Some(key.clone()),
        };
        let Some(record) = self.run.object(&change.addr, aside.as_deref()) else {
            return Ok(());
        };
        if aside.is_none() {
            self.say_goodbye(&change.addr, &record).await?;
        }
        let provider = self.pool.open(&record.provider).await?;
        let step = Step::new(self, op, change, Action::Delete, aside);
        step.begin(&record).await?;
        let request = Apply {
            type_name: record.type_name.clone(),
            prior: record.value.unmarked_deep(),
            planned: Value::Null,
            config: Value::Null,
            private: record.private.clone(),
            key: step.key.clone(),
        };
        let answer = step.call(&*provider, request).await;
        slot.release();
        let mut said: Diagnostics = answer
            .problems
            .iter()
            .map(|p| diagnose(p, &change.addr, None))
            .collect();
        if !answer.answered {
            return Err(step.unanswered(said));
        }
        let end = match answer.state {
            Some(state) if state.is_null() && !said.has_errors() => End::Gone,
            Some(state) if !state.is_null() => {
                let value = marks::like(&marks::known(&state), &record.value);
                End::Saved(Box::new(Record {
                    value,
                    private: answer.private,
                    ..record
                }))
            }
            _ => End::Failed,
        };
        if end != End::Gone && !said.has_errors() {
            said.push(still_there(&change.addr));
        }
        step.end(end, said).await
    }

    fn record(&self, change: &Change, instance: &Instance, key: String) -> Record {
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
            key,
        }
    }

    /// Makes entries durable, or halts everything.
    pub(super) async fn note(&self, entries: Vec<Entry>, addr: &Addr) -> Result<(), Diagnostics> {
        let Err(error) = self.run.commit(entries).await else {
            return Ok(());
        };
        self.progress().halted = true;
        Err(
            Diagnostic::error(NOT_NOTED, format!("`{addr}`: the state cannot be written: {error}"))
                .note("nothing more was begun")
                .help("make room or mend the disk, then run `situs apply` again: it settles what was in flight")
                .about(addr)
                .into(),
        )
    }

    /// Whether the plan takes everything away.
    pub(super) fn is_destruction(&self) -> bool {
        self.plan.operation == Operation::Destroy
    }

    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn outdated(instance: &Instance, why: &str) -> Diagnostics {
    Diagnostic::error(
        OUTDATED,
        format!("the plan for `{}` no longer fits: {why}", instance.addr),
    )
    .at(instance.span, "was not touched")
    .help("make the plan again")
    .about(&instance.addr)
    .into()
}

/// What is wrong with the New State of an object that was made or changed.
fn bad_result(instance: &Instance, planned: &Value, new: &Value) -> Option<Diagnostic> {
    let breaches = check_result(planned, new);
    if breaches.is_empty() {
        return None;
    }
    let title = format!("what the provider made of `{}` contradicts its plan", instance.addr);
    let diagnostic = Diagnostic::error(BAD_RESULT, title)
        .at(instance.span, "is there, and is in the state as it is")
        .help("this is a fault of the provider: tell those who make it")
        .about(&instance.addr);
    Some(
        breaches
            .iter()
            .fold(diagnostic, |d, b| d.note(format!("`{}` {}", b.path, b.what))),
    )
}

fn nothing_made(instance: &Instance) -> Diagnostic {
    Diagnostic::error(
        BAD_RESULT,
        format!(
            "the provider reports no error for `{}`, and shows no object",
            instance.addr
        ),
    )
    .at(instance.span, "may be there or not")
    .help("look whether it is there; the next `situs apply` makes it")
    .about(&instance.addr)
}

fn still_there(addr: &Addr) -> Diagnostic {
    Diagnostic::error(
        BAD_RESULT,
        format!("the provider reports no error for the end of `{addr}`, and it is still there"),
    )
    .help("run `situs apply` again")
    .about(addr)
}
