//! Which links and relays lie between two sites: everything on a walk from one to the other that passes only relaying sites. Owned and
//! small, so that placement can ask for any pair of sites in the time of a few bit tests.

use std::collections::BTreeMap;

use crate::lang::eval::shape::{Name, Relays, Sealed, Shape, Use};
use crate::lang::syntax::ast::Arrow;

/// The sites and the ways between them.
#[derive(Clone, Debug, Default)]
pub struct Net {
    index: BTreeMap<Name, usize>,
    /// The sites by number.
    pub sites: Vec<Name>,
    relays: Bits,
    arcs: Vec<Arc>,
    /// By site: what is reached in one link or more, through relays.
    reach: Vec<Bits>,
}

/// One link, one way.
#[derive(Clone, Copy, Debug)]
pub struct Arc {
    from: usize,
    to: usize,
    /// The link's position in the shape.
    pub link: usize,
    sealed: Sealed,
}

/// What lies between two sites.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// Links, as arcs of the net.
    pub arcs: Vec<usize>,
    /// Sites that pass it on.
    pub relays: Vec<usize>,
}

/// What of the net one rule does not let pass.
#[derive(Clone, Debug, Default)]
pub struct Barred {
    /// Arcs.
    pub arcs: Vec<usize>,
    /// Relaying sites.
    pub relays: Vec<usize>,
    /// Whether the rule lets everything pass that is sealed from end to end.
    pub unless_sealed: bool,
}

impl Net {
    /// The net of a shape.
    pub fn of(shape: &Shape) -> Self {
        let sites: Vec<Name> = shape.sites.keys().cloned().collect();
        let index: BTreeMap<Name, usize> = sites.iter().cloned().enumerate().map(|(i, n)| (n, i)).collect();
        let mut net = Self {
            index,
            relays: Bits::of(sites.len()),
            sites,
            ..Self::default()
        };
        for (name, site) in &shape.sites {
            if let (Relays::Yes, Some(id)) = (site.relays, net.id(name)) {
                net.relays.set(id);
            }
        }
        net.lay_arcs(shape);
        net.reach = (0..net.sites.len()).map(|from| net.reached(from)).collect();
        net
    }

    /// The number of a site.
    pub fn id(&self, site: &Name) -> Option<usize> {
        self.index.get(site).copied()
    }

    /// The numbers of prescribed stops; one that is not declared gets a number that no site has.
    pub fn numbers(&self, stops: &[Use]) -> Vec<usize> {
        stops.iter().map(|s| self.id(&s.value).unwrap_or(usize::MAX)).collect()
    }

    /// An arc by its number.
    pub fn arc(&self, id: usize) -> Option<&Arc> {
        self.arcs.get(id)
    }

    /// All arcs with their numbers.
    pub fn arcs(&self) -> impl Iterator<Item = (usize, &Arc)> {
        self.arcs.iter().enumerate()
    }

    /// Whether there is any way.
    pub fn connected(&self, from: usize, to: usize) -> bool {
        self.reach.get(from).is_some_and(|r| r.has(to))
    }

    /// All that lies on a walk; nothing where there is none.
    pub fn route(&self, from: usize, to: usize) -> Route {
        Route {
            arcs: self
                .arcs()
                .filter(|(_, a)| self.on_walk(a, from, to))
                .map(|(id, _)| id)
                .collect(),
            relays: (0..self.sites.len())
                .filter(|r| self.relays_for(*r, from, to))
                .collect(),
        }
    }

    /// The route that a call prescribes: these sites in this order; where it does not hang together, the pair of sites that does not.
    pub fn prescribed(&self, stops: &[usize]) -> Result<Route, (usize, usize)> {
        let mut route = Route::default();
        for pair in stops.windows(2) {
            let [from, to] = pair else { continue };
            let before = route.arcs.len();
            route.arcs.extend(
                self.arcs()
                    .filter(|(_, a)| a.from == *from && a.to == *to)
                    .map(|(id, _)| id),
            );
            if route.arcs.len() == before && from != to {
                return Err((*from, *to));
            }
        }
        let inner = stops.get(1..stops.len().saturating_sub(1)).unwrap_or(&[]);
        route.relays.extend(inner);
        Ok(route)
    }

    /// Whether a site may pass traffic on.
    pub fn is_relay(&self, site: usize) -> bool {
        self.relays.has(site)
    }

