//! The shape as placement sees it: sites, items and edges by number, so that the search compares whole numbers and nothing else. Sites
//! are numbered in the order of their names; items are the datasets, then the services, each in the order of their names.

use std::cell::Cell;
use std::collections::BTreeSet;

use situs_value::Number;

use crate::base::Diagnostics;
use crate::base::span::{Span, Spanned};
use crate::lang::eval::shape::{
    Call, Dataset, Dimension, Goal, Kind, Name, Service, Shape, Site, SiteKind, Spread, Strength, Use,
};
use crate::model::assignment::{Assignment, Thing};

use super::latency::Latency;
use super::legality::{Ground, Legality};
use super::price::{Load, Prices, billionths, show};

/// Amounts as the search counts them, by dimension of [`super::price::DIMENSIONS`].
pub type Amount = [i64; 3];
/// How many parts a unit of each dimension has: capacities are rounded down to them, demands up.
const PARTS: Amount = [1_000_000, 1, 1];

/// All that is to be placed, and where.
pub struct Problem<'a> {
    pub shape: &'a Shape,
    pub legal: &'a dyn Legality,
    pub sites: Vec<&'a Site>,
    pub items: Vec<Item<'a>>,
    pub edges: Vec<Edge<'a>>,
    /// By site: how much fits; a dimension without a bound is `None`.
    pub capacity: Vec<[Option<i64>; 3]>,
    pub latency: Latency,
    pub prices: Prices,
    /// What is made small, first things first.
    pub goals: [Goal; 2],
    /// What one move costs, in billionths.
    pub move_price: Option<i128>,
}

/// A service or a dataset.
pub struct Item<'a> {
    pub thing: Thing,
    pub span: Span,
    pub needs: &'a [Spanned<Name>],
    /// How many replicas or copies.
    pub slots: usize,
    /// By slot: the site that it is pinned to.
    pub pins: Vec<Option<usize>>,
    /// What one of them takes.
    pub load: Load,
    pub demand: Amount,
    /// By site: what one of them costs there, in billionths.
    pub cost: Vec<i128>,
    /// Where they are today.
    pub today: Vec<usize>,
    pub spreads: Vec<Spreading<'a>>,
    /// What rules want of all copies together.
    pub quotas: Vec<Wanted>,
    /// Where the first copy may be, and where the others may; a service has replicas of one kind only.
    pub domains: [Vec<usize>; 2],
    /// The edges that it is an end of.
    pub edges: Vec<usize>,
    /// Whether it is pinned where a rule does not let it be: the verdict says so, and nothing else is held against it.
    pub convicted: bool,
}

/// `spread across …` of an item.
pub struct Spreading<'a> {
    pub declared: &'a Spread,
    /// By site: the groups it is in; none is unknown.
    pub groups: Vec<BTreeSet<String>>,
}

/// How many copies are wanted on some sites.
pub struct Wanted {
    pub count: usize,
    pub sites: BTreeSet<usize>,
    pub kinds: Vec<Kind>,
    pub residency: Name,
    pub rule: Span,
}

impl Wanted {
    /// Whether a copy of a slot is one of those that are counted.
    pub fn counts(&self, slot: usize) -> bool {
        let kind = if slot == 0 { Kind::Primary } else { Kind::Replica };
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    /// How many are missing of the copies that stand so.
    pub fn missing(&self, placed: Option<&Vec<Option<usize>>>) -> usize {
        let slots = placed
            .into_iter()
            .flatten()
            .enumerate()
            .filter(|(slot, _)| self.counts(*slot));
        let there = slots.filter(|(_, site)| site.is_some_and(|site| self.sites.contains(&site)));
        self.count.saturating_sub(there.count())
    }
}

/// What flows between two items.
pub struct Edge<'a> {
    pub kind: EdgeKind,
    pub from: usize,
    pub to: usize,
    pub call: Option<&'a Call>,
    /// The prescribed route of a call.
    pub stops: Vec<usize>,
    /// By site: what one replica's traffic costs that leaves there, in billionths; empty where it is not known.
    pub egress: Vec<i128>,
    /// By pair of sites: whether the rules let it flow. Asked once.
    legal: Vec<Cell<Option<bool>>>,
}

