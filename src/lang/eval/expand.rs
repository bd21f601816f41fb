//! From a resource block to its instances: `count` and `for_each` are evaluated once per block, each instance gets a scope of its own,
//! and what it refers to becomes its dependencies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_provider::Schema;
use situs_value::{Number, Path, Step, Type, Value, convert};

use crate::base::addr::{Addr, Key, Mode, Parts, Resource};
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::syntax::ast::{Body, Expr, ExprKind, Item};

use super::condition;
use super::evaluate;
use super::instance::{Ignore, Instance, Lifecycle, NoObjects, Objects, PreventDestroy, ReplaceOrder};
use super::provisioner;
use super::references;
use super::scope::Scope;

/// A `count` or `for_each` that does not say which instances there are.
pub const BAD_REPETITION: Code = Code::new(
    "E140",
    "a `count` or `for_each` that does not say which instances there are",
);
/// A `count` or `for_each` of which nothing is known. Where another mistake made it unknown, that one is to be told, not this.
pub const LATE_REPETITION: Code = Code::new("E143", "a `count` or `for_each` that is known only after apply");
/// A `lifecycle` or `depends_on` that cannot be read.
pub const BAD_META: Code = Code::new("E141", "a `lifecycle` or `depends_on` that cannot be read");

/// A resource block.
pub struct Block<'a> {
    /// Managed or read.
    pub mode: Mode,
    /// The type.
    pub type_name: &'a str,
    /// The name.
    pub name: &'a str,
    /// What is written in it.
    pub body: &'a Arc<Body>,
    /// Its head.
    pub span: Span,
}

/// Where a block's instances go.
#[derive(Clone)]
pub struct Target {
    /// What stands before their address.
    pub prefix: Parts,
    /// The site they are on.
    pub site: Option<Arc<str>>,
    /// The configured provider's id.
    pub provider: Arc<str>,
    /// Which one of several, where it is one of these.
    pub one_of: Option<OneOf>,
    /// What they look like.
    pub schema: Arc<Schema>,
    /// What they need beside what they refer to.
    pub needs: Vec<Addr>,
    /// Whether they are read for a check alone.
    pub of_check: bool,
}

/// One of the providers that a block with `for_each` configures.
#[derive(Clone)]
pub struct OneOf {
    /// Its key, worked out for each instance.
    pub key: Arc<Expr>,
    /// The keys that there are.
    pub known: Arc<BTreeSet<Arc<str>>>,
}

impl OneOf {
    /// The id of the provider for an instance.
    fn choose(&self, provider: &str, scope: &Arc<Scope>) -> (Option<Arc<str>>, Diagnostics) {
        let (value, mut said) = evaluate(&self.key, scope, &NoObjects);
        if said.has_errors() {
            return (None, said);
        }
        let key = convert(&value, &Type::String).ok().filter(|v| v.marks().is_none());
        let key = key.as_ref().and_then(Value::as_str);
        if let Some(key) = key.filter(|k| self.known.contains(*k)) {
            return (Some(keyed_provider(provider, key)), said);
        }
        let known: Vec<String> = self.known.iter().map(|k| format!("`{k}`")).collect();
        let wrong = match key {
            Some(key) => format!("there is no `{key}`"),
            None => format!("this is {}", value.friendly()),
        };
        let title = format!("`{provider}` has no such provider");
        let help = format!(
            "its `for_each` has {}",
            if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            }
        );
        said.push(Diagnostic::error(BAD_META, title).at(self.key.span, wrong).help(help));
        (None, said)
    }
}

/// The id of one of several providers: `aws.by_region["eu"]`.
pub fn keyed_provider(provider: &str, key: &str) -> Arc<str> {
    format!("{provider}[{key:?}]").into()
}

/// What a `count` or `for_each` comes to.
pub enum Repetition {
    /// These instances: the key of each, and what `count` or `each` means in it.
    Known(Vec<(Option<Key>, Each)>),
    /// Known only after apply, which this says.
    Later(Box<Diagnostic>),
    /// Something is wrong with it, which was told.
    Broken,
}

