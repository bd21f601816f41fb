//! `service intake { … }`: what runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::Diagnostic;
use crate::base::diagnostic::did_you_mean;
use crate::base::span::Span;
use crate::lang::eval::shape::{Call, Health, HealthKind, Name, Port, Serves, Service, Shape, Use};
use crate::lang::schema::ty::quoted;
use crate::lang::schema::{Attribute, Block, Body, Form, Part, Thing, Ty};
use crate::lang::syntax::ast::{Expr, ExprKind, Template, TemplatePart, TemplateStyle};

use super::data::Filled;
use super::dataset::{AT, SPREAD, spreads};
use super::each::FOR_EACH;
use super::names::{UNKNOWN_THING, twice};
use super::reader::Reader;

const DATASETS: &[Part] = &[Part::new("datasets", Form::List(Ty::Thing(Thing::Dataset)))];

/// When a process that ended is started again.
const RESTART: &[&str] = &["always", "on_failure", "never"];

/// Attributes whose values may speak of the site, and are worked out when resources are made.
pub const LATE: &[&str] = &["image", "command", "env", "working_directory", "restart"];

/// How it is written.
pub const BLOCK: Block = Block::new("service", "service NAME { … }", "Something that runs")
    .head(&[Part::declares(Thing::Service)])
    .body(Body::must(ATTRIBUTES, CLAUSES));

const ATTRIBUTES: &[Attribute] = &[
    Attribute::new("image", Ty::Raw("a text"), "The container image it runs"),
    Attribute::new(
        "command",
        Ty::Raw("a list of texts"),
        "The program it runs and its arguments",
    ),
    Attribute::new("env", Ty::Raw("an object of texts"), "Its environment"),
    Attribute::new(
        "working_directory",
        Ty::Raw("a text"),
        "Where it runs; without it, the configuration's directory",
    ),
    Attribute::new(
        "restart",
        Ty::Raw("`always`, `on_failure` or `never`"),
        "When it is started again after it ended",
    ),
    Attribute::new("replicas", Ty::Whole(0, 10_000), "How many of it run").or("1"),
    Attribute::new("cpu", Ty::Cpu, "How many processors one replica needs"),
    Attribute::new("memory", Ty::Size, "How much memory one replica needs"),
    Attribute::new("disk", Ty::Size, "How much disk one replica needs"),
    Attribute::new("purpose", Ty::Raw("a list of purposes"), "What it uses data for").later(),
    Attribute::new(
        "attested",
        Ty::Bool,
        "Whether it runs where machines prove what they run",
    )
    .later(),
    FOR_EACH,
    Attribute::new(
        "count",
        Ty::Raw("a whole number"),
        "So many; `replicas` says how many of one run",
    )
    .later(),
];

