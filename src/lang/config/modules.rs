//! Modules that are called: `module "x" { source = "./x", … }`. Each directory is read once, however many call it. What a module is
//! called with is held against its variables here; values are worked out where they are asked for (`eval::module`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::diagnostic::did_you_mean;
use crate::base::ports::World;
use crate::base::source::Sources;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::expand::{attribute, keyed_provider};
use crate::lang::eval::module::{Blueprint, CallBlock, Parameter};
use crate::lang::eval::shape::Name;
use crate::lang::syntax::ast::{Body, Expr, ExprKind, Item, ObjectKey, Statement};

use super::declared::{self, Declared};
use super::load::read;
use super::lock::{Lock, MODULES, Package};
use super::origin::Source;
use super::{Module, ModuleCall, ResourceBlock, locals};

/// A `module` block that cannot be read.
pub const BAD_CALL: Code = Code::new("E134", "a `module` block that cannot be read");
/// A module that is not there.
pub const NO_MODULE: Code = Code::new("E135", "a module that is not there");
/// A module from elsewhere that is not on this machine.
pub const NOT_INSTALLED: Code = Code::new("E137", "a module from elsewhere that is not on this machine");
/// A block that stands only in the root module.
pub const NOT_IN_MODULE: Code = Code::new("E136", "a block that stands only in the root module");

/// What a `module` block says of itself; everything else is for the module's variables.
const META: &[&str] = &["source", "version", "count", "for_each", "providers", "depends_on"];

/// How deep modules may call each other.
const DEEPEST: usize = 64;

/// Reads modules.
pub(super) struct Modules<'a> {
    world: &'a dyn World,
    sources: &'a mut Sources,
    /// Those that were read, by directory.
    known: BTreeMap<String, Arc<Module>>,
    /// The directories that lead to where it is, outermost first.
    open: Vec<String>,
    /// What modules from elsewhere are.
    lock: &'a Lock,
    /// The packages that are called from, each with where it is first asked for.
    pub packages: BTreeMap<Package, Wanted>,
    pub said: Diagnostics,
}

/// A package that a module is called from.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Whether it is on this machine, as the lock file says.
    pub here: bool,
    /// Where it is asked for.
    pub span: Span,
}

/// Where a module is.
struct Place {
    source: Name,
    version: Option<Name>,
    directory: String,
}

impl<'a> Modules<'a> {
    pub fn new(world: &'a dyn World, sources: &'a mut Sources, lock: &'a Lock) -> Self {
        Self {
            world,
            sources,
            known: BTreeMap::new(),
            open: vec![String::new()],
            lock,
            packages: BTreeMap::new(),
            said: Diagnostics::new(),
        }
    }

    /// The resource layer of a directory, and what it calls.
    pub fn module(&mut self, mut declared: Declared, directory: &str) -> Module {
        let texts = declared.locals();
        let order = self.said.take(locals::order(&texts));
        let calls = std::mem::take(&mut declared.calls);
        let names: BTreeSet<Name> = calls.iter().map(|(name, _)| name.clone()).collect();
        let calls: Vec<ModuleCall> = calls
            .iter()
            .filter_map(|(name, statement)| self.call(name, statement, directory))
            .collect();
        let whole: BTreeSet<&Name> = calls.iter().map(|c| &c.block.name).collect();
        let broken = names.iter().filter(|n| !whole.contains(n)).cloned().collect();
        let of = |b: &ResourceBlock| (b.mode, b.type_name.clone(), b.name.clone());
        let outlet = |o: &super::Output| (o.name.clone(), (o.value.clone(), o.marks));
        let parameters = std::mem::take(&mut declared.variables).into_iter();
        let blueprint = Blueprint {
            directory: if directory.is_empty() {
                ".".into()
            } else {
                directory.into()
            },
            locals: texts,
            order,
            resources: Arc::new(declared.resources.iter().map(of).collect()),
            parameters: parameters
                .map(|(n, v)| (n, Arc::new(v) as Arc<dyn Parameter>))
                .collect(),
            outlets: declared.outputs.iter().map(outlet).collect(),
            broken: Arc::new(broken),
            providers: Arc::new(
                declared
                    .required
                    .iter()
                    .map(|(n, r)| (n.clone(), r.source.clone()))
                    .collect(),
            ),
            calls: calls.iter().map(|c| (c.block.name.clone(), c.block.clone())).collect(),
        };
        Module {
            resources: declared.resources,
            providers: declared.providers,
            required: declared.required,
            outputs: declared.outputs,
            checks: declared.checks,
            home: declared.home,
            moved: declared.moved,
            removed: declared.removed,
            imports: declared.imports,
            calls,
            blueprint: Arc::new(blueprint),
        }
    }

