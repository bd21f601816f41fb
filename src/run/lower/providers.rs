//! Providers: what each offers, and one configured for a site or by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_provider::{ProviderSchema, Schema};
use situs_value::Value;

use crate::base::addr::Mode;
use crate::base::diagnostic::did_you_mean;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::config::required::{implied, is_builtin};
use crate::lang::config::runtime::{Origin, RuntimeProvider};
use crate::lang::config::version::satisfies;
use crate::lang::config::{Config, Required, ResourceBlock, Runtime};
use crate::lang::eval::Scope;
use crate::lang::eval::body::{self, Reading};
use crate::lang::eval::instance::NoObjects;
use crate::lang::eval::shape::Name;
use crate::lang::syntax::ast::{Body, Expr, ExprKind};
use crate::run::provider::Registry;
use crate::run::provider::plugin::Missing;

/// A provider that is not declared, or that cannot be had.
pub const NO_PROVIDER: Code = Code::new("E162", "a provider that is not declared, or that cannot be had");
/// A resource type that a provider does not have.
pub const NO_TYPE: Code = Code::new("E163", "a resource type that a provider does not have");
/// A value that must be known before anything is made.
pub const NOT_KNOWN: Code = Code::new("E171", "a value that must be known before anything is made");

/// How a `provider` block is read: nothing of it is kept.
const PROVIDER: Reading = Reading {
    own: &["for_each"],
    keeps: false,
};

/// `required_providers` of a module.
pub(super) type AllRequired = BTreeMap<Name, Required>;

/// What a provider offers: its resource types, each shared by all instances.
pub(super) struct Offer {
    pub source: String,
    version: Option<String>,
    schema: Arc<ProviderSchema>,
    types: BTreeMap<Arc<str>, Arc<Schema>>,
    data: BTreeMap<Arc<str>, Arc<Schema>>,
    ephemeral: BTreeMap<Arc<str>, Arc<Schema>>,
}

impl Offer {
    /// What a resource or data source of that type looks like; said where there is none.
    pub fn of(&self, block: &ResourceBlock) -> Result<Arc<Schema>, Box<Diagnostic>> {
        let (types, noun) = match block.mode {
            Mode::Managed => (&self.types, "resource type"),
            Mode::Data => (&self.data, "data source"),
            Mode::Ephemeral => (&self.ephemeral, "ephemeral resource type"),
        };
        types.get(&block.type_name).cloned().ok_or_else(|| {
            let near = did_you_mean(&block.type_name, types.keys().map(AsRef::as_ref));
            let known: Vec<String> = types.keys().map(|t| format!("`{t}`")).collect();
            let title = format!("there is no {noun} `{}` in `{}`", block.type_name, self.source);
            let said = Diagnostic::error(NO_TYPE, title).at(block.span, "not a type of this provider");
            Box::new(said.help(near.unwrap_or_else(|| match known.as_slice() {
                [] => "it has none".to_owned(),
                _ => format!("it has {}", known.join(", ")),
            })))
        })
    }

    /// A provider's configuration: an object of its schema, wholly known.
    pub fn configure(&self, written: &Body, scope: &Arc<Scope>, head: Span) -> (Value, Diagnostics) {
        let (config, mut said) = body::evaluate(PROVIDER, written, &self.schema.provider, scope, &NoObjects, head);
        if !said.has_errors() && !config.is_wholly_known() {
            said.push(
                Diagnostic::error(NOT_KNOWN, "a provider is configured before anything is made")
                    .at(head, "needs what is known only after apply")
                    .help("work its configuration out from variables, locals, functions and files"),
            );
        }
        (config, said)
    }
}

/// A configured provider.
#[derive(Clone)]
pub(super) struct Configured {
    pub id: Arc<str>,
    pub site: Option<String>,
    pub offer: Arc<Offer>,
    pub config: Value,
}

/// The offers that are asked for, each looked up once.
pub(super) struct Offers<'a> {
    registry: &'a Registry,
    config: &'a Config,
    known: BTreeMap<String, Arc<Offer>>,
}

impl<'a> Offers<'a> {
    pub fn new(registry: &'a Registry, config: &'a Config) -> Self {
        Self {
            registry,
            config,
            known: BTreeMap::new(),
        }
    }

    /// The offer with this source.
    pub fn get(&mut self, source: &str) -> Result<Arc<Offer>, Missing> {
        if let Some(offer) = self.known.get(source) {
            return Ok(offer.clone());
        }
        let available = self.registry.get(source)?;
        let shared = |types: &BTreeMap<Arc<str>, Schema>| {
            let one = |(n, s): (&Arc<str>, &Schema)| (n.clone(), Arc::new(s.clone()));
            types.iter().map(one).collect()
        };
        let offer = Arc::new(Offer {
            source: source.to_owned(),
            version: available.version.clone(),
            types: shared(&available.schema.resources),
            data: shared(&available.schema.data_sources),
            ephemeral: shared(&available.schema.ephemeral),
            schema: available.schema.clone(),
        });
        self.known.insert(source.to_owned(), offer.clone());
        Ok(offer)
    }

