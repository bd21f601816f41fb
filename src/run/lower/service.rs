//! A service as its site's runtime sees it: what its late attributes say there, and the ports, environment and health of each replica.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_value::{Type, Value, convert};

use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::instance::NoObjects;
use crate::lang::eval::shape::{Name, Service};
use crate::lang::eval::{Scope, evaluate, references};
use crate::lang::syntax::ast::Expr;
use crate::model::assignment::Thing;

use super::place::Ground;
use super::spots::Spot;
use super::values::{count, health, key, number, slug, text};

/// A value of a service that its attribute does not take, or that is not known before anything is made.
pub const LATE: Code = Code::new("E165", "a value that an attribute of a service does not take");
/// A called service whose address cannot be told.
pub const NO_ADDRESS: Code = Code::new("W011", "a called service whose address cannot be told");

/// The attributes that may speak of the site, with their types.
const LATE_TYPES: &[(&str, Late)] = &[
    ("image", Late::Text),
    ("command", Late::Texts),
    ("env", Late::Map),
    ("working_directory", Late::Text),
    ("restart", Late::Text),
];

#[derive(Clone, Copy)]
enum Late {
    Text,
    Texts,
    Map,
}

impl Late {
    fn ty(self) -> Type {
        match self {
            Late::Text => Type::String,
            Late::Texts => Type::list(Type::String),
            Late::Map => Type::map(Type::String),
        }
    }
}

/// `service` in a runtime.
pub(super) fn value(ground: &Ground<'_>, service: &Service, spot: &Spot) -> (Value, Diagnostics) {
    let mut said = Diagnostics::new();
    let scope = scope(ground, service, spot);
    let mut late: BTreeMap<&str, Value> = BTreeMap::new();
    for (name, kind) in LATE_TYPES {
        let value = match service.late.get(*name) {
            Some(expr) => said.take(one(name, expr, &kind.ty(), &scope)),
            None => Value::Null,
        };
        late.insert(name, value);
    }
    let environment = said.take(environment(ground, service, spot));
    let own = late.get("env").cloned().unwrap_or_default();
    let instances = (0..spot.replicas.len()).map(|i| instance(service, spot, i, &environment, &own));
    let instances = Value::tuple(instances.collect::<Vec<_>>());
    let first = spot.ports.first();
    let fixed = [
        ("name", slug(&service.name)),
        ("key", key(&service.name)),
        ("replicas", count(spot.replicas.len())),
        ("cpu", number(service.cpu.as_ref())),
        ("memory", number(service.memory.as_ref())),
        ("disk", number(service.disk.as_ref())),
        ("secrets", said.take(secrets(service, &scope))),
        ("ports", numbers(first)),
        (
            "health",
            first.map(|p| said.take(health_of(service, p))).unwrap_or_default(),
        ),
        ("instances", instances),
        ("data", data(ground, service, spot)),
    ];
    (Value::object(fixed.into_iter().chain(late)), said)
}

/// What a late attribute may speak of.
fn scope(ground: &Ground<'_>, service: &Service, spot: &Spot) -> Arc<Scope> {
    let site = ground
        .sites
        .get(&spot.site)
        .map(|s| s.value.clone())
        .unwrap_or_default();
    let view = ground.view(&spot.site);
    let itself = Value::object([
        ("name", slug(&service.name)),
        ("key", key(&service.name)),
        ("replicas", count(spot.replicas.len())),
        ("site", site),
    ]);
    let values = [("self", itself), ("service", view.service), ("dataset", view.dataset)];
    let each = service.each.iter().map(|each| ("each", each.clone()));
    ground.root.child(values.into_iter().chain(each))
}

