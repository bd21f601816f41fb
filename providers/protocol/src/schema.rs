//! Schemas on the wire, and what they mean: version 5 is folded into version 6, and what no schema may say is refused. The rules are
//! those of `tfplugin.md` 2.10.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_provider::schema::{Attribute, Block, Kind, Mode, NestedBlock, Nesting, Schema};
use situs_provider::{Function, Parameter, ProviderSchema};
use situs_value::{ObjectType, Type};

use crate::wire::{tfplugin5 as v5, tfplugin6 as v6};

/// What a provider offers, of its answer; else everything that is wrong with it.
pub fn provider(sent: &v6::get_provider_schema::Response) -> Result<ProviderSchema, Vec<String>> {
    let mut reading = Reading::default();
    let nothing = v6::schema::Block::default();
    let own = sent
        .provider
        .as_ref()
        .and_then(|s| s.block.as_ref())
        .unwrap_or(&nothing);
    let schema = ProviderSchema {
        provider: reading.block("provider", own),
        resources: reading.schemas("resource", &sent.resource_schemas),
        data_sources: reading.schemas("data source", &sent.data_source_schemas),
        ephemeral: reading.schemas("ephemeral resource", &sent.ephemeral_resource_schemas),
        functions: reading.functions(&sent.functions),
    };
    match reading.faults.is_empty() {
        true => Ok(schema),
        false => Err(reading.faults),
    }
}

/// Reads all of it and notes what is wrong.
#[derive(Default)]
struct Reading {
    faults: Vec<String>,
}

impl Reading {
    fn schemas(&mut self, kind: &str, sent: &BTreeMap<String, v6::Schema>) -> BTreeMap<Arc<str>, Schema> {
        let one = |(name, schema): (&String, &v6::Schema)| {
            let nothing = v6::schema::Block::default();
            let block = self.block(&format!("{kind} `{name}`"), schema.block.as_ref().unwrap_or(&nothing));
            let version = u64::try_from(schema.version).unwrap_or(0);
            (Arc::from(name.as_str()), Schema { version, block })
        };
        sent.iter().map(one).collect()
    }

    fn block(&mut self, place: &str, sent: &v6::schema::Block) -> Block {
        let attributes = self.attributes(place, &sent.attributes);
        let mut blocks = BTreeMap::new();
        for nested in &sent.block_types {
            let name = nested.type_name.as_str();
            self.name(place, name);
            self.check(
                !attributes.contains_key(name),
                place,
                name,
                "is both an attribute and a block",
            );
            let block = self.nested(place, nested);
            let known = blocks.insert(Arc::from(name), block);
            self.check(known.is_none(), place, name, "is there twice");
        }
        Block {
            attributes,
            blocks,
            description: sent.description.clone(),
            deprecated: deprecated(sent.deprecated, &sent.deprecation_message),
        }
    }

    fn nested(&mut self, place: &str, sent: &v6::schema::NestedBlock) -> NestedBlock {
        let name = sent.type_name.as_str();
        let nothing = v6::schema::Block::default();
        let block = self.block(
            &format!("{place}, block `{name}`"),
            sent.block.as_ref().unwrap_or(&nothing),
        );
        let nesting = block_nesting(sent.nesting);
        self.check(nesting.is_some(), place, name, "has no nesting that is known here");
        let nesting = nesting.unwrap_or(Nesting::List);
        let (min, max) = (sent.min_items, sent.max_items);
        let good = match nesting {
            Nesting::Single => min == max && (0..=1).contains(&min),
            Nesting::Group | Nesting::Map => min == 0 && max == 0,
            Nesting::List | Nesting::Set => min >= 0 && max >= 0 && (max == 0 || min <= max),
        };
        // A single block of which at most one may be there says nothing new.
        let good = good || (nesting == Nesting::Single && min == 0);
        self.check(good, place, name, "has bounds that cannot be kept");
        let sure = nesting != Nesting::Set || block.ty().is_concrete();
        self.check(sure, place, name, "is a set of what has no type");
        NestedBlock {
            nesting,
            block,
            min: u64::try_from(min).unwrap_or(0),
            max: if nesting == Nesting::Single {
                1
            } else {
                u64::try_from(max).unwrap_or(0)
            },
        }
    }

