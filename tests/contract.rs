//! What a provider may plan: as configured, as it was, or what is its own to set, however deep it stands.

use situs_provider::attributes::{attribute, block};
use situs_provider::contract::check_plan;
use situs_provider::schema::{Attribute, Block, Kind, Mode, NestedBlock, Nesting};
use situs_value::{Type, Value};

/// `name` is the configuration's, `id` the provider's, `zone` of either.
fn leaf() -> Block {
    block(
        "",
        [
            attribute("id", Type::String, Mode::Computed, ""),
            attribute("name", Type::String, Mode::Optional, ""),
            attribute("zone", Type::String, Mode::OptionalComputed, ""),
        ],
    )
}

fn schema() -> Block {
    let mut all = leaf();
    let kinds = [
        ("list", Nesting::List),
        ("map", Nesting::Map),
        ("set", Nesting::Set),
        ("one", Nesting::Single),
    ];
    for (name, nesting) in kinds {
        let nested = NestedBlock {
            nesting,
            block: leaf(),
            min: 0,
            max: 0,
        };
        all.blocks.insert(format!("b_{name}").into(), nested);
        let kind = Kind::Nested {
            nesting,
            attributes: leaf().attributes,
        };
        let attribute = Attribute {
            kind,
            ..Attribute::new(Type::Bool, Mode::Optional, "")
        };
        all.attributes.insert(name.into(), attribute);
    }
    all
}

fn object(id: Value, name: &str, zone: Value) -> Value {
    Value::object([("id", id), ("name", name.into()), ("zone", zone)])
}

fn written(name: &str) -> Value {
    object(Value::Null, name, Value::Null)
}

fn made(name: &str) -> Value {
    object(Value::unknown(Type::String), name, "z".into())
}

/// Everything once, each part made by the same function.
fn everything(part: impl Fn() -> Value) -> Value {
    let named = |prefix: &str| {
        [
            (format!("{prefix}list"), Value::list([part()])),
            (format!("{prefix}map"), Value::map([("k", part())])),
            (format!("{prefix}set"), Value::set([part()])),
            (format!("{prefix}one"), part()),
        ]
    };
    let own = [("id", Value::Null), ("name", Value::Null), ("zone", Value::Null)].map(|(n, v)| (n.to_owned(), v));
    Value::object(own.into_iter().chain(named("")).chain(named("b_")))
}

fn breaches(config: &Value, planned: &Value) -> Vec<String> {
    let found = check_plan(&schema(), &Value::Null, config, planned);
    found.into_iter().map(|b| format!("{} {}", b.path, b.what)).collect()
}

#[test]
fn what_is_the_providers_to_set_may_be_set_at_any_depth() {
    let config = everything(|| written("a"));
    assert_eq!(breaches(&config, &everything(|| made("a"))), Vec::<String>::new());
    assert_eq!(breaches(&config, &config), Vec::<String>::new());
}

#[test]
fn what_is_configured_stays_at_any_depth() {
    let config = everything(|| written("a"));
    let neither = "is planned neither as configured nor as it was";
    let expected: Vec<String> = [
        "list[0].name",
        "map[\"k\"].name",
        "one.name",
        "b_list[0].name",
        "b_map[\"k\"].name",
        "b_one.name",
    ]
    .map(|path| format!("{path} {neither}"))
    .into();
    let mut found = breaches(&config, &everything(|| made("b")));
    found.sort_by_key(|line| expected.iter().position(|e| e == line));
    assert_eq!(found, expected);
}

#[test]
fn blocks_are_planned_as_often_as_they_are_written() {
    let config = everything(|| written("a"));
    let plan = |name: &str, value: Value| {
        breaches(
            &config,
            &everything(|| made("a")).with(&situs_value::Path::root().attr(name), &value),
        )
    };
    let unknown = || Value::unknown(Type::Dynamic);
    assert_eq!(
        plan("b_list", Value::list([])),
        ["b_list is planned with another number of elements than are configured"]
    );
    assert_eq!(
        plan("b_map", Value::map([("other", made("a"))])),
        ["b_map is planned with other keys than are configured"]
    );
    assert_eq!(
        plan("b_one", Value::Null),
        ["b_one is a block, and is not planned as it is written"]
    );
    assert_eq!(
        plan("b_list", Value::Null),
        ["b_list is a block, and is not planned as it is written"]
    );
    assert_eq!(
        plan("b_list", unknown()),
        ["b_list is a block, and is not planned as it is written"]
    );
    assert_eq!(plan("list", unknown()), ["list is configured, and planned as unknown"]);
    assert_eq!(plan("one", Value::Null), ["one is configured, and planned as null"]);
    let elements = Value::set([Value::unknown(Type::Dynamic)]);
    assert_eq!(
        plan("b_set", elements),
        ["b_set is configured, and planned with an element that is unknown"]
    );
}

/// What the configuration cannot say yet, the provider cannot say either; and it may keep what it holds for the same.
#[test]
fn unknown_stays_unknown_and_what_was_may_stay() {
    let config = everything(|| Value::unknown(Type::Dynamic));
    let marked = everything(|| Value::unknown_not_null(Type::Dynamic));
    assert_eq!(breaches(&config, &marked), Vec::<String>::new());
    let (was, now) = (everything(|| written("A")), everything(|| written("a")));
    assert!(check_plan(&schema(), &was, &now, &was).is_empty());
}
