//! What names mean: values bound by name in a chain of scopes, the module's locals (worked out when first used, once where they
//! depend on no resource), what it was called with and what it calls (`module`), and which resources are declared. Values are walked by
//! reference; only what an expression asks for is cloned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock, Weak};

use situs_value::Value;

use crate::base::addr::{Mode, Parts};
use crate::base::ports::World;
use crate::lang::syntax::ast;

use super::module::{Call, Input, Outlet};

/// Names and what they mean, innermost first.
#[derive(Default)]
pub struct Scope {
    parent: Option<Arc<Scope>>,
    values: BTreeMap<Arc<str>, Value>,
    module: Option<Module>,
    /// Whether this is what a template sees.
    template: bool,
}

/// What a module declares beside values.
#[derive(Default)]
pub struct Module {
    /// `locals`, by name.
    pub locals: BTreeMap<Arc<str>, Local>,
    /// Declared resources.
    pub resources: Arc<Resources>,
    /// What stands before the address of each of them.
    pub prefix: Parts,
    /// Where functions read files.
    pub world: Option<Arc<dyn World>>,
    /// `var.NAME` of a module that is called; absent where variables stand among the values.
    pub inputs: Option<BTreeMap<Arc<str>, Input>>,
    /// The modules that it calls, by name.
    pub calls: BTreeMap<Arc<str>, Call>,
    /// The names of calls of which something is wrong, which was told.
    pub broken: Arc<BTreeSet<Arc<str>>>,
    /// What it gives to whoever calls it.
    pub outlets: BTreeMap<Arc<str>, Outlet>,
    /// The sources of its providers, by the names that they have in it.
    pub providers: Arc<BTreeMap<Arc<str>, Arc<str>>>,
}

/// Which resources and data sources a module declares: their names, by type.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    managed: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
    data: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
    ephemeral: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
}

impl Resources {
    fn of(&self, mode: Mode) -> &BTreeMap<Arc<str>, BTreeSet<Arc<str>>> {
        match mode {
            Mode::Managed => &self.managed,
            Mode::Data => &self.data,
            Mode::Ephemeral => &self.ephemeral,
        }
    }

    /// Whether this one is declared.
    pub fn has(&self, mode: Mode, type_name: &str, name: &str) -> bool {
        self.of(mode).get(type_name).is_some_and(|names| names.contains(name))
    }

    /// Every type, in order.
    pub fn types(&self, mode: Mode) -> impl Iterator<Item = &Arc<str>> {
        self.of(mode).keys()
    }

    /// The names of a type, in order.
    pub fn names(&self, mode: Mode, type_name: &str) -> impl Iterator<Item = &Arc<str>> {
        self.of(mode).get(type_name).into_iter().flatten()
    }
}

impl FromIterator<(Mode, Arc<str>, Arc<str>)> for Resources {
    fn from_iter<I: IntoIterator<Item = (Mode, Arc<str>, Arc<str>)>>(all: I) -> Self {
        let mut made = Self::default();
        for (mode, type_name, name) in all {
            let of = match mode {
                Mode::Managed => &mut made.managed,
                Mode::Data => &mut made.data,
                Mode::Ephemeral => &mut made.ephemeral,
            };
            of.entry(type_name).or_default().insert(name);
        }
        made
    }
}

/// One value with a name, worked out when it is first asked for.
pub struct Local {
    /// As written.
    pub expr: Arc<ast::Expr>,
    /// Its value, once it is known for good.
    pub value: OnceLock<Value>,
}

