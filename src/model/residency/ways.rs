//! Ways out of a finding, each an order that can be carried out: only sites that are legal, only keys that the rule accepts.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::base::geo::PlaceSet;
use crate::lang::eval::shape::{Alternative, Kind, Mode, Name};
use crate::model::assignment::Thing;

use super::check::{Breach, Case, How};
use super::exposure;
use super::flow::Word;
use super::judge::Answer;
use super::legal::{self, Legal};
use super::rules::{Family, Test};
use super::words;

/// What to do about a breach; at least one.
pub fn out<'a>(case: &Case<'_, 'a>, test: &Test<'a>, breach: &Breach<'a>) -> Vec<String> {
    let mut ways = Vec::new();
    if let Answer::Unknown(missing) = &breach.answer {
        ways.push(missing.way.clone());
    }
    ways.extend(elsewhere(case, breach));
    ways.extend(narrower(case, test, breach));
    ways.extend(accepted(case, test, breach));
    if ways.is_empty() {
        ways.push(last_resort(case, test, breach));
    }
    ways
}

fn last_resort(case: &Case<'_, '_>, test: &Test<'_>, breach: &Breach<'_>) -> String {
    let thing = case
        .room
        .flow
        .things
        .get(breach.thing)
        .map(ToString::to_string)
        .unwrap_or_default();
    let rule = test.words();
    match breach.site {
        Some(site) => format!(
            "take {thing} off {site}, or say in `{}` what `{rule}` accepts instead (`unless …`)",
            test.residency.name
        ),
        None => format!(
            "say in `{}` what `{rule}` accepts instead (`unless …`)",
            test.residency.name
        ),
    }
}

/// Other sites for the thing.
fn elsewhere<'a>(case: &Case<'_, 'a>, breach: &Breach<'a>) -> Option<String> {
    let thing = case.room.flow.things.get(breach.thing)?;
    let name = thing.name();
    match breach.how {
        How::Placed | How::Copy(_) => Some(place(case, breach, name)),
        How::Held(addr) => Some(place(case, breach, &addr.to_string())),
        How::Backup => Some(place(case, breach, &format!("the backups of {name}"))),
        How::Failover => Some(failover(case, breach, name)),
        How::Key(key) => Some(format!(
            "hold key {key} where, and under whom, the rule lets it be (`held_at`, `under`)"
        )),
        How::People(people) => Some(format!(
            "let another service, one that does not hold it, serve {people}"
        )),
        How::Travel(edge, from, to) => {
            let edge = case.room.flow.edges.get(edge)?;
            together(case, edge.sender(), edge.to, from, to)
        }
        How::Copying(Kind::Backup, from, _) => Some(format!("keep the backups of {name} on {from}: `to = [{from}]`")),
        How::Copying(..) => Some(format!(
            "choose sites for {name} that are joined by a way that the rule lets pass"
        )),
    }
}

fn place<'a>(case: &Case<'_, 'a>, breach: &Breach<'a>, what: &str) -> String {
    let all = case.options.of(case, breach.thing, breach.how);
    let legal: Vec<&Name> = all.iter().copied().filter(|s| Some(*s) != breach.site).collect();
    if legal.is_empty() {
        return format!("declare a site that every rule lets {what} be on; none of the declared ones is");
    }
    format!("place {what} at {}", words::list(&legal, "or"))
}

/// The legal sites of things, worked out once each.
#[derive(Default)]
pub struct Options<'a> {
    legal: OnceCell<Legal>,
    known: RefCell<Known<'a>>,
}

