//! Types of values, in the spelling and the JSON form of the Terraform language, with quantities and dates beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::units::Dimension;

/// What a value is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Anything; not known yet.
    #[default]
    Dynamic,
    /// `true`, `false`
    Bool,
    /// An exact decimal.
    Number,
    /// Text.
    String,
    /// Elements of one type, in order.
    List(Arc<Type>),
    /// Elements of one type, each once, without order.
    Set(Arc<Type>),
    /// Elements of one type by key.
    Map(Arc<Type>),
    /// Elements each of its own type, in order.
    Tuple(Arc<[Type]>),
    /// Attributes each of its own type.
    Object(Arc<ObjectType>),
    /// A number with a unit.
    Quantity(Dimension),
    /// A day.
    Date,
}

/// The attributes of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectType {
    /// By name.
    pub attributes: BTreeMap<Arc<str>, Type>,
    /// Those that may be left out.
    pub optional: BTreeSet<Arc<str>>,
}

impl Type {
    /// A list.
    pub fn list(of: Type) -> Self {
        Type::List(Arc::new(of))
    }

    /// A set.
    pub fn set(of: Type) -> Self {
        Type::Set(Arc::new(of))
    }

    /// A map.
    pub fn map(of: Type) -> Self {
        Type::Map(Arc::new(of))
    }

    /// An object all of whose attributes must be there.
    pub fn object<N: Into<Arc<str>>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Self {
        let attributes = attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect();
        Type::Object(Arc::new(ObjectType {
            attributes,
            optional: BTreeSet::new(),
        }))
    }

    /// A tuple.
    pub fn tuple(of: impl IntoIterator<Item = Type>) -> Self {
        Type::Tuple(of.into_iter().collect())
    }

    /// Whether it is known to the last part.
    pub fn is_concrete(&self) -> bool {
        match self {
            Type::Dynamic => false,
            Type::List(t) | Type::Set(t) | Type::Map(t) => t.is_concrete(),
            Type::Tuple(ts) => ts.iter().all(Type::is_concrete),
            Type::Object(o) => o.attributes.values().all(Type::is_concrete),
            Type::Bool | Type::Number | Type::String | Type::Quantity(_) | Type::Date => true,
        }
    }

    /// `a string`, `a list of numbers`: as messages call it.
    pub fn friendly(&self) -> String {
        match self {
            Type::Dynamic => "a value of any type".to_owned(),
            Type::Bool => "a bool".to_owned(),
            Type::Number => "a number".to_owned(),
            Type::String => "a string".to_owned(),
            Type::List(_) => format!("a list, `{self}`"),
            Type::Set(_) => format!("a set, `{self}`"),
            Type::Map(_) => format!("a map, `{self}`"),
            Type::Tuple(_) => "a tuple".to_owned(),
            Type::Object(_) => "an object".to_owned(),
            Type::Quantity(d) => format!("a {}", d.name()),
            Type::Date => "a date".to_owned(),
        }
    }

    fn json(&self) -> serde_json::Value {
        use serde_json::json;
        match self {
            Type::Dynamic => json!("dynamic"),
            Type::Bool => json!("bool"),
            Type::Number => json!("number"),
            Type::String => json!("string"),
            Type::Date => json!("date"),
            Type::Quantity(d) => json!(["quantity", d]),
            Type::List(t) => json!(["list", t.json()]),
            Type::Set(t) => json!(["set", t.json()]),
            Type::Map(t) => json!(["map", t.json()]),
            Type::Tuple(ts) => json!(["tuple", ts.iter().map(Type::json).collect::<Vec<_>>()]),
            Type::Object(o) => {
                let attributes: BTreeMap<_, _> = o.attributes.iter().map(|(n, t)| (n.as_ref(), t.json())).collect();
                if o.optional.is_empty() {
                    json!(["object", attributes])
                } else {
                    json!([
                        "object",
                        attributes,
                        o.optional.iter().map(AsRef::as_ref).collect::<Vec<&str>>()
                    ])
                }
            }
        }
    }

    fn from_json(json: &serde_json::Value) -> Result<Self, String> {
        use serde_json::Value as Json;
        let wrong = || format!("`{json}` is no type");
        match json {
            Json::String(name) => Self::named(name).ok_or_else(wrong),
            Json::Array(parts) => {
                let name = parts.first().and_then(Json::as_str).ok_or_else(wrong)?;
                let inner = parts.get(1).ok_or_else(wrong)?;
                match name {
                    "list" => Ok(Self::list(Self::from_json(inner)?)),
                    "set" => Ok(Self::set(Self::from_json(inner)?)),
                    "map" => Ok(Self::map(Self::from_json(inner)?)),
                    "quantity" => Dimension::deserialize(inner)
                        .map(Type::Quantity)
                        .map_err(|e| e.to_string()),
                    "tuple" => inner
                        .as_array()
                        .ok_or_else(wrong)?
                        .iter()
                        .map(Self::from_json)
                        .collect::<Result<_, _>>()
                        .map(Type::Tuple),
                    "object" => Self::object_from_json(inner, parts.get(2)).ok_or_else(wrong)?,
                    _ => Err(wrong()),
                }
            }
            _ => Err(wrong()),
        }
    }

    fn object_from_json(
        attributes: &serde_json::Value,
        optional: Option<&serde_json::Value>,
    ) -> Option<Result<Self, String>> {
        let attributes = attributes
            .as_object()?
            .iter()
            .map(|(n, t)| Ok((Arc::from(n.as_str()), Self::from_json(t)?)));
        let optional = match optional {
            None => BTreeSet::new(),
            Some(names) => names
                .as_array()?
                .iter()
                .map(|n| n.as_str().map(Arc::from))
                .collect::<Option<_>>()?,
        };
        let made: Result<BTreeMap<_, _>, String> = attributes.collect();
        Some(made.map(|attributes| Type::Object(Arc::new(ObjectType { attributes, optional }))))
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "dynamic" => Type::Dynamic,
            "bool" => Type::Bool,
            "number" => Type::Number,
            "string" => Type::String,
            "date" => Type::Date,
            _ => return None,
        })
    }
}

/// As the language spells it: `list(string)`, `object({ a = string, b = optional(number) })`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dynamic => f.write_str("any"),
            Type::Bool => f.write_str("bool"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::Date => f.write_str("date"),
            Type::Quantity(d) => f.write_str(d.name().as_str()),
            Type::List(t) => write!(f, "list({t})"),
            Type::Set(t) => write!(f, "set({t})"),
            Type::Map(t) => write!(f, "map({t})"),
            Type::Tuple(ts) => {
                let parts: Vec<String> = ts.iter().map(Type::to_string).collect();
                write!(f, "tuple([{}])", parts.join(", "))
            }
            Type::Object(o) => {
                let attribute = |(name, ty): (&Arc<str>, &Type)| {
                    if o.optional.contains(name) {
                        format!("{name} = optional({ty})")
                    } else {
                        format!("{name} = {ty}")
                    }
                };
                let parts: Vec<String> = o.attributes.iter().map(attribute).collect();
                if parts.is_empty() {
                    f.write_str("object({})")
                } else {
                    write!(f, "object({{ {} }})", parts.join(", "))
                }
            }
        }
    }
}

impl Serialize for Type {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Type {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = serde_json::Value::deserialize(deserializer)?;
        Self::from_json(&json).map_err(serde::de::Error::custom)
    }
}
