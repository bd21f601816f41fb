//! Which site each replica and each copy goes to. Within what the residency rules allow (`legality`) it must fit: traits, capacity,
//! spread, round trips of calls (`latency`). Of what fits, the best is taken: soft spreads kept, no moves without need (or at their
//! price), then cost (`price`) and latency in the order that `placement { minimize }` says, then by name.
//!
//! A shape becomes a `problem` of numbers; `filter` takes out what cannot be; pins are put where they are (`report`); `search`
//! finds the rest on a `state`; `explain` asks every site again to say why. Same input, same answer.
//!
//! What must stay true: a placement that is given without an error keeps every constraint named above; what is called impossible is
//! proven, and a search that ended without an answer says so under a code of its own. Pins are kept whatever the rules say: the verdict
//! on them is `model::residency`'s, with the path and the way out.

mod explain;
mod filter;
mod latency;
mod legality;
mod price;
mod problem;
mod repair;
mod report;
mod search;
mod state;

use std::collections::BTreeMap;

use situs_value::Number;

use crate::base::Diagnostics;
use crate::lang::eval::shape::{Name, Shape};

use super::assignment::{Assignment, Thing};

pub use explain::{Because, RunnerUp};
pub use legality::{Ground, Legality, Quota};
pub use price::{CURRENCIES, Cost, PRICE_UNIT};
pub use report::{GAVE_UP, NO_SITE, NOT_TOGETHER, PIN, QUOTA, SPREAD};

use explain::{Explainer, Fit};
use filter::Narrowed;
use problem::{Item, Problem};
use search::Outcome;
use state::State;

/// Where everything goes, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// The site of every replica and copy.
    pub assignment: Assignment,
    /// Why each is where it is, by its number.
    pub because: BTreeMap<(Thing, usize), Because>,
    /// What all of it costs, where sites have prices.
    pub cost: Option<Cost>,
    /// What changes against today.
    pub moves: Vec<Move>,
    /// Whether no other placement is better; a search among very many stops at a good one.
    pub optimal: bool,
    /// What was asked for and is not looked at.
    pub notes: Vec<String>,
}

/// One replica or copy that is not where it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    /// Of what.
    pub thing: Thing,
    /// Where it is today; nothing where it is new.
    pub from: Option<Name>,
    /// Where it goes; nothing where it goes away.
    pub to: Option<Name>,
}

/// Places everything. With errors, what could be placed is placed.
pub fn place(shape: &Shape, legal: &dyn Legality, today: &Assignment) -> (Placement, Diagnostics) {
    let (mut problem, mut diagnostics) = Problem::of(shape, legal, today);
    let narrowed = filter::narrow(&mut problem);
    diagnostics.append(report::lost(&problem, &narrowed));
    let pinned = diagnostics.take(report::pin(&problem, &narrowed));
    let (state, optimal) = match search::search(pinned, &narrowed.lost) {
        Outcome::Found(state, optimal) => (state, optimal),
        Outcome::Impossible(stuck) => {
            diagnostics.push(report::stuck(&stuck, &narrowed, NOT_TOGETHER));
            (stuck.state, false)
        }
        Outcome::GaveUp(stuck) => {
            diagnostics.push(report::stuck(&stuck, &narrowed, GAVE_UP));
            (stuck.state, false)
        }
    };
    let state = in_order(state);
    let placement = Placement {
        because: because(&state, &narrowed),
        cost: cost(&state),
        moves: moves(&state, today),
        assignment: assignment(&state),
        optimal: optimal && !diagnostics.has_errors(),
        notes: notes(&problem),
    };
    (placement, diagnostics)
}

