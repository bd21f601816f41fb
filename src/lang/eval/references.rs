//! What an expression or a body refers to, without evaluating it: the edges of the graph.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::addr::{Addr, Key, Mode, Parts, Resource};
use crate::lang::syntax::ast::{
    Body, Expr, ExprKind, ForResult, Item, ObjectKey, Operand, Phrase, SplatStep, TemplatePart,
};

use super::scope::Scope;

/// The resources that a body needs, locals, variables and outputs of modules followed; sorted.
pub fn of_body(body: &Body, scope: &Arc<Scope>) -> BTreeSet<Addr> {
    let mut found = Found::new(scope);
    found.body(body);
    found.finish()
}

/// The resources that an expression needs, locals, variables and outputs of modules followed; sorted.
pub fn of_expr(expr: &Expr, scope: &Arc<Scope>) -> BTreeSet<Addr> {
    let mut found = Found::new(scope);
    found.expr(expr);
    found.finish()
}

/// What an entry of `depends_on` names: resources, or a module with all that is in it.
pub fn of_dependency(expr: &Expr, scope: &Arc<Scope>) -> BTreeSet<Addr> {
    let base = match &expr.kind {
        ExprKind::Index(base, _) => base,
        _ => expr,
    };
    match called(base).and_then(|name| scope.call(name)) {
        Some(call) => BTreeSet::from([call.addr()]),
        None => of_expr(expr, scope),
    }
}

/// The name of the module that is called, of `module.NAME`.
fn called(expr: &Expr) -> Option<&Arc<str>> {
    match &expr.kind {
        ExprKind::Attr(base, name) => base
            .as_name()
            .filter(|root| &*root.name == "module")
            .map(|_| &name.name),
        _ => None,
    }
}

struct Found {
    scope: Arc<Scope>,
    addrs: BTreeSet<Addr>,
    /// Named values that were met, by what tells them apart.
    met: BTreeSet<usize>,
    /// Those of them that are still to be gone through, each with the scope that it is worked out in: a chain may be long.
    open: Vec<(Arc<Expr>, Arc<Scope>)>,
}

impl Found {
    fn new(scope: &Arc<Scope>) -> Self {
        Self {
            scope: scope.clone(),
            addrs: BTreeSet::new(),
            met: BTreeSet::new(),
            open: Vec::new(),
        }
    }

    fn finish(mut self) -> BTreeSet<Addr> {
        while let Some((expr, scope)) = self.open.pop() {
            self.scope = scope;
            self.expr(&expr);
        }
        self.addrs
    }

    fn body(&mut self, body: &Body) {
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => self.expr(&attribute.value),
                Item::Statement(statement) => {
                    self.operands(&statement.operands);
                    if let Some(body) = &statement.body {
                        self.body(body);
                    }
                }
                Item::Error(_) => {}
            }
        }
    }

    fn operands(&mut self, operands: &[Operand]) {
        for operand in operands {
            match operand {
                Operand::Expr(expr) => self.expr(expr),
                Operand::Phrase(Phrase { args, .. }) => args.iter().for_each(|arg| self.operands(arg)),
                Operand::Link(_) | Operand::Op(..) => {}
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Attr(base, name) => {
                if !self.is_resource(expr) {
                    self.attribute(base, &name.name);
                }
            }
            ExprKind::Index(base, key) => {
                self.expr(key);
                if !self.is_resource(expr) {
                    self.expr(base);
                }
            }
            _ => inner(expr, &mut |e| self.expr(e)),
        }
    }

    /// Notes a resource, where an expression is nothing else.
    fn is_resource(&mut self, expr: &Expr) -> bool {
        let found = self.resource(expr);
        found.map(|addr| self.addrs.insert(addr)).is_some()
    }

    fn attribute(&mut self, base: &Arc<Expr>, name: &Arc<str>) {
        match base.as_name().map(|root| &*root.name) {
            Some("local") => return self.local(name),
            Some("var") if self.scope.inputs().is_some() => return self.input(name),
            Some("module") => return self.outlets(name, None),
            _ => {}
        }
        let (call, key) = match &base.kind {
            ExprKind::Index(call, key) => (call, Some(key)),
            _ => (base, None),
        };
        if let Some(module) = called(call) {
            key.into_iter().for_each(|key| self.expr(key));
            return self.outlets(module, Some(name));
        }
        self.expr(base);
    }

    fn local(&mut self, name: &Arc<str>) {
        let home = self.scope.home_of_local(name);
        let scope = home.unwrap_or_else(|| self.scope.clone());
        if let Some((local, _)) = scope.local(name)
            && self.met.insert(local.id())
        {
            self.open.push((local.expr.clone(), scope.clone()));
        }
    }

    fn input(&mut self, name: &Arc<str>) {
        let scope = self.scope.clone();
        if let Some(input) = scope.inputs().and_then(|all| all.get(name))
            && let (Some(given), Some(caller)) = (&input.given, input.caller.upgrade())
            && self.met.insert(given.id())
        {
            self.open.push((given.expr.clone(), caller));
        }
    }

    /// What a module gives: one output, or all of them.
    fn outlets(&mut self, module: &Arc<str>, name: Option<&Arc<str>>) {
        let scope = self.scope.clone();
        let Some(call) = scope.call(module) else { return };
        let inside = call.still();
        let outlets = inside.declarations().into_iter().flat_map(|m| &m.outlets);
        for (_, outlet) in outlets.filter(|(n, _)| name.is_none_or(|name| *n == name)) {
            if self.met.insert(outlet.local.id()) {
                self.open.push((outlet.local.expr.clone(), inside.clone()));
            }
        }
    }

    /// `type.name`, `data.type.name`, or one of these with a key that is written out.
    fn resource(&self, expr: &Expr) -> Option<Addr> {
        if let ExprKind::Index(base, key) = &expr.kind {
            let block = self.resource(base)?;
            let key = match &key.kind {
                ExprKind::Number(digits) => Key::Index(digits.parse().ok()?),
                _ => Key::Name(key.as_text()?.into()),
            };
            let mut parts = block.parts().clone();
            let resource = parts.resource.as_mut().filter(|r| r.key.is_none())?;
            resource.key = Some(key);
            return Some(Addr::new(parts));
        }
        let path = expr.as_path()?;
        let (mode, type_name, name) = match path.as_slice() {
            [word, ty, name] => (Mode::of_reference(&word.name)?, &ty.name, &name.name),
            [ty, name] => (Mode::Managed, &ty.name, &name.name),
            _ => return None,
        };
        if !self.scope.declares(mode, type_name, name) {
            return None;
        }
        let resource = Resource {
            mode,
            type_name: type_name.clone(),
            name: name.clone(),
            key: None,
        };
        let prefix = self.scope.declarations().map(|m| m.prefix.clone()).unwrap_or_default();
        Some(Addr::new(Parts {
            resource: Some(resource),
            ..prefix
        }))
    }
}