/// `count` or `each`, and what it means.
pub type Each = Option<(&'static str, Value)>;

/// The instances of a block. Where these are known only later, there are none, and it is said.
pub fn expand(
    block: &Block<'_>,
    scope: &Arc<Scope>,
    target: &Target,
    objects: &dyn Objects,
) -> (Vec<Instance>, Diagnostics) {
    match repetition(block.body, scope, objects) {
        (Repetition::Known(keys), mut said) => {
            let instances = said.take(made(block, scope, target, keys));
            (instances, said)
        }
        (Repetition::Later(late), mut said) => {
            said.push(*late);
            (Vec::new(), said)
        }
        (Repetition::Broken, said) => (Vec::new(), said),
    }
}

/// One that looks like all instances of a block, whatever their keys are: for checking what is written.
pub fn still(block: &Block<'_>, scope: &Arc<Scope>, target: &Target) -> (Vec<Instance>, Diagnostics) {
    made(block, scope, target, vec![(None, later(block.body))])
}

fn made(
    block: &Block<'_>,
    scope: &Arc<Scope>,
    target: &Target,
    keys: Vec<(Option<Key>, Each)>,
) -> (Vec<Instance>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let lifecycle = diagnostics.take(lifecycle(block.body, scope));
    let provisioners = diagnostics.take(provisioner::read(block.body));
    let mut awaits = target.needs.clone();
    if let Some(expr) = attribute(block.body, "depends_on") {
        awaits.extend(diagnostics.take(depends_on(expr, scope)));
    }
    let mut needs = references::of_body(block.body, scope);
    needs.extend(awaits.iter().cloned());
    let awaits: Arc<[Addr]> = awaits.into();
    let mut chosen = Diagnostics::new();
    let instances = keys.into_iter().map(|(key, each)| {
        let addr = address(block, target, key);
        let scope = each.map_or_else(|| scope.clone(), |each| scope.child([each]));
        let one = target
            .one_of
            .as_ref()
            .and_then(|one| chosen.take(one.choose(&target.provider, &scope)));
        let dependencies = needs
            .iter()
            .filter(|a| **a != addr && **a != addr.without_key())
            .cloned()
            .collect();
        Instance {
            addr,
            site: target.site.clone(),
            provider: one.unwrap_or_else(|| target.provider.clone()),
            schema: target.schema.clone(),
            body: block.body.clone(),
            scope,
            dependencies,
            awaits: awaits.clone(),
            lifecycle: lifecycle.clone(),
            provisioners: provisioners.clone(),
            of_check: target.of_check,
            span: block.span,
        }
    });
    let instances = instances.collect();
    diagnostics.append(chosen);
    (instances, diagnostics)
}

fn address(block: &Block<'_>, target: &Target, key: Option<Key>) -> Addr {
    let resource = Resource {
        mode: block.mode,
        type_name: block.type_name.into(),
        name: block.name.into(),
        key,
    };
    Addr::new(Parts {
        resource: Some(resource),
        ..target.prefix.clone()
    })
}

/// The attribute of that name.
pub fn attribute<'a>(body: &'a Body, name: &str) -> Option<&'a Arc<Expr>> {
    body.items.iter().find_map(|item| match item {
        Item::Attribute(a) if &*a.name.name == name => Some(&a.value),
        _ => None,
    })
}

/// What `count` or `each` is where its value is not known yet; nothing where a body has neither.
pub fn later(body: &Body) -> Each {
    let text = || Value::unknown(Type::String);
    match (attribute(body, "count"), attribute(body, "for_each")) {
        (Some(_), _) => Some(("count", Value::object([("index", Value::unknown(Type::Number))]))),
        (None, Some(_)) => {
            let each = [("key", text()), ("value", Value::unknown_dynamic())];
            Some(("each", Value::object(each)))
        }
        (None, None) => None,
    }
}

/// Which instances a body says there are.
pub fn repetition(body: &Body, scope: &Arc<Scope>, objects: &dyn Objects) -> (Repetition, Diagnostics) {
    match (attribute(body, "count"), attribute(body, "for_each")) {
        (None, None) => (Repetition::Known(vec![(None, None)]), Diagnostics::new()),
        (Some(count), None) => counted(count, scope, objects),
        (None, Some(each)) => keyed(each, scope, objects),
        (Some(count), Some(each)) => {
            let said = Diagnostic::error(BAD_REPETITION, "`count` and `for_each` exclude each other")
                .at(each.span, "the second one")
                .and(count.span, "the first one")
                .help("keep one of them");
            (Repetition::Broken, said.into())
        }
    }
}

