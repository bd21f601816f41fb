//! Values as JSON that is read with their type beside it: kept objects on their way to [`crate::wire`]'s `RawState`, and answers
//! that some providers give. Numbers are read and written digit by digit.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::value::RawValue;
use situs_value::path::Step;
use situs_value::value::Map;
use situs_value::{Number, ObjectType, Type, Value};

use crate::{DEPTH, Wrong, normal};

/// A value of a type as JSON; marks are not written.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, Wrong> {
    let mut out = String::new();
    write(&mut out, value, ty)?;
    Ok(out.into_bytes())
}

/// A value of which nobody knows the type any more; marks are not written.
pub fn bare(value: &Value) -> Result<Vec<u8>, Wrong> {
    let mut out = String::new();
    write(&mut out, value, &value.type_of())?;
    Ok(out.into_bytes())
}

/// The value of a type that JSON stands for.
pub fn decode(json: &[u8], ty: &Type) -> Result<Value, Wrong> {
    let raw: &RawValue = serde_json::from_slice(json).map_err(|e| no_json(&e))?;
    read(raw, ty, At::default())
}

/// The same, without attributes that the type does not have: what is kept may be of a schema that had more.
pub fn decode_known(json: &[u8], ty: &Type) -> Result<Value, Wrong> {
    let raw: &RawValue = serde_json::from_slice(json).map_err(|e| no_json(&e))?;
    let at = At {
        lenient: true,
        ..At::default()
    };
    read(raw, ty, at)
}

/// The value of JSON of which nobody knows the type any more: sequences are tuples, what has keys is an object.
pub fn decode_bare(json: &[u8]) -> Result<Value, Wrong> {
    let raw: &RawValue = serde_json::from_slice(json).map_err(|e| no_json(&e))?;
    bare_of(raw, At::default())
}

/// How deep a value is read, and how strictly.
#[derive(Clone, Copy, Default)]
struct At {
    depth: usize,
    lenient: bool,
}

impl At {
    fn deeper(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }
}

fn bare_of(raw: &RawValue, at: At) -> Result<Value, Wrong> {
    let text = raw.get().trim();
    if at.depth == DEPTH {
        return Err(Wrong::new(format!("it is nested deeper than {DEPTH} levels")));
    }
    match text.as_bytes().first() {
        Some(b'n') => Ok(Value::Null),
        Some(b't' | b'f') => Ok(Value::Bool(text == "true")),
        Some(b'"') => Ok(Value::string(normal(&string(raw)?))),
        Some(b'[') => {
            let parts: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|e| no_json(&e))?;
            let parts: Result<Vec<Value>, Wrong> = parts.into_iter().map(|part| bare_of(part, at.deeper())).collect();
            Ok(Value::tuple(parts?))
        }
        Some(b'{') => {
            let one = |(name, part): (String, &RawValue)| Ok((Arc::from(&*normal(&name)), bare_of(part, at.deeper())?));
            let parts: Map = entries(raw)?.into_iter().map(one).collect::<Result<_, Wrong>>()?;
            Ok(Value::Object(Arc::new(parts)))
        }
        _ => number(text),
    }
}

fn no_json(error: &serde_json::Error) -> Wrong {
    Wrong::new(format!("it is no JSON: {error}"))
}

fn write(out: &mut String, value: &Value, ty: &Type) -> Result<(), Wrong> {
    match (value, ty) {
        (Value::Marked(_, inner), _) => return write(out, inner, ty),
        (Value::Null, _) => out.push_str("null"),
        (Value::Unknown(_), _) => return Err(Wrong::new("it is not known yet, and JSON cannot say so")),
        (_, Type::Dynamic) => {
            let own = value.type_of();
            out.push_str("{\"value\":");
            write(out, value, &own)?;
            out.push_str(",\"type\":");
            out.push_str(&crate::schema::foreign(&own).to_string());
            out.push('}');
        }
        (Value::Bool(b), Type::Bool) => out.push_str(if *b { "true" } else { "false" }),
        (Value::Number(n), Type::Number) => out.push_str(&n.to_string()),
        (Value::String(text), Type::String) => text_to(out, text),
        (Value::Quantity(q), Type::String | Type::Quantity(_)) => text_to(out, &q.to_string()),
        (Value::Date(d), Type::String | Type::Date) => text_to(out, &d.to_string()),
        (Value::List(e) | Value::Tuple(e) | Value::Set(e), Type::List(of) | Type::Set(of)) => {
            return write_array(out, e, |_| of);
        }
        (Value::Tuple(e) | Value::List(e), Type::Tuple(of)) if e.len() == of.len() => {
            return write_array(out, e, |i| of.get(i).unwrap_or(&Type::Dynamic));
        }
        (Value::Map(m) | Value::Object(m), Type::Map(of)) => {
            return write_entries(out, m.iter().map(|(key, v)| (key, v, &**of)));
        }
        (Value::Object(m) | Value::Map(m), Type::Object(of)) => {
            let null = &Value::Null;
            let parts = of.attributes.iter();
            return write_entries(out, parts.map(|(name, ty)| (name, m.get(name).unwrap_or(null), ty)));
        }
        _ => return Err(expected(ty, value.friendly())),
    }
    Ok(())
}

fn expected(ty: &Type, found: impl AsRef<str>) -> Wrong {
    Wrong::new(format!("{} is expected, and this is {}", ty.friendly(), found.as_ref()))
}

fn text_to(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(&*normal(text)).to_string());
}

