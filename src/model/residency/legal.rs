//! What placement asks before anything is placed: which sites are legal for a thing, and which pairs of sites for what flows between two
//! things. Things that hold the same under the same rules share one answer, so that a thousand services cost little more than one.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Span;
use crate::lang::eval::shape::{AtSite, Dataset, Kind, Mode, Name, RuleKind, Shape};
use crate::model::assignment::Thing;

use super::exposure::{self, Exposure};
use super::flow::Edge;
use super::judge::{Answer, Room};
use super::net::{Barred, Net};
use super::rules::Test;
use super::verdict::State;

/// Why a thing may not be on a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The block.
    pub residency: Name,
    /// The rule's place in the text.
    pub rule: Span,
    /// Whose data.
    pub dataset: Name,
    /// Whether the rule breaks, or cannot be shown to hold.
    pub state: State,
    /// All of it in one line: ``gdpr lets `records` be stored only in EEA: ashburn lies in US-VA``.
    pub words: String,
    /// Where the fact is written that stands against it.
    pub fact: Option<Span>,
}

/// How many copies a rule wants where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// At least so many distinct sites …
    pub count: u64,
    /// … of these.
    pub sites: BTreeSet<Name>,
    /// Of which kinds of copies; empty: primary and replicas.
    pub kinds: Vec<Kind>,
    /// The block.
    pub residency: Name,
    /// The rule's place in the text.
    pub rule: Span,
}

/// The legal sites of everything, and the legal pairs.
#[derive(Clone, Debug, Default)]
pub struct Legal {
    groups: Vec<BTreeMap<Name, Vec<Reason>>>,
    of: BTreeMap<Thing, usize>,
    primary: BTreeMap<Name, usize>,
    net: Net,
    barred: BTreeMap<usize, Barred>,
    traffic: BTreeMap<(Thing, Thing), Vec<Traffic>>,
    partners: BTreeMap<Thing, BTreeSet<Thing>>,
    quotas: BTreeMap<Name, Vec<Quota>>,
}

/// What flows one way between two things.
#[derive(Clone, Debug)]
struct Traffic {
    /// The rules about it, by test.
    tests: Vec<usize>,
    /// The prescribed route, as sites of the net.
    stops: Vec<usize>,
}

impl Legal {
    /// Why a thing may not be on a site; empty: it may. For a dataset with several copies: any copy but the first.
    pub fn site(&self, thing: &Thing, site: &Name) -> &[Reason] {
        self.reasons(self.of.get(thing), site)
    }

    /// Why the first copy of a dataset may not be on a site; empty: it may.
    pub fn primary(&self, dataset: &Name, site: &Name) -> &[Reason] {
        self.reasons(self.primary.get(dataset), site)
    }

    /// Whether a caller on one site may call a service on another.
    pub fn pair(&self, from: &Name, to: &Name, from_site: &Name, to_site: &Name) -> bool {
        self.between(
            &Thing::Service(from.clone()),
            &Thing::Service(to.clone()),
            from_site,
            to_site,
        )
    }

    /// Whether all that flows between two things, both ways (reads, writes, calls, logs; for a dataset and itself: from the first copy
    /// to another one), may flow between two sites.
    pub fn between(&self, one: &Thing, other: &Thing, one_site: &Name, other_site: &Name) -> bool {
        if one_site == other_site {
            return true;
        }
        let there = self.flows(one, other, one_site, other_site);
        there && (one == other || self.flows(other, one, other_site, one_site))
    }

    /// What rules want of the copies of a dataset taken together.
    pub fn quotas(&self, dataset: &Name) -> &[Quota] {
        self.quotas.get(dataset).map_or(&[], Vec::as_slice)
    }

    /// The things that data governed by a rule flows to or from.
    pub fn partners(&self, thing: &Thing) -> impl Iterator<Item = &Thing> {
        self.partners.get(thing).into_iter().flatten()
    }

    fn reasons(&self, group: Option<&usize>, site: &Name) -> &[Reason] {
        let group = group.and_then(|g| self.groups.get(*g));
        group.and_then(|g| g.get(site)).map_or(&[], Vec::as_slice)
    }

    fn flows(&self, sender: &Thing, receiver: &Thing, from: &Name, to: &Name) -> bool {
        let Some(traffic) = self.traffic.get(&(sender.clone(), receiver.clone())) else {
            return true;
        };
        let (Some(from), Some(to)) = (self.net.id(from), self.net.id(to)) else {
            return false;
        };
        traffic
            .iter()
            .all(|t| t.tests.iter().all(|test| self.lets_pass(*test, &t.stops, from, to)))
    }

