//! A finding as a person reads it: the fact, the rule in its words, the way on which the data came there, the reason, and what to do.

use std::collections::BTreeSet;

use crate::base::{Diagnostic, Span};
use crate::lang::eval::shape::{Alternative, Kind, Mode, Name, Polarity};
use crate::model::assignment::Thing;

use super::check::{Breach, Case, How};
use super::flow::{Edge, Flow, Word};
use super::judge::Answer;
use super::rules::{Family, Test};
use super::spot::Axis;
use super::verdict::{Finding, State};
use super::{ways, words};

/// A step on the way of data, for text and for JSON.
struct Leg {
    word: String,
    to: String,
    backwards: bool,
}

impl Leg {
    fn new(word: impl Into<String>, to: impl Into<String>) -> Self {
        Self {
            word: word.into(),
            to: to.into(),
            backwards: false,
        }
    }
}

/// The finding of a group of breaches: the first is told, the others are counted.
pub fn finding<'a>(case: &Case<'_, 'a>, first: &Breach<'a>, more: &[Breach<'a>], with_log: bool) -> Option<Finding> {
    let test = case.room.test(first.test)?;
    let dataset = case.room.flow.label(first.exposure.label)?.dataset.clone();
    let (start, legs) = way(case, first);
    let state = match first.answer {
        Answer::Unknown(_) => State::NotProvable,
        Answer::Fits | Answer::Breaks(_) => State::Violated,
    };
    let mut diagnostic = Diagnostic::error(test.code(), title(case, test, first)).at(
        test.rule.span,
        format!("`{}` says: {}", test.residency.name, test.words()),
    );
    for (span, text) in places(case, first) {
        diagnostic = diagnostic.and(span, text);
    }
    diagnostic = diagnostic.note(format!("path     {}", drawn(&start, &legs)));
    diagnostic = reasons(case, test, first, diagnostic);
    if with_log {
        diagnostic =
            diagnostic.note("also     its log stays on the same site (implied: no `logs to`), and holds the same");
    }
    let others: BTreeSet<(usize, How<'_>)> = more.iter().map(|b| (b.thing, b.how)).collect();
    let others = others
        .into_iter()
        .filter(|other| *other != (first.thing, first.how))
        .count();
    if others > 0 {
        let ways = words::count(others as u64, "more path reaches", "more paths reach");
        diagnostic = diagnostic.note(format!("also     {ways} this rule"));
    }
    for help in ways::out(case, test, first) {
        diagnostic = diagnostic.help(help);
    }
    let thing = case.room.flow.things.get(first.thing)?;
    let mut path = vec![start];
    path.extend(legs.into_iter().flat_map(|l| [l.word, l.to]));
    Some(Finding {
        code: test.code(),
        state,
        residency: test.residency.name.clone(),
        mode: test.mode,
        rule: test.name(),
        dataset,
        site: first.site.cloned(),
        path,
        diagnostic: diagnostic.about(match (first.how, first.site) {
            (How::Held(addr), _) => addr.to_string(),
            (_, Some(site)) => format!("{thing}@{site}"),
            (_, None) => thing.to_string(),
        }),
    })
}

/// `` `records` (personal.health) ``, with the form in which it is there.
pub fn whose(case: &Case<'_, '_>, label: usize) -> String {
    let Some(label) = case.room.flow.label(label) else {
        return String::new();
    };
    let class = case
        .room
        .shape
        .datasets
        .get(&label.dataset)
        .and_then(|d| d.class.as_ref());
    let class = class.map(|c| format!(" ({})", c.value)).unwrap_or_default();
    let step = label.steps.last().and_then(|s| case.room.shape.derives.get(*s));
    let form = step.map(|d| format!(", as `{}`", d.into.value)).unwrap_or_default();
    format!("`{}`{class}{form}", label.dataset)
}

fn title(case: &Case<'_, '_>, test: &Test<'_>, breach: &Breach<'_>) -> String {
    let who = whose(case, breach.exposure.label);
    match &breach.answer {
        Answer::Breaks(part) => broken(test, breach, &who, &part.set.to_string()),
        _ => unproved(test, breach, &who),
    }
}

fn broken(test: &Test<'_>, breach: &Breach<'_>, who: &str, place: &str) -> String {
    if test.family == Family::Compellable {
        return format!("{who} becomes readable under {place} law");
    }
    let what = match breach.exposure.kind {
        Some(Kind::Log) => format!("a log with {who}"),
        Some(Kind::Backup) => format!("a backup of {who}"),
        _ => who.to_owned(),
    };
    let mode = breach.exposure.mode;
    let happens = words::happens(mode);
    let outside = match test.polarity {
        Polarity::Only => format!(", outside {}", test.written),
        Polarity::Never => String::new(),
    };
    match (mode, test.axis) {
        (_, Some(Axis::Law)) => format!("{what} {happens} under {place} law{outside}"),
        (Mode::Transit, _) => format!("{what} travels through {place}{outside}"),
        (Mode::Access | Mode::Manage, _) => format!("{what} {happens} from {place}{outside}"),
        _ => format!("{what} {happens} in {place}{outside}"),
    }
}

fn unproved(test: &Test<'_>, breach: &Breach<'_>, who: &str) -> String {
    match test.family {
        Family::Compellable => format!(
            "it cannot be proved that {who} is never readable under the law of {}",
            test.written
        ),
        _ => format!(
            "it cannot be proved that {who} {} {}",
            words::happens(breach.exposure.mode),
            test.condition()
        ),
    }
}

/// Why, and what the rule would have accepted.
fn reasons(case: &Case<'_, '_>, test: &Test<'_>, breach: &Breach<'_>, diagnostic: Diagnostic) -> Diagnostic {
    let diagnostic = match &breach.answer {
        Answer::Breaks(part) => diagnostic.note(format!("because  {}", part.because)),
        Answer::Unknown(missing) => diagnostic.note(format!("missing  {}", missing.fact)),
        Answer::Fits => diagnostic,
    };
    let refused: Vec<String> = test
        .rule
        .unless
        .iter()
        .filter_map(|u| refusal(case, breach, &u.value))
        .collect();
    refused
        .into_iter()
        .fold(diagnostic, |d, why| d.note(format!("unless   {why}")))
}

/// Why an alternative that the rule names does not help here.
fn refusal(case: &Case<'_, '_>, breach: &Breach<'_>, alternative: &Alternative) -> Option<String> {
    let name = words::alternative(alternative);
    let why = match alternative {
        Alternative::Encrypted { .. } => match (breach.exposure.mode, breach.exposure.cipher) {
            (Mode::Process | Mode::Access | Mode::Manage | Mode::Decrypt, _) => {
                "does not help who reads it in clear".to_owned()
            }
            (_, None) => "no: nothing is encrypted here".to_owned(),
            (_, Some(key)) => format!("no: key {key} is not where, or not under whom, the rule says"),
        },
        Alternative::Sealed if breach.exposure.mode == Mode::Transit => {
            "no: the way is not sealed from end to end".to_owned()
        }
        Alternative::Tee => "no: nothing is attested".to_owned(),
        Alternative::CoveredBy(_) => "no: no such instrument is declared".to_owned(),
        Alternative::Pseudonymous { .. } | Alternative::Aggregate { .. } | Alternative::Anonymous => {
            let derived = case
                .room
                .flow
                .label(breach.exposure.label)
                .is_some_and(|l| !l.steps.is_empty());
            if derived {
                "no: the derivation does not go that far".to_owned()
            } else {
                "no: it comes as it is".to_owned()
            }
        }
        Alternative::Sealed | Alternative::Transient { .. } => return None,
    };
    Some(format!("{name}: {why}"))
}

/// The way of the data: where it starts, then each step.
fn way(case: &Case<'_, '_>, breach: &Breach<'_>) -> (String, Vec<Leg>) {
    let trail = case.room.flow.trail(breach.thing, breach.exposure.label);
    let mut start = named(case, trail.0);
    let mut legs = Vec::new();
    for (edge, from) in trail.1.iter().zip(Flow::starts(&trail)) {
        legs.extend(edge_legs(case, edge, from));
    }
    let mut here = |thing: usize, site: &Name, legs: &mut [Leg]| match legs.last_mut() {
        Some(last) => last.to = placed(case, thing, site),
        None => start = placed(case, thing, site),
    };
    match breach.how {
        How::Placed | How::Copy(_) => {
            if let Some(site) = breach.site {
                here(breach.thing, site, &mut legs);
            }
        }
        How::Failover => {
            let to = breach.site.map(|s| placed(case, breach.thing, s));
            legs.extend(to.map(|to| Leg::new("failover", to)));
        }
        How::Held(addr) => {
            let site = breach.site.map(|s| format!("@{s}")).unwrap_or_default();
            legs.push(Leg::new("held by", format!("{addr}{site}")));
        }
        How::Backup => legs.extend(breach.site.map(|s| Leg::new("backup", s.to_string()))),
        How::Key(key) => legs.push(Leg::new("encrypted by", format!("key.{key}"))),
        How::People(people) => legs.push(Leg::new("serves", format!("population.{people}"))),
        How::Copying(kind, from, to) => {
            here(breach.thing, from, &mut legs);
            legs.push(Leg::new(words::kind(kind), to.to_string()));
        }
        How::Travel(edge, from, to) => {
            if let Some(edge) = case.room.flow.edges.get(edge) {
                let sender = edge.sender();
                if breach.thing == sender {
                    here(sender, from, &mut legs);
                } else {
                    legs.push(Leg::new("held by", placed(case, sender, from)));
                }
                legs.push(Leg::new(edge.word.text(), placed(case, edge.to, to)));
            }
        }
    }
    legs.extend(reach(case, breach));
    (start, legs)
}

/// One edge; the service that hands a narrowed dataset on is shown where the way does not come from it.
fn edge_legs(case: &Case<'_, '_>, edge: &Edge<'_>, from: usize) -> Vec<Leg> {
    let held = edge.through.filter(|service| *service != from);
    let held = held.map(|service| Leg::new("held by", named(case, service)));
    let leg = Leg {
        backwards: edge.word == Word::WrittenBy,
        ..Leg::new(edge.word.text(), named(case, edge.to))
    };
    held.into_iter().chain([leg]).collect()
}

/// Who reaches for a site.
fn reach(case: &Case<'_, '_>, breach: &Breach<'_>) -> Option<Leg> {
    if matches!(breach.how, How::Key(_) | How::People(_)) {
        return None;
    }
    let site = breach.site.and_then(|s| case.room.shape.sites.get(s))?;
    let whence = |w: &crate::lang::eval::shape::Whence| match w {
        crate::lang::eval::shape::Whence::Site(site) => site.to_string(),
        crate::lang::eval::shape::Whence::Places(places) => places.to_string(),
    };
    let managed = site
        .managed_from
        .as_ref()
        .map_or_else(|| "?".to_owned(), |w| whence(&w.value));
    match breach.exposure.mode {
        Mode::Manage => Some(Leg::new("managed from", managed)),
        Mode::Access if site.support_from.is_empty() => {
            Some(Leg::new("support (implied: where it is managed)", managed))
        }
        Mode::Access => {
            let from: Vec<String> = site.support_from.iter().map(|w| whence(&w.value)).collect();
            Some(Leg::new("support from", from.join(", ")))
        }
        Mode::Store if breach.exposure.implied => Some(Leg::new("log (implied: no `logs to`)", site.name.to_string())),
        _ => None,
    }
}

/// `dataset.records ──reads──▶ service.triage@ashburn`
fn drawn(start: &str, legs: &[Leg]) -> String {
    legs.iter().fold(start.to_owned(), |line, leg| {
        if leg.backwards {
            let verb = if leg.word == Word::WrittenBy.text() {
                Word::Writes.text()
            } else {
                leg.word.as_str()
            };
            format!("{line} ◀──{verb}── {}", leg.to)
        } else {
            format!("{line} ──{}──▶ {}", leg.word, leg.to)
        }
    })
}

fn placed(case: &Case<'_, '_>, thing: usize, site: &Name) -> String {
    case.room
        .flow
        .things
        .get(thing)
        .map(|t| format!("{t}@{site}"))
        .unwrap_or_default()
}

/// A thing on the way: a service with its site, where it has one.
fn named(case: &Case<'_, '_>, thing: usize) -> String {
    match case.room.flow.things.get(thing) {
        Some(thing @ Thing::Service(name)) => {
            let site = case.assignment.services.get(name).and_then(|s| s.first());
            site.map_or_else(|| thing.to_string(), |s| format!("{thing}@{s}"))
        }
        Some(thing) => thing.to_string(),
        None => String::new(),
    }
}

/// Everything in the text that made it so: each hop, the pin, and the fact.
fn places(case: &Case<'_, '_>, breach: &Breach<'_>) -> Vec<(Span, String)> {
    let (_, edges) = case.room.flow.trail(breach.thing, breach.exposure.label);
    let mut found: Vec<(Span, String)> = edges.iter().map(|e| (e.span, hop_text(case, e))).collect();
    if let How::Travel(edge, ..) = breach.how {
        found.extend(case.room.flow.edges.get(edge).map(|e| (e.span, hop_text(case, e))));
    }
    found.extend(pin(case, breach));
    let fact = match &breach.answer {
        Answer::Breaks(part) => part.span.map(|s| (s, part.because.clone())),
        Answer::Unknown(missing) => missing.span.map(|s| (s, missing.fact.clone())),
        Answer::Fits => None,
    };
    found.extend(fact);
    found.dedup();
    found
}

fn hop_text(case: &Case<'_, '_>, edge: &Edge<'_>) -> String {
    let name = |id: usize| {
        case.room
            .flow
            .things
            .get(id)
            .map(|t| t.name().to_string())
            .unwrap_or_default()
    };
    let (from, to) = (name(edge.sender()), name(edge.to));
    match edge.word {
        Word::Reads => format!("{to} reads {from} here"),
        Word::Writes => format!("{from} writes {to} here"),
        Word::WrittenBy => format!("{to} writes {from} here"),
        Word::Calls => format!("{from} hands it to {to} here"),
        Word::Returns => format!("{from} answers {to} here"),
        Word::Logs => format!("{from} logs to {to} here"),
        Word::Derived => format!("{to} is derived from {from} here"),
    }
}

/// Where the text puts the thing on the site, if it does.
fn pin(case: &Case<'_, '_>, breach: &Breach<'_>) -> Option<(Span, String)> {
    let site = breach.site?;
    let shape = case.room.shape;
    let name = case.room.flow.things.get(breach.thing)?.name();
    let service = || shape.services.get(name).map(|s| s.at.as_slice());
    let dataset = || shape.datasets.get(name);
    let uses = match breach.how {
        How::Placed => service()?,
        How::Copy(_) => dataset()?.at.as_slice(),
        How::Held(addr) => {
            let holder = shape.resources.get(addr)?;
            return Some((holder.span, format!("{addr} holds {name} on {site}")));
        }
        How::Backup => dataset()?.backup.as_ref()?.to.as_slice(),
        How::Failover => {
            let within = shape.services.get(name)?.failover.as_ref()?;
            return Some((within.span, format!("{name} may come to {site} by failover")));
        }
        How::Key(_) | How::People(_) | How::Travel(..) | How::Copying(..) => return None,
    };
    let pinned = uses.iter().find(|u| u.value == *site)?;
    Some((pinned.span, format!("{name} is put on {site} here")))
}
