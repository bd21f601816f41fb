//! Tests of a configuration: each run of a test file plans or applies it, in a state of the test's own, and what must hold then is looked
//! at. What was made is taken away at the end.
//!
//! What must stay true: a test never reads or writes the state of the directory, and never works on real things beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use situs_value::{Tri, Value, to_json};

use crate::base::event::Silent;
use crate::base::{Code, Diagnostic, Diagnostics, Sources, Span};
use crate::lang::config::required::implied;
use crate::lang::config::{self, Given, REFUSED, Request};
use crate::lang::eval::instance::{NoObjects, Objects};
use crate::lang::eval::scope::Module;
use crate::lang::eval::shape::Name;
use crate::lang::eval::{Scope, evaluate};
use crate::lang::syntax::ast::Expr;
use crate::lang::testfile::{self, Assert, BAD_TEST, Command, Run, TestFile};
use crate::model::residency::{State, Verdict};
use crate::run::Cancel;
use crate::run::plan::change::Operation;
use crate::run::plan::objects::ObjectTable;
use crate::run::provider::mock::{Defaults, mocked};
use crate::run::provider::registry::Available;

use super::objects::objects;
use super::overlay::Overlay;
use super::{Loaded, Options, Planned, Ports, apply, begin, load, plan, read};

/// An assertion that does not hold.
pub const NOT_SO: Code = Code::new("E220", "an assertion of a test that does not hold");
/// A failure that did not come.
pub const DID_NOT_FAIL: Code = Code::new("E221", "a failure that a test expects and that does not come");
/// Another verdict, or other findings.
pub const OTHER_VERDICT: Code = Code::new("E222", "a verdict or findings other than a test expects");
/// A test that would work on real things.
pub const REAL_THINGS: Code = Code::new("E223", "a test that would work on what is really there");
/// An assertion that cannot be decided.
pub const UNDECIDED: Code = Code::new("E225", "an assertion of a test that cannot be decided");
/// What a test made and did not take away.
pub const LEFT_OVER: Code = Code::new("E226", "something that a test made and that is still there");

/// A test file, ready to run.
pub struct Test {
    /// Its path.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// How a run went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// All that must hold does.
    Pass,
    /// Something does not.
    Fail,
    /// It was not tried, since an earlier run could not be carried out.
    Skip,
}

/// A run, and what is to be said about it.
pub struct Tested {
    /// Its name.
    pub name: String,
    /// How it went.
    pub went: Went,
    /// What is to be said.
    pub said: Diagnostics,
    /// The texts that this points into.
    pub sources: Sources,
}

/// Runs a test file with a state at `scratch`. Each run is told to `tell` when it is over, and the end last, where that failed.
pub async fn test(
    ports: &Ports,
    request: &Request,
    test: &Test,
    scratch: PathBuf,
    tell: &mut dyn FnMut(Tested),
) -> bool {
    let mut sources = Sources::new();
    let (file, said) = testfile::read(sources.add(test.path.as_str(), test.text.as_str()), &test.text);
    if said.has_errors() {
        tell(over("", Went::Fail, said, sources));
        return false;
    }
    let mut testing = Testing {
        real: ports,
        request,
        test,
        scratch,
        outputs: BTreeMap::new(),
        applied: None,
    };
    let mut whole = true;
    let mut broken = false;
    for run in &file.runs {
        let tested = match broken {
            true => over(&run.name, Went::Skip, Diagnostics::new(), Sources::new()),
            false => testing.run(&file, run).await,
        };
        whole &= tested.went == Went::Pass;
        broken |= tested.said.iter().any(|d| d.is_error() && !is_expectation(d.code));
        tell(tested);
    }
    if let Some(left) = testing.take_away().await {
        whole = false;
        tell(left);
    }
    whole
}

/// Whether a message is about what a test expects, and not about what it could not do.
fn is_expectation(code: Code) -> bool {
    [NOT_SO, DID_NOT_FAIL, OTHER_VERDICT, UNDECIDED].contains(&code)
}

fn over(name: &str, went: Went, said: Diagnostics, sources: Sources) -> Tested {
    Tested {
        name: name.to_owned(),
        went,
        said,
        sources,
    }
}

/// A test file at work.
struct Testing<'a> {
    real: &'a Ports,
    request: &'a Request,
    test: &'a Test,
    scratch: PathBuf,
    /// The outputs of earlier runs.
    outputs: BTreeMap<Name, Value>,
    /// What the last apply worked with.
    applied: Option<(Ports, Loaded)>,
}

