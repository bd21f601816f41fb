//! What is said where nothing fits: the thing, each site and why not, and the rules behind it.

use std::collections::BTreeMap;

use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};

use super::explain::{Explainer, Fit, quota_words};
use super::filter::{Lost, Narrowed};
use super::latency::show;
use super::legality::Ground;
use super::problem::{Item, Problem};
use super::search::Stuck;
use super::state::{Block, State};

/// A thing that fits on no site.
pub const NO_SITE: Code = Code::new("E200", "a service or a dataset that fits on no site");
/// Fewer groups than replicas that spread across them.
pub const SPREAD: Code = Code::new("E201", "fewer places than replicas that spread across them");
/// Things that each fit somewhere, and not together.
pub const NOT_TOGETHER: Code = Code::new("E202", "things that fit alone and not together");
/// The search ended without an answer.
pub const GAVE_UP: Code = Code::new("E203", "a placement that was not found, and not proven impossible");
/// A thing that does not fit where it is pinned.
pub const PIN: Code = Code::new("E204", "a thing that does not fit where it is pinned");
/// Fewer sites than a rule wants copies on.
pub const QUOTA: Code = Code::new("E207", "fewer sites than a rule wants copies on");

/// How many rules are shown beside one message.
const SHOWN: usize = 3;

/// Puts pinned slots where they are pinned, and says what does not fit there. What the residency rules say about a pin is the
/// verdict's to tell.
pub fn pin<'p, 'a>(problem: &'p Problem<'a>, narrowed: &Narrowed) -> (State<'p, 'a>, Diagnostics) {
    let mut state = State::empty(problem);
    let mut diagnostics = Diagnostics::new();
    for (id, item) in problem.items.iter().enumerate() {
        for slot in 0..item.slots {
            let Some(site) = item.pin(slot) else { continue };
            let unfit = problem.unfit(item, site).into_iter().next();
            let ground = unfit.or_else(|| {
                // Calls that take too long are told from the caller, once.
                let block = state
                    .blocked(id, slot, site)
                    .filter(|b| !matches!(b, Block::Far { .. }))?;
                Some(
                    Explainer {
                        state: &state,
                        narrowed,
                    }
                    .block(&state, item, site, block),
                )
            });
            if let Some(ground) = ground {
                diagnostics.push(misplaced(problem, item, site, ground));
            }
            state.put(id, slot, site);
        }
    }
    let mut seen = diagnostics.sorted();
    for (id, item) in problem.items.iter().enumerate() {
        seen.extend(late_calls(&state, id, item));
    }
    (state, seen)
}

/// Calls between pinned things that take too long; each is seen once, from the caller.
fn late_calls(state: &State<'_, '_>, id: usize, item: &Item<'_>) -> Vec<Diagnostic> {
    let problem = state.problem;
    let edges = item
        .edges
        .iter()
        .filter_map(|edge| problem.edges.get(*edge))
        .filter(|edge| edge.from == id);
    let told = edges.filter_map(|edge| {
        let within = edge.call?.within.as_ref()?;
        let called = problem.items.get(edge.to)?;
        let pinned = state.is_complete(id) && state.is_complete(edge.to);
        let far = state
            .sites(id)
            .find(|from| !state.sites(edge.to).any(|to| problem.is_near(edge, *from, to)))?;
        let near = state
            .sites(edge.to)
            .min_by_key(|to| problem.round_trip(edge, far, *to).unwrap_or(u64::MAX))?;
        let limit = show(within.value);
        let trip = problem.round_trip(edge, far, near);
        let (here, there) = (problem.name(far), problem.name(near));
        let fact = trip.map_or_else(
            || problem.latency.why_unknown(far, near).to_owned(),
            |t| format!("the round trip from `{here}` to `{there}` takes {}", show(t)),
        );
        let title = format!(
            "{} is pinned too far from {} to call it within {limit}",
            item.quoted(),
            called.quoted()
        );
        let said = Diagnostic::error(PIN, title)
            .at(within.span, fact)
            .and(item.span, format!("pinned at `{here}`"))
            .and(called.span, format!("pinned at `{there}`"))
            .help_some(trip.map(|t| format!("raise `within` to {}, or pin one of them nearer to the other", show(t))))
            .about(&item.thing);
        pinned.then_some(said)
    });
    told.collect()
}

fn misplaced(problem: &Problem<'_>, item: &Item<'_>, site: usize, ground: Ground) -> Diagnostic {
    let title = format!(
        "{} is pinned at `{}`, where it does not fit",
        item.quoted(),
        problem.name(site)
    );
    let said = Diagnostic::error(PIN, title)
        .at(item.span, ground.words)
        .about(&item.thing);
    let said = match ground.rule {
        Some(span) => said.and(span, "because of this"),
        None => said,
    };
    said.help("pin it elsewhere, or take the `at` out: the engine then looks for a site")
}

