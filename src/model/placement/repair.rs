//! Mends a placement that breaks constraints: one replica at a time goes where the least is broken then, and what stays broken weighs
//! more from step to step, until nothing is broken or the steps are used up. Finds what backtracking does not, where many calls are
//! tied to each other; proves nothing.

use std::collections::BTreeMap;

use super::problem::{Edge, EdgeKind, Item, Problem};
use super::state::State;

/// How many moves are made.
const MOVES: usize = 4_000;
/// For how many moves a replica does not go back to the site that it left.
const REST: usize = 12;

/// What can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// An edge: too far, or not let.
    Edge(usize),
    /// A spread, copies on one site, a quota.
    Item(usize),
    /// A site has too little.
    Site(usize),
}

/// Moves free replicas until nothing is broken; says whether it came so far.
pub fn repair(state: &mut State<'_, '_>) -> bool {
    let mut mender = Mender::new(state.problem);
    for step in 0..MOVES {
        let faults = mender.faults(state);
        let Some(fault) = mender.pick(&faults) else { return true };
        match mender.best_move(state, fault, step) {
            Some(found) => mender.make(state, &found, step),
            None => mender.stress(&[fault]),
        }
        if step % 4 == 3 {
            mender.stress(&faults);
        }
    }
    mender.faults(state).is_empty()
}

/// One move and what is broken after it, less what was.
struct Found {
    gain: i64,
    item: usize,
    slot: usize,
    site: usize,
}

struct Mender<'p, 'a> {
    problem: &'p Problem<'a>,
    edges: Vec<i64>,
    items: Vec<i64>,
    sites: Vec<i64>,
    /// By slot: the site that it left, and until when it does not go back.
    left: BTreeMap<(usize, usize), (usize, usize)>,
    /// Picks among faults; the same sequence every time.
    dice: u64,
}

impl<'p, 'a> Mender<'p, 'a> {
    fn new(problem: &'p Problem<'a>) -> Self {
        Self {
            problem,
            edges: vec![1; problem.edges.len()],
            items: vec![1; problem.items.len()],
            sites: vec![1; problem.sites.len()],
            left: BTreeMap::new(),
            dice: 1,
        }
    }

    fn faults(&self, state: &State<'p, 'a>) -> Vec<Fault> {
        let live = |edge: &usize| self.edge(*edge).is_some_and(|e| self.is_live(*edge, e));
        let edges = (0..self.edges.len())
            .filter(live)
            .filter(|e| self.edge(*e).is_some_and(|e| torn(state, e) > 0));
        let items = (0..self.items.len()).filter(|id| crowded(state, *id) > 0);
        let sites = (0..self.sites.len()).filter(|site| overfull(state, *site) > 0);
        edges
            .map(Fault::Edge)
            .chain(items.map(Fault::Item))
            .chain(sites.map(Fault::Site))
            .collect()
    }

    fn edge(&self, id: usize) -> Option<&'p Edge<'a>> {
        self.problem.edges.get(id)
    }

    fn item(&self, id: usize) -> Option<&'p Item<'a>> {
        self.problem.items.get(id)
    }

    /// Whether an edge was not taken away with something that is lost.
    fn is_live(&self, id: usize, edge: &Edge<'a>) -> bool {
        self.item(edge.from).is_some_and(|item| item.edges.contains(&id))
    }

    fn pick(&mut self, faults: &[Fault]) -> Option<Fault> {
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(self.dice >> 33)
            .unwrap_or(0)
            .checked_rem(faults.len())?;
        faults.get(at).copied()
    }

    fn stress(&mut self, faults: &[Fault]) {
        for fault in faults {
            let weight = match fault {
                Fault::Edge(id) => self.edges.get_mut(*id),
                Fault::Item(id) => self.items.get_mut(*id),
                Fault::Site(id) => self.sites.get_mut(*id),
            };
            if let Some(weight) = weight {
                *weight += 1;
            }
        }
    }

    /// The slots that can do something about a fault.
    fn involved(&self, state: &State<'p, 'a>, fault: Fault) -> Vec<(usize, usize)> {
        let slots = |id: usize| {
            self.item(id)
                .into_iter()
                .flat_map(Item::free)
                .map(move |slot| (id, slot))
        };
        match fault {
            Fault::Edge(id) => {
                let ends = self.edge(id).map_or(Vec::new(), |e| vec![e.from, e.to]);
                ends.into_iter().flat_map(slots).collect()
            }
            Fault::Item(id) => slots(id).collect(),
            Fault::Site(site) => {
                let all = (0..self.items.len()).flat_map(slots);
                all.filter(|(id, slot)| state.site(*id, *slot) == Some(site)).collect()
            }
        }
    }

