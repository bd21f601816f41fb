//! Sets of places. A set is whole countries, less some of their subdivisions, and single subdivisions of others: exact under union,
//! intersection and difference, and one set has one form.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::place::Place;

/// A set of places.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceSet {
    /// What of each country is in it; a country that is absent is not in it at all.
    countries: BTreeMap<Place, Part>,
}

/// How much of a country is in a set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    /// All of it but these subdivisions.
    AllBut(BTreeSet<Place>),
    /// Only these subdivisions; never empty.
    Only(BTreeSet<Place>),
}

impl PlaceSet {
    /// The set without places.
    pub fn empty() -> Self {
        Self::default()
    }

    /// One place with all of its parts.
    pub fn of(place: Place) -> Self {
        let country = place.country();
        let part = if place.is_subdivision() {
            Part::Only(BTreeSet::from([place]))
        } else {
            Part::AllBut(BTreeSet::new())
        };
        Self {
            countries: BTreeMap::from([(country, part)]),
        }
    }

    /// Every place that has a code.
    pub fn all() -> Self {
        super::countries::COUNTRIES
            .iter()
            .filter_map(|(code, _)| Place::parse(code))
            .collect()
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut countries = self.countries.clone();
        for (country, part) in &other.countries {
            let joined = match countries.get(country) {
                Some(own) => own.union(part),
                None => part.clone(),
            };
            countries.insert(country.clone(), joined);
        }
        Self { countries }
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let both = self.countries.iter().filter_map(|(country, part)| {
            let common = part.intersection(other.countries.get(country)?)?;
            Some((country.clone(), common))
        });
        Self {
            countries: both.collect(),
        }
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let left = self.countries.iter().filter_map(|(country, part)| {
            let rest = match other.countries.get(country) {
                Some(gone) => part.difference(gone)?,
                None => part.clone(),
            };
            Some((country.clone(), rest))
        });
        Self {
            countries: left.collect(),
        }
    }

    /// Whether the place, with all of its parts, is in it.
    pub fn contains(&self, place: &Place) -> bool {
        match self.countries.get(&place.country()) {
            None => false,
            Some(Part::AllBut(gone)) if place.is_subdivision() => !gone.contains(place),
            Some(Part::AllBut(gone)) => gone.is_empty(),
            Some(Part::Only(parts)) => parts.contains(place),
        }
    }

    /// Whether all of the other is in it.
    pub fn contains_all(&self, other: &Self) -> bool {
        other.difference(self).is_empty()
    }

    /// Whether any of the other is in it.
    pub fn intersects(&self, other: &Self) -> bool {
        !self.intersection(other).is_empty()
    }

    /// Whether any part of the place is in it.
    pub fn touches(&self, place: &Place) -> bool {
        self.intersects(&Self::of(place.clone()))
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.countries.is_empty()
    }
}

impl Part {
    fn union(&self, other: &Self) -> Self {
        match (self, other) {
            (Part::AllBut(a), Part::AllBut(b)) => Part::AllBut(a & b),
            (Part::AllBut(gone), Part::Only(parts)) | (Part::Only(parts), Part::AllBut(gone)) => {
                Part::AllBut(gone - parts)
            }
            (Part::Only(a), Part::Only(b)) => Part::Only(a | b),
        }
    }

    fn intersection(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Part::AllBut(a), Part::AllBut(b)) => Some(Part::AllBut(a | b)),
            (Part::AllBut(gone), Part::Only(parts)) | (Part::Only(parts), Part::AllBut(gone)) => {
                Self::only(parts - gone)
            }
            (Part::Only(a), Part::Only(b)) => Self::only(a & b),
        }
    }

    fn difference(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Part::AllBut(gone), Part::AllBut(kept)) => Self::only(kept - gone),
            (Part::AllBut(gone), Part::Only(parts)) => Some(Part::AllBut(gone | parts)),
            (Part::Only(parts), Part::AllBut(kept)) => Self::only(parts & kept),
            (Part::Only(a), Part::Only(b)) => Self::only(a - b),
        }
    }

    fn only(parts: BTreeSet<Place>) -> Option<Self> {
        if parts.is_empty() {
            None
        } else {
            Some(Part::Only(parts))
        }
    }
}

impl FromIterator<Place> for PlaceSet {
    fn from_iter<I: IntoIterator<Item = Place>>(places: I) -> Self {
        places
            .into_iter()
            .fold(Self::empty(), |set, place| set.union(&Self::of(place)))
    }
}

impl fmt::Display for PlaceSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        for (country, part) in &self.countries {
            match part {
                Part::AllBut(gone) if gone.is_empty() => parts.push(country.to_string()),
                Part::AllBut(gone) => {
                    let gone: Vec<String> = gone.iter().map(Place::to_string).collect();
                    parts.push(format!("({country} - {})", gone.join(" - ")));
                }
                Part::Only(only) => parts.extend(only.iter().map(Place::to_string)),
            }
        }
        f.write_str(&if parts.is_empty() {
            "nowhere".to_owned()
        } else {
            parts.join(" | ")
        })
    }
}
