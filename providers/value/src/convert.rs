//! Conversion between types, by the rules of the Terraform language. A quantity never becomes a number by itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::date::Date;
use crate::number::Number;
use crate::path::Path;
use crate::quantity::Quantity;
use crate::types::{ObjectType, Type};
use crate::value::{Map, Unknown, Value};

/// Why a value is not of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvertError {
    /// Which part of it.
    pub path: Path,
    /// What was expected there and what was found.
    pub message: String,
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_root() {
            f.write_str(&self.message)
        } else {
            write!(f, "`{}`: {}", self.path, self.message)
        }
    }
}

impl std::error::Error for ConvertError {}

/// The value as one of a type.
pub fn convert(value: &Value, to: &Type) -> Result<Value, ConvertError> {
    at(value, to, &Path::root())
}

fn at(value: &Value, to: &Type, path: &Path) -> Result<Value, ConvertError> {
    match (value, to) {
        (Value::Marked(marks, inner), _) => at(inner, to, path).map(|v| v.marked(*marks)),
        (_, Type::Dynamic) | (Value::Null, _) => Ok(value.clone()),
        (Value::Unknown(unknown), _) => unknown_to(unknown, to, value, path),
        (Value::Bool(_), Type::Bool)
        | (Value::Number(_), Type::Number)
        | (Value::String(_), Type::String)
        | (Value::Date(_), Type::Date) => Ok(value.clone()),
        (_, Type::String) => to_text(value, path),
        (Value::String(text), _) => from_text(text, to, path),
        (Value::Quantity(q), Type::Quantity(d)) if q.dimension() == d => Ok(value.clone()),
        (Value::Quantity(q), Type::Number) => Err(wrong(
            path,
            format!(
                "a number is expected, and `{q}` is a {}: write `in_unit({q}, \"…\")` to say in which unit",
                q.dimension().name()
            ),
        )),
        (Value::List(e) | Value::Tuple(e) | Value::Set(e), Type::List(t)) => each(e, t, path).map(Value::list),
        (Value::List(e) | Value::Tuple(e) | Value::Set(e), Type::Set(t)) => each(e, t, path).map(Value::set),
        (Value::List(e) | Value::Tuple(e), Type::Tuple(ts)) if e.len() == ts.len() => {
            let parts = e
                .iter()
                .zip(ts.iter())
                .enumerate()
                .map(|(i, (v, t))| at(v, t, &path.index(i)));
            parts.collect::<Result<Vec<_>, _>>().map(Value::tuple)
        }
        (Value::Map(m) | Value::Object(m), Type::Map(t)) => {
            let common = one_type(m.values(), t, path)?;
            let parts = m.iter().map(|(k, v)| Ok((k.clone(), at(v, &common, &path.key(k))?)));
            parts.collect::<Result<Map, _>>().map(|m| Value::Map(Arc::new(m)))
        }
        (Value::Map(m) | Value::Object(m), Type::Object(o)) => object(m, o, path),
        _ => Err(mismatch(value, to, path)),
    }
}

fn unknown_to(unknown: &Unknown, to: &Type, value: &Value, path: &Path) -> Result<Value, ConvertError> {
    if unknown.ty == *to {
        return Ok(value.clone());
    }
    if !may_convert(&unknown.ty, to) {
        return Err(wrong(
            path,
            format!(
                "{} is expected, and this will be {}",
                to.friendly(),
                unknown.ty.friendly()
            ),
        ));
    }
    Ok(Value::Unknown(Arc::new(Unknown {
        ty: to.clone(),
        refinements: unknown.refinements.clone(),
    })))
}

/// Whether some value of the one type can be one of the other.
fn may_convert(from: &Type, to: &Type) -> bool {
    let scalar = |t: &Type| {
        matches!(
            t,
            Type::Bool | Type::Number | Type::String | Type::Quantity(_) | Type::Date
        )
    };
    let sequence = |t: &Type| matches!(t, Type::List(_) | Type::Set(_) | Type::Tuple(_));
    let keyed = |t: &Type| matches!(t, Type::Map(_) | Type::Object(_));
    match (from, to) {
        (Type::Dynamic, _) | (_, Type::Dynamic) => true,
        (Type::Quantity(_), Type::Number) | (Type::Number, Type::Quantity(_)) => false,
        _ => (scalar(from) && scalar(to)) || (sequence(from) && sequence(to)) || (keyed(from) && keyed(to)),
    }
}

fn to_text(value: &Value, path: &Path) -> Result<Value, ConvertError> {
    match value {
        Value::Bool(b) => Ok(Value::string(b.to_string())),
        Value::Number(n) => Ok(Value::string(n.to_string())),
        Value::Quantity(q) => Ok(Value::string(q.to_string())),
        Value::Date(d) => Ok(Value::string(d.to_string())),
        _ => Err(mismatch(value, &Type::String, path)),
    }
}

