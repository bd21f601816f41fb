//! Values on the wire: the bytes that Terraform 1.11.4 sends, everything there and back, and what is refused.

use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::Config;
use situs_protocol::{dynamic, json, msgpack};
use situs_value::value::{Refinements, Unknown};
use situs_value::{Number, Type, Value};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn thing() -> Type {
    Type::object([
        ("id", Type::String),
        ("name", Type::String),
        ("note", Type::String),
        ("secret", Type::String),
        ("size", Type::Number),
        ("tags", Type::map(Type::String)),
    ])
}

fn number(text: &str) -> Value {
    Value::Number(Number::parse(text).unwrap())
}

/// Captured from a plan of Terraform 1.11.4.
#[test]
fn the_bytes_are_those_of_terraform() {
    let value = Value::object([
        ("id", Value::Null),
        ("name", "alpha".into()),
        ("note", Value::Null),
        ("secret", Value::string("s3cr3t").mark()),
        ("size", number("0.1")),
        ("tags", Value::map([("env", Value::string("prod"))])),
    ]);
    let bytes = hex(
        "86 a26964 c0  a46e616d65 a5616c706861  a46e6f7465 c0  a6736563726574 a6733363723374 \
                     a473697a65 a3302e31  a474616773 81 a3656e76 a470726f64",
    );
    assert_eq!(msgpack::encode(&value, &thing()).unwrap(), bytes);
    assert_eq!(msgpack::decode(&bytes, &thing()).unwrap(), value.unmarked_deep());
}

#[test]
fn numbers_are_integers_exact_doubles_or_texts() {
    let cases = [
        ("7", "07"),
        ("-1", "ff"),
        ("2.5", "cb 4004000000000000"),
        ("0.15", "a4 302e3135"),
        ("12345678901234567890", "b4 3132333435363738393031323334353637383930"),
        ("1000000", "ce 000f4240"),
    ];
    for (text, bytes) in cases {
        assert_eq!(
            msgpack::encode(&number(text), &Type::Number).unwrap(),
            hex(bytes),
            "{text}"
        );
        assert_eq!(
            msgpack::decode(&hex(bytes), &Type::Number).unwrap(),
            number(text),
            "{text}"
        );
    }
    // What a server of doubles answers is the number that it was given.
    assert_eq!(
        msgpack::decode(&hex("cb 3fb999999999999a"), &Type::Number).unwrap(),
        number("0.1")
    );
}

#[test]
fn what_is_not_known_is_an_extension() {
    let plain = Value::unknown(Type::String);
    assert_eq!(msgpack::encode(&plain, &Type::String).unwrap(), hex("d4 00 00"));
    assert_eq!(msgpack::decode(&hex("d4 00 00"), &Type::String).unwrap(), plain);
    let refined = hex("c7 0c 0c 82 01 c2 02 a7 6465702d6f662d");
    let prefixed = Value::unknown_text("dep-of-");
    assert_eq!(msgpack::encode(&prefixed, &Type::String).unwrap(), refined);
    assert_eq!(msgpack::decode(&refined, &Type::String).unwrap(), prefixed);
    let wrapped = hex("92 c4 08 22737472696e6722 d40000");
    assert_eq!(msgpack::encode(&plain, &Type::Dynamic).unwrap(), wrapped);
    assert_eq!(msgpack::decode(&wrapped, &Type::Dynamic).unwrap(), plain);
    let anything = Value::unknown(Type::Dynamic);
    assert_eq!(msgpack::encode(&anything, &Type::Dynamic).unwrap(), hex("d4 00 00"));
    // A last letter may still take an accent.
    assert_eq!(
        msgpack::encode(&Value::unknown_text("cafe"), &Type::String).unwrap(),
        hex("d7 0c 82 01 c2 02 a3 636166"),
    );
    // Promises that nobody here makes use of are passed over.
    let bounded = hex("c7 05 0c 82 01 c2 05 03");
    let known = Value::unknown_not_null(Type::list(Type::Bool));
    assert_eq!(msgpack::decode(&bounded, &Type::list(Type::Bool)).unwrap(), known);
}

#[test]
fn texts_are_in_one_normal_form() {
    let decomposed = Value::string("cafe\u{301}");
    let bytes = hex("a5 636166c3a9");
    assert_eq!(msgpack::encode(&decomposed, &Type::String).unwrap(), bytes);
    assert_eq!(
        msgpack::decode(&hex("a6 63616665cc81"), &Type::String).unwrap(),
        Value::string("café")
    );
}

#[test]
fn what_is_no_value_of_the_type_is_refused_with_its_place() {
    let inner = Type::object([("tags", Type::map(Type::list(Type::String)))]);
    let cases = [
        (
            "81 a474616773 81 a161 91 07",
            "`tags[\"a\"][0]`: a string is expected, and this is a number",
        ),
        ("81 a3616765 c0", "there is no attribute `age`"),
        ("80", "the attribute `tags` is missing"),
        ("81 a474616773", "`tags`: the bytes end in the middle of a value"),
        ("81 a474616773 c0 c0", "there are bytes after the value"),
        (
            "81 a474616773 dfffffffff",
            "`tags`: the bytes end in the middle of a value",
        ),
        (
            "81 a474616773 81 a161 91 a2c3",
            "`tags[\"a\"][0]`: the bytes end in the middle of a value",
        ),
        (
            "81 a474616773 81 a161 91 a1c3",
            "`tags[\"a\"][0]`: a string is not UTF-8",
        ),
        ("c1", "the byte c1 stands for nothing"),
        ("c7 02 07 0000", "an extension of type 7 is none that is known here"),
    ];
    for (bytes, message) in cases {
        assert_eq!(
            msgpack::decode(&hex(bytes), &inner).unwrap_err().to_string(),
            message,
            "{bytes}"
        );
    }
    let error = msgpack::encode(&Value::object([("tags", Value::Bool(true))]), &inner).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`tags`: a map, `map(list(string))` is expected, and this is a bool"
    );
}