/// Every expression directly inside another; of operators in a row, every operand.
pub fn inner(expr: &Expr, f: &mut dyn FnMut(&Expr)) {
    match &expr.kind {
        ExprKind::Template(template) => template.parts.iter().for_each(|part| inner_part(part, f)),
        ExprKind::Attr(base, _) | ExprKind::AtSite(base, _) | ExprKind::Unary(_, base) | ExprKind::Paren(base) => {
            f(base);
        }
        ExprKind::Index(base, key) => [base, key].into_iter().for_each(|e| f(e)),
        ExprKind::Splat { base, rest, .. } => {
            f(base);
            for step in rest {
                if let SplatStep::Index(key) = step {
                    f(key);
                }
            }
        }
        ExprKind::Call { args, .. } => args.iter().for_each(|e| f(e)),
        ExprKind::Binary(..) => operands(expr, f),
        ExprKind::Conditional(a, b, c) => [a, b, c].into_iter().for_each(|e| f(e)),
        ExprKind::Tuple(elements) => elements.iter().for_each(|e| f(e)),
        ExprKind::Object(items) => {
            for item in items {
                if let ObjectKey::Expr(key) = &item.key {
                    f(key);
                }
                f(&item.value);
            }
        }
        ExprKind::For(what) => {
            f(&what.collection);
            match &what.result {
                ForResult::Tuple(value) => f(value),
                ForResult::Object { key, value, .. } => [key, value].into_iter().for_each(|e| f(e)),
            }
            if let Some(condition) = &what.condition {
                f(condition);
            }
        }
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::Quantity { .. }
        | ExprKind::Date { .. }
        | ExprKind::Name(_)
        | ExprKind::Error => {}
    }
}

/// The operands of operators in a row, in a loop, since a chain may be long.
fn operands(expr: &Expr, f: &mut dyn FnMut(&Expr)) {
    let mut at = expr;
    while let ExprKind::Binary(_, left, right) = &at.kind {
        f(right);
        at = left;
    }
    f(at);
}

fn inner_part(part: &TemplatePart, f: &mut dyn FnMut(&Expr)) {
    match part {
        TemplatePart::Text(..) => {}
        TemplatePart::Interpolation(expr) => f(expr),
        TemplatePart::If {
            condition,
            then,
            otherwise,
        } => {
            f(condition);
            then.iter().chain(otherwise).for_each(|p| inner_part(p, f));
        }
        TemplatePart::For { collection, body, .. } => {
            f(collection);
            body.iter().for_each(|p| inner_part(p, f));
        }
    }
}