/// What an edge is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EdgeKind {
    Call,
    Logs,
    Reads,
    Writes,
    /// From the first copy of a dataset to the others.
    Copies,
}

impl Item<'_> {
    /// Which of the two domains a slot has.
    pub fn role(&self, slot: usize) -> usize {
        match self.thing {
            Thing::Dataset(_) => usize::from(slot > 0),
            Thing::Service(_) => 0,
        }
    }

    /// Where a slot may be: its pin, or what its domain holds.
    pub fn domain(&self, slot: usize) -> &[usize] {
        self.domains.get(self.role(slot)).map_or(&[], Vec::as_slice)
    }

    /// The pin of a slot.
    pub fn pin(&self, slot: usize) -> Option<usize> {
        self.pins.get(slot).copied().flatten()
    }

    /// The slots that the engine places.
    pub fn free(&self) -> impl Iterator<Item = usize> {
        (0..self.slots).filter(|slot| self.pin(*slot).is_none())
    }

    /// Every site on which any of its slots may be.
    pub fn options(&self) -> BTreeSet<usize> {
        let free = self.free().flat_map(|slot| self.domain(slot).iter().copied());
        self.pins.iter().copied().flatten().chain(free).collect()
    }

    /// Whether two copies on one site are one copy too few.
    pub fn is_distinct(&self) -> bool {
        matches!(self.thing, Thing::Dataset(_))
    }

    /// What of it one counts.
    pub fn unit(&self) -> &'static str {
        match self.thing {
            Thing::Dataset(_) => "copy",
            Thing::Service(_) => "replica",
        }
    }

    /// Its name in backquotes.
    pub fn quoted(&self) -> String {
        format!("`{}`", self.thing.name())
    }
}

impl Spreading<'_> {
    /// Whether two sites share a group; what is unknown is shared.
    pub fn shared(&self, a: usize, b: usize) -> bool {
        match (self.groups.get(a), self.groups.get(b)) {
            (Some(x), Some(y)) => x.is_empty() || y.is_empty() || !x.is_disjoint(y),
            _ => true,
        }
    }

    /// Whether it must hold.
    pub fn is_hard(&self) -> bool {
        self.declared.strength == Strength::Hard
    }

    /// What it is across, as written.
    pub fn across(&self) -> String {
        match &self.declared.across {
            Dimension::Site => "site".to_owned(),
            Dimension::Operator => "site.operator".to_owned(),
            Dimension::Country => "site.in.country".to_owned(),
            Dimension::Kind => "site.kind".to_owned(),
            Dimension::Label(label) => format!("site.labels.{label}"),
        }
    }
}

impl<'a> Problem<'a> {
    /// Reads a shape.
    pub fn of(shape: &'a Shape, legal: &'a dyn Legality, today: &Assignment) -> (Self, Diagnostics) {
        let (prices, diagnostics) = Prices::of(shape);
        let move_price = prices.move_price.as_ref().map(billionths);
        let mut problem = Self {
            shape,
            legal,
            sites: shape.sites.values().collect(),
            items: Vec::new(),
            edges: Vec::new(),
            capacity: shape.sites.values().map(capacity).collect(),
            latency: Latency::of(shape),
            prices,
            goals: goals(&shape.objective.minimize),
            move_price,
        };
        for dataset in shape.datasets.values() {
            let item = problem.dataset(dataset, today);
            problem.items.push(item);
        }
        for service in shape.services.values() {
            let item = problem.service(service, today);
            problem.items.push(item);
        }
        problem.join();
        problem.fill_domains();
        (problem, diagnostics)
    }

    /// The number of a site.
    pub fn site(&self, name: &Name) -> Option<usize> {
        self.sites.binary_search_by(|s| s.name.cmp(name)).ok()
    }

    /// The name of a site.
    pub fn name(&self, site: usize) -> &str {
        self.sites.get(site).map_or("", |s| &s.name)
    }

    /// The number of a thing.
    pub fn item(&self, thing: &Thing) -> Option<usize> {
        self.items.iter().position(|item| item.thing == *thing)
    }

