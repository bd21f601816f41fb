//! Sensitive marks: taken off before a provider is called, put back from the schema and from where the value came.

use situs_provider::schema::{Block, Kind};
use situs_value::{Path, Value};

/// `value` with the marks that `model` carries at the same paths.
pub fn like(value: &Value, model: &Value) -> Value {
    value.with_sensitive_paths(&model.sensitive_paths())
}

/// `value` with the attributes marked that the schema keeps out of sight.
pub fn by_schema(value: &Value, block: &Block) -> Value {
    let mut paths = Vec::new();
    collect(block, &Path::root(), &mut paths);
    if paths.is_empty() || value.is_null() {
        value.clone()
    } else {
        value.with_sensitive_paths(&paths)
    }
}

fn collect(block: &Block, at: &Path, paths: &mut Vec<Path>) {
    for (name, attribute) in &block.attributes {
        if attribute.sensitive {
            paths.push(at.attr(name));
        } else if let Kind::Nested { .. } = attribute.kind {
            // Attributes of nested objects are marked with the whole attribute where any of them is sensitive.
            if has_sensitive(&attribute.kind) {
                paths.push(at.attr(name));
            }
        }
    }
    for (name, nested) in &block.blocks {
        if block_has_sensitive(&nested.block) {
            paths.push(at.attr(name));
        }
    }
}

fn has_sensitive(kind: &Kind) -> bool {
    match kind {
        Kind::Type(_) => false,
        Kind::Nested { attributes, .. } => attributes.values().any(|a| a.sensitive || has_sensitive(&a.kind)),
    }
}

fn block_has_sensitive(block: &Block) -> bool {
    block.attributes.values().any(|a| a.sensitive || has_sensitive(&a.kind))
        || block.blocks.values().any(|b| block_has_sensitive(&b.block))
}

/// `value` with null wherever a provider left something unknown where nothing may be.
pub fn known(value: &Value) -> Value {
    if value.is_wholly_known() {
        return value.clone();
    }
    value.map_leaves(&|leaf| if leaf.is_known() { leaf.clone() } else { Value::Null })
}
