//! Locals: which need which, so that each is worked out after what it needs (never deeper than one), and those that need each other
//! are told once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_value::Value;

use crate::base::addr::Mode;
use crate::base::span::Span;
use crate::base::{Diagnostic, Diagnostics};
use crate::lang::eval::expr::LOCAL_CIRCLE;
use crate::lang::eval::instance::NoObjects;
use crate::lang::eval::shape::Name;
use crate::lang::eval::{Scope, evaluate, functions, module, references};
use crate::lang::syntax::ast::{Expr, ExprKind, Ident};

/// The names in an order in which each comes after those that it needs; circles are told and left out.
pub fn order(locals: &BTreeMap<Name, Arc<Expr>>) -> (Vec<Name>, Diagnostics) {
    let needs: BTreeMap<&Name, Vec<(Name, Span)>> = locals.iter().map(|(n, e)| (n, needed(e, locals))).collect();
    let mut walk = Walk {
        needs: &needs,
        done: BTreeSet::new(),
        broken: BTreeSet::new(),
        order: Vec::new(),
        said: Diagnostics::new(),
    };
    for name in locals.keys() {
        walk.from(name);
    }
    let order = walk.order.into_iter().filter(|n| !walk.broken.contains(n)).collect();
    (order, walk.said)
}

/// How long a chain of locals may be whose values are known only after apply: each is worked out again where it is used.
const LONGEST: usize = 200;

/// Works every one of these out, so that what they hold is known for good and mistakes in them are told once.
pub fn settle(order: &[Name], scope: &Scope) -> Diagnostics {
    let mut said = Diagnostics::new();
    let mut later: BTreeMap<Name, usize> = BTreeMap::new();
    forget_circles(order, scope);
    for name in order {
        let Some((local, _)) = scope.local(name) else { continue };
        let depth = chain(&local.expr, scope, &later);
        if depth > LONGEST {
            said.push(too_long(&local.expr));
            let _ = local.value.set(Value::unknown_dynamic());
            continue;
        }
        let (value, own) = evaluate(&local.expr, scope, &NoObjects);
        if depth == 0 || own.has_errors() {
            let _ = local.value.set(value);
        } else {
            later.insert(name.clone(), depth);
        }
        said.append(own);
    }
    said
}

/// Locals that need each other have been told of: what uses them stays silent.
fn forget_circles(order: &[Name], scope: &Scope) {
    let ordered: BTreeSet<&Name> = order.iter().collect();
    let locals = scope.declarations().into_iter().flat_map(|m| &m.locals);
    for (_, local) in locals.filter(|(name, _)| !ordered.contains(*name)) {
        let _ = local.value.set(Value::unknown_dynamic());
    }
}

/// Works out everything that has a name in the modules that are called, as it is in all instances of each, so that mistakes are told
/// once, and before anything is planned.
pub fn settle_called(root: &Scope) -> Diagnostics {
    let mut said = Diagnostics::new();
    for (blueprint, scope) in module::still(root) {
        let inputs = scope.inputs().into_iter().flatten();
        let given = inputs.filter_map(|(name, input)| Some((name, input.given.as_ref()?.expr.span)));
        said.extend(given.flat_map(|(name, span)| evaluate(&variable(name, span), &scope, &NoObjects).1));
        said.append(settle(&blueprint.order, &scope));
        let outlets = blueprint.outlets.values();
        said.extend(outlets.flat_map(|(expr, _)| evaluate(expr, &scope, &NoObjects).1));
        let parameters = blueprint.parameters.values();
        said.extend(parameters.flat_map(|p| p.validate(&scope, &NoObjects)));
    }
    said
}

/// `var.NAME`
fn variable(name: &Name, span: Span) -> Expr {
    let ident = |name: &str| Ident {
        name: name.into(),
        span,
    };
    let root = Expr {
        kind: ExprKind::Name(ident("var")),
        span,
    };
    let kind = ExprKind::Attr(Arc::new(root), ident(name));
    Expr { kind, span }
}