    fn best_move(&self, state: &mut State<'p, 'a>, fault: Fault, step: usize) -> Option<Found> {
        let mut best: Option<Found> = None;
        for (item, slot) in self.involved(state, fault) {
            let Some(now) = state.site(item, slot) else { continue };
            let resting = self
                .left
                .get(&(item, slot))
                .filter(|(_, until)| *until > step)
                .map(|(site, _)| *site);
            let domain = self.item(item).map_or(&[][..], |i| i.domain(slot));
            for site in domain.iter().filter(|site| **site != now && Some(**site) != resting) {
                let before = self.around(state, item, now, *site);
                state.put(item, slot, *site);
                let gain = self.around(state, item, now, *site) - before;
                state.put(item, slot, now);
                if best.as_ref().is_none_or(|b| gain < b.gain) {
                    best = Some(Found {
                        gain,
                        item,
                        slot,
                        site: *site,
                    });
                }
            }
        }
        best
    }

    fn make(&mut self, state: &mut State<'p, 'a>, found: &Found, step: usize) {
        if let Some(now) = state.site(found.item, found.slot) {
            self.left.insert((found.item, found.slot), (now, step + REST));
        }
        state.put(found.item, found.slot, found.site);
    }

    /// The weight of what is broken around an item and two sites.
    fn around(&self, state: &State<'p, 'a>, id: usize, one: usize, other: usize) -> i64 {
        let weight = |list: &[i64], at: usize| list.get(at).copied().unwrap_or(1);
        let edges = self.item(id).into_iter().flat_map(|item| &item.edges);
        let torn: i64 = edges
            .filter_map(|e| Some(weight(&self.edges, *e) * torn(state, self.edge(*e)?)))
            .sum();
        let full = |site| weight(&self.sites, site) * overfull(state, site);
        torn + weight(&self.items, id) * crowded(state, id) + full(one) + full(other)
    }
}

/// How often an edge is broken.
fn torn(state: &State<'_, '_>, edge: &Edge<'_>) -> i64 {
    let problem = state.problem;
    let barred = |from: usize, to: usize| i64::from(!problem.flows(edge, from, to));
    let (from, to) = (state.sites(edge.from), || state.sites(edge.to));
    match edge.kind {
        EdgeKind::Copies => {
            let first = state.site(edge.from, 0);
            first.map_or(0, |first| to().map(|copy| barred(first, copy)).sum())
        }
        EdgeKind::Writes => {
            let first = state.site(edge.to, 0);
            first.map_or(0, |first| from.map(|writer| barred(writer, first)).sum())
        }
        EdgeKind::Reads => {
            let distant = from.filter(|reader| !to().any(|copy| copy == *reader));
            distant
                .map(|reader| to().map(|copy| barred(reader, copy)).sum::<i64>())
                .sum()
        }
        EdgeKind::Call | EdgeKind::Logs => {
            let of = |caller: usize| {
                let far = !to().any(|called| problem.is_near(edge, caller, called));
                i64::from(far) + to().map(|called| barred(caller, called)).sum::<i64>()
            };
            from.map(of).sum()
        }
    }
}

/// How many pairs of an item break a spread, and how many copies a quota misses.
fn crowded(state: &State<'_, '_>, id: usize) -> i64 {
    let Some(item) = state.problem.items.get(id) else {
        return 0;
    };
    let mut count = 0;
    for (i, a) in state.sites(id).enumerate() {
        for b in state.sites(id).skip(i + 1) {
            let shared = item.spreads.iter().any(|s| s.is_hard() && s.shared(a, b));
            count += i64::from(shared || (item.is_distinct() && a == b));
        }
    }
    count
        + item
            .quotas
            .iter()
            .map(|quota| i64::try_from(quota.missing(state.placed.get(id))).unwrap_or(i64::MAX))
            .sum::<i64>()
}

/// In how many dimensions a site has too little.
fn overfull(state: &State<'_, '_>, site: usize) -> i64 {
    let (Some(room), Some(used)) = (state.problem.capacity.get(site), state.used.get(site)) else {
        return 0;
    };
    let over = room
        .iter()
        .zip(used)
        .filter(|(room, used)| room.is_some_and(|room| **used > room));
    over.count() as i64
}
