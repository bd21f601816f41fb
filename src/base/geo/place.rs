//! One place: a country or territory with an ISO 3166-1 code, or an ISO 3166-2 subdivision of one.

use std::fmt;
use std::sync::Arc;

use super::countries::COUNTRIES;
use super::subdivisions::{COMPLETE, SUBDIVISIONS};

/// A country or a subdivision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    country: Arc<str>,
    subdivision: Option<Arc<str>>,
}

/// Subdivision codes of territories that have a country code of their own: the own code counts (ISO 3166-2, remarks).
const OWN_CODE: &[(&str, &str)] = &[
    ("CN-HK", "HK"),
    ("CN-MO", "MO"),
    ("CN-TW", "TW"),
    ("FI-01", "AX"),
    ("FR-971", "GP"),
    ("FR-972", "MQ"),
    ("FR-973", "GF"),
    ("FR-974", "RE"),
    ("FR-976", "YT"),
    ("FR-BL", "BL"),
    ("FR-GF", "GF"),
    ("FR-GP", "GP"),
    ("FR-MF", "MF"),
    ("FR-MQ", "MQ"),
    ("FR-NC", "NC"),
    ("FR-PF", "PF"),
    ("FR-PM", "PM"),
    ("FR-RE", "RE"),
    ("FR-TF", "TF"),
    ("FR-WF", "WF"),
    ("FR-YT", "YT"),
    ("NL-AW", "AW"),
    ("NL-CW", "CW"),
    ("NL-SX", "SX"),
    ("NL-BQ1", "BQ"),
    ("NL-BQ2", "BQ"),
    ("NL-BQ3", "BQ"),
    ("NO-21", "SJ"),
    ("NO-22", "SJ"),
    ("US-AS", "AS"),
    ("US-GU", "GU"),
    ("US-MP", "MP"),
    ("US-PR", "PR"),
    ("US-UM", "UM"),
    ("US-VI", "VI"),
];

impl Place {
    /// The place of a code: `DE`, `DE-HE`. A territory with a country code of its own is that code (`FR-RE` is `RE`).
    pub fn parse(code: &str) -> Option<Self> {
        if let Some((_, own)) = OWN_CODE.iter().find(|(sub, _)| *sub == code) {
            return Self::parse(own);
        }
        let (country, subdivision) = match code.split_once('-') {
            Some((country, rest)) => (country, Some(rest)),
            None => (code, None),
        };
        COUNTRIES.binary_search_by_key(&country, |(c, _)| *c).ok()?;
        match subdivision {
            None => Some(Self {
                country: country.into(),
                subdivision: None,
            }),
            Some(rest) if is_subdivision(country, rest, code) => Some(Self {
                country: country.into(),
                subdivision: Some(code.into()),
            }),
            Some(_) => None,
        }
    }

    /// The code of its country.
    pub fn country_code(&self) -> &str {
        &self.country
    }

    /// Its country.
    #[must_use]
    pub fn country(&self) -> Self {
        Self {
            country: self.country.clone(),
            subdivision: None,
        }
    }

    /// Whether it is a part of a country.
    pub fn is_subdivision(&self) -> bool {
        self.subdivision.is_some()
    }

    /// Its code.
    pub fn code(&self) -> &str {
        self.subdivision.as_deref().unwrap_or(&self.country)
    }

    /// Its English name, where the tables have one.
    pub fn name(&self) -> Option<&'static str> {
        let table = if self.is_subdivision() { SUBDIVISIONS } else { COUNTRIES };
        table
            .iter()
            .find(|(code, _)| *code == self.code())
            .map(|(_, name)| *name)
    }

    /// Whether the other is this one or a part of it.
    pub fn contains(&self, other: &Self) -> bool {
        self == other || (self.subdivision.is_none() && self.country == other.country)
    }
}

fn is_subdivision(country: &str, rest: &str, code: &str) -> bool {
    let listed = || SUBDIVISIONS.binary_search_by_key(&code, |(c, _)| *c).is_ok();
    let well_formed =
        (1..=3).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if COMPLETE.contains(&country) {
        listed()
    } else {
        well_formed
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
