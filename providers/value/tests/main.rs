//! Numbers are exact, quantities know what they measure, values convert as the Terraform language says, and what is written reads back.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails panics"
)]

use std::cmp::Ordering;

use proptest::prelude::*;
use situs_value::{Date, Number, Quantity, Type, Value, convert, to_json};

fn n(text: &str) -> Number {
    Number::parse(text).unwrap()
}

fn q(text: &str) -> Quantity {
    Quantity::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn numbers_are_exact_decimals() {
    assert_eq!(n("0.1").add(&n("0.2")).unwrap(), n("0.3"));
    assert_eq!(n("1e3"), n("1000"));
    assert_eq!(n("1.50").to_string(), "1.5");
    assert_eq!(n("10").rem(&n("4")).unwrap(), n("2"));
    assert!(n("1").div(&n("0")).is_err());
    let third = n("1").div(&n("3")).unwrap().to_string();
    assert_eq!(third.len(), "0.".len() + 154, "rounded to 154 significant digits");
    assert_eq!(
        n("2").div(&n("3")).unwrap().to_string(),
        format!("0.{}7", "6".repeat(153))
    );
    assert_eq!(n("-1").div(&n("8")).unwrap(), n("-0.125"));
    assert_eq!(
        n("1e-300").div(&n("8e300")).unwrap().mul(&n("8e300")).unwrap(),
        n("1e-300")
    );
    assert!(Number::parse("1e999999999999").is_err());
    assert!(Number::parse("").is_err() && Number::parse("0x10").is_err());
    assert!(n("9223372036854775807").add(&n("1")).unwrap() > n("9223372036854775807"));
}

#[test]
fn quantities_know_what_they_measure() {
    assert_eq!(q("1h"), q("60m"));
    assert_eq!(q("1GiB"), q("1024MiB"));
    assert_ne!(q("1GB"), q("1GiB"));
    assert_eq!(q("20ms").add(&q("1s")).unwrap(), q("1020ms"));
    assert!(q("20ms").add(&q("1GiB")).is_err());
    assert!(q("20ms").compare(&q("1GiB")).is_err());
    assert_eq!(q("1Gbps").compare(&q("200Mbps")).unwrap(), Ordering::Greater);
    assert_eq!(q("1GiB").in_unit("MiB").unwrap(), n("1024"));
    assert_eq!(q("400k").number(), &n("400000"));
    assert_eq!(q("0.02EUR/GiB").dimension().currency(), Some("EUR"));
    assert!(Quantity::parse("8vcpus").is_err() && Quantity::parse("5").is_err());
}

#[test]
fn dates_are_of_the_calendar() {
    assert!(Date::new(2027, 2, 29).is_none() && Date::new(2028, 2, 29).is_some() && Date::new(2027, 13, 1).is_none());
    assert!("2027-06-30".parse::<Date>().unwrap() < "2027-07-01".parse::<Date>().unwrap());
}

#[test]
fn values_convert_as_the_terraform_language_says() {
    let to = |value: Value, ty: Type| convert(&value, &ty);
    assert_eq!(to("5".into(), Type::Number).unwrap(), Value::Number(n("5")));
    assert_eq!(to(true.into(), Type::String).unwrap(), "true".into());
    assert_eq!(to(Value::Number(n("1.0")), Type::String).unwrap(), "1".into());
    assert!(to("x".into(), Type::Number).is_err());
    let tuple = Value::tuple([1_i64.into(), "2".into()]);
    assert_eq!(
        to(tuple, Type::list(Type::String)).unwrap(),
        Value::list(["1".into(), "2".into()])
    );
    let set = to(
        Value::tuple(["a".into(), "b".into(), "a".into()]),
        Type::set(Type::String),
    )
    .unwrap();
    assert_eq!(set.elements().unwrap().len(), 2);
    let error = to(Value::from(q("5ms")), Type::Number).unwrap_err().to_string();
    assert!(error.contains("in_unit"), "{error}");
}

#[test]
fn sensitive_marks_stay() {
    let secret = Value::object([("a", Value::from("x").mark()), ("b", 1_i64.into())]);
    assert!(secret.contains_sensitive());
    assert_eq!(secret.sensitive_paths().len(), 1);
    assert_eq!(
        secret.unmarked_deep().with_sensitive_paths(&secret.sensitive_paths()),
        secret
    );
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "-?[0-9]{1,20}\\.[0-9]{1,20}".prop_map(|t| Value::Number(n(&t))),
        "\\PC{0,12}".prop_map(Value::from),
        Just(Value::from(Quantity::parse("20ms").unwrap())),
        Just(Value::unknown(Type::String)),
        "[a-z]{0,4}".prop_map(|t| Value::from(t).mark()),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 24, 4, |inner| {
        let many = || proptest::collection::vec(inner.clone(), 0..4);
        let keyed = || proptest::collection::btree_map("[a-z\"\\\\ ]{0,4}", inner.clone(), 0..4);
        prop_oneof![
            many().prop_map(Value::tuple),
            many().prop_map(Value::list),
            many().prop_map(Value::set),
            keyed().prop_map(Value::object),
            keyed().prop_map(Value::map),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back(value in value()) {
        let text = serde_json::to_string(&value).unwrap();
        let back: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&back, &value);
        prop_assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }

    #[test]
    fn numbers_are_a_field_as_far_as_digits_go(a in -1_000_000_000_i64..1_000_000_000, b in -1_000_000_000_i64..1_000_000_000) {
        let (x, y) = (Number::from(a), Number::from(b));
        prop_assert_eq!(x.add(&y).unwrap(), Number::from(a + b));
        prop_assert_eq!(x.mul(&y).unwrap(), Number::from(a * b));
        prop_assert_eq!(&x.sub(&y).unwrap().add(&y).unwrap(), &x);
        if b != 0 {
            prop_assert_eq!(&x.mul(&y).unwrap().div(&y).unwrap(), &x);
        }
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        prop_assert_eq!(Number::parse(&x.to_string()).unwrap(), x);
    }

    #[test]
    fn no_text_is_too_strange_for_a_number_or_a_quantity(text in "\\PC{0,24}") {
        let _ = Number::parse(&text);
        let _ = Quantity::parse(&text);
        let _ = text.parse::<Date>();
    }

    #[test]
    fn the_json_of_a_known_value_is_its_own(text in "\\PC{0,12}", number in any::<i64>()) {
        let value = Value::object([("t", text.as_str().into()), ("n", number.into())]);
        prop_assert_eq!(to_json(&value), serde_json::json!({"n": number, "t": text}));
    }
}
