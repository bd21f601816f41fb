//! Configured providers, each brought up once, when it is first needed.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_provider::{Configure, Problem, Provider, Severity};
use tokio::sync::Mutex;

use crate::base::{Code, Diagnostic, Diagnostics};

use super::registry::Registry;

/// A provider that the engine does not have.
pub const NO_PROVIDER: Code = Code::new("E300", "a provider that cannot be had");
/// A provider that does not take its configuration.
pub const NOT_CONFIGURED: Code = Code::new("E301", "a provider that refuses its configuration");
/// What a provider says went wrong.
pub const PROVIDER_SAYS: Code = Code::new("E302", "an error that a provider reports");
/// What a provider warns of.
pub const PROVIDER_WARNS: Code = Code::new("W030", "a warning that a provider gives");

/// What a configured provider is made from.
pub use crate::run::plan::change::ProviderSpec;

/// The configured providers of one run, by id.
pub struct Pool {
    registry: Registry,
    directory: String,
    specs: BTreeMap<Arc<str>, ProviderSpec>,
    open: Mutex<BTreeMap<Arc<str>, Arc<dyn Provider>>>,
}

impl Pool {
    /// None is brought up yet. `directory` is what relative paths start from.
    pub fn new(registry: Registry, directory: impl Into<String>, specs: BTreeMap<Arc<str>, ProviderSpec>) -> Self {
        Self { registry, directory: directory.into(), specs, open: Mutex::default() }
    }

    /// The configurations by id.
    pub fn specs(&self) -> &BTreeMap<Arc<str>, ProviderSpec> {
        &self.specs
    }

    /// The provider of that id, brought up if it is not yet.
    pub async fn open(&self, id: &Arc<str>) -> Result<Arc<dyn Provider>, Diagnostics> {
        let mut open = self.open.lock().await;
        if let Some(provider) = open.get(id) {
            return Ok(provider.clone());
        }
        let provider = self.bring_up(id).await?;
        open.insert(id.clone(), provider.clone());
        Ok(provider)
    }

    async fn bring_up(&self, id: &Arc<str>) -> Result<Arc<dyn Provider>, Diagnostics> {
        let spec = self.specs.get(id).ok_or_else(|| no_provider(id, "it is not configured"))?;
        let builtin = self
            .registry
            .get(&spec.source)
            .ok_or_else(|| no_provider(id, &format!("its source `{}` is not one that ships with the engine", spec.source)))?;
        let provider = (builtin.make)();
        let request = Configure { config: spec.config.unmarked_deep(), directory: self.directory.clone() };
        let problems = provider.configure(request).await;
        if problems.iter().any(|p| p.severity == Severity::Error) {
            return Err(problems.iter().map(|p| said(p, id).about(id)).collect());
        }
        Ok(provider)
    }

    /// Lets a provider go.
    pub async fn close(&self, id: &Arc<str>) {
        self.open.lock().await.remove(id);
    }

    /// Asks every provider to bring what is in flight to an early end.
    pub async fn stop(&self) {
        let open: Vec<_> = self.open.lock().await.values().cloned().collect();
        for provider in open {
            provider.stop().await;
        }
    }
}

fn no_provider(id: &str, why: &str) -> Diagnostics {
    Diagnostic::error(NO_PROVIDER, format!("the provider `{id}` cannot be had: {why}"))
        .help("name a provider that ships with the engine: `required_providers { local = { source = \"builtin/situs/local\" } }`")
        .into()
}

fn said(problem: &Problem, id: &str) -> Diagnostic {
    let base = Diagnostic::error(NOT_CONFIGURED, format!("the provider `{id}` refuses its configuration: {}", problem.summary));
    if problem.detail.is_empty() { base } else { base.note(problem.detail.clone()) }
}

/// What a provider says about a resource, as a message. `span` is where the resource is declared.
pub fn diagnose(problem: &Problem, addr: &crate::base::Addr, span: Option<crate::base::Span>) -> Diagnostic {
    let place = problem.path.as_ref().map(|p| p.to_string()).unwrap_or_default();
    let title = format!("`{addr}`: {}", problem.summary);
    let base = match problem.severity {
        Severity::Error => Diagnostic::error(PROVIDER_SAYS, title),
        Severity::Warning => Diagnostic::warning(PROVIDER_WARNS, title),
    };
    let base = match span {
        Some(span) => base.at(span, if place.is_empty() { "of this resource".to_owned() } else { format!("its `{place}`") }),
        None => base,
    };
    let base = base.about(addr);
    if problem.detail.is_empty() { base } else { base.note(problem.detail.clone()) }
}
