//! Places: what the tables say, and the algebra of sets of them.

use proptest::prelude::*;
use situs::base::geo::countries::COUNTRIES;
use situs::base::geo::subdivisions::{COMPLETE, SUBDIVISIONS};
use situs::base::geo::{Coordinates, GROUPS, Group, Place, PlaceSet, kilometres, lookup, round_trip};

fn set(codes: &[&str]) -> PlaceSet {
    codes
        .iter()
        .fold(PlaceSet::empty(), |s, c| s.union(&lookup(c).unwrap().set()))
}

fn place(code: &str) -> Place {
    Place::parse(code).unwrap_or_else(|| panic!("{code}"))
}

#[test]
fn the_tables_are_in_order_and_hold_together() {
    assert_eq!(COUNTRIES.len(), 249, "ISO 3166-1 has 249 codes");
    assert!(COUNTRIES.is_sorted() && SUBDIVISIONS.is_sorted());
    for (code, name) in SUBDIVISIONS {
        let country = code.split('-').next().unwrap();
        assert!(COMPLETE.contains(&country), "{code} {name}");
        assert!(lookup(country).is_some(), "{code}");
    }
    for group in GROUPS {
        assert!(!group.source.is_empty() && group.as_of.len() == 10, "{}", group.name);
        assert!(!group.set().is_empty(), "{}", group.name);
    }
}

#[test]
fn groups_hold_what_the_treaties_say() {
    let count = |name: &str| {
        let set = Group::named(name).unwrap().set();
        COUNTRIES.iter().filter(|(code, _)| set.contains(&place(code))).count()
    };
    // 27 member states, six outermost regions with codes of their own, Åland.
    assert_eq!(count("EU"), 27 + 6 + 1);
    assert_eq!(count("EEA"), count("EU") + 3);
    assert_eq!(count("EFTA"), 4);
    let inside = |group: &str, code: &str| Group::named(group).unwrap().set().contains(&place(code));
    for code in ["DE", "DE-BY", "RE", "GP", "MQ", "GF", "YT", "MF", "AX", "ES-CN"] {
        assert!(inside("EU", code), "{code}");
    }
    for code in ["GB", "CH", "NO", "GL", "FO", "NC", "PF", "SJ", "GG", "JE", "IM", "GI"] {
        assert!(!inside("EU", code), "{code}");
    }
    assert!(inside("EEA", "NO") && !inside("EEA", "SJ") && !inside("EEA", "CH"));
    assert!(inside("EU_ADEQUATE", "CH") && inside("EU_ADEQUATE", "GB"));
    // Its importers come by instrument (language.md §7).
    assert!(!inside("EU_ADEQUATE", "US"));
}

#[test]
fn a_country_contains_its_subdivisions_and_not_what_has_a_code_of_its_own() {
    assert!(place("DE").contains(&place("DE-HE")));
    assert!(!place("DE-HE").contains(&place("DE")));
    assert!(!place("FR").contains(&place("RE")));
    assert_eq!(place("FR-974"), place("RE"));
    assert_eq!(place("US-PR"), place("PR"));
    assert!(Place::parse("DE-XX").is_none() && Place::parse("XX").is_none() && Place::parse("de").is_none());
    // Of a country whose list is not complete here, any well-formed code is taken.
    assert!(Place::parse("KE-30").is_some() && Place::parse("KE-nairobi").is_none());
}

#[test]
fn less_a_part_is_less_a_part() {
    let germany_less = set(&["DE"]).difference(&set(&["DE-BY"]));
    assert!(!germany_less.contains(&place("DE-BY")) && germany_less.contains(&place("DE-HE")));
    assert!(!germany_less.contains(&place("DE")), "not all of it is left");
    assert!(germany_less.touches(&place("DE")));
    assert_eq!(germany_less.union(&set(&["DE-BY"])), set(&["DE"]));
    assert_eq!(germany_less.to_string(), "(DE - DE-BY)");
    assert!(set(&["DE"]).intersection(&set(&["FR"])).is_empty());
}

#[test]
fn distances_are_whole_kilometres_and_round_trips_tenths_of_a_millisecond() {
    let at = |lat: i64, lon: i64| Coordinates::new(lat * 10_000, lon * 10_000).unwrap();
    let (munich, dublin, ashburn) = (at(4814, 1158), at(5335, -626), at(3904, -7749));
    assert_eq!(kilometres(munich, munich), 0);
    assert_eq!(kilometres(munich, dublin), kilometres(dublin, munich));
    assert_eq!(kilometres(munich, dublin), 1378);
    assert_eq!(kilometres(munich, ashburn), 6836);
    assert_eq!(round_trip(0), 10);
    assert_eq!(round_trip(1020), 170);
    assert!(Coordinates::new(91_000_000, 0).is_none());
}

fn some_set() -> impl Strategy<Value = PlaceSet> {
    let codes = [
        "DE", "DE-BY", "DE-HE", "FR", "RE", "US", "US-VA", "EEA", "EU", "CH", "KE-30",
    ];
    proptest::collection::vec((0..codes.len(), any::<bool>()), 0..6).prop_map(move |steps| {
        steps.iter().fold(PlaceSet::empty(), |set, (i, add)| {
            let other = lookup(codes[*i]).unwrap().set();
            if *add {
                set.union(&other)
            } else {
                set.difference(&other)
            }
        })
    })
}

proptest! {
    #[test]
    fn sets_of_places_are_a_boolean_algebra(a in some_set(), b in some_set(), c in some_set()) {
        prop_assert_eq!(a.union(&b), b.union(&a));
        prop_assert_eq!(a.intersection(&b), b.intersection(&a));
        prop_assert_eq!(a.union(&b).union(&c), a.union(&b.union(&c)));
        prop_assert_eq!(a.intersection(&b.union(&c)), a.intersection(&b).union(&a.intersection(&c)));
        prop_assert_eq!(&a.difference(&b).union(&a.intersection(&b)), &a);
        prop_assert!(a.difference(&b).intersection(&b).is_empty());
        prop_assert_eq!(a.contains_all(&b), a.union(&b) == a);
        prop_assert_eq!(a.intersects(&b), !a.intersection(&b).is_empty());
    }
}
