//! Groups of places that law speaks of, each with its source and the day for which it was read.

use super::place::Place;
use super::set::PlaceSet;

/// A group of places.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name in the language.
    pub name: &'static str,
    /// What it is, for people.
    pub about: &'static str,
    /// Codes of its members; a code that names another group stands for that group's members.
    members: &'static [&'static str],
    /// Where the members were read.
    pub source: &'static str,
    /// For which day.
    pub as_of: &'static str,
}

/// The groups that are in scope everywhere.
pub const GROUPS: &[Group] = &[
    Group {
        name: "EU",
        about: "the European Union, with its outermost regions and Åland, which have country codes of their own",
        members: &[
            "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU",
            "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "RE", "GP", "MQ", "GF", "YT", "MF", "AX",
        ],
        source: "Treaty on European Union, Art. 52; Treaty on the Functioning of the European Union, Art. 349 and 355",
        as_of: "2026-11-22",
    },
    Group {
        name: "EEA",
        about: "the European Economic Area: the EU, Iceland, Liechtenstein and Norway",
        members: &["EU", "IS", "LI", "NO"],
        source: "Agreement on the European Economic Area, Art. 2 and 126",
        as_of: "2026-11-22",
    },
    Group {
        name: "EFTA",
        about: "the European Free Trade Association",
        members: &["CH", "IS", "LI", "NO"],
        source: "EFTA Convention, Art. 1",
        as_of: "2026-11-22",
    },
    Group {
        name: "EU_ADEQUATE",
        about: "countries whose protection the European Commission found adequate for every importer; importers in the US come by instrument",
        members: &[
            "AD", "AR", "BR", "CA", "FO", "GG", "IL", "IM", "JP", "JE", "NZ", "KR", "CH", "GB", "UY",
        ],
        source: "European Commission, adequacy decisions under Art. 45 GDPR (CA: commercial organisations; GB: until 2031-12-27)",
        as_of: "2026-11-22",
    },
];

impl Group {
    /// The group of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        GROUPS.iter().find(|g| g.name == name)
    }

    /// Its members.
    pub fn set(&self) -> PlaceSet {
        self.members.iter().fold(PlaceSet::empty(), |set, code| {
            let member = match Self::named(code) {
                Some(group) => group.set(),
                None => Place::parse(code).map(PlaceSet::of).unwrap_or_default(),
            };
            set.union(&member)
        })
    }
}
