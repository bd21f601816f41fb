//! Small worlds by hand: a shape built without a text. Spans are made up, and differ from each other.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use situs::base::SourceId;
use situs::base::geo::{self, Place, PlaceSet};
use situs::base::span::{Span, Spanned};
use situs::lang::eval::shape::*;
use situs::lang::syntax::ast::Arrow;
use situs::model::assignment::Assignment;
use situs::model::residency::{Realised, Verdict, check};

thread_local!(static NEXT: Cell<u32> = const { Cell::new(0) });

pub fn span() -> Span {
    let start = NEXT.get();
    NEXT.set(start + 10);
    Span::new(SourceId(0), start, start + 5)
}

pub fn used(name: &str) -> Use {
    Spanned::new(name.into(), span())
}

fn all_used(names: &[&str]) -> Vec<Use> {
    names.iter().map(|n| used(n)).collect()
}

/// `EEA | US`
pub fn set(text: &str) -> PlaceSet {
    text.split(['|', ','])
        .fold(PlaceSet::empty(), |s, n| s.union(&geo::lookup(n.trim()).unwrap().set()))
}

pub fn class(text: &str) -> Class {
    Class(text.split('.').map(Name::from).collect())
}

/// A shape, and where everything is.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub shape: Shape,
    pub assignment: Assignment,
    pub realised: Realised,
}

impl World {
    /// Munich is the clinic's; Dublin belongs to an Irish daughter of a company in the US; Ashburn to that company.
    pub fn clinic() -> Self {
        Self::default()
            .operator("clinic", Some("DE"), &[])
            .operator("nimbus", Some("US"), &[])
            .operator("nimbus_eu", Some("IE"), &["nimbus"])
            .site("munich", "DE-BY", "clinic")
            .site("dublin", "IE", "nimbus_eu")
            .site("ashburn", "US-VA", "nimbus")
            .link("munich", "dublin", Some("DE | NL | GB | IE"), Sealed::No)
            .link("dublin", "ashburn", Some("IE | US"), Sealed::No)
            .link("munich", "ashburn", Some("DE | FR | US"), Sealed::EndToEnd)
    }

    pub fn operator(mut self, name: &str, country: Option<&str>, owners: &[&str]) -> Self {
        let owned_by = owners
            .iter()
            .map(|o| Ownership {
                operator: used(o),
                share: None,
            })
            .collect();
        let incorporated = country.map(|c| Spanned::new(Place::parse(c).unwrap(), span()));
        let operator = Operator {
            name: name.into(),
            incorporated,
            owned_by,
            span: span(),
        };
        self.shape.operators.insert(name.into(), operator);
        self
    }

    pub fn site(mut self, name: &str, places: &str, operator: &str) -> Self {
        let territories = places
            .split(',')
            .filter(|p| !p.is_empty())
            .map(|p| Place::parse(p.trim()).unwrap());
        let site = Site {
            each: None,
            name: name.into(),
            kind: SiteKind::Region,
            territories: territories.collect(),
            territories_span: Some(span()),
            at: None,
            operator: (!operator.is_empty()).then(|| used(operator)),
            managed_from: Some(Spanned::new(Whence::Site(name.into()), span())),
            support_from: Vec::new(),
            capacity: BTreeMap::new(),
            price: BTreeMap::new(),
            traits: BTreeSet::new(),
            labels: BTreeMap::new(),
            relays: Relays::No,
            runtime: None,
            span: span(),
        };
        self.shape.sites.insert(name.into(), site);
        self
    }

    pub fn with_site(mut self, name: &str, change: impl FnOnce(&mut Site)) -> Self {
        change(self.shape.sites.get_mut(name).unwrap());
        self
    }

    pub fn link(mut self, from: &str, to: &str, via: Option<&str>, sealed: Sealed) -> Self {
        self.shape.links.push(Link {
            from: used(from),
            to: used(to),
            arrow: Arrow::Both,
            latency: None,
            bandwidth: None,
            via: via.map(|v| Spanned::new(set(v), span())),
            carrier: None,
            sealed,
            span: span(),
        });
        self
    }

