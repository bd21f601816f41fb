//! Why something that is kept goes.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::Addr;
use crate::base::addr::{Key, Placed};
use crate::lang::eval::instance::Instance;

use super::change::Reason;

type Thing = (Arc<str>, Arc<str>, Option<Key>);

/// What the configuration has, as far as reasons need it.
pub(crate) struct Reasons {
    blocks: BTreeSet<Addr>,
    placed: BTreeSet<(Thing, Option<Arc<str>>)>,
    things: BTreeSet<Thing>,
    sites: BTreeSet<Arc<str>>,
}

impl Reasons {
    pub(crate) fn new(instances: &[&Instance], sites: &BTreeSet<Arc<str>>) -> Self {
        let placed = || instances.iter().filter_map(|i| i.addr.parts().placed.as_ref());
        Self {
            blocks: instances.iter().map(|i| i.addr.without_key()).collect(),
            placed: placed().map(|p| (thing(p), p.site.clone())).collect(),
            things: placed().map(thing).collect(),
            sites: sites.clone(),
        }
    }

    /// Why an object goes that no instance stands for.
    pub(crate) fn why(&self, addr: &Addr) -> Reason {
        if let Some(reason) = addr.parts().placed.as_ref().and_then(|p| self.why_placed(p)) {
            return reason;
        }
        let key = addr.parts().resource.as_ref().and_then(|r| r.key.as_ref());
        match key.filter(|_| self.blocks.contains(&addr.without_key())) {
            Some(Key::Index(_)) => Reason::CountIndex,
            Some(Key::Name(_)) => Reason::EachKey,
            None => Reason::NotConfigured,
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

fn thing(placed: &Placed) -> Thing {
    (placed.kind.clone(), placed.name.clone(), placed.key.clone())
}