fn too_long(expr: &Expr) -> Diagnostic {
    Diagnostic::error(
        LOCAL_CIRCLE,
        "locals that are known only after apply need each other in too long a chain",
    )
    .at(expr.span, format!("more than {LONGEST} need each other"))
    .help("refer to the resource itself")
}

/// How long the chain of locals behind an expression is until one speaks of a resource, or of what differs from call to call; 0 where none does.
fn chain(expr: &Expr, scope: &Scope, later: &BTreeMap<Name, usize>) -> usize {
    let path = expr.as_path().unwrap_or_default();
    match path.as_slice() {
        [local, name, ..] if &*local.name == "local" => return later.get(&name.name).map_or(0, |d| d + 1),
        [module, _, ..] if &*module.name == "module" => return 1,
        [var, _, ..] if &*var.name == "var" && scope.inputs().is_some() => return 1,
        [word, ty, name, ..]
            if Mode::of_reference(&word.name).is_some_and(|mode| scope.declares(mode, &ty.name, &name.name)) =>
        {
            return 1;
        }
        [ty, name, ..] if scope.declares(Mode::Managed, &ty.name, &name.name) => return 1,
        _ => {}
    }
    let differs = matches!(&expr.kind, ExprKind::Call { name, .. } if functions::differs(&name.name));
    let mut longest = usize::from(differs);
    references::inner(expr, &mut |e| longest = longest.max(chain(e, scope, later)));
    longest
}

fn needed(expr: &Expr, locals: &BTreeMap<Name, Arc<Expr>>) -> Vec<(Name, Span)> {
    let mut found = Vec::new();
    collect(expr, locals, &mut found);
    found
}

fn collect(expr: &Expr, locals: &BTreeMap<Name, Arc<Expr>>, found: &mut Vec<(Name, Span)>) {
    if let ExprKind::Attr(base, name) = &expr.kind
        && base.as_name().is_some_and(|root| &*root.name == "local")
        && locals.contains_key(&name.name)
    {
        found.push((name.name.clone(), expr.span));
    }
    references::inner(expr, &mut |e| collect(e, locals, found));
}

struct Walk<'a> {
    needs: &'a BTreeMap<&'a Name, Vec<(Name, Span)>>,
    done: BTreeSet<Name>,
    broken: BTreeSet<Name>,
    order: Vec<Name>,
    said: Diagnostics,
}

impl Walk<'_> {
    /// Depth first with a stack of its own: a chain of locals may be long.
    fn from(&mut self, start: &Name) {
        let mut path: Vec<(Name, usize)> = vec![(start.clone(), 0)];
        let mut open: BTreeSet<Name> = BTreeSet::from([start.clone()]);
        if self.done.contains(start) {
            return;
        }
        while let Some((name, at)) = path.last_mut() {
            let needs = self.needs;
            match needs.get(name).and_then(|n| n.get(*at)) {
                None => {
                    let name = name.clone();
                    path.pop();
                    open.remove(&name);
                    self.done.insert(name.clone());
                    self.order.push(name);
                }
                Some((next, span)) => {
                    *at += 1;
                    if open.contains(next) {
                        self.circle(&path, next, *span);
                    } else if !self.done.contains(next) {
                        open.insert(next.clone());
                        path.push((next.clone(), 0));
                    }
                }
            }
        }
    }

    fn circle(&mut self, path: &[(Name, usize)], back_to: &Name, span: Span) {
        let members = path.iter().map(|(n, _)| n).skip_while(|n| *n != back_to);
        let members: Vec<Name> = members.cloned().collect();
        let shown: Vec<String> = members
            .iter()
            .chain([back_to])
            .map(|n| format!("`local.{n}`"))
            .collect();
        self.said.push(
            Diagnostic::error(LOCAL_CIRCLE, "locals need each other")
                .at(span, "needed to work out itself")
                .note(format!("path     {}", shown.join(" → ")))
                .help("take one of these references out"),
        );
        self.broken.extend(members);
    }
}
