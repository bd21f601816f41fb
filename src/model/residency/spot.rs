//! Where something is and whose law reaches it: the two axes that are never mixed up. A [`Spot`] is all of the places (or laws) that
//! count for one subject, each with the reason why, and what is not known of it. `unknown` is in no set.

use std::collections::BTreeSet;

use situs_value::Number;

use crate::base::Span;
use crate::base::geo::countries::COUNTRIES;
use crate::base::geo::{Place, PlaceSet};
use crate::lang::eval::shape::{Link, Name, Shape, Whence};

/// Territory, or law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Axis {
    /// In which territory.
    Place,
    /// Under whose law.
    Law,
}

/// What a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject<'a> {
    /// A site itself.
    Site(&'a Name),
    /// Where a site is managed from.
    Management(&'a Name),
    /// Where the support of a site sits.
    Support(&'a Name),
    /// A key.
    Key(&'a Name),
    /// The people that are served.
    People(&'a Name),
    /// A link, by its position in the shape.
    Link(usize),
}

/// One place or law that counts, and why.
#[derive(Clone, Debug)]
pub struct Part {
    /// The place; where it is larger than one point, it is somewhere in there.
    pub set: PlaceSet,
    /// Why it counts: `ashburn lies in US-VA`.
    pub because: String,
    /// Where that is written.
    pub span: Option<Span>,
}

/// A fact that nobody gave.
#[derive(Clone, Debug)]
pub struct Missing {
    /// What is not known: ``site `ashburn` does not say `managed_from` ``.
    pub fact: String,
    /// How to give it.
    pub way: String,
    /// Where it would be written.
    pub span: Option<Span>,
}

impl Missing {
    /// A fact and how to give it.
    pub fn new(fact: impl Into<String>, way: impl Into<String>, span: Option<Span>) -> Self {
        let (fact, way) = (fact.into(), way.into());
        Self { fact, way, span }
    }
}

/// All that counts for a subject, and what is unknown of it.
#[derive(Clone, Debug, Default)]
pub struct Spot {
    /// What counts; every part of it.
    pub parts: Vec<Part>,
    /// What is not known.
    pub missing: Vec<Missing>,
}

impl Spot {
    fn unknown(missing: Missing) -> Self {
        Self {
            parts: Vec::new(),
            missing: vec![missing],
        }
    }

    fn join(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self.missing.extend(other.missing);
        self
    }

    /// Puts words before every reason.
    fn led_by(mut self, lead: &str) -> Self {
        for part in &mut self.parts {
            part.because = format!("{lead}; {}", part.because);
        }
        self
    }
}

/// What counts for a subject on an axis.
pub fn spot(shape: &Shape, subject: Subject<'_>, axis: Axis) -> Spot {
    match (subject, axis) {
        (Subject::Site(site), Axis::Place) => territory(shape, site),
        (Subject::Site(site), Axis::Law) => site_law(shape, site),
        (Subject::Management(site), Axis::Place) => management_place(shape, site),
        (Subject::Management(site), Axis::Law) => management_law(shape, site),
        (Subject::Support(site), Axis::Place) => support_place(shape, site),
        (Subject::Support(site), Axis::Law) => support_law(shape, site),
        (Subject::Key(key), Axis::Place) => key_place(shape, key),
        (Subject::Key(key), Axis::Law) => key_law(shape, key),
        (Subject::People(population), _) => people(shape, population),
        (Subject::Link(link), axis) => shape
            .links
            .get(link)
            .map_or_else(Spot::default, |l| link_spot(shape, l, axis)),
    }
}

/// `munich -- dublin`
pub fn link_name(link: &Link) -> String {
    let arrow = match link.arrow {
        crate::lang::syntax::ast::Arrow::Both => "--",
        crate::lang::syntax::ast::Arrow::OneWay => "->",
    };
    format!("{} {arrow} {}", link.from.value, link.to.value)
}

/// The countries of a set, each with what is of it in the set.
fn by_country(set: &PlaceSet) -> Vec<PlaceSet> {
    COUNTRIES
        .iter()
        .filter_map(|(code, _)| Place::parse(code))
        .map(|country| set.intersection(&PlaceSet::of(country)))
        .filter(|part| !part.is_empty())
        .collect()
}

fn parts(set: &PlaceSet, because: &str, span: Option<Span>) -> Spot {
    let part = |set: PlaceSet| Part {
        because: format!("{because} {set}"),
        set,
        span,
    };
    Spot {
        parts: by_country(set).into_iter().map(part).collect(),
        missing: Vec::new(),
    }
}

fn territory(shape: &Shape, name: &Name) -> Spot {
    let Some(site) = shape.sites.get(name) else {
        return Spot::unknown(undeclared("site", name));
    };
    if site.territories.is_empty() {
        let fact = format!("site `{name}` does not say where it is (`in`)");
        return Spot::unknown(Missing::new(
            fact,
            format!("write `in = …` in site `{name}`"),
            Some(site.span),
        ));
    }
    let part = |place: &Place| Part {
        set: PlaceSet::of(place.clone()),
        because: format!("{name} lies in {place}"),
        span: site.territories_span,
    };
    Spot {
        parts: site.territories.iter().map(part).collect(),
        missing: Vec::new(),
    }
}

fn undeclared(what: &str, name: &Name) -> Missing {
    Missing::new(
        format!("{what} `{name}` is not declared"),
        format!("declare {what} `{name}`"),
        None,
    )
}

fn site_law(shape: &Shape, name: &Name) -> Spot {
    let Some(site) = shape.sites.get(name) else {
        return Spot::unknown(undeclared("site", name));
    };
    match &site.operator {
        Some(operator) => law(shape, &operator.value, &format!("{name} is operated by")),
        None => {
            let fact = format!("site `{name}` does not say who operates it");
            Spot::unknown(Missing::new(
                fact,
                format!("write `operator = …` in site `{name}`"),
                Some(site.span),
            ))
        }
    }
}

/// The law over an operator: that of its own country, and that over every owner in control.
fn law(shape: &Shape, operator: &Name, lead: &str) -> Spot {
    let mut found = Spot::default();
    let mut seen = BTreeSet::new();
    let mut open = vec![(operator.clone(), format!("{lead} {operator}"))];
    while let Some((name, words)) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        found = found.join(own_law(shape, &name, &words));
        open.extend(owners(shape, &name).map(|owner| (owner.clone(), format!("{words}, owned by {owner}"))));
    }
    found
}

fn own_law(shape: &Shape, name: &Name, words: &str) -> Spot {
    let Some(operator) = shape.operators.get(name) else {
        return Spot::unknown(undeclared("operator", name));
    };
    match &operator.incorporated {
        Some(place) => {
            let part = Part {
                set: PlaceSet::of(place.value.clone()),
                because: format!("{words}, incorporated in {}", place.value),
                span: Some(place.span),
            };
            Spot {
                parts: vec![part],
                missing: Vec::new(),
            }
        }
        None => {
            let fact = format!("operator `{name}` does not say where it is incorporated ({words})");
            let way = format!("write `incorporated = …` in operator `{name}`");
            Spot::unknown(Missing::new(fact, way, Some(operator.span)))
        }
    }
}

/// The owners in control: those with half or more, and those whose share is not said.
fn owners<'a>(shape: &'a Shape, operator: &Name) -> impl Iterator<Item = &'a Name> {
    let half = Number::parse("0.5").ok();
    shape
        .operators
        .get(operator)
        .into_iter()
        .flat_map(|o| &o.owned_by)
        .filter(move |o| o.share.is_none() || o.share >= half)
        .map(|o| &o.operator.value)
}

fn from_places(shape: &Shape, whence: &Whence, lead: &str, span: Span) -> Spot {
    match whence {
        Whence::Site(site) => territory(shape, site).led_by(&format!("{lead} {site}")),
        Whence::Places(places) => parts(places, lead, Some(span)),
    }
}

fn management_place(shape: &Shape, name: &Name) -> Spot {
    let Some(site) = shape.sites.get(name) else {
        return Spot::unknown(undeclared("site", name));
    };
    match &site.managed_from {
        Some(whence) => from_places(shape, &whence.value, &format!("{name} is managed from"), whence.span),
        None => {
            let fact = format!("site `{name}` does not say where it is managed from");
            Spot::unknown(Missing::new(
                fact,
                format!("write `managed_from = …` in site `{name}`"),
                Some(site.span),
            ))
        }
    }
}

/// Who manages a site: its own operator, and the operator of the site that it is managed from.
fn management_law(shape: &Shape, name: &Name) -> Spot {
    let whence = shape.sites.get(name).and_then(|s| s.managed_from.as_ref());
    match whence.map(|w| &w.value) {
        Some(Whence::Site(other)) if other != name => {
            let there = site_law(shape, other).led_by(&format!("{name} is managed from {other}"));
            site_law(shape, name).join(there)
        }
        Some(_) => site_law(shape, name),
        None => site_law(shape, name).join(Spot {
            parts: Vec::new(),
            missing: management_place(shape, name).missing,
        }),
    }
}

fn support_place(shape: &Shape, name: &Name) -> Spot {
    let support = shape.sites.get(name).map_or(&[][..], |s| &s.support_from);
    if support.is_empty() {
        let lead = format!("the support of {name} sits where it is managed from");
        return management_place(shape, name).led_by(&lead);
    }
    let lead = format!("the support of {name} sits in");
    support.iter().fold(Spot::default(), |spot, w| {
        spot.join(from_places(shape, &w.value, &lead, w.span))
    })
}

fn support_law(shape: &Shape, name: &Name) -> Spot {
    let support = shape.sites.get(name).map_or(&[][..], |s| &s.support_from);
    if support.is_empty() {
        return management_law(shape, name);
    }
    let others = support.iter().filter_map(|w| match &w.value {
        Whence::Site(other) if other != name => Some(other),
        _ => None,
    });
    others.fold(site_law(shape, name), |spot, other| {
        spot.join(site_law(shape, other).led_by(&format!("the support of {name} sits in {other}")))
    })
}

fn key_place(shape: &Shape, name: &Name) -> Spot {
    let Some(key) = shape.keys.get(name) else {
        return Spot::unknown(undeclared("key", name));
    };
    match &key.held_at {
        Some(site) => territory(shape, &site.value).led_by(&format!("key {name} is held at {}", site.value)),
        None => {
            let fact = format!("key `{name}` does not say where it is held");
            Spot::unknown(Missing::new(
                fact,
                format!("write `held_at = …` in key `{name}`"),
                Some(key.span),
            ))
        }
    }
}

/// A key's `under` counts alone; without it, the operator of its site.
fn key_law(shape: &Shape, name: &Name) -> Spot {
    let Some(key) = shape.keys.get(name) else {
        return Spot::unknown(undeclared("key", name));
    };
    match (&key.under, &key.held_at) {
        (Some(operator), _) => law(shape, &operator.value, &format!("key {name} is held by")),
        (None, Some(site)) => site_law(shape, &site.value).led_by(&format!("key {name} is held at {}", site.value)),
        (None, None) => {
            let fact = format!("key `{name}` does not say who holds it");
            Spot::unknown(Missing::new(
                fact,
                format!("write `under = …` in key `{name}`"),
                Some(key.span),
            ))
        }
    }
}

/// People sit in their country, and are under its law.
fn people(shape: &Shape, name: &Name) -> Spot {
    match shape.populations.get(name) {
        Some(population) => parts(&population.places, &format!("{name} are in"), Some(population.span)),
        None => Spot::unknown(undeclared("population", name)),
    }
}

fn link_spot(shape: &Shape, link: &Link, axis: Axis) -> Spot {
    let name = link_name(link);
    match (axis, &link.via, &link.carrier) {
        (Axis::Place, Some(via), _) => parts(&via.value, &format!("the link {name} crosses"), Some(via.span)),
        (Axis::Law, _, Some(carrier)) => law(shape, &carrier.value, &format!("the link {name} is carried by")),
        (Axis::Place, None, _) => Spot::unknown(Missing::new(
            format!("the link `{name}` does not say what it crosses (`via`)"),
            format!("write `via = […]` on the link `{name}`"),
            Some(link.span),
        )),
        (Axis::Law, _, None) => Spot::unknown(Missing::new(
            format!("the link `{name}` does not say who carries it"),
            format!("write `carrier = …` on the link `{name}`"),
            Some(link.span),
        )),
    }
}
