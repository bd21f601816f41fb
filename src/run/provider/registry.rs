//! Which providers there are. Those that ship with the engine are found by source; `front` hands them in, so that tests can hand in
//! others.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_provider::{Provider, ProviderSchema};

/// Makes an unconfigured provider.
pub type Factory = Arc<dyn Fn() -> Arc<dyn Provider> + Send + Sync>;

/// A provider that ships with the engine, and the runtime next to it.
#[derive(Clone)]
pub struct Builtin {
    /// `builtin/situs/local`
    pub source: String,
    /// The short name, which is also the runtime's: `local`.
    pub name: String,
    /// The runtime, written in Situs; empty where there is none.
    pub runtime: &'static str,
    /// Makes one.
    pub make: Factory,
    /// What it offers.
    pub schema: Arc<ProviderSchema>,
}

impl Builtin {
    /// A provider that others know by another source, and that has no runtime.
    pub fn of(source: &str, name: &str, make: Factory) -> Self {
        Self {
            source: source.to_owned(),
            ..Self::new(name, "", make)
        }
    }

    /// A provider with its source, `builtin/situs/NAME`.
    pub fn new(name: &str, runtime: &'static str, make: Factory) -> Self {
        let schema = make().schema();
        Self {
            source: format!("builtin/situs/{name}"),
            name: name.to_owned(),
            runtime,
            make,
            schema,
        }
    }
}

/// All providers that can be had.
#[derive(Clone, Default)]
pub struct Registry {
    builtins: BTreeMap<String, Builtin>,
}

impl Registry {
    /// These.
    pub fn new(builtins: impl IntoIterator<Item = Builtin>) -> Self {
        Self {
            builtins: builtins.into_iter().map(|b| (b.source.clone(), b)).collect(),
        }
    }

    /// The one with this source.
    pub fn get(&self, source: &str) -> Option<&Builtin> {
        self.builtins.get(source)
    }

    /// All of them, by source.
    pub fn iter(&self) -> impl Iterator<Item = &Builtin> {
        self.builtins.values()
    }

    /// The texts of the runtimes that ship with the engine, by name.
    pub fn runtimes(&self) -> Vec<(String, String)> {
        self.iter()
            .filter(|b| !b.runtime.is_empty())
            .map(|b| (b.name.clone(), b.runtime.to_owned()))
            .collect()
    }
}