impl Testing<'_> {
    async fn run(&mut self, first: &TestFile, run: &Run) -> Tested {
        let mut sources = Sources::new();
        sources.add(self.test.path.as_str(), self.test.text.as_str());
        let (given, mut said) = self.variables(first, run);
        let (ports, more) = self.ports(first, run, &given);
        said.append(more);
        if said.has_errors() {
            return over(&run.name, Went::Fail, said, sources);
        }
        let request = Request {
            given: self
                .request
                .given
                .iter()
                .cloned()
                .chain([Given::File(file_of(run))])
                .collect(),
            ..self.request.clone()
        };
        let (mut loaded, told) = load(&ports, request);
        // The places of the test file are places of these texts now.
        let id = loaded.sources.add(self.test.path.as_str(), self.test.text.as_str());
        let (again, _) = testfile::read(id, &self.test.text);
        let Some(run) = again.runs.into_iter().find(|r| r.name == run.name) else {
            return over(&run.name, Went::Fail, said, sources);
        };
        let sources = loaded.sources.clone();
        let outcome = if told.has_errors() {
            Err(told)
        } else {
            self.carry_out(&ports, loaded, &run, &mut said).await
        };
        said.append(expected(&run, outcome.err().unwrap_or_default()));
        let went = if said.has_errors() { Went::Fail } else { Went::Pass };
        over(&run.name, went, said, sources)
    }

    /// Plans, and applies where that is asked for; what is expected afterwards is said. `Err`: it could not be carried out.
    async fn carry_out(
        &mut self,
        ports: &Ports,
        loaded: Loaded,
        run: &Run,
        said: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let options = Options::default();
        if run.command == Command::Apply {
            self.only_pretends(ports, run).await?;
        }
        let snapshot = read(ports).await?;
        let (planned, told) = plan(ports, &loaded, &options, &snapshot).await;
        let planned = planned.filter(|_| !told.has_errors()).ok_or(told)?;
        let proved = planned.verdict.state == State::Proved;
        said.append(judged(run, &planned.verdict));
        let seen = Seen::of(&planned);
        let seen = if run.command == Command::Apply && proved {
            let lock = begin(ports, &options).await?;
            let applied = apply(ports, planned, &options, lock, Cancel::new()).await;
            self.applied = Some((ports.clone(), loaded));
            if !applied.is_whole() {
                return Err(applied.diagnostics);
            }
            seen.after(&read(ports).await?.objects, applied.outputs)
        } else {
            seen
        };
        let scope = seen.scope.child([
            ("output", Value::object(seen.outputs.clone())),
            ("run", Value::object(self.outputs.clone())),
        ]);
        said.append(
            run.asserts
                .iter()
                .flat_map(|a| holds(a, &scope, &seen.objects))
                .collect(),
        );
        self.outputs.insert(run.name.clone(), Value::object(seen.outputs));
        Ok(())
    }

    /// Takes away what was applied.
    async fn take_away(&mut self) -> Option<Tested> {
        let (ports, loaded) = self.applied.take()?;
        let said = self.destroyed(&ports, &loaded).await.err()?;
        let place = self.scratch.display();
        let left = Diagnostic::error(
            LEFT_OVER,
            format!("what `{}` made could not be taken away", self.test.path),
        )
        .note(format!("its state is kept at `{place}`"))
        .help("take away what it names by hand");
        let said = said.into_iter().chain([left]).collect();
        Some(over("", Went::Fail, said, loaded.sources))
    }

    async fn destroyed(&self, ports: &Ports, loaded: &Loaded) -> Result<(), Diagnostics> {
        let options = Options {
            operation: Operation::Destroy,
            ..Options::default()
        };
        let lock = begin(ports, &options).await?;
        let (planned, told) = plan(ports, loaded, &options, &lock.snapshot()).await;
        let planned = planned.filter(|_| !told.has_errors()).ok_or(told)?;
        let applied = apply(ports, planned, &options, lock, Cancel::new()).await;
        if applied.is_whole() {
            Ok(())
        } else {
            Err(applied.diagnostics)
        }
    }

    /// What is given to the variables, by name.
    fn variables(&self, file: &TestFile, run: &Run) -> (BTreeMap<Name, Value>, Diagnostics) {
        let mut said = Diagnostics::new();
        let mut given = BTreeMap::new();
        for (name, expr) in file.variables.iter().chain(&run.variables) {
            let value = said.take(self.worked_out(expr, &given));
            given.insert(name.clone(), value);
        }
        (given, said)
    }

    fn worked_out(&self, expr: &Expr, given: &BTreeMap<Name, Value>) -> (Value, Diagnostics) {
        let module = Module {
            world: Some(self.real.world.clone()),
            ..Module::default()
        };
        let names = [
            ("var", Value::object(given.clone())),
            ("run", Value::object(self.outputs.clone())),
        ];
        let (value, mut said) = evaluate(expr, &Scope::module(module, names), &NoObjects);
        if !said.has_errors() && !value.is_wholly_known() {
            said.push(
                Diagnostic::error(BAD_TEST, "what a test gives is known before it runs")
                    .at(expr.span, "known only after apply")
                    .help("take outputs of runs with `command = apply`"),
            );
        }
        (value.unmarked_deep(), said)
    }

    /// The ways out of a run: its variables as a file, its mocks, and a state of its own.
    fn ports(&self, file: &TestFile, run: &Run, given: &BTreeMap<Name, Value>) -> (Ports, Diagnostics) {
        let mut said = Diagnostics::new();
        let real = self.real.registry.builtins();
        let mut builtins: BTreeMap<String, Available> = real.map(|b| (b.source.clone(), (**b).clone())).collect();
        for mock in &file.mocks {
            let name = &mock.provider;
            let real = match builtins.values().find(|b| *b.name == **name) {
                Some(builtin) => Some(builtin.clone()),
                None => self.plugin(name),
            };
            let mut values = |of: &[(Name, Arc<Expr>)]| {
                let one = |(ty, e): &(Name, Arc<Expr>)| (ty.clone(), said.take(self.worked_out(e, given)));
                of.iter().map(one).collect()
            };
            let defaults = Defaults {
                resources: values(&mock.resources),
                data: values(&mock.data),
            };
            match real {
                Some(real) => drop(builtins.insert(real.source.clone(), mocked(&real, defaults))),
                None => said.push(
                    Diagnostic::error(BAD_TEST, format!("there is no provider `{name}` to mock"))
                        .at(mock.span, "not to be had")
                        .help("name a provider that `situs providers` shows"),
                ),
            }
        }
        let overlay = Overlay {
            below: self.real.world.clone(),
            path: file_of(run),
            text: to_json(&Value::object(given.clone())).to_string(),
        };
        let ports = Ports {
            world: Arc::new(overlay),
            registry: self.real.registry.with_builtins(builtins.into_values()),
            sink: Arc::new(Silent),
            state: self.scratch.clone(),
            ..self.real.clone()
        };
        (ports, said)
    }

    /// The plug-in that has this name in the configuration.
    fn plugin(&self, name: &Name) -> Option<Available> {
        let request = Request {
            runtimes: self.real.registry.runtimes(),
            ..self.request.clone()
        };
        let (config, _) = config::load(&self.real.world, &mut Sources::new(), &request);
        let required = config.root.required.get(name).map(|r| r.source.clone());
        let source = required.unwrap_or_else(|| implied(name));
        let found = self.real.registry.get(&source).ok()?;
        Some((*found).clone())
    }

    /// An apply with a real provider would meet what `situs apply` made here: the same files, the same ports.
    async fn only_pretends(&self, ports: &Ports, run: &Run) -> Result<(), Diagnostics> {
        let real = |source: &str| {
            let (ours, theirs) = (ports.registry.get(source), self.real.registry.get(source));
            matches!((ours, theirs), (Ok(ours), Ok(theirs)) if Arc::ptr_eq(&ours.make, &theirs.make))
        };
        let there: BTreeSet<String> = read(self.real)
            .await?
            .providers
            .into_values()
            .map(|p| p.source)
            .collect();
        match there.iter().find(|source| real(source)) {
            None => Ok(()),
            Some(source) => Err(Diagnostic::error(
                REAL_THINGS,
                format!("the run `{}` would apply with `{source}`, which made what is really here", run.name),
            )
            .at(run.span, "applies")
            .help("mock the provider: `mock_provider \"NAME\" {}`, or write `command = plan`, or test where nothing is applied")
            .into()),
        }
    }
}

