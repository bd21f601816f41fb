//! Resources and providers that are written by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_value::Value;

use crate::base::addr::Parts;
use crate::base::diagnostic::did_you_mean;
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::lang::config::{Config, ProviderBlock, ResourceBlock};
use crate::lang::eval::expand::{Target, expand};
use crate::lang::eval::instance::Instance;
use crate::lang::eval::shape::Name;
use crate::lang::eval::{Scope, references};
use crate::lang::syntax::ast::{Body, Expr, ExprKind, Item};
use crate::model::assignment::Thing;

use super::place::{Ground, block};
use super::providers::{Configured, NO_PROVIDER, Offers, asked_for};

/// A resource at a site that is not declared.
pub const NO_SITE: Code = Code::new("E167", "a resource at a site that is not declared");

/// The providers by hand, by id: those with a block, and those of `required_providers` that need none.
pub(super) fn configured(
    config: &Config,
    root: &Arc<Scope>,
    offers: &mut Offers<'_>,
) -> (BTreeMap<Name, Configured>, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut all = BTreeMap::new();
    let plain = config.required.values().map(|r| ProviderBlock {
        name: r.name.clone(),
        alias: None,
        id: r.name.clone(),
        body: Arc::new(Body {
            items: Vec::new(),
            span: r.span,
        }),
        span: r.span,
    });
    let without_block = plain.filter(|r| !config.providers.iter().any(|p| p.id == r.id));
    let with_block = config.providers.iter().cloned();
    for provider in with_block.chain(without_block) {
        match offers.by_hand(&provider.name, provider.span) {
            Ok(offer) => {
                let value = said.take(offer.configure(&provider.body, root, provider.span));
                let configured = Configured {
                    id: provider.id.clone(),
                    site: None,
                    offer,
                    config: value,
                };
                all.insert(provider.id, configured);
            }
            Err(diagnostic) => said.push(*diagnostic),
        }
    }
    (all, said)
}

/// The instances of all resources that are written by hand.
pub(super) fn all(
    ground: &Ground<'_>,
    by_hand: &BTreeMap<Name, Configured>,
    offers: &mut Offers<'_>,
) -> (Vec<Instance>, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut instances = Vec::with_capacity(ground.config.resources.len());
    let mut missing: BTreeMap<Name, usize> = BTreeMap::new();
    for resource in &ground.config.resources {
        let site = said.take(site(ground, resource));
        match provider(ground, resource, site.as_ref(), by_hand) {
            Ok(provider) => instances.extend(said.take(expanded(ground, resource, site, provider))),
            Err(id) => {
                let seen = missing.entry(id.clone()).or_default();
                *seen += 1;
                if *seen == 1 {
                    said.extend(no_provider(resource, &id, by_hand, offers));
                }
            }
        }
    }
    (instances, said)
}

/// The site that `at` names; nothing where it names none, which is told.
fn site(ground: &Ground<'_>, resource: &ResourceBlock) -> (Option<Name>, Diagnostics) {
    let Some(expr) = &resource.at else {
        return (None, Diagnostics::new());
    };
    let path = expr.as_path().unwrap_or_default();
    let name = match path.as_slice() {
        [site, name] if &*site.name == "site" => Some(*name),
        [name] => Some(*name),
        _ => None,
    };
    if let Some(name) = name.filter(|n| ground.sites.contains_key(&n.name)) {
        return (Some(name.name.clone()), Diagnostics::new());
    }
    if name.is_some_and(|n| ground.config.shape.sites.contains_key(&n.name)) {
        return (None, Diagnostics::new()); // its runtime is missing, which was told
    }
    let near = name.and_then(|n| did_you_mean(&n.name, ground.sites.keys().map(AsRef::as_ref)));
    let title = match name {
        Some(name) => format!("no site `{}` is declared", name.name),
        None => "`at` of a resource names a site".to_owned(),
    };
    let said = Diagnostic::error(NO_SITE, title).at(expr.span, "not a declared site");
    (
        None,
        said.help(near.unwrap_or_else(|| "write `at = site.NAME`".to_owned()))
            .into(),
    )
}