/// The resources that decide which instances there are.
pub fn decided_by(body: &Body, scope: &Arc<Scope>) -> BTreeSet<Addr> {
    ["count", "for_each"]
        .into_iter()
        .filter_map(|name| attribute(body, name))
        .flat_map(|expr| references::of_expr(expr, scope))
        .collect()
}

fn counted(expr: &Expr, scope: &Arc<Scope>, objects: &dyn Objects) -> (Repetition, Diagnostics) {
    let (value, said) = evaluate(expr, scope, objects);
    if said.has_errors() {
        return (Repetition::Broken, said);
    }
    let count = convert(&value, &Type::Number)
        .ok()
        .filter(|n| !n.is_ephemeral())
        .and_then(|n| n.as_number().and_then(Number::to_u64));
    let Some(count) = count.filter(|n| *n <= 10_000_000) else {
        return bad(&value, bad_count(&value, expr.span), said);
    };
    let one = |i: u64| {
        let index = Value::object([("index", Value::from(i))]);
        (Some(Key::Index(i)), Some(("count", index)))
    };
    (Repetition::Known((0..count).map(one).collect()), said)
}

/// A value that says nothing about instances: not yet, or not at all.
fn bad(value: &Value, wrong: Diagnostic, mut said: Diagnostics) -> (Repetition, Diagnostics) {
    let open = value.is_wholly_known() || matches!(value, Value::Marked(..));
    if !open {
        return (Repetition::Later(Box::new(wrong)), said);
    }
    said.push(wrong);
    (Repetition::Broken, said)
}

fn bad_count(value: &Value, span: Span) -> Diagnostic {
    let (code, label) = if value.is_ephemeral() {
        (BAD_REPETITION, "this is ephemeral, and instances are kept".to_owned())
    } else if value.is_known() {
        (BAD_REPETITION, format!("this is {}", value.friendly()))
    } else {
        (LATE_REPETITION, "known only after apply".to_owned())
    };
    Diagnostic::error(code, "`count` takes a whole number that is not negative")
        .at(span, label)
        .help("work it out from variables, locals, functions and files")
}

fn keyed(expr: &Expr, scope: &Arc<Scope>, objects: &dyn Objects) -> (Repetition, Diagnostics) {
    let (value, said) = evaluate(expr, scope, objects);
    if said.has_errors() {
        return (Repetition::Broken, said);
    }
    let texts = |e: &[Value]| {
        e.iter()
            .map(|v| v.as_str().map(Arc::<str>::from))
            .collect::<Option<Vec<_>>>()
    };
    let pairs: Option<BTreeMap<Arc<str>, Value>> = match &value {
        Value::Map(m) | Value::Object(m) => Some((**m).clone()),
        Value::Set(e) => texts(e).map(|t| t.into_iter().map(|t| (t.clone(), Value::String(t))).collect()),
        _ => None,
    };
    let Some(pairs) = pairs else {
        return bad(&value, bad_each(&value, expr.span), said);
    };
    let one = |(key, value): (Arc<str>, Value)| {
        let each = Value::object([("key", Value::String(key.clone())), ("value", value)]);
        (Some(Key::Name(key)), Some(("each", each)))
    };
    (Repetition::Known(pairs.into_iter().map(one).collect()), said)
}

fn bad_each(value: &Value, span: Span) -> Diagnostic {
    let (code, label) = match value {
        Value::Marked(marks, _) if marks.sensitive => {
            (BAD_REPETITION, "this is sensitive, and keys are shown".to_owned())
        }
        Value::Marked(..) => (BAD_REPETITION, "this is ephemeral, and keys are kept".to_owned()),
        value if !value.is_wholly_known() => (LATE_REPETITION, "known only after apply".to_owned()),
        other => (BAD_REPETITION, format!("this is {}", other.friendly())),
    };
    let said = Diagnostic::error(code, "`for_each` takes a map or a set of strings").at(span, label);
    match value {
        Value::Tuple(_) | Value::List(_) => said.help("convert it with `toset(…)`"),
        _ => said.help("its keys must be known before anything is planned"),
    }
}

