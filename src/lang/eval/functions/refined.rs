//! What is known of a result whose arguments are not known: how a text begins, that a length is not negative.

use situs_value::{Type, Unknown, Value};

/// What is known of the result; nothing where that is nothing.
pub(super) fn known_of(function: &str, given: &[Value]) -> Option<Value> {
    match (function, given) {
        ("startswith", [Value::Unknown(text), Value::String(wanted)]) => starts(text, wanted),
        ("length", [Value::Unknown(of)]) => Some(Value::unknown_at_least(least(of))),
        ("format", [Value::String(format), ..]) => Some(Value::unknown_text(format.split('%').next()?)),
        ("jsonencode", [value]) => Some(Value::unknown_text(opening(value)?)),
        _ => None,
    }
}

/// Whether a text of which only the beginning is known starts so, where that is enough to tell.
fn starts(text: &Unknown, wanted: &str) -> Option<Value> {
    let known = text.refinements.prefix.as_deref()?;
    let decided = known.starts_with(wanted) || !wanted.starts_with(known);
    decided.then(|| Value::Bool(known.starts_with(wanted)))
}

/// How long it is at least.
fn least(of: &Unknown) -> u64 {
    let known = of.refinements.prefix.as_deref().filter(|_| of.ty == Type::String);
    known.map_or(0, |prefix| u64::try_from(prefix.chars().count()).unwrap_or(0))
}

/// How the JSON of a value begins of which parts are not known.
fn opening(value: &Value) -> Option<&'static str> {
    match value {
        Value::Object(_) | Value::Map(_) => Some("{"),
        Value::List(_) | Value::Set(_) | Value::Tuple(_) => Some("["),
        _ => None,
    }
}
