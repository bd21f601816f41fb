//! One fact against one rule: fits, breaks, or unknown. First the place (or law) itself; where that does not fit, what the rule accepts
//! instead. Every answer about a place is worked out once and kept.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::base::geo::PlaceSet;
use crate::lang::eval::shape::{Alternative, Derive, Kind, Mode, Name, Polarity, Shape, Use};

use super::exposure::{Exposure, Keep};
use super::flow::Flow;
use super::net::{Barred, Net, Route};
use super::rules::{Family, Rules, Test};
use super::spot::{Axis, Missing, Part, Spot, Subject, link_name, spot};

/// What one rule says of one fact.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It holds.
    Fits,
    /// It does not, because of this.
    Breaks(Rc<Part>),
    /// Nobody can say without this.
    Unknown(Rc<Missing>),
}

impl Answer {
    /// Whether it holds.
    pub fn fits(&self) -> bool {
        matches!(self, Self::Fits)
    }
}

/// What an alternative, or a derivation, does to a fact.
enum Excuse {
    No,
    Yes,
    Doubt(Rc<Missing>),
}

/// Everything that is asked again and again.
#[derive(Debug)]
pub struct Room<'a> {
    /// What was declared.
    pub shape: &'a Shape,
    /// Who holds what.
    pub flow: Flow<'a>,
    /// What is asked.
    pub rules: Rules<'a>,
    /// What lies between sites.
    pub net: Net,
    spots: RefCell<BTreeMap<(Subject<'a>, Axis), Rc<Spot>>>,
    answers: RefCell<BTreeMap<(usize, Subject<'a>), Answer>>,
    ways: RefCell<BTreeMap<(usize, &'a Name, &'a Name), Answer>>,
    sealed: RefCell<BTreeSet<usize>>,
}

impl<'a> Room<'a> {
    /// Prepares a shape.
    pub fn of(shape: &'a Shape) -> Self {
        Self {
            shape,
            flow: Flow::of(shape),
            rules: Rules::of(shape),
            net: Net::of(shape),
            spots: RefCell::default(),
            answers: RefCell::default(),
            ways: RefCell::default(),
            sealed: RefCell::default(),
        }
    }

    /// The links, by position, that were let pass because they are sealed.
    pub fn sealed_links(&self) -> BTreeSet<usize> {
        self.sealed.borrow().clone()
    }

    /// The test of a number.
    pub fn test(&self, id: usize) -> Option<&Test<'a>> {
        self.rules.tests.get(id)
    }

    /// The tests that speak of an exposure, in the form in which its label comes.
    pub fn tests_of(&self, exposure: &Exposure<'a>) -> Vec<usize> {
        let Some(label) = self.flow.label(exposure.label) else {
            return Vec::new();
        };
        let tests = self.rules.for_dataset(&label.dataset);
        tests
            .filter(|(_, test)| applies(test, exposure) && !matches!(self.form(test, exposure.label), Excuse::Yes))
            .map(|(id, _)| id)
            .collect()
    }

    /// Whether a rule may excuse a label for its form, were a missing fact known.
    pub fn in_doubt(&self, test: &Test<'a>, label: usize) -> bool {
        matches!(self.form(test, label), Excuse::Doubt(_))
    }

    /// What a rule says of an exposure at a subject.
    pub fn answer(&self, id: usize, exposure: &Exposure<'a>, subject: Subject<'a>) -> Answer {
        let base = self.base(id, subject);
        self.excused(id, exposure, base)
    }

    /// What a rule says of a way from one site to another, on a prescribed route or on any walk.
    pub fn travel(&self, id: usize, exposure: &Exposure<'a>, from: &'a Name, to: &'a Name, stops: &[Use]) -> Answer {
        if from == to {
            return Answer::Fits;
        }
        let known = self.ways.borrow().get(&(id, from, to)).cloned();
        let answer = known.filter(|_| stops.is_empty()).unwrap_or_else(|| {
            let answer = match self.route(from, to, stops) {
                Ok((route, prescribed)) => self.on_route(id, from, to, &route, prescribed),
                Err(missing) => Answer::Unknown(Rc::new(missing)),
            };
            if stops.is_empty() {
                self.ways.borrow_mut().insert((id, from, to), answer.clone());
            }
            answer
        });
        self.excused(id, exposure, answer)
    }

    fn excused(&self, id: usize, exposure: &Exposure<'a>, base: Answer) -> Answer {
        let Some(test) = self.test(id).filter(|_| !base.fits()) else {
            return Answer::Fits;
        };
        let mut doubt = None;
        let excuses = test
            .rule
            .unless
            .iter()
            .map(|alt| self.instead(test, &alt.value, exposure));
        for excuse in std::iter::once(self.form(test, exposure.label)).chain(excuses) {
            match excuse {
                Excuse::Yes => return Answer::Fits,
                Excuse::Doubt(missing) => doubt = doubt.or(Some(missing)),
                Excuse::No => {}
            }
        }
        doubt.map_or(base, Answer::Unknown)
    }

    /// The place itself, before any `unless`.
    pub fn base(&self, id: usize, subject: Subject<'a>) -> Answer {
        if let Some(known) = self.answers.borrow().get(&(id, subject)) {
            return known.clone();
        }
        let answer = self
            .test(id)
            .and_then(|t| Some((t, t.axis?)))
            .map_or(Answer::Fits, |(test, axis)| {
                judge(&self.spot(subject, axis), test.polarity, test.places)
            });
        self.answers.borrow_mut().insert((id, subject), answer.clone());
        answer
    }

    fn spot(&self, subject: Subject<'a>, axis: Axis) -> Rc<Spot> {
        let mut spots = self.spots.borrow_mut();
        spots
            .entry((subject, axis))
            .or_insert_with(|| Rc::new(spot(self.shape, subject, axis)))
            .clone()
    }

    fn route(&self, from: &Name, to: &Name, stops: &[Use]) -> Result<(Route, bool), Missing> {
        let no_way = |a: &str, b: &str| {
            let fact = format!("no link leads from {a} to {b}, so nobody knows what lies between them");
            Missing::new(fact, format!("declare `link {a} -- {b} {{ via = […] }}`"), None)
        };
        let (Some(a), Some(b)) = (self.net.id(from), self.net.id(to)) else {
            return Err(no_way(from, to));
        };
        let ends = (stops.first().map(|s| &s.value), stops.last().map(|s| &s.value));
        if ends == (Some(from), Some(to)) {
            let stop = |id: usize| self.net.sites.get(id).map_or("an undeclared site", |s| s);
            let prescribed = self.net.prescribed(&self.net.numbers(stops));
            return prescribed
                .map(|route| (route, true))
                .map_err(|(x, y)| no_way(stop(x), stop(y)));
        }
        if self.net.connected(a, b) {
            Ok((self.net.route(a, b), false))
        } else {
            Err(no_way(from, to))
        }
    }

    fn on_route(&self, id: usize, from: &Name, to: &Name, route: &Route, prescribed: bool) -> Answer {
        let Some(test) = self.test(id) else { return Answer::Fits };
        let (Some(a), Some(b)) = (self.net.id(from), self.net.id(to)) else {
            return Answer::Fits;
        };
        let accepts_sealed = test.rule.unless.iter().any(|u| u.value == Alternative::Sealed);
        let whole = prescribed && self.net.sealed(route);
        let mut worst = Answer::Fits;
        for arc in &route.arcs {
            let Some(link) = self.net.arc(*arc).map(|a| a.link) else {
                continue;
            };
            let answer = self.base(id, Subject::Link(link));
            let sealed = accepts_sealed && (whole || (!prescribed && self.net.sealed_through_arc(*arc, a, b)));
            if sealed && !answer.fits() {
                self.sealed.borrow_mut().insert(link);
            } else {
                worst = worse(worst, answer);
            }
        }
        for relay in &route.relays {
            let sealed = accepts_sealed && (whole || (!prescribed && self.net.sealed_through_relay(*relay, a, b)));
            if !sealed {
                worst = worse(worst, self.at_relay(id, *relay));
            }
        }
        worst
    }

    fn at_relay(&self, id: usize, relay: usize) -> Answer {
        let shape = self.shape;
        let Some((name, site)) = self.net.sites.get(relay).and_then(|n| shape.sites.get_key_value(n)) else {
            return Answer::Fits;
        };
        if self.net.is_relay(relay) {
            return self.base(id, Subject::Site(name));
        }
        let fact = format!("the route passes {name}, and site `{name}` does not say that it relays");
        let way = format!("write `relays = true` in site `{name}`");
        Answer::Unknown(Rc::new(Missing::new(fact, way, Some(site.span))))
    }

    /// What the derivations that a label went through mean to a rule. What names nobody any more is out of the rule, unless the rule
    /// itself says how far it must go; a pseudonym is only what the rule says it is.
    fn form(&self, test: &Test<'a>, label: usize) -> Excuse {
        let steps = self.flow.label(label).map_or(&[][..], |l| &l.steps);
        let mut doubt = Excuse::No;
        for derive in steps.iter().filter_map(|s| self.shape.derives.get(*s)) {
            match self.step(test, derive) {
                Excuse::Yes => return Excuse::Yes,
                Excuse::No => {}
                unknown @ Excuse::Doubt(_) => doubt = unknown,
            }
        }
        doubt
    }

    fn step(&self, test: &Test<'a>, derive: &Derive) -> Excuse {
        let accepted = || test.rule.unless.iter().map(|u| &u.value);
        match &derive.by.value {
            Alternative::Aggregate { min } => {
                let wanted: Vec<u64> = accepted().filter_map(least_group).collect();
                yes(wanted.is_empty() || wanted.iter().any(|n| min >= n))
            }
            Alternative::Anonymous => Excuse::Yes,
            Alternative::Pseudonymous { table_in, table_at } => {
                let fits = |alt: &Alternative| self.table(alt, derive, table_in.as_ref(), table_at.as_ref());
                first(accepted().map(fits))
            }
            _ => Excuse::No,
        }
    }

    fn table(&self, wanted: &Alternative, derive: &Derive, places: Option<&PlaceSet>, site: Option<&Use>) -> Excuse {
        let Alternative::Pseudonymous { table_in, table_at } = wanted else {
            return Excuse::No;
        };
        if let Some(must) = table_at {
            return yes(site.is_some_and(|s| s.value == must.value));
        }
        let Some(must) = table_in else { return Excuse::Yes };
        let territory = site
            .and_then(|s| self.shape.sites.get(&s.value))
            .map(|s| &s.territories);
        match (territory, places) {
            (Some(at), _) if !at.is_empty() => yes(at.iter().all(|p| must.contains(p))),
            (None, Some(places)) => yes(must.contains_all(places)),
            _ => Excuse::Doubt(Rc::new(Missing::new(
                format!(
                    "nobody says where the table of the pseudonyms in `{}` is kept",
                    derive.into.value
                ),
                "write `pseudonymous(table at SITE)` in the derivation",
                Some(derive.by.span),
            ))),
        }
    }

    fn instead(&self, test: &Test<'a>, alternative: &Alternative, exposure: &Exposure<'a>) -> Excuse {
        match alternative {
            Alternative::Encrypted { keys_in, keys_under } => match exposure.cipher {
                Some(key) if hides(test, exposure) => self.keys(key, keys_in.as_ref(), keys_under.as_ref()),
                _ => Excuse::No,
            },
            Alternative::Transient { millis } => match (exposure.mode, exposure.keep) {
                (Mode::Store, Keep::For(kept)) => yes(kept <= *millis),
                (Mode::Store | Mode::Process, _) => Excuse::Doubt(Rc::new(Missing::new(
                    "nobody says for how long the data is kept there",
                    "write `keep = …` on the dataset",
                    None,
                ))),
                _ => Excuse::No,
            },
            // Derivations are weighed by `form`, sealing on the route; nothing that is declared is an instrument or attested.
            Alternative::Sealed
            | Alternative::Pseudonymous { .. }
            | Alternative::Aggregate { .. }
            | Alternative::Anonymous
            | Alternative::Tee
            | Alternative::CoveredBy(_) => Excuse::No,
        }
    }

    /// Whether a key is where, and held by whom, a rule accepts.
    fn keys(&self, key: &'a Name, places: Option<&PlaceSet>, laws: Option<&PlaceSet>) -> Excuse {
        let asked = [(Axis::Place, places), (Axis::Law, laws)];
        let mut doubt = Excuse::Yes;
        for (axis, set) in asked {
            let Some(set) = set else { continue };
            match judge(&self.spot(Subject::Key(key), axis), Polarity::Only, set) {
                Answer::Fits => {}
                Answer::Breaks(_) => return Excuse::No,
                Answer::Unknown(missing) => doubt = Excuse::Doubt(missing),
            }
        }
        doubt
    }

    /// Whether a rule lets an exposure be because it is encrypted.
    pub fn accepts_cipher(&self, id: usize, exposure: &Exposure<'a>) -> bool {
        let Some(test) = self.test(id) else { return false };
        test.rule
            .unless
            .iter()
            .any(|u| matches!(self.instead(test, &u.value, exposure), Excuse::Yes))
    }

    /// What of the net a rule does not let pass.
    pub fn barred(&self, id: usize) -> Barred {
        let fits = |subject| self.base(id, subject).fits();
        let sites = self.net.sites.iter().enumerate();
        let relay = |name: &Name| self.shape.sites.get_key_value(name).map(|(n, _)| Subject::Site(n));
        Barred {
            arcs: self
                .net
                .arcs()
                .filter(|(_, a)| !fits(Subject::Link(a.link)))
                .map(|(i, _)| i)
                .collect(),
            relays: sites
                .filter(|(_, n)| relay(n).is_some_and(|s| !fits(s)))
                .map(|(i, _)| i)
                .collect(),
            unless_sealed: self
                .test(id)
                .is_some_and(|t| t.rule.unless.iter().any(|u| u.value == Alternative::Sealed)),
        }
    }

    /// The keys that a rule would accept for encryption.
    pub fn accepted_keys(&self, test: &Test<'a>) -> Vec<&'a Name> {
        let accepts = |key: &&'a Name| {
            test.rule.unless.iter().any(|u| match &u.value {
                Alternative::Encrypted { keys_in, keys_under } => {
                    matches!(self.keys(key, keys_in.as_ref(), keys_under.as_ref()), Excuse::Yes)
                }
                _ => false,
            })
        };
        self.shape.keys.keys().filter(accepts).collect()
    }

    /// ``the link `munich -- ashburn` ``
    pub fn link_name(&self, link: usize) -> String {
        self.shape.links.get(link).map(link_name).unwrap_or_default()
    }
}

