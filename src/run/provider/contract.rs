//! What a provider's answers must keep to. A provider is never trusted: a plan that contradicts the configuration, or a result
//! that contradicts the plan, is refused with the attribute's path, before it can do harm.

use std::sync::Arc;

use situs_provider::schema::{Block, Kind, Mode};
use situs_value::{Path, Value};

/// One breach: where, and what is wrong there.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// Which attribute.
    pub path: Path,
    /// What is wrong with it.
    pub what: String,
}

/// Whether the Planned State may be planned from these: each attribute is what the configuration says, or what it was, or the provider's to set.
pub fn check_plan(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<Breach> {
    if planned.is_null() {
        let what = "planned to be destroyed although it is configured".to_owned();
        return if config.is_null() {
            Vec::new()
        } else {
            vec![Breach {
                path: Path::root(),
                what,
            }]
        };
    }
    let mut breaches = Vec::new();
    for (name, attribute) in &block.attributes {
        let (was, wanted, will) = (at(prior, name), at(config, name), at(planned, name));
        let nested = matches!(attribute.kind, Kind::Nested { .. });
        let free = attribute.mode == Mode::Computed || (attribute.mode.is_computed() && wanted.is_null());
        let kept = !was.is_null() && !wanted.is_null() && will == was;
        if attribute.write_only {
            // Never kept: what is configured is not in the plan, and that is right.
            if !will.is_null() {
                breaches.push(breach(name, "is write-only, and the plan keeps it"));
            }
        } else if !(free || kept || nested || will.unmarked() == wanted.unmarked() || !wanted.is_wholly_known()) {
            breaches.push(breach(name, "is planned neither as configured nor as it was"));
        }
    }
    breaches
}

/// Whether the New State is what was planned: whatever was known is equal, and nothing is left unknown.
pub fn check_result(planned: &Value, new: &Value) -> Vec<Breach> {
    let mut breaches = check_final(planned, new);
    unknowns(&Path::root(), new, &mut breaches);
    breaches
}

/// Whether the last plan is what was planned at first: whatever was known is equal.
pub fn check_final(planned: &Value, last: &Value) -> Vec<Breach> {
    let mut breaches = Vec::new();
    compare(&Path::root(), planned, last, &mut breaches);
    breaches
}

fn unknowns(path: &Path, value: &Value, breaches: &mut Vec<Breach>) {
    match value.unmarked() {
        Value::Unknown(_) => breaches.push(Breach {
            path: path.clone(),
            what: "is still unknown".to_owned(),
        }),
        Value::Object(m) => m.iter().for_each(|(name, v)| unknowns(&path.attr(name), v, breaches)),
        Value::Map(m) => m.iter().for_each(|(key, v)| unknowns(&path.key(key), v, breaches)),
        other => {
            for (i, v) in other.elements().unwrap_or_default().iter().enumerate() {
                unknowns(&path.index(i), v, breaches);
            }
        }
    }
}

fn compare(path: &Path, planned: &Value, new: &Value, breaches: &mut Vec<Breach>) {
    let (planned, new) = (planned.unmarked(), new.unmarked());
    match (planned, new) {
        (Value::Unknown(_), _) => {}
        (Value::Object(a), Value::Object(b)) => {
            for (name, value) in a.iter() {
                compare(&path.attr(name), value, b.get(name).unwrap_or(&Value::Null), breaches);
            }
        }
        (Value::Map(a), Value::Map(b)) if a.keys().eq(b.keys()) => {
            for ((key, value), new) in a.iter().zip(b.values()) {
                compare(&path.key(key), value, new, breaches);
            }
        }
        (Value::List(a) | Value::Tuple(a), Value::List(b) | Value::Tuple(b)) if a.len() == b.len() => {
            for (i, (a, b)) in a.iter().zip(b.iter()).enumerate() {
                compare(&path.index(i), a, b, breaches);
            }
        }
        (Value::Set(a), Value::Set(b)) if !planned.is_wholly_known() && b.len() <= a.len() => {}
        (_, Value::Unknown(_)) => {
            breaches.push(Breach {
                path: path.clone(),
                what: "is known in the plan, and unknown now".to_owned(),
            });
        }
        (a, b) if a == b => {}
        _ => breaches.push(Breach {
            path: path.clone(),
            what: "is not what was planned".to_owned(),
        }),
    }
}

fn breach(name: &Arc<str>, what: &str) -> Breach {
    Breach {
        path: Path::root().attr(name),
        what: what.to_owned(),
    }
}

fn at<'a>(object: &'a Value, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}