impl Local {
    /// What tells it from every other one, for as long as its scope lives.
    pub fn id(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// A local that is not worked out yet.
    pub fn new(expr: Arc<ast::Expr>) -> Self {
        Self {
            expr,
            value: OnceLock::new(),
        }
    }
}

impl Scope {
    /// The scope of a module with these values: `var`, `path`, `terraform`, ….
    pub fn module(module: Module, values: impl IntoIterator<Item = (&'static str, Value)>) -> Arc<Self> {
        let values = values.into_iter().map(|(n, v)| (n.into(), v)).collect();
        Arc::new(Self {
            parent: None,
            values,
            module: Some(module),
            template: false,
        })
    }

    /// The scope of a module that calls others: these need the way back to it.
    pub fn calling(
        make: impl FnOnce(&Weak<Self>) -> Module,
        values: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Arc<Self> {
        let values = values.into_iter().map(|(n, v)| (n.into(), v)).collect();
        Arc::new_cyclic(|me| Self {
            parent: None,
            values,
            module: Some(make(me)),
            template: false,
        })
    }

    /// A scope inside this one with more values: `each`, `count`, `site`, `service`, ….
    pub fn child<N: Into<Arc<str>>>(self: &Arc<Self>, values: impl IntoIterator<Item = (N, Value)>) -> Arc<Self> {
        let values = values.into_iter().map(|(n, v)| (n.into(), v)).collect();
        Arc::new(Self {
            parent: Some(self.clone()),
            values,
            module: None,
            template: false,
        })
    }

    /// A scope inside this one that declares resources and locals of its own: a runtime on a site.
    pub fn nested(
        self: &Arc<Self>,
        module: Module,
        values: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Arc<Self> {
        let values = values.into_iter().map(|(n, v)| (n.into(), v)).collect();
        Arc::new(Self {
            parent: Some(self.clone()),
            values,
            module: Some(module),
            template: false,
        })
    }

    /// What a template sees: the names that it is given, files, and functions of providers.
    pub fn template(&self, values: impl IntoIterator<Item = (Arc<str>, Value)>) -> Arc<Self> {
        Arc::new(Self {
            parent: None,
            values: values.into_iter().collect(),
            module: Some(Module {
                world: self.world().cloned(),
                providers: self.declarations().map(|m| m.providers.clone()).unwrap_or_default(),
                ..Module::default()
            }),
            template: true,
        })
    }

    /// Whether this is what a template sees.
    pub fn is_template(&self) -> bool {
        self.template || self.parent.as_ref().is_some_and(|p| p.is_template())
    }

    /// The value bound to a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values
            .get(name)
            .or_else(|| self.parent.as_ref().and_then(|p| p.get(name)))
    }

    /// The innermost module's declarations.
    pub fn declarations(&self) -> Option<&Module> {
        self.module
            .as_ref()
            .or_else(|| self.parent.as_ref().and_then(|p| p.declarations()))
    }

    /// The local of that name, and the scope that it is worked out in.
    pub fn local(&self, name: &str) -> Option<(&Local, &Scope)> {
        match self.module.as_ref().and_then(|m| m.locals.get(name)) {
            Some(local) => Some((local, self)),
            None => self.parent.as_ref().and_then(|p| p.local(name)),
        }
    }

    /// The scope above this one that declares the local of that name; nothing where this one does, or none.
    pub fn home_of_local(&self, name: &str) -> Option<Arc<Self>> {
        let mut at = self;
        while !at.module.as_ref().is_some_and(|m| m.locals.contains_key(name)) {
            let parent = at.parent.as_ref()?;
            if parent.module.as_ref().is_some_and(|m| m.locals.contains_key(name)) {
                return Some(parent.clone());
            }
            at = parent;
        }
        None
    }

    /// What `var` means in a module that is called; nothing where it is a value.
    pub fn inputs(&self) -> Option<&BTreeMap<Arc<str>, Input>> {
        let own = self.module.as_ref().and_then(|m| m.inputs.as_ref());
        own.or_else(|| self.parent.as_ref().and_then(|p| p.inputs()))
    }

    /// The call of that name.
    pub fn call(&self, name: &str) -> Option<&Call> {
        let own = self.module.as_ref().and_then(|m| m.calls.get(name));
        own.or_else(|| self.parent.as_ref().and_then(|p| p.call(name)))
    }

    /// Every module that is called here.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.declarations().into_iter().flat_map(|m| m.calls.values())
    }

    /// Whether such a resource is declared.
    pub fn declares(&self, mode: Mode, type_name: &str, name: &str) -> bool {
        self.declarations()
            .is_some_and(|m| m.resources.has(mode, type_name, name))
    }

    /// The source of a provider by the name that it has here, where that is said.
    pub fn provider(&self, name: &str) -> Option<Arc<str>> {
        self.declarations()?.providers.get(name).cloned()
    }

    /// Where functions read files.
    pub fn world(&self) -> Option<&Arc<dyn World>> {
        let own = self.module.as_ref().and_then(|m| m.world.as_ref());
        own.or_else(|| self.parent.as_ref().and_then(|p| p.world()))
    }

    /// Every name that means something, for suggestions.
    pub fn names(&self) -> BTreeSet<Arc<str>> {
        let mut names: BTreeSet<Arc<str>> = self.values.keys().cloned().collect();
        if let Some(module) = &self.module {
            names.extend(module.resources.types(Mode::Managed).cloned());
            let kinds = [
                ("local", !module.locals.is_empty()),
                ("module", !module.calls.is_empty()),
                ("var", module.inputs.is_some()),
            ];
            names.extend(kinds.iter().filter(|(_, any)| *any).map(|(name, _)| Arc::from(*name)));
        }
        if let Some(parent) = &self.parent {
            names.extend(parent.names());
        }
        names
    }
}
