//! Which plug-ins a configuration wants: what `required_providers` names in all of its modules, and what resources and `provider`
//! blocks need of which nothing is said.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::span::Span;
use crate::lang::eval::shape::Name;

use super::required::{implied, is_builtin};
use super::runtime::Origin;
use super::{Config, Module, ResourceBlock};

/// A plug-in that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// Which versions will do: what all modules say, with commas between.
    pub constraint: String,
    /// Where it is asked for first.
    pub span: Span,
}

/// The plug-ins by source.
pub type Plugins = BTreeMap<Name, Plugin>;

impl Config {
    /// The plug-ins that the configuration wants.
    pub fn plugins(&self) -> Plugins {
        let mut wanted = Plugins::new();
        of_module(&self.root, &mut wanted);
        for runtime in self.runtimes.values().filter(|r| r.origin == Origin::Written) {
            for provider in &runtime.providers {
                if let Some(required) = self.root.required.get(&provider.name) {
                    want(&mut wanted, &required.source, None, provider.span);
                }
            }
        }
        wanted
    }
}

fn of_module(module: &Module, wanted: &mut Plugins) {
    for required in module.required.values() {
        want(wanted, &required.source, required.constraint.as_deref(), required.span);
    }
    let of_blocks = module.providers.iter().map(|p| (p.name.clone(), p.span));
    let of_resources = module.resources.iter().map(|r| (provider_of(r), r.span));
    for (name, span) in of_blocks.chain(of_resources) {
        if !module.required.contains_key(&name) && &*name != "terraform" {
            want(wanted, &implied(&name), None, span);
        }
    }
    let called = module.calls.iter().map(|call| &call.module);
    called.for_each(|module: &Arc<Module>| of_module(module, wanted));
}

fn want(wanted: &mut Plugins, source: &Name, constraint: Option<&str>, span: Span) {
    if is_builtin(source) {
        return;
    }
    let plugin = wanted.entry(source.clone()).or_insert_with(|| Plugin {
        constraint: String::new(),
        span,
    });
    let known = plugin.constraint.split(", ").any(|c| Some(c) == constraint);
    if let Some(constraint) = constraint.filter(|_| !known) {
        let comma = if plugin.constraint.is_empty() { "" } else { ", " };
        plugin.constraint.push_str(comma);
        plugin.constraint.push_str(constraint);
    }
}

/// The name of a resource's provider.
fn provider_of(block: &ResourceBlock) -> Name {
    let of_type = || block.type_name.split('_').next().unwrap_or_default().into();
    let written = block.provider.as_ref().and_then(|e| {
        let first = e.as_text().map(|t| t.split('.').next().unwrap_or_default().into());
        first.or_else(|| e.as_path()?.first().map(|i| i.name.clone()))
    });
    written.unwrap_or_else(of_type)
}