    /// The sites that uses name; those that are not declared were told.
    fn pins(&self, at: &[Use]) -> Vec<usize> {
        at.iter().filter_map(|u| self.site(&u.value)).collect()
    }

    fn dataset(&self, dataset: &'a Dataset, today: &Assignment) -> Item<'a> {
        let pins = self.pins(&dataset.at);
        let slots = count(dataset.replicas).max(pins.len());
        let thing = Thing::Dataset(dataset.name.clone());
        let quotas = self.legal.quotas(&dataset.name).into_iter().map(|quota| Wanted {
            count: count(quota.count),
            sites: quota.sites.iter().filter_map(|s| self.site(s)).collect(),
            kinds: quota.kinds,
            residency: quota.residency,
            rule: quota.rule,
        });
        let quotas = quotas.collect();
        Item {
            pins: (0..slots).map(|slot| pins.get(slot).copied()).collect(),
            quotas,
            ..self.bare(
                thing,
                dataset.span,
                slots,
                [None, None, dataset.size.as_ref()],
                &dataset.spread,
                today,
            )
        }
    }

    fn service(&self, service: &'a Service, today: &Assignment) -> Item<'a> {
        let pins = self.pins(&service.at);
        let slots = count(service.replicas).max(pins.len());
        let thing = Thing::Service(service.name.clone());
        let load = [service.cpu.as_ref(), service.memory.as_ref(), service.disk.as_ref()];
        Item {
            needs: &service.needs,
            pins: (0..slots)
                .map(|slot| pins.get(slot.checked_rem(pins.len())?).copied())
                .collect(),
            ..self.bare(thing, service.span, slots, load, &service.spread, today)
        }
    }

    fn bare(
        &self,
        thing: Thing,
        span: Span,
        slots: usize,
        load: [Option<&Number>; 3],
        spread: &'a [Spread],
        today: &Assignment,
    ) -> Item<'a> {
        let load = load.map(|amount| amount.cloned().unwrap_or(Number::ZERO));
        let sites = today.sites(&thing);
        Item {
            span,
            needs: &[],
            slots,
            pins: Vec::new(),
            demand: parts(&load, Number::ceil),
            cost: (0..self.sites.len())
                .map(|site| billionths(&self.prices.of_load(site, &load)))
                .collect(),
            load,
            today: sites.iter().filter_map(|name| self.site(name)).collect(),
            spreads: spread.iter().map(|declared| self.spreading(declared)).collect(),
            quotas: Vec::new(),
            domains: [Vec::new(), Vec::new()],
            edges: Vec::new(),
            convicted: false,
            thing,
        }
    }

    fn spreading(&self, declared: &'a Spread) -> Spreading<'a> {
        let groups = self.sites.iter().map(|site| groups(site, &declared.across)).collect();
        Spreading { declared, groups }
    }

    /// Lays the edges between the items.
    fn join(&mut self) {
        let mut edges = Vec::new();
        for (id, item) in self.items.iter().enumerate() {
            match &item.thing {
                Thing::Dataset(_) if item.slots > 1 => edges.push(self.edge(EdgeKind::Copies, id, id)),
                Thing::Dataset(_) => {}
                Thing::Service(name) => {
                    let Some(service) = self.shape.services.get(name) else {
                        continue;
                    };
                    edges.extend(self.of_service(id, service));
                }
            }
        }
        for (id, edge) in edges.iter().enumerate() {
            for end in BTreeSet::from([edge.from, edge.to]) {
                if let Some(item) = self.items.get_mut(end) {
                    item.edges.push(id);
                }
            }
        }
        self.edges = edges;
    }

    fn of_service(&self, id: usize, service: &'a Service) -> Vec<Edge<'a>> {
        let data = |kind, uses: &'a [Use]| uses.iter().map(move |u| (kind, Thing::Dataset(u.value.clone())));
        let logs = service
            .logs_to
            .iter()
            .map(|u| (EdgeKind::Logs, Thing::Service(u.value.clone())));
        let plain = data(EdgeKind::Reads, &service.reads)
            .chain(data(EdgeKind::Writes, &service.writes))
            .chain(logs);
        let plain = plain.filter_map(|(kind, thing)| Some(self.edge(kind, id, self.item(&thing)?)));
        let calls = service.calls.iter().filter_map(|call| self.call(id, call));
        plain.chain(calls).filter(|edge| edge.from != edge.to).collect()
    }

    fn call(&self, id: usize, call: &'a Call) -> Option<Edge<'a>> {
        let to = self.item(&Thing::Service(call.service.value.clone()))?;
        let route = call.route.as_ref().map_or(&[][..], |r| &r.value);
        let slots = self.items.get(id).map_or(1, |item| item.slots.max(1));
        let each = call.traffic.as_ref().and_then(|t| t.div(&Number::from(slots)).ok());
        let egress = each.map(|t| {
            (0..self.sites.len())
                .map(|s| billionths(&self.prices.of_egress(s, &t)))
                .collect()
        });
        Some(Edge {
            call: Some(call),
            stops: self.pins(route),
            egress: egress.unwrap_or_default(),
            ..self.edge(EdgeKind::Call, id, to)
        })
    }

    fn edge(&self, kind: EdgeKind, from: usize, to: usize) -> Edge<'a> {
        Edge {
            kind,
            from,
            to,
            call: None,
            stops: Vec::new(),
            egress: Vec::new(),
            legal: vec![Cell::new(None); self.sites.len() * self.sites.len()],
        }
    }

    /// Where each item may be for reasons of its own.
    fn fill_domains(&mut self) {
        for id in 0..self.items.len() {
            let Some(item) = self.items.get(id) else { continue };
            let domains = [0, 1].map(|slot| self.alone_anywhere(item, slot));
            let pinned = item
                .pins
                .iter()
                .enumerate()
                .filter_map(|(slot, pin)| Some((slot, (*pin)?)));
            let convicted = pinned
                .into_iter()
                .any(|(slot, site)| !self.rules_against(item, slot, site).is_empty());
            if let Some(item) = self.items.get_mut(id) {
                (item.domains, item.convicted) = (domains, convicted);
            }
        }
    }

    fn alone_anywhere(&self, item: &Item<'a>, slot: usize) -> Vec<usize> {
        if slot > 0 && item.role(slot) == 0 {
            return Vec::new();
        }
        (0..self.sites.len())
            .filter(|site| self.alone(item, slot, *site).is_empty())
            .collect()
    }

    /// What the rules say against a slot on a site.
    pub fn rules_against(&self, item: &Item<'a>, slot: usize, site: usize) -> Vec<Ground> {
        let Some(site) = self.sites.get(site) else {
            return Vec::new();
        };
        match &item.thing {
            Thing::Dataset(name) if slot == 0 => self.legal.why_not_first(name, &site.name),
            thing => self.legal.why_not(thing, &site.name),
        }
    }

    /// Why a slot may not be on a site, whatever else is where; empty: it may.
    pub fn alone(&self, item: &Item<'a>, slot: usize, site: usize) -> Vec<Ground> {
        let mut grounds = self.rules_against(item, slot, site);
        grounds.extend(self.unfit(item, site));
        grounds
    }

    /// Why a site is not one for an item, rules aside.
    pub fn unfit(&self, item: &Item<'a>, site: usize) -> Vec<Ground> {
        let Some(declared) = self.sites.get(site) else {
            return Vec::new();
        };
        let missing = item.needs.iter().filter(|need| !declared.traits.contains(&need.value));
        let mut grounds: Vec<Ground> = missing
            .map(|need| Ground {
                words: format!("it does not have `{}`", need.value),
                rule: Some(need.span),
            })
            .collect();
        for (dimension, room) in self.capacity.get(site).into_iter().flatten().enumerate() {
            let (Some(room), Some(demand)) = (room, item.demand.get(dimension)) else {
                continue;
            };
            if demand > room {
                let (has, needs) = (whole(dimension, *room), whole(dimension, *demand));
                grounds.push(Ground::new(format!(
                    "it has {has} in all, and one {} takes {needs}",
                    item.unit()
                )));
            }
        }
        let unknown = item.spreads.iter().filter(|s| item.slots > 1 && s.is_hard());
        let unknown = unknown.filter(|s| s.groups.get(site).is_some_and(BTreeSet::is_empty));
        grounds.extend(unknown.map(|s| Ground {
            words: format!(
                "its `{}` is not known, and {} spreads across it",
                s.across(),
                item.quoted()
            ),
            rule: Some(s.declared.span),
        }));
        grounds
    }

    /// Whether the rules let an edge flow between two sites. Nothing is held against what is convicted already.
    pub fn flows(&self, edge: &Edge<'a>, from: usize, to: usize) -> bool {
        let ends = (self.items.get(edge.from), self.items.get(edge.to));
        let (Some(one), Some(other)) = ends else { return true };
        let both_pinned = one.free().next().is_none() && other.free().next().is_none();
        if from == to || one.convicted || other.convicted || both_pinned {
            return true;
        }
        let Some(known) = edge.legal.get(from * self.sites.len() + to) else {
            return true;
        };
        known.get().unwrap_or_else(|| {
            let sites = (self.sites.get(from), self.sites.get(to));
            let (Some(a), Some(b)) = sites else { return true };
            let answer = self.legal.between(&one.thing, &other.thing, &a.name, &b.name);
            known.set(Some(answer));
            answer
        })
    }

    /// The round trip of a call between two sites.
    pub fn round_trip(&self, edge: &Edge<'a>, from: usize, to: usize) -> Option<u64> {
        if edge.stops.first() == Some(&from) && edge.stops.last() == Some(&to) {
            return self.latency.along(&edge.stops);
        }
        self.latency.between(from, to)
    }

    /// Whether a call from one site to another takes no longer than it may.
    pub fn is_near(&self, edge: &Edge<'a>, from: usize, to: usize) -> bool {
        match edge.call.and_then(|call| call.within.as_ref()) {
            Some(within) => self.round_trip(edge, from, to).is_some_and(|t| t <= within.value),
            None => true,
        }
    }
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn goals(minimize: &[Goal]) -> [Goal; 2] {
    match minimize.first() {
        Some(Goal::Latency) => [Goal::Latency, Goal::Cost],
        Some(Goal::Cost) | None => [Goal::Cost, Goal::Latency],
    }
}

fn capacity(site: &Site) -> [Option<i64>; 3] {
    let mut found = [None; 3];
    for ((slot, (name, _)), scale) in found.iter_mut().zip(super::price::DIMENSIONS).zip(PARTS) {
        *slot = site.capacity.get(name).map(|amount| part(amount, scale, Number::floor));
    }
    found
}

fn parts(load: &Load, round: fn(&Number) -> Number) -> Amount {
    let mut found = [0; 3];
    for ((slot, amount), scale) in found.iter_mut().zip(load).zip(PARTS) {
        *slot = part(amount, scale, round);
    }
    found
}

fn part(amount: &Number, scale: i64, round: fn(&Number) -> Number) -> i64 {
    let scaled = amount.mul(&Number::from(scale)).unwrap_or_else(|_| amount.clone());
    round(&scaled).to_i64().unwrap_or(i64::MAX)
}

/// Parts as one writes the amount.
pub fn whole(dimension: usize, amount: i64) -> String {
    let scale = PARTS.get(dimension).copied().unwrap_or(1);
    let number = Number::from(amount).div(&Number::from(scale)).unwrap_or(Number::ZERO);
    show(dimension, &number)
}

/// The groups of a site under one way to spread.
fn groups(site: &Site, across: &Dimension) -> BTreeSet<String> {
    match across {
        Dimension::Site => BTreeSet::from([site.name.to_string()]),
        Dimension::Operator => site.operator.iter().map(|o| o.value.to_string()).collect(),
        Dimension::Country => site.territories.iter().map(|p| p.country_code().to_owned()).collect(),
        Dimension::Kind => BTreeSet::from([kind(site.kind).to_owned()]),
        Dimension::Label(label) => site.labels.get(label).map(ToString::to_string).into_iter().collect(),
    }
}

fn kind(kind: SiteKind) -> &'static str {
    match kind {
        SiteKind::Region => "region",
        SiteKind::Datacenter => "datacenter",
        SiteKind::Edge => "edge",
    }
}
