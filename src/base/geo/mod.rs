//! Places: countries and their subdivisions ([`place`]), sets of them and their algebra ([`set`]), well-known groups ([`groups`]), and how
//! far and how slow it is between coordinates ([`distance`]). Pure tables, dated and sourced; what they say is what the rules are
//! checked against, so every row must be one that a lawyer can look up.

pub mod countries;
pub mod distance;
pub mod groups;
pub mod place;
pub mod set;
pub mod subdivisions;

pub use distance::{Coordinates, kilometres, round_trip};
pub use groups::{GROUPS, Group};
pub use place::Place;
pub use set::PlaceSet;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// One country or subdivision.
    Place(Place),
    /// A group of them.
    Group(&'static Group),
}

impl Named {
    /// As a set.
    pub fn set(&self) -> PlaceSet {
        match self {
            Named::Place(place) => PlaceSet::of(place.clone()),
            Named::Group(group) => group.set(),
        }
    }
}

/// What a name stands for: `DE`, `DE-HE`, `EEA`.
pub fn lookup(name: &str) -> Option<Named> {
    let group = GROUPS.iter().find(|g| g.name == name).map(Named::Group);
    group.or_else(|| Place::parse(name).map(Named::Place))
}

/// All names of places and groups, for suggestions.
pub fn names() -> impl Iterator<Item = &'static str> {
    let groups = GROUPS.iter().map(|g| g.name);
    let countries = countries::COUNTRIES.iter().map(|(code, _)| *code);
    groups
        .chain(countries)
        .chain(subdivisions::SUBDIVISIONS.iter().map(|(code, _)| *code))
}
