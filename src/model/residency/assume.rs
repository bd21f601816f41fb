//! What a verdict rests on: intent that no runtime carries out ([`assumptions`]), and everything that narrowed a flow or weakened a label
//! because somebody said so ([`notes`]).

use std::collections::BTreeSet;

use crate::lang::eval::shape::{Name, Service, Shape};
use crate::model::assignment::Thing;

use super::check::Case;
use super::flow::weakens;
use super::verdict::Realised;
use super::words;

/// Intent about governed data that the runtimes of its sites do not carry out. Nothing is called proved because of an attribute that
/// nobody acts on.
pub fn assumptions(case: &Case<'_, '_>, realised: &Realised, sealed: &BTreeSet<usize>) -> Vec<String> {
    let mut found = Vec::new();
    let mut assume = |what: &str, sites: &[&Name], text: String| {
        let idle: Vec<&Name> = sites.iter().copied().filter(|s| !realised.at(s, what)).collect();
        if !idle.is_empty() {
            found.push(format!(
                "{text} (the runtime at {} does not do this)",
                words::list(&idle, "and")
            ));
        }
    };
    let shape = case.room.shape;
    for (name, dataset) in shape
        .datasets
        .iter()
        .filter(|(name, _)| governed(case, &Thing::Dataset((*name).clone())))
    {
        let mut sites: Vec<&Name> = case.copies(name).into_iter().map(|(s, _)| s).collect();
        sites.sort();
        sites.dedup();
        if sites.len() > 1 {
            assume(
                "replication",
                &sites,
                format!("dataset.{name} is replicated to {}", words::list(&sites, "and")),
            );
        }
        if let Some(key) = &dataset.encrypted_by {
            assume(
                "encryption",
                &sites,
                format!("dataset.{name} is encrypted by {}", key.value),
            );
        }
        if let Some(backup) = &dataset.backup {
            let to = case.backups(dataset);
            assume(
                "backup",
                &sites,
                format!("dataset.{name} is backed up to {}", words::list(&to, "and")),
            );
            if let Some(key) = &backup.encrypted_by {
                assume(
                    "encryption",
                    &to,
                    format!("backups of dataset.{name} are encrypted by {}", key.value),
                );
            }
        }
    }
    for (name, service) in shape
        .services
        .iter()
        .filter(|(name, _)| governed(case, &Thing::Service((*name).clone())))
    {
        let sites = sites_of(case, service);
        if service.failover.is_some() {
            assume(
                "failover",
                &sites,
                format!("service.{name} stays within its `failover within` when a site is lost"),
            );
        }
        for sink in &service.logs_to {
            assume(
                "logs",
                &sites,
                format!(
                    "the logs of service.{name} go to service.{} and nowhere else",
                    sink.value
                ),
            );
        }
    }
    for link in sealed.iter().copied() {
        let Some(declared) = shape.links.get(link) else {
            continue;
        };
        let ends = [&declared.from.value, &declared.to.value];
        assume(
            "sealing",
            &ends,
            format!("the link {} is sealed from end to end", case.room.link_name(link)),
        );
    }
    found.extend(kept_logs(case));
    found
}

fn sites_of<'a>(case: &Case<'_, 'a>, service: &Service) -> Vec<&'a Name> {
    let mut sites: Vec<&Name> = case
        .assignment
        .services
        .get(&service.name)
        .into_iter()
        .flatten()
        .collect();
    sites.sort();
    sites.dedup();
    sites
}

/// Whether any rule is about anything that a thing holds.
fn governed(case: &Case<'_, '_>, thing: &Thing) -> bool {
    let flow = &case.room.flow;
    let held = flow
        .id(thing)
        .into_iter()
        .flat_map(|id| flow.held(id))
        .filter_map(|l| flow.label(l));
    held.map(|l| &l.dataset).any(|dataset| case.room.rules.governs(dataset))
}

/// For how long a log is kept is nothing that can be said of a service: `keep at most` takes it for granted.
fn kept_logs(case: &Case<'_, '_>) -> Vec<String> {
    use crate::lang::eval::shape::{Bound, RuleKind};
    let mut found = Vec::new();
    for (residency, dataset) in &case.room.rules.about {
        let limits = residency.rules.iter().filter_map(|rule| match &rule.kind {
            RuleKind::Keep {
                bound: Bound::AtMost,
                millis,
                ..
            } => Some(*millis),
            _ => None,
        });
        let readers: Vec<&Name> = holders(case, &dataset.name);
        for limit in limits.filter(|_| !readers.is_empty()) {
            found.push(format!(
                "logs of {} keep nothing of dataset.{} for longer than {}",
                words::list(&readers, "and"),
                dataset.name,
                words::duration(limit)
            ));
        }
    }
    found
}

fn holders<'c>(case: &'c Case<'_, '_>, dataset: &Name) -> Vec<&'c Name> {
    let flow = &case.room.flow;
    let holds = |id: usize| {
        flow.held(id)
            .filter_map(|l| flow.label(l))
            .any(|l| l.dataset == *dataset)
    };
    let services = flow
        .things
        .iter()
        .enumerate()
        .filter(|(_, t)| matches!(t, Thing::Service(_)));
    services.filter(|(id, _)| holds(*id)).map(|(_, t)| t.name()).collect()
}

/// Every narrowing and every derivation; listed in every plan.
pub fn notes(shape: &Shape) -> Vec<String> {
    let narrowed = shape.services.iter().flat_map(|(name, service)| {
        service.calls.iter().flat_map(move |call| {
            let ways = [("hands", "to", &call.carries), ("gets", "from", &call.returns)];
            ways.into_iter().filter_map(move |(verb, side, list)| {
                let named: Vec<&Name> = list.as_ref()?.value.iter().map(|u| &u.value).collect();
                let what = if named.is_empty() {
                    "nothing".to_owned()
                } else {
                    format!("only {}", words::list(&named, "and"))
                };
                Some(format!(
                    "narrowed  service.{name} {verb} {what} {side} service.{}",
                    call.service.value
                ))
            })
        })
    });
    let derived = shape.derives.iter().filter(|d| weakens(d)).map(|derive| {
        let from: Vec<&Name> = derive.from.iter().map(|u| &u.value).collect();
        let who = derive
            .asserted_by
            .as_ref()
            .map(|a| format!(", asserted by {}", a.value))
            .unwrap_or_default();
        let why = derive
            .because
            .as_ref()
            .map(|b| format!(" ({})", b.value))
            .unwrap_or_default();
        let how = words::alternative(&derive.by.value);
        format!(
            "derived   {} from {} by {how}{who}{why}",
            derive.into.value,
            words::list(&from, "and")
        )
    });
    narrowed.chain(derived).collect()
}