/// Replicas that stay keep their numbers; the others follow by site.
fn in_order<'p, 'a>(mut state: State<'p, 'a>) -> State<'p, 'a> {
    for (id, item) in state.problem.items.iter().enumerate() {
        let free: Vec<usize> = item.free().filter(|slot| !item.is_distinct() || *slot > 0).collect();
        let mut sites: Vec<usize> = free.iter().filter_map(|slot| state.take(id, *slot)).collect();
        sites.sort_unstable();
        let mut open = Vec::new();
        for slot in &free {
            let today = item
                .today
                .get(*slot)
                .and_then(|site| sites.iter().position(|s| s == site));
            match today.map(|at| sites.remove(at)) {
                Some(site) => state.put(id, *slot, site),
                None => open.push(*slot),
            }
        }
        for (slot, site) in open.into_iter().zip(sites) {
            state.put(id, slot, site);
        }
    }
    state
}

fn assignment(state: &State<'_, '_>) -> Assignment {
    let mut made = Assignment::default();
    for (id, item) in state.problem.items.iter().enumerate() {
        made.set(&item.thing, names(state, id));
    }
    made
}

fn names(state: &State<'_, '_>, id: usize) -> Vec<Name> {
    state.sites(id).map(|site| state.problem.name(site).into()).collect()
}

fn because(state: &State<'_, '_>, narrowed: &Narrowed) -> BTreeMap<(Thing, usize), Because> {
    let explainer = Explainer { state, narrowed };
    let mut made = BTreeMap::new();
    for (id, item) in state.problem.items.iter().enumerate() {
        for slot in 0..item.slots {
            if let Some(because) = explainer.because(id, slot) {
                made.insert((item.thing.clone(), slot), because);
            }
        }
    }
    made
}

fn cost(state: &State<'_, '_>) -> Option<Cost> {
    let prices = &state.problem.prices;
    let mut sum = Number::ZERO;
    for (id, item) in state.problem.items.iter().enumerate() {
        for site in state.sites(id) {
            sum = price::plus(&sum, &prices.of_load(site, &item.load));
        }
    }
    for edge in &state.problem.edges {
        let Some(traffic) = edge.call.and_then(|call| call.traffic.as_ref()) else {
            continue;
        };
        let slots = state.problem.items.get(edge.from).map_or(1, |item| item.slots.max(1));
        let Ok(each) = traffic.div(&Number::from(slots)) else {
            continue;
        };
        for from in state
            .sites(edge.from)
            .filter(|from| !state.sites(edge.to).any(|to| to == *from))
        {
            sum = price::plus(&sum, &prices.of_egress(from, &each));
        }
    }
    prices.cost(sum)
}

fn moves(state: &State<'_, '_>, today: &Assignment) -> Vec<Move> {
    let mut made = Vec::new();
    for (id, item) in state.problem.items.iter().enumerate() {
        made.extend(moved(&item.thing, today.sites(&item.thing), &names(state, id)));
    }
    let gone = today.things().filter(|(thing, _)| state.problem.item(thing).is_none());
    made.extend(gone.flat_map(|(thing, sites)| moved(&thing, sites, &[])));
    made
}

/// What left paired with what came.
fn moved(thing: &Thing, before: &[Name], after: &[Name]) -> Vec<Move> {
    let without = |all: &[Name], taken: &[Name]| {
        let mut taken = taken.to_vec();
        let mut left = all.to_vec();
        left.retain(|site| match taken.iter().position(|t| t == site) {
            Some(at) => {
                taken.remove(at);
                false
            }
            None => true,
        });
        left
    };
    let (left, came) = (without(before, after), without(after, before));
    let pairs = (0..left.len().max(came.len())).map(|i| Move {
        thing: thing.clone(),
        from: left.get(i).cloned(),
        to: came.get(i).cloned(),
    });
    pairs.collect()
}

/// What the configuration asks for that placement does not look at yet.
fn notes(problem: &Problem<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    for service in problem.shape.services.values() {
        for serves in &service.serves {
            if let Some(within) = &serves.within {
                let (who, limit) = (&serves.population.value, latency::show(within.value));
                notes.push(format!(
                    "`{}` serves `{who}` within {limit}: not looked at, since populations have no coordinates",
                    service.name
                ));
            }
        }
    }
    let traffic = problem
        .edges
        .iter()
        .any(|e| e.call.is_some_and(|call| call.traffic.is_some()));
    if traffic && problem.shape.links.iter().any(|link| link.bandwidth.is_some()) {
        notes.push("the bandwidth of links is not looked at".to_owned());
    }
    notes
}

