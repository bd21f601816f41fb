//! Runtimes: how a service or a dataset becomes resources on one kind of site (language.md §5). A runtime is a module of resources
//! written in Situs; those that ship with the engine are written with the same means as a user's own:
//!
//! ```hcl
//! runtime ecs {
//!   realises = [replication, encryption]                # what it carries out; the rest of the intent is an assumption
//!   provider aws { region = site.labels.aws_region }    # one for each site; `runtime ecs { … }` in a site overrides attributes
//!
//!   on service {
//!     requires = [image]                                # what a service must say to run here
//!     host     = "${service.name}.${site.name}.internal"   # where it answers; known before anything is made
//!     port_seed = site.operator                         # tells ports that are found (`port http {}`) from those of other configurations
//!     locals   { size = service.cpu > 2 ? "large" : "small" }
//!     resource "aws_ecs_service" "this" { desired_count = replicas, name = service.name }
//!   }
//!   on dataset {
//!     endpoint = "s3://${dataset.name}-${site.name}"    # what `dataset.X.endpoint` and `SITUS_DATA_X` say
//!     resource "aws_s3_bucket" "this" { bucket = "${dataset.name}-${site.name}" }
//!   }
//! }
//! ```
//!
//! What the bodies see, beside `var`, `local` and `path` of the configuration:
//!
//! | name | what |
//! |---|---|
//! | `site` | `name kind in country operator traits labels latitude longitude` |
//! | `provider.NAME` | the configuration of the site's provider |
//! | `replicas` | how many replicas or copies are on this site |
//! | `service` (in `on service`) | `name replicas image command env working_directory restart cpu memory disk secrets ports health instances data` |
//! | `service.data[i]` | a dataset that it reads or writes: `name key endpoint`, whether a copy is `here`, and whether it `writes` it |
//! | `service.instances[i]` | `replica host environment ports health` of one replica: `environment` is the service's `env` with the `SITUS_…` variables |
//! | `dataset` (in `on dataset`) | `name replicas class size keep primary` |
//!
//! A resource's type says which of the runtime's providers makes it (`aws_ecs_service`: `aws`), or `provider = NAME` does.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::diagnostic::did_you_mean;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::shape::Name;
use crate::lang::syntax::ast::{Attribute, Body, Expr, ExprKind, Ident, Item, Operand, Statement};

use super::ResourceBlock;
use super::declared::{self, label};

/// A runtime that cannot be read.
pub const BAD_RUNTIME: Code = Code::new("E160", "a runtime that cannot be read");

/// What a runtime may say that it realises; intent beside it is an assumption of the verdict.
pub const REALISES: &[&str] = &[
    "backup",
    "encryption",
    "failover",
    "logs",
    "moves",
    "replication",
    "retention",
    "sealing",
];

/// Who wrote a runtime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The user: names of providers mean what `required_providers` says.
    #[default]
    Written,
    /// It ships with the engine, and so do its providers.
    Builtin,
}

/// One runtime.
pub struct Runtime {
    /// Its name.
    pub name: Name,
    /// Who wrote it.
    pub origin: Origin,
    /// What it carries out, of [`REALISES`].
    pub realises: BTreeSet<Name>,
    /// The providers that each site gets.
    pub providers: Vec<RuntimeProvider>,
    /// How a service runs.
    pub service: Option<On>,
    /// How a copy of a dataset is kept.
    pub dataset: Option<On>,
    /// Its head.
    pub span: Span,
}

/// `provider NAME { … }` in a runtime.
pub struct RuntimeProvider {
    /// Its name.
    pub name: Name,
    /// Its configuration.
    pub body: Arc<Body>,
    /// Its head.
    pub span: Span,
}

/// `on service { … }` or `on dataset { … }`
pub struct On {
    /// What a thing must say.
    pub requires: Vec<Ident>,
    /// `host` of a service, `endpoint` of a dataset.
    pub endpoint: Option<Arc<Expr>>,
    /// `port_seed` of a service: sites with different seeds are likely to have different numbers found for their ports.
    pub port_seed: Option<Arc<Expr>>,
    /// `locals`, by name.
    pub locals: Vec<(Name, Arc<Expr>)>,
    /// The resources.
    pub resources: Vec<ResourceBlock>,
    /// Every attribute that its expressions speak of: what is not among them is not carried out.
    pub mentions: BTreeSet<Name>,
    /// Its head.
    pub span: Span,
}

/// The runtime that a block declares.
pub(super) fn read(statement: &Statement, origin: Origin) -> (Option<Runtime>, Diagnostics) {
    let mut reader = Reader(Diagnostics::new());
    let runtime = label(statement, 0).map(|name| Runtime {
        origin,
        ..reader.runtime(name, statement)
    });
    (runtime, reader.0)
}

struct Reader(Diagnostics);

impl Reader {
    fn runtime(&mut self, name: Name, statement: &Statement) -> Runtime {
        let mut runtime = Runtime {
            name,
            origin: Origin::Written,
            realises: BTreeSet::new(),
            providers: Vec::new(),
            service: None,
            dataset: None,
            span: declared::head(statement),
        };
        for item in items(statement) {
            match item {
                Item::Attribute(a) if &*a.name.name == "realises" => runtime.realises = self.realises(a),
                Item::Statement(s) if &*s.word.name == "provider" => runtime.providers.extend(self.provider(s)),
                Item::Statement(s) if &*s.word.name == "on" => self.on(s, &mut runtime),
                Item::Attribute(a) => self.unknown(&a.name, &["realises"]),
                Item::Statement(s) => self.unknown(&s.word, &["provider", "on"]),
                Item::Error(_) => {}
            }
        }
        runtime
    }

