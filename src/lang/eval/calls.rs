//! What expressions see of modules: `var.NAME` inside one, `module.NAME` outside.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_value::Value;

use crate::base::addr::Key;
use crate::base::{Code, Diagnostic};
use crate::lang::syntax::ast::{Expr, Ident};

use super::body::KEPT;
use super::expr::{Evaluated, Evaluator, Frame, NO_ATTRIBUTE, Silent};
use super::module::{Call, Input, Instances, Outlet};
use super::scope::Scope;

/// A value that a module's variable does not take.
pub const BAD_ARGUMENT: Code = Code::new("E133", "a value that a module's variable does not take");

type Known = Arc<[(Option<Key>, Arc<Scope>)]>;

impl Evaluator<'_> {
    /// `var.NAME` in a module that is called; nothing where variables are plain values.
    pub(super) fn input(&mut self, name: &Ident) -> Result<Option<Value>, Silent> {
        let scope = self.scope;
        let Some(inputs) = scope.inputs() else {
            return Ok(None);
        };
        match inputs.get(&name.name) {
            Some(input) => self.given(input, name).map(Some),
            None => Err(self.not_declared("variable", name, &inputs.keys().cloned().collect::<Vec<_>>())),
        }
    }

    fn given(&mut self, input: &Input, name: &Ident) -> Evaluated {
        let Some(given) = &input.given else {
            return Ok(input.parameter.default().unwrap_or_else(Value::unknown_dynamic));
        };
        let Some(caller) = input.caller.upgrade() else {
            return Ok(Value::unknown_dynamic());
        };
        let frame = input.each.as_ref().map(|(name, value)| Frame {
            name,
            value,
            outer: None,
        });
        let accept = |value: Value| {
            let title = || format!("the module's variable `{}` does not take this value", name.name);
            let wrong = |why| Box::new(Diagnostic::error(BAD_ARGUMENT, title()).at(given.expr.span, why));
            input.parameter.accept(&value).map_err(wrong)
        };
        let title = || format!("var.{}", name.name);
        self.named(given, &caller, frame.as_ref(), title, &accept)
    }

    /// `module.NAME` and what follows.
    pub(super) fn module(&mut self, name: &Ident, rest: &[&Ident]) -> Evaluated {
        let scope = self.scope;
        let Some(call) = scope.call(&name.name) else {
            // What is wrong with it was told where it is called.
            if scope.declarations().is_some_and(|m| m.broken.contains(&name.name)) {
                return Ok(Value::unknown_dynamic());
            }
            let declared: Vec<_> = scope.calls().map(|c| c.block.name.clone()).collect();
            return Err(self.not_declared("module", name, &declared));
        };
        let instances = match self.instances_of(call)? {
            Instances::Known(instances) => instances,
            _ => return Ok(Value::unknown_dynamic()),
        };
        if let ([(None, inside)], Some((output, rest))) = (&*instances, rest.split_first()) {
            let value = self.outlet(inside, call, output)?;
            return self.walk(&value, rest);
        }
        let all = self.all(&instances, call)?;
        self.walk(&all, rest)
    }

    fn instances_of(&mut self, call: &Call) -> Result<Instances, Silent> {
        self.depends |= call.repeats();
        let (instances, said) = call.instances(self.objects);
        self.diagnostics.append(said);
        match instances {
            Instances::Broken => Err(Silent),
            found => Ok(found),
        }
    }

    /// All instances as a value: the outputs themselves, a tuple of them (`count`), or an object (`for_each`).
    fn all(&mut self, instances: &Known, call: &Call) -> Evaluated {
        let mut named: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut counted = Vec::new();
        for (key, inside) in instances.iter() {
            let value = self.outlets(inside, call)?;
            match key {
                None => return Ok(value),
                Some(Key::Name(name)) => drop(named.insert(name.clone(), value)),
                Some(Key::Index(_)) => counted.push(value),
            }
        }
        let is_counted = super::expand::attribute(&call.block.body, "count").is_some();
        Ok(match is_counted {
            true => Value::tuple(counted),
            false => Value::Object(Arc::new(named)),
        })
    }

    fn outlets(&mut self, inside: &Arc<Scope>, call: &Call) -> Evaluated {
        let outlets = inside.declarations().into_iter().flat_map(|m| &m.outlets);
        let mut values: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        for (name, outlet) in outlets {
            let value = self.flows(outlet, inside, call, name)?;
            values.insert(name.clone(), value);
        }
        Ok(Value::Object(Arc::new(values)))
    }

    fn outlet(&mut self, inside: &Arc<Scope>, call: &Call, name: &Ident) -> Evaluated {
        let outlets = inside.declarations().map(|m| &m.outlets);
        if let Some((name, outlet)) = outlets.and_then(|all| all.get_key_value(&name.name)) {
            return self.flows(outlet, inside, call, name);
        }
        let declared: Vec<Arc<str>> = outlets.into_iter().flat_map(|all| all.keys().cloned()).collect();
        let title = format!("`module.{}` has no output `{}`", call.block.name, name.name);
        Err(self.unknown_name(title, name, &declared))
    }

    fn flows(&mut self, outlet: &Outlet, inside: &Scope, call: &Call, name: &str) -> Evaluated {
        let title = || format!("module.{}.{name}", call.block.name);
        let hide = |value: Value| {
            if value.contains_ephemeral() && !outlet.marks.ephemeral {
                let title = format!("the output `{name}` of a module would keep what is ephemeral");
                let said = Diagnostic::error(KEPT, title).at(outlet.local.expr.span, "comes from an ephemeral value");
                return Err(Box::new(said.help("add `ephemeral = true` to the output")));
            }
            Ok(value.marked(outlet.marks))
        };
        self.named(&outlet.local, inside, None, title, &hide)
    }

    /// `module.NAME[key]`: one instance, without putting all together.
    pub(super) fn module_instance(&mut self, base: &Expr, key: &Expr, frame: Option<&Frame<'_>>) -> Option<Evaluated> {
        let path = base.as_path()?;
        let [module, name] = path.as_slice() else { return None };
        let scope = self.scope;
        let call = scope.call(&name.name).filter(|_| &*module.name == "module")?;
        if !call.repeats() {
            return None;
        }
        Some(self.keyed(call, key, frame))
    }

    fn keyed(&mut self, call: &Call, key: &Expr, frame: Option<&Frame<'_>>) -> Evaluated {
        let at = self.value(key, frame)?;
        let Instances::Known(instances) = self.instances_of(call)? else {
            return Ok(Value::unknown_dynamic());
        };
        let wanted = match at.unmarked() {
            Value::Unknown(_) => return Ok(Value::unknown_dynamic()),
            Value::Number(n) => n.to_u64().map(Key::Index),
            Value::String(s) => Some(Key::Name(s.clone())),
            _ => None,
        };
        match instances.iter().find(|(key, _)| *key == wanted) {
            Some((_, inside)) => self.outlets(inside, call),
            None => {
                let title = format!("`module.{}` has no such instance", call.block.name);
                let known: Vec<String> = instances
                    .iter()
                    .take(8)
                    .filter_map(|(k, _)| Some(k.as_ref()?.to_string()))
                    .collect();
                let said = Diagnostic::error(NO_ATTRIBUTE, title).at(key.span, format!("this is {}", at.friendly()));
                Err(self.fail(said.help(format!("there are {}", known.join(", ")))))
            }
        }
    }
}
