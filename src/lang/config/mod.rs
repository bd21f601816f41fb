//! From a directory to a [`Config`]: [`load`] reads and checks every file, gives variables their values, and works out the shape of the
//! intent. What is declared of the resource layer is kept as it stands, for `run/lower` to make instances of; a runtime ([`runtime`])
//! says how services and datasets become resources.
//!
//! What must stay true: every mistake of every file is told at once, and each once; nothing is copied for each resource but pointers.

pub mod backend;
pub mod blocks;
pub mod check;
mod declared;
mod given;
mod imports;
mod json;
mod load;
pub mod locals;
pub mod lock;
mod modules;
mod moves;
mod origin;
mod overrides;
pub mod plugin;
pub mod provider_lock;
mod recorder;
pub mod required;
pub mod runtime;
pub mod settings;
mod typeexpr;
mod variables;
pub mod version;
pub mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use declared::TWICE;
pub use given::{Given, NOT_VARIABLES};
pub use imports::{BAD_IMPORT, Import};
pub use json::NOT_BLOCKS;
pub use load::{NO_CONFIGURATION, NO_RUNTIME, UNREADABLE, load};
pub use modules::{BAD_CALL, NO_MODULE, NOT_IN_MODULE, NOT_INSTALLED, Wanted};
pub use moves::{BAD_MOVE, Forget, Moved, Removed};
pub(crate) use origin::{is_registry, split};
pub use overrides::OVERRIDES_NOTHING;
pub use recorder::Recorder;
pub use required::Required;
pub use runtime::Runtime;
pub use typeexpr::BAD_TYPE;
pub use variables::{BAD_DECLARATION, BAD_VALUE, Missing, NOT_GIVEN, REFUSED, UNDECLARED, UNDECLARED_IN_FILE};

use situs_value::Marks;

use crate::base::addr::Mode;
use crate::base::diagnostic::Severity;
use crate::base::ports::Functions;
use crate::base::span::Span;
use crate::lang::eval::Scope;
use crate::lang::eval::condition::Condition;
use crate::lang::eval::module::{Blueprint, CallBlock};
use crate::lang::eval::shape::{Name, Shape, Site};
use crate::lang::syntax::ast::{Body, Expr};

/// What a configuration is loaded with.
#[derive(Clone, Debug)]
pub struct Request {
    /// `-var` and `-var-file`, in the order of the command line; a later one wins.
    pub given: Vec<Given>,
    /// The workspace: `terraform.workspace`.
    pub workspace: String,
    /// The runtimes that ship with the engine: name and text.
    pub runtimes: Vec<(String, String)>,
    /// Whom to ask for the functions of providers.
    pub functions: Option<Arc<dyn Functions>>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            given: Vec::new(),
            workspace: DEFAULT_WORKSPACE.to_owned(),
            runtimes: Vec::new(),
            functions: None,
        }
    }
}

/// The workspace that is always there.
pub const DEFAULT_WORKSPACE: &str = "default";

impl Request {
    /// A request with the values that an earlier [`Config::given`] names.
    pub fn again(given: &[(String, String)], runtimes: Vec<(String, String)>) -> Self {
        let one = |(name, text): &(String, String)| Given::Variable {
            name: name.clone(),
            text: text.clone(),
        };
        Self {
            given: given.iter().map(one).collect(),
            runtimes,
            ..Self::default()
        }
    }
}

/// A configuration, read and understood as far as it can be without placing anything.
pub struct Config {
    /// Where files are read, and which were.
    pub world: Arc<Recorder>,
    /// Values that the environment and the command line gave: `-var` with each of them, in order, and [`Config::files`], make the
    /// same configuration again.
    pub given: Vec<(String, String)>,
    /// The intent.
    pub shape: Shape,
    /// What names mean in it: `var`, `local`, `path`, `terraform`; `site`, `service` and `dataset` are unknown here.
    pub scope: Arc<Scope>,
    /// What is written by hand of the resource layer, modules that are called included.
    pub root: Module,
    /// Runtimes, by name; the user's own win.
    pub runtimes: BTreeMap<Name, Arc<Runtime>>,
    /// What the lock file says of modules from elsewhere.
    pub lock: lock::Lock,
    /// Variables that are never kept and were given a value.
    pub ephemeral: BTreeSet<String>,
    /// Files of variables that give such ones a value.
    pub unkept: BTreeSet<String>,
    /// Variables that nothing gives a value.
    pub missing: Vec<Missing>,
    /// The packages that modules are called from.
    pub packages: BTreeMap<lock::Package, Wanted>,
}

