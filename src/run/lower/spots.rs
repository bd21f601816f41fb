//! What is on which site, and where it answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_value::{Type, Value, convert};

use crate::base::{Diagnostic, Diagnostics};
use crate::lang::config::Config;
use crate::lang::eval::evaluate;
use crate::lang::eval::instance::NoObjects;
use crate::lang::eval::shape::Name;
use crate::lang::syntax::ast::Expr;
use crate::model::assignment::{Assignment, Thing};

use super::providers::NOT_KNOWN;
use super::sites::OnSite;
use super::{ports, values};

/// A service or a dataset on one site.
#[derive(Clone)]
pub(super) struct Spot {
    pub site: Name,
    /// Which of its replicas or copies are here, counted over all sites; in order, never empty.
    pub replicas: Vec<usize>,
    /// `host` of a service, `endpoint` of a dataset, where the runtime says one.
    pub endpoint: Option<Name>,
    /// What tells ports that are found from those of other configurations.
    pub port_seed: Option<Name>,
    /// The numbers of each replica's ports, by name.
    pub ports: Vec<BTreeMap<Name, u16>>,
}

/// Everything that is somewhere, each with its sites in the order of their first replica.
pub(super) type Spots = BTreeMap<Thing, Vec<Spot>>;

/// Where everything is. What is assigned and not declared (any more) is nowhere.
pub(super) fn find(config: &Config, assignment: &Assignment, sites: &BTreeMap<Name, OnSite>) -> (Spots, Diagnostics) {
    let mut said = Diagnostics::new();
    let datasets = config.shape.datasets.keys().map(|n| Thing::Dataset(n.clone()));
    let services = config.shape.services.keys().map(|n| Thing::Service(n.clone()));
    let mut spots = Spots::new();
    for thing in datasets.chain(services) {
        let mut here = grouped(assignment.sites(&thing), sites);
        for spot in &mut here {
            if let Some(site) = sites.get(&spot.site) {
                let on = site.on(&thing);
                spot.endpoint = said.take(known(config, &thing, site, on.and_then(|on| on.endpoint.as_ref())));
                spot.port_seed = said.take(known(config, &thing, site, on.and_then(|on| on.port_seed.as_ref())));
            }
        }
        spots.insert(thing, here);
    }
    said.append(ports::allot(&config.shape, &mut spots));
    (spots, said)
}

fn grouped(assigned: &[Name], sites: &BTreeMap<Name, OnSite>) -> Vec<Spot> {
    let mut spots: Vec<Spot> = Vec::new();
    let known = assigned
        .iter()
        .enumerate()
        .filter(|(_, site)| sites.contains_key(*site));
    for (replica, site) in known {
        match spots.iter_mut().find(|s| s.site == *site) {
            Some(spot) => spot.replicas.push(replica),
            None => spots.push(Spot {
                site: site.clone(),
                replicas: vec![replica],
                endpoint: None,
                port_seed: None,
                ports: Vec::new(),
            }),
        }
    }
    spots
}

/// A text of the runtime that is needed before anything is made.
fn known(config: &Config, thing: &Thing, site: &OnSite, expr: Option<&Arc<Expr>>) -> (Option<Name>, Diagnostics) {
    let Some(expr) = expr else {
        return (None, Diagnostics::new());
    };
    let scope = config.scope.child([
        ("site", site.value.clone()),
        ("provider", site.configurations.clone()),
        (thing.kind(), Value::object([("name", values::slug(thing.name()))])),
    ]);
    let (value, mut said) = evaluate(expr, &scope, &NoObjects);
    let text = convert(&value, &Type::String)
        .ok()
        .and_then(|v| v.as_str().map(Name::from));
    if text.is_none() && !said.has_errors() && !value.is_null() {
        let title = "where a thing answers must be known before it is made, as a text";
        let wrong = Diagnostic::error(NOT_KNOWN, title).at(expr.span, format!("this is {}", value.friendly()));
        said.push(wrong.help("work it out from `site`, `provider`, variables and locals"));
    }
    (text, said)
}
