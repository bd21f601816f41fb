//! Which thing is on which sites.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::lang::eval::shape::Name;

/// The site of every replica and every copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// By service: the site of each replica, in order.
    pub services: BTreeMap<Name, Vec<Name>>,
    /// By dataset: the site of each copy, in order; the first is the primary.
    pub datasets: BTreeMap<Name, Vec<Name>>,
}

impl Assignment {
    /// The sites of a thing, one for each replica or copy.
    pub fn sites(&self, thing: &Thing) -> &[Name] {
        let of = match thing {
            Thing::Service(name) => self.services.get(name),
            Thing::Dataset(name) => self.datasets.get(name),
        };
        of.map_or(&[], Vec::as_slice)
    }

    /// Says where a thing is.
    pub fn set(&mut self, thing: &Thing, sites: Vec<Name>) {
        match thing {
            Thing::Service(name) => self.services.insert(name.clone(), sites),
            Thing::Dataset(name) => self.datasets.insert(name.clone(), sites),
        };
    }

    /// Every thing that is somewhere, datasets first.
    pub fn things(&self) -> impl Iterator<Item = (Thing, &[Name])> {
        let datasets = self
            .datasets
            .iter()
            .map(|(n, s)| (Thing::Dataset(n.clone()), s.as_slice()));
        let services = self
            .services
            .iter()
            .map(|(n, s)| (Thing::Service(n.clone()), s.as_slice()));
        datasets.chain(services)
    }
}

/// What can be placed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// A dataset, by name.
    Dataset(Name),
    /// A service, by name.
    Service(Name),
}

impl Thing {
    /// Its name.
    pub fn name(&self) -> &Name {
        match self {
            Thing::Dataset(name) | Thing::Service(name) => name,
        }
    }

    /// `dataset` or `service`.
    pub fn kind(&self) -> &'static str {
        match self {
            Thing::Dataset(_) => "dataset",
            Thing::Service(_) => "service",
        }
    }
}

impl Thing {
    /// One of the same kind with another name.
    #[must_use]
    pub fn renamed(&self, name: &str) -> Self {
        match self {
            Self::Service(_) => Self::Service(name.into()),
            Self::Dataset(_) => Self::Dataset(name.into()),
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind(), self.name())
    }
}