/// Why a thing is where it is, and why not elsewhere: lines for `situs why service.triage`; with a site, for `service.triage@dublin`.
pub fn why(
    shape: &Shape,
    legal: &dyn Legality,
    today: &Assignment,
    placement: &Placement,
    thing: &Thing,
    site: Option<&Name>,
) -> Vec<String> {
    let (mut problem, _) = Problem::of(shape, legal, today);
    let narrowed = filter::narrow(&mut problem);
    let Some(id) = problem.item(thing) else {
        return vec![format!("there is no `{thing}`")];
    };
    let mut state = State::empty(&problem);
    for (id, item) in problem.items.iter().enumerate() {
        for (slot, name) in placement.assignment.sites(&item.thing).iter().enumerate() {
            if let Some(site) = problem.site(name) {
                state.put(id, slot, site);
            }
        }
    }
    let explainer = Explainer {
        state: &state,
        narrowed: &narrowed,
    };
    let Some(item) = problem.items.get(id) else {
        return Vec::new();
    };
    match site {
        None => {
            let mut lines = here(placement, item, None);
            lines.extend((0..problem.sites.len()).flat_map(|site| elsewhere(&explainer, id, item, site)));
            lines
        }
        Some(name) => match problem.site(name) {
            None => vec![format!("there is no site `{name}`")],
            Some(site) => {
                let lines = here(placement, item, Some(name));
                if lines.is_empty() {
                    elsewhere(&explainer, id, item, site)
                } else {
                    lines
                }
            }
        },
    }
}

/// What is said of the replicas or copies of a thing, on one site or on all.
fn here(placement: &Placement, item: &Item<'_>, site: Option<&Name>) -> Vec<String> {
    let mut lines = Vec::new();
    for slot in 0..item.slots {
        let Some(because) = placement.because.get(&(item.thing.clone(), slot)) else {
            continue;
        };
        if site.is_some_and(|site| *site != because.site) {
            continue;
        }
        let which = if item.slots > 1 {
            format!(" ({} {slot})", item.unit())
        } else {
            String::new()
        };
        lines.push(format!("{}{which} is at `{}`", item.thing, because.site));
        lines.extend(because.grounds.iter().map(|ground| format!("  because  {ground}")));
        lines.extend(because.cost.iter().map(|cost| format!("  costs    {cost}")));
        lines.extend(because.runner_up.iter().map(|next| {
            let cost = next.cost.as_ref().map_or_else(String::new, |c| format!(" for {c}"));
            format!("  next     `{}`{cost}: {}", next.site, next.words)
        }));
    }
    lines
}

/// What is said of a site that a thing is not on: for the slot that would go there best.
fn elsewhere(explainer: &Explainer<'_, '_, '_>, id: usize, item: &Item<'_>, site: usize) -> Vec<String> {
    let name = explainer.state.problem.name(site);
    if explainer.state.sites(id).any(|s| s == site) {
        return Vec::new();
    }
    let pinned = item.free().next().is_none();
    let slot = item.free().last().unwrap_or(0);
    let own = explainer.state.around(id);
    let mut fits = explainer.fits(id, slot);
    let line = match fits.remove(&site) {
        Some(Fit::Not(grounds)) => {
            let words: Vec<&str> = grounds.iter().map(|g| g.words.as_str()).collect();
            words.join("; ")
        }
        Some(Fit::Fits(_)) if pinned => "it would fit, and `at` says otherwise".to_owned(),
        Some(Fit::Fits(score)) => {
            let cost = explainer
                .cost(item, site)
                .map_or_else(String::new, |c| format!(" and cost {c}"));
            format!("it would fit{cost}: {}", explainer.difference(own, score))
        }
        None => return Vec::new(),
    };
    vec![format!("not at `{name}`: {line}")]
}