const CLAUSES: &[Block] = &[
    Block::new("needs", "needs \"TRAIT\", …", "Traits that its site must have")
        .head(&[Part::new("traits", Form::List(Ty::Text))]),
    AT,
    SPREAD,
    Block::new("reads", "reads DATASET, …", "Datasets that it reads").head(DATASETS),
    Block::new("writes", "writes DATASET, …", "Datasets that it writes").head(DATASETS),
    Block::new(
        "calls",
        "calls SERVICE { within = 15ms }",
        "A service that it calls; its address arrives as `SITUS_CALL_NAME`",
    )
    .head(&[Part::new("service", Form::Value(Ty::Thing(Thing::Service)))])
    .body(Body::may(&[
        Attribute::new("within", Ty::Latency, "How long a round trip may take"),
        Attribute::new("traffic", Ty::Bandwidth, "How much goes over the wire"),
        Attribute::new(
            "carries",
            Ty::List(&Ty::Thing(Thing::Dataset)),
            "Whose data goes out; without it, all that the caller holds",
        ),
        Attribute::new(
            "returns",
            Ty::List(&Ty::Thing(Thing::Dataset)),
            "Whose data comes back; without it, all that the called one holds",
        ),
        Attribute::new(
            "route",
            Ty::List(&Ty::Thing(Thing::Site)),
            "The sites that it goes through, ends included",
        ),
    ])),
    Block::new(
        "logs",
        "logs to SERVICE, …",
        "Services that its logs go to; without it, they stay on its site",
    )
    .head(&[
        Part::word("to"),
        Part::new("services", Form::List(Ty::Thing(Thing::Service))),
    ]),
    Block::new(
        "serves",
        "serves POPULATION { port = 8443, within = 30ms }",
        "People who use it",
    )
    .head(&[Part::new("population", Form::Value(Ty::Thing(Thing::Population)))])
    .body(Body::may(&[
        Attribute::new("port", Ty::Whole(1, 65_535), "On which port"),
        Attribute::new("within", Ty::Latency, "How long a round trip may take"),
    ])),
    Block::new(
        "port",
        "port NAME { number = 8443 }",
        "A port that it listens on; its number arrives as `SITUS_PORT_NAME`",
    )
    .head(&[Part::new("port", Form::Label("the name of the port"))])
    .body(Body::may(&[Attribute::new(
        "number",
        Ty::Port,
        "Its number; replicas on one site count up",
    )
    .or("auto")])),
    Block::new(
        "health",
        "health http { path = \"/healthz\" }",
        "How one sees that it is well",
    )
    .once()
    .head(&[Part::new("kind", Form::Value(Ty::Word(&["http", "tcp"])))])
    .body(Body::may(&[
        Attribute::new("path", Ty::Text, "What is asked for over HTTP").or("\"/\""),
        Attribute::new(
            "port",
            Ty::Name("the name of a port"),
            "On which port; without it, the first",
        ),
        Attribute::new("every", Ty::Duration, "How much time lies between two looks").or("10s"),
        Attribute::new("timeout", Ty::Duration, "How long one look may take").or("2s"),
        Attribute::new(
            "within",
            Ty::Duration,
            "How long it may take from the start to the first good look",
        )
        .or("30s"),
    ])),
    Block::new(
        "failover",
        "failover within PLACES",
        "Where replicas may go when a site is lost",
    )
    .once()
    .head(&[Part::word("within"), Part::new("places", Form::Places)]),
    Block::new(
        "secret",
        "secret NAME { from = file(\"…\") }",
        "A secret that is written at the site and never kept in the state",
    )
    .head(&[Part::new("secret", Form::Label("the name of the secret"))])
    .body(Body::must(
        &[Attribute::new("from", Ty::Raw("a text"), "Where it comes from").required()],
        &[],
    )),
];

/// Makes a service of it.
pub fn decode(reader: &mut Reader<'_>, filled: &Filled<'_>, shape: &mut Shape) {
    let Some(name) = filled.name() else { return };
    let ports = ports(reader, filled);
    let serves: Vec<Serves> = filled.each("serves").filter_map(serves).collect();
    for one in &serves {
        reader.said.extend(served_port(one, &ports));
    }
    let service = Service {
        name: name.clone(),
        replicas: filled.value("replicas").unwrap_or(1),
        cpu: filled.value("cpu"),
        memory: filled.value("memory"),
        disk: filled.value("disk"),
        needs: filled.all_uses("needs", "traits"),
        at: filled.all_uses("at", "sites"),
        spread: spreads(filled),
        reads: filled.all_uses("reads", "datasets"),
        writes: filled.all_uses("writes", "datasets"),
        calls: filled.each("calls").filter_map(call).collect(),
        logs_to: filled.all_uses("logs", "services"),
        serves,
        health: filled.first("health").and_then(|f| health(reader, f, &ports)),
        ports,
        failover: filled.first("failover").and_then(|f| f.spanned("places")),
        secrets: secrets(reader, filled),
        late: late(reader, filled),
        each: filled.each.clone(),
        span: filled.span,
    };
    shape.services.insert(name, service);
}

fn call(filled: &Filled<'_>) -> Option<Call> {
    Some(Call {
        service: filled.spanned("service")?,
        within: filled.spanned("within"),
        traffic: filled.value("traffic"),
        carries: filled.spanned("carries"),
        returns: filled.spanned("returns"),
        route: filled.spanned("route"),
        span: filled.statement.span,
    })
}

fn serves(filled: &Filled<'_>) -> Option<Serves> {
    Some(Serves {
        population: filled.spanned("population")?,
        within: filled.spanned("within"),
        port: filled.spanned("port"),
        span: filled.statement.span,
    })
}

