//! What a verdict rests on: intent that no runtime carries out ([`assumptions`]), and everything that narrowed a flow or weakened a label
//! because somebody said so ([`notes`]).

use std::collections::BTreeSet;

use crate::lang::eval::shape::{Backup, Dataset, Name, Service, Shape};
use crate::model::assignment::Thing;

use super::check::Case;
use super::flow::weakens;
use super::verdict::Realised;
use super::words;

/// Intent that the runtimes of its sites do not carry out, whether a rule is about it or not. Nothing is called proved because of an
/// attribute that nobody acts on, and nothing that was asked for is dropped without a word.
pub fn assumptions(case: &Case<'_, '_>, realised: &Realised, sealed: &BTreeSet<usize>) -> Vec<String> {
    let shape = case.room.shape;
    let mut assumed = Assumed {
        realised,
        found: Vec::new(),
    };
    for dataset in shape.datasets.values() {
        assumed.dataset(case, dataset);
    }
    for service in shape.services.values() {
        assumed.service(case, service);
    }
    for link in sealed.iter().copied() {
        let Some(declared) = shape.links.get(link) else {
            continue;
        };
        let ends = [&declared.from.value, &declared.to.value];
        let text = format!("the link {} is sealed from end to end", case.room.link_name(link));
        assumed.unless("sealing", &ends, &text);
    }
    let mut found = assumed.found;
    found.extend(kept_logs(case));
    found
}

/// Assumptions as they are found.
struct Assumed<'r> {
    realised: &'r Realised,
    found: Vec<String>,
}

impl Assumed<'_> {
    /// Assumes it, unless the runtimes of all these sites do it.
    fn unless(&mut self, what: &str, sites: &[&Name], text: &str) {
        let idle: Vec<&Name> = sites.iter().copied().filter(|s| !self.realised.at(s, what)).collect();
        if !idle.is_empty() {
            let who = words::list(&idle, "and");
            self.found
                .push(format!("{text} (the runtime at {who} does not do this)"));
        }
    }

    fn dataset<'a>(&mut self, case: &Case<'_, 'a>, dataset: &'a Dataset) {
        let name = &dataset.name;
        let mut sites: Vec<&Name> = case.copies(name).into_iter().map(|(s, _)| s).collect();
        sites.sort();
        sites.dedup();
        if sites.len() > 1 {
            let to = words::list(&sites, "and");
            self.unless("replication", &sites, &format!("dataset.{name} is replicated to {to}"));
        }
        if let Some(key) = &dataset.encrypted_by {
            let text = format!("dataset.{name} is encrypted by {}", key.value);
            self.unless("encryption", &sites, &text);
        }
        if let Some(keep) = dataset.keep {
            let text = format!("dataset.{name} is kept for {}", words::duration(keep));
            self.unless("retention", &sites, &text);
        }
        if let Some(backup) = &dataset.backup {
            self.backup(case, dataset, backup, &sites);
        }
        self.held(case, dataset);
    }

    /// What is written by hand is carried out by no runtime.
    fn held<'a>(&mut self, case: &Case<'_, 'a>, dataset: &'a Dataset) {
        for (_, addr) in case.holders(&dataset.name) {
            let what = format!("{addr} keeps dataset.{}", dataset.name);
            let key = dataset
                .encrypted_by
                .iter()
                .map(|key| format!("{what} encrypted by {}", key.value));
            let keep = dataset
                .keep
                .iter()
                .map(|keep| format!("{what} for {}", words::duration(*keep)));
            self.found
                .extend(key.chain(keep).map(|text| format!("{text} (it is written by hand)")));
        }
    }

    fn backup<'a>(&mut self, case: &Case<'_, 'a>, dataset: &'a Dataset, backup: &Backup, sites: &[&Name]) {
        let name = &dataset.name;
        let to = case.backups(dataset);
        let text = format!("dataset.{name} is backed up to {}", words::list(&to, "and"));
        self.unless("backup", sites, &text);
        if let Some(key) = &backup.encrypted_by {
            let text = format!("backups of dataset.{name} are encrypted by {}", key.value);
            self.unless("encryption", &to, &text);
        }
    }

    fn service(&mut self, case: &Case<'_, '_>, service: &Service) {
        let name = &service.name;
        let sites = sites_of(case, service);
        if service.failover.is_some() {
            let text = format!("service.{name} stays within its `failover within` when a site is lost");
            self.unless("failover", &sites, &text);
        }
        for sink in &service.logs_to {
            let text = format!(
                "the logs of service.{name} go to service.{} and nowhere else",
                sink.value
            );
            self.unless("logs", &sites, &text);
        }
    }
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
