//! The Proposed New State: what the object would be if the provider had nothing to add. The merge of the Terraform plug-in protocol:
//! what the configuration says wins; what only the provider sets is taken from the Prior State.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::schema::{Attribute, Block, Kind, Mode, NestedBlock, Nesting};
use situs_value::{Type, Value};

type Map = BTreeMap<Arc<str>, Value>;
type Attributes = BTreeMap<Arc<str>, Attribute>;

/// Merges the Configuration into the Prior State (null: there is none).
pub fn proposed_new(block: &Block, prior: &Value, config: &Value) -> Value {
    match (prior, config) {
        (_, Value::Null) => Value::Null,
        (Value::Null, _) => merge_block(block, &block.empty(), config),
        _ => merge_block(block, prior, config),
    }
}

/// What is known of an object that is not read yet: what it is asked for. All that only the provider sets is unknown.
pub fn unread(block: &Block, config: &Value) -> Value {
    merge_block(block, &Value::unknown(block.ty()), config)
}

fn merge_block(block: &Block, prior: &Value, config: &Value) -> Value {
    let Some(written) = properties(config) else {
        return config.clone();
    };
    let attributes = merged(&block.attributes, prior, written);
    let blocks = block.blocks.iter().map(|(name, nested)| {
        let prior = part(prior, name, || nested.ty());
        let config = written.get(name).cloned().unwrap_or(Value::Null);
        (name.clone(), merge_nested(nested, &prior, &config))
    });
    Value::Object(Arc::new(attributes.chain(blocks).collect()))
}

fn merge_attributes(attributes: &Attributes, prior: &Value, config: &Value) -> Value {
    match properties(config) {
        Some(written) => Value::Object(Arc::new(merged(attributes, prior, written).collect())),
        None => config.clone(),
    }
}

fn merged<'a>(
    attributes: &'a Attributes,
    prior: &'a Value,
    written: &'a Map,
) -> impl Iterator<Item = (Arc<str>, Value)> {
    attributes.iter().map(move |(name, attribute)| {
        let prior = part(prior, name, || attribute.ty());
        let config = written.get(name).cloned().unwrap_or(Value::Null);
        (name.clone(), merge_attribute(attribute, prior, config))
    })
}

/// A part of the prior object: nothing of it is known where the object is not, and there is none where there is no object.
fn part(prior: &Value, name: &str, ty: impl Fn() -> Type) -> Value {
    match (prior, properties(prior)) {
        (Value::Unknown(_), _) => Value::unknown(ty()),
        (_, Some(parts)) => parts.get(name).cloned().unwrap_or(Value::Null),
        _ => Value::Null,
    }
}

fn merge_attribute(attribute: &Attribute, prior: Value, config: Value) -> Value {
    match (&attribute.kind, config) {
        // What is only ever given is never kept.
        _ if attribute.write_only => Value::Null,
        (_, Value::Null) if attribute.mode.is_computed() && !was_written(attribute, &prior) => prior,
        (Kind::Nested { nesting, attributes }, config) if config.is_known() && !config.is_null() => {
            merge_objects(*nesting, &prior, &config, &|p, c| merge_attributes(attributes, p, c))
        }
        (_, config) => config,
    }
}

/// Whether objects that the configuration may leave to the provider hold what only a configuration can have given: then they were
/// written, and are taken out where they are written no more.
fn was_written(attribute: &Attribute, prior: &Value) -> bool {
    match &attribute.kind {
        Kind::Nested { nesting, attributes } if attribute.mode == Mode::OptionalComputed => {
            objects(*nesting, prior).any(|object| holds_given(attributes, object))
        }
        _ => false,
    }
}

fn holds_given(attributes: &Attributes, object: &Value) -> bool {
    attributes.iter().any(|(name, attribute)| {
        let value = object.get(name).unwrap_or(&Value::Null);
        match &attribute.kind {
            _ if value.is_null() => false,
            Kind::Nested { nesting, attributes } => objects(*nesting, value).any(|o| holds_given(attributes, o)),
            Kind::Type(_) => !attribute.mode.is_computed(),
        }
    })
}

fn objects(nesting: Nesting, value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match nesting {
        Nesting::Single | Nesting::Group => Box::new(std::iter::once(value)),
        Nesting::List | Nesting::Set => Box::new(elements(value).iter()),
        Nesting::Map => Box::new(properties(value).into_iter().flat_map(BTreeMap::values)),
    }
}

fn merge_nested(nested: &NestedBlock, prior: &Value, config: &Value) -> Value {
    if !config.is_known() {
        return config.clone();
    }
    merge_objects(nested.nesting, prior, config, &|p, c| merge_block(&nested.block, p, c))
}

/// Merges objects one by one: by index, by key, or (in sets) with an equal one, else as they are.
fn merge_objects(nesting: Nesting, prior: &Value, config: &Value, merge: &dyn Fn(&Value, &Value) -> Value) -> Value {
    // Of what is not known no part is.
    let other = if prior.is_known() { &Value::Null } else { prior };
    match (nesting, config) {
        (Nesting::Single | Nesting::Group, Value::Null) => Value::Null,
        (Nesting::Single | Nesting::Group, _) => merge(prior, config),
        (Nesting::List, _) => {
            let before = elements(prior);
            let one = |(i, c)| merge(before.get(i).unwrap_or(other), c);
            let merged = elements(config).iter().enumerate().map(one);
            match config {
                Value::Tuple(_) => Value::tuple(merged),
                _ => Value::List(merged.collect()),
            }
        }
        (Nesting::Map, _) => {
            let nothing = Map::new();
            let before = properties(prior).unwrap_or(&nothing);
            let one = |(key, c): (&Arc<str>, &Value)| (key.clone(), merge(before.get(key).unwrap_or(other), c));
            let merged = properties(config).unwrap_or(&nothing).iter().map(one).collect();
            match config {
                Value::Object(_) => Value::Object(Arc::new(merged)),
                _ => Value::Map(Arc::new(merged)),
            }
        }
        (Nesting::Set, _) => merge_set(elements(prior), other, elements(config), merge),
    }
}

/// A prior element is the partner of a configured one when merging the two gives the prior element back.
fn merge_set(prior: &[Value], other: &Value, config: &[Value], merge: &dyn Fn(&Value, &Value) -> Value) -> Value {
    let mut free: Vec<&Value> = prior.iter().collect();
    let merged = config.iter().map(|c| {
        let partner = free.iter().position(|p| merge(p, c) == **p);
        match partner {
            Some(at) => merge(free.remove(at), c),
            None => merge(other, c),
        }
    });
    Value::set(merged.collect::<Vec<_>>())
}

fn properties(value: &Value) -> Option<&Map> {
    match value {
        Value::Object(map) | Value::Map(map) => Some(map),
        _ => None,
    }
}

fn elements(value: &Value) -> &[Value] {
    value.elements().unwrap_or(&[])
}
