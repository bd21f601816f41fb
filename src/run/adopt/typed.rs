//! Values of a Terraform state, as the types of a provider's schema have them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::value::RawValue;
use situs_value::path::Step;
use situs_value::{Path, Type, Value, convert, to_json};

use crate::lang::eval::functions::exact_json;

use super::tfstate::{TfIndex, TfKey, TfStep};

/// A value by itself: sequences are tuples, keyed things are objects.
pub(super) fn plain(raw: &RawValue) -> Result<Value, String> {
    exact_json(raw.get())
}

/// A value of a type. What may be of any type is written with its own: `{"value": …, "type": …}`.
pub(super) fn typed(value: &Value, ty: &Type) -> Result<Value, String> {
    match (value, ty) {
        (Value::Null, _) => Ok(Value::Null),
        (Value::Object(parts), Type::Dynamic) => match (parts.get("value"), parts.get("type")) {
            (Some(inner), Some(own)) if parts.len() == 2 => typed(inner, &type_of(own)?),
            _ => Ok(value.clone()),
        },
        (Value::Object(parts), Type::Object(of)) => {
            let one = |(name, ty): (&Arc<str>, &Type)| {
                let part = parts.get(name).unwrap_or(&Value::Null);
                let part = typed(part, ty).map_err(|why| format!("`{name}`: {why}"))?;
                Ok((name.clone(), part))
            };
            let parts: Result<BTreeMap<_, _>, String> = of.attributes.iter().map(one).collect();
            Ok(Value::Object(Arc::new(parts?)))
        }
        (Value::Object(parts), Type::Map(of)) => {
            let one = |(key, part): (&Arc<str>, &Value)| Ok((key.clone(), typed(part, of)?));
            let parts: Result<Vec<_>, String> = parts.iter().map(one).collect();
            Ok(Value::map(parts?))
        }
        (Value::Tuple(parts), Type::List(of)) => Ok(Value::list(all(parts, |_| Some(of))?)),
        (Value::Tuple(parts), Type::Set(of)) => Ok(Value::set(all(parts, |_| Some(of))?)),
        (Value::Tuple(parts), Type::Tuple(of)) => Ok(Value::tuple(all(parts, |i| of.get(i))?)),
        _ => convert(value, ty).map_err(|e| e.to_string()),
    }
}

fn all<'a>(parts: &[Value], ty: impl Fn(usize) -> Option<&'a Type>) -> Result<Vec<Value>, String> {
    let one = |(i, part)| typed(part, ty(i).unwrap_or(&Type::Dynamic));
    parts.iter().enumerate().map(one).collect()
}

fn type_of(value: &Value) -> Result<Type, String> {
    serde_json::from_value(to_json(value)).map_err(|e| e.to_string())
}

/// An output's value of its type.
pub(super) fn output(value: &RawValue, ty: Option<&RawValue>) -> Result<Value, String> {
    let value = plain(value)?;
    match ty {
        Some(ty) => convert(&value, &type_of(&plain(ty)?)?).map_err(|e| e.to_string()),
        None => Ok(value),
    }
}

/// The way to a part that is kept out of sight.
pub(super) fn path(steps: &[TfStep]) -> Path {
    let step = |step: &TfStep| match step {
        TfStep::GetAttr(name) => Step::Attr(name.as_str().into()),
        TfStep::Index(TfIndex {
            value: TfKey::Name(key),
        }) => Step::Key(key.as_str().into()),
        TfStep::Index(TfIndex {
            value: TfKey::Index(at),
        }) => Step::Index(usize::try_from(*at).unwrap_or(usize::MAX)),
    };
    Path(steps.iter().map(step).collect())
}