fn one(name: &str, expr: &Expr, ty: &Type, scope: &Arc<Scope>) -> (Value, Diagnostics) {
    let (value, mut said) = evaluate(expr, scope, &NoObjects);
    if said.has_errors() {
        return (Value::unknown(ty.clone()), said);
    }
    if !value.is_wholly_known() {
        said.push(not_known(name, expr, scope));
        return (Value::unknown(ty.clone()), said);
    }
    match convert(&value, ty) {
        Ok(value) => (without_nulls(&value), said),
        Err(why) => {
            let title = format!("`{name}` of a service takes {}", ty.friendly());
            said.push(Diagnostic::error(LATE, title).at(expr.span, why.to_string()));
            (Value::unknown(ty.clone()), said)
        }
    }
}

/// A map without its nulls; its elements carry the mark of the whole.
fn without_nulls(value: &Value) -> Value {
    match value.unmarked() {
        Value::Map(map) => {
            let kept = map.iter().filter(|(_, v)| !v.is_null());
            Value::map(kept.map(|(k, v)| (k.clone(), v.clone().mark_like(value))))
        }
        _ => value.clone(),
    }
}

fn not_known(name: &str, expr: &Expr, scope: &Arc<Scope>) -> Diagnostic {
    let title = format!("`{name}` of a service must be known before anything is made");
    let needs = references::of_expr(expr, scope);
    let label = match needs.first() {
        Some(addr) => format!("needs `{addr}`, which is made later"),
        None => "known only after apply".to_owned(),
    };
    Diagnostic::error(LATE, title)
        .at(expr.span, label)
        .help("work it out from variables, locals, functions, files, `self`, and endpoints of services and datasets")
}

/// `secret NAME { from = expr }`: always out of sight.
fn secrets(service: &Service, scope: &Arc<Scope>) -> (Value, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut secrets: BTreeMap<Name, Value> = BTreeMap::new();
    for (name, expr) in &service.secrets {
        let value = said.take(one(&format!("secret {}", name.value), expr, &Type::String, scope));
        if value.is_null() {
            let wrong = Diagnostic::error(LATE, format!("the secret `{}` is null", name.value));
            said.push(wrong.at(expr.span, "gives nothing").and(name.span, "this secret"));
        }
        secrets.insert(name.value.clone(), value.mark());
    }
    (Value::map(secrets), said)
}

fn numbers(ports: Option<&BTreeMap<Name, u16>>) -> Value {
    let ports = ports.into_iter().flatten();
    Value::map(ports.map(|(n, p)| (n.clone(), Value::from(u64::from(*p)))))
}

/// `health` of a replica with these ports; null where the service has none.
fn health_of(service: &Service, ports: &BTreeMap<Name, u16>) -> (Value, Diagnostics) {
    let Some(check) = &service.health else {
        return (Value::Null, Diagnostics::new());
    };
    let (name, span): (Option<&Name>, Span) = match &check.port {
        Some(port) => (Some(&port.value), port.span),
        None => (service.ports.first().map(|p| &p.name), check.span),
    };
    match name.and_then(|n| ports.get(n)) {
        Some(number) => (health(check, *number), Diagnostics::new()),
        // A port that got no number was told where it was declared.
        None if name.is_some_and(|n| service.ports.iter().any(|p| p.name == *n)) => (Value::Null, Diagnostics::new()),
        None => {
            let said = Diagnostic::error(LATE, format!("`health` of `{}` has no port to look at", service.name));
            let said = said.at(span, "looks at a port that is not declared");
            (Value::Null, said.help("declare it: `port http {}`").into())
        }
    }
}

fn instance(service: &Service, spot: &Spot, i: usize, shared: &BTreeMap<Name, Value>, own: &Value) -> Value {
    let ports = spot.ports.get(i);
    let mut environment = shared.clone();
    environment.insert("SITUS_REPLICA".into(), Value::string(i.to_string()));
    for (name, number) in ports.into_iter().flatten() {
        environment.insert(variable("SITUS_PORT_", name), Value::string(number.to_string()));
    }
    let environment = match own.attributes() {
        Some(own) => {
            environment.extend(own.iter().map(|(k, v)| (k.clone(), v.clone())));
            Value::map(environment)
        }
        None if own.is_known() => Value::map(environment),
        None => own.clone(),
    };
    let (health, _) = ports.map(|p| health_of(service, p)).unwrap_or_default();
    Value::object([
        ("replica", count(i)),
        ("host", spot.endpoint.as_ref().map_or(Value::Null, text)),
        ("environment", environment),
        ("ports", numbers(ports)),
        ("health", health),
    ])
}

