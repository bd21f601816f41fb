//! `provisioner` and `connection` blocks: what is done on the machine or on a host when a resource was made, or before it is destroyed.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_provider::schema::Block;
use situs_value::Value;

use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::syntax::ast::{Body, Expr, Item, Operand, Statement};

use super::body::{self, Reading};
use super::expand::attribute;
use super::instance::Objects;
use super::references;
use super::scope::Scope;
use super::shape::Name;

/// A `provisioner` or `connection` block that cannot be read.
pub const BAD_PROVISIONER: Code = Code::new("E520", "a `provisioner` or `connection` block that cannot be read");
/// A provisioner of the end that speaks of more than what ends.
pub const NOT_ITSELF: Code = Code::new("E521", "a provisioner of the end that speaks of more than what ends");

/// How a provisioner's body is read.
const PROVISIONER: Reading = Reading {
    own: &["when", "on_failure", "connection"],
    keeps: false,
};
/// How a connection is read.
const CONNECTION: Reading = Reading { own: &[], keeps: false };

/// `provisioner "local-exec" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Provisioner {
    /// What does it: `local-exec`, `remote-exec`, `file`.
    pub kind: Name,
    /// At which end of a resource's life.
    pub when: When,
    /// What follows from a failure.
    pub failure: OnFailure,
    /// Where it is written.
    pub span: Span,
    body: Arc<Body>,
    /// How its host is reached: what the resource says, then what it says itself.
    connection: Vec<Arc<Body>>,
}

/// `when`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// When it was made.
    #[default]
    Create,
    /// Before it is destroyed.
    Destroy,
}

/// `on_failure`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// The resource failed.
    #[default]
    Fail,
    /// It is told, and nothing else.
    Continue,
}

/// The provisioners of a block, in their order.
pub fn read(body: &Body) -> (Arc<[Provisioner]>, Diagnostics) {
    let mut said = Diagnostics::new();
    let statements: Vec<&Statement> = named(body, "provisioner").collect();
    let outer = said.take(connection(body));
    let made = statements.into_iter().filter_map(|s| said.take(one(s, outer.as_ref())));
    (made.collect::<Vec<_>>().into(), said)
}

fn named<'a>(body: &'a Body, word: &'static str) -> impl Iterator<Item = &'a Statement> {
    body.items.iter().filter_map(move |item| match item {
        Item::Statement(s) if &*s.word.name == word => Some(s),
        _ => None,
    })
}

fn connection(body: &Body) -> (Option<Arc<Body>>, Diagnostics) {
    let mut all = named(body, "connection");
    let first = all.next().and_then(|s| s.body.clone()).map(Arc::new);
    let again = all.next().map(|second| {
        Diagnostic::error(BAD_PROVISIONER, "there is one `connection` at most")
            .at(second.word.span, "the second one")
            .help("take one of them out")
    });
    (first, again.into_iter().collect())
}

fn one(statement: &Statement, outer: Option<&Arc<Body>>) -> (Option<Provisioner>, Diagnostics) {
    let kind = match statement.operands.as_slice() {
        [Operand::Expr(e)] => e.as_text().map(Name::from).or_else(|| Some(e.as_name()?.name.clone())),
        _ => None,
    };
    let (Some(kind), Some(body)) = (kind, &statement.body) else {
        let wrong = Diagnostic::error(BAD_PROVISIONER, "a `provisioner` has a type and a body")
            .at(statement.word.span, "has not")
            .help("write `provisioner \"local-exec\" { command = \"…\" }`");
        return (None, wrong.into());
    };
    let mut said = Diagnostics::new();
    let when = said.take(word(
        body,
        "when",
        &[("create", When::Create), ("destroy", When::Destroy)],
    ));
    let failures = [("fail", OnFailure::Fail), ("continue", OnFailure::Continue)];
    let failure = said.take(word(body, "on_failure", &failures));
    let own = said.take(connection(body));
    let provisioner = Provisioner {
        kind,
        when: when.unwrap_or_default(),
        failure: failure.unwrap_or_default(),
        span: statement
            .operands
            .first()
            .map_or(statement.word.span, |o| statement.word.span.to(o.span())),
        body: Arc::new(body.clone()),
        connection: outer.cloned().into_iter().chain(own).collect(),
    };
    (Some(provisioner), said)
}

