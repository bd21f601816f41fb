//! One resource instance: what the configuration says of it, ready to be evaluated again whenever more is known. The planner
//! evaluates it against planned objects (unknown where only the change will tell), apply evaluates the same instance against new ones.
//! This is the only door through which `run` touches the language.

use std::sync::Arc;

use situs_provider::Schema;
use situs_value::{Path, Value};

use crate::base::addr::{Addr, Mode};
use crate::base::diagnostic::{Diagnostics, Severity};
use crate::base::span::Span;
use crate::lang::syntax::ast::{self, Expr};

use super::body;
use super::condition::{Condition, Of};
use super::provisioner::Provisioner;
use super::scope::Scope;

/// A resource instance of the configuration.
#[derive(Clone)]
pub struct Instance {
    /// Its address.
    pub addr: Addr,
    /// The site it is on, where it is on one.
    pub site: Option<Arc<str>>,
    /// The configured provider that makes it, by its id: `local`, `local.alias`, `local@fra1`.
    pub provider: Arc<str>,
    /// What it looks like.
    pub schema: Arc<Schema>,
    /// What is written in its block.
    pub body: Arc<ast::Body>,
    /// What the names in it mean.
    pub scope: Arc<Scope>,
    /// Blocks and instances whose objects it needs, by `depends_on` and by reference; sorted, without itself.
    pub dependencies: Vec<Addr>,
    /// Those among them whose changes a data source waits for, by `depends_on`.
    pub awaits: Arc<[Addr]>,
    /// What its `lifecycle` says.
    pub lifecycle: Lifecycle,
    /// What is done when it was made, and before it is destroyed.
    pub provisioners: Arc<[Provisioner]>,
    /// Whether it is read for a check alone: it is read last, and where it cannot be read, that stops nothing.
    pub of_check: bool,
    /// The head of its block.
    pub span: Span,
}

/// `lifecycle { … }`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifecycle {
    /// In which order a replacement goes.
    pub order: ReplaceOrder,
    /// Whether a plan that destroys it is refused.
    pub prevent_destroy: PreventDestroy,
    /// What is left as it is.
    pub ignore_changes: Ignore,
    /// What must hold before it is planned.
    pub before: Vec<Condition>,
    /// What must hold of it, as `self`.
    pub after: Vec<Condition>,
    /// What makes a new one when it changes.
    pub triggers: Vec<Arc<Expr>>,
}

impl Instance {
    /// What is wrong before it is planned or made, as far as these objects tell.
    pub fn check_before(&self, objects: &dyn Objects) -> Diagnostics {
        self.check("precondition", &self.lifecycle.before, &self.scope, objects)
    }

    /// What is wrong with what it is or will be.
    pub fn check_after(&self, object: &Value, objects: &dyn Objects) -> Diagnostics {
        if self.lifecycle.after.is_empty() {
            return Diagnostics::new();
        }
        let scope = self.scope.child([("self", object.clone())]);
        self.check("postcondition", &self.lifecycle.after, &scope, objects)
    }

    fn check(&self, word: &str, conditions: &[Condition], scope: &Arc<Scope>, objects: &dyn Objects) -> Diagnostics {
        let what = format!("the {word} of `{}`", self.addr);
        let of = Of {
            what: &what,
            severity: Severity::Error,
            span: self.span,
        };
        conditions.iter().flat_map(|c| c.check(&of, scope, objects)).collect()
    }
}

/// In which order a replacement goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplaceOrder {
    /// The old one goes first.
    #[default]
    DestroyFirst,
    /// `create_before_destroy = true`
    CreateFirst,
}

/// `prevent_destroy`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PreventDestroy {
    /// It may go.
    #[default]
    No,
    /// It must stay.
    Yes,
}

/// `ignore_changes`
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Ignore {
    /// Nothing is ignored.
    #[default]
    Nothing,
    /// `all`
    All,
    /// These attributes.
    Paths(Vec<Path>),
}

/// What values are worked out for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// To say what will be: what differs from call to call (`timestamp`, `uuid`) is not known yet.
    #[default]
    Plan,
    /// To do it, or to look at it.
    Now,
}

/// The objects of other resources, as far as they are known now.
pub trait Objects: Send + Sync {
    /// What values are worked out for.
    fn phase(&self) -> Phase {
        Phase::Plan
    }

    /// The object of one instance; `None` where there is no such instance.
    fn instance(&self, addr: &Addr) -> Option<Value>;

    /// All instances of a block, as an expression sees them: the object itself, a tuple (`count`), or an object by key (`for_each`).
    /// `block` has no key.
    fn block(&self, block: &Addr) -> Option<Value>;

    /// What was remembered of a named value that speaks of objects (see [`super::scope::Local::id`]).
    fn remembered(&self, _: usize) -> Option<Value> {
        None
    }

    /// Remembers one. It is worked out only when all that it speaks of is known as well as it will be, so it stays true.
    fn remember(&self, _: usize, _: &Value) {}
}

/// No objects: what `validate` and the shape of the intent see.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObjects;

impl Objects for NoObjects {
    fn instance(&self, _: &Addr) -> Option<Value> {
        None
    }

    fn block(&self, _: &Addr) -> Option<Value> {
        None
    }
}

impl Instance {
    /// The Configuration: an object of the schema's type, null where nothing is written, unknown where something is not yet known,
    /// sensitive marks where values carry them.
    pub fn evaluate(&self, objects: &dyn Objects) -> (Value, Diagnostics) {
        let reading = match self.mode() {
            Mode::Ephemeral => body::EPHEMERAL,
            Mode::Managed | Mode::Data => body::RESOURCE,
        };
        body::evaluate(reading, &self.body, &self.schema.block, &self.scope, objects, self.span)
    }
}

impl Instance {
    /// Managed or read.
    pub fn mode(&self) -> Mode {
        self.addr.parts().resource.as_ref().map_or(Mode::Managed, |r| r.mode)
    }

    /// The resource type.
    pub fn type_name(&self) -> &str {
        self.addr.parts().resource.as_ref().map_or("", |r| &r.type_name)
    }
}
