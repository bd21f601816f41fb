//! The Proposed New State: what the object would be if the provider had nothing to add. The merge of the Terraform plug-in protocol:
//! what the configuration says wins; what only the provider sets is taken from the Prior State.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_provider::schema::{Attribute, Block, Kind, NestedBlock, Nesting};
use situs_value::Value;

type Map = BTreeMap<Arc<str>, Value>;

/// Merges the Configuration into the Prior State (null: there is none).
pub fn proposed_new(block: &Block, prior: &Value, config: &Value) -> Value {
    match (prior, config) {
        (_, Value::Null) => Value::Null,
        (Value::Null, _) => merge_block(block, &empty(block), config),
        _ => merge_block(block, prior, config),
    }
}

/// The object of a block in which nothing is written.
pub fn empty(block: &Block) -> Value {
    let attributes = block.attributes.keys().map(|name| (name.clone(), Value::Null));
    let blocks = block
        .blocks
        .iter()
        .map(|(name, nested)| (name.clone(), empty_nested(nested)));
    Value::Object(Arc::new(attributes.chain(blocks).collect()))
}

fn empty_nested(nested: &NestedBlock) -> Value {
    match nested.nesting {
        Nesting::Single => Value::Null,
        Nesting::Group => empty(&nested.block),
        Nesting::List => Value::List(Arc::new([])),
        Nesting::Set => Value::Set(Arc::new([])),
        Nesting::Map => Value::Map(Arc::default()),
    }
}

fn merge_block(block: &Block, prior: &Value, config: &Value) -> Value {
    let Some(config_object) = properties(config) else {
        return prior.clone();
    };
    let nothing = Map::new();
    let prior_object = properties(prior).unwrap_or(&nothing);
    let of = |map: &Map, name: &Arc<str>| map.get(name).cloned().unwrap_or(Value::Null);
    let attributes = block.attributes.iter().map(|(name, attribute)| {
        (
            name.clone(),
            merge_attribute(attribute, &of(prior_object, name), &of(config_object, name)),
        )
    });
    let blocks = block.blocks.iter().map(|(name, nested)| {
        (
            name.clone(),
            merge_nested(nested, &of(prior_object, name), &of(config_object, name)),
        )
    });
    Value::Object(Arc::new(attributes.chain(blocks).collect()))
}

fn merge_attribute(attribute: &Attribute, prior: &Value, config: &Value) -> Value {
    match (&attribute.kind, config) {
        // What is only ever given is never kept.
        _ if attribute.write_only => Value::Null,
        (_, Value::Null) if attribute.mode.is_computed() => prior.clone(),
        (Kind::Nested { nesting, attributes }, _) if config.is_known() => {
            merge_objects(*nesting, prior, config, &|p, c| merge_attributes(attributes, p, c))
        }
        _ => config.clone(),
    }
}

fn merge_attributes(attributes: &BTreeMap<Arc<str>, Attribute>, prior: &Value, config: &Value) -> Value {
    let Some(config_object) = properties(config) else {
        return config.clone();
    };
    let nothing = Map::new();
    let prior_object = properties(prior).unwrap_or(&nothing);
    let of = |map: &Map, name: &Arc<str>| map.get(name).cloned().unwrap_or(Value::Null);
    let merged = attributes.iter().map(|(name, a)| {
        (
            name.clone(),
            merge_attribute(a, &of(prior_object, name), &of(config_object, name)),
        )
    });
    Value::Object(Arc::new(merged.collect()))
}

fn merge_nested(nested: &NestedBlock, prior: &Value, config: &Value) -> Value {
    if !config.is_known() {
        return config.clone();
    }
    merge_objects(nested.nesting, prior, config, &|p, c| merge_block(&nested.block, p, c))
}

/// Merges objects one by one: by index, by key, or (in sets) with an equal one, else as they are.
fn merge_objects(nesting: Nesting, prior: &Value, config: &Value, merge: &dyn Fn(&Value, &Value) -> Value) -> Value {
    match nesting {
        Nesting::Single | Nesting::Group if config.is_null() => Value::Null,
        Nesting::Single | Nesting::Group => merge(prior, config),
        Nesting::List => {
            let prior: Vec<Value> = prior.elements().map(<[Value]>::to_vec).unwrap_or_default();
            let merged = elements(config)
                .iter()
                .enumerate()
                .map(|(i, c)| merge(prior.get(i).unwrap_or(&Value::Null), c));
            Value::List(merged.collect())
        }
        Nesting::Map => {
            let nothing = Map::new();
            let prior = properties(prior).unwrap_or(&nothing);
            let config = properties(config).unwrap_or(&nothing);
            let merged = config
                .iter()
                .map(|(key, c)| (key.clone(), merge(prior.get(key).unwrap_or(&Value::Null), c)));
            Value::Map(Arc::new(merged.collect()))
        }
        Nesting::Set => merge_set(elements(prior), elements(config), merge),
    }
}

/// A prior element is the partner of a configured one when merging the two gives the prior element back.
fn merge_set(prior: &[Value], config: &[Value], merge: &dyn Fn(&Value, &Value) -> Value) -> Value {
    let mut free: Vec<&Value> = prior.iter().collect();
    let merged = config.iter().map(|c| {
        let partner = free.iter().position(|p| merge(p, c) == **p);
        match partner {
            Some(at) => merge(free.remove(at), c),
            None => merge(&Value::Null, c),
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