    /// Whether every link of a route is sealed from end to end.
    pub fn sealed(&self, route: &Route) -> bool {
        let sealed = |id: &usize| self.arc(*id).is_some_and(|a| a.sealed == Sealed::EndToEnd);
        route.arcs.iter().all(sealed)
    }

    /// Whether everything that goes through an arc on its way is sealed from end to end.
    pub fn sealed_through_arc(&self, arc: usize, from: usize, to: usize) -> bool {
        self.arc(arc).is_some_and(|a| {
            a.sealed == Sealed::EndToEnd && self.sealed_between(from, a.from) && self.sealed_between(a.to, to)
        })
    }

    /// The same for a relaying site.
    pub fn sealed_through_relay(&self, relay: usize, from: usize, to: usize) -> bool {
        self.sealed_between(from, relay) && self.sealed_between(relay, to)
    }

    /// Whether a rule lets pass what goes from one site to another: within one site always, without a way never.
    pub fn passes(&self, barred: &Barred, from: usize, to: usize) -> bool {
        let arc_ok = |id: &usize| {
            let on_walk = self.arc(*id).is_some_and(|a| self.on_walk(a, from, to));
            !on_walk || (barred.unless_sealed && self.sealed_through_arc(*id, from, to))
        };
        let relay_ok = |relay: &usize| {
            !self.relays_for(*relay, from, to) || (barred.unless_sealed && self.sealed_through_relay(*relay, from, to))
        };
        from == to || (self.connected(from, to) && barred.arcs.iter().all(arc_ok) && barred.relays.iter().all(relay_ok))
    }

    /// The same on a prescribed route.
    pub fn passes_on(&self, barred: &Barred, stops: &[usize]) -> bool {
        let Ok(route) = self.prescribed(stops) else {
            return false;
        };
        let relays = route.relays.iter().all(|r| self.is_relay(*r));
        let free = !route.arcs.iter().any(|a| barred.arcs.contains(a))
            && !route.relays.iter().any(|r| barred.relays.contains(r));
        relays && (free || (barred.unless_sealed && self.sealed(&route)))
    }

    fn sealed_between(&self, from: usize, to: usize) -> bool {
        let open = |a: &Arc| a.sealed != Sealed::EndToEnd && self.on_walk(a, from, to);
        from == to || !self.arcs.iter().any(open)
    }

    fn on_walk(&self, arc: &Arc, from: usize, to: usize) -> bool {
        let before = arc.from == from || (self.relays.has(arc.from) && self.connected(from, arc.from));
        let after = arc.to == to || (self.relays.has(arc.to) && self.connected(arc.to, to));
        before && after
    }

    fn relays_for(&self, relay: usize, from: usize, to: usize) -> bool {
        let between = relay != from && relay != to && self.relays.has(relay);
        between && self.connected(from, relay) && self.connected(relay, to)
    }

    fn lay_arcs(&mut self, shape: &Shape) {
        for (link, declared) in shape.links.iter().enumerate() {
            let (Some(from), Some(to)) = (self.id(&declared.from.value), self.id(&declared.to.value)) else {
                continue;
            };
            let arc = Arc {
                from,
                to,
                link,
                sealed: declared.sealed,
            };
            self.arcs.push(arc);
            if declared.arrow == Arrow::Both {
                self.arcs.push(Arc {
                    from: to,
                    to: from,
                    ..arc
                });
            }
        }
    }

    fn reached(&self, from: usize) -> Bits {
        let mut reached = Bits::of(self.sites.len());
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            for arc in self.arcs.iter().filter(|a| a.from == at) {
                let new = reached.set(arc.to);
                if new && self.relays.has(arc.to) {
                    open.push(arc.to);
                }
            }
        }
        reached
    }
}

/// A set of small numbers.
#[derive(Clone, Debug, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn of(size: usize) -> Self {
        Self(vec![0; size.div_ceil(64)])
    }

    /// Adds one; whether it is new.
    fn set(&mut self, at: usize) -> bool {
        let bit = 1_u64 << (at % 64);
        self.0.get_mut(at / 64).is_some_and(|word| {
            let new = *word & bit == 0;
            *word |= bit;
            new
        })
    }

    fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word & (1_u64 << (at % 64)) != 0)
    }
}
