//! Schemas on the wire: everything there and back, version 5, and what is refused.

use prost::Message;
use situs_protocol::schema::{answer, folded, provider};
use situs_protocol::wire::{tfplugin5, tfplugin6};
use situs_provider::attributes::{attribute, schema};
use situs_provider::schema::{Attribute, Kind, NestedBlock, Nesting};
use situs_provider::{Block, Function, Mode, Parameter, ProviderSchema};
use situs_value::Type;

fn everything() -> ProviderSchema {
    let mut thing = schema(
        "A thing.",
        [
            attribute("id", Type::String, Mode::Computed, "Its id."),
            attribute("name", Type::String, Mode::Required, "Its name."),
            attribute("tags", Type::map(Type::String), Mode::Optional, "Its tags."),
            attribute("zone", Type::String, Mode::OptionalComputed, "Its zone."),
        ],
    );
    thing.version = 3;
    let secret = Attribute::new(Type::String, Mode::Optional, "Never kept.").sensitive();
    let secret = Attribute {
        write_only: true,
        deprecated: Some("use `key`".to_owned()),
        ..secret
    };
    thing.block.attributes.insert("secret".into(), secret.clone());
    let nested = Kind::Nested {
        nesting: Nesting::Map,
        attributes: [("secret".into(), secret)].into(),
    };
    let nested = Attribute {
        kind: nested,
        ..Attribute::new(Type::Bool, Mode::Optional, "Objects.")
    };
    thing.block.attributes.insert("nested".into(), nested);
    let all = [
        Nesting::Single,
        Nesting::Group,
        Nesting::List,
        Nesting::Set,
        Nesting::Map,
    ];
    for (i, nesting) in all.into_iter().enumerate() {
        let max = if nesting == Nesting::Single { 1 } else { 0 };
        let block = Block {
            description: format!("{nesting:?}"),
            ..Block::default()
        };
        let nested = NestedBlock {
            nesting,
            block,
            min: 0,
            max,
        };
        thing.block.blocks.insert(format!("block{i}").into(), nested);
    }
    let parameter = Parameter {
        name: "a".to_owned(),
        ty: Type::Number,
        null: true,
        ..Parameter::default()
    };
    let function = Function {
        parameters: vec![parameter.clone()],
        variadic: Some(parameter),
        returns: Type::list(Type::String),
        summary: "Computes.".to_owned(),
        ..Function::default()
    };
    ProviderSchema {
        provider: thing.block.clone(),
        resources: [("x_thing".into(), thing.clone())].into(),
        data_sources: [("x_thing".into(), thing.clone())].into(),
        ephemeral: [("x_thing".into(), thing)].into(),
        functions: [("compute".into(), function)].into(),
    }
}

#[test]
fn a_schema_comes_back() {
    let bytes = answer(&everything()).encode_to_vec();
    let sent = tfplugin6::get_provider_schema::Response::decode(bytes.as_slice()).unwrap();
    assert!(provider(&sent).unwrap() == everything());
}

/// The numbers of version 5 are not those of version 6 where an attribute is write-only or deprecated.
#[test]
fn version_5_is_folded_into_version_6() {
    let attribute = tfplugin5::schema::Attribute {
        name: "secret".to_owned(),
        r#type: b"\"string\"".to_vec(),
        optional: true,
        deprecated: true,
        write_only: true,
        deprecation_message: "use `key`".to_owned(),
        ..Default::default()
    };
    let block = tfplugin5::schema::Block {
        attributes: vec![attribute],
        ..Default::default()
    };
    let schema = tfplugin5::Schema {
        version: 2,
        block: Some(block),
    };
    let sent = tfplugin5::get_provider_schema::Response {
        resource_schemas: [("x_thing".to_owned(), schema)].into(),
        ..Default::default()
    };
    let read = provider(&folded(sent)).unwrap();
    let thing = &read.resources["x_thing"];
    assert_eq!(thing.version, 2);
    let secret = &thing.block.attributes["secret"];
    assert!(secret.write_only && secret.deprecated.as_deref() == Some("use `key`"));
}

#[test]
fn what_no_schema_may_say_is_refused_all_at_once() {
    let bad = |name: &str, ty: &str| tfplugin6::schema::Attribute {
        name: name.to_owned(),
        r#type: ty.as_bytes().to_vec(),
        optional: true,
        ..Default::default()
    };
    let undecided = tfplugin6::schema::Attribute {
        optional: false,
        ..bad("undecided", "\"bool\"")
    };
    let both = tfplugin6::schema::Attribute {
        required: true,
        ..bad("both", "\"bool\"")
    };
    let any = tfplugin6::schema::Block {
        attributes: vec![bad("any", "\"dynamic\"")],
        ..Default::default()
    };
    let nested = |name: &str, nesting, max_items| tfplugin6::schema::NestedBlock {
        type_name: name.to_owned(),
        block: Some(any.clone()),
        nesting,
        max_items,
        ..Default::default()
    };
    let block = tfplugin6::schema::Block {
        attributes: vec![
            bad("Upper", "\"bool\""),
            bad("what", "[\"pair\"]"),
            undecided,
            both,
            bad("twice", "\"bool\""),
        ],
        block_types: vec![
            nested("twice", 2, 0),
            nested("set", 3, 0),
            nested("map", 4, 1),
            nested("none", 9, 0),
        ],
        ..Default::default()
    };
    let schema = tfplugin6::Schema {
        version: 0,
        block: Some(block),
    };
    let sent = tfplugin6::get_provider_schema::Response {
        resource_schemas: [("x_thing".to_owned(), schema)].into(),
        ..Default::default()
    };
    let faults = provider(&sent).unwrap_err().join("\n");
    let expected = "\
resource `x_thing`: `Upper` is no name: lower-case letters, digits and underscores are expected
resource `x_thing`: `what` has no type that is one
resource `x_thing`: `undecided` says nothing that goes together about who sets it
resource `x_thing`: `both` says nothing that goes together about who sets it
resource `x_thing`: `twice` is both an attribute and a block
resource `x_thing`: `set` is a set of what has no type
resource `x_thing`: `map` has bounds that cannot be kept
resource `x_thing`: `none` has no nesting that is known here";
    assert_eq!(faults, expected);
}
