//! What providers and functions look like, as JSON in the form that Terraform's tools read.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use situs_provider::schema::{Attribute, Block, Kind, Mode, NestedBlock, Nesting, ProviderSchema, Schema};

use crate::lang::eval::functions::doc;
use crate::lang::eval::functions::signature::{Parameter, Signature};

/// The version of these forms.
const FORMAT: &str = "1.0";

/// What `providers schema -json` gives: providers by source.
pub fn providers<'a>(schemas: impl IntoIterator<Item = (&'a str, &'a ProviderSchema)>) -> Json {
    let schemas: Map<String, Json> = schemas.into_iter().map(|(s, p)| (s.to_owned(), provider(p))).collect();
    json!({ "format_version": FORMAT, "provider_schemas": schemas })
}

fn provider(schema: &ProviderSchema) -> Json {
    let own = Schema {
        version: 0,
        block: schema.provider.clone(),
    };
    let all = |of: &BTreeMap<Arc<str>, Schema>| -> Json { of.iter().map(|(n, s)| (n.to_string(), one(s))).collect() };
    json!({
        "provider": one(&own),
        "resource_schemas": all(&schema.resources),
        "data_source_schemas": all(&schema.data_sources),
        "ephemeral_resource_schemas": all(&schema.ephemeral),
    })
}

fn one(schema: &Schema) -> Json {
    json!({ "version": schema.version, "block": block(&schema.block) })
}

fn block(block: &Block) -> Json {
    let mut json = Map::new();
    if !block.attributes.is_empty() {
        json.insert("attributes".to_owned(), attributes(block.attributes.iter()));
    }
    if !block.blocks.is_empty() {
        let inner = block.blocks.iter().map(|(n, b)| (n.to_string(), nested(b)));
        json.insert("block_types".to_owned(), inner.collect());
    }
    described(&mut json, &block.description, block.deprecated.is_some());
    json.into()
}

fn attributes<'a, N: ToString + 'a>(of: impl Iterator<Item = (&'a N, &'a Attribute)>) -> Json {
    of.map(|(name, a)| (name.to_string(), attribute(a))).collect()
}

fn attribute(attribute: &Attribute) -> Json {
    let mut json = Map::new();
    match &attribute.kind {
        Kind::Type(of) => json.insert("type".to_owned(), json!(of)),
        Kind::Nested { nesting, attributes } => json.insert(
            "nested_type".to_owned(),
            json!({ "attributes": self::attributes(attributes.iter()), "nesting_mode": mode(*nesting) }),
        ),
    };
    described(&mut json, &attribute.description, attribute.deprecated.is_some());
    let (required, optional, computed) = match attribute.mode {
        Mode::Required => (true, false, false),
        Mode::Optional => (false, true, false),
        Mode::OptionalComputed => (false, true, true),
        Mode::Computed => (false, false, true),
    };
    let flags = [
        ("required", required),
        ("optional", optional),
        ("computed", computed),
        ("sensitive", attribute.sensitive),
        ("write_only", attribute.write_only),
    ];
    let set = flags.into_iter().filter(|(_, on)| *on);
    json.extend(set.map(|(name, _)| (name.to_owned(), Json::Bool(true))));
    json.into()
}

fn described(json: &mut Map<String, Json>, description: &str, deprecated: bool) {
    if !description.is_empty() {
        json.insert("description".to_owned(), description.into());
    }
    json.insert("description_kind".to_owned(), "plain".into());
    if deprecated {
        json.insert("deprecated".to_owned(), true.into());
    }
}

fn nested(nested: &NestedBlock) -> Json {
    let mut json = Map::new();
    json.insert("nesting_mode".to_owned(), mode(nested.nesting).into());
    json.insert("block".to_owned(), block(&nested.block));
    for (name, bound) in [("min_items", nested.min), ("max_items", nested.max)] {
        if bound > 0 {
            json.insert(name.to_owned(), bound.into());
        }
    }
    json.into()
}

fn mode(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Single => "single",
        Nesting::Group => "group",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    }
}

/// What `metadata functions -json` gives: signatures with what the functions are for.
pub fn functions(of: impl IntoIterator<Item = Signature>) -> Json {
    let all: Map<String, Json> = of.into_iter().map(|s| (s.name.to_owned(), function(&s))).collect();
    json!({ "format_version": FORMAT, "function_signatures": all })
}

fn function(signature: &Signature) -> Json {
    let mut json = Map::new();
    if let Some(doc) = doc(signature.name) {
        json.insert("description".to_owned(), doc.into());
    }
    json.insert("return_type".to_owned(), written(signature.result));
    if !signature.params.is_empty() {
        json.insert(
            "parameters".to_owned(),
            signature.params.iter().map(parameter).collect(),
        );
    }
    if let Some(variadic) = &signature.variadic {
        json.insert("variadic_parameter".to_owned(), parameter(variadic));
    }
    json.into()
}

fn parameter(of: &Parameter) -> Json {
    let mut json = Map::new();
    json.insert("name".to_owned(), of.name.into());
    if of.nullable {
        json.insert("is_nullable".to_owned(), true.into());
    }
    json.insert("type".to_owned(), written(of.ty));
    json.into()
}

/// `list(string)` as `["list", "string"]`
fn written(ty: &str) -> Json {
    match ty.split_once('(') {
        Some((of, inner)) => json!([of, written(inner.strip_suffix(')').unwrap_or(inner))]),
        None if ty == "any" => json!("dynamic"),
        None => json!(ty),
    }
}
