//! Modules that are called. A [`Blueprint`] is what a directory declares, once for all who call it; a [`Call`] stands in the scope of the
//! caller, and makes the scope of each instance when it is first asked for: which instances there are may depend on objects.
//!
//! Nothing is handed over by value: an [`Input`] is the caller's expression, worked out in the caller's scope when the module asks for
//! `var.NAME`, and an [`Outlet`] the module's expression, worked out when the caller asks for `module.X.NAME`.
//!
//! What must stay true: a scope holds the scopes of what it calls, and these only look back to it. Whoever holds an instance of a
//! module's resource holds the root scope too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock, Weak};

use situs_value::{Marks, Value};

use crate::base::addr::{Key, Parts, Step};
use crate::base::ports::World;
use crate::base::span::Span;
use crate::base::{Addr, Diagnostic, Diagnostics};
use crate::lang::syntax::ast::{Body, Expr};

use super::expand::{Repetition, repetition};
use super::instance::{NoObjects, Objects};
use super::scope::{Local, Module, Resources, Scope};
use super::shape::Name;

/// What a module declares, as far as expressions see it.
#[derive(Default)]
pub struct Blueprint {
    /// Its directory below the configuration's: `path.module`.
    pub directory: Name,
    /// `locals`.
    pub locals: BTreeMap<Name, Arc<Expr>>,
    /// The names of its locals, each after those that it needs.
    pub order: Vec<Name>,
    /// Declared resources and data sources.
    pub resources: Arc<Resources>,
    /// What it is called with.
    pub parameters: BTreeMap<Name, Arc<dyn Parameter>>,
    /// What it gives: the expression, and what it is marked as.
    pub outlets: BTreeMap<Name, (Arc<Expr>, Marks)>,
    /// The modules that it calls.
    pub calls: BTreeMap<Name, Arc<CallBlock>>,
    /// The names of calls of which something is wrong, which was told.
    pub broken: Arc<BTreeSet<Name>>,
    /// The sources of its providers, by the names that they have in it.
    pub providers: Arc<BTreeMap<Name, Name>>,
}

impl Blueprint {
    /// The scope of the root module, with these values: `var`, `path`, `terraform`, ….
    pub fn scope(
        &self,
        world: Option<Arc<dyn World>>,
        values: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Arc<Scope> {
        let prefix = Parts::default();
        let make = |me: &Weak<Scope>| Module {
            calls: Call::all(self, me, &prefix),
            ..self.declarations(world, prefix)
        };
        Scope::calling(make, values)
    }

    fn declarations(&self, world: Option<Arc<dyn World>>, prefix: Parts) -> Module {
        let local = |(name, expr): (&Name, &Arc<Expr>)| (name.clone(), Local::new(expr.clone()));
        Module {
            locals: self.locals.iter().map(local).collect(),
            resources: self.resources.clone(),
            outlets: self.outlets.iter().map(outlet).collect(),
            broken: self.broken.clone(),
            providers: self.providers.clone(),
            prefix,
            world,
            ..Module::default()
        }
    }
}

/// A variable, as a caller meets it.
pub trait Parameter: Send + Sync {
    /// The value that the variable has when it is given this one; or why it does not take it.
    fn accept(&self, value: &Value) -> Result<Value, String>;

    /// The value where none is given.
    fn default(&self) -> Option<Value>;