    fn attributes(&mut self, place: &str, sent: &[v6::schema::Attribute]) -> BTreeMap<Arc<str>, Attribute> {
        let mut attributes = BTreeMap::new();
        for attribute in sent {
            self.name(place, &attribute.name);
            let known = attributes.insert(Arc::from(attribute.name.as_str()), self.attribute(place, attribute));
            self.check(known.is_none(), place, &attribute.name, "is there twice");
        }
        attributes
    }

    fn attribute(&mut self, place: &str, sent: &v6::schema::Attribute) -> Attribute {
        let name = sent.name.as_str();
        let mode = mode(sent);
        self.check(
            mode.is_some(),
            place,
            name,
            "says nothing that goes together about who sets it",
        );
        let both = sent.nested_type.is_some() && !sent.r#type.is_empty();
        self.check(!both, place, name, "has two types");
        Attribute {
            kind: match &sent.nested_type {
                Some(object) => self.objects(place, name, object),
                None => Kind::Type(self.ty(place, name, &sent.r#type)),
            },
            mode: mode.unwrap_or(Mode::Computed),
            sensitive: sent.sensitive,
            write_only: sent.write_only,
            description: sent.description.clone(),
            deprecated: deprecated(sent.deprecated, &sent.deprecation_message),
        }
    }

    fn objects(&mut self, place: &str, name: &str, sent: &v6::schema::Object) -> Kind {
        let nesting = object_nesting(sent.nesting);
        self.check(nesting.is_some(), place, name, "has no nesting that is known here");
        Kind::Nested {
            nesting: nesting.unwrap_or(Nesting::Single),
            attributes: self.attributes(&format!("{place}, `{name}`"), &sent.attributes),
        }
    }

    fn ty(&mut self, place: &str, name: &str, json: &[u8]) -> Type {
        let ty = serde_json::from_slice(json);
        self.check(ty.is_ok(), place, name, "has no type that is one");
        ty.unwrap_or_default()
    }

    fn functions(&mut self, sent: &BTreeMap<String, v6::Function>) -> BTreeMap<Arc<str>, Function> {
        let one =
            |(name, function): (&String, &v6::Function)| (Arc::from(name.as_str()), self.function(name, function));
        sent.iter().map(one).collect()
    }

    fn function(&mut self, name: &str, sent: &v6::Function) -> Function {
        let place = format!("function `{name}`");
        let returns = sent.r#return.as_ref().map(|r| r.r#type.as_slice()).unwrap_or_default();
        Function {
            returns: self.ty(&place, "return", returns),
            parameters: sent.parameters.iter().map(|p| self.parameter(&place, p)).collect(),
            variadic: sent.variadic_parameter.as_ref().map(|p| self.parameter(&place, p)),
            summary: sent.summary.clone(),
            description: sent.description.clone(),
            deprecated: deprecated(!sent.deprecation_message.is_empty(), &sent.deprecation_message),
        }
    }

    fn parameter(&mut self, place: &str, sent: &v6::function::Parameter) -> Parameter {
        Parameter {
            name: sent.name.clone(),
            ty: self.ty(place, &sent.name, &sent.r#type),
            null: sent.allow_null_value,
            unknown: sent.allow_unknown_values,
            description: sent.description.clone(),
        }
    }

    fn name(&mut self, place: &str, name: &str) {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let good = !name.is_empty() && name.bytes().all(plain);
        self.check(
            good,
            place,
            name,
            "is no name: lower-case letters, digits and underscores are expected",
        );
    }

    fn check(&mut self, holds: bool, place: &str, name: &str, what: &str) {
        if !holds {
            self.faults.push(format!("{place}: `{}` {what}", name.escape_debug()));
        }
    }
}

fn deprecated(is: bool, why: &str) -> Option<String> {
    is.then(|| why.to_owned())
}

fn mode(sent: &v6::schema::Attribute) -> Option<Mode> {
    match (sent.required, sent.optional, sent.computed) {
        (true, false, false) => Some(Mode::Required),
        (false, true, false) => Some(Mode::Optional),
        (false, true, true) => Some(Mode::OptionalComputed),
        (false, false, true) => Some(Mode::Computed),
        _ => None,
    }
}

/// How blocks nest, by the numbers of the protocol; attributes have the first four.
const BLOCKS: [Nesting; 5] = [
    Nesting::Single,
    Nesting::List,
    Nesting::Set,
    Nesting::Map,
    Nesting::Group,
];

fn block_nesting(number: i32) -> Option<Nesting> {
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    BLOCKS.get(at).copied()
}

fn object_nesting(number: i32) -> Option<Nesting> {
    block_nesting(number).filter(|nesting| *nesting != Nesting::Group)
}

/// The number of a nesting.
fn nesting_number(nesting: Nesting) -> i32 {
    let at = BLOCKS.iter().position(|n| *n == nesting);
    at.and_then(|at| i32::try_from(at + 1).ok()).unwrap_or(0)
}

/// What a provider offers, ready to be sent.
pub fn answer(schema: &ProviderSchema) -> v6::get_provider_schema::Response {
    v6::get_provider_schema::Response {
        provider: Some(wire_schema(0, &schema.provider)),
        resource_schemas: wire_schemas(&schema.resources),
        data_source_schemas: wire_schemas(&schema.data_sources),
        ephemeral_resource_schemas: wire_schemas(&schema.ephemeral),
        functions: schema
            .functions
            .iter()
            .map(|(n, f)| (n.to_string(), wire_function(f)))
            .collect(),
        server_capabilities: Some(v6::ServerCapabilities {
            plan_destroy: true,
            get_provider_schema_optional: true,
            ..v6::ServerCapabilities::default()
        }),
        ..v6::get_provider_schema::Response::default()
    }
}

fn wire_schemas(schemas: &BTreeMap<Arc<str>, Schema>) -> BTreeMap<String, v6::Schema> {
    let one = |(name, schema): (&Arc<str>, &Schema)| (name.to_string(), wire_schema(schema.version, &schema.block));
    schemas.iter().map(one).collect()
}

fn wire_schema(version: u64, block: &Block) -> v6::Schema {
    let version = i64::try_from(version).unwrap_or(i64::MAX);
    v6::Schema {
        version,
        block: Some(wire_block(version, block)),
    }
}

fn wire_block(version: i64, block: &Block) -> v6::schema::Block {
    v6::schema::Block {
        version,
        attributes: wire_attributes(&block.attributes),
        block_types: block.blocks.iter().map(|(n, b)| wire_nested(n, b)).collect(),
        description: block.description.clone(),
        deprecated: block.deprecated.is_some(),
        deprecation_message: block.deprecated.clone().unwrap_or_default(),
        ..v6::schema::Block::default()
    }
}

fn wire_nested(name: &str, nested: &NestedBlock) -> v6::schema::NestedBlock {
    let (min, max) = match nested.nesting {
        Nesting::Single => (nested.min, nested.min),
        _ => (nested.min, nested.max),
    };
    v6::schema::NestedBlock {
        type_name: name.to_owned(),
        block: Some(wire_block(0, &nested.block)),
        nesting: nesting_number(nested.nesting),
        min_items: i64::try_from(min).unwrap_or(i64::MAX),
        max_items: i64::try_from(max).unwrap_or(i64::MAX),
    }
}

fn wire_attributes(attributes: &BTreeMap<Arc<str>, Attribute>) -> Vec<v6::schema::Attribute> {
    attributes.iter().map(|(n, a)| wire_attribute(n, a)).collect()
}

fn wire_attribute(name: &str, attribute: &Attribute) -> v6::schema::Attribute {
    let (ty, nested_type) = match &attribute.kind {
        Kind::Type(ty) => (ty_json(ty), None),
        Kind::Nested { nesting, attributes } => (Vec::new(), Some(wire_objects(*nesting, attributes))),
    };
    v6::schema::Attribute {
        name: name.to_owned(),
        r#type: ty,
        nested_type,
        required: attribute.mode == Mode::Required,
        optional: matches!(attribute.mode, Mode::Optional | Mode::OptionalComputed),
        computed: attribute.mode.is_computed(),
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        description: attribute.description.clone(),
        deprecated: attribute.deprecated.is_some(),
        deprecation_message: attribute.deprecated.clone().unwrap_or_default(),
        ..v6::schema::Attribute::default()
    }
}

fn wire_objects(nesting: Nesting, attributes: &BTreeMap<Arc<str>, Attribute>) -> v6::schema::Object {
    v6::schema::Object {
        attributes: wire_attributes(attributes),
        nesting: nesting_number(nesting),
        ..v6::schema::Object::default()
    }
}

fn wire_function(function: &Function) -> v6::Function {
    v6::Function {
        parameters: function.parameters.iter().map(wire_parameter).collect(),
        variadic_parameter: function.variadic.as_ref().map(wire_parameter),
        r#return: Some(v6::function::Return {
            r#type: ty_json(&function.returns),
        }),
        summary: function.summary.clone(),
        description: function.description.clone(),
        deprecation_message: function.deprecated.clone().unwrap_or_default(),
        ..v6::Function::default()
    }
}

fn wire_parameter(parameter: &Parameter) -> v6::function::Parameter {
    v6::function::Parameter {
        name: parameter.name.clone(),
        r#type: ty_json(&parameter.ty),
        allow_null_value: parameter.null,
        allow_unknown_values: parameter.unknown,
        description: parameter.description.clone(),
        ..v6::function::Parameter::default()
    }
}

/// A type as the peers know it: quantities and dates are texts there.
pub fn foreign(ty: &Type) -> serde_json::Value {
    serde_json::to_value(plain(ty)).unwrap_or_default()
}

fn ty_json(ty: &Type) -> Vec<u8> {
    foreign(ty).to_string().into_bytes()
}

fn plain(ty: &Type) -> Type {
    match ty {
        Type::Quantity(_) | Type::Date => Type::String,
        Type::List(of) => Type::list(plain(of)),
        Type::Set(of) => Type::set(plain(of)),
        Type::Map(of) => Type::map(plain(of)),
        Type::Tuple(of) => Type::tuple(of.iter().map(plain)),
        Type::Object(of) => Type::Object(Arc::new(ObjectType {
            attributes: of.attributes.iter().map(|(n, ty)| (n.clone(), plain(ty))).collect(),
            optional: of.optional.clone(),
        })),
        other => other.clone(),
    }
}

/// The answer of version 5 as one of version 6.
pub fn folded(sent: v5::get_provider_schema::Response) -> v6::get_provider_schema::Response {
    let schemas = |sent: BTreeMap<String, v5::Schema>| sent.into_iter().map(|(n, s)| (n, folded_schema(s))).collect();
    v6::get_provider_schema::Response {
        provider: sent.provider.map(folded_schema),
        resource_schemas: schemas(sent.resource_schemas),
        data_source_schemas: schemas(sent.data_source_schemas),
        ephemeral_resource_schemas: schemas(sent.ephemeral_resource_schemas),
        provider_meta: sent.provider_meta.map(folded_schema),
        diagnostics: sent.diagnostics,
        server_capabilities: sent.server_capabilities,
        functions: sent.functions,
        ..v6::get_provider_schema::Response::default()
    }
}

fn folded_schema(sent: v5::Schema) -> v6::Schema {
    v6::Schema {
        version: sent.version,
        block: sent.block.map(folded_block),
    }
}

fn folded_block(sent: v5::schema::Block) -> v6::schema::Block {
    v6::schema::Block {
        version: sent.version,
        attributes: sent.attributes.into_iter().map(folded_attribute).collect(),
        block_types: sent.block_types.into_iter().map(folded_nested).collect(),
        description: sent.description,
        description_kind: sent.description_kind,
        deprecated: sent.deprecated,
        deprecation_message: sent.deprecation_message,
        ..v6::schema::Block::default()
    }
}

fn folded_nested(sent: v5::schema::NestedBlock) -> v6::schema::NestedBlock {
    v6::schema::NestedBlock {
        type_name: sent.type_name,
        block: sent.block.map(folded_block),
        nesting: sent.nesting,
        min_items: sent.min_items,
        max_items: sent.max_items,
    }
}

fn folded_attribute(sent: v5::schema::Attribute) -> v6::schema::Attribute {
    v6::schema::Attribute {
        name: sent.name,
        r#type: sent.r#type,
        description: sent.description,
        required: sent.required,
        optional: sent.optional,
        computed: sent.computed,
        sensitive: sent.sensitive,
        description_kind: sent.description_kind,
        deprecated: sent.deprecated,
        write_only: sent.write_only,
        deprecation_message: sent.deprecation_message,
        ..v6::schema::Attribute::default()
    }
}
