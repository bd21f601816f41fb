//! A placement under way: what stands where, what stands in the way of the next step, and how good it is.

use crate::lang::eval::shape::Goal;

use super::problem::{Amount, Edge, EdgeKind, Item, Problem};

/// How good a placement is, what counts most first: soft spreads that are broken, moves (where they have no price), then the two goals.
pub type Score = [i128; 4];

/// What a round trip counts that is not known, in tenths of a millisecond.
pub(super) const UNKNOWN: u64 = 100_000;

/// What stands where.
#[derive(Clone)]
pub struct State<'p, 'a> {
    pub problem: &'p Problem<'a>,
    /// By item and slot.
    pub placed: Vec<Vec<Option<usize>>>,
    /// By site.
    pub used: Vec<Amount>,
}

/// What keeps a slot from a site, given what else stands where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// There is not enough left of a dimension.
    Full(usize),
    /// Another slot of the item is in the same group of a spread.
    Shared { spread: usize, with: usize },
    /// Another copy is there already.
    Copied,
    /// Too few slots are left for what a rule wants of the copies together.
    Quota(usize),
    /// The rules do not let an edge flow to or from what is on that site.
    Barred { edge: usize, other: usize },
    /// A call takes too long: to or from that site, or all of them.
    Far { edge: usize, other: Option<usize> },
}

impl<'p, 'a> State<'p, 'a> {
    /// Nothing is placed.
    pub fn empty(problem: &'p Problem<'a>) -> Self {
        Self {
            problem,
            placed: problem.items.iter().map(|item| vec![None; item.slots]).collect(),
            used: vec![[0; 3]; problem.sites.len()],
        }
    }

    /// Where the slots of an item stand, those that stand.
    pub fn sites(&self, item: usize) -> impl Iterator<Item = usize> {
        self.placed.get(item).into_iter().flatten().copied().flatten()
    }

    /// Where a slot stands.
    pub fn site(&self, item: usize, slot: usize) -> Option<usize> {
        self.placed.get(item)?.get(slot).copied().flatten()
    }

    /// Whether every slot of an item stands.
    pub fn is_complete(&self, item: usize) -> bool {
        self.placed
            .get(item)
            .is_some_and(|slots| slots.iter().all(Option::is_some))
    }

    /// Puts a slot on a site.
    pub fn put(&mut self, item: usize, slot: usize, site: usize) {
        self.take(item, slot);
        if let Some(place) = self.placed.get_mut(item).and_then(|slots| slots.get_mut(slot)) {
            *place = Some(site);
            self.load(item, site, i64::saturating_add);
        }
    }

    /// Takes a slot off its site, which is given back.
    pub fn take(&mut self, item: usize, slot: usize) -> Option<usize> {
        let site = self.placed.get_mut(item)?.get_mut(slot)?.take()?;
        self.load(item, site, i64::saturating_sub);
        Some(site)
    }

    fn load(&mut self, item: usize, site: usize, by: fn(i64, i64) -> i64) {
        let (Some(item), Some(used)) = (self.problem.items.get(item), self.used.get_mut(site)) else {
            return;
        };
        for (used, demand) in used.iter_mut().zip(item.demand) {
            *used = by(*used, demand);
        }
    }

    /// What keeps a slot, which stands nowhere now, from a site.
    pub fn blocked(&self, id: usize, slot: usize, site: usize) -> Option<Block> {
        let item = self.problem.items.get(id)?;
        self.full(item, site)
            .or_else(|| self.shared(item, id, site))
            .or_else(|| self.short(item, id, slot, site))
            .or_else(|| item.edges.iter().find_map(|edge| self.cut(*edge, id, slot, site)))
    }

    fn full(&self, item: &Item<'a>, site: usize) -> Option<Block> {
        let (room, used) = (self.problem.capacity.get(site)?, self.used.get(site)?);
        let over = room
            .iter()
            .zip(used)
            .zip(item.demand)
            .position(|((room, used), demand)| {
                demand > 0 && room.is_some_and(|room| used.saturating_add(demand) > room)
            });
        over.map(Block::Full)
    }