fn from_text(text: &str, to: &Type, path: &Path) -> Result<Value, ConvertError> {
    let failed = || {
        wrong(
            path,
            format!("{} is expected, and the string {text:?} is none", to.friendly()),
        )
    };
    match to {
        Type::Bool => match text {
            "true" | "1" => Ok(Value::Bool(true)),
            "false" | "0" => Ok(Value::Bool(false)),
            _ => Err(failed()),
        },
        Type::Number => Number::parse(text).map(Value::Number).map_err(|_| failed()),
        Type::Date => text.parse::<Date>().map(Value::Date).map_err(|e| wrong(path, e)),
        Type::Quantity(d) => match Quantity::parse(text) {
            Ok(q) if q.dimension() == d => Ok(q.into()),
            _ => Err(failed()),
        },
        _ => Err(failed()),
    }
}

fn each(elements: &[Value], to: &Type, path: &Path) -> Result<Vec<Value>, ConvertError> {
    let common = one_type(elements.iter(), to, path)?;
    let parts = elements.iter().enumerate();
    parts.map(|(i, v)| at(v, &common, &path.index(i))).collect()
}

/// The type that elements come to: where any will do, the one that all of them have in common.
fn one_type<'a>(elements: impl Iterator<Item = &'a Value>, to: &Type, path: &Path) -> Result<Type, ConvertError> {
    if *to != Type::Dynamic {
        return Ok(to.clone());
    }
    unify(elements.map(Value::type_of)).ok_or_else(|| wrong(path, "all elements must be of one type".to_owned()))
}

fn object(map: &Map, to: &ObjectType, path: &Path) -> Result<Value, ConvertError> {
    let attributes = to.attributes.iter().map(|(name, ty)| match map.get(name) {
        Some(value) => Ok((name.clone(), at(value, ty, &path.attr(name))?)),
        None if to.optional.contains(name) => Ok((name.clone(), Value::Null)),
        None => Err(wrong(path, format!("the attribute `{name}` is missing"))),
    });
    attributes
        .collect::<Result<BTreeMap<_, _>, _>>()
        .map(|m| Value::Object(Arc::new(m)))
}

fn mismatch(value: &Value, to: &Type, path: &Path) -> ConvertError {
    wrong(
        path,
        format!("{} is expected, and this is {}", to.friendly(), value.friendly()),
    )
}

fn wrong(path: &Path, message: String) -> ConvertError {
    ConvertError {
        path: path.clone(),
        message,
    }
}

/// The type that values of all these types can be converted to; nothing where there is none.
pub fn unify(types: impl IntoIterator<Item = Type>) -> Option<Type> {
    types.into_iter().try_fold(Type::Dynamic, |a, b| unify_two(&a, &b))
}

fn unify_two(a: &Type, b: &Type) -> Option<Type> {
    let scalar = |t: &Type| matches!(t, Type::Bool | Type::Number | Type::String);
    match (a, b) {
        _ if a == b => Some(a.clone()),
        (Type::Dynamic, other) | (other, Type::Dynamic) => Some(other.clone()),
        (Type::String, t) | (t, Type::String) if scalar(t) => Some(Type::String),
        (Type::List(x), Type::List(y)) => unify_two(x, y).map(Type::list),
        (Type::Set(x), Type::Set(y)) => unify_two(x, y).map(Type::set),
        (Type::Map(x), Type::Map(y)) => unify_two(x, y).map(Type::map),
        (Type::List(x), Type::Tuple(ts)) | (Type::Tuple(ts), Type::List(x)) => {
            unify(ts.iter().cloned().chain([(**x).clone()])).map(Type::list)
        }
        (Type::Set(x), Type::Tuple(ts)) | (Type::Tuple(ts), Type::Set(x)) => {
            unify(ts.iter().cloned().chain([(**x).clone()])).map(Type::set)
        }
        (Type::List(x), Type::Set(y)) | (Type::Set(y), Type::List(x)) => unify_two(x, y).map(Type::list),
        (Type::Tuple(x), Type::Tuple(y)) if x.len() == y.len() => x
            .iter()
            .zip(y.iter())
            .map(|(a, b)| unify_two(a, b))
            .collect::<Option<Vec<_>>>()
            .map(Type::tuple),
        (Type::Tuple(x), Type::Tuple(y)) => unify(x.iter().chain(y.iter()).cloned()).map(Type::list),
        (Type::Map(x), Type::Object(o)) | (Type::Object(o), Type::Map(x)) => {
            unify(o.attributes.values().cloned().chain([(**x).clone()])).map(Type::map)
        }
        (Type::Object(x), Type::Object(y)) => unify_objects(x, y),
        _ => None,
    }
}

fn unify_objects(x: &ObjectType, y: &ObjectType) -> Option<Type> {
    if x.attributes.keys().eq(y.attributes.keys()) {
        let attributes = x.attributes.iter().zip(y.attributes.values());
        let unified = attributes.map(|((name, a), b)| Some((name.clone(), unify_two(a, b)?)));
        return unified.collect::<Option<Vec<_>>>().map(Type::object);
    }
    unify(x.attributes.values().chain(y.attributes.values()).cloned()).map(Type::map)
}
