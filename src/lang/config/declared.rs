//! Declarations of the resource layer, taken from the trees of all files: variables, locals, providers, resources, outputs. What is
//! wrong with their words `check` has said; here a name that is declared twice is told, with both places.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_value::Type;

use crate::base::addr::Mode;
use crate::base::diagnostic::Severity;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::body::TOO_MANY;
use crate::lang::eval::condition;
use crate::lang::eval::expand::attribute;
use crate::lang::eval::provisioner::BAD_PROVISIONER;
use crate::lang::eval::shape::Name;
use crate::lang::syntax::ast::{Body, Expr, File, Item, Operand, Statement};

use super::backend;
use super::imports::{self, Import};
use super::moves::{self, Moved, Removed};
use super::required::{self, Required};
use super::runtime::{self, Origin, Runtime};
use super::variables::{self, Variable, constant};
use super::{Check, Home};
use super::{Output, ProviderBlock, ResourceBlock};

/// A name that is declared twice.
pub const TWICE: Code = Code::new("E151", "a name that is declared twice");

/// Whether every block of every file could be read: where one could not, its name is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Whole {
    #[default]
    Yes,
    No,
}

/// Everything that is declared.
#[derive(Default)]
pub(super) struct Declared {
    pub variables: BTreeMap<Name, Variable>,
    pub locals: BTreeMap<Name, Local>,
    /// Where Situs keeps its state.
    pub backend: Option<Span>,
    pub providers: Vec<ProviderBlock>,
    pub required: BTreeMap<Name, Required>,
    pub resources: Vec<ResourceBlock>,
    pub outputs: Vec<Output>,
    pub checks: Vec<Check>,
    pub home: Option<Home>,
    pub moved: Vec<Moved>,
    pub imports: Vec<Import>,
    pub removed: Vec<Removed>,
    pub runtimes: BTreeMap<Name, Arc<Runtime>>,
    /// `module` blocks, for `modules`.
    pub calls: Vec<(Name, Statement)>,
    /// Blocks of the intent, for `blocks::shape`.
    pub intent: Vec<Statement>,
    /// Whether every block could be read.
    pub whole: Whole,
    origin: Origin,
    seen: BTreeMap<(&'static str, Name), Span>,
}

pub(super) struct Local {
    pub expr: Arc<Expr>,
}

impl Declared {
    /// Nothing yet; what comes is of the engine itself.
    pub fn builtin() -> Self {
        Self {
            origin: Origin::Builtin,
            ..Self::default()
        }
    }

    /// Its locals as written.
    pub fn locals(&self) -> BTreeMap<Name, Arc<Expr>> {
        let one = |(name, local): (&Name, &Local)| (name.clone(), local.expr.clone());
        self.locals.iter().map(one).collect()
    }

    /// Takes in what a file declares.
    pub fn add(&mut self, file: File) -> Diagnostics {
        let mut said = Diagnostics::new();
        for item in file.body.items {
            match item {
                Item::Statement(statement) => said.append(self.statement(statement)),
                Item::Attribute(_) => {}
                Item::Error(_) => self.whole = Whole::No,
            }
        }
        said
    }

    fn statement(&mut self, mut statement: Statement) -> Diagnostics {
        match &*statement.word.name {
            "variable" => self.variable(&statement),
            "locals" => self.local_values(&statement),
            "terraform" => self.terraform(&statement),
            "provider" => self.provider(&statement),
            "resource" => self.resource(&mut statement, Mode::Managed),
            "data" => self.resource(&mut statement, Mode::Data),
            "module" => self.call(statement),
            "output" => self.output(&statement),
            "runtime" => self.runtime(&statement),
            "check" => self.check(&statement),
            "moved" => {
                let (found, said) = moves::moved(&statement);
                self.moved.extend(found);
                said
            }
            "removed" => {
                let (found, said) = moves::removed(&statement);
                self.removed.extend(found);
                said
            }
            "import" => {
                self.imports.extend(imports::read(&statement));
                Diagnostics::new()
            }
            "backend" => self.backend(&statement),
            "ephemeral" => self.resource(&mut statement, Mode::Ephemeral),
            "test" => Diagnostics::new(),
            _ => {
                self.intent.push(statement);
                Diagnostics::new()
            }
        }
    }

    /// Where Situs keeps its state: read before all this, by `backend`; here its mistakes are told.
    fn backend(&mut self, statement: &Statement) -> Diagnostics {
        match self.backend.replace(head(statement)) {
            Some(first) => twice("backend", head(statement), first).into(),
            None => backend::read(statement).1,
        }
    }

    /// Takes note of a name; says so where it is taken.
    fn first(&mut self, kind: &'static str, name: &Name, span: Span) -> Result<(), Box<Diagnostic>> {
        match self.seen.get(&(kind, name.clone())) {
            None => drop(self.seen.insert((kind, name.clone()), span)),
            Some(first) => return Err(Box::new(twice(&format!("{kind} `{name}`"), span, *first))),
        }
        Ok(())
    }