    fn shared(&self, item: &Item<'a>, id: usize, site: usize) -> Option<Block> {
        for with in self.sites(id) {
            if item.is_distinct() && with == site {
                return Some(Block::Copied);
            }
            let spread = item.spreads.iter().position(|s| s.is_hard() && s.shared(with, site));
            if let Some(spread) = spread {
                return Some(Block::Shared { spread, with });
            }
        }
        None
    }

    /// Whether too few copies are left for a quota when this one goes there.
    fn short(&self, item: &Item<'a>, id: usize, slot: usize, site: usize) -> Option<Block> {
        let missed = |quota: &super::problem::Wanted| {
            let can = (0..item.slots).filter(|s| quota.counts(*s)).filter(|s| {
                let there = if *s == slot {
                    Some(site)
                } else {
                    self.site(id, *s).or(item.pin(*s))
                };
                there.is_none_or(|site| quota.sites.contains(&site))
            });
            can.count() < quota.count
        };
        item.quotas.iter().position(missed).map(Block::Quota)
    }

    /// Whether an edge cannot be when its end goes to a site.
    fn cut(&self, edge_id: usize, id: usize, slot: usize, site: usize) -> Option<Block> {
        let edge = self.problem.edges.get(edge_id)?;
        let barred = self.barred(edge, id, slot, site);
        if let Some(other) = barred {
            return Some(Block::Barred { edge: edge_id, other });
        }
        if edge.call.is_none_or(|call| call.within.is_none()) {
            return None;
        }
        let far = if edge.from == id {
            (!self.reaches(edge, site, None)).then_some(None)
        } else {
            self.sites(edge.from)
                .find(|from| !self.reaches(edge, *from, Some(site)))
                .map(Some)
        };
        far.map(|other| Block::Far { edge: edge_id, other })
    }

    /// The site of the other end, if the rules do not let the edge flow between the two.
    fn barred(&self, edge: &Edge<'a>, id: usize, slot: usize, site: usize) -> Option<usize> {
        let flows = |from: usize, to: usize| self.problem.flows(edge, from, to);
        match edge.kind {
            EdgeKind::Copies if slot == 0 => self.sites(id).find(|to| !flows(site, *to)),
            EdgeKind::Copies => self.site(id, 0).filter(|from| !flows(*from, site)),
            EdgeKind::Writes if edge.to == id && slot > 0 => None,
            EdgeKind::Writes if edge.to == id => self.sites(edge.from).find(|from| !flows(*from, site)),
            EdgeKind::Writes => self.site(edge.to, 0).filter(|to| !flows(site, *to)),
            EdgeKind::Reads if edge.to == id => {
                let last = self
                    .placed
                    .get(id)
                    .is_some_and(|s| s.iter().filter(|s| s.is_none()).count() <= 1);
                let mut readers = self.sites(edge.from).filter(|_| last);
                readers.find(|from| self.unread(edge, *from, Some(site)).is_some())
            }
            EdgeKind::Reads => self.unread(edge, site, None).filter(|_| self.is_complete(edge.to)),
            _ if edge.from == id => self.sites(edge.to).find(|to| !flows(site, *to)),
            _ => self.sites(edge.from).find(|from| !flows(*from, site)),
        }
    }

    /// The copy that a reader on a site may not read. A reader with a copy on its own site reads that one.
    fn unread(&self, edge: &Edge<'a>, reader: usize, more: Option<usize>) -> Option<usize> {
        let mut copies = self.sites(edge.to).chain(more);
        if self.sites(edge.to).chain(more).any(|copy| copy == reader) {
            return None;
        }
        copies.find(|copy| !self.problem.flows(edge, reader, *copy))
    }