    pub fn key(mut self, name: &str, site: &str, under: &str) -> Self {
        let under = (!under.is_empty()).then(|| used(under));
        let key = Key {
            name: name.into(),
            held_at: Some(used(site)),
            under,
            span: span(),
        };
        self.shape.keys.insert(name.into(), key);
        self
    }

    pub fn population(mut self, name: &str, places: &str) -> Self {
        let population = Population {
            name: name.into(),
            places: set(places),
            users: None,
            span: span(),
        };
        self.shape.populations.insert(name.into(), population);
        self
    }

    /// A dataset with a copy on each of the sites.
    pub fn dataset(mut self, name: &str, of: &str, sites: &[&str]) -> Self {
        let dataset = Dataset {
            name: name.into(),
            class: (!of.is_empty()).then(|| Spanned::new(class(of), span())),
            people_in: Some(Spanned::new(set("DE"), span())),
            volume: None,
            size: None,
            collected_at: Vec::new(),
            at: all_used(sites),
            replicas: sites.len().max(1) as u64,
            spread: Vec::new(),
            encrypted_by: None,
            backup: None,
            keep: None,
            span: span(),
        };
        self.shape.datasets.insert(name.into(), dataset);
        self.assignment
            .datasets
            .insert(name.into(), sites.iter().map(|s| Name::from(*s)).collect());
        self
    }

    pub fn with_dataset(mut self, name: &str, change: impl FnOnce(&mut Dataset)) -> Self {
        change(self.shape.datasets.get_mut(name).unwrap());
        self
    }

    /// A service on the sites.
    pub fn service(mut self, name: &str, reads: &[&str], writes: &[&str], sites: &[&str]) -> Self {
        let service = Service {
            each: None,
            name: name.into(),
            replicas: sites.len().max(1) as u64,
            cpu: None,
            memory: None,
            disk: None,
            needs: Vec::new(),
            at: all_used(sites),
            spread: Vec::new(),
            reads: all_used(reads),
            writes: all_used(writes),
            calls: Vec::new(),
            logs_to: Vec::new(),
            serves: Vec::new(),
            ports: Vec::new(),
            health: None,
            failover: None,
            secrets: Vec::new(),
            late: BTreeMap::new(),
            span: span(),
        };
        self.shape.services.insert(name.into(), service);
        self.assignment
            .services
            .insert(name.into(), sites.iter().map(|s| Name::from(*s)).collect());
        self
    }

    pub fn with_service(mut self, name: &str, change: impl FnOnce(&mut Service)) -> Self {
        change(self.shape.services.get_mut(name).unwrap());
        self
    }

    pub fn call(self, from: &str, to: &str, carries: Option<&[&str]>, returns: Option<&[&str]>) -> Self {
        let list = |names: Option<&[&str]>| names.map(|n| Spanned::new(all_used(n), span()));
        let call = Call {
            service: used(to),
            within: None,
            traffic: None,
            carries: list(carries),
            returns: list(returns),
            route: None,
            span: span(),
        };
        self.with_service(from, |s| s.calls.push(call))
    }

    pub fn logs(self, from: &str, to: &str) -> Self {
        self.with_service(from, |s| s.logs_to.push(used(to)))
    }

    pub fn derive(mut self, into: &str, from: &str, by: Alternative) -> Self {
        self.shape.derives.push(Derive {
            into: used(into),
            from: vec![used(from)],
            by: Spanned::new(by, span()),
            asserted_by: Some(Spanned::new("dpo@clinic.example".into(), span())),
            because: Some(Spanned::new("DPIA-2026-14".into(), span())),
            span: span(),
        });
        self
    }