type Known<'a> = BTreeMap<(usize, How<'a>), Rc<[&'a Name]>>;

impl<'a> Options<'a> {
    /// The sites on which every rule holds for all that happens there, and that have what the thing needs.
    fn of(&self, case: &Case<'_, 'a>, thing: usize, how: How<'a>) -> Rc<[&'a Name]> {
        if let Some(known) = self.known.borrow().get(&(thing, how)) {
            return known.clone();
        }
        let sites = case.room.shape.sites.keys();
        let found: Rc<[&Name]> = sites.filter(|site| self.fits(case, thing, how, site)).collect();
        self.known.borrow_mut().insert((thing, how), found.clone());
        found
    }

    fn fits(&self, case: &Case<'_, 'a>, id: usize, how: How<'a>, site: &'a Name) -> bool {
        let legal = self.legal.get_or_init(|| legal::of(case.room));
        match (case.room.flow.things.get(id), how) {
            (Some(Thing::Dataset(name)), How::Backup) => backup(case, id, name, site),
            (Some(Thing::Dataset(name)), How::Copy(Kind::Primary)) => legal.primary(name, site).is_empty(),
            (Some(thing @ Thing::Dataset(_)), _) => legal.site(thing, site).is_empty(),
            (Some(thing @ Thing::Service(name)), _) => {
                legal.site(thing, site).is_empty() && able(case, name, site) && near(case, legal, thing, site)
            }
            (None, _) => false,
        }
    }
}

fn backup<'a>(case: &Case<'_, 'a>, id: usize, name: &Name, site: &'a Name) -> bool {
    let dataset = case.room.shape.datasets.get(name);
    let all = dataset.map_or_else(Vec::new, |d| exposure::of_backup(&case.room.flow, id, d));
    all.iter().all(|e| {
        let tests = case.room.tests_of(e);
        tests
            .into_iter()
            .all(|t| case.room.answer(t, e, e.subject(site)).fits())
    })
}

/// Whether a site has what a service needs.
fn able(case: &Case<'_, '_>, service: &Name, site: &Name) -> bool {
    let needs = case.room.shape.services.get(service).map_or(&[][..], |s| &s.needs);
    let site = case.room.shape.sites.get(site);
    needs
        .iter()
        .all(|need| site.is_some_and(|s| s.traits.contains(&need.value)))
}

/// Whether all that flows to and from a thing may do so if it is on a site, and the others are where they are.
fn near(case: &Case<'_, '_>, legal: &Legal, thing: &Thing, site: &Name) -> bool {
    legal.partners(thing).all(|other| {
        let there = case.assignment.sites(other);
        let at_hand = matches!(other, Thing::Dataset(_)) && there.contains(site);
        at_hand || there.iter().all(|o| legal.between(thing, other, site, o))
    })
}

fn failover(case: &Case<'_, '_>, breach: &Breach<'_>, name: &Name) -> String {
    let places = case
        .room
        .test(breach.test)
        .map(|t| t.written.to_string())
        .unwrap_or_default();
    let site = breach.site.map(ToString::to_string).unwrap_or_default();
    format!("narrow `failover within` of {name} to places that {places} lets be, without {site}")
}

/// One end moved to the other.
fn together<'a>(case: &Case<'_, 'a>, sender: usize, receiver: usize, from: &Name, to: &Name) -> Option<String> {
    let things = &case.room.flow.things;
    let how = |thing: &Thing| match thing {
        Thing::Dataset(_) => How::Copy(Kind::Primary),
        Thing::Service(_) => How::Placed,
    };
    let moves = [(sender, to), (receiver, from)];
    let possible = moves.iter().filter_map(|(id, site)| {
        let thing = things.get(*id)?;
        let site = case.room.shape.sites.get_key_value(*site)?.0;
        case.options
            .of(case, *id, how(thing))
            .contains(&site)
            .then(|| format!("place {} at {site}", thing.name()))
    });
    let possible: Vec<String> = possible.collect();
    (!possible.is_empty()).then(|| words::list(&possible, "or"))
}