    fn variable(&mut self, statement: &Statement) -> Diagnostics {
        let Some(name) = label(statement, 0) else {
            return Diagnostics::new();
        };
        if let Err(said) = self.first("variable", &name, head(statement)) {
            return (*said).into();
        }
        let none = empty(statement.span);
        let body = statement.body.as_ref().unwrap_or(&none);
        let (variable, said) = variables::declare(&name, body, head(statement));
        self.variables.insert(name, variable);
        said
    }

    fn local_values(&mut self, statement: &Statement) -> Diagnostics {
        let mut said = Diagnostics::new();
        for item in statement.body.iter().flat_map(|b| &b.items) {
            let Item::Attribute(a) = item else { continue };
            match self.first("local", &a.name.name, a.name.span) {
                Ok(()) => drop(self.locals.insert(a.name.name.clone(), Local { expr: a.value.clone() })),
                Err(twice) => said.push(*twice),
            }
        }
        said
    }

    fn terraform(&mut self, statement: &Statement) -> Diagnostics {
        let (found, mut said) = required::read(statement);
        self.home = self.home.take().or_else(|| home(statement));
        for required in found {
            match self.first("required provider", &required.name, required.span) {
                Ok(()) => drop(self.required.insert(required.name.clone(), required)),
                Err(twice) => said.push(*twice),
            }
        }
        said
    }

    fn provider(&mut self, statement: &Statement) -> Diagnostics {
        let Some(name) = label(statement, 0) else {
            return Diagnostics::new();
        };
        let body = statement.body.clone().unwrap_or_else(|| empty(statement.span));
        let (alias, mut said) = constant(&body, "alias", &Type::String);
        let alias: Option<Name> = alias.as_ref().and_then(|v| v.as_str()).map(Name::from);
        let id: Name = match &alias {
            Some(alias) => format!("{name}.{alias}").into(),
            None => name.clone(),
        };
        if let Err(twice) = self.first("provider", &id, head(statement)) {
            said.push(twice.help("give one of them an `alias`"));
            return said;
        }
        let items = body.items.into_iter().filter(|i| !is_attribute(i, "alias")).collect();
        self.providers.push(ProviderBlock {
            name,
            alias,
            id,
            body: Arc::new(Body { items, span: body.span }),
            span: head(statement),
        });
        said
    }

    fn call(&mut self, statement: Statement) -> Diagnostics {
        let Some(name) = label(&statement, 0) else {
            return Diagnostics::new();
        };
        match self.first("module", &name, head(&statement)) {
            Ok(()) => self.calls.push((name, statement)),
            Err(twice) => return (*twice).into(),
        }
        Diagnostics::new()
    }

    fn resource(&mut self, statement: &mut Statement, mode: Mode) -> Diagnostics {
        let Some(block) = take_resource(statement, mode) else {
            return Diagnostics::new();
        };
        let address: Name = format!("{}.{}", block.type_name, block.name).into();
        let kind = match mode {
            Mode::Managed => "resource",
            Mode::Data => "data source",
            Mode::Ephemeral => "ephemeral resource",
        };
        if let Err(twice) = self.first(kind, &address, block.span) {
            return (*twice).into();
        }
        let said = match mode {
            Mode::Managed => Diagnostics::new(),
            Mode::Data | Mode::Ephemeral => not_read(&block.body),
        };
        self.resources.push(block);
        said
    }

    fn output(&mut self, statement: &Statement) -> Diagnostics {
        let (Some(name), Some(body)) = (label(statement, 0), &statement.body) else {
            return Diagnostics::new();
        };
        if let Err(twice) = self.first("output", &name, head(statement)) {
            return (*twice).into();
        }
        let (marks, mut said) = variables::marks(body);
        let conditions = said.take(condition::read(body, "precondition"));
        if !conditions.is_empty() {
            self.checks.push(Check {
                what: format!("the precondition of the output `{name}`"),
                severity: Severity::Error,
                conditions,
                span: head(statement),
            });
        }
        let description = said.take(constant(body, "description", &Type::String));
        if let Some(value) = attribute(body, "value") {
            self.outputs.push(Output {
                name,
                value: value.clone(),
                description: description.as_ref().and_then(|v| v.as_str()).map(Name::from),
                marks,
                depends_on: attribute(body, "depends_on").cloned(),
                span: head(statement),
            });
        }
        said
    }

    fn check(&mut self, statement: &Statement) -> Diagnostics {
        let (Some(name), Some(body)) = (label(statement, 0), &statement.body) else {
            return Diagnostics::new();
        };
        if let Err(twice) = self.first("check", &name, head(statement)) {
            return (*twice).into();
        }
        let (conditions, mut said) = condition::read(body, "assert");
        said.append(self.read_for(&name, body));
        self.checks.push(Check {
            what: format!("the check `{name}`"),
            severity: Severity::Warning,
            conditions,
            span: head(statement),
        });
        said
    }