/// What is said about things that are lost.
pub fn lost(problem: &Problem<'_>, narrowed: &Narrowed) -> Diagnostics {
    let items = narrowed
        .lost
        .iter()
        .filter_map(|(id, lost)| Some((*id, problem.items.get(*id)?, *lost)));
    items
        .map(|(id, item, lost)| lost_item(problem, narrowed, id, item, lost))
        .collect()
}

fn lost_item(problem: &Problem<'_>, narrowed: &Narrowed, id: usize, item: &Item<'_>, lost: Lost) -> Diagnostic {
    match lost {
        Lost::NoSite(slot) => no_site(problem, narrowed, id, item, slot),
        Lost::Spread { spread, groups } => too_narrow(problem, narrowed, id, item, spread, groups),
        Lost::Quota(quota) => {
            let ground = quota_words(problem, item, quota);
            let title = format!("{} cannot have as many copies as a rule wants", item.quoted());
            let told = Diagnostic::error(QUOTA, title)
                .at(item.span, &*ground.words)
                .about(&item.thing);
            let told = listed(told, problem, &against(problem, narrowed, id, item, 1));
            let told = ground.rule.map_or(told.clone(), |rule| told.and(rule, "this rule"));
            told.help("declare a site that the rule counts and that fits")
        }
    }
}

fn no_site(problem: &Problem<'_>, narrowed: &Narrowed, id: usize, item: &Item<'_>, slot: usize) -> Diagnostic {
    let against = against(problem, narrowed, id, item, slot);
    let title = match (slot, item.is_distinct() && item.slots > 1) {
        (0, true) => format!("the first copy of {} fits on no site", item.quoted()),
        (_, true) => format!("there is no site for another copy of {}", item.quoted()),
        _ => format!("{} fits on no site", item.quoted()),
    };
    let said = if problem.sites.is_empty() {
        "no site is declared"
    } else {
        "each site has something against it"
    };
    let told = Diagnostic::error(NO_SITE, title).at(item.span, said).about(&item.thing);
    let told = listed(told, problem, &against);
    ways_out(problem, item).into_iter().fold(told, Diagnostic::help)
}

fn too_narrow(
    problem: &Problem<'_>,
    narrowed: &Narrowed,
    id: usize,
    item: &Item<'_>,
    spread: usize,
    groups: usize,
) -> Diagnostic {
    let Some(spreading) = item.spreads.get(spread) else {
        return no_site(problem, narrowed, id, item, 0);
    };
    let across = spreading.across();
    let title = format!(
        "{} has {} {} to spread across `{across}`, and fits in {groups}",
        item.quoted(),
        item.slots,
        plural(item)
    );
    let told = Diagnostic::error(SPREAD, title)
        .at(spreading.declared.span, format!("no two may share `{across}`"))
        .and(item.span, format!("{} {}", item.slots, plural(item)))
        .about(&item.thing);
    let options = item.options();
    let open = options.iter().map(|site| {
        let groups: Vec<&str> = spreading
            .groups
            .get(*site)
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        format!("{}: fits; its `{across}` is {}", problem.name(*site), groups.join(", "))
    });
    let told = open.fold(told, Diagnostic::note);
    let told = listed(
        told,
        problem,
        &against(problem, narrowed, id, item, item.slots.saturating_sub(1)),
    );
    told.help(format!(
        "lower `replicas` to {groups}, write `soft` behind the spread, or declare a site in another `{across}`"
    ))
}

fn plural(item: &Item<'_>) -> &'static str {
    if item.is_distinct() { "copies" } else { "replicas" }
}

/// What stands against each site for a slot, whatever else is where.
fn against(
    problem: &Problem<'_>,
    narrowed: &Narrowed,
    id: usize,
    item: &Item<'_>,
    slot: usize,
) -> BTreeMap<usize, Vec<Ground>> {
    let grounds = |site: usize| {
        let alone = problem.alone(item, slot, site);
        let taken_out = || narrowed.why.get(&(id, site)).cloned().into_iter().collect();
        if alone.is_empty() { taken_out() } else { alone }
    };
    (0..problem.sites.len())
        .map(|site| (site, grounds(site)))
        .filter(|(_, grounds)| !grounds.is_empty())
        .collect()
}

/// Adds a line for each site, those with the same reasons together, and shows the rules.
fn listed(told: Diagnostic, problem: &Problem<'_>, against: &BTreeMap<usize, Vec<Ground>>) -> Diagnostic {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    let mut rules: Vec<Span> = Vec::new();
    for (site, grounds) in against {
        let words: Vec<&str> = grounds.iter().map(|g| g.words.as_str()).collect();
        let line = words.join("; ");
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, sites)) => sites.push(problem.name(*site)),
            None => lines.push((line, vec![problem.name(*site)])),
        }
        rules.extend(grounds.iter().filter_map(|g| g.rule));
    }
    rules.sort();
    rules.dedup();
    let told = lines.into_iter().fold(told, |told, (line, sites)| {
        told.note(format!("{}: {line}", sites.join(", ")))
    });
    rules
        .into_iter()
        .take(SHOWN)
        .fold(told, |told, span| told.and(span, "this stands against it"))
}