/// The provider of a resource: its site's where it is at one whose runtime has it, else one by hand. `Err` is the id that is missing.
fn provider<'g>(
    ground: &'g Ground<'_>,
    resource: &ResourceBlock,
    site: Option<&Name>,
    by_hand: &'g BTreeMap<Name, Configured>,
) -> Result<&'g Configured, Name> {
    let (name, id, _) = asked_for(resource);
    let of_site = site
        .filter(|_| resource.provider.is_none())
        .and_then(|s| ground.sites.get(s));
    let own = of_site.and_then(|s| s.providers.get(&name));
    own.or_else(|| by_hand.get(&id)).ok_or(id)
}

/// Why a provider is missing; nothing where that was told already.
fn no_provider(
    resource: &ResourceBlock,
    id: &Name,
    by_hand: &BTreeMap<Name, Configured>,
    offers: &mut Offers<'_>,
) -> Option<Diagnostic> {
    let (name, _, span) = asked_for(resource);
    if !offers.is_required(&name) {
        return offers.by_hand(&name, span).err().map(|d| *d);
    }
    if *id == name {
        return None;
    }
    let near = did_you_mean(id, by_hand.keys().map(AsRef::as_ref));
    let alias = id.rsplit('.').next().unwrap_or("");
    let said = Diagnostic::error(NO_PROVIDER, format!("there is no provider `{id}`")).at(span, "not declared");
    Some(said.help(near.unwrap_or_else(|| format!("add `provider \"{name}\" {{ alias = \"{alias}\" }}`"))))
}

fn expanded(
    ground: &Ground<'_>,
    resource: &ResourceBlock,
    site: Option<Name>,
    provider: &Configured,
) -> (Vec<Instance>, Diagnostics) {
    let schema = match provider.offer.of(resource) {
        Ok(schema) => schema,
        Err(diagnostic) => return (Vec::new(), (*diagnostic).into()),
    };
    let scope = match &site {
        Some(site) => at(ground, site),
        None => ground.root.clone(),
    };
    let target = Target {
        prefix: Parts::default(),
        site,
        provider: provider.id.clone(),
        schema,
        needs: things(ground, &resource.body),
    };
    expand(&block(resource), &scope, &target)
}

fn at(ground: &Ground<'_>, site: &Name) -> Arc<Scope> {
    let view = ground.view(site);
    let value = ground.sites.get(site).map(|s| s.value.clone()).unwrap_or_default();
    let values = [
        ("self", Value::object([("site", value)])),
        ("service", view.service),
        ("dataset", view.dataset),
    ];
    ground.root.child(values)
}

/// The blocks of every service and dataset that an output speaks of.
pub(super) fn things_of(ground: &Ground<'_>, exprs: &[&Expr]) -> Vec<Addr> {
    let mut found = Vec::new();
    exprs.iter().for_each(|e| mentioned_in(e, &mut found));
    found.iter().flat_map(|thing| ground.blocks(thing)).collect()
}

/// The blocks of every service and dataset that a body speaks of.
fn things(ground: &Ground<'_>, body: &Body) -> Vec<Addr> {
    let mut found = Vec::new();
    mentioned(body, &mut found);
    found.sort();
    found.dedup();
    found.iter().flat_map(|thing| ground.blocks(thing)).collect()
}

fn mentioned(body: &Body, found: &mut Vec<Thing>) {
    for item in &body.items {
        match item {
            Item::Attribute(a) => mentioned_in(&a.value, found),
            Item::Statement(s) => s.body.iter().for_each(|b| mentioned(b, found)),
            Item::Error(_) => {}
        }
    }
}

fn mentioned_in(expr: &Expr, found: &mut Vec<Thing>) {
    if let ExprKind::Attr(base, name) = &expr.kind
        && let Some(root) = base.as_name()
    {
        match &*root.name {
            "service" => found.push(Thing::Service(name.name.clone())),
            "dataset" => found.push(Thing::Dataset(name.name.clone())),
            _ => {}
        }
    }
    references::inner(expr, &mut |e| mentioned_in(e, found));
}
