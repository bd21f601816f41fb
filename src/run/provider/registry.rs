//! Which providers there are: those that ship with the engine, and plug-ins. `front` hands them in, so that tests can hand in others.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_provider::{Provider, ProviderSchema};
use situs_value::Value;

use crate::base::ports::Functions;
use crate::lang::config::required::is_builtin;

use super::plugin::{Missing, Plugins};

/// Makes an unconfigured provider.
pub type Factory = Arc<dyn Fn() -> Arc<dyn Provider> + Send + Sync>;

/// A provider that can be had, and the runtime next to it.
#[derive(Clone)]
pub struct Available {
    /// `builtin/situs/local`
    pub source: String,
    /// The short name, which is also the runtime's: `local`.
    pub name: String,
    /// Its version, where it has one of its own.
    pub version: Option<String>,
    /// The runtime, written in Situs; empty where there is none.
    pub runtime: &'static str,
    /// Makes one.
    pub make: Factory,
    /// What it offers.
    pub schema: Arc<ProviderSchema>,
}

impl Available {
    /// A provider that others know by another source, and that has no runtime.
    pub fn of(source: &str, name: &str, make: Factory) -> Self {
        Self {
            source: source.to_owned(),
            ..Self::new(name, "", make)
        }
    }

    /// A provider that ships with the engine, by its source `builtin/situs/NAME`.
    pub fn new(name: &str, runtime: &'static str, make: Factory) -> Self {
        let schema = make().schema();
        Self {
            source: format!("builtin/situs/{name}"),
            name: name.to_owned(),
            version: None,
            runtime,
            make,
            schema,
        }
    }
}

/// All providers that can be had.
#[derive(Clone, Default)]
pub struct Registry {
    builtins: BTreeMap<String, Arc<Available>>,
    plugins: Option<Arc<Plugins>>,
}

impl Registry {
    /// These, and no plug-ins.
    pub fn new(builtins: impl IntoIterator<Item = Available>) -> Self {
        Self {
            builtins: builtins.into_iter().map(|b| (b.source.clone(), Arc::new(b))).collect(),
            plugins: None,
        }
    }

    /// The same with these instead of those that ship with the engine.
    #[must_use]
    pub fn with_builtins(&self, builtins: impl IntoIterator<Item = Available>) -> Self {
        Self {
            plugins: self.plugins.clone(),
            ..Self::new(builtins)
        }
    }

    /// The same, and plug-ins.
    #[must_use]
    pub fn with_plugins(self, plugins: Arc<Plugins>) -> Self {
        Self {
            plugins: Some(plugins),
            ..self
        }
    }

    /// The one with this source, or why it cannot be had. A plug-in is found, and perhaps started, when it is first asked for.
    pub fn get(&self, source: &str) -> Result<Arc<Available>, Missing> {
        match (self.builtins.get(source), &self.plugins) {
            (Some(builtin), _) => Ok(builtin.clone()),
            (None, _) if is_builtin(source) => Err(Missing::NotOurs(self.sources())),
            (None, Some(plugins)) => plugins.get(source),
            (None, None) => Err(Missing::NotInstalled),
        }
    }

    /// Finds out what the plug-ins among these sources offer, all at a time.
    pub fn seek<'a>(&self, sources: impl IntoIterator<Item = &'a str>) {
        if let Some(plugins) = &self.plugins {
            let open = sources
                .into_iter()
                .filter(|s| !is_builtin(s) && !self.builtins.contains_key(*s));
            plugins.seek(&open.collect::<Vec<_>>());
        }
    }

    /// Waits for the end of the processes of plug-ins that nobody needs any more.
    pub async fn ended(&self) {
        if let Some(plugins) = &self.plugins {
            plugins.ended().await;
        }
    }

    /// Ends the processes of all plug-ins at once.
    pub fn kill(&self) {
        if let Some(plugins) = &self.plugins {
            plugins.kill();
        }
    }

    /// The functions of all of them; nothing where there are no plug-ins, for no other has any.
    pub fn functions(&self) -> Option<Arc<dyn Functions>> {
        self.plugins.as_ref()?;
        Some(Arc::new(self.clone()))
    }

    /// The same without plug-ins: none is looked for and none is started.
    #[must_use]
    pub fn without_plugins(&self) -> Self {
        Self {
            builtins: self.builtins.clone(),
            plugins: None,
        }
    }

    /// The plug-ins, where there may be any.
    pub fn plugins(&self) -> Option<&Plugins> {
        self.plugins.as_deref()
    }

    /// All that ship with the engine, by source.
    pub fn builtins(&self) -> impl Iterator<Item = &Arc<Available>> {
        self.builtins.values()
    }

    fn sources(&self) -> Vec<String> {
        self.builtins.keys().map(|source| format!("`{source}`")).collect()
    }

    /// The texts of the runtimes that ship with the engine, by name.
    pub fn runtimes(&self) -> Vec<(String, String)> {
        self.builtins()
            .filter(|b| !b.runtime.is_empty())
            .map(|b| (b.name.clone(), b.runtime.to_owned()))
            .collect()
    }
}

impl Functions for Registry {
    fn of(&self, source: &str) -> Result<Arc<ProviderSchema>, Vec<String>> {
        let available = self.get(source).map_err(|missing| missing.lines())?;
        Ok(available.schema.clone())
    }

    fn call(&self, source: &str, name: &str, arguments: &[Value]) -> Result<Value, (String, Option<usize>)> {
        match &self.plugins {
            Some(plugins) if !self.builtins.contains_key(source) => plugins.call(source, name, arguments),
            _ => Err((format!("`{source}` has no function `{name}`"), None)),
        }
    }
}