#[test]
fn a_value_nested_without_end_is_refused() {
    let mut bytes = Vec::new();
    for _ in 0..10_000 {
        bytes.extend(hex("92 c4 09 2264796e616d696322"));
    }
    let error = msgpack::decode(&bytes, &Type::Dynamic).unwrap_err();
    assert_eq!(error.to_string(), "it is nested deeper than 100 levels");
}

#[test]
fn json_keeps_every_digit_and_fills_what_is_missing() {
    let ty = Type::object([("any", Type::Dynamic), ("big", Type::Number), ("new", Type::Bool)]);
    let text = br#"{"any":{"value":["a",1.50],"type":["tuple",["string","number"]]},"big":123456789012345678901234.5}"#;
    let value = json::decode(text, &ty).unwrap();
    let any = Value::tuple([Value::string("a"), number("1.5")]);
    let expected = Value::object([
        ("any", any),
        ("big", number("123456789012345678901234.5")),
        ("new", Value::Null),
    ]);
    assert_eq!(value, expected);
    let written = json::encode(&value, &ty).unwrap();
    assert_eq!(json::decode(&written, &ty).unwrap(), expected);
    let error = json::decode(br#"{"big":{}}"#, &ty).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`big`: a number is expected, and this is something else"
    );
    assert!(json::encode(&Value::unknown(Type::Bool), &Type::Bool).is_err());
}

#[test]
fn what_was_not_sent_is_not_null() {
    assert_eq!(dynamic::unpack(None, &Type::Bool).unwrap(), None);
    let null = dynamic::pack(&Value::Null, &Type::Bool).unwrap();
    assert_eq!(dynamic::unpack(null.as_ref(), &Type::Bool).unwrap(), Some(Value::Null));
}

fn values() -> impl Strategy<Value = (Type, Value)> {
    let unknown = |ty: Type| {
        let prefix = prop_oneof![Just(None), "[a-z]{0,4}-".prop_map(Some)];
        let text = ty == Type::String;
        (any::<bool>(), prefix).prop_map(move |(not_null, prefix)| {
            let prefix = prefix.filter(|_| text).map(Into::into);
            let refinements = Refinements {
                not_null,
                prefix,
                least: None,
            };
            let unknown = Unknown {
                ty: ty.clone(),
                refinements,
            };
            (ty.clone(), Value::Unknown(unknown.into()))
        })
    };
    let leaf = prop_oneof![
        any::<bool>().prop_map(|b| (Type::Bool, b.into())),
        any::<i64>().prop_map(|n| (Type::Number, n.into())),
        "-?[1-9][0-9]{0,30}(\\.[0-9]{0,20}[1-9])?".prop_map(|n| (Type::Number, number(&n))),
        "\\PC{0,40}".prop_map(|text| (Type::String, msgpack_text(&text))),
        unknown(Type::String),
        unknown(Type::Number),
        Just((Type::String, Value::Null)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (inner.clone(), 0..4usize).prop_map(|((ty, v), n)| (Type::list(ty), Value::list(vec![v; n]))),
            (inner.clone(), any::<bool>())
                .prop_map(|((ty, v), there)| { (Type::set(ty), Value::set(there.then_some(v))) }),
            ("[a-z é]{1,20}", inner.clone()).prop_map(|(k, (ty, v))| (Type::map(ty), Value::map([(k, v)]))),
            proptest::collection::btree_map("[a-z]{1,5}", inner.clone(), 0..4).prop_map(|parts| {
                let types = parts.iter().map(|(n, (ty, _))| (n.as_str(), ty.clone()));
                let ty = Type::object(types);
                (ty, Value::object(parts.into_iter().map(|(n, (_, v))| (n, v))))
            }),
            proptest::collection::vec(inner, 0..4).prop_map(|parts| {
                let (types, values): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
                (Type::tuple(types), Value::tuple(values))
            }),
        ]
    })
}

/// A text in normal form.
fn msgpack_text(text: &str) -> Value {
    let bytes = msgpack::encode(&text.into(), &Type::String).unwrap();
    msgpack::decode(&bytes, &Type::String).unwrap()
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn every_value_comes_back((ty, value) in values()) {
        let bytes = msgpack::encode(&value, &ty).unwrap();
        assert_eq!(msgpack::decode(&bytes, &ty).unwrap(), value);
        if value.is_wholly_known() {
            let bytes = json::encode(&value, &ty).unwrap();
            assert_eq!(json::decode(&bytes, &ty).unwrap(), value);
        }
    }

    #[test]
    fn no_bytes_are_too_much((ty, value) in values(), noise in proptest::collection::vec(any::<u8>(), 0..40), at in any::<usize>()) {
        let _ = msgpack::decode(&noise, &ty);
        let _ = msgpack::decode(&noise, &Type::Dynamic);
        let _ = json::decode(&noise, &ty);
        let mut bytes = msgpack::encode(&value, &ty).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= noise.first().copied().unwrap_or(1);
        let _ = msgpack::decode(&bytes, &ty);
    }
}