/// The resource layer of one directory.
#[derive(Default)]
pub struct Module {
    /// Resources and data sources.
    pub resources: Vec<ResourceBlock>,
    /// Providers that are configured here.
    pub providers: Vec<ProviderBlock>,
    /// `required_providers`, by local name.
    pub required: BTreeMap<Name, Required>,
    /// Outputs, in order.
    pub outputs: Vec<Output>,
    /// What must or should hold of all of it: preconditions of outputs, and `check` blocks.
    pub checks: Vec<Check>,
    /// Where Terraform keeps its state, as the root module says.
    pub home: Option<Home>,
    /// What has another name now.
    pub moved: Vec<Moved>,
    /// What is given up.
    pub removed: Vec<Removed>,
    /// What is taken over.
    pub imports: Vec<Import>,
    /// The modules that it calls.
    pub calls: Vec<ModuleCall>,
    /// What expressions see of it.
    pub blueprint: Arc<Blueprint>,
}

/// A `module` block.
pub struct ModuleCall {
    /// `source`, as it is written.
    pub source: Name,
    /// Its directory, seen from the root.
    pub directory: Name,
    /// Its version, where it is from a registry.
    pub version: Option<Name>,
    /// What expressions see of it.
    pub block: Arc<CallBlock>,
    /// `providers`: the id in the module, and the caller's.
    pub providers: Vec<(Name, Name)>,
    /// What is called.
    pub module: Arc<Module>,
}

/// The runtime of a site that names none.
pub const DEFAULT_RUNTIME: &str = "local";

impl Config {
    /// Every file that was read so far, by path: what `plan.input.files` keeps. Lowering may read more (`file(…)` in a service).
    pub fn files(&self) -> BTreeMap<String, String> {
        let mut texts = self.world.texts();
        texts.retain(|path, _| !self.unkept.contains(path));
        texts
    }

    /// The runtime of a site.
    pub fn runtime_of(&self, site: &Site) -> Option<&Arc<Runtime>> {
        let name = site.runtime.as_ref().map_or(DEFAULT_RUNTIME, |r| &*r.name.value);
        self.runtimes.get(name)
    }

    /// What is realised on each site, by its runtime.
    pub fn realised_by_site(&self) -> BTreeMap<Name, BTreeSet<Name>> {
        let of = |site: &Site| self.runtime_of(site).map(|r| r.realises.clone()).unwrap_or_default();
        self.shape.sites.iter().map(|(n, s)| (n.clone(), of(s))).collect()
    }
}

/// A `resource` or `data` block.
#[derive(Clone, Debug)]
pub struct ResourceBlock {
    /// Managed or read.
    pub mode: Mode,
    /// The type.
    pub type_name: Name,
    /// The name.
    pub name: Name,
    /// `at = site.x`
    pub at: Option<Arc<Expr>>,
    /// The check that it is read for, and for nothing else.
    pub check: Option<Name>,
    /// `provider = local.alias`
    pub provider: Option<Arc<Expr>>,
    /// What is written in it.
    pub body: Arc<Body>,
    /// Its head.
    pub span: Span,
}

impl ResourceBlock {
    /// ``resource `local_file.a` ``
    pub fn title(&self) -> String {
        match self.mode {
            Mode::Managed => format!("resource `{}.{}`", self.type_name, self.name),
            Mode::Data => format!("data source `{}.{}`", self.type_name, self.name),
            Mode::Ephemeral => format!("ephemeral resource `{}.{}`", self.type_name, self.name),
        }
    }
}

/// A `provider` block outside runtimes.
#[derive(Clone, Debug)]
pub struct ProviderBlock {
    /// The name that resource types start with.
    pub name: Name,
    /// `alias = "x"`
    pub alias: Option<Name>,
    /// `local`, `local.x`
    pub id: Name,
    /// Its configuration, without `alias`.
    pub body: Arc<Body>,
    /// Its head.
    pub span: Span,
}

/// `backend "TYPE" { … }` or `cloud { … }` in a `terraform` block.
#[derive(Clone, Debug)]
pub struct Home {
    /// The type of the backend, or `cloud`.
    pub kind: Name,
    /// Where it is written.
    pub span: Span,
}

/// A `check` block, or the preconditions of an output.
#[derive(Clone, Debug)]
pub struct Check {
    /// Whose conditions they are, in words.
    pub what: String,
    /// How bad it is where one does not hold.
    pub severity: Severity,
    /// What holds.
    pub conditions: Vec<Condition>,
    /// The head.
    pub span: Span,
}

/// An `output` block.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: Name,
    /// What it gives.
    pub value: Arc<Expr>,
    /// What it is for.
    pub description: Option<Name>,
    /// What it says that it is marked as.
    pub marks: Marks,
    /// `depends_on`
    pub depends_on: Option<Arc<Expr>>,
    /// Its head.
    pub span: Span,
}
