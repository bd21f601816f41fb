//! Finds a placement: backtracking over the slots, hardest items first, best sites first. A small problem is searched through, which
//! proves the best placement, or that there is none; a large one ends at the first placement, which single moves then improve. Where
//! the search gets stuck, what it has is mended ([`super::repair`]), and what it got stuck on comes first in the next attempt. Everything is bounded by counted steps, so
//! that the same input gives the same answer on every machine.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::lang::eval::shape::Goal;

use super::filter::Lost;
use super::problem::{Item, Problem};
use super::repair::repair;
use super::state::{Score, State, sum};

/// A search space of so many bits is searched through.
const SMALL: u32 = 22;
/// Steps for searching a small space through.
const STEPS_TO_PROVE: usize = 400_000;
/// Steps of one attempt to find any placement.
const STEPS: usize = 5_000;
/// How many attempts.
const ATTEMPTS: usize = 8;
/// After how many of them what was found is mended.
const REPAIRS: usize = 3;
/// How often every slot is looked at for a better site.
const PASSES: usize = 6;

/// How it ended.
pub enum Outcome<'p, 'a> {
    /// A placement, and whether it is proven to be the best.
    Found(State<'p, 'a>, bool),
    /// There is none.
    Impossible(Stuck<'p, 'a>),
    /// None was found within the bounds.
    GaveUp(Stuck<'p, 'a>),
}

/// How far it came.
pub struct Stuck<'p, 'a> {
    /// What stood when it came farthest.
    pub state: State<'p, 'a>,
    /// The slot that had no site then.
    pub item: usize,
    /// The same.
    pub slot: usize,
}

/// Looks for a placement of everything that is not lost; pinned slots stand already in `pinned`.
pub fn search<'p, 'a>(pinned: State<'p, 'a>, lost: &BTreeMap<usize, Lost>) -> Outcome<'p, 'a> {
    let mut walk = Walk::new(pinned, lost);
    let small = walk.bits() <= SMALL;
    for attempt in 0..ATTEMPTS {
        walk.set_out();
        let (steps, until) = match (small, attempt) {
            (true, 0) => (STEPS_TO_PROVE, Until::Best),
            _ => (STEPS, Until::First),
        };
        let end = walk.run(steps, until);
        if let Some((_, placed)) = walk.best.take() {
            let mut state = walk.pinned.clone();
            fill(&mut state, &placed);
            if end != End::Exhausted {
                improve(&mut state);
            }
            return Outcome::Found(state, end == End::Exhausted);
        }
        if end == End::Exhausted {
            return Outcome::Impossible(walk.stuck());
        }
        let mut state = walk.filled_up();
        if attempt < REPAIRS && repair(&mut state) {
            improve(&mut state);
            return Outcome::Found(state, false);
        }
    }
    Outcome::GaveUp(walk.stuck())
}