/// One of a few words, where it is said.
fn word<T: Copy>(body: &Body, name: &str, words: &[(&str, T)]) -> (Option<T>, Diagnostics) {
    let Some(expr) = attribute(body, name) else {
        return (None, Diagnostics::new());
    };
    let given = expr.as_name().map(|n| n.name.to_string());
    let given = given.or_else(|| expr.as_text().map(str::to_owned)).unwrap_or_default();
    if let Some((_, meant)) = words.iter().find(|(word, _)| *word == given) {
        return (Some(*meant), Diagnostics::new());
    }
    let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
    let said = Diagnostic::error(BAD_PROVISIONER, format!("`{name}` is {}", known.join(" or ")))
        .at(expr.span, "neither")
        .help(format!(
            "write one of them, without quotes: `{name} = {}`",
            words.first().map_or("", |w| w.0)
        ));
    (None, said.into())
}

impl Provisioner {
    /// What it is configured with, where its configuration looks like this.
    pub fn config(&self, schema: &Block, scope: &Arc<Scope>, objects: &dyn Objects) -> (Value, Diagnostics) {
        body::evaluate(PROVISIONER, &self.body, schema, scope, objects, self.span)
    }

    /// How its host is reached; nothing where nobody says so.
    pub fn connection(
        &self,
        schema: &Block,
        scope: &Arc<Scope>,
        objects: &dyn Objects,
    ) -> (Option<Value>, Diagnostics) {
        let mut said = Diagnostics::new();
        let mut merged: BTreeMap<Name, Value> = BTreeMap::new();
        for body in &self.connection {
            let value = said.take(body::evaluate(CONNECTION, body, schema, scope, objects, body.span));
            let given = value.attributes().into_iter().flatten();
            for (name, value) in given {
                let stays = value.is_null() && merged.contains_key(name);
                if !stays {
                    merged.insert(name.clone(), value.clone());
                }
            }
        }
        let value = (!self.connection.is_empty()).then(|| Value::Object(Arc::new(merged)));
        (value, said)
    }

    /// What it speaks of beside the resource that ends, where it is done at the end: the rest may be gone by then.
    pub fn only_itself(&self, scope: &Scope) -> Diagnostics {
        if self.when == When::Create {
            return Diagnostics::new();
        }
        let mut said = Diagnostics::new();
        for body in self.connection.iter().chain([&self.body]) {
            each_expr(body, &mut |expr| foreign(expr, scope, &mut said));
        }
        said
    }
}

fn each_expr(body: &Body, f: &mut dyn FnMut(&Expr)) {
    for item in &body.items {
        match item {
            Item::Attribute(a) if matches!(&*a.name.name, "when" | "on_failure") => {}
            Item::Attribute(a) => f(&a.value),
            Item::Statement(s) if &*s.word.name == "connection" => {}
            Item::Statement(s) => s.body.iter().for_each(|b| each_expr(b, f)),
            Item::Error(_) => {}
        }
    }
}

fn foreign(expr: &Expr, scope: &Scope, said: &mut Diagnostics) {
    let path = expr.as_path().unwrap_or_default();
    let outside = match path.as_slice() {
        [root, key] if &*root.name == "each" => &*key.name == "value",
        [root, name, ..] => {
            matches!(
                &*root.name,
                "var" | "local" | "module" | "data" | "ephemeral" | "service" | "dataset" | "site"
            ) || scope.declares(crate::base::addr::Mode::Managed, &root.name, &name.name)
        }
        _ => false,
    };
    if outside {
        let title = "a provisioner of the end speaks of the resource that ends, and of nothing else";
        let help = "keep what it needs in the resource itself and read it as `self.…`; `count.index` and `each.key` may be used too";
        said.push(
            Diagnostic::error(NOT_ITSELF, title)
                .at(expr.span, "may be gone by then")
                .help(help),
        );
        return;
    }
    references::inner(expr, &mut |e| foreign(e, scope, said));
}