    /// Whether a caller on a site has, or can still get, a called replica that is near enough; `more` is one about to be placed.
    fn reaches(&self, edge: &Edge<'a>, from: usize, more: Option<usize>) -> bool {
        let near = |to: usize| self.problem.is_near(edge, from, to);
        if more.is_some_and(near) || self.sites(edge.to).any(near) {
            return true;
        }
        let Some(called) = self.problem.items.get(edge.to) else {
            return true;
        };
        let open = (0..called.slots).filter(|slot| self.site(edge.to, *slot).is_none());
        // One of the open slots is the one that `more` fills.
        let left = open.clone().count() > usize::from(more.is_some());
        left && open.flat_map(|slot| called.domain(slot)).any(|to| near(*to))
    }

    /// How good an item stands by itself.
    pub fn own_score(&self, id: usize) -> Score {
        let Some(item) = self.problem.items.get(id) else {
            return Score::default();
        };
        let costs = self.sites(id).filter_map(|site| item.cost.get(site));
        self.score(self.soft(item, id), self.moves(item, id), costs.sum(), 0)
    }

    /// How good an edge is, both ends of which stand.
    pub fn edge_score(&self, edge: &Edge<'a>) -> Score {
        let (mut cost, mut latency) = (0, 0);
        for from in self.sites(edge.from) {
            let targets = self
                .sites(edge.to)
                .take(if edge.kind == EdgeKind::Writes { 1 } else { usize::MAX });
            let trips = targets.map(|to| self.problem.round_trip(edge, from, to).unwrap_or(UNKNOWN));
            latency += i128::from(trips.min().unwrap_or(0));
            if !self.sites(edge.to).any(|to| to == from) {
                cost += edge.egress.get(from).copied().unwrap_or(0);
            }
        }
        let latency = if matches!(edge.kind, EdgeKind::Logs | EdgeKind::Copies) {
            0
        } else {
            latency
        };
        self.score(0, 0, cost, latency)
    }

    /// How good all is that an item has a part in.
    pub fn around(&self, id: usize) -> Score {
        let edges = self.problem.items.get(id).into_iter().flat_map(|item| &item.edges);
        let edges = edges
            .filter_map(|edge| self.problem.edges.get(*edge))
            .map(|edge| self.edge_score(edge));
        edges.fold(self.own_score(id), sum)
    }

    fn score(&self, soft: i128, moves: i128, cost: i128, latency: i128) -> Score {
        let (moves, cost) = match self.problem.move_price {
            Some(price) => (0, cost + moves * price),
            None => (moves, cost),
        };
        let [first, second] = self.problem.goals.map(|goal| match goal {
            Goal::Cost => cost,
            Goal::Latency => latency,
        });
        [soft, moves, first, second]
    }

    /// How many pairs break a soft spread.
    fn soft(&self, item: &Item<'a>, id: usize) -> i128 {
        let soft = item.spreads.iter().filter(|s| !s.is_hard());
        let pairs = |s: &super::problem::Spreading<'_>| {
            let sites: Vec<usize> = self.sites(id).collect();
            let shared = |(i, a): (usize, &usize)| sites.iter().skip(i + 1).filter(|b| s.shared(*a, **b)).count();
            sites.iter().enumerate().map(shared).sum::<usize>() as i128
        };
        soft.map(pairs).sum()
    }

    /// How many slots stand elsewhere than today.
    fn moves(&self, item: &Item<'a>, id: usize) -> i128 {
        let mut left = item.today.clone();
        let mut new = 0_usize;
        for site in self.sites(id) {
            match left.iter().position(|s| *s == site) {
                Some(at) => drop(left.swap_remove(at)),
                None => new += 1,
            }
        }
        let other_first =
            item.is_distinct() && !item.today.is_empty() && item.today.first() != self.site(id, 0).as_ref();
        let moved = new.min(left.len());
        (moved.max(usize::from(other_first))) as i128
    }
}

/// The sum of two scores.
pub fn sum(a: Score, b: Score) -> Score {
    let mut sum = a;
    for (sum, part) in sum.iter_mut().zip(b) {
        *sum = sum.saturating_add(part);
    }
    sum
}
