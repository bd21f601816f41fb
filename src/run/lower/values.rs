//! Sites, datasets and the like as values.

use std::collections::BTreeMap;

use situs_value::{Number, Value};

use crate::base::addr::{Key, split_key};
use crate::base::digest::Digest;

use crate::lang::eval::shape::{Dataset, Health, HealthKind, Name, Site, SiteKind};

/// `site` in a runtime, `site.NAME` elsewhere.
pub(super) fn site(site: &Site) -> Value {
    let places = site.territories.iter().map(|p| Value::string(p.code()));
    let country = site.territories.iter().next().map(|p| Value::string(p.country_code()));
    let degrees = |millionths: i64| Number::from(millionths).div(&Number::from(1_000_000_i64)).ok();
    let latitude = site.at.and_then(|c| degrees(c.latitude));
    let longitude = site.at.and_then(|c| degrees(c.longitude));
    Value::object([
        ("name", slug(&site.name)),
        ("key", key(&site.name)),
        ("kind", kind(site.kind).into()),
        ("in", Value::list(places)),
        ("country", country.unwrap_or_default()),
        (
            "operator",
            site.operator.as_ref().map_or(Value::Null, |o| text(&o.value)),
        ),
        ("traits", Value::list(site.traits.iter().map(text))),
        (
            "labels",
            Value::object(site.labels.iter().map(|(k, v)| (k.clone(), text(v)))),
        ),
        ("latitude", number(latitude.as_ref())),
        ("longitude", number(longitude.as_ref())),
    ])
}

/// A name that holds on every platform: `ehr-eu` for `ehr["eu"]`. A key of other signs than letters, digits, `-` and `_` is told from
/// others by its digest.
pub(super) fn slug(name: &Name) -> Value {
    let (base, Some(Key::Name(key))) = split_key(name) else {
        return text(name);
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let safe: String = key.chars().map(plain).collect();
    match safe == *key {
        true => format!("{base}-{safe}").into(),
        false => format!("{base}-{safe}-{}", Digest::of(key.as_bytes()).short()).into(),
    }
}

/// The key of a name; null where it has none.
pub(super) fn key(name: &Name) -> Value {
    match split_key(name).1 {
        Some(Key::Name(key)) => text(&key),
        _ => Value::Null,
    }
}

/// Things by name; those with keys by key below their name.
pub(super) fn by_name<'a>(all: impl Iterator<Item = (&'a Name, Value)>) -> Value {
    let mut single: BTreeMap<Name, Value> = BTreeMap::new();
    let mut several: BTreeMap<Name, BTreeMap<Name, Value>> = BTreeMap::new();
    for (name, value) in all {
        match split_key(name) {
            (base, Some(Key::Name(key))) => drop(several.entry(base.into()).or_default().insert(key, value)),
            _ => drop(single.insert(name.clone(), value)),
        }
    }
    let several = several.into_iter().map(|(name, own)| (name, Value::object(own)));
    Value::object(single.into_iter().chain(several))
}

fn kind(kind: SiteKind) -> &'static str {
    match kind {
        SiteKind::Region => "region",
        SiteKind::Datacenter => "datacenter",
        SiteKind::Edge => "edge",
    }
}

/// `dataset` in a runtime.
pub(super) fn dataset(dataset: &Dataset, replicas: usize, primary: bool) -> Value {
    Value::object([
        ("name", slug(&dataset.name)),
        ("key", key(&dataset.name)),
        ("replicas", count(replicas)),
        ("class", class(dataset)),
        ("size", number(dataset.size.as_ref())),
        ("keep", dataset.keep.map_or(Value::Null, Value::from)),
        ("primary", primary.into()),
    ])
}

/// The class of a dataset, as written.
pub(super) fn class(dataset: &Dataset) -> Value {
    dataset
        .class
        .as_ref()
        .map_or(Value::Null, |c| c.value.to_string().into())
}

/// `health` of a replica, whose port has this number.
pub(super) fn health(health: &Health, port: u16) -> Value {
    let (kind, path) = match health.kind {
        HealthKind::Http => ("http", text(&health.path)),
        HealthKind::Tcp => ("tcp", Value::Null),
    };
    Value::object([
        ("kind", kind.into()),
        ("path", path),
        ("port", u64::from(port).into()),
        ("every_ms", health.every.into()),
        ("timeout_ms", health.timeout.into()),
        ("within_ms", health.within.into()),
    ])
}

/// A text.
pub(super) fn text(name: &Name) -> Value {
    Value::String(name.clone())
}

/// A number where there is one.
pub(super) fn number(number: Option<&Number>) -> Value {
    number.map_or(Value::Null, |n| Value::Number(n.clone()))
}

/// How many.
pub(super) fn count(of: usize) -> Value {
    Value::Number(Number::from(of))
}