    fn unknown(&mut self, word: &Ident, known: &[&str]) {
        let near = did_you_mean(&word.name, known.iter().copied());
        let help = near.unwrap_or_else(|| format!("here stand `{}`", known.join("`, `")));
        let said = Diagnostic::error(BAD_RUNTIME, format!("`{}` has no meaning here", word.name));
        self.0.push(said.at(word.span, "not known in a runtime").help(help));
    }

    fn realises(&mut self, attribute: &Attribute) -> BTreeSet<Name> {
        let words = self.words(attribute);
        for word in words.iter().filter(|w| !REALISES.contains(&&*w.name)) {
            self.unknown(word, REALISES);
        }
        words.into_iter().map(|w| w.name).collect()
    }

    /// `[a, b]` of bare words or texts.
    fn words(&mut self, attribute: &Attribute) -> Vec<Ident> {
        let ExprKind::Tuple(elements) = &attribute.value.kind else {
            self.refuse(attribute.value.span, &attribute.name.name);
            return Vec::new();
        };
        let one = |e: &Arc<Expr>| {
            let text = e.as_text().map(|t| Ident {
                name: t.into(),
                span: e.span,
            });
            e.as_name().cloned().or(text)
        };
        let words: Option<Vec<Ident>> = elements.iter().map(one).collect();
        words.unwrap_or_else(|| {
            self.refuse(attribute.value.span, &attribute.name.name);
            Vec::new()
        })
    }

    fn refuse(&mut self, span: Span, name: &str) {
        let said = Diagnostic::error(BAD_RUNTIME, format!("`{name}` takes a list of words"));
        self.0
            .push(said.at(span, "not one").help(format!("write `{name} = [a, b]`")));
    }

    fn provider(&mut self, statement: &Statement) -> Option<RuntimeProvider> {
        let span = declared::head(statement);
        let Some(name) = label(statement, 0) else {
            let said = Diagnostic::error(BAD_RUNTIME, "a provider needs a name").at(span, "no name");
            self.0.push(said.help("write `provider NAME { … }`"));
            return None;
        };
        let body = Arc::new(statement.body.clone().unwrap_or_else(|| declared::empty(span)));
        Some(RuntimeProvider { name, body, span })
    }

    fn on(&mut self, statement: &Statement, runtime: &mut Runtime) {
        let what = label(statement, 0);
        let place = match what.as_deref() {
            Some("service") => &mut runtime.service,
            Some("dataset") => &mut runtime.dataset,
            _ => {
                let said = Diagnostic::error(BAD_RUNTIME, "a runtime says what happens `on service` and `on dataset`");
                self.0.push(said.at(declared::head(statement), "on something else"));
                return;
            }
        };
        if let Some(first) = place {
            let said = Diagnostic::error(BAD_RUNTIME, "a runtime says it once for each kind of thing");
            let said = said.at(declared::head(statement), "the second one");
            self.0.push(said.and(first.span, "the first one"));
            return;
        }
        let known: &[&str] = match what.as_deref() {
            Some("service") => &["requires", "host", "port_seed"],
            _ => &["requires", "endpoint"],
        };
        *place = Some(self.body(statement, known));
    }

    fn body(&mut self, statement: &Statement, known: &[&str]) -> On {
        let mut on = On {
            requires: Vec::new(),
            endpoint: None,
            port_seed: None,
            locals: Vec::new(),
            resources: Vec::new(),
            mentions: BTreeSet::new(),
            span: declared::head(statement),
        };
        for item in items(statement) {
            match item {
                Item::Attribute(a) if !known.contains(&&*a.name.name) => self.unknown(&a.name, known),
                Item::Attribute(a) => match &*a.name.name {
                    "requires" => on.requires = self.words(a),
                    "port_seed" => on.port_seed = Some(a.value.clone()),
                    _ => on.endpoint = Some(a.value.clone()),
                },
                Item::Statement(s) if &*s.word.name == "locals" => on.locals.extend(declared::locals(s)),
                Item::Statement(s) if &*s.word.name == "resource" => on.resources.extend(declared::resource(s)),
                Item::Statement(s) => self.unknown(&s.word, &["resource", "locals"]),
                Item::Error(_) => {}
            }
        }
        self.0.extend(twice(&on.resources));
        if let Some(body) = &statement.body {
            mentions(body, &mut on.mentions);
        }
        on
    }
}

fn twice(resources: &[ResourceBlock]) -> Vec<Diagnostic> {
    let mut first = std::collections::BTreeMap::new();
    let mut said = Vec::new();
    for block in resources {
        let key = (&block.type_name, &block.name);
        match first.get(&key) {
            None => drop(first.insert(key, block.span)),
            Some(span) => said.push(declared::twice(&block.title(), block.span, *span)),
        }
    }
    said
}

fn items(statement: &Statement) -> impl Iterator<Item = &Item> {
    statement.body.iter().flat_map(|b| &b.items)
}

/// Every attribute name in the expressions of a body.
fn mentions(body: &Body, into: &mut BTreeSet<Name>) {
    for item in &body.items {
        match item {
            Item::Attribute(a) => mentioned(&a.value, into),
            Item::Statement(s) => {
                for operand in &s.operands {
                    if let Operand::Expr(e) = operand {
                        mentioned(e, into);
                    }
                }
                if let Some(body) = &s.body {
                    mentions(body, into);
                }
            }
            Item::Error(_) => {}
        }
    }
}

fn mentioned(expr: &Expr, into: &mut BTreeSet<Name>) {
    if let ExprKind::Attr(_, name) = &expr.kind {
        into.insert(name.name.clone());
    }
    crate::lang::eval::references::inner(expr, &mut |e| mentioned(e, into));
}
