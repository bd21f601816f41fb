//! A resource block of one module, and the instances that it has in all instances of that module. Most are known before anything is
//! planned; those that objects decide are found when these are known.

use std::sync::{Arc, OnceLock};

use situs_value::Value;

use crate::base::addr::{Addr, Mode, Parts, Resource, Step};
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::syntax::ast::Body;

use super::expand::{self, Block, Target, attribute, decided_by, depends_on};
use super::instance::{Instance, NoObjects, Objects};
use super::module::{self, Reached};
use super::references;
use super::scope::Scope;
use super::shape::Name;

/// A resource that refers to itself.
pub const ITSELF: Code = Code::new("E180", "a resource that refers to itself");

/// A resource block in its module.
pub struct Written {
    /// Managed or read.
    pub mode: Mode,
    /// The type.
    pub type_name: Name,
    /// The name.
    pub name: Name,
    /// What is written in it.
    pub body: Arc<Body>,
    /// Its head.
    pub span: Span,
    /// The calls that lead to its module, from the root inwards.
    pub path: Vec<Name>,
    /// Where its instances go; what stands before their address is their module's.
    pub target: Target,
    /// What names mean in it beside what they mean in its module: `self`, and how things look from its site.
    pub overlay: Vec<(&'static str, Value)>,
}

/// A block with the root module's scope, and its instances once they are known.
pub struct Late {
    block: Written,
    root: Arc<Scope>,
    /// Its address, without any key.
    pub addr: Addr,
    /// What it needs, its instances and those of its module included; sorted.
    pub dependencies: Vec<Addr>,
    /// Whether it refers to itself by its name.
    itself: bool,
    found: OnceLock<Found>,
}

/// The instances of a block.
#[derive(Default)]
pub struct Found {
    /// All of them.
    pub instances: Vec<Instance>,
    /// The blocks, one for each instance of its module, that have none: what stands for them in expressions.
    pub none: Vec<(Addr, Value)>,
}

impl Late {
    /// A block of the configuration whose root module has this scope; and whether objects decide which instances it has.
    pub fn new(block: Written, root: &Arc<Scope>) -> (Self, When) {
        let mut inside = root.clone();
        let mut decided = std::collections::BTreeSet::new();
        for name in &block.path {
            let Some(next) = inside.call(name).map(|call| {
                decided.extend(decided_by(&call.block.body, &inside));
                call.still()
            }) else {
                break;
            };
            inside = next;
        }
        decided.extend(decided_by(&block.body, &inside));
        let when = if decided.is_empty() { When::Now } else { When::Later };
        let addr = block.addr();
        let mut needs = references::of_body(&block.body, &inside);
        let itself = needs.iter().any(|need| need.without_keys() == addr);
        needs.extend(decided);
        needs.extend(block.target.needs.iter().cloned());
        if let Some(expr) = attribute(&block.body, "depends_on") {
            needs.extend(depends_on(expr, &inside).0);
        }
        needs.retain(|need| need.without_keys() != addr);
        let late = Self {
            itself,
            root: root.clone(),
            addr,
            dependencies: needs.into_iter().collect(),
            found: OnceLock::new(),
            block,
        };
        (late, when)
    }

    /// What is wrong where it refers to itself by its name.
    pub fn refers_to_itself(&self) -> Option<Diagnostic> {
        let title = || format!("`{}` refers to itself", self.addr);
        self.itself.then(|| {
            Diagnostic::error(ITSELF, title())
                .at(self.block.span, "speaks of its own name")
                .help("in `postcondition`, `provisioner` and `connection` it is `self`; elsewhere take the value from what makes it")
        })
    }

    /// Where it is written.
    pub fn span(&self) -> Span {
        self.block.span
    }

    /// The instances, as far as these objects tell; where they do not tell, that is an error. Found once.
    pub fn expand(&self, objects: &dyn Objects) -> (&Found, Diagnostics) {
        if let Some(known) = self.found.get() {
            return (known, Diagnostics::new());
        }
        let (modules, mut said) = module::instances(&self.root, &self.block.path, objects);
        let mut found = Found::default();
        for reached in &modules {
            match reached {
                Reached::Known(scope) => {
                    let instances = said.take(self.block.expand(scope, objects));
                    if instances.is_empty() {
                        found.none.extend(self.block.none(scope));
                    }
                    found.instances.extend(instances);
                }
                Reached::Later(_, late) => said.push((**late).clone()),
            }
        }
        (self.found.get_or_init(|| found), said)
    }

    /// Instances for checking what is written: where it is not known which there are, one that looks like all.
    pub fn still(&self) -> (Vec<Instance>, Diagnostics) {
        let (modules, mut said) = module::instances(&self.root, &self.block.path, &NoObjects);
        let one = |reached: &Reached| said.take(self.block.still(reached.scope()));
        let instances = modules.iter().flat_map(one).collect();
        (instances, said)
    }

    /// What stands for it, where it has no instances.
    pub fn none(&self) -> &[(Addr, Value)] {
        self.found.get().map_or(&[], |found| &found.none)
    }

    /// Those that were found.
    pub fn instances(&self) -> &[Instance] {
        self.found.get().map_or(&[], |found| &found.instances)
    }
}

/// When it is known which instances a block has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before anything is planned.
    Now,
    /// When objects are known.
    Later,
}

impl Written {
    fn addr(&self) -> Addr {
        let step = |name: &Name| Step {
            name: name.clone(),
            key: None,
        };
        Addr::new(Parts {
            modules: self.path.iter().map(step).collect(),
            placed: None,
            resource: Some(Resource {
                mode: self.mode,
                type_name: self.type_name.clone(),
                name: self.name.clone(),
                key: None,
            }),
        })
    }

    fn block(&self) -> Block<'_> {
        Block {
            mode: self.mode,
            type_name: &self.type_name,
            name: &self.name,
            body: &self.body,
            span: self.span,
        }
    }

    fn place(&self, module: &Arc<Scope>) -> (Arc<Scope>, Target) {
        let target = Target {
            prefix: module.declarations().map(|m| m.prefix.clone()).unwrap_or_default(),
            ..self.target.clone()
        };
        match self.overlay.as_slice() {
            [] => (module.clone(), target),
            values => (module.child(values.iter().cloned()), target),
        }
    }

    fn expand(&self, module: &Arc<Scope>, objects: &dyn Objects) -> (Vec<Instance>, Diagnostics) {
        let (scope, target) = self.place(module);
        expand::expand(&self.block(), &scope, &target, objects)
    }

    /// What stands for a block without instances.
    fn none(&self, module: &Arc<Scope>) -> Option<(Addr, Value)> {
        let (_, target) = self.place(module);
        let addr = Addr::new(Parts {
            modules: target.prefix.modules,
            ..self.addr().parts().clone()
        });
        let value = match expand::later(&self.body)? {
            ("count", _) => Value::tuple([]),
            _ => Value::object::<&str>([]),
        };
        Some((addr, value))
    }

    fn still(&self, module: &Arc<Scope>) -> (Vec<Instance>, Diagnostics) {
        let (scope, target) = self.place(module);
        expand::still(&self.block(), &scope, &target)
    }
}