    /// What is read for a check alone: a data source like any other, but that nothing else sees it and that it stops nothing.
    fn read_for(&mut self, check: &Name, body: &Body) -> Diagnostics {
        let mut said = Diagnostics::new();
        let own = body.items.iter().filter_map(|item| match item {
            Item::Statement(s) if &*s.word.name == "data" => Some(s),
            _ => None,
        });
        for (i, statement) in own.enumerate() {
            let repeated = statement
                .body
                .as_ref()
                .and_then(|b| attribute(b, "count").or(attribute(b, "for_each")));
            if let Some(span) = repeated.map(|e| e.span).or((i > 0).then(|| head(statement))) {
                let wrong = Diagnostic::error(TOO_MANY, "a check reads one data source").at(span, "would be several");
                said.push(wrong.help("write a check for each of them"));
                continue;
            }
            let before = self.resources.len();
            said.append(self.resource(&mut statement.clone(), Mode::Data));
            if let Some(resource) = self.resources.get_mut(before) {
                resource.check = Some(check.clone());
            }
        }
        said
    }

    fn runtime(&mut self, statement: &Statement) -> Diagnostics {
        let (runtime, mut said) = runtime::read(statement, self.origin);
        if let Some(runtime) = runtime {
            match self.first("runtime", &runtime.name, runtime.span) {
                Ok(()) => drop(self.runtimes.insert(runtime.name.clone(), Arc::new(runtime))),
                Err(twice) => said.push(*twice),
            }
        }
        said
    }
}

/// `backend` or `cloud` of a `terraform` block.
fn home(terraform: &Statement) -> Option<Home> {
    let mut items = terraform.body.iter().flat_map(|b| &b.items);
    items.find_map(|item| match item {
        Item::Statement(s) if matches!(&*s.word.name, "backend" | "cloud") => Some(Home {
            kind: label(s, 0).unwrap_or_else(|| s.word.name.clone()),
            span: head(s),
        }),
        _ => None,
    })
}

fn is_attribute(item: &Item, name: &str) -> bool {
    matches!(item, Item::Attribute(a) if &*a.name.name == name)
}

/// Parts that a data source does not have.
fn not_read(body: &Body) -> Diagnostics {
    let parts = body.items.iter().filter_map(|item| match item {
        Item::Statement(s) if matches!(&*s.word.name, "provisioner" | "connection") => Some(&s.word),
        _ => None,
    });
    parts
        .map(|word| {
            Diagnostic::error(BAD_PROVISIONER, format!("what is only read has no `{}`", word.name))
                .at(word.span, "nothing is made here")
                .help("take it out, or put it into a `resource`")
        })
        .collect()
}

/// Two declarations of one name.
pub(super) fn twice(what: &str, second: Span, first: Span) -> Diagnostic {
    Diagnostic::error(TWICE, format!("the {what} is declared twice"))
        .at(second, "the second one")
        .and(first, "the first one")
        .help("take one of them out, or rename it")
}

/// The label at a place: a bare name or a text.
pub(super) fn label(statement: &Statement, at: usize) -> Option<Name> {
    match statement.operands.get(at)? {
        Operand::Expr(e) => e
            .as_text()
            .map(Name::from)
            .or_else(|| e.as_name().map(|n| n.name.clone())),
        _ => None,
    }
}

/// The word and its operands: what a message about the whole points at.
pub(super) fn head(statement: &Statement) -> Span {
    match statement.operands.last() {
        Some(last) => statement.word.span.to(last.span()),
        None => statement.word.span,
    }
}

/// A body with nothing in it.
pub(super) fn empty(span: Span) -> Body {
    Body {
        items: Vec::new(),
        span,
    }
}

/// The locals of a `locals` block.
pub(super) fn locals(statement: &Statement) -> Vec<(Name, Arc<Expr>)> {
    let items = statement.body.iter().flat_map(|b| &b.items);
    let one = |item: &Item| match item {
        Item::Attribute(a) => Some((a.name.name.clone(), a.value.clone())),
        _ => None,
    };
    items.filter_map(one).collect()
}

/// The resource that a block declares.
pub(super) fn resource(statement: &Statement) -> Option<ResourceBlock> {
    take_resource(&mut statement.clone(), Mode::Managed)
}

fn take_resource(statement: &mut Statement, mode: Mode) -> Option<ResourceBlock> {
    let (type_name, name) = (label(statement, 0)?, label(statement, 1)?);
    let span = head(statement);
    let body = statement.body.take().unwrap_or_else(|| empty(statement.span));
    Some(ResourceBlock {
        mode,
        type_name,
        name,
        check: None,
        at: attribute(&body, "at").cloned(),
        provider: attribute(&body, "provider").cloned(),
        body: Arc::new(body),
        span,
    })
}