    fn lets_pass(&self, test: usize, stops: &[usize], from: usize, to: usize) -> bool {
        let Some(barred) = self.barred.get(&test) else {
            return true;
        };
        if stops.first() == Some(&from) && stops.last() == Some(&to) {
            return self.net.passes_on(barred, stops);
        }
        self.net.passes(barred, from, to)
    }
}

/// Works out what is legal.
pub fn legal(shape: &Shape) -> Legal {
    of(&Room::of(shape))
}

/// The same, from what is already known of a shape.
pub fn of(room: &Room<'_>) -> Legal {
    let mut maker = Maker {
        room,
        legal: Legal::default(),
        known: BTreeMap::new(),
    };
    maker.things();
    maker.traffic();
    maker.replication();
    maker.quotas();
    maker.legal.net = room.net.clone();
    maker.legal
}

/// What makes two things the same to all rules.
type Demands<'a> = Vec<(usize, Exposure<'a>)>;

struct Maker<'r, 'a> {
    room: &'r Room<'a>,
    legal: Legal,
    known: BTreeMap<Demands<'a>, usize>,
}

impl<'a> Maker<'_, 'a> {
    fn things(&mut self) {
        let room = self.room;
        for (id, thing) in room.flow.things.iter().enumerate() {
            match thing {
                Thing::Service(name) => {
                    let Some(service) = room.shape.services.get(name) else {
                        continue;
                    };
                    let exposures = exposure::of_service(room.shape, &room.flow, id, service);
                    let group = self.group(&exposures);
                    self.legal.of.insert(thing.clone(), group);
                }
                Thing::Dataset(name) => {
                    let Some(dataset) = room.shape.datasets.get(name) else {
                        continue;
                    };
                    self.dataset(id, thing, dataset);
                }
            }
        }
    }

    fn dataset(&mut self, id: usize, thing: &Thing, dataset: &'a Dataset) {
        let kinds = [Kind::Primary, Kind::Replica];
        let [primary, replica] = kinds.map(|kind| {
            let mut exposures = exposure::of_copy(&self.room.flow, id, dataset, kind);
            if dataset.backup.as_ref().is_some_and(|b| b.to.is_empty()) {
                exposures.extend(exposure::of_backup(&self.room.flow, id, dataset));
            }
            self.group(&exposures)
        });
        self.legal.primary.insert(dataset.name.clone(), primary);
        self.legal
            .of
            .insert(thing.clone(), if dataset.replicas > 1 { replica } else { primary });
    }

    /// The group of things with the same demands.
    fn group(&mut self, exposures: &[Exposure<'a>]) -> usize {
        let demands = self.demands(exposures);
        if let Some(known) = self.known.get(&demands) {
            return *known;
        }
        let mut reasons = BTreeMap::new();
        for site in self.room.shape.sites.keys() {
            let against = self.against(&demands, site);
            if !against.is_empty() {
                reasons.insert(site.clone(), against);
            }
        }
        self.legal.groups.push(reasons);
        let group = self.legal.groups.len() - 1;
        self.known.insert(demands, group);
        group
    }

    /// Each rule once for each way in which it could answer differently, with one label that shows it.
    fn demands(&self, exposures: &[Exposure<'a>]) -> Demands<'a> {
        let mut seen = BTreeMap::new();
        for exposure in exposures {
            for id in self.room.tests_of(exposure) {
                let doubt = self.room.test(id).filter(|t| self.room.in_doubt(t, exposure.label));
                let key = (
                    id,
                    exposure.mode,
                    exposure.cipher,
                    exposure.keep,
                    doubt.map(|_| exposure.label),
                );
                seen.entry(key).or_insert(*exposure);
            }
        }
        seen.into_iter().map(|((id, ..), exposure)| (id, exposure)).collect()
    }

    fn against(&self, demands: &Demands<'a>, site: &'a Name) -> Vec<Reason> {
        let mut found: Vec<Reason> = Vec::new();
        for (id, exposure) in demands {
            let answer = self.room.answer(*id, exposure, exposure.subject(site));
            if let Some(reason) = self.room.test(*id).and_then(|t| self.reason(t, exposure, &answer))
                && !found
                    .iter()
                    .any(|r| r.rule == reason.rule && r.fact == reason.fact && r.state == reason.state)
            {
                found.push(reason);
            }
        }
        found
    }

    fn reason(&self, test: &Test<'a>, exposure: &Exposure<'a>, answer: &Answer) -> Option<Reason> {
        let (state, because, fact) = match answer {
            Answer::Fits => return None,
            Answer::Breaks(part) => (State::Violated, &part.because, part.span),
            Answer::Unknown(missing) => (State::NotProvable, &missing.fact, missing.span),
        };
        let dataset = self.room.flow.label(exposure.label)?.dataset.clone();
        let words = format!(
            "residency `{}` says of `{dataset}`: {}; {because}",
            test.residency.name,
            test.words()
        );
        Some(Reason {
            residency: test.residency.name.clone(),
            rule: test.rule.span,
            dataset,
            state,
            words,
            fact,
        })
    }

    fn traffic(&mut self) {
        for edge in self.room.flow.edges.iter().filter(|e| e.word.travels()) {
            let exposures = self
                .room
                .flow
                .sent(edge)
                .into_iter()
                .map(|(_, l)| Exposure::new(l, Mode::Transit));
            let tests: BTreeSet<usize> = exposures.flat_map(|e| self.room.tests_of(&e)).collect();
            let (Some(from), Some(to)) = (self.thing(edge.sender()), self.thing(edge.to)) else {
                continue;
            };
            self.flow_between(from, to, tests, self.stops(edge));
        }
    }

    /// From the first copy of a dataset to the others; what is encrypted travels encrypted.
    fn replication(&mut self) {
        for (name, dataset) in &self.room.shape.datasets {
            let thing = Thing::Dataset(name.clone());
            let Some(id) = self.room.flow.id(&thing).filter(|_| dataset.replicas > 1) else {
                continue;
            };
            let cipher = dataset.encrypted_by.as_ref().map(|k| &k.value);
            let travels = |l| Exposure {
                cipher,
                kind: Some(Kind::Replica),
                ..Exposure::new(l, Mode::Transit)
            };
            let asked = self.room.flow.held(id).map(travels).flat_map(|e| {
                let open = |t: &usize| !self.room.accepts_cipher(*t, &e);
                self.room.tests_of(&e).into_iter().filter(open).collect::<Vec<_>>()
            });
            let tests = asked.collect();
            self.flow_between(thing.clone(), thing, tests, Vec::new());
        }
    }

    fn flow_between(&mut self, from: Thing, to: Thing, tests: BTreeSet<usize>, stops: Vec<usize>) {
        if tests.is_empty() {
            return;
        }
        for test in &tests {
            if !self.legal.barred.contains_key(test) {
                self.legal.barred.insert(*test, self.room.barred(*test));
            }
        }
        for (one, other) in [(&from, &to), (&to, &from)].into_iter().filter(|(a, b)| a != b) {
            let partners = self.legal.partners.entry(one.clone()).or_default();
            partners.insert(other.clone());
        }
        let tests = tests.into_iter().collect();
        let traffic = self.legal.traffic.entry((from, to)).or_default();
        traffic.push(Traffic { tests, stops });
    }

    fn thing(&self, id: usize) -> Option<Thing> {
        self.room.flow.things.get(id).cloned()
    }

    fn stops(&self, edge: &Edge<'_>) -> Vec<usize> {
        self.room.net.numbers(&edge.stops())
    }

    fn held(&self, dataset: &Dataset, kinds: &[Kind]) -> BTreeSet<Name> {
        let counts = kinds.is_empty() || kinds.contains(&Kind::Replica);
        let holds = |at: &&AtSite| counts && at.holds.iter().any(|u| u.value == dataset.name);
        let all = self.room.shape.resources.values().filter(holds);
        all.map(|at| at.site.value.clone()).collect()
    }

    fn quotas(&mut self) {
        for (residency, dataset) in &self.room.rules.about {
            for rule in &residency.rules {
                let RuleKind::AtLeast {
                    count, kinds, places, ..
                } = &rule.kind
                else {
                    continue;
                };
                let sites = self.room.shape.sites.values();
                let inside = sites
                    .filter(|s| !s.territories.is_empty() && s.territories.iter().all(|place| places.contains(place)));
                let mut sites: BTreeSet<Name> = inside.map(|s| s.name.clone()).collect();
                // Copies that resources written by hand keep are there already.
                let held = self.held(dataset, kinds);
                let already = held.iter().filter(|site| sites.remove(*site)).count() as u64;
                if already >= *count {
                    continue;
                }
                self.legal.quotas.entry(dataset.name.clone()).or_default().push(Quota {
                    count: count - already,
                    sites,
                    kinds: kinds.clone(),
                    residency: residency.name.clone(),
                    rule: rule.span,
                });
            }
        }
    }
}