fn yes(holds: bool) -> Excuse {
    if holds { Excuse::Yes } else { Excuse::No }
}

fn first(excuses: impl Iterator<Item = Excuse>) -> Excuse {
    let mut doubt = Excuse::No;
    for excuse in excuses {
        match excuse {
            Excuse::Yes => return Excuse::Yes,
            Excuse::Doubt(missing) => doubt = Excuse::Doubt(missing),
            Excuse::No => {}
        }
    }
    doubt
}

/// The smallest group that a rule asks for, where it speaks of groups or of anonymity at all.
fn least_group(alternative: &Alternative) -> Option<u64> {
    match alternative {
        Alternative::Aggregate { min } => Some(*min),
        Alternative::Anonymous => Some(u64::MAX),
        _ => None,
    }
}

/// Encryption hides what is stored and what travels, and a key is judged by what the rule says of keys; never a reader.
fn hides(test: &Test<'_>, exposure: &Exposure<'_>) -> bool {
    let key = test.family == Family::Compellable && exposure.mode == Mode::Decrypt;
    key || matches!(exposure.mode, Mode::Store | Mode::Transit)
}

/// Whether a test speaks of an exposure.
fn applies(test: &Test<'_>, exposure: &Exposure<'_>) -> bool {
    let of_kind = |kind: Kind| test.kinds.contains(&kind);
    match test.family {
        Family::Compellable => match exposure.mode {
            Mode::Process => true,
            Mode::Store => exposure.cipher.is_none(),
            Mode::Decrypt => exposure.cipher.is_some(),
            Mode::Transit | Mode::Access | Mode::Manage => false,
        },
        Family::Restrict | Family::Strictly => {
            test.mode == Some(exposure.mode) && (test.kinds.is_empty() || exposure.kind.is_some_and(of_kind))
        }
    }
}

fn worse(a: Answer, b: Answer) -> Answer {
    match (&a, &b) {
        (Answer::Breaks(_), _) | (_, Answer::Fits) | (Answer::Unknown(_), Answer::Unknown(_)) => a,
        _ => b,
    }
}

/// All parts of a spot against a set: one that breaks decides; then what is unknown, or only known too coarsely.
fn judge(spot: &Spot, polarity: Polarity, places: &PlaceSet) -> Answer {
    let mut unknown = spot.missing.first().cloned();
    for part in &spot.parts {
        let outside = !places.intersects(&part.set);
        let inside = places.contains_all(&part.set);
        let (fits, breaks) = match polarity {
            Polarity::Only => (inside, outside),
            Polarity::Never => (outside, inside),
        };
        if breaks {
            return Answer::Breaks(Rc::new(part.clone()));
        }
        if !fits && unknown.is_none() {
            unknown = Some(too_coarse(part));
        }
    }
    unknown.map_or(Answer::Fits, |missing| Answer::Unknown(Rc::new(missing)))
}

fn too_coarse(part: &Part) -> Missing {
    let fact = format!("{}, and which part of it is not said", part.because);
    Missing::new(fact, format!("name the part of {} that it is", part.set), part.span)
}