/// What every replica on a site is told.
fn environment(ground: &Ground<'_>, service: &Service, spot: &Spot) -> (BTreeMap<Name, Value>, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut all: BTreeMap<Name, Value> = BTreeMap::new();
    all.insert("SITUS_SERVICE".into(), slug(&service.name));
    all.insert("SITUS_SITE".into(), slug(&spot.site));
    if let Some(host) = &spot.endpoint {
        all.insert("SITUS_HOST".into(), text(host));
    }
    for call in &service.calls {
        let Some(called) = ground.config.shape.services.get(&call.service.value) else {
            continue;
        };
        let addresses = ground.views.addresses(called, Some(&spot.site));
        match addresses.first() {
            Some(nearest) => {
                let name = variable("SITUS_CALL_", &called.name);
                all.insert(format!("{name}_ALL").into(), addresses.join(",").into());
                all.insert(name, text(nearest));
            }
            None if called.ports.is_empty() => said.push(no_address(service, &call.service.value, call.service.span)),
            None => {}
        }
    }
    for used in service.reads.iter().chain(&service.writes) {
        if let Some(nearest) = ground.views.copies(&used.value, Some(&spot.site)).first() {
            all.insert(variable("SITUS_DATA_", &used.value), text(nearest));
        }
    }
    (all, said)
}

/// The datasets that it reads or writes: where the nearest copy is, whether that is on the same site, and whether it is written.
fn data(ground: &Ground<'_>, service: &Service, spot: &Spot) -> Value {
    let writes: BTreeSet<&Name> = service.writes.iter().map(|used| &used.value).collect();
    let used: BTreeSet<&Name> = service
        .reads
        .iter()
        .map(|used| &used.value)
        .chain(writes.iter().copied())
        .collect();
    let one = |name: &Name| {
        let copies = ground.spots.get(&Thing::Dataset(name.clone())).into_iter().flatten();
        let nearest = ground.views.copies(name, Some(&spot.site)).first().cloned();
        Value::object([
            ("name", slug(name)),
            ("key", key(name)),
            ("endpoint", nearest.as_ref().map_or(Value::Null, text)),
            ("here", copies.into_iter().any(|copy| copy.site == spot.site).into()),
            ("writes", writes.contains(name).into()),
        ])
    };
    Value::tuple(used.into_iter().map(one).collect::<Vec<_>>())
}

fn no_address(service: &Service, called: &Name, span: Span) -> Diagnostic {
    let title = format!("`{}` calls `{called}`, which has no port", service.name);
    Diagnostic::warning(NO_ADDRESS, title)
        .at(span, "its address is not told")
        .help(format!("add `port http {{}}` to `service {called}`"))
}

/// A name as the rest of an environment variable's: upper case, everything else but digits an underscore.
fn variable(prefix: &str, name: &Name) -> Name {
    let slug = slug(name);
    let upper = slug
        .as_str()
        .unwrap_or(name)
        .chars()
        .map(|c| match c.is_ascii_alphanumeric() {
            true => c.to_ascii_uppercase(),
            false => '_',
        });
    prefix
        .chars()
        .chain(upper)
        .collect::<String>()
        .trim_end_matches('_')
        .into()
}

/// The things that a service cannot do without: what it calls, reads and writes.
pub(super) fn uses(service: &Service) -> impl Iterator<Item = Thing> {
    let data = service
        .reads
        .iter()
        .chain(&service.writes)
        .map(|u| Thing::Dataset(u.value.clone()));
    data.chain(service.calls.iter().map(|c| Thing::Service(c.service.value.clone())))
}