    fn call(&mut self, name: &Name, statement: &Statement, caller: &str) -> Option<ModuleCall> {
        let span = declared::head(statement);
        let Some(body) = &statement.body else {
            self.said
                .push(bad("a module needs a body", span).help("write `source = \"./DIRECTORY\"` into it"));
            return None;
        };
        let place = self.place(body, span, caller)?;
        let module = self.at(&place.directory, span)?;
        let arguments = self.arguments(body, &module, name, span);
        let block = CallBlock {
            name: name.clone(),
            arguments,
            depends_on: attribute(body, "depends_on").cloned(),
            blueprint: module.blueprint.clone(),
            body: Arc::new(body.clone()),
            span,
        };
        let providers = attribute(body, "providers").map(|expr| self.said.take(providers(expr)));
        Some(ModuleCall {
            source: place.source,
            version: place.version,
            directory: place.directory.into(),
            block: Arc::new(block),
            providers: providers.unwrap_or_default(),
            module,
        })
    }

    /// Where a module is.
    fn place(&mut self, body: &Body, span: Span, caller: &str) -> Option<Place> {
        let Some(expr) = attribute(body, "source") else {
            let said = bad("a module needs a `source`", span);
            self.said.push(said.help("write `source = \"./DIRECTORY\"`"));
            return None;
        };
        let Some(source) = expr.as_text() else {
            let said = bad("`source` is a text that is written out", expr.span);
            self.said
                .push(said.help("modules are read before any value is worked out"));
            return None;
        };
        let version = attribute(body, "version");
        let constraint = version.and_then(|v| v.as_text());
        if let Some(wrong) = version.filter(|_| constraint.is_none()) {
            let said = bad("`version` is a text that is written out", wrong.span);
            self.said.push(said.help("write it like `version = \"~> 5.0\"`"));
            return None;
        }
        let (directory, version) = match Source::read(source, constraint) {
            Ok(Source::Beside(path)) => (self.beside(caller, path, expr.span)?, None),
            Ok(Source::Fetched { package, inside }) => self.fetched(package, &inside, expr.span)?,
            Err(why) => {
                let title = format!("the module `{source}` cannot be called");
                self.said
                    .push(Diagnostic::error(BAD_CALL, title).at(expr.span, "here").help(why));
                return None;
            }
        };
        Some(Place {
            source: source.into(),
            version,
            directory,
        })
    }

    /// A directory beside the one that calls; of a package from elsewhere, one that is in it.
    fn beside(&mut self, caller: &str, path: &str, span: Span) -> Option<String> {
        let directory = joined(caller, path);
        let package = caller.strip_prefix(MODULES).and_then(|rest| rest.split('/').nth(1));
        let own = package.map(|name| format!("{MODULES}/{name}"));
        let leaves = own.is_some_and(|own| directory != own && !directory.starts_with(&format!("{own}/")));
        if leaves {
            let said = bad("a module from elsewhere calls one outside of its package", span);
            self.said
                .push(said.help("the package has to hold all that it calls by directory"));
        }
        (!leaves).then_some(directory)
    }

    /// The directory of a module from elsewhere, and its version, where it is on this machine.
    fn fetched(&mut self, package: Package, inside: &str, span: Span) -> Option<(String, Option<Name>)> {
        let locked = self.lock.get(&package);
        // However many call it, its mark is looked at once.
        let here = || locked.is_some_and(|l| l.is_here(self.world));
        let title = format!("the module `{}` is not on this machine", package.source);
        let wanted = self
            .packages
            .entry(package)
            .or_insert_with(|| Wanted { here: here(), span });
        let Some(locked) = locked.filter(|_| wanted.here) else {
            let said = Diagnostic::error(NOT_INSTALLED, title);
            self.said
                .push(said.at(span, "called here").help("run `situs init`, which fetches it"));
            return None;
        };
        let directory = joined(&format!("{MODULES}/{}", locked.directory), inside);
        Some((directory, locked.version.as_deref().map(Name::from)))
    }

    /// The module of a directory.
    fn at(&mut self, directory: &str, span: Span) -> Option<Arc<Module>> {
        if let Some(known) = self.known.get(directory) {
            return Some(known.clone());
        }
        if self.open.iter().any(|open| open == directory) || self.open.len() > DEEPEST {
            let path: Vec<String> = self
                .open
                .iter()
                .chain([&directory.to_owned()])
                .map(|d| format!("`{}`", shown(d)))
                .collect();
            let said = bad("a module calls itself", span).note(format!("path     {}", path.join(" → ")));
            self.said.push(said.help("take one of these calls out"));
            return None;
        }
        let names = match self.world.list(directory) {
            Ok(names) if names.iter().any(|n| super::load::is_configuration(n)) => names,
            Ok(_) => return self.not_there(directory, span, "there is no configuration in it"),
            Err(why) => return self.not_there(directory, span, &why.to_string()),
        };
        let (declared, said) = read(self.world, directory, &names, self.sources);
        self.said.append(said);
        self.said.extend(declared.intent.iter().map(only_in_root));
        self.said.extend(declared.backend.map(|span| in_root("backend", span)));
        self.said
            .extend(declared.runtimes.values().map(|r| in_root("runtime", r.span)));
        self.open.push(directory.to_owned());
        let module = Arc::new(self.module(declared, directory));
        self.open.pop();
        self.known.insert(directory.to_owned(), module.clone());
        Some(module)
    }

