//! How long a round trip takes between two sites: over links, whose latency is given or estimated from coordinates, through sites that
//! relay. In tenths of a millisecond, whole numbers throughout.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::base::geo::{kilometres, round_trip};
use crate::lang::eval::shape::{Link, Name, Relays, Shape};
use crate::lang::syntax::ast::Arrow;

/// Round trips between all sites.
pub struct Latency {
    relays: Vec<bool>,
    /// By site: the links from it, and their round trip where it is known.
    arcs: Vec<Vec<(usize, Option<u64>)>>,
    /// By pair of sites: the round trip.
    trips: Vec<Vec<Option<u64>>>,
}

impl Latency {
    /// Of the links of a shape; sites are numbered in the order of their names.
    pub fn of(shape: &Shape) -> Self {
        let ids: BTreeMap<&Name, usize> = shape.sites.keys().enumerate().map(|(i, n)| (n, i)).collect();
        let relays: Vec<bool> = shape.sites.values().map(|s| s.relays == Relays::Yes).collect();
        let mut made = Self {
            arcs: vec![Vec::new(); relays.len()],
            trips: Vec::new(),
            relays,
        };
        for link in &shape.links {
            let (Some(from), Some(to)) = (ids.get(&link.from.value), ids.get(&link.to.value)) else {
                continue;
            };
            made.arc(*from, *to, length(shape, link));
            if link.arrow == Arrow::Both {
                made.arc(*to, *from, length(shape, link));
            }
        }
        let ways: Vec<Vec<Option<u64>>> = (0..made.arcs.len()).map(|from| made.shortest(from)).collect();
        let way = |from: usize, to: usize| ways.get(from)?.get(to).copied().flatten();
        let trip = |one: usize, other: usize| Some((way(one, other)? + way(other, one)?).div_ceil(2));
        let sites = || 0..made.arcs.len();
        made.trips = sites()
            .map(|one| sites().map(|other| trip(one, other)).collect())
            .collect();
        made
    }

    fn arc(&mut self, from: usize, to: usize, length: Option<u64>) {
        if let Some(arcs) = self.arcs.get_mut(from) {
            arcs.push((to, length));
        }
    }

    /// The shortest ways from a site; only relaying sites are passed through.
    fn shortest(&self, from: usize) -> Vec<Option<u64>> {
        let mut found: Vec<Option<u64>> = vec![None; self.arcs.len()];
        let mut open = BinaryHeap::from([Reverse((0_u64, from))]);
        while let Some(Reverse((so_far, at))) = open.pop() {
            let Some(slot @ None) = found.get_mut(at) else { continue };
            *slot = Some(so_far);
            if at != from && self.relays.get(at) != Some(&true) {
                continue;
            }
            for (to, length) in self.arcs.get(at).into_iter().flatten() {
                if let Some(length) = length {
                    open.push(Reverse((so_far + length, *to)));
                }
            }
        }
        found
    }

    /// The round trip between two sites: nothing within a site, unknown without a way there and back.
    pub fn between(&self, one: usize, other: usize) -> Option<u64> {
        self.trips.get(one)?.get(other).copied().flatten()
    }

    /// The round trip on a prescribed route.
    pub fn along(&self, stops: &[usize]) -> Option<u64> {
        let back: Vec<usize> = stops.iter().rev().copied().collect();
        Some((self.one_way(stops)? + self.one_way(&back)?).div_ceil(2))
    }

    fn one_way(&self, stops: &[usize]) -> Option<u64> {
        let legs = stops.windows(2).map(|pair| match pair {
            [from, to] if from == to => Some(0),
            [from, to] => self
                .arcs
                .get(*from)?
                .iter()
                .filter(|(t, _)| t == to)
                .filter_map(|(_, l)| *l)
                .min(),
            _ => None,
        });
        legs.sum()
    }

    /// Why the round trip between two sites is not known.
    pub fn why_unknown(&self, one: usize, other: usize) -> &'static str {
        let joined = |from: usize, to: usize| self.arcs.get(from).is_some_and(|a| a.iter().any(|(t, _)| *t == to));
        if joined(one, other) || joined(other, one) {
            "the latency of the link between them is not known: give its `latency`, or `at` of both sites"
        } else {
            "no link joins them, directly or through sites that relay"
        }
    }
}

/// The round trip over one link.
fn length(shape: &Shape, link: &Link) -> Option<u64> {
    link.latency.or_else(|| {
        let from = shape.sites.get(&link.from.value)?.at?;
        let to = shape.sites.get(&link.to.value)?.at?;
        Some(round_trip(kilometres(from, to)))
    })
}

/// Tenths of a millisecond as one writes them: `30ms`, `9.5ms`.
pub fn show(tenths: u64) -> String {
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole}ms"),
        (whole, tenth) => format!("{whole}.{tenth}ms"),
    }
}
