//! What the values of plug-ins need on their way: the old SDK of Terraform knows no difference between no blocks and none written, and
//! what is write-only is proposed to a plug-in although it is never kept.

use std::sync::Arc;

use situs_provider::schema::{Block, NestedBlock, Nesting};
use situs_value::Value;
use situs_value::value::Map;

/// The Proposed New State with what is write-only in the configuration.
pub(super) fn with_write_only(block: &Block, proposed: &Value, config: &Value) -> Value {
    let (Some(parts), Some(written)) = (proposed.attributes(), config.attributes()) else {
        return proposed.clone();
    };
    let given = block.attributes.iter().filter(|(_, a)| a.write_only);
    let given = given.filter_map(|(name, _)| Some((name.clone(), written.get(name)?.clone())));
    let inner = block.blocks.iter().filter_map(|(name, nested)| {
        let (proposed, config) = (parts.get(name)?, written.get(name)?);
        Some((name.clone(), nested_write_only(nested, proposed, config)))
    });
    let changed: Map = given.chain(inner).collect();
    match changed.is_empty() {
        true => proposed.clone(),
        false => with(parts, changed),
    }
}

/// Those of a set have no names: what is write-only in them cannot be told apart, and no schema has it there.
fn nested_write_only(nested: &NestedBlock, proposed: &Value, config: &Value) -> Value {
    let one = |p: &Value, c: &Value| with_write_only(&nested.block, p, c);
    match (nested.nesting, proposed, config) {
        (Nesting::Single | Nesting::Group, ..) => one(proposed, config),
        (Nesting::List, Value::List(all), Value::List(written)) => {
            Value::List(all.iter().zip(written.iter()).map(|(p, c)| one(p, c)).collect())
        }
        (Nesting::Map, Value::Map(all), Value::Map(written)) => {
            let pairs = all.iter().map(|(key, p)| match written.get(key) {
                Some(c) => (key.clone(), one(p, c)),
                None => (key.clone(), p.clone()),
            });
            Value::Map(Arc::new(pairs.collect()))
        }
        _ => proposed.clone(),
    }
}

/// An object that was read, with none instead of nothing where blocks of it are null.
pub(super) fn without_null_blocks(block: &Block, state: &Value) -> Value {
    let Some(parts) = state.attributes() else {
        return state.clone();
    };
    let changed: Map = block
        .blocks
        .iter()
        .filter_map(|(name, nested)| Some((name, nested, parts.get(name)?)))
        .filter(|(_, nested, _)| nested.ty().is_concrete())
        .map(|(name, nested, value)| (name.clone(), filled(nested, value)))
        .filter(|(name, value)| parts.get(name) != Some(value))
        .collect();
    match changed.is_empty() {
        true => state.clone(),
        false => with(parts, changed),
    }
}

fn filled(nested: &NestedBlock, value: &Value) -> Value {
    let one = |value: &Value| without_null_blocks(&nested.block, value);
    match (nested.nesting, value) {
        (Nesting::List | Nesting::Set | Nesting::Group, Value::Null) => nested.empty(),
        (Nesting::Single | Nesting::Group, _) => one(value),
        (Nesting::List, Value::List(all)) => Value::List(all.iter().map(one).collect()),
        (Nesting::Set, Value::Set(all)) => Value::Set(all.iter().map(one).collect()),
        (Nesting::Map, Value::Map(all)) => Value::Map(Arc::new(all.iter().map(|(k, v)| (k.clone(), one(v))).collect())),
        _ => value.clone(),
    }
}

fn with(parts: &Map, changed: Map) -> Value {
    let mut all = parts.clone();
    all.extend(changed);
    Value::Object(Arc::new(all))
}