fn fill(state: &mut State<'_, '_>, placed: &[Vec<Option<usize>>]) {
    for (id, slots) in placed.iter().enumerate() {
        for (slot, site) in slots.iter().enumerate() {
            if let Some(site) = site {
                state.put(id, slot, *site);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    First,
    Best,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Everything was tried.
    Exhausted,
    /// The first placement was found.
    Found,
    /// The steps are used up.
    Spent,
}

struct Walk<'p, 'a> {
    problem: &'p Problem<'a>,
    pinned: State<'p, 'a>,
    state: State<'p, 'a>,
    /// By item and role: sites, best first.
    candidates: Vec<[Vec<usize>; 2]>,
    /// Slots in the order in which they are placed.
    order: Vec<(usize, usize)>,
    /// By place in the order: the least that this slot and those behind it cost.
    least: Vec<i128>,
    /// By item: how often it had no site.
    trouble: Vec<u64>,
    best: Option<(Score, Vec<Vec<Option<usize>>>)>,
    /// How many slots stood when it came farthest in this attempt, what stood, and what had no site.
    farthest: Option<(usize, State<'p, 'a>, (usize, usize))>,
}

/// What one step does.
enum Step {
    /// The candidate with this number was taken.
    Placed(usize, Score),
    NoSite,
    Spent,
}

impl<'p, 'a> Walk<'p, 'a> {
    fn new(pinned: State<'p, 'a>, lost: &BTreeMap<usize, Lost>) -> Self {
        let problem = pinned.problem;
        let free = |id: usize| problem.items.get(id).filter(|_| !lost.contains_key(&id));
        let slots = |id: usize| free(id).into_iter().flat_map(Item::free).map(move |slot| (id, slot));
        Self {
            candidates: problem.items.iter().map(|item| candidates(problem, item)).collect(),
            order: (0..problem.items.len()).flat_map(slots).collect(),
            least: Vec::new(),
            trouble: vec![0; problem.items.len()],
            best: None,
            farthest: None,
            state: pinned.clone(),
            pinned,
            problem,
        }
    }

    fn item(&self, id: usize) -> Option<&'p Item<'a>> {
        self.problem.items.get(id)
    }

    fn of_slot(&self, (id, slot): (usize, usize)) -> &[usize] {
        let role = self.item(id).map_or(0, |item| item.role(slot));
        let sites = self.candidates.get(id).and_then(|roles| roles.get(role));
        sites.map_or(&[], Vec::as_slice)
    }

    /// The size of the search space as a power of two.
    fn bits(&self) -> u32 {
        let sizes = self.order.iter().map(|slot| self.of_slot(*slot).len());
        sizes.map(|n| usize::BITS - n.saturating_sub(1).leading_zeros()).sum()
    }

    /// Starts over, with what gave trouble first.
    fn set_out(&mut self) {
        self.state = self.pinned.clone();
        self.farthest = None;
        let key = |&(id, slot): &(usize, usize)| {
            let trouble = self.trouble.get(id).copied().unwrap_or(0);
            let share = self.item(id).map_or(0, |item| share(self.problem, item));
            (
                Reverse(trouble),
                self.of_slot((id, slot)).len(),
                Reverse(share),
                id,
                slot,
            )
        };
        // All slots of an item stand together: the order of its hardest one counts.
        let mut hardest: BTreeMap<usize, _> = BTreeMap::new();
        for slot in &self.order {
            let own = key(slot);
            let entry = hardest.entry(slot.0).or_insert(own);
            *entry = own.min(*entry);
        }
        let mut order = std::mem::take(&mut self.order);
        order.sort_by_key(|(id, slot)| (hardest.get(id).copied(), *slot));
        self.least = self.least_costs(&order);
        self.order = order;
    }

    fn least_costs(&self, order: &[(usize, usize)]) -> Vec<i128> {
        let mut least = vec![0; order.len() + 1];
        let mut behind = 0;
        for (i, slot) in order.iter().enumerate().rev() {
            let costs = self.item(slot.0).map(|item| &item.cost);
            let own = self.of_slot(*slot).iter().filter_map(|site| costs?.get(*site)).min();
            behind += own.copied().unwrap_or(0);
            if let Some(entry) = least.get_mut(i) {
                *entry = behind;
            }
        }
        least
    }

    fn run(&mut self, steps: usize, until: Until) -> End {
        let size = self.order.len();
        let mut left = steps;
        let mut cursor = vec![0; size + 1];
        let mut scores = vec![Score::default(); size + 1];
        if let Some(first) = scores.first_mut() {
            *first = self.pinned_score();
        }
        let mut depth = 0;
        loop {
            let score = scores.get(depth).copied().unwrap_or_default();
            let from = cursor.get(depth).copied().unwrap_or(0);
            let step = if depth == size {
                self.best = Some((score, self.state.placed.clone()));
                if until == Until::First {
                    return End::Found;
                }
                Step::NoSite
            } else {
                self.step(depth, from, score, &mut left)
            };
            match step {
                Step::Placed(at, score) => {
                    set(&mut cursor, depth, at + 1);
                    depth += 1;
                    set(&mut scores, depth, score);
                    let start = self.start(depth, at);
                    set(&mut cursor, depth, start);
                }
                Step::Spent => return End::Spent,
                Step::NoSite if depth == 0 => return End::Exhausted,
                Step::NoSite => {
                    depth -= 1;
                    if let Some((id, slot)) = self.order.get(depth).copied() {
                        self.state.take(id, slot);
                    }
                }
            }
        }
    }

    /// What pinned items score that are complete, and the edges between them.
    fn pinned_score(&self) -> Score {
        let complete = |id: usize| self.state.is_complete(id);
        let items = (0..self.problem.items.len())
            .filter(|id| complete(*id))
            .map(|id| self.state.own_score(id));
        let edges = self.problem.edges.iter().filter(|e| complete(e.from) && complete(e.to));
        items
            .chain(edges.map(|e| self.state.edge_score(e)))
            .fold(Score::default(), sum)
    }

    /// Interchangeable slots are placed in the order of the candidates, so that no placement is tried twice.
    fn start(&self, depth: usize, taken: usize) -> usize {
        let before = depth.checked_sub(1).and_then(|d| self.order.get(d));
        let (Some((id, slot)), Some((next, next_slot))) = (before, self.order.get(depth)) else {
            return 0;
        };
        let Some(item) = self
            .item(*id)
            .filter(|item| id == next && item.role(*slot) == item.role(*next_slot))
        else {
            return 0;
        };
        taken + usize::from(item.is_distinct())
    }

    fn step(&mut self, depth: usize, from: usize, score: Score, left: &mut usize) -> Step {
        let Some((id, slot)) = self.order.get(depth).copied() else {
            return Step::NoSite;
        };
        let count = self.of_slot((id, slot)).len();
        let mut open = false;
        for at in from..count {
            let Some(site) = self.of_slot((id, slot)).get(at).copied() else {
                break;
            };
            if *left == 0 {
                return Step::Spent;
            }
            *left -= 1;
            if self.state.blocked(id, slot, site).is_some() {
                continue;
            }
            open = true;
            self.state.put(id, slot, site);
            let score = sum(score, self.gain(id));
            if self.can_be_better(score, depth + 1) {
                return Step::Placed(at, score);
            }
            self.state.take(id, slot);
        }
        if !open {
            self.note_trouble(depth, (id, slot));
        }
        Step::NoSite
    }

    fn note_trouble(&mut self, depth: usize, slot: (usize, usize)) {
        if let Some(count) = self.trouble.get_mut(slot.0) {
            *count += 1;
        }
        if self.farthest.as_ref().is_none_or(|(far, ..)| depth > *far) {
            self.farthest = Some((depth, self.state.clone(), slot));
        }
    }

    /// What is known of the score when the last slot of an item stands.
    fn gain(&self, id: usize) -> Score {
        let Some(item) = self.item(id).filter(|_| self.state.is_complete(id)) else {
            return Score::default();
        };
        let edges = item.edges.iter().filter_map(|edge| self.problem.edges.get(*edge));
        let edges = edges.filter(|e| self.state.is_complete(e.from) && self.state.is_complete(e.to));
        edges
            .map(|e| self.state.edge_score(e))
            .fold(self.state.own_score(id), sum)
    }

    /// Whether what is placed already, and the least that the rest costs, is below the best.
    fn can_be_better(&self, score: Score, depth: usize) -> bool {
        let Some((best, _)) = &self.best else { return true };
        let rest = self.least.get(depth).copied().unwrap_or(0);
        let mut bound = score;
        let cost = if self.problem.goals.first() == Some(&Goal::Cost) {
            2
        } else {
            3
        };
        if let Some(part) = bound.get_mut(cost) {
            *part = part.saturating_add(rest);
        }
        bound < *best
    }

    /// What stood when it came farthest, and every other slot on the first site where it fits, or on its first site.
    fn filled_up(&self) -> State<'p, 'a> {
        let mut state = self.stuck().state;
        for (id, slot) in &self.order {
            if state.site(*id, *slot).is_some() {
                continue;
            }
            let sites = self.of_slot((*id, *slot));
            let open = sites.iter().find(|site| state.blocked(*id, *slot, **site).is_none());
            if let Some(site) = open.or(sites.first()) {
                state.put(*id, *slot, *site);
            }
        }
        state
    }

    /// How far it came.
    fn stuck(&self) -> Stuck<'p, 'a> {
        let nothing = || (0, self.pinned.clone(), self.order.first().copied().unwrap_or((0, 0)));
        let (_, state, (item, slot)) = self.farthest.clone().unwrap_or_else(nothing);
        Stuck { state, item, slot }
    }
}

fn set<T>(list: &mut [T], at: usize, value: T) {
    if let Some(slot) = list.get_mut(at) {
        *slot = value;
    }
}

/// The sites of an item, best first: where it is today, then by the goals as far as they are known, then by name.
fn candidates(problem: &Problem<'_>, item: &Item<'_>) -> [Vec<usize>; 2] {
    let mut roles = item.domains.clone();
    for sites in &mut roles {
        sites.sort_by_key(|site| {
            let cost = item.cost.get(*site).copied().unwrap_or(0);
            let near = pinned_distance(problem, item, *site);
            let goals = match problem.goals {
                [Goal::Cost, _] => (cost, near),
                _ => (near, cost),
            };
            (!item.today.contains(site), goals, *site)
        });
    }
    roles
}

/// How far it is from a site to what is pinned at the other ends.
fn pinned_distance(problem: &Problem<'_>, item: &Item<'_>, site: usize) -> i128 {
    let edges = item.edges.iter().filter_map(|edge| problem.edges.get(*edge));
    let pins = edges
        .flat_map(|e| [e.from, e.to])
        .filter_map(|end| problem.items.get(end));
    let pins = pins
        .filter(|other| other.thing != item.thing)
        .filter_map(|other| other.pin(0));
    pins.map(|pin| i128::from(problem.latency.between(site, pin).unwrap_or(100_000)))
        .sum()
}

/// How much of all that is to be had one slot of an item takes, in millionths.
fn share(problem: &Problem<'_>, item: &Item<'_>) -> i128 {
    let of = |dimension: usize, demand: i64| -> i128 {
        let rooms = problem
            .capacity
            .iter()
            .filter_map(|room| room.get(dimension).copied().flatten());
        let all: i128 = rooms.map(i128::from).sum();
        (i128::from(demand) * 1_000_000).checked_div(all).unwrap_or(0)
    };
    item.demand
        .iter()
        .enumerate()
        .map(|(dimension, demand)| of(dimension, *demand))
        .sum()
}

/// Moves single slots while that makes the placement better.
fn improve(state: &mut State<'_, '_>) {
    for _ in 0..PASSES {
        let mut better = false;
        for (id, item) in state.problem.items.iter().enumerate() {
            for slot in item.free() {
                better |= improve_slot(state, id, item, slot);
            }
        }
        if !better {
            return;
        }
    }
}

fn improve_slot(state: &mut State<'_, '_>, id: usize, item: &Item<'_>, slot: usize) -> bool {
    let score = state.around(id);
    let Some(now) = state.take(id, slot) else { return false };
    let mut best = (score, now);
    for site in item.domain(slot) {
        if *site != now && state.blocked(id, slot, *site).is_none() {
            state.put(id, slot, *site);
            best = best.min((state.around(id), *site));
            state.take(id, slot);
        }
    }
    // At equal scores the site stays.
    let target = if best.0 < score { best.1 } else { now };
    state.put(id, slot, target);
    target != now
}