    /// What is wrong with the value that it has in this scope, by its `validation`s.
    fn validate(&self, scope: &Scope, objects: &dyn Objects) -> Diagnostics;
}

/// A `module` block.
pub struct CallBlock {
    /// Its name.
    pub name: Name,
    /// What is written in it.
    pub body: Arc<Body>,
    /// What the module is called with.
    pub arguments: BTreeMap<Name, Arc<Expr>>,
    /// `depends_on`
    pub depends_on: Option<Arc<Expr>>,
    /// What is called.
    pub blueprint: Arc<Blueprint>,
    /// Its head.
    pub span: Span,
}

/// `var.NAME` of a module that is called.
pub struct Input {
    /// The caller's expression; absent: the default.
    pub given: Option<Local>,
    /// Where the expression is worked out.
    pub caller: Weak<Scope>,
    /// `each` or `count` of the call.
    pub each: Option<(&'static str, Value)>,
    /// The variable.
    pub parameter: Arc<dyn Parameter>,
}

/// An output, as the caller meets it.
pub struct Outlet {
    /// What it gives.
    pub local: Local,
    /// What it is marked as.
    pub marks: Marks,
}

/// A call in the scope of the caller.
pub struct Call {
    /// As written.
    pub block: Arc<CallBlock>,
    caller: Weak<Scope>,
    prefix: Parts,
    still: OnceLock<Arc<Scope>>,
    instances: OnceLock<Instances>,
}

/// The instances of a call.
#[derive(Clone)]
pub enum Instances {
    /// These.
    Known(Arc<[(Option<Key>, Arc<Scope>)]>),
    /// Which is known only later, as this says: all of them look like this one.
    Later(Arc<Scope>, Arc<Diagnostic>),
    /// Something is wrong with its `count` or `for_each`, which was told.
    Broken,
}

impl Call {
    fn new(block: Arc<CallBlock>, caller: Weak<Scope>, prefix: Parts) -> Self {
        Self {
            block,
            caller,
            prefix,
            still: OnceLock::new(),
            instances: OnceLock::new(),
        }
    }

    /// The calls of a module.
    pub fn all(blueprint: &Blueprint, caller: &Weak<Scope>, prefix: &Parts) -> BTreeMap<Name, Self> {
        let one = |(name, block): (&Name, &Arc<CallBlock>)| {
            let call = Self::new(block.clone(), caller.clone(), prefix.clone());
            (name.clone(), call)
        };
        blueprint.calls.iter().map(one).collect()
    }

    /// The address of the call, without a key.
    pub fn addr(&self) -> Addr {
        Addr::new(self.place(None))
    }

    fn place(&self, key: Option<Key>) -> Parts {
        let mut parts = self.prefix.clone();
        parts.modules.push(Step {
            name: self.block.name.clone(),
            key,
        });
        parts
    }

    /// The module as every instance of it looks: what references are read in.
    pub fn still(&self) -> Arc<Scope> {
        let make = || self.scope(None, super::expand::later(&self.block.body).as_ref());
        self.still.get_or_init(make).clone()
    }

    /// Whether it has `count` or `for_each`.
    pub fn repeats(&self) -> bool {
        super::expand::later(&self.block.body).is_some()
    }

    /// Its instances, as far as these objects tell. What is wrong with its `count` or `for_each` is told to whoever asks first.
    pub fn instances(&self, objects: &dyn Objects) -> (Instances, Diagnostics) {
        if let Some(known) = self.instances.get() {
            return (known.clone(), Diagnostics::new());
        }
        let Some(caller) = self.caller.upgrade() else {
            return (Instances::Broken, Diagnostics::new());
        };
        let (repetition, said) = repetition(&self.block.body, &caller, objects);
        let one = |(key, each): (Option<Key>, Option<_>)| (key.clone(), self.scope(key, each.as_ref()));
        let found = match repetition {
            Repetition::Known(_) if !self.repeats() => Instances::Known([(None, self.still())].into()),
            Repetition::Known(all) => Instances::Known(all.into_iter().map(one).collect()),
            Repetition::Later(late) => return (Instances::Later(self.still(), Arc::new(*late)), said),
            Repetition::Broken => Instances::Broken,
        };
        (self.instances.get_or_init(|| found).clone(), said)
    }