/// What the user can do about a thing that fits nowhere.
fn ways_out(problem: &Problem<'_>, item: &Item<'_>) -> Vec<String> {
    let mut ways = Vec::new();
    let legal = |site: &usize| problem.rules_against(item, 0, *site).is_empty();
    let allowed: Vec<usize> = (0..problem.sites.len()).filter(legal).collect();
    for need in item.needs {
        let lacks = |site: &&usize| {
            problem
                .sites
                .get(**site)
                .is_some_and(|s| !s.traits.contains(&need.value))
        };
        if allowed.iter().filter(lacks).count() == allowed.len()
            && let Some(first) = allowed.first()
        {
            ways.push(format!(
                "give a site that has it `traits = [\"{}\"]`: {}",
                need.value,
                problem.name(*first)
            ));
        }
    }
    ways.extend(slower(problem, item, &allowed));
    if allowed.is_empty() {
        let what = if item.is_distinct() {
            "`derive` a dataset that the rule lets be elsewhere"
        } else {
            "let it use less of the data"
        };
        ways.push(format!("declare a site where the rules let it be, or {what}"));
    }
    if ways.is_empty() {
        ways.push("declare a site that fits, or ask for less".to_owned());
    }
    ways
}

/// The smallest `within` of a call that would do.
fn slower(problem: &Problem<'_>, item: &Item<'_>, allowed: &[usize]) -> Option<String> {
    // The edges of what is lost were taken away from it, and not from the problem.
    let own = |end: usize| problem.items.get(end).is_some_and(|i| i.thing == item.thing);
    let edges = problem.edges.iter().filter(|edge| own(edge.from));
    let calls = edges.filter(|edge| edge.call.is_some_and(|call| call.within.is_some()));
    let nearest = calls.filter_map(|edge| {
        let callee = problem.items.get(edge.to).filter(|to| to.thing != item.thing)?;
        let trips = allowed.iter().flat_map(|from| {
            let to = callee.options();
            to.into_iter()
                .filter_map(|to| Some((problem.round_trip(edge, *from, to)?, *from, to)))
                .collect::<Vec<_>>()
        });
        let (trip, from, to) = trips.min()?;
        let short = edge.call?.within.as_ref().is_some_and(|w| w.value < trip);
        short.then(|| {
            let (here, there) = (problem.name(from), problem.name(to));
            format!(
                "raise `within` of its call to {} to {}: from `{here}` to `{there}`",
                callee.quoted(),
                show(trip)
            )
        })
    });
    nearest.min()
}

/// What is said where everything fits alone and not together, or where the search gave up.
pub fn stuck(stuck: &Stuck<'_, '_>, narrowed: &Narrowed, code: Code) -> Diagnostic {
    let problem = stuck.state.problem;
    let Some(item) = problem.items.get(stuck.item) else {
        return Diagnostic::error(code, code.about);
    };
    let explainer = Explainer {
        state: &stuck.state,
        narrowed,
    };
    let (title, label) = if code == GAVE_UP {
        (
            format!(
                "no placement was found for {}, and none was proven impossible",
                item.quoted()
            ),
            "the search came farthest with this one without a site",
        )
    } else {
        (
            format!("there is no room for {} beside the others", item.quoted()),
            "no site is left for it",
        )
    };
    let against: BTreeMap<usize, Vec<Ground>> = explainer
        .fits(stuck.item, stuck.slot)
        .into_iter()
        .map(|(site, fit)| match fit {
            Fit::Not(grounds) => (site, grounds),
            Fit::Fits(_) => (
                site,
                vec![Ground::new("it would fit, and something else would not fit then")],
            ),
        })
        .collect();
    let told = Diagnostic::error(code, title).at(item.span, label).about(&item.thing);
    let told = listed(told, problem, &against);
    let told = demand(problem).into_iter().fold(told, Diagnostic::note);
    told.help("give the sites more capacity, ask for fewer replicas, or loosen what stands in the notes")
}

/// Whether all sites together have too little.
fn demand(problem: &Problem<'_>) -> Vec<String> {
    let over = super::price::DIMENSIONS
        .iter()
        .enumerate()
        .filter_map(|(dimension, (name, _))| {
            let rooms: Option<Vec<i64>> = problem
                .capacity
                .iter()
                .map(|room| room.get(dimension).copied().flatten())
                .collect();
            let room = rooms?.into_iter().fold(0_i64, i64::saturating_add);
            let of = |item: &Item<'_>| {
                let slots = i64::try_from(item.slots).unwrap_or(i64::MAX);
                item.demand.get(dimension).map_or(0, |d| d.saturating_mul(slots))
            };
            let wanted = problem.items.iter().map(of).fold(0_i64, i64::saturating_add);
            let amount = |amount| super::problem::whole(dimension, amount);
            (wanted > room).then(|| {
                format!(
                    "all sites together have {} of {name}, and {} are asked for",
                    amount(room),
                    amount(wanted)
                )
            })
        });
    over.collect()
}
