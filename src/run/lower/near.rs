//! Which site is nearer: what a link says, else what the distance says, else unknown and last.

use std::collections::BTreeMap;

use crate::base::geo::{kilometres, round_trip};
use crate::lang::eval::shape::{Name, Shape};
use crate::lang::syntax::ast::Arrow;

/// Round trips between sites.
pub(super) struct Near<'a> {
    shape: &'a Shape,
    links: BTreeMap<(&'a str, &'a str), u64>,
}

impl<'a> Near<'a> {
    pub fn new(shape: &'a Shape) -> Self {
        let mut links = BTreeMap::new();
        for link in &shape.links {
            let Some(latency) = link.latency else { continue };
            let (from, to): (&str, &str) = (&link.from.value, &link.to.value);
            links.insert((from, to), latency);
            if link.arrow == Arrow::Both {
                links.insert((to, from), latency);
            }
        }
        Self { shape, links }
    }

    /// The round trip in tenths of a millisecond; the largest number where nothing is known.
    pub fn tenths(&self, from: &str, to: &str) -> u64 {
        if from == to {
            return 0;
        }
        if let Some(latency) = self.links.get(&(from, to)) {
            return *latency;
        }
        let at = |name: &str| self.shape.sites.get(name).and_then(|s| s.at);
        match (at(from), at(to)) {
            (Some(a), Some(b)) => round_trip(kilometres(a, b)),
            _ => u64::MAX,
        }
    }

    /// The things in the order in which they are seen from a site: nearest first, equal ones as they stand.
    pub fn sort<T>(&self, from: Option<&Name>, things: &mut [T], site: impl Fn(&T) -> Name) {
        if let Some(from) = from {
            things.sort_by_cached_key(|t| self.tenths(from, &site(t)));
        }
    }
}
