//! A configuration in a few lines, a world in memory, a state in a directory of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use situs::base::addr::{Mode, Parts};
use situs::base::event::{Event, Sink};
use situs::base::ports::Clock;
use situs::base::{Addr, Diagnostics, Sources};
use situs::lang::eval::evaluate;
use situs::lang::eval::expand::{Block, Target, expand};
use situs::lang::eval::instance::{Instance, Objects};
use situs::lang::eval::scope::{Module, Scope};
use situs::lang::syntax::ast::{Expr, Item, Operand, Statement};
use situs::lang::syntax::parse;
use situs::run::Cancel;
use situs::run::apply::{Applied, Applier, apply, settle, settled};
use situs::run::plan::{Operation, Outputs, Plan, Refresh, Request, make};
use situs::run::provider::{Pool, ProviderSpec};
use situs::run::state::{Fault, Holder, Run, Snapshot, StateError, Store, open};
use situs_value::Value;

use super::thing::{self, Live};

/// A clock that a test turns.
#[derive(Default)]
pub struct Turned(AtomicU64);

impl Clock for Turned {
    fn now_millis(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Keeps all events.
#[derive(Default)]
pub struct Heard(Mutex<Vec<Event>>);

impl Sink for Heard {
    fn emit(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

/// What a text declares.
pub struct Config {
    pub instances: Vec<Instance>,
    pub outputs: Outputs,
}

pub struct Bench {
    pub live: Live,
    pub clock: Arc<Turned>,
    pub heard: Arc<Heard>,
    pub parallelism: usize,
    directory: tempfile::TempDir,
}

/// How a plan is made.
#[derive(Clone, Default)]
pub struct How {
    pub operation: Option<Operation>,
    pub replace: Vec<Addr>,
    pub targets: Vec<Addr>,
    pub refresh: Refresh,
    pub cancel: Cancel,
}

impl Bench {
    pub fn new() -> Self {
        Self {
            live: Live::default(),
            clock: Arc::default(),
            heard: Arc::default(),
            parallelism: 4,
            directory: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn store(&self) -> Store {
        // A process that nobody can look for.
        let holder = Holder::new("tester@machine", 4_000_000_000, "apply");
        open(self.path(".situs/state.db"), holder, self.clock.clone())
    }

    pub fn sink(&self) -> Arc<dyn Sink> {
        self.heard.clone()
    }

    pub fn heard(&self) -> Vec<Event> {
        std::mem::take(&mut self.heard.0.lock().unwrap())
    }

    /// Turns the clock far enough for every lease to run out.
    pub fn wait_long(&self) {
        self.clock.0.fetch_add(60_000, Ordering::SeqCst);
    }

    pub fn pool(&self, kept: &Snapshot) -> Arc<Pool> {
        let config = Value::object::<&str>([]);
        let spec = ProviderSpec {
            source: "builtin/situs/thing".into(),
            site: None,
            config,
        };
        let specs = BTreeMap::from([("thing".into(), spec)]);
        Arc::new(Pool::new(self.live.registry(), "/nowhere", specs).with_kept(&kept.providers))
    }

    pub async fn snapshot(&self) -> Snapshot {
        self.store().read().await.unwrap()
    }

    pub async fn lock(&self) -> Arc<Run> {
        self.store().lock(Duration::ZERO, &*self.heard).await.unwrap()
    }

    /// A plan against what is kept, without a lock.
    pub async fn plan_with(&self, text: &str, how: &How) -> Result<Plan, Diagnostics> {
        let snapshot = self.snapshot().await;
        let pool = self.pool(&snapshot);
        let (snapshot, _) = settled(snapshot, &pool, &*self.heard).await;
        self.plan_of(&config(text), &snapshot, &pool, how).await
    }

    pub async fn plan(&self, text: &str) -> Plan {
        self.plan_with(text, &How::default()).await.unwrap()
    }

    /// A plan, if there is one, and what was said on the way.
    pub async fn plan_and_messages(&self, text: &str) -> (Option<Plan>, Diagnostics) {
        let snapshot = self.snapshot().await;
        self.make(&config(text), &snapshot, &self.pool(&snapshot), &How::default())
            .await
    }

    async fn plan_of(&self, config: &Config, snapshot: &Snapshot, pool: &Pool, how: &How) -> Result<Plan, Diagnostics> {
        let (plan, diagnostics) = self.make(config, snapshot, pool, how).await;
        plan.ok_or(diagnostics)
    }

    async fn make(&self, config: &Config, snapshot: &Snapshot, pool: &Pool, how: &How) -> (Option<Plan>, Diagnostics) {
        let request = Request {
            operation: how.operation.unwrap_or(Operation::Apply),
            snapshot,
            instances: &config.instances,
            late: &[],
            none: &[],
            root: &Arc::default(),
            sites: &BTreeSet::from(["munich".into()]),
            pool,
            imports: &[],
            forgotten: &[],
            replace: &how.replace,
            targets: &how.targets,
            refresh: how.refresh,
            parallelism: self.parallelism,
            outputs: &config.outputs,
            sink: &self.sink(),
        };
        make(&request).await
    }

    /// What a user's `apply` does.
    pub async fn apply_with(&self, text: &str, how: &How, fault: Option<Fault>) -> Result<Applied, StateError> {
        let store = match fault {
            Some(fault) => self.store().with_fault(fault),
            None => self.store(),
        };
        let run = store.lock(Duration::ZERO, &*self.heard).await?;
        let config = config(text);
        let pool = self.pool(&run.snapshot());
        let mut diagnostics = settle(&run, &pool, &*self.heard).await;
        let mut applied = Applied::default();
        if !diagnostics.has_errors() {
            match self.plan_of(&config, &run.snapshot(), &pool, how).await {
                Ok(plan) => applied = self.carry_out(plan, config, pool, run.clone(), how).await,
                Err(said) => diagnostics.append(said),
            }
        }
        applied.diagnostics.append(diagnostics);
        let _ = run.close().await;
        Ok(applied)
    }

    async fn carry_out(&self, plan: Plan, config: Config, pool: Arc<Pool>, run: Arc<Run>, how: &How) -> Applied {
        let (outputs, cancel) = (config.outputs, how.cancel.clone());
        let applier = Applier::new(
            Arc::new(plan),
            config.instances,
            pool,
            run,
            outputs,
            self.sink(),
            cancel,
        );
        apply(Arc::new(applier), self.parallelism).await
    }

    /// `apply FILE`.
    pub async fn apply_plan(&self, plan: Plan, text: &str) -> Applied {
        let run = self.lock().await;
        let pool = self.pool(&run.snapshot());
        let applied = self
            .carry_out(plan, config(text), pool, run.clone(), &How::default())
            .await;
        run.close().await.unwrap();
        applied
    }

    pub async fn apply(&self, text: &str) -> Applied {
        self.apply_with(text, &How::default(), None).await.unwrap()
    }

    /// Applies what must go well, and gives the calls that changed something.
    pub async fn done(&self, text: &str) -> Vec<String> {
        self.live.log();
        let applied = self.apply(text).await;
        assert_eq!(messages(&applied.diagnostics), Vec::<String>::new());
        assert!(applied.is_whole(), "{:?}", applied.remaining);
        self.calls()
    }

    /// The calls since this was last asked that changed something.
    pub fn calls(&self) -> Vec<String> {
        self.live.log().into_iter().filter(|call| call != "configure").collect()
    }
}

/// Each message as `code title`.
pub fn messages(diagnostics: &Diagnostics) -> Vec<String> {
    diagnostics
        .iter()
        .map(|d| format!("{} {}", d.code.id, d.title))
        .collect()
}

/// Each change that does something as `address action`.
pub fn actions(plan: &Plan) -> Vec<String> {
    let doing = plan.changes.iter().filter(|c| c.does_something());
    doing.map(|c| format!("{} {:?}", c.addr, c.action)).collect()
}

/// What is left when what differs from run to run is taken out.
pub fn kept(snapshot: &Snapshot) -> Snapshot {
    let mut kept = Snapshot {
        lineage: String::new(),
        serial: 0,
        ..snapshot.clone()
    };
    let aside = kept.deposed.values_mut().flat_map(BTreeMap::values_mut);
    kept.objects
        .values_mut()
        .chain(aside)
        .for_each(|r| r.key = String::new());
    kept
}

pub fn addr(text: &str) -> Addr {
    text.parse().unwrap()
}

fn mode(statement: &Statement) -> Option<Mode> {
    match &*statement.word.name {
        "resource" => Some(Mode::Managed),
        "data" => Some(Mode::Data),
        "ephemeral" => Some(Mode::Ephemeral),
        _ => None,
    }
}

/// What a text of `resource "thing" "name" { … }`, `data` likewise, and `output "name" { value = … }` declares.
pub fn config(text: &str) -> Config {
    let mut sources = Sources::new();
    let (file, said) = parse(sources.add("main.situs", text), text);
    assert!(said.is_empty(), "{said:?}");
    let statement = |item: &Item| match item {
        Item::Statement(s) => Some(s.clone()),
        _ => None,
    };
    let statements: Vec<Statement> = file.body.items.iter().filter_map(statement).collect();
    let resources = || statements.iter().filter(|s| mode(s).is_some());
    let declared = resources()
        .map(|s| (mode(s).unwrap(), label(s, 0), label(s, 1)))
        .collect::<situs::lang::eval::scope::Resources>()
        .into();
    let scope = Scope::module(
        Module {
            resources: declared,
            ..Module::default()
        },
        [],
    );
    let instances = resources().flat_map(|s| instances(s, &scope)).collect();
    let outputs = statements.iter().filter(|s| &*s.word.name == "output");
    let outputs = outputs.map(|s| (label(s, 0).to_string(), value(s))).collect();
    Config {
        instances,
        outputs: all_outputs(outputs, scope),
    }
}

fn instances(statement: &Statement, scope: &Arc<Scope>) -> Vec<Instance> {
    let target = Target {
        prefix: Parts::default(),
        site: None,
        provider: "thing".into(),
        one_of: None,
        of_check: false,
        schema: Arc::new(thing::schema()),
        needs: Vec::new(),
    };
    let (type_name, name) = (label(statement, 0), label(statement, 1));
    let body = Arc::new(statement.body.clone().unwrap());
    let block = Block {
        mode: mode(statement).unwrap(),
        type_name: &type_name,
        name: &name,
        body: &body,
        span: statement.word.span,
    };
    let (instances, said) = expand(&block, scope, &target, &situs::lang::eval::instance::NoObjects);
    assert!(said.is_empty(), "{said:?}");
    instances
}

fn all_outputs(outputs: Vec<(String, Arc<Expr>)>, scope: Arc<Scope>) -> Outputs {
    Arc::new(move |objects: &dyn Objects| {
        let mut said = Diagnostics::new();
        let values = outputs
            .iter()
            .map(|(name, expr)| (name.clone(), said.take(evaluate(expr, &scope, objects))));
        let values = values.collect();
        (values, said)
    })
}

fn label(statement: &Statement, at: usize) -> Arc<str> {
    match &statement.operands[at] {
        Operand::Expr(expr) => expr.as_text().unwrap().into(),
        other => panic!("{other:?}"),
    }
}

fn value(statement: &Statement) -> Arc<Expr> {
    let value = |item: &Item| match item {
        Item::Attribute(a) if &*a.name.name == "value" => Some(a.value.clone()),
        _ => None,
    };
    statement.body.as_ref().unwrap().items.iter().find_map(value).unwrap()
}
