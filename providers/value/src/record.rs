//! Values as JSON that loses nothing: what the state, the journal and plan files hold.
//!
//! | value | form |
//! |---|---|
//! | null, bool, string, whole number of 64 bits | as JSON has it |
//! | another number | `{"n": "0.1"}` |
//! | tuple | array |
//! | list, set | `{"l": […]}`, `{"s": […]}` |
//! | object, map | `{"o": {…}}`, `{"m": {…}}` |
//! | quantity, date | `{"q": "20ms", …}`, `{"d": "2027-06-30"}` |
//! | unknown | `{"u": type}`, with `"nn": true` and `"p": prefix`, `"min": number` where promised |
//! | sensitive | `{"x": value}` |

use std::sync::Arc;

use serde::de::Error as _;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use crate::number::Number;
use crate::quantity::Quantity;
use crate::types::Type;
use crate::units::Dimension;
use crate::value::{Map, Refinements, Unknown, Value};

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(b) => serializer.serialize_bool(*b),
            Value::String(s) => serializer.serialize_str(s),
            Value::Number(n) => match n.to_i64() {
                Some(small) => serializer.serialize_i64(small),
                None => tagged(serializer, "n", &n.to_string()),
            },
            Value::Tuple(e) => {
                let mut seq = serializer.serialize_seq(Some(e.len()))?;
                e.iter().try_for_each(|v| seq.serialize_element(v))?;
                seq.end()
            }
            Value::List(e) => tagged(serializer, "l", e.as_ref()),
            Value::Set(e) => tagged(serializer, "s", e.as_ref()),
            Value::Object(m) => tagged(serializer, "o", &Entries(m)),
            Value::Map(m) => tagged(serializer, "m", &Entries(m)),
            Value::Date(d) => tagged(serializer, "d", &d.to_string()),
            // Whoever writes it down has made a mistake: it is not to be kept.
            Value::Marked(marks, _) if marks.ephemeral => serializer.serialize_unit(),
            Value::Marked(_, inner) => tagged(serializer, "x", inner.as_ref()),
            Value::Quantity(q) => {
                let mut map = serializer.serialize_map(Some(3))?;
                map.serialize_entry("q", &q.to_string())?;
                map.serialize_entry("v", &q.number().to_string())?;
                map.serialize_entry("dim", q.dimension())?;
                map.end()
            }
            Value::Unknown(u) => unknown(serializer, u),
        }
    }
}

struct Entries<'a>(&'a Map);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(k, v)| (k.as_ref(), v)))
    }
}

fn tagged<S: Serializer, T: Serialize + ?Sized>(serializer: S, tag: &str, value: &T) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(tag, value)?;
    map.end()
}

fn unknown<S: Serializer>(serializer: S, unknown: &Unknown) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("u", &unknown.ty)?;
    if unknown.refinements.not_null {
        map.serialize_entry("nn", &true)?;
    }
    if let Some(prefix) = &unknown.refinements.prefix {
        map.serialize_entry("p", prefix.as_ref())?;
    }
    if let Some(least) = unknown.refinements.least {
        map.serialize_entry("min", &least)?;
    }
    map.end()
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        decode(json).map_err(D::Error::custom)
    }
}

fn decode(json: Json) -> Result<Value, String> {
    match json {
        Json::Null => Ok(Value::Null),
        Json::Bool(b) => Ok(Value::Bool(b)),
        Json::String(s) => Ok(Value::String(s.into())),
        Json::Number(n) => Number::parse(&n.to_string())
            .map(Value::Number)
            .map_err(|e| e.to_string()),
        Json::Array(e) => elements(e).map(Value::Tuple),
        Json::Object(map) => decode_tagged(map),
    }
}

fn elements(elements: Vec<Json>) -> Result<Arc<[Value]>, String> {
    elements.into_iter().map(decode).collect()
}

fn decode_tagged(mut map: serde_json::Map<String, Json>) -> Result<Value, String> {
    let tag = map.keys().next().cloned().unwrap_or_default();
    let inner = map.remove(&tag).unwrap_or(Json::Null);
    match (tag.as_str(), inner) {
        ("n", Json::String(text)) => Number::parse(&text).map(Value::Number).map_err(|e| e.to_string()),
        ("d", Json::String(text)) => text.parse().map(Value::Date),
        ("l", Json::Array(e)) => elements(e).map(Value::List),
        ("s", Json::Array(e)) => Ok(Value::set(elements(e)?.iter().cloned())),
        ("o", Json::Object(m)) => entries(m).map(Value::Object),
        ("m", Json::Object(m)) => entries(m).map(Value::Map),
        ("x", inner) => Ok(decode(inner)?.mark()),
        ("q", Json::String(literal)) => quantity(&literal, &map),
        ("u", ty) => decode_unknown(ty, &map),
        _ => Err(format!("`{tag}` marks no kind of value")),
    }
}

fn entries(map: serde_json::Map<String, Json>) -> Result<Arc<Map>, String> {
    map.into_iter()
        .map(|(k, v)| Ok((Arc::from(k), decode(v)?)))
        .collect::<Result<Map, String>>()
        .map(Arc::new)
}

fn quantity(literal: &str, map: &serde_json::Map<String, Json>) -> Result<Value, String> {
    if let Ok(written) = Quantity::parse(literal) {
        return Ok(written.into());
    }
    let number = map
        .get("v")
        .and_then(Json::as_str)
        .ok_or("a quantity without its number")?;
    let dimension = map.get("dim").cloned().ok_or("a quantity without its dimension")?;
    let dimension: Dimension = serde_json::from_value(dimension).map_err(|e| e.to_string())?;
    Ok(Quantity::computed(Number::parse(number).map_err(|e| e.to_string())?, dimension).into())
}

fn decode_unknown(ty: Json, map: &serde_json::Map<String, Json>) -> Result<Value, String> {
    let ty: Type = serde_json::from_value(ty).map_err(|e| e.to_string())?;
    let refinements = Refinements {
        not_null: map.get("nn").and_then(Json::as_bool).unwrap_or(false),
        prefix: map.get("p").and_then(Json::as_str).map(Arc::from),
        least: map.get("min").and_then(Json::as_u64),
    };
    Ok(Value::Unknown(Arc::new(Unknown { ty, refinements })))
}