/// Less data on the last hop.
fn narrower(case: &Case<'_, '_>, test: &Test<'_>, breach: &Breach<'_>) -> Option<String> {
    let flow = &case.room.flow;
    let dataset = &flow.label(breach.exposure.label)?.dataset;
    let (_, edges) = flow.trail(breach.thing, breach.exposure.label);
    let edge = match breach.how {
        How::Travel(edge, ..) => flow.edges.get(edge)?,
        How::Key(_) | How::Copying(..) => return None,
        _ => edges.last().copied()?,
    };
    let name = |id: usize| flow.things.get(id).map(|t| t.name().to_string()).unwrap_or_default();
    let (from, to) = (name(edge.sender()), name(edge.to));
    match edge.word {
        Word::Calls => Some(format!(
            "narrow what {from} hands to {to}: `carries = […]` without {dataset}"
        )),
        Word::Returns => Some(format!(
            "narrow what {from} answers to {to}: `returns = […]` without {dataset}"
        )),
        Word::Logs => Some(format!(
            "take `logs to {to}` away from {from}: its log then stays on its own site"
        )),
        Word::Reads => Some(format!(
            "let {to} read something weaker: `derive NAME from {from} by {} …`",
            weaker(test)
        )),
        Word::Writes => Some(format!(
            "say how {to} is weaker than {dataset}: `derive {to} from {dataset} by {} …`",
            weaker(test)
        )),
        Word::WrittenBy | Word::Derived => None,
    }
}

/// A form that the rule lets be.
fn weaker(test: &Test<'_>) -> String {
    let named = test.rule.unless.iter().map(|u| &u.value).find(|alt| {
        matches!(
            alt,
            Alternative::Pseudonymous { .. } | Alternative::Aggregate { .. } | Alternative::Anonymous
        )
    });
    match named {
        Some(Alternative::Pseudonymous {
            table_in: Some(places), ..
        }) => format!("pseudonymous(table at SITE in {places})"),
        Some(alternative) => words::alternative(alternative),
        None => "aggregate(min N)".to_owned(),
    }
}

/// What the rule itself would accept.
fn accepted<'a>(case: &Case<'_, 'a>, test: &Test<'a>, breach: &Breach<'a>) -> Vec<String> {
    let ways = test.rule.unless.iter().map(|u| match &u.value {
        Alternative::Encrypted { keys_in, keys_under } => {
            encrypt(case, test, breach, keys_in.as_ref(), keys_under.as_ref())
        }
        Alternative::Sealed => seal(case, test, breach),
        _ => None,
    });
    ways.flatten().collect()
}

fn encrypt<'a>(
    case: &Case<'_, 'a>,
    test: &Test<'a>,
    breach: &Breach<'a>,
    keys_in: Option<&PlaceSet>,
    keys_under: Option<&PlaceSet>,
) -> Option<String> {
    let stored = matches!(breach.exposure.kind, Some(Kind::Primary | Kind::Replica | Kind::Backup));
    let readable = breach.exposure.mode == Mode::Store || test.family == Family::Compellable;
    if !stored || !readable {
        return None;
    }
    let what = case.room.flow.things.get(breach.thing)?.name();
    let keys = case.room.accepted_keys(test);
    if keys.is_empty() {
        let wanted = Alternative::Encrypted {
            keys_in: keys_in.cloned(),
            keys_under: keys_under.cloned(),
        };
        return Some(format!(
            "declare a key for {}, and write `encrypted_by` for {what}",
            words::alternative(&wanted)
        ));
    }
    Some(format!("encrypt {what}: `encrypted_by = {}`", words::list(&keys, "or")))
}

fn seal(case: &Case<'_, '_>, test: &Test<'_>, breach: &Breach<'_>) -> Option<String> {
    let (How::Travel(_, from, to) | How::Copying(_, from, to)) = breach.how else {
        return None;
    };
    let (a, b) = (case.room.net.id(from)?, case.room.net.id(to)?);
    let id = breach.test;
    let route = case.room.net.route(a, b);
    let open = route
        .arcs
        .iter()
        .filter_map(|arc| case.room.net.arc(*arc))
        .map(|arc| arc.link);
    let open = open.filter(|l| !case.room.base(id, super::spot::Subject::Link(*l)).fits());
    let links: std::collections::BTreeSet<String> = open.map(|l| case.room.link_name(l)).collect();
    let links: Vec<String> = links.into_iter().collect();
    (!links.is_empty() && test.mode == Some(Mode::Transit))
        .then(|| format!("seal the link {}: `sealed = e2e`", words::list(&links, "and")))
}