    /// A provider of a runtime: one that ships with the engine, or in a user's own runtime what `required_providers` says first.
    pub fn for_runtime(
        &mut self,
        runtime: &Runtime,
        provider: &RuntimeProvider,
    ) -> Result<Arc<Offer>, Box<Diagnostic>> {
        let name = &provider.name;
        let written = runtime.origin == Origin::Written;
        let required = self.config.root.required.get(name).filter(|_| written);
        let source = required.map_or_else(|| builtin_source(name), |r| r.source.to_string());
        self.get(&source)
            .map_err(|missing| Box::new(self.cannot_be_had(name, &source, &missing, provider.span)))
    }

    /// The provider of that name for what is written by hand in a module: what its `required_providers` says, else one that every
    /// configuration has, else the one of that name that Terraform takes.
    pub fn by_hand(&mut self, required: &AllRequired, name: &Name, span: Span) -> Result<Arc<Offer>, Box<Diagnostic>> {
        let Some(one) = required.get(name) else {
            let own = self.get(&everywhere(name)).or_else(|_| self.get(&implied(name)));
            return own.map_err(|missing| Box::new(self.not_required(required, name, &missing, span)));
        };
        let offer = self.get(&one.source);
        let offer = offer.map_err(|missing| Box::new(self.cannot_be_had(name, &one.source, &missing, one.span)))?;
        match (&offer.version, &one.constraint) {
            (Some(version), Some(asked)) if !satisfies(version, asked).unwrap_or(true) => {
                Err(Box::new(other_version(name, version, one)))
            }
            _ => Ok(offer),
        }
    }

    fn not_required(&self, required: &AllRequired, name: &Name, missing: &Missing, span: Span) -> Diagnostic {
        if *missing != Missing::NotInstalled {
            return self.cannot_be_had(name, &implied(name), missing, span);
        }
        let builtin = self.registry.get(&builtin_source(name)).is_ok();
        let near = did_you_mean(name, required.keys().map(AsRef::as_ref));
        let said = Diagnostic::error(NO_PROVIDER, format!("the provider `{name}` is not declared"));
        let said = said.at(span, format!("needs the provider `{name}`"));
        match (builtin, near) {
            (true, _) => said.help(format!(
                "add `terraform {{ required_providers {{ {name} = {{ source = \"{}\" }} }} }}`",
                builtin_source(name)
            )),
            (false, Some(near)) => said.help(near),
            (false, None) => said
                .note(format!(
                    "where nothing else is said it is `{}`, and that is not installed",
                    implied(name)
                ))
                .help("`situs init` installs it; `required_providers` says where it comes from"),
        }
    }

    fn cannot_be_had(&self, name: &Name, source: &str, missing: &Missing, span: Span) -> Diagnostic {
        let title = format!("the provider `{name}` cannot be had from `{source}`");
        let said = Diagnostic::error(NO_PROVIDER, title).at(span, "not to be had");
        let near = did_you_mean(source, self.registry.builtins().map(|b| b.source.as_str()));
        missing.tell(said).help_some(near.filter(|_| is_builtin(source)))
    }
}

fn other_version(name: &str, version: &str, required: &Required) -> Diagnostic {
    let asked = required.constraint.as_deref().unwrap_or_default();
    let title = format!("the provider `{name}` is installed in version {version}, and `{asked}` is asked for");
    let said = Diagnostic::error(NO_PROVIDER, title).at(required.span, "another version is asked for");
    said.help("`situs init -upgrade` installs one that will do")
}

fn builtin_source(name: &str) -> String {
    format!("builtin/situs/{name}")
}

/// The source of a provider that is required by nobody and had by all, as the Terraform language has it.
fn everywhere(name: &str) -> String {
    format!("terraform.io/builtin/{name}")
}

/// The provider that a resource asks for.
pub(super) struct Asked {
    /// The provider's name.
    pub name: Name,
    /// Its id among those by hand.
    pub id: Name,
    /// Which one of several.
    pub key: Option<Arc<Expr>>,
    /// Where it is asked for.
    pub span: Span,
}

/// `provider = local.alias`, `provider = local.alias[each.key]`, else what the type starts with. `Err` where it is none of these.
pub(super) fn asked_for(block: &ResourceBlock) -> Result<Asked, Box<Diagnostic>> {
    let Some(written) = &block.provider else {
        let name: Name = block.type_name.split('_').next().unwrap_or("").into();
        return Ok(Asked {
            id: name.clone(),
            name,
            key: None,
            span: block.span,
        });
    };
    let (base, key) = match &written.kind {
        ExprKind::Index(base, key) => (base, Some(key.clone())),
        _ => (written, None),
    };
    // A text is what Terraform 0.11 had.
    let path: Option<Vec<Name>> = match base.as_text() {
        Some(text) => Some(text.split('.').map(Name::from).collect()),
        None => base.as_path().map(|p| p.iter().map(|i| i.name.clone()).collect()),
    };
    let asked = |name: &Name, id: Name| Asked {
        name: name.clone(),
        id,
        key: key.clone(),
        span: written.span,
    };
    match path.unwrap_or_default().as_slice() {
        [name] => Ok(asked(name, name.clone())),
        [name, alias] => Ok(asked(name, format!("{name}.{alias}").into())),
        _ => {
            let said = Diagnostic::error(NO_PROVIDER, "`provider` names a provider").at(written.span, "this is none");
            Err(Box::new(said.help(
                "write `provider = NAME.ALIAS`, or `NAME.ALIAS[each.key]` where it has a `for_each`",
            )))
        }
    }
}