    fn not_there(&mut self, directory: &str, span: Span, why: &str) -> Option<Arc<Module>> {
        let title = format!("there is no module in `{}`", shown(directory));
        let said = Diagnostic::error(NO_MODULE, title).at(span, "called here");
        self.said.push(
            said.note(why.to_owned())
                .help("`source` is a directory, seen from the file that calls it"),
        );
        None
    }

    /// What the module is called with, held against its variables.
    fn arguments(&mut self, body: &Body, module: &Module, name: &Name, span: Span) -> BTreeMap<Name, Arc<Expr>> {
        let parameters = &module.blueprint.parameters;
        let mut arguments = BTreeMap::new();
        for item in &body.items {
            match item {
                Item::Attribute(a) if META.contains(&&*a.name.name) => {}
                Item::Attribute(a) if parameters.contains_key(&a.name.name) => {
                    arguments.insert(a.name.name.clone(), a.value.clone());
                }
                Item::Attribute(a) => {
                    let near = did_you_mean(
                        &a.name.name,
                        parameters.keys().map(|n| &**n).chain(META.iter().copied()),
                    );
                    let title = format!("the module `{name}` has no variable `{}`", a.name.name);
                    let said = Diagnostic::error(BAD_CALL, title).at(a.name.span, "not declared in the module");
                    self.said.push(said.help(
                        near.unwrap_or_else(|| format!("declare it there: `variable \"{}\" {{}}`", a.name.name)),
                    ));
                }
                Item::Statement(s) => {
                    let said = bad(&format!("`{}` has no meaning in `module`", s.word.name), s.word.span);
                    self.said
                        .push(said.help("what a module is called with are attributes: `NAME = VALUE`"));
                }
                Item::Error(_) => {}
            }
        }
        for (parameter, _) in parameters
            .iter()
            .filter(|(n, p)| p.default().is_none() && !arguments.contains_key(*n))
        {
            let said = bad(&format!("the module `{name}` needs `{parameter}`"), span);
            self.said
                .push(said.help(format!("add `{parameter} = …`, or give the variable a default")));
        }
        arguments
    }
}

fn bad(title: &str, span: Span) -> Diagnostic {
    Diagnostic::error(BAD_CALL, title).at(span, "here")
}

fn only_in_root(statement: &Statement) -> Diagnostic {
    in_root(&statement.word.name, declared::head(statement))
}

fn in_root(word: &str, span: Span) -> Diagnostic {
    Diagnostic::error(NOT_IN_MODULE, format!("`{word}` stands only in the root module"))
        .at(span, "in a module that is called")
        .help("declare it in the root module, and hand over what the module needs of it")
}

/// `providers = { aws = aws.west }`: ids in the module and in the caller.
fn providers(expr: &Expr) -> (Vec<(Name, Name)>, Diagnostics) {
    let wrong = |span| {
        let said = bad("`providers` takes names of providers", span);
        said.help("write `providers = { aws = aws.west }`")
    };
    let ExprKind::Object(items) = &expr.kind else {
        return (Vec::new(), wrong(expr.span).into());
    };
    let mut said = Diagnostics::new();
    let mut found = Vec::new();
    for item in items {
        let inner = match &item.key {
            ObjectKey::Name(name) => Some(name.name.clone()),
            ObjectKey::Expr(key) => id(key),
        };
        match (inner, id(&item.value)) {
            (Some(inner), Some(outer)) => found.push((inner, outer)),
            _ => said.push(wrong(item.value.span)),
        }
    }
    (found, said)
}

/// `aws`, `aws.west`, or one of these as a text.
pub(super) fn id(expr: &Expr) -> Option<Name> {
    if let Some(text) = expr.as_text() {
        return Some(text.into());
    }
    if let ExprKind::Index(base, key) = &expr.kind {
        return Some(keyed_provider(&id(base)?, key.as_text()?));
    }
    match (&expr.kind, expr.as_path()?.as_slice()) {
        (ExprKind::Paren(inner), _) => id(inner),
        (_, [name]) => Some(name.name.clone()),
        (_, [name, alias]) => Some(format!("{}.{}", name.name, alias.name).into()),
        _ => None,
    }
}

/// A path seen from a directory, without `.` and with `..` only in front.
fn joined(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in from.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    parts.join("/")
}

fn shown(directory: &str) -> &str {
    match directory {
        "" => ".",
        other => other,
    }
}

/// The path of a file in a directory.
pub(super) fn within(directory: &str, name: &str) -> String {
    match directory {
        "" => name.to_owned(),
        other => format!("{other}/{name}"),
    }
}
