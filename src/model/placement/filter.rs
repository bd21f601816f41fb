//! Takes out of the domains what cannot be, before anything is searched: sites from which no site of the other end of an edge can be
//! had. What has no site left, or too few to spread across, is lost; that is proven, and the rest is placed without it.

use std::collections::{BTreeMap, BTreeSet};

use super::latency::show;
use super::legality::Ground;
use super::problem::{Edge, EdgeKind, Item, Problem};

/// What was found.
#[derive(Default)]
pub struct Narrowed {
    /// Why a site was taken out for an item.
    pub why: BTreeMap<(usize, usize), Ground>,
    /// Items that cannot be placed.
    pub lost: BTreeMap<usize, Lost>,
}

/// Why an item cannot be placed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lost {
    /// A slot has no site.
    NoSite(usize),
    /// There are too few groups for one of its spreads: so many.
    Spread { spread: usize, groups: usize },
    /// There are too few sites for what a rule wants.
    Quota(usize),
}

/// Narrows the domains.
pub fn narrow(problem: &mut Problem<'_>) -> Narrowed {
    let mut found = Narrowed::default();
    lose(problem, &mut found);
    loop {
        let gone = unsupported(problem);
        if gone.is_empty() {
            break;
        }
        for ((id, role, site), ground) in gone {
            if let Some(domain) = problem.items.get_mut(id).and_then(|item| item.domains.get_mut(role)) {
                domain.retain(|s| *s != site);
            }
            found.why.entry((id, site)).or_insert(ground);
        }
        lose(problem, &mut found);
    }
    found
}

/// Finds items that are lost, and takes the edges to them away, so that one mistake is told once.
fn lose(problem: &mut Problem<'_>, found: &mut Narrowed) {
    let new: Vec<(usize, Lost)> = problem
        .items
        .iter()
        .enumerate()
        .filter(|(id, _)| !found.lost.contains_key(id))
        .filter_map(|(id, item)| Some((id, lost(item)?)))
        .collect();
    found.lost.extend(new);
    let Problem { items, edges, .. } = problem;
    for item in items {
        item.edges.retain(|edge| {
            let ends = edges.get(*edge).map(|e| [e.from, e.to]);
            ends.is_some_and(|ends| ends.iter().all(|end| !found.lost.contains_key(end)))
        });
    }
}

fn lost(item: &Item<'_>) -> Option<Lost> {
    if let Some(slot) = item.free().find(|slot| item.domain(*slot).is_empty()) {
        return Some(Lost::NoSite(slot));
    }
    item.free().next()?;
    let options = item.options();
    let spreads = item.spreads.iter().enumerate().filter(|(_, s)| s.is_hard());
    let mut narrow = spreads.filter_map(|(spread, s)| {
        let groups: BTreeSet<&String> = options
            .iter()
            .filter_map(|site| s.groups.get(*site))
            .flatten()
            .collect();
        (groups.len() < item.slots).then_some(Lost::Spread {
            spread,
            groups: groups.len(),
        })
    });
    narrow.next().or_else(|| {
        let short = |q: &super::problem::Wanted| options.intersection(&q.sites).count() < q.count;
        item.quotas.iter().position(short).map(Lost::Quota)
    })
}

/// Sites of a domain from which an edge cannot be, whichever site of the other end is taken.
fn unsupported(problem: &Problem<'_>) -> BTreeMap<(usize, usize, usize), Ground> {
    let mut gone = BTreeMap::new();
    let live: BTreeSet<usize> = problem
        .items
        .iter()
        .flat_map(|item| item.edges.iter().copied())
        .collect();
    for edge in live.iter().filter_map(|id| problem.edges.get(*id)) {
        let (Some(from), Some(to)) = (problem.items.get(edge.from), problem.items.get(edge.to)) else {
            continue;
        };
        match edge.kind {
            EdgeKind::Copies => {
                let (first, others) = (slot_options(from, 0), slot_options(from, 1));
                drop_unless(
                    &mut gone,
                    edge.from,
                    0,
                    from,
                    |site| any(&others, |o| problem.flows(edge, site, o)),
                    || barred(edge, from),
                );
                drop_unless(
                    &mut gone,
                    edge.from,
                    1,
                    from,
                    |site| any(&first, |f| problem.flows(edge, f, site)),
                    || barred(edge, from),
                );
            }
            _ => {
                let there = if edge.kind == EdgeKind::Writes {
                    slot_options(to, 0)
                } else {
                    to.options()
                };
                let both = |a: usize, b: usize| problem.flows(edge, a, b);
                drop_unless(
                    &mut gone,
                    edge.from,
                    0,
                    from,
                    |site| any(&there, |o| both(site, o)),
                    || barred(edge, to),
                );
                drop_unless(
                    &mut gone,
                    edge.from,
                    0,
                    from,
                    |site| any(&there, |o| problem.is_near(edge, site, o)),
                    || far(edge, to),
                );
                if to.slots == 1 {
                    let near = |site| from.pins.iter().flatten().all(|pin| problem.is_near(edge, *pin, site));
                    drop_unless(&mut gone, edge.to, 0, to, near, || far_from_pin(edge, from));
                }
                if edge.kind != EdgeKind::Reads || to.slots == 1 {
                    let here = from.options();
                    drop_unless(
                        &mut gone,
                        edge.to,
                        0,
                        to,
                        |site| any(&here, |o| both(o, site)),
                        || barred(edge, from),
                    );
                }
            }
        }
    }
    gone
}

fn any(sites: &BTreeSet<usize>, holds: impl Fn(usize) -> bool) -> bool {
    sites.iter().any(|site| holds(*site))
}

/// Where one slot may be.
fn slot_options(item: &Item<'_>, slot: usize) -> BTreeSet<usize> {
    match item.pin(slot) {
        Some(pin) => BTreeSet::from([pin]),
        None => item.domain(slot).iter().copied().collect(),
    }
}

fn drop_unless(
    gone: &mut BTreeMap<(usize, usize, usize), Ground>,
    id: usize,
    role: usize,
    item: &Item<'_>,
    holds: impl Fn(usize) -> bool,
    ground: impl Fn() -> Ground,
) {
    if item.free().all(|slot| item.role(slot) != role) {
        return;
    }
    for site in item.domains.get(role).into_iter().flatten() {
        if !holds(*site) {
            gone.entry((id, role, *site)).or_insert_with(&ground);
        }
    }
}

fn barred(edge: &Edge<'_>, other: &Item<'_>) -> Ground {
    Ground {
        words: format!(
            "the rules let nothing pass between it and a site where {} may be",
            other.quoted()
        ),
        rule: edge.call.map(|call| call.span),
    }
}

fn far(edge: &Edge<'_>, called: &Item<'_>) -> Ground {
    let within = edge.call.and_then(|call| call.within.as_ref());
    Ground {
        words: format!(
            "no site where {} may be is within {} of it",
            called.quoted(),
            within.map_or_else(String::new, |w| show(w.value))
        ),
        rule: within.map(|w| w.span),
    }
}

fn far_from_pin(edge: &Edge<'_>, caller: &Item<'_>) -> Ground {
    let within = edge.call.and_then(|call| call.within.as_ref());
    Ground {
        words: format!(
            "{} is pinned and calls it within {}",
            caller.quoted(),
            within.map_or_else(String::new, |w| show(w.value))
        ),
        rule: within.map(|w| w.span),
    }
}