/// The file that a run's variables stand in.
fn file_of(run: &Run) -> String {
    format!("variables of run {}.tfvars.json", run.name)
}

/// What an assertion sees.
struct Seen {
    scope: Arc<Scope>,
    objects: ObjectTable,
    outputs: BTreeMap<Name, Value>,
}

impl Seen {
    /// What is planned.
    fn of(planned: &Planned) -> Self {
        let Planned { plan, lowered, .. } = planned;
        Self {
            scope: lowered.root.clone(),
            objects: objects(lowered, plan.objects()).0,
            outputs: plan
                .outputs
                .iter()
                .map(|(n, o)| (n.as_str().into(), o.after.clone()))
                .collect(),
        }
    }

    /// What is there.
    fn after(
        self,
        objects: &BTreeMap<crate::base::Addr, crate::run::state::Record>,
        outputs: BTreeMap<String, Value>,
    ) -> Self {
        for (addr, record) in objects {
            self.objects.set(addr, record.value.clone());
        }
        Self {
            outputs: outputs.into_iter().map(|(n, v)| (n.as_str().into(), v)).collect(),
            ..self
        }
    }
}

/// Whether the law says what the run expects.
fn judged(run: &Run, verdict: &Verdict) -> Diagnostics {
    let state = verdict.state.to_string().replace(' ', "_");
    let (wanted, at) = run.verdict.as_ref().map_or(("proved", run.span), |(w, at)| (&**w, *at));
    let found: BTreeSet<&str> = verdict.findings.iter().map(|f| f.code.id).collect();
    let mut said = Diagnostics::new();
    if state != wanted {
        said.append(verdict.diagnostics());
        let title = format!("the verdict is `{state}`, and `{wanted}` is expected");
        said.push(Diagnostic::error(OTHER_VERDICT, title).at(at, "expected here"));
    }
    if let Some((codes, at)) = &run.findings {
        let wanted: BTreeSet<&str> = codes.iter().map(|c| &**c).collect();
        if wanted != found {
            let list = |codes: &BTreeSet<&str>| match codes.is_empty() {
                true => "none".to_owned(),
                false => codes.iter().copied().collect::<Vec<_>>().join(", "),
            };
            let title = format!("the findings are {}, and {} are expected", list(&found), list(&wanted));
            said.push(Diagnostic::error(OTHER_VERDICT, title).at(*at, "expected here"));
        }
    }
    said
}

