//! Expressions to values, by the rules of the Terraform language.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_value::{Date, Marks, Number, Quantity, QuantityError, Tri, Type, Value, convert, unify};

use crate::base::addr::{Addr, Key, Mode, Resource};
use crate::base::diagnostic::did_you_mean;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::syntax::ast::{Expr, ExprKind, Ident, ObjectItem, ObjectKey, UnaryOp};

use super::instance::Objects;
use super::scope::{Local, Scope};
use super::{functions, ops, size};

/// A name that means nothing.
pub const UNKNOWN_NAME: Code = Code::new("E100", "a name that means nothing here");
/// An attribute or a key that is not there.
pub const NO_ATTRIBUTE: Code = Code::new("E101", "an attribute or a key that is not there");
/// An operand of the wrong type.
pub const WRONG_TYPE: Code = Code::new("E102", "a value of the wrong type");
/// Locals that need each other.
pub const LOCAL_CIRCLE: Code = Code::new("E103", "locals that need each other");
/// A literal that is out of range or has an unknown unit.
pub const BAD_LITERAL: Code = Code::new("E104", "a literal that is not one");
/// Branches whose types do not fit.
pub const BRANCHES: Code = Code::new("E105", "branches whose types do not fit");
/// Keys that occur twice.
pub const DUPLICATE_KEY: Code = Code::new("E106", "a key that occurs twice");

/// The value of an expression.
pub fn evaluate(expr: &Expr, scope: &Scope, objects: &dyn Objects) -> (Value, Diagnostics) {
    let mut evaluator = Evaluator {
        scope,
        objects,
        diagnostics: Diagnostics::new(),
        open: Vec::new(),
        depends: false,
        rounds: 0,
    };
    let value = evaluator.whole(expr, None);
    (
        value.unwrap_or_else(|Silent| Value::unknown_dynamic()),
        evaluator.diagnostics,
    )
}

/// The message was given; the value is of no use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silent;

/// A value, or a message that was given.
pub(super) type Evaluated = Result<Value, Silent>;

/// A variable of a `for`.
pub(super) struct Frame<'a> {
    pub name: &'a str,
    pub value: &'a Value,
    pub outer: Option<&'a Frame<'a>>,
}

pub(super) struct Evaluator<'a> {
    pub scope: &'a Scope,
    pub objects: &'a dyn Objects,
    pub diagnostics: Diagnostics,
    /// Named values that are being worked out, outermost first: what tells each apart, and its name.
    open: Vec<(usize, String)>,
    /// Whether an object was asked for since this was last set to false.
    pub(super) depends: bool,
    /// How many elements `for` went through.
    pub(super) rounds: usize,
}

