//! What a provider's answers must keep to. A provider is never trusted: a plan that contradicts the configuration, or a result
//! that contradicts the plan, is refused with the attribute's path, before it can do harm.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::schema::{Attribute, Block, Kind, Mode, NestedBlock, Nesting};
use situs_value::path::Step;
use situs_value::value::Map;
use situs_value::{Path, Value};

/// One breach: where, and what is wrong there.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// Which attribute.
    pub path: Path,
    /// What is wrong with it.
    pub what: String,
}

/// Whether the Planned State may be planned from these: each attribute is what the configuration says, or what it was, or the provider's
/// to set, however deep it stands; and each block is there as often as it is written. The rules are those of the Terraform plug-in protocol.
pub fn check_plan(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<Breach> {
    let mut check = Check::default();
    match (planned.is_null(), config.is_null()) {
        (true, true) => {}
        (true, false) => check.breach("is planned to be destroyed although it is configured"),
        _ => check.block(block, prior, config, planned),
    }
    check.breaches
}

/// Walks three values of one schema side by side.
#[derive(Default)]
struct Check {
    path: Vec<Step>,
    breaches: Vec<Breach>,
}

/// What it was, what is wanted, what will be.
type Three<'a> = (&'a Value, &'a Value, &'a Value);

impl Check {
    fn breach(&mut self, what: &str) {
        self.breaches.push(Breach {
            path: Path(self.path.clone()),
            what: what.to_owned(),
        });
    }

    fn step(&mut self, step: Step, look: impl FnOnce(&mut Self)) {
        self.path.push(step);
        look(self);
        self.path.pop();
    }

    fn block(&mut self, block: &Block, prior: &Value, config: &Value, planned: &Value) {
        self.attributes(&block.attributes, (prior, config, planned));
        for (name, nested) in &block.blocks {
            let three = (at(prior, name), at(config, name), at(planned, name));
            self.step(Step::Attr(name.clone()), |check| check.nested(nested, three));
        }
    }

    fn attributes(&mut self, attributes: &BTreeMap<Arc<str>, Attribute>, (prior, config, planned): Three<'_>) {
        for (name, attribute) in attributes {
            let three = (at(prior, name), at(config, name), at(planned, name));
            self.step(Step::Attr(name.clone()), |check| check.attribute(attribute, three));
        }
    }

    fn attribute(&mut self, attribute: &Attribute, (was, wanted, will): Three<'_>) {
        if attribute.write_only {
            // Never kept: what is configured is not in the plan, and that is right.
            if !will.is_null() {
                self.breach("is write-only, and the plan keeps it");
            }
            return;
        }
        let free = attribute.mode == Mode::Computed || (attribute.mode.is_computed() && wanted.is_null());
        let kept = !was.is_null() && !wanted.is_null() && alike(will, was);
        if free || kept || alike(will, wanted) {
            return;
        }
        match &attribute.kind {
            Kind::Nested { nesting, attributes } if wanted.is_known() && !wanted.is_null() => {
                self.objects(*nesting, (was, wanted, will), &|check, three| {
                    check.attributes(attributes, three);
                });
            }
            _ => self.breach("is planned neither as configured nor as it was"),
        }
    }

    fn nested(&mut self, nested: &NestedBlock, (was, wanted, will): Three<'_>) {
        if !wanted.is_known() {
            return;
        }
        let none = matches!(nested.nesting, Nesting::Single | Nesting::Group) && wanted.is_null();
        if !will.is_known() || will.is_null() != none {
            return self.breach("is a block, and is not planned as it is written");
        }
        if !none {
            let look = |check: &mut Self, (p, c, w): Three<'_>| check.block(&nested.block, p, c, w);
            self.objects(nested.nesting, (was, wanted, will), &look);
        }
    }

    /// Objects one by one: by index, by key. Those of a set have no names: only their being known is looked at.
    fn objects(&mut self, nesting: Nesting, (was, wanted, will): Three<'_>, look: &dyn Fn(&mut Self, Three<'_>)) {
        if !will.is_known() {
            return self.breach("is configured, and planned as unknown");
        }
        match nesting {
            Nesting::Single | Nesting::Group if will.is_null() => self.breach("is configured, and planned as null"),
            Nesting::Single | Nesting::Group => look(self, (was, wanted, will)),
            Nesting::List => self.list(was, wanted, will, look),
            Nesting::Map => self.map(was, wanted, will, look),
            Nesting::Set => {
                if !elements(will).iter().all(Value::is_known) && elements(wanted).iter().all(Value::is_known) {
                    self.breach("is configured, and planned with an element that is unknown");
                }
            }
        }
    }

    fn list(&mut self, was: &Value, wanted: &Value, will: &Value, look: &dyn Fn(&mut Self, Three<'_>)) {
        if elements(wanted).len() != elements(will).len() {
            return self.breach("is planned with another number of elements than are configured");
        }
        let before = elements(was).iter().chain(std::iter::repeat(&Value::Null));
        for (i, ((p, c), w)) in before.zip(elements(wanted)).zip(elements(will)).enumerate() {
            self.step(Step::Index(i), |check| look(check, (p, c, w)));
        }
    }

    fn map(&mut self, was: &Value, wanted: &Value, will: &Value, look: &dyn Fn(&mut Self, Three<'_>)) {
        let nothing = Map::new();
        let (wanted, will) = (
            wanted.attributes().unwrap_or(&nothing),
            will.attributes().unwrap_or(&nothing),
        );
        if !wanted.keys().eq(will.keys()) {
            return self.breach("is planned with other keys than are configured");
        }
        for ((key, c), w) in wanted.iter().zip(will.values()) {
            self.step(Step::Key(key.clone()), |check| look(check, (at(was, key), c, w)));
        }
    }
}

/// Whether two values are the same but for marks, and for what is known of what is unknown.
fn alike(a: &Value, b: &Value) -> bool {
    match (a.unmarked(), b.unmarked()) {
        (Value::Unknown(_), Value::Unknown(_)) => true,
        (Value::Object(a), Value::Object(b)) | (Value::Map(a), Value::Map(b)) => {
            a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| alike(a, b))
        }
        (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) | (Value::Set(a), Value::Set(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| alike(a, b))
        }
        (a, b) => a == b,
    }
}

fn elements(value: &Value) -> &[Value] {
    value.elements().unwrap_or_default()
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

fn at<'a>(object: &'a Value, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}
