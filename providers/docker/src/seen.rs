//! What an engine says beside what was set: only that is compared.

use std::collections::{BTreeMap, HashMap};

use situs_sdk::kit::Field;

/// A list as it is, where one is set.
pub fn list(set: &Field<Vec<String>>, is: Option<&Vec<String>>) -> Field<Vec<String>> {
    set.as_seen(is.cloned().unwrap_or_default())
}

/// A text as it is, where one is set; an empty one counts as none.
pub fn text(set: &Field<String>, is: Option<&String>) -> Field<String> {
    set.as_seen(is.filter(|text| !text.is_empty()).cloned())
}

/// Of a map as it is, the keys that are set: images and engines add their own.
pub fn map(
    set: &Field<BTreeMap<String, String>>,
    is: Option<&HashMap<String, String>>,
) -> Field<BTreeMap<String, String>> {
    let Field::Known(set) = set else { return Field::Null };
    let keys = set.keys().filter_map(|key| Some((key.clone(), is?.get(key)?.clone())));
    Field::Known(keys.collect())
}

/// All of a map but our own label; nothing where that is all.
pub fn all(is: Option<&HashMap<String, String>>) -> Field<BTreeMap<String, String>> {
    let own = |key: &str| key == crate::engine::KEY;
    let all = is.into_iter().flatten().filter(|(key, _)| !own(key));
    let all: BTreeMap<String, String> = all.map(|(key, value)| (key.clone(), value.clone())).collect();
    if all.is_empty() { Field::Null } else { Field::Known(all) }
}

/// Names of a list, whatever their order: what is set stays as it is where the engine has the same.
pub fn unordered(set: &Field<Vec<String>>, is: Option<&Vec<String>>, same: fn(&str) -> String) -> Field<Vec<String>> {
    let Field::Known(wanted) = set else { return Field::Null };
    let sorted = |all: &[String]| {
        let mut all: Vec<String> = all.iter().map(|one| same(one)).collect();
        all.sort();
        all
    };
    let is = is.map(Vec::as_slice).unwrap_or_default();
    match sorted(wanted) == sorted(is) {
        true => set.clone(),
        false => Field::Known(is.to_vec()),
    }
}

/// A map to hand to the engine.
pub fn table(map: &Field<BTreeMap<String, String>>) -> Option<HashMap<String, String>> {
    let map = map.known()?;
    Some(map.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// Labels with the key of the change that makes what carries them.
pub fn labelled(labels: &Field<BTreeMap<String, String>>, key: &str) -> Option<HashMap<String, String>> {
    let mut all = table(labels).unwrap_or_default();
    all.insert(crate::engine::KEY.to_owned(), key.to_owned());
    Some(all)
}
