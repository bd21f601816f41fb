//! A struct as a schema, and as the values of that schema.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_provider::attributes::with;
use situs_provider::schema::{Attribute, Block, Kind, Mode, Nesting, Schema};
use situs_value::{Path, Value};

use super::field::ty;

/// One attribute of a schema, and what the kit does for it.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its name.
    pub name: &'static str,
    /// What it looks like.
    pub attribute: Attribute,
    /// The lines of the objects inside it; none where it holds none.
    pub inner: Vec<Line>,
    /// Whether another value needs another object.
    pub replace: bool,
    /// What it is where the configuration says nothing.
    pub default: Option<Value>,
}

/// A struct that is a schema. By `#[derive(Object)]`, see [`situs_derive`].
pub trait Object: Sized + Send + Sync {
    /// What it is for.
    const DESCRIPTION: &'static str;
    /// Its attributes, in the order in which they are written.
    fn lines() -> Vec<Line>;
    /// The struct that stands for a value of the schema.
    fn from_object(value: &Value) -> Self;
    /// The other way.
    fn to_object(&self) -> Value;
}

/// An object as the kind of an attribute.
pub fn nested<T: Object>() -> Kind {
    Kind::Nested {
        nesting: Nesting::Single,
        attributes: attributes::<T>(),
    }
}

/// The struct that stands for an object, where it is known which attributes it has.
pub fn known_object<T: Object>(value: &Value) -> Option<T> {
    value.attributes().map(|_| T::from_object(value))
}

fn attributes<T: Object>() -> BTreeMap<Arc<str>, Attribute> {
    let one = |line: Line| (Arc::from(line.name), line.attribute);
    T::lines().into_iter().map(one).collect()
}

/// The block that a struct describes.
pub(super) fn block<T: Object>() -> Block {
    Block {
        attributes: attributes::<T>(),
        description: T::DESCRIPTION.to_owned(),
        ..Block::default()
    }
}

/// The schema that a struct describes.
pub(super) fn schema<T: Object>(version: u64) -> Schema {
    Schema {
        version,
        block: block::<T>(),
    }
}

/// The Planned State before the resource has its say: what is proposed; defaults where nothing is written; what only the provider knows
/// is not known yet where there is no object, and stays what it is where there is one.
pub(super) fn planned(lines: &[Line], prior: &Value, proposed: &Value, config: &Value) -> Value {
    let Some(all) = proposed.attributes() else {
        return proposed.clone();
    };
    let fill = |line: &Line| {
        let value = all.get(line.name).unwrap_or(&Value::Null);
        let open = left_open(line, config);
        let filled = match &line.default {
            Some(default) if open => default.clone(),
            None if open && prior.is_null() => Value::unknown(ty(&line.attribute.kind)),
            _ => within(line, prior.is_null(), value),
        };
        (line.name, filled)
    };
    Value::object(lines.iter().map(fill))
}

/// The same inside the objects that an attribute holds. Which of them were there before cannot be told: what is null there and has no
/// default is not known yet in a new object, and stays null in one that is there.
fn within(line: &Line, new: bool, value: &Value) -> Value {
    let one = |value: &Value| inside(&line.inner, new, value);
    match value {
        value if line.inner.is_empty() || value.is_null() => value.clone(),
        Value::List(all) => Value::list(all.iter().map(one)),
        Value::Set(all) => Value::set(all.iter().map(one)),
        Value::Map(all) => Value::map(all.iter().map(|(key, value)| (key.clone(), one(value)))),
        value => one(value),
    }
}

fn inside(lines: &[Line], new: bool, object: &Value) -> Value {
    let Some(all) = object.attributes() else {
        return object.clone();
    };
    let fill = |line: &Line| {
        let value = all.get(line.name).unwrap_or(&Value::Null);
        let filled = match (&line.default, line.attribute.mode.is_computed()) {
            (Some(default), _) if value.is_null() => default.clone(),
            (None, true) if value.is_null() && new => Value::unknown(ty(&line.attribute.kind)),
            _ => within(line, new, value),
        };
        (line.name, filled)
    };
    Value::object(lines.iter().map(fill))
}

/// The same without what is never kept.
pub(super) fn kept(lines: &[Line], state: &Value) -> Value {
    let never = lines.iter().filter(|line| line.attribute.write_only);
    never.fold(state.clone(), |state, line| with(&state, line.name, Value::Null))
}

/// Whether the provider decides on an attribute.
pub(super) fn left_open(line: &Line, config: &Value) -> bool {
    let written = config.get(line.name).is_some_and(|value| !value.is_null());
    match line.attribute.mode {
        Mode::Computed => true,
        Mode::OptionalComputed => !written,
        Mode::Required | Mode::Optional => false,
    }
}

/// The attributes whose change needs another object.
pub(super) fn replaces(lines: &[Line]) -> Vec<Path> {
    let those = lines.iter().filter(|line| line.replace);
    those.map(|line| Path::root().attr(line.name)).collect()
}