/// A port on which people are served, and which the service does not listen on. What number `auto` becomes is not known here.
fn served_port(serves: &Serves, ports: &[Port]) -> Option<Diagnostic> {
    let asked = serves.port.as_ref()?;
    let numbers: Option<Vec<u16>> = ports.iter().map(|p| p.number).collect();
    let numbers = numbers.filter(|n| !n.contains(&asked.value))?;
    let number = asked.value;
    let said = Diagnostic::error(UNKNOWN_THING, format!("the service listens on no port `{number}`"));
    let written: Vec<String> = numbers.iter().map(u16::to_string).collect();
    let help = match written.as_slice() {
        [] => format!("declare it: `port http {{ number = {number} }}`"),
        _ => format!("its ports: {}", written.join(", ")),
    };
    Some(said.at(asked.span, "on this port").help(help))
}

fn ports(reader: &mut Reader<'_>, filled: &Filled<'_>) -> Vec<Port> {
    let found = filled.each("port").filter_map(|f| {
        Some(Port {
            name: f.value("port")?,
            number: f.value("number"),
            span: f.span,
        })
    });
    once(reader, found.collect(), "the port", |port: &Port| {
        (&port.name, port.span)
    })
}

fn secrets(reader: &mut Reader<'_>, filled: &Filled<'_>) -> Vec<(Use, Arc<Expr>)> {
    let found = filled
        .each("secret")
        .filter_map(|f| f.spanned("secret").zip(f.value("from")));
    once(reader, found.collect(), "the secret", |(name, _): &(Use, _)| {
        (&name.value, name.span)
    })
}

/// Only the first of each name; the others are told.
fn once<T>(reader: &mut Reader<'_>, all: Vec<T>, what: &str, name: impl Fn(&T) -> (&Name, Span)) -> Vec<T> {
    let mut kept: BTreeMap<Name, Span> = BTreeMap::new();
    let mut left = Vec::with_capacity(all.len());
    for one in all {
        let (own, span) = name(&one);
        match kept.get(own) {
            Some(first) => reader.said.push(twice(&format!("{what} `{own}`"), span, *first)),
            None => {
                kept.insert(own.clone(), span);
                left.push(one);
            }
        }
    }
    left
}

fn health(reader: &mut Reader<'_>, filled: &Filled<'_>, ports: &[Port]) -> Option<Health> {
    let kind = match filled.value::<Name>("kind")?.as_ref() {
        "tcp" => HealthKind::Tcp,
        _ => HealthKind::Http,
    };
    Some(Health {
        kind,
        path: filled.value("path")?,
        port: filled.spanned("port").and_then(|port| own_port(reader, port, ports)),
        every: filled.value("every")?,
        timeout: filled.value("timeout")?,
        within: filled.value("within")?,
        span: filled.span,
    })
}

fn own_port(reader: &mut Reader<'_>, port: Use, ports: &[Port]) -> Option<Use> {
    if ports.iter().any(|p| p.name == port.value) {
        return Some(port);
    }
    let known: Vec<&str> = ports.iter().map(|p| &*p.name).collect();
    let near = did_you_mean(&port.value, known.iter().copied());
    let help = near.unwrap_or_else(|| match known.as_slice() {
        [] => format!("declare it: `port {} {{ number = 8443 }}`", port.value),
        _ => format!("its ports: {}", quoted(&known)),
    });
    let said = Diagnostic::error(UNKNOWN_THING, format!("the service has no port `{}`", port.value));
    reader.fail(said.at(port.span, "not declared in this service").help(help))
}

fn late(reader: &mut Reader<'_>, filled: &Filled<'_>) -> BTreeMap<Name, Arc<Expr>> {
    let mut late: BTreeMap<Name, Arc<Expr>> = BTreeMap::new();
    for name in LATE {
        let Some(expr) = filled.value::<Arc<Expr>>(name) else {
            continue;
        };
        let expr = match (*name, expr.as_name().is_some() || expr.as_text().is_some()) {
            ("restart", true) => reader.word(&expr, RESTART).map(|word| text(&word, expr.span)),
            _ => Some(expr),
        };
        late.extend(expr.map(|expr| (Name::from(*name), expr)));
    }
    late
}

/// A word as a text, so that it means itself wherever it is evaluated.
fn text(word: &str, span: Span) -> Arc<Expr> {
    let template = Template {
        style: TemplateStyle::Quoted,
        parts: vec![TemplatePart::Text(word.into(), span)],
    };
    Arc::new(Expr {
        kind: ExprKind::Template(template),
        span,
    })
}
