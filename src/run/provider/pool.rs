//! Configured providers, each brought up once, when it is first needed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use situs_provider::{Configure, Problem, Provider, ProviderSchema, Severity};
use situs_value::Value;
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::body::place;
use crate::lang::eval::instance::Instance;

use super::plugin::Missing;
use super::registry::Registry;

/// A provider that the engine does not have.
pub const NO_PROVIDER: Code = Code::new("E300", "a provider that cannot be had");
/// A provider that does not take its configuration.
pub const NOT_CONFIGURED: Code = Code::new("E301", "a provider that refuses its configuration");
/// What a provider says went wrong.
pub const PROVIDER_SAYS: Code = Code::new("E302", "an error that a provider reports");
/// What a provider warns of.
pub const PROVIDER_WARNS: Code = Code::new("W030", "a warning that a provider gives");

/// A configured provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProviderSpec {
    /// Where it comes from: `builtin/situs/local`.
    pub source: String,
    /// The site it drives.
    pub site: Option<String>,
    /// Its configuration.
    pub config: Value,
}

/// A provider, or why it cannot be had.
type Brought = Result<Arc<dyn Provider>, Diagnostics>;

/// The configured providers of one run, by id. Each is brought up once, and is told off once.
pub struct Pool {
    registry: Registry,
    directory: String,
    specs: BTreeMap<Arc<str>, ProviderSpec>,
    open: Mutex<BTreeMap<Arc<str>, Arc<OnceCell<Brought>>>>,
}

impl Pool {
    /// None is brought up yet. `directory` is what relative paths start from.
    pub fn new(registry: Registry, directory: impl Into<String>, specs: BTreeMap<Arc<str>, ProviderSpec>) -> Self {
        Self {
            registry,
            directory: directory.into(),
            specs,
            open: Mutex::default(),
        }
    }

    /// The same with those that `kept` objects were made by and the configuration no longer names.
    #[must_use]
    pub fn with_kept(mut self, kept: &BTreeMap<Arc<str>, ProviderSpec>) -> Self {
        for (id, spec) in kept {
            self.specs.entry(id.clone()).or_insert_with(|| spec.clone());
        }
        self
    }

    /// What relative paths start from.
    pub fn directory(&self) -> &str {
        &self.directory
    }

    /// The configurations by id.
    pub fn specs(&self) -> &BTreeMap<Arc<str>, ProviderSpec> {
        &self.specs
    }

    /// What the provider of that id offers, where it can be had.
    pub fn schema(&self, id: &str) -> Option<Arc<ProviderSchema>> {
        let available = self.registry.get(&self.specs.get(id)?.source).ok()?;
        Some(available.schema.clone())
    }

    /// The provider of that id, brought up if it is not yet. One that is slow to come up holds up nobody else.
    pub async fn open(&self, id: &str) -> Brought {
        let cell = self.cell(id);
        cell.get_or_init(|| self.bring_up(id)).await.clone()
    }

    fn cell(&self, id: &str) -> Arc<OnceCell<Brought>> {
        let mut open = self.lock();
        match open.get(id) {
            Some(cell) => cell.clone(),
            None => open.entry(id.into()).or_default().clone(),
        }
    }

    async fn bring_up(&self, id: &str) -> Brought {
        let spec = self.specs.get(id).ok_or_else(|| not_configured(id))?;
        let available = self.registry.get(&spec.source);
        let available = available.map_err(|missing| cannot_be_had(id, &spec.source, &missing))?;
        let provider = (available.make)();
        let config = spec.config.unmarked_deep();
        refused(id, &provider.validate_config(&config).await)?;
        let request = Configure {
            config,
            directory: self.directory.clone(),
        };
        refused(id, &provider.configure(request).await)?;
        Ok(provider)
    }

    /// Lets a provider go.
    pub fn close(&self, id: &str) {
        self.lock().remove(id);
    }

    /// Asks every provider to bring what is in flight to an early end.
    pub async fn stop(&self) {
        let cells: Vec<_> = self.lock().values().cloned().collect();
        let open = cells.iter().filter_map(|c| c.get()?.as_ref().ok().cloned());
        let mut telling: JoinSet<()> = open.map(|provider| async move { provider.stop().await }).collect();
        while telling.join_next().await.is_some() {}
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Arc<OnceCell<Brought>>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(id: &str, problems: &[Problem]) -> Result<(), Diagnostics> {
    if problems.iter().any(|p| p.severity == Severity::Error) {
        return Err(problems.iter().map(|p| said(p, id).about(id)).collect());
    }
    Ok(())
}

fn not_configured(id: &str) -> Diagnostics {
    let title = format!("the provider `{id}` cannot be had: it is not configured");
    let said = Diagnostic::error(NO_PROVIDER, title);
    said.help("write its `provider` block again, and its source in `required_providers`")
        .into()
}

fn cannot_be_had(id: &str, source: &str, missing: &Missing) -> Diagnostics {
    let title = format!("the provider `{id}` cannot be had from `{source}`");
    missing.tell(Diagnostic::error(NO_PROVIDER, title)).into()
}

fn said(problem: &Problem, id: &str) -> Diagnostic {
    let base = Diagnostic::error(
        NOT_CONFIGURED,
        format!("the provider `{id}` refuses its configuration: {}", problem.summary),
    );
    if problem.detail.is_empty() {
        base
    } else {
        base.note(problem.detail.clone())
    }
}

/// What a provider says about an instance, as a message: at the line that it is about, where that can be told.
pub fn told(problem: &Problem, instance: &Instance) -> Diagnostic {
    let path = problem.path.as_ref().map(|p| p.0.as_slice()).unwrap_or_default();
    match place(&instance.body, path) {
        Some(span) => {
            let bare = Problem {
                path: None,
                ..problem.clone()
            };
            let said = diagnose(&bare, &instance.addr, None);
            said.at(span, "this is meant").and(instance.span, "in here")
        }
        None => diagnose(problem, &instance.addr, Some(instance.span)),
    }
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
        Some(span) => base.at(
            span,
            if place.is_empty() {
                "declared here".to_owned()
            } else {
                format!("its `{place}`")
            },
        ),
        None => base,
    };
    let base = base.about(addr);
    if problem.detail.is_empty() {
        base
    } else {
        base.note(problem.detail.clone())
    }
}