/// What a `depends_on` names.
pub fn depends_on(expr: &Expr, scope: &Arc<Scope>) -> (Vec<Addr>, Diagnostics) {
    let ExprKind::Tuple(elements) = &expr.kind else {
        let said = Diagnostic::error(BAD_META, "`depends_on` takes a list of resources").at(expr.span, "not a list");
        return (Vec::new(), said.help("write `depends_on = [type.name]`").into());
    };
    let mut said = Diagnostics::new();
    let mut found = Vec::new();
    for element in elements {
        let addrs = references::of_dependency(element, scope);
        if addrs.is_empty() && !is_thing(element, scope) {
            let wrong = Diagnostic::error(BAD_META, "`depends_on` names declared resources")
                .at(element.span, "not a declared resource");
            said.push(wrong.help("write it as `type.name`, without quotes"));
        }
        found.extend(addrs);
    }
    (found, said)
}

/// Whether it is `service.X` or `dataset.X` of the intent; what these need is in [`Target::needs`].
fn is_thing(expr: &Expr, scope: &Scope) -> bool {
    let path = expr.as_path().unwrap_or_default();
    match path.as_slice() {
        [kind, name] if matches!(&*kind.name, "service" | "dataset") => scope
            .get(&kind.name)
            .is_some_and(|things| things.get(&name.name).is_some()),
        _ => false,
    }
}

fn lifecycle(body: &Body, scope: &Arc<Scope>) -> (Lifecycle, Diagnostics) {
    let mut lifecycle = Lifecycle::default();
    let mut said = Diagnostics::new();
    let blocks = body.items.iter().filter_map(|item| match item {
        Item::Statement(s) if &*s.word.name == "lifecycle" => s.body.as_ref(),
        _ => None,
    });
    let blocks: Vec<&Body> = blocks.collect();
    for item in blocks.iter().flat_map(|b| &b.items) {
        match item {
            Item::Attribute(a) => match &*a.name.name {
                "create_before_destroy" if said.take(truth(&a.value, scope)) => {
                    lifecycle.order = ReplaceOrder::CreateFirst;
                }
                "prevent_destroy" if said.take(truth(&a.value, scope)) => {
                    lifecycle.prevent_destroy = PreventDestroy::Yes;
                }
                "create_before_destroy" | "prevent_destroy" => {}
                "ignore_changes" => lifecycle.ignore_changes = said.take(ignored(&a.value)),
                "replace_triggered_by" => lifecycle.triggers = said.take(triggers(&a.value)),
                other => said.push(unknown_setting(other, a.name.span)),
            },
            Item::Statement(s) if matches!(&*s.word.name, "precondition" | "postcondition") => {}
            Item::Statement(s) => said.push(unknown_setting(&s.word.name, s.word.span)),
            Item::Error(_) => {}
        }
    }
    for body in blocks {
        lifecycle
            .before
            .extend(said.take(condition::read(body, "precondition")));
        lifecycle
            .after
            .extend(said.take(condition::read(body, "postcondition")));
    }
    (lifecycle, said)
}

fn triggers(expr: &Expr) -> (Vec<Arc<Expr>>, Diagnostics) {
    match &expr.kind {
        ExprKind::Tuple(elements) => (elements.to_vec(), Diagnostics::new()),
        _ => {
            let said = Diagnostic::error(BAD_META, "`replace_triggered_by` takes a list of resources")
                .at(expr.span, "not a list")
                .help("write `replace_triggered_by = [type.name]`");
            (Vec::new(), said.into())
        }
    }
}

