//! What the kit makes of structs, and what a trial finds.

use situs_provider::schema::{Kind, Mode, Nesting};
use situs_provider::{Found, Provider};
use situs_sdk::trial::{Changed, KEY, Trial};
use situs_value::Value;

use crate::notes::{Wrong, provider};

fn note<const N: usize>(rest: [(&str, Value); N]) -> Value {
    Value::object([("title", Value::from("a"))].into_iter().chain(rest))
}

async fn trial(wrong: Wrong) -> Trial {
    Trial::begin(provider(wrong), Value::object::<&str>([]), ".")
        .await
        .unwrap()
}

#[test]
fn a_struct_is_a_schema() {
    let schema = provider(Wrong::Nothing).schema();
    let block = &schema.resources["notes_note"].block;
    assert_eq!(block.description, "A note.\n\nIt hangs on the board.");
    let mode = |name: &str| block.attributes[name].mode;
    assert_eq!(mode("title"), Mode::Required);
    assert_eq!(mode("text"), Mode::OptionalComputed);
    assert_eq!(mode("about"), Mode::Optional);
    assert_eq!(mode("type"), Mode::Computed);
    assert!(block.attributes["secret"].sensitive);
    assert_eq!(block.attributes["length"].description, "how long the text is");
    let Kind::Nested { nesting, attributes } = &block.attributes["pins"].kind else {
        panic!("pins are objects")
    };
    assert_eq!(*nesting, Nesting::List);
    assert_eq!(attributes["corner"].mode, Mode::Required);
    assert_eq!(schema.provider.attributes["room"].description, "how many notes fit");
}

#[tokio::test]
async fn a_life() {
    let trial = trial(Wrong::Nothing).await;
    let pins = Value::list([Value::object([("corner", Value::from("left"))])]);
    let mut made = trial.create("notes_note", &note([("pins", pins)])).await.unwrap();
    assert_eq!(made.state.get("text"), Some(&"".into()));
    assert_eq!(made.state.get("type"), Some(&"note".into()));
    assert_eq!(made.state.get("about"), Some(&Value::Null));
    let pin = made
        .state
        .get("pins")
        .and_then(|p| p.elements()?.first().cloned())
        .unwrap();
    assert_eq!(pin.get("colour"), Some(&"red".into()));

    assert!(matches!(trial.lookup(&made, KEY).await.unwrap(), Found::Object(_)));
    assert!(matches!(trial.lookup(&made, "another").await.unwrap(), Found::Nothing));

    let longer = note([("text", "longer".into())]);
    assert_eq!(trial.change(&mut made, &longer).await.unwrap(), Changed::InPlace);
    assert_eq!(made.state.get("length"), Some(&6_i64.into()));
    assert_eq!(trial.change(&mut made, &longer).await.unwrap(), Changed::Not);
    let other = Value::object([("title", Value::from("b"))]);
    assert_eq!(trial.change(&mut made, &other).await.unwrap(), Changed::Replaced);

    let again = trial.import("notes_note", "b").await.unwrap().unwrap();
    assert_eq!(again.state, made.state);
    assert!(trial.import("notes_note", "a").await.unwrap().is_none());
    trial.remove(&made).await.unwrap();
}

#[tokio::test]
async fn what_is_not_known_yet_is_planned() {
    let trial = trial(Wrong::Nothing).await;
    let unknown = Value::unknown(situs_value::Type::String);
    let planned = trial.plan("notes_note", &note([("text", unknown)])).await.unwrap();
    assert!(!planned.state.get("length").unwrap().is_known());
    assert_eq!(planned.state.get("title"), Some(&"a".into()));
}

#[tokio::test]
async fn configurations_are_looked_at() {
    let trial = trial(Wrong::Nothing).await;
    let faults = trial
        .create("notes_note", &Value::object([("title", Value::from(""))]))
        .await
        .unwrap_err();
    assert_eq!(
        faults,
        ["does not validate the configuration: a note has a title (`title`): give one"]
    );
    let none = Value::object([("room", 0_i64)].map(|(n, v)| (n, Value::from(v))));
    let refused = Trial::begin(provider(Wrong::Nothing), none, ".").await;
    assert_eq!(
        refused.err().unwrap(),
        ["does not validate its configuration: no note fits (`room`): at least one should"]
    );
}

#[tokio::test]
async fn what_a_provider_does_wrong_is_found() {
    for (wrong, fault) in [
        (Wrong::Lies, "makes something else than it planned: `text`"),
        (
            Wrong::Forgets,
            "reads what it just made as something else: `text` is \"what was it\" and was \"\"",
        ),
    ] {
        let trial = trial(wrong).await;
        let faults = trial.create("notes_note", &note([])).await.unwrap_err();
        assert!(faults[0].starts_with(fault), "{faults:?}");
    }
    let trial = trial(Wrong::Clings).await;
    let made = trial.create("notes_note", &note([])).await.unwrap();
    let faults = trial.remove(&made).await.unwrap_err();
    assert_eq!(faults, ["removes an object, and reads it all the same"]);
}

#[tokio::test]
async fn data_sources_and_failures() {
    let provider = provider(Wrong::Nothing);
    let one = Value::object([("room", Value::from(1_i64))]);
    let trial = Trial::begin(provider.clone(), one, ".").await.unwrap();
    trial.create("notes_note", &note([])).await.unwrap();
    let count = provider
        .read_data("notes_count", &Value::object([("notes", Value::Null)]))
        .await
        .unwrap();
    assert_eq!(count.get("notes"), Some(&1_i64.into()));
    let full = trial
        .create("notes_note", &Value::object([("title", Value::from("b"))]))
        .await
        .unwrap_err();
    assert_eq!(full, ["does not carry out a change: the board is full: take one off"]);
    let none = provider.read_data("notes_none", &Value::Null).await.unwrap_err();
    assert_eq!(none[0].summary, "the provider `notes` has no data source `notes_none`");
}