    /// A block about everything personal.
    pub fn rules(self, name: &str, rules: Vec<Rule>) -> Self {
        self.rules_on(name, Selector::ClassWithin(class("personal")), rules)
    }

    pub fn rules_on(mut self, name: &str, selector: Selector, rules: Vec<Rule>) -> Self {
        let residency = Residency {
            name: name.into(),
            selector,
            rules,
            span: span(),
        };
        self.shape.residencies.insert(name.into(), residency);
        self
    }

    pub fn realises(mut self, site: &str, what: &[&str]) -> Self {
        self.realised
            .by_site
            .insert(site.into(), what.iter().map(|w| Name::from(*w)).collect());
        self
    }

    pub fn verdict(&self) -> Verdict {
        check(&self.shape, &self.assignment, &self.realised)
    }

    /// The state, and every finding as `R001 site title`.
    pub fn said(&self) -> (String, Vec<String>) {
        let verdict = self.verdict();
        let findings = verdict.findings.iter().map(|f| {
            let site = f.site.as_deref().unwrap_or("-");
            format!("{} {site} {}", f.code.id, f.diagnostic.title)
        });
        (verdict.state.to_string(), findings.collect())
    }

    pub fn state(&self) -> String {
        self.verdict().state.to_string()
    }
}

pub fn rule(kind: RuleKind) -> Rule {
    Rule {
        kind,
        unless: Vec::new(),
        span: span(),
    }
}

pub fn unless(mut rule: Rule, alternatives: Vec<Alternative>) -> Rule {
    rule.unless = alternatives.into_iter().map(|a| Spanned::new(a, span())).collect();
    rule
}

fn restrict(modes: &[Mode], kinds: &[Kind], polarity: Polarity, preposition: Preposition, places: &str) -> Rule {
    rule(RuleKind::Restrict {
        modes: modes.to_vec(),
        kinds: kinds.to_vec(),
        polarity,
        preposition,
        places: set(places),
        written: places.into(),
    })
}

pub fn only(modes: &[Mode], preposition: Preposition, places: &str) -> Rule {
    restrict(modes, &[], Polarity::Only, preposition, places)
}

pub fn only_kind(mode: Mode, kind: Kind, places: &str) -> Rule {
    restrict(&[mode], &[kind], Polarity::Only, Preposition::In, places)
}

pub fn never(modes: &[Mode], preposition: Preposition, places: &str) -> Rule {
    restrict(modes, &[], Polarity::Never, preposition, places)
}

pub fn never_compellable(places: &str) -> Rule {
    rule(RuleKind::NeverCompellable {
        places: set(places),
        written: places.into(),
    })
}

pub fn strictly(places: &str) -> Rule {
    rule(RuleKind::Strictly {
        places: set(places),
        written: places.into(),
    })
}

pub fn encrypted(keys_in: Option<&str>, keys_under: Option<&str>) -> Alternative {
    Alternative::Encrypted {
        keys_in: keys_in.map(set),
        keys_under: keys_under.map(set),
    }
}

/// Everything a user reads of a verdict.
pub fn text(verdict: &Verdict) -> String {
    let mut lines = vec![verdict.state.to_string()];
    let lints = verdict.lints.iter().map(|d| (d, "warning"));
    for (d, severity) in verdict.findings.iter().map(|f| (&f.diagnostic, "error")).chain(lints) {
        lines.push(format!("{severity}[{}]: {}", d.code.id, d.title));
        lines.extend(d.primary.iter().map(|l| format!("  at     {}", l.text)));
        lines.extend(d.secondary.iter().map(|l| format!("  and    {}", l.text)));
        lines.extend(d.notes.iter().map(|n| format!("  {n}")));
        lines.extend(d.help.iter().map(|h| format!("  help   {h}")));
    }
    lines.extend(verdict.assumptions.iter().map(|a| format!("assuming {a}")));
    lines.extend(verdict.notes.iter().map(|n| format!("note {n}")));
    lines.join("\n")
}