fn write_array<'t>(out: &mut String, elements: &[Value], ty: impl Fn(usize) -> &'t Type) -> Result<(), Wrong> {
    out.push('[');
    for (i, element) in elements.iter().enumerate() {
        comma(out, i);
        write(out, element, ty(i)).map_err(|w| w.within(|| Step::Index(i)))?;
    }
    out.push(']');
    Ok(())
}

fn write_entries<'t>(
    out: &mut String,
    entries: impl Iterator<Item = (&'t Arc<str>, &'t Value, &'t Type)>,
) -> Result<(), Wrong> {
    out.push('{');
    for (i, (name, value, ty)) in entries.enumerate() {
        comma(out, i);
        text_to(out, name);
        out.push(':');
        write(out, value, ty).map_err(|w| w.within(|| Step::Attr(name.clone())))?;
    }
    out.push('}');
    Ok(())
}

fn comma(out: &mut String, before: usize) {
    if before > 0 {
        out.push(',');
    }
}

fn read(raw: &RawValue, ty: &Type, at: At) -> Result<Value, Wrong> {
    let text = raw.get().trim();
    if at.depth == DEPTH {
        return Err(Wrong::new(format!("it is nested deeper than {DEPTH} levels")));
    }
    match (text.as_bytes().first(), ty) {
        (Some(b'n'), _) => Ok(Value::Null),
        (_, Type::Dynamic) => dynamic(raw, at),
        (Some(b't' | b'f'), Type::Bool) => Ok(Value::Bool(text == "true")),
        (Some(b'-' | b'0'..=b'9'), Type::Number) => number(text),
        (Some(b'"'), Type::Number) => number(&string(raw)?),
        (Some(b'"'), Type::String) => Ok(Value::string(normal(&string(raw)?))),
        (Some(b'"'), Type::Quantity(_) | Type::Date) => {
            situs_value::convert(&Value::from(string(raw)?), ty).map_err(|e| Wrong::new(e.message))
        }
        (Some(b'['), Type::List(of)) => elements(raw, |_| Some(of), at).map(Value::list),
        (Some(b'['), Type::Set(of)) => elements(raw, |_| Some(of), at).map(Value::set),
        (Some(b'['), Type::Tuple(of)) => elements(raw, |i| of.get(i), at).map(Value::tuple),
        (Some(b'{'), Type::Map(of)) => map(raw, of, at),
        (Some(b'{'), Type::Object(of)) => object(raw, of, at),
        _ => Err(expected(ty, "something else")),
    }
}

fn number(text: &str) -> Result<Value, Wrong> {
    let number = Number::parse(text);
    number
        .map(Value::Number)
        .map_err(|_| expected(&Type::Number, "none that fits"))
}

fn string(raw: &RawValue) -> Result<String, Wrong> {
    serde_json::from_str(raw.get()).map_err(|e| no_json(&e))
}

fn elements<'t>(raw: &RawValue, ty: impl Fn(usize) -> Option<&'t Type>, at: At) -> Result<Vec<Value>, Wrong> {
    let parts: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|e| no_json(&e))?;
    let one = |(i, part): (usize, &&RawValue)| {
        let ty = ty(i).ok_or_else(|| Wrong::new("there are more elements than its type has"))?;
        read(part, ty, at.deeper()).map_err(|w| w.within(|| Step::Index(i)))
    };
    parts.iter().enumerate().map(one).collect()
}

fn entries(raw: &RawValue) -> Result<BTreeMap<String, &RawValue>, Wrong> {
    serde_json::from_str(raw.get()).map_err(|e| no_json(&e))
}

fn map(raw: &RawValue, of: &Type, at: At) -> Result<Value, Wrong> {
    let one = |(key, part): (String, &RawValue)| {
        let key: Arc<str> = normal(&key).into();
        let value = read(part, of, at.deeper()).map_err(|w| w.within(|| Step::Key(key.clone())))?;
        Ok((key, value))
    };
    let map: Map = entries(raw)?.into_iter().map(one).collect::<Result<_, Wrong>>()?;
    Ok(Value::Map(Arc::new(map)))
}

/// What is missing is null, as in the states of providers that have learned an attribute since.
fn object(raw: &RawValue, of: &ObjectType, at: At) -> Result<Value, Wrong> {
    let parts = entries(raw)?;
    let other = parts.keys().find(|name| !of.attributes.contains_key(name.as_str()));
    if let Some(other) = other.filter(|_| !at.lenient) {
        return Err(Wrong::new(format!("there is no attribute `{other}`")));
    }
    let one = |(name, ty): (&Arc<str>, &Type)| {
        let part = parts.get(&**name).map(|part| read(part, ty, at.deeper()));
        let value = part.transpose().map_err(|w| w.within(|| Step::Attr(name.clone())))?;
        Ok((name.clone(), value.unwrap_or_default()))
    };
    let map: Map = of.attributes.iter().map(one).collect::<Result<_, Wrong>>()?;
    Ok(Value::Object(Arc::new(map)))
}

fn dynamic(raw: &RawValue, at: At) -> Result<Value, Wrong> {
    let parts = entries(raw)?;
    let (Some(ty), Some(value)) = (parts.get("type"), parts.get("value")) else {
        return Err(Wrong::new("a value of any type must come with its type"));
    };
    let ty: Type = serde_json::from_str(ty.get()).map_err(|e| no_json(&e))?;
    read(value, &ty, at.deeper())
}