/// What a trigger names: a resource or one of its instances, and an attribute of it, or all of it.
pub fn trigger(expr: &Expr, scope: &Arc<Scope>, objects: &dyn Objects) -> Result<(Addr, Path), Diagnostics> {
    let mut steps = Vec::new();
    let mut at = expr;
    loop {
        match &at.kind {
            ExprKind::Attr(base, name) => {
                let named = references::of_expr(at, scope);
                let whole = named.first().filter(|_| named.len() == 1 && base.as_name().is_some());
                if let Some(addr) = whole {
                    return Ok(split(addr, steps));
                }
                steps.push(Value::String(name.name.clone()));
                at = base;
            }
            ExprKind::Index(base, key) => {
                let (key, said) = evaluate(key, scope, objects);
                if said.has_errors() {
                    return Err(said);
                }
                steps.push(key);
                at = base;
            }
            _ => {
                let said = Diagnostic::error(BAD_META, "`replace_triggered_by` names declared resources");
                let said = said.at(expr.span, "not a declared resource");
                return Err(said
                    .help("write it as `type.name`, `type.name[0]` or `type.name.attribute`")
                    .into());
            }
        }
    }
}

/// The first step behind a block may be the key of an instance; what follows is a path. Steps come last first.
fn split(block: &Addr, mut steps: Vec<Value>) -> (Addr, Path) {
    let key = match steps.last() {
        Some(Value::Number(n)) => n.to_u64().map(Key::Index),
        _ => None,
    };
    let addr = match key {
        Some(key) => {
            steps.pop();
            block.with_key(Some(key))
        }
        None => block.clone(),
    };
    let path = steps.iter().rev().fold(Path::root(), |path, step| match step {
        Value::Number(n) => path.index(n.to_u64().and_then(|n| n.try_into().ok()).unwrap_or(usize::MAX)),
        other => path.attr(other.as_str().unwrap_or_default()),
    });
    (addr, path)
}

fn unknown_setting(word: &str, span: Span) -> Diagnostic {
    Diagnostic::error(BAD_META, format!("`{word}` means nothing in `lifecycle`"))
        .at(span, "not known")
        .help(
            "it takes `create_before_destroy`, `prevent_destroy`, `ignore_changes`, `replace_triggered_by`, and blocks \
             `precondition` and `postcondition`",
        )
}

fn truth(expr: &Expr, scope: &Arc<Scope>) -> (bool, Diagnostics) {
    let (value, mut said) = evaluate(expr, scope, &NoObjects as &dyn Objects);
    match convert(&value, &Type::Bool).ok().and_then(|v| v.as_bool()) {
        Some(truth) => (truth, said),
        None => {
            if !said.has_errors() {
                said.push(
                    Diagnostic::error(BAD_META, "`true` or `false` is expected")
                        .at(expr.span, format!("this is {}", value.friendly())),
                );
            }
            (false, said)
        }
    }
}

fn ignored(expr: &Expr) -> (Ignore, Diagnostics) {
    if expr.as_name().is_some_and(|n| &*n.name == "all") {
        return (Ignore::All, Diagnostics::new());
    }
    let paths = match &expr.kind {
        ExprKind::Tuple(elements) => elements.iter().map(|e| path(e)).collect::<Option<Vec<_>>>(),
        _ => None,
    };
    match paths {
        Some(paths) => (Ignore::Paths(paths), Diagnostics::new()),
        None => {
            let said = Diagnostic::error(BAD_META, "`ignore_changes` takes `all` or a list of attributes")
                .at(expr.span, "not one");
            (
                Ignore::Nothing,
                said.help("write `ignore_changes = [tags, content]`").into(),
            )
        }
    }
}

/// `tags["a"].b[0]` as a path.
fn path(expr: &Expr) -> Option<Path> {
    let mut path = Path::root();
    collect(expr, &mut path)?;
    Some(path)
}

fn collect(expr: &Expr, path: &mut Path) -> Option<()> {
    match &expr.kind {
        ExprKind::Name(name) => path.0.push(Step::Attr(name.name.clone())),
        ExprKind::Attr(base, name) => {
            collect(base, path)?;
            path.0.push(Step::Attr(name.name.clone()));
        }
        ExprKind::Index(base, key) => {
            collect(base, path)?;
            match &key.kind {
                ExprKind::Number(digits) => path.0.push(Step::Index(digits.parse().ok()?)),
                _ => path.0.push(Step::Key(key.as_text()?.into())),
            }
        }
        _ => return None,
    }
    Some(())
}
