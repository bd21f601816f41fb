//! Short ways to write schemas and to read the objects that they describe.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::schema::{Attribute, Block, Mode, Schema};
use crate::{Problem, Problems};
use situs_value::{Path, Type, Value};

/// A schema of attributes alone.
pub fn schema(description: &str, attributes: impl IntoIterator<Item = (&'static str, Attribute)>) -> Schema {
    Schema {
        version: 0,
        block: block(description, attributes),
    }
}

/// A block of attributes alone.
pub fn block(description: &str, attributes: impl IntoIterator<Item = (&'static str, Attribute)>) -> Block {
    Block {
        attributes: attributes.into_iter().map(|(n, a)| (Arc::from(n), a)).collect(),
        description: description.to_owned(),
        ..Block::default()
    }
}

/// One line of a schema.
pub fn attribute(name: &'static str, ty: Type, mode: Mode, description: &'static str) -> (&'static str, Attribute) {
    (name, Attribute::new(ty, mode, description))
}

/// The path of an attribute.
pub fn path(name: &str) -> Path {
    Path::root().attr(name)
}

/// An attribute; null where there is none.
pub fn get<'a>(object: &'a Value, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}

/// The object with another value of one attribute.
pub fn with(object: &Value, name: &str, new: impl Into<Value>) -> Value {
    object.with(&path(name), &new.into())
}

/// The text of an attribute, where it is known.
pub fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    get(object, name).as_str()
}

/// The number of an attribute, where it is known.
pub fn number(object: &Value, name: &str) -> Option<u64> {
    get(object, name).as_number().and_then(|n| n.to_u64())
}

/// The texts of a list.
pub fn texts(object: &Value, name: &str) -> Vec<String> {
    let elements = get(object, name).elements().unwrap_or_default();
    elements.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

/// The texts of a map.
pub fn table(object: &Value, name: &str) -> BTreeMap<String, String> {
    let entries = get(object, name).attributes().into_iter().flatten();
    entries
        .filter_map(|(k, v)| v.as_str().map(|v| (k.to_string(), v.to_owned())))
        .collect()
}

/// The value, or another one where it is null.
pub fn or(value: &Value, default: Value) -> Value {
    if value.is_null() { default } else { value.clone() }
}

/// Collects what is wrong with a configuration.
#[derive(Default)]
pub struct Check(pub Problems);

impl Check {
    /// Notes a problem with an attribute where something does not hold.
    pub fn that(&mut self, holds: bool, name: &str, summary: impl Into<String>, detail: impl Into<String>) {
        if !holds {
            self.0.push(Problem::error(summary, detail).at(path(name)));
        }
    }
}