    fn scope(&self, key: Option<Key>, each: Option<&(&'static str, Value)>) -> Arc<Scope> {
        let blueprint = &self.block.blueprint;
        let prefix = self.place(key);
        let caller = self.caller.upgrade();
        let above = |name: &'static str| Some((name, caller.as_ref()?.get(name)?.clone()));
        let shared = ["terraform", "site", "service", "dataset"]
            .into_iter()
            .filter_map(above);
        let path = caller.as_ref().map(|c| path_in(c, &blueprint.directory));
        let world = caller.as_ref().and_then(|c| c.world().cloned());
        let make = |me: &Weak<Scope>| Module {
            inputs: Some(self.inputs(each)),
            calls: Call::all(blueprint, me, &prefix),
            ..blueprint.declarations(world, prefix)
        };
        Scope::calling(make, shared.chain(path.map(|path| ("path", path))))
    }

    fn inputs(&self, each: Option<&(&'static str, Value)>) -> BTreeMap<Name, Input> {
        let one = |(name, parameter): (&Name, &Arc<dyn Parameter>)| {
            let input = Input {
                given: self.block.arguments.get(name).map(|e| Local::new(e.clone())),
                caller: self.caller.clone(),
                each: each.cloned(),
                parameter: parameter.clone(),
            };
            (name.clone(), input)
        };
        self.block.blueprint.parameters.iter().map(one).collect()
    }
}

fn outlet((name, (expr, marks)): (&Name, &(Arc<Expr>, Marks))) -> (Name, Outlet) {
    let outlet = Outlet {
        local: Local::new(expr.clone()),
        marks: *marks,
    };
    (name.clone(), outlet)
}

/// `path` in a module: the caller's, but for `module`.
fn path_in(caller: &Scope, directory: &Name) -> Value {
    let mut path = caller
        .get("path")
        .and_then(Value::attributes)
        .cloned()
        .unwrap_or_default();
    path.insert("module".into(), Value::String(directory.clone()));
    Value::Object(Arc::new(path))
}

/// Every module that is called below a scope, as all of its instances look, outermost first.
pub fn still(root: &Scope) -> Vec<(Arc<Blueprint>, Arc<Scope>)> {
    let of = |call: &Call| (call.block.blueprint.clone(), call.still());
    let mut found: Vec<_> = root.calls().map(of).collect();
    let mut at = 0;
    while let Some((_, scope)) = found.get(at).cloned() {
        found.extend(scope.calls().map(of));
        at += 1;
    }
    found
}

/// Every instance of a module below a scope, by the names of the calls that lead to it, as far as these objects tell.
pub fn instances(root: &Arc<Scope>, path: &[Name], objects: &dyn Objects) -> (Vec<Reached>, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut reached = vec![Reached::Known(root.clone())];
    for name in path {
        let mut next = Vec::new();
        for from in &reached {
            let Some(call) = from.scope().call(name) else { continue };
            match (said.take(call.instances(objects)), from) {
                (Instances::Known(all), Reached::Known(_)) => {
                    next.extend(all.iter().map(|(_, scope)| Reached::Known(scope.clone())));
                }
                (Instances::Known(all), Reached::Later(_, late)) => {
                    next.extend(all.iter().map(|(_, scope)| Reached::Later(scope.clone(), late.clone())));
                }
                (Instances::Later(scope, late), _) => next.push(Reached::Later(scope, late)),
                (Instances::Broken, _) => {}
            }
        }
        reached = next;
    }
    (reached, said)
}

/// The first step of a way at which the module is called, but not with that key; nothing where each is, or where that is not known yet.
pub fn missing<'a>(root: &Arc<Scope>, way: &'a [Step]) -> Option<&'a [Step]> {
    let mut at = root.clone();
    for (i, step) in way.iter().enumerate() {
        let Instances::Known(all) = at.call(&step.name)?.instances(&NoObjects).0 else {
            return None;
        };
        let Some((_, scope)) = all.iter().find(|(key, _)| *key == step.key) else {
            return way.get(..=i);
        };
        at = scope.clone();
    }
    None
}

/// An instance of a module.
pub enum Reached {
    /// It is there.
    Known(Arc<Scope>),
    /// Whether it is there, and how often, is known only later, as this says.
    Later(Arc<Scope>, Arc<Diagnostic>),
}

impl Reached {
    /// What names mean in it.
    pub fn scope(&self) -> &Arc<Scope> {
        match self {
            Self::Known(scope) | Self::Later(scope, _) => scope,
        }
    }
}
