//! `moved` and `removed`: what has another name now, and what is given up.

use std::sync::Arc;

use crate::base::addr::{Addr, Key, Mode, Parts, Resource, Step};
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::expand::attribute;
use crate::lang::eval::provisioner::{self, BAD_PROVISIONER, Provisioner, When};
use crate::lang::syntax::ast::{Body, Expr, ExprKind, Item, Statement};

use super::declared::head;
use super::variables::constant;

/// A `moved` or `removed` block that cannot be read.
pub const BAD_MOVE: Code = Code::new("E440", "a `moved` or `removed` block that cannot be read");

/// A `moved` block. Addresses are relative to its module; one without a key at its end, on both sides, stands for all instances.
#[derive(Clone, Debug)]
pub struct Moved {
    /// What it was called.
    pub from: Addr,
    /// What it is called now.
    pub to: Addr,
    /// Where it is written.
    pub span: Span,
}

/// A `removed` block.
#[derive(Clone, Debug)]
pub struct Removed {
    /// What is given up: a resource or a module, without keys.
    pub from: Addr,
    /// Whether it is left alone, and only forgotten: `lifecycle { destroy = false }`.
    pub forget: Forget,
    /// What is done before it is destroyed.
    pub provisioners: Arc<[Provisioner]>,
    /// Where it is written.
    pub span: Span,
}

/// What becomes of something that is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forget {
    /// It stays where it is and is forgotten.
    Yes,
    /// It is destroyed.
    No,
}

/// Reads a `moved` block.
pub(super) fn moved(statement: &Statement) -> (Option<Moved>, Diagnostics) {
    let mut said = Diagnostics::new();
    let span = head(statement);
    let Some((from, to)) = both(statement, &mut said) else {
        return (None, said);
    };
    let kinds = |a: &Addr| a.parts().resource.as_ref().map(|r| (r.mode, r.type_name.clone()));
    if kinds(&from) != kinds(&to) {
        let wrong = Diagnostic::error(BAD_MOVE, format!("`{from}` cannot become `{to}`"));
        let help = "a resource moves to one of the same type, a module to a module";
        said.push(wrong.at(span, "they are of different kinds").help(help));
        return (None, said);
    }
    (Some(Moved { from, to, span }), said)
}

/// The two addresses. What is missing, the schema tells.
fn both(statement: &Statement, said: &mut Diagnostics) -> Option<(Addr, Addr)> {
    let body = statement.body.as_ref()?;
    let (from, to) = (attribute(body, "from")?, attribute(body, "to")?);
    let (from, to) = (said.take(endpoint(from)), said.take(endpoint(to)));
    from.zip(to)
}

/// Reads a `removed` block.
pub(super) fn removed(statement: &Statement) -> (Option<Removed>, Diagnostics) {
    let mut said = Diagnostics::new();
    let span = head(statement);
    let body = statement.body.as_ref();
    let Some(expr) = body.and_then(|b| attribute(b, "from")) else {
        return (None, said);
    };
    let Some(from) = said.take(endpoint(expr)) else {
        return (None, said);
    };
    if from != from.without_keys() {
        let wrong = Diagnostic::error(BAD_MOVE, "`removed` takes a whole resource or module");
        said.push(wrong.at(expr.span, "names an instance").help("take the key out"));
        return (None, said);
    }
    let lifecycle = body.iter().flat_map(|b| &b.items).find_map(lifecycle);
    let destroy = match lifecycle {
        Some(body) => said.take(constant(body, "destroy", &situs_value::Type::Bool)),
        None => None,
    };
    let forget = match destroy.and_then(|v| v.as_bool()) {
        Some(false) => Forget::Yes,
        _ => Forget::No,
    };
    let provisioners = body.map(|b| said.take(provisioner::read(b))).unwrap_or_default();
    if let Some(wrong) = provisioners.iter().find(|p| p.when == When::Create) {
        let wrong = Diagnostic::error(BAD_PROVISIONER, "a provisioner in `removed` is one of the end")
            .at(wrong.span, "nothing is made here");
        said.push(wrong.help("add `when = destroy`"));
    }
    let removed = Removed {
        from,
        forget,
        provisioners,
        span,
    };
    (Some(removed), said)
}

fn lifecycle(item: &Item) -> Option<&Body> {
    match item {
        Item::Statement(s) if &*s.word.name == "lifecycle" => s.body.as_ref(),
        _ => None,
    }
}

/// An address as an expression: `type.name`, `type.name["key"]`, `module.name[0].type.name`.
pub(super) fn endpoint(expr: &Expr) -> (Option<Addr>, Diagnostics) {
    let found = parts(expr).filter(|p| p.resource.is_some() || !p.modules.is_empty());
    match found {
        Some(parts) => (Some(Addr::new(parts)), Diagnostics::new()),
        None => {
            let wrong = Diagnostic::error(BAD_MOVE, "the address of a resource or a module is expected");
            let help = "write `type.name`, `type.name[\"key\"]`, `module.name` or `module.name.type.name`";
            (None, wrong.at(expr.span, "this is none").help(help).into())
        }
    }
}

fn parts(expr: &Expr) -> Option<Parts> {
    let mut steps = steps(expr)?.into_iter().peekable();
    let mut parts = Parts::default();
    while steps.next_if(|s| s.0 == "module" && s.1.is_none()).is_some() {
        let (name, key) = steps.next()?;
        parts.modules.push(Step { name: name.into(), key });
    }
    let Some((type_name, None)) = steps.next() else {
        return steps.next().is_none().then_some(parts);
    };
    let (name, key) = steps.next()?;
    parts.resource = Some(Resource {
        mode: Mode::Managed,
        type_name: type_name.into(),
        name: name.into(),
        key,
    });
    let whole = steps.next().is_none() && type_name != "data";
    whole.then_some(parts)
}

/// The names of a path, each with the key behind it.
fn steps(expr: &Expr) -> Option<Vec<(&str, Option<Key>)>> {
    match &expr.kind {
        ExprKind::Name(name) => Some(vec![(&*name.name, None)]),
        ExprKind::Attr(base, name) => {
            let mut found = steps(base)?;
            found.push((&*name.name, None));
            Some(found)
        }
        ExprKind::Index(base, key) => {
            let mut found = steps(base)?;
            let last = found.last_mut().filter(|last| last.1.is_none())?;
            last.1 = Some(match &key.kind {
                ExprKind::Number(digits) => Key::Index(digits.parse().ok()?),
                _ => Key::Name(key.as_text()?.into()),
            });
            Some(found)
        }
        _ => None,
    }
}
