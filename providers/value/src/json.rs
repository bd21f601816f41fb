//! Values as plain JSON: what `output -json`, `show -json` and `jsonencode` give, and what `jsondecode` takes. Unknown values have no
//! JSON and become null; marks are lost, so callers hide what is sensitive first. For a form that loses nothing see [`crate::record`].

use std::sync::Arc;

use serde_json::Value as Json;

use crate::convert::{ConvertError, convert};
use crate::number::Number;
use crate::types::Type;
use crate::value::{Map, Value};

/// A value as JSON. Numbers that a reader of doubles would get wrong are written as strings.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null | Value::Unknown(_) => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Number(n) => number(n),
        Value::String(s) => Json::String(s.to_string()),
        Value::List(e) | Value::Set(e) | Value::Tuple(e) => Json::Array(e.iter().map(to_json).collect()),
        Value::Map(m) | Value::Object(m) => Json::Object(m.iter().map(|(k, v)| (k.to_string(), to_json(v))).collect()),
        Value::Quantity(q) => Json::String(q.to_string()),
        Value::Date(d) => Json::String(d.to_string()),
        Value::Marked(_, inner) => to_json(inner),
    }
}

pub(crate) fn number(n: &Number) -> Json {
    if let Some(small) = n.to_i64() {
        return Json::from(small);
    }
    if let Some(large) = n.to_u64() {
        return Json::from(large);
    }
    let text = n.to_string();
    let double = text.parse::<f64>().ok().filter(|f| f.to_string() == text);
    double
        .and_then(serde_json::Number::from_f64)
        .map_or(Json::String(text), Json::Number)
}

/// A value of a type from JSON.
pub fn from_json(json: &Json, ty: &Type) -> Result<Value, ConvertError> {
    convert(&implied(json), ty)
}

/// The value that JSON stands for by itself: arrays are tuples, objects are objects.
pub fn implied(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => Number::parse(&n.to_string()).map_or(Value::Null, Value::Number),
        Json::String(s) => Value::string(s),
        Json::Array(e) => Value::tuple(e.iter().map(implied)),
        Json::Object(m) => Value::Object(Arc::new(
            m.iter()
                .map(|(k, v)| (Arc::from(k.as_str()), implied(v)))
                .collect::<Map>(),
        )),
    }
}
