//! What placement asks of the residency rules, so that the two rooms know no more of each other than this.

use std::collections::BTreeSet;

use crate::base::Span;
use crate::lang::eval::shape::{Kind, Name};
use crate::model::assignment::Thing;
use crate::model::residency::{self, Legal, Reason};

/// One reason against a site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ground {
    /// The reason in words, without a full stop; it follows the name of the site and a colon.
    pub words: String,
    /// Where the rule behind it is written.
    pub rule: Option<Span>,
}

impl Ground {
    /// A reason without a rule.
    pub fn new(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            rule: None,
        }
    }
}

/// How many copies of a dataset a rule wants on some sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// At least so many …
    pub count: u64,
    /// … of these kinds (empty: the primary and its replicas) …
    pub kinds: Vec<Kind>,
    /// … on these sites.
    pub sites: BTreeSet<Name>,
    /// The block that says so.
    pub residency: Name,
    /// Where it is written.
    pub rule: Span,
}

/// The answers of the residency rules, for sites that nothing is placed on yet.
pub trait Legality {
    /// Why a replica of a service, or a copy of a dataset, may not be on a site; empty: it may.
    fn why_not(&self, thing: &Thing, site: &Name) -> Vec<Ground>;

    /// The same for the first copy of a dataset.
    fn why_not_first(&self, dataset: &Name, site: &Name) -> Vec<Ground> {
        self.why_not(&Thing::Dataset(dataset.clone()), site)
    }

    /// Whether all that flows between two things, both ways, may flow between two sites; for a dataset and itself: from the first
    /// copy to another one.
    fn between(&self, one: &Thing, other: &Thing, one_site: &Name, other_site: &Name) -> bool;

    /// What rules want of the copies of a dataset taken together.
    fn quotas(&self, _dataset: &Name) -> Vec<Quota> {
        Vec::new()
    }
}

impl Legality for Legal {
    fn why_not(&self, thing: &Thing, site: &Name) -> Vec<Ground> {
        grounds(self.site(thing, site))
    }

    fn why_not_first(&self, dataset: &Name, site: &Name) -> Vec<Ground> {
        grounds(self.primary(dataset, site))
    }

    fn between(&self, one: &Thing, other: &Thing, one_site: &Name, other_site: &Name) -> bool {
        Legal::between(self, one, other, one_site, other_site)
    }

    fn quotas(&self, dataset: &Name) -> Vec<Quota> {
        let one = |q: &residency::Quota| Quota {
            count: q.count,
            kinds: q.kinds.clone(),
            sites: q.sites.clone(),
            residency: q.residency.clone(),
            rule: q.rule,
        };
        Legal::quotas(self, dataset).iter().map(one).collect()
    }
}

fn grounds(reasons: &[Reason]) -> Vec<Ground> {
    let one = |r: &Reason| Ground {
        words: r.words.clone(),
        rule: Some(r.rule),
    };
    reasons.iter().map(one).collect()
}