/// What is left of the failures of a run when those are taken away that it expects.
fn expected(run: &Run, failed: Diagnostics) -> Diagnostics {
    let mut came: BTreeSet<&str> = BTreeSet::new();
    let mut said = Diagnostics::new();
    for diagnostic in failed {
        let targets = run.failures.iter().map(|(target, _)| target.as_str());
        let meant: Vec<&str> = targets.filter(|t| is_about(&diagnostic, t)).collect();
        if meant.is_empty() {
            said.push(diagnostic);
        }
        came.extend(meant);
    }
    if came.iter().any(|target| target.starts_with("var.")) {
        // What a refused value leads to elsewhere is no news.
        said = Diagnostics::new();
    }
    let missing = run
        .failures
        .iter()
        .filter(|(target, _)| !came.contains(target.as_str()));
    said.extend(missing.map(|(target, at): &(String, Span)| {
        Diagnostic::error(DID_NOT_FAIL, format!("`{target}` is expected to fail, and does not"))
            .at(*at, "expected here")
    }));
    said
}

/// Whether a message is about the thing that a reference names.
fn is_about(diagnostic: &Diagnostic, target: &str) -> bool {
    let named = |text: &str| diagnostic.title.contains(&format!("`{text}`"));
    match target.strip_prefix("var.") {
        Some(name) => diagnostic.code == REFUSED && named(name),
        None => diagnostic.address.as_deref() == Some(target) || named(target),
    }
}

/// Nothing, where an assertion holds.
fn holds(assert: &Assert, scope: &Arc<Scope>, objects: &dyn Objects) -> Diagnostics {
    let (value, mut said) = evaluate(&assert.condition, scope, objects);
    let at = assert.condition.span;
    if said.has_errors() {
        return said;
    }
    match value.unmarked() {
        value if value.equals(&Value::Bool(true)) == Tri::True => {}
        Value::Bool(_) => {
            let message = assert.message.as_ref().map(|m| evaluate(m, scope, objects).0);
            let text = message
                .as_ref()
                .and_then(Value::as_str)
                .filter(|_| !message.as_ref().is_some_and(Value::contains_sensitive));
            let said_so = Diagnostic::error(NOT_SO, text.unwrap_or("this does not hold"));
            said.push(said_so.at(at, "does not hold"));
        }
        value => {
            let title = "this assertion cannot be decided";
            let what = match value.is_known() {
                true => format!("`true` or `false` is expected, and this is {}", value.friendly()),
                false => "known only after apply".to_owned(),
            };
            let undecided = Diagnostic::error(UNDECIDED, title).at(at, what);
            said.push(
                undecided.help("write a condition, and `command = apply` where it needs what is known only then"),
            );
        }
    }
    said
}