impl Evaluator<'_> {
    /// A value that is kept by a name, or leaves the language.
    fn whole(&mut self, expr: &Expr, frame: Option<&Frame<'_>>) -> Evaluated {
        let value = self.value(expr, frame)?;
        match size::excess(&value, expr.span) {
            Some(said) => Err(self.fail(said)),
            None => Ok(value),
        }
    }

    pub fn fail(&mut self, diagnostic: Diagnostic) -> Silent {
        self.diagnostics.push(diagnostic);
        Silent
    }

    pub fn value(&mut self, expr: &Expr, frame: Option<&Frame<'_>>) -> Evaluated {
        match &expr.kind {
            ExprKind::Null => Ok(Value::Null),
            ExprKind::Bool(b) => Ok(Value::Bool(*b)),
            ExprKind::Number(text) => match Number::parse(text) {
                Ok(number) => Ok(Value::Number(number)),
                Err(why) => Err(self.fail(bad_literal(expr.span, text, &why.to_string()))),
            },
            ExprKind::Quantity { number, unit } => self.quantity(number, unit, expr.span),
            ExprKind::Date { year, month, day } => self.date(*year, *month, *day, expr.span),
            ExprKind::Template(template) => self.template(template, frame),
            ExprKind::Name(_) | ExprKind::Attr(..) | ExprKind::Index(..) => self.reference(expr, frame),
            ExprKind::AtSite(..) => Err(self.fail(
                Diagnostic::error(UNKNOWN_NAME, "a thing on a site has no value here")
                    .at(expr.span, "an address")
                    .help("addresses with `@` are for `-target`, `state show` and `why`"),
            )),
            ExprKind::Splat { base, rest, .. } => self.splat(base, rest, frame),
            ExprKind::Call { name, args, expand } => functions::call(self, name, args, *expand, expr.span, frame),
            ExprKind::Unary(op, inner) => {
                let value = self.value(inner, frame)?;
                self.unary(*op, &value, inner.span)
            }
            ExprKind::Binary(..) => self.chain(expr, frame),
            ExprKind::Conditional(test, yes, no) => self.conditional(test, yes, no, frame),
            ExprKind::Tuple(elements) => {
                let values: Vec<Evaluated> = elements.iter().map(|e| self.value(e, frame)).collect();
                values.into_iter().collect::<Result<Vec<_>, _>>().map(Value::tuple)
            }
            ExprKind::Object(items) => self.object(items, frame),
            ExprKind::For(what) => self.for_expr(what, expr.span, frame),
            ExprKind::Paren(inner) => self.value(inner, frame),
            ExprKind::Error => Err(Silent),
        }
    }

    /// Operators in a row, from left to right; in a loop, since a chain may be long.
    fn chain(&mut self, expr: &Expr, frame: Option<&Frame<'_>>) -> Evaluated {
        let mut links = Vec::new();
        let mut first = expr;
        while let ExprKind::Binary(op, left, right) = &first.kind {
            links.push((*op, left.span, right));
            first = left;
        }
        let start = self.value(first, frame);
        links.into_iter().rev().fold(start, |left, (op, span, right)| {
            let (a, b) = (left, self.value(right, frame));
            ops::binary(self, op, (&a?, span), (&b?, right.span))
        })
    }

    fn quantity(&mut self, number: &str, unit: &str, span: Span) -> Evaluated {
        Quantity::parse_literal(number, unit).map(Value::from).map_err(|why| {
            let diagnostic = bad_literal(span, &format!("{number}{unit}"), &why.to_string());
            let diagnostic = match why {
                QuantityError::Unit(unit) if ["mo", "mon", "month", "months"].contains(&unit.unit.as_str()) => {
                    diagnostic.help("a month has no fixed length: write days, like `30d`")
                }
                QuantityError::Unit(unit) => match unit.suggestion {
                    Some(near) => diagnostic.help(format!("did you mean `{number}{near}`?")),
                    None => diagnostic
                        .help("units are `ms s m h d`, `MB GB MiB GiB`, `Mbps Gbps`, `vcpu`, `%`, `EUR` and the like"),
                },
                _ => diagnostic,
            };
            self.fail(diagnostic)
        })
    }

    fn date(&mut self, year: u16, month: u8, day: u8, span: Span) -> Evaluated {
        Date::new(year, month, day).map(Value::Date).ok_or_else(|| {
            let text = format!("{year:04}-{month:02}-{day:02}");
            self.fail(bad_literal(span, &text, "the calendar has no such day"))
        })
    }

    fn unary(&mut self, op: UnaryOp, value: &Value, span: Span) -> Evaluated {
        let (ty, name) = match op {
            UnaryOp::Neg => (Type::Number, "-"),
            UnaryOp::Not => (Type::Bool, "!"),
        };
        if let (UnaryOp::Neg, Value::Quantity(q)) = (op, value.unmarked()) {
            let minus = q.scale(&Number::from(-1_i64)).map(Value::from);
            return minus
                .map(|v| v.mark_like(value))
                .map_err(|e| self.fail(bad_literal(span, &q.to_string(), &e.to_string())));
        }
        let operand = self.operand(value, &ty, name, span)?;
        Ok(match operand.unmarked() {
            Value::Number(n) => Value::Number(n.neg()),
            Value::Bool(b) => Value::Bool(!b),
            other => other.clone(),
        }
        .mark_like(value))
    }

    /// An operand as a type that an operator takes.
    pub fn operand(&mut self, value: &Value, ty: &Type, operator: &str, span: Span) -> Evaluated {
        if value.is_null() {
            return Err(self.fail(
                Diagnostic::error(WRONG_TYPE, format!("`{operator}` does not take null"))
                    .at(span, "this is null")
                    .help("give it a value, or use `coalesce`"),
            ));
        }
        convert(value, ty).map_err(|why| {
            let said =
                Diagnostic::error(WRONG_TYPE, format!("`{operator}` takes {}", ty.friendly())).at(span, why.message);
            self.fail(said)
        })
    }

    fn conditional(&mut self, test: &Expr, yes: &Expr, no: &Expr, frame: Option<&Frame<'_>>) -> Evaluated {
        let condition = self.value(test, frame)?;
        let condition = self.operand(&condition, &Type::Bool, "? :", test.span)?;
        let known = condition.as_bool();
        // Only the branch that is taken may fail; the other one gives its type where it can.
        let mark = self.diagnostics.len();
        let (a, b) = (self.value(yes, frame), self.value(no, frame));
        let (taken, other) = match known {
            Some(true) => (a, b),
            Some(false) => (b, a),
            None => {
                let ty = self.common(&a?, &b?, yes.span.to(no.span))?;
                return Ok(Value::unknown(ty).mark_like(&condition));
            }
        };
        let taken = taken?;
        let Ok(other) = other else {
            self.diagnostics = std::mem::take(&mut self.diagnostics).into_iter().take(mark).collect();
            return Ok(taken.mark_like(&condition));
        };
        let ty = self.common(&taken, &other, yes.span.to(no.span))?;
        let converted = convert(&taken, &ty).unwrap_or(taken);
        Ok(converted.mark_like(&condition))
    }

    fn common(&mut self, a: &Value, b: &Value, span: Span) -> Result<Type, Silent> {
        unify([a.type_of(), b.type_of()]).ok_or_else(|| {
            let said = Diagnostic::error(
                BRANCHES,
                "the two branches of `? :` have types that do not fit together",
            )
            .at(span, format!("one is {}, the other {}", a.friendly(), b.friendly()))
            .help("convert one of them, for example with `tostring` or `tolist`");
            self.fail(said)
        })
    }

    fn object(&mut self, items: &[ObjectItem], frame: Option<&Frame<'_>>) -> Evaluated {
        let mut map: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut failed = false;
        let mut unknown = false;
        for item in items {
            let key = match &item.key {
                ObjectKey::Name(name) => Ok(Some(name.name.clone())),
                ObjectKey::Expr(key) => self.key(key, frame),
            };
            match (key, self.value(&item.value, frame)) {
                (Ok(Some(key)), Ok(value)) => {
                    map.insert(key, value);
                }
                (Ok(None), _) => unknown = true,
                _ => failed = true,
            }
        }
        if failed {
            Err(Silent)
        } else if unknown {
            Ok(Value::unknown_dynamic())
        } else {
            Ok(Value::Object(Arc::new(map)))
        }
    }

    /// The text of a key; nothing where it is not known yet.
    pub(super) fn key(&mut self, expr: &Expr, frame: Option<&Frame<'_>>) -> Result<Option<Arc<str>>, Silent> {
        let value = self.value(expr, frame)?;
        let text = self.operand(&value, &Type::String, "a key", expr.span)?;
        Ok(text.as_str().map(Arc::from))
    }

    // ---- references ----

    fn reference(&mut self, expr: &Expr, frame: Option<&Frame<'_>>) -> Evaluated {
        if let Some(path) = expr.as_path()
            && let Some((root, rest)) = path.split_first()
        {
            return self.path(root, rest, frame);
        }
        match &expr.kind {
            ExprKind::Attr(base, name) => {
                let value = self.value(base, frame)?;
                self.attribute(&value, name)
            }
            ExprKind::Index(base, key) => {
                if let Some(instance) = self.instance(base, key, frame) {
                    return instance;
                }
                if let Some(instance) = self.module_instance(base, key, frame) {
                    return instance;
                }
                let value = self.value(base, frame)?;
                let at = self.value(key, frame)?;
                self.index(&value, &at, key.span)
            }
            _ => Err(Silent),
        }
    }

    /// `root.a.b`: a variable of a `for`, a bound value, a local, or an object.
    fn path(&mut self, root: &Ident, rest: &[&Ident], frame: Option<&Frame<'_>>) -> Evaluated {
        let mut at = frame;
        while let Some(bound) = at {
            if bound.name == &*root.name {
                return self.walk(bound.value, rest);
            }
            at = bound.outer;
        }
        if let Some((name, rest)) = rest.split_first() {
            let named = match &*root.name {
                "local" => Some(self.local(name)?),
                "var" => self.input(name)?,
                "module" => return self.module(name, rest),
                _ => None,
            };
            if let Some(value) = named {
                return self.walk(&value, rest);
            }
        }
        if let Some((addr, rest)) = self.block(root, rest) {
            self.depends = true;
            let value = self.objects.block(&addr).unwrap_or_else(Value::unknown_dynamic);
            return self.walk(&value.marked(marks_of(&addr)), rest);
        }
        match self.scope.get(&root.name) {
            Some(value) => self.walk(value, rest),
            None => Err(self.unknown(root, rest)),
        }
    }

    fn unknown(&mut self, root: &Ident, rest: &[&Ident]) -> Silent {
        let declared = self.scope.declarations();
        let of_type: Vec<Arc<str>> = declared
            .map(|m| m.resources.names(Mode::Managed, &root.name).cloned().collect())
            .unwrap_or_default();
        if let (Some(second), false) = (rest.first(), of_type.is_empty()) {
            let near = did_you_mean(&second.name, of_type.iter().map(AsRef::as_ref));
            let title = format!("no resource `{}.{}` is declared", root.name, second.name);
            return self.fail(
                Diagnostic::error(UNKNOWN_NAME, title)
                    .at(second.span, "not declared")
                    .help(near.unwrap_or_else(|| format!("declared are {}", list(&of_type)))),
            );
        }
        let names = self.scope.names();
        if names.contains(&root.name) {
            let title = format!("`{}` alone means nothing", root.name);
            let help = format!("name what is meant of it: `{}.NAME`", root.name);
            let said = Diagnostic::error(UNKNOWN_NAME, title).at(root.span, "stands alone");
            return self.fail(said.help(help));
        }
        let near = did_you_mean(&root.name, names.iter().map(AsRef::as_ref));
        let help = near.unwrap_or_else(|| format!("write it in quotes if it is a text: \"{}\"", root.name));
        self.fail(
            Diagnostic::error(UNKNOWN_NAME, format!("`{}` means nothing here", root.name))
                .at(root.span, "not declared")
                .help(help),
        )
    }

    /// The block that a path names, and what of the path is left.
    fn block<'p>(&self, root: &Ident, rest: &'p [&'p Ident]) -> Option<(Addr, &'p [&'p Ident])> {
        let (mode, type_name, rest) = match (&*root.name, rest.split_first()) {
            (word, Some((ty, rest))) if Mode::of_reference(word).is_some() => {
                (Mode::of_reference(word)?, ty.name.clone(), rest)
            }
            _ => (Mode::Managed, root.name.clone(), rest),
        };
        let (name, rest) = rest.split_first()?;
        let known = self.scope.declares(mode, &type_name, &name.name);
        known.then(|| (self.address(mode, &type_name, &name.name, None), rest))
    }

    fn address(&self, mode: Mode, type_name: &str, name: &str, key: Option<Key>) -> Addr {
        let resource = Resource {
            mode,
            type_name: type_name.into(),
            name: name.into(),
            key,
        };
        let prefix = self.scope.declarations().map(|m| m.prefix.clone()).unwrap_or_default();
        Addr::new(crate::base::addr::Parts {
            resource: Some(resource),
            ..prefix
        })
    }

    /// `type.name[key]`: one instance, without putting the whole block together.
    fn instance(&mut self, base: &Expr, key: &Expr, frame: Option<&Frame<'_>>) -> Option<Evaluated> {
        let path = base.as_path()?;
        let (root, rest) = path.split_first()?;
        let (block, rest) = self.block(root, rest)?;
        if !rest.is_empty() {
            return None;
        }
        let at = match self.value(key, frame) {
            Ok(at) => at,
            Err(silent) => return Some(Err(silent)),
        };
        let key = match at.unmarked() {
            Value::Number(n) => Key::Index(n.to_u64()?),
            Value::String(s) => Key::Name(s.clone()),
            _ => return None,
        };
        let resource = block.parts().resource.as_ref()?;
        let addr = self.address(resource.mode, &resource.type_name, &resource.name, Some(key));
        self.depends = true;
        self.objects
            .instance(&addr)
            .map(|value| Ok(value.marked(marks_of(&addr))))
    }

    fn local(&mut self, name: &Ident) -> Evaluated {
        let Some((local, scope)) = self.scope.local(&name.name) else {
            let locals = self.scope.declarations().into_iter().flat_map(|m| m.locals.keys());
            let declared: Vec<_> = locals.cloned().collect();
            return Err(self.not_declared("local", name, &declared));
        };
        self.named(local, scope, None, || format!("local.{}", name.name), &Ok)
    }

    pub(super) fn not_declared(&mut self, kind: &str, name: &Ident, declared: &[Arc<str>]) -> Silent {
        self.unknown_name(format!("no {kind} `{}` is declared", name.name), name, declared)
    }

    pub(super) fn unknown_name(&mut self, title: String, name: &Ident, declared: &[Arc<str>]) -> Silent {
        let near = did_you_mean(&name.name, declared.iter().map(AsRef::as_ref));
        let said = Diagnostic::error(UNKNOWN_NAME, title)
            .at(name.span, "not declared")
            .help(near.unwrap_or_else(|| format!("declared are {}", list(declared))));
        self.fail(said)
    }

    /// A value with a name: what is known for good is kept with it, what depends on objects with these, both as `finish` leaves it. A mistake in it is told by
    /// whoever asks first; everybody else gets a value that stays silent.
    pub(super) fn named(
        &mut self,
        local: &Local,
        scope: &Scope,
        frame: Option<&Frame<'_>>,
        name: impl FnOnce() -> String,
        finish: &dyn Fn(Value) -> Result<Value, Box<Diagnostic>>,
    ) -> Evaluated {
        if let Some(value) = local.value.get() {
            return Ok(value.clone());
        }
        if let Some(value) = self.objects.remembered(local.id()) {
            self.depends = true;
            return Ok(value);
        }
        if self.open.iter().any(|(id, _)| *id == local.id()) {
            return Err(self.circle(local));
        }
        let mut inner = Evaluator {
            scope,
            objects: self.objects,
            diagnostics: Diagnostics::new(),
            open: std::mem::take(&mut self.open),
            depends: false,
            rounds: 0,
        };
        inner.open.push((local.id(), name()));
        let value = inner.whole(&local.expr, frame);
        inner.open.pop();
        self.open = inner.open;
        self.diagnostics.append(inner.diagnostics);
        self.depends |= inner.depends;
        let value = value.and_then(|value| finish(value).map_err(|said| self.fail(*said)));
        let value = value.unwrap_or_else(|Silent| Value::unknown_dynamic());
        match inner.depends {
            true => self.objects.remember(local.id(), &value),
            false => drop(local.value.set(value.clone())),
        }
        Ok(value)
    }

    fn circle(&mut self, local: &Local) -> Silent {
        let start = self.open.iter().position(|(id, _)| *id == local.id()).unwrap_or(0);
        let members = self.open.iter().skip(start);
        let path: Vec<String> = members
            .clone()
            .chain(members.take(1))
            .map(|(_, n)| format!("`{n}`"))
            .collect();
        let said = Diagnostic::error(LOCAL_CIRCLE, "values with names need each other")
            .at(local.expr.span, "needed to work out itself")
            .note(format!("path     {}", path.join(" → ")))
            .help("take one of these references out");
        self.fail(said)
    }

    pub(super) fn walk(&mut self, value: &Value, rest: &[&Ident]) -> Evaluated {
        let mut at = value;
        for (i, name) in rest.iter().enumerate() {
            if matches!(at, Value::Marked(..) | Value::Unknown(_) | Value::Null) {
                return rest
                    .get(i..)
                    .unwrap_or_default()
                    .iter()
                    .try_fold(at.clone(), |v, name| self.attribute(&v, name));
            }
            match at.get(&name.name) {
                Some(inner) => at = inner,
                None => return self.attribute(at, name),
            }
        }
        Ok(at.clone())
    }

    pub fn attribute(&mut self, value: &Value, name: &Ident) -> Evaluated {
        match value.unmarked() {
            Value::Unknown(unknown) => self.unknown_attribute(&unknown.ty, name).map(|v| v.mark_like(value)),
            Value::Object(map) | Value::Map(map) => match map.get(&name.name) {
                Some(inner) => Ok(inner.clone().mark_like(value)),
                None => {
                    let near = did_you_mean(&name.name, map.keys().map(AsRef::as_ref));
                    let names: Vec<Arc<str>> = map.keys().cloned().collect();
                    let help = near.unwrap_or_else(|| format!("there are {}", list(&names)));
                    Err(self.fail(
                        Diagnostic::error(NO_ATTRIBUTE, format!("there is no attribute `{}`", name.name))
                            .at(name.span, "not there")
                            .help(help),
                    ))
                }
            },
            other => {
                let (what, many) = (other.friendly(), other.elements().is_some());
                let said = Diagnostic::error(NO_ATTRIBUTE, format!("{what} has no attribute `{}`", name.name))
                    .at(name.span, "not there");
                Err(self.fail(if many {
                    said.help("take one element, `[0]`, or all of them, `[*]`")
                } else {
                    said
                }))
            }
        }
    }

    fn unknown_attribute(&mut self, ty: &Type, name: &Ident) -> Evaluated {
        match ty {
            Type::Object(object) => match object.attributes.get(&name.name) {
                Some(ty) => Ok(Value::unknown(ty.clone())),
                None => {
                    let near = did_you_mean(&name.name, object.attributes.keys().map(AsRef::as_ref));
                    let said = Diagnostic::error(NO_ATTRIBUTE, format!("there is no attribute `{}`", name.name));
                    Err(self.fail(said.at(name.span, "not there").help_some(near)))
                }
            },
            Type::Map(ty) => Ok(Value::unknown((**ty).clone())),
            _ => Ok(Value::unknown_dynamic()),
        }
    }

    pub fn index(&mut self, value: &Value, key: &Value, span: Span) -> Evaluated {
        let marked = |v: Value| v.mark_like(value).mark_like(key);
        if !key.is_known() {
            return Ok(marked(Value::unknown_dynamic()));
        }
        match value.unmarked() {
            Value::Unknown(unknown) => Ok(marked(Value::unknown(match &unknown.ty {
                Type::List(ty) | Type::Map(ty) => (**ty).clone(),
                _ => Type::Dynamic,
            }))),
            Value::List(elements) | Value::Tuple(elements) => {
                let number = self.operand(key, &Type::Number, "[…]", span)?;
                let at = number.as_number().and_then(Number::to_usize);
                match at.and_then(|at| elements.get(at)) {
                    Some(element) => Ok(marked(element.clone())),
                    None => Err(self.fail(
                        Diagnostic::error(
                            NO_ATTRIBUTE,
                            format!("there is no element {}", number.as_number().unwrap_or(&Number::ZERO)),
                        )
                        .at(span, format!("there are {}, counted from 0", elements.len())),
                    )),
                }
            }
            Value::Map(map) | Value::Object(map) => {
                let text = self.operand(key, &Type::String, "[…]", span)?;
                let name = text.as_str().unwrap_or("");
                match map.get(name) {
                    Some(inner) => Ok(marked(inner.clone())),
                    None => {
                        let near = did_you_mean(name, map.keys().map(AsRef::as_ref));
                        Err(self.fail(
                            Diagnostic::error(NO_ATTRIBUTE, format!("there is no key {name:?}"))
                                .at(span, "not there")
                                .help_some(near),
                        ))
                    }
                }
            }
            other => {
                let said = Diagnostic::error(
                    WRONG_TYPE,
                    format!("{} has no elements to take with `[…]`", other.friendly()),
                );
                let set = matches!(other, Value::Set(_));
                let said = said.at(span, "taken here");
                Err(self.fail(if set {
                    said.help("a set has no order: convert it with `tolist`")
                } else {
                    said
                }))
            }
        }
    }
}

/// Whether two values are equal, as a value.
pub(super) fn equality(tri: Tri) -> Value {
    match tri {
        Tri::True => Value::Bool(true),
        Tri::False => Value::Bool(false),
        Tri::Unknown => Value::unknown(Type::Bool),
    }
}

fn bad_literal(span: Span, text: &str, why: &str) -> Diagnostic {
    Diagnostic::error(BAD_LITERAL, format!("`{text}` cannot be used: {why}")).at(span, "here")
}

pub(super) fn list(names: &[Arc<str>]) -> String {
    let shown: Vec<String> = names.iter().take(8).map(|n| format!("`{n}`")).collect();
    match shown.as_slice() {
        [] => "none".to_owned(),
        _ if names.len() > shown.len() => format!("{} and {} more", shown.join(", "), names.len() - shown.len()),
        _ => shown.join(", "),
    }
}

/// What everything that a block holds is marked as.
fn marks_of(block: &Addr) -> Marks {
    match block.parts().resource.as_ref().map(|r| r.mode) {
        Some(Mode::Ephemeral) => Marks::EPHEMERAL,
        _ => Marks::default(),
    }
}
