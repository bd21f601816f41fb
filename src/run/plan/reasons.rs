//! Why something that is kept goes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_value::Value;

use crate::base::Addr;
use crate::base::addr::{Key, Parts, Placed};
use crate::lang::eval::instance::Instance;
use crate::lang::eval::{Scope, module};

use super::change::Reason;
use super::make::Request;

/// Whether a block repeats itself, and by what.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Single,
    Count,
    ForEach,
}

impl Kind {
    fn of(key: Option<&Key>) -> Self {
        match key {
            None => Kind::Single,
            Some(Key::Index(_)) => Kind::Count,
            Some(Key::Name(_)) => Kind::ForEach,
        }
    }
}

type Thing = (Arc<str>, Arc<str>, Option<Key>);

/// What the configuration has, as far as reasons need it.
pub(crate) struct Reasons<'a> {
    root: &'a Arc<Scope>,
    blocks: BTreeMap<Addr, Kind>,
    placed: BTreeSet<(Thing, Option<Arc<str>>)>,
    things: BTreeSet<Thing>,
    sites: &'a BTreeSet<Arc<str>>,
}

impl<'a> Reasons<'a> {
    pub(crate) fn new(request: &Request<'a>, instances: &[&Instance]) -> Self {
        let placed = || instances.iter().filter_map(|i| i.addr.parts().placed.as_ref());
        let none = request.none.iter().map(|(addr, all)| (addr.clone(), none_of(all)));
        let some = instances.iter().map(|i| (i.addr.without_key(), Kind::of(key(&i.addr))));
        Self {
            root: request.root,
            blocks: none.chain(some).collect(),
            placed: placed().map(|p| (thing(p), p.site.clone())).collect(),
            things: placed().map(thing).collect(),
            sites: request.sites,
        }
    }

    /// Why an object goes that no instance stands for.
    pub(crate) fn why(&self, addr: &Addr) -> Reason {
        if let Some(reason) = addr.parts().placed.as_ref().and_then(|p| self.why_placed(p)) {
            return reason;
        }
        if let Some(way) = module::missing(self.root, &addr.parts().modules) {
            let parts = Parts {
                modules: way.to_vec(),
                ..Parts::default()
            };
            return Reason::NoModule {
                module: Addr::new(parts),
            };
        }
        match (self.blocks.get(&addr.without_key()), Kind::of(key(addr))) {
            (None, _) => Reason::NotConfigured,
            (Some(Kind::Count), Kind::Count) => Reason::CountIndex,
            (Some(Kind::ForEach), Kind::ForEach) => Reason::EachKey,
            _ => Reason::Repetition,
        }
    }

    fn why_placed(&self, placed: &Placed) -> Option<Reason> {
        let site = placed.site.as_ref()?;
        if !self.sites.contains(site) {
            return Some(Reason::NoSite { site: site.to_string() });
        }
        let is_elsewhere = self.things.contains(&thing(placed));
        let is_here = self.placed.contains(&(thing(placed), placed.site.clone()));
        (is_elsewhere && !is_here).then(|| Reason::NotPlaced { site: site.to_string() })
    }
}

fn key(addr: &Addr) -> Option<&Key> {
    addr.parts().resource.as_ref().and_then(|r| r.key.as_ref())
}

/// What stands for a block without instances tells by what it would repeat itself.
fn none_of(all: &Value) -> Kind {
    match all.elements() {
        Some(_) => Kind::Count,
        None => Kind::ForEach,
    }
}

fn thing(placed: &Placed) -> Thing {
    (placed.kind.clone(), placed.name.clone(), placed.key.clone())
}
