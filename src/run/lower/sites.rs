//! Each site with its runtime and the providers that are configured for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_value::Value;

use crate::base::{Diagnostic, Diagnostics};
use crate::lang::config::runtime::{BAD_RUNTIME, On, RuntimeProvider};
use crate::lang::config::{Config, Runtime};
use crate::lang::eval::Scope;
use crate::lang::eval::shape::{Name, Site};
use crate::lang::syntax::ast::{Body, Item};
use crate::model::assignment::Thing;

use super::providers::{Configured, Offers};
use super::values;

/// A site as its runtime finds it.
pub(super) struct OnSite {
    pub runtime: Arc<Runtime>,
    /// `site`
    pub value: Value,
    /// By name.
    pub providers: BTreeMap<Name, Configured>,
    /// `provider`: their configurations by name.
    pub configurations: Value,
}

impl OnSite {
    /// What its runtime does on such a thing.
    pub fn on(&self, thing: &Thing) -> Option<&On> {
        match thing {
            Thing::Service(_) => self.runtime.service.as_ref(),
            Thing::Dataset(_) => self.runtime.dataset.as_ref(),
        }
    }
}

/// Every site whose runtime is there.
pub(super) fn prepare(config: &Config, offers: &mut Offers<'_>) -> (BTreeMap<Name, OnSite>, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut sites = BTreeMap::new();
    for (name, site) in &config.shape.sites {
        // A runtime that is not there was told when the configuration was loaded.
        if let Some(runtime) = config.runtime_of(site) {
            sites.insert(name.clone(), said.take(one(config, site, runtime, offers)));
        }
    }
    (sites, said)
}

fn one(config: &Config, site: &Site, runtime: &Arc<Runtime>, offers: &mut Offers<'_>) -> (OnSite, Diagnostics) {
    let mut said = Diagnostics::new();
    let value = values::site(site);
    let each = site.each.iter().map(|each| ("each", each.clone()));
    let scope = config.scope.child([("site", value.clone())].into_iter().chain(each));
    said.extend(idle_settings(site, runtime));
    let mut providers = BTreeMap::new();
    for provider in &runtime.providers {
        let configured = said.take(configure(site, runtime, provider, &scope, offers));
        providers.extend(configured.map(|c| (provider.name.clone(), c)));
    }
    let configurations = providers
        .iter()
        .map(|(n, c): (&Name, &Configured)| (n.clone(), c.config.clone()));
    let configurations = Value::object(configurations);
    let on_site = OnSite {
        runtime: runtime.clone(),
        value,
        providers,
        configurations,
    };
    (on_site, said)
}

/// A site's settings are those of the provider that is named like the runtime, or of its only one.
fn takes_settings(runtime: &Runtime, provider: &RuntimeProvider) -> bool {
    provider.name == runtime.name || runtime.providers.len() == 1
}

/// Settings that no provider of the runtime takes.
fn idle_settings(site: &Site, runtime: &Runtime) -> Option<Diagnostic> {
    let used = site.runtime.as_ref()?;
    let idle = used.settings.as_ref().is_some_and(|s| !s.items.is_empty());
    if !idle || runtime.providers.iter().any(|p| takes_settings(runtime, p)) {
        return None;
    }
    let title = format!(
        "no provider of the runtime `{}` takes the settings of `{}`",
        runtime.name, site.name
    );
    let said = Diagnostic::error(BAD_RUNTIME, title)
        .at(used.name.span, "has settings")
        .and(runtime.span, "declared here");
    let help = "settings go to the runtime's only provider, or to the one with the runtime's name";
    Some(said.help(help))
}

fn configure(
    site: &Site,
    runtime: &Runtime,
    provider: &RuntimeProvider,
    scope: &Arc<Scope>,
    offers: &mut Offers<'_>,
) -> (Option<Configured>, Diagnostics) {
    let offer = match offers.for_runtime(runtime, provider) {
        Ok(offer) => offer,
        Err(diagnostic) => return (None, (*diagnostic).into()),
    };
    let settings = site
        .runtime
        .as_ref()
        .filter(|_| takes_settings(runtime, provider))
        .and_then(|r| r.settings.as_deref());
    let head = site.runtime.as_ref().map_or(site.span, |r| r.name.span);
    let (config, said) = match settings {
        Some(settings) => offer.configure(&merged(&provider.body, settings), scope, head),
        None => offer.configure(&provider.body, scope, head),
    };
    let configured = Configured {
        id: format!("{}@{}", provider.name, site.name).into(),
        site: Some(site.name.to_string()),
        offer,
        config,
    };
    (Some(configured), said)
}

/// The runtime's configuration of a provider with the site's settings over it.
fn merged(written: &Body, settings: &Body) -> Body {
    let name = |item: &Item| match item {
        Item::Attribute(a) => Some(a.name.name.clone()),
        Item::Statement(s) => Some(s.word.name.clone()),
        Item::Error(_) => None,
    };
    let replaced: BTreeSet<Name> = settings.items.iter().filter_map(name).collect();
    let kept = written
        .items
        .iter()
        .filter(|i| name(i).is_none_or(|n| !replaced.contains(&n)));
    Body {
        items: kept.chain(&settings.items).cloned().collect(),
        span: settings.span,
    }
}
