//! What one field of a struct holds, and which types it may be of.

use std::collections::{BTreeMap, BTreeSet};

use situs_provider::schema::{Kind, Nesting};
use situs_value::{Number, Type, Value};

use super::object::Line;

/// A value that may be missing, or not be known yet. While something is planned any field may be unknown; when it is carried out only
/// those may that the provider sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field<T> {
    /// Nothing is said.
    #[default]
    Null,
    /// It will be known.
    Unknown,
    /// This.
    Known(T),
}

impl<T> Field<T> {
    /// The value, where there is one and it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Field::Known(value) => Some(value),
            Field::Null | Field::Unknown => None,
        }
    }

    /// The value, where there is one and it is known.
    pub fn into_known(self) -> Option<T> {
        match self {
            Field::Known(value) => Some(value),
            Field::Null | Field::Unknown => None,
        }
    }

    /// Whether nothing is said.
    pub fn is_null(&self) -> bool {
        matches!(self, Field::Null)
    }

    /// Whether it is not known yet.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Field::Unknown)
    }

    /// The same where something is said, else nothing: what is not set is not looked at either.
    #[must_use]
    pub fn as_seen(&self, seen: impl Into<Field<T>>) -> Self {
        match self {
            Field::Null => Field::Null,
            _ => seen.into(),
        }
    }
}

impl Field<String> {
    /// The text; empty where there is none.
    pub fn text(&self) -> &str {
        self.known().map_or("", String::as_str)
    }
}

impl<T: Copy + Default> Field<T> {
    /// The value; that of its type where there is none.
    pub fn get(&self) -> T {
        self.known().copied().unwrap_or_default()
    }
}

impl<T> Field<Vec<T>> {
    /// The elements; none where nothing is said.
    pub fn all(&self) -> &[T] {
        self.known().map_or(&[], Vec::as_slice)
    }
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Field::Known(value)
    }
}

impl<T> From<Option<T>> for Field<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Field::Null, Field::Known)
    }
}

impl From<&str> for Field<String> {
    fn from(value: &str) -> Self {
        Field::Known(value.to_owned())
    }
}

/// What a field may hold: text, truth, whole numbers, lists, sets and maps of them, structs that are [`super::Object`]s, and lists, sets
/// and maps of those.
pub trait Attr: Sized {
    /// What it looks like in a schema.
    fn kind() -> Kind;
    /// The lines of the objects inside it; none where it holds none.
    fn inner() -> Vec<Line> {
        Vec::new()
    }
    /// The value; nothing where any of it is unknown, or it is something else.
    fn from_value(value: &Value) -> Option<Self>;
    /// The other way.
    fn to_value(&self) -> Value;
}

/// A field of a struct, as the derive macro sees it.
pub trait Held: Sized {
    /// What it looks like in a schema.
    fn kind() -> Kind;
    /// The lines of the objects inside it.
    fn inner() -> Vec<Line>;
    /// The property of that name of an object.
    fn of(object: &Value, name: &str) -> Self;
    /// The value, null where there is none, unknown where it is unknown.
    fn value(&self) -> Value;
}

impl<T: Attr> Held for Field<T> {
    fn kind() -> Kind {
        T::kind()
    }

    fn inner() -> Vec<Line> {
        T::inner()
    }

    fn of(object: &Value, name: &str) -> Self {
        match object.get(name) {
            None | Some(Value::Null) => Field::Null,
            Some(value) => T::from_value(value).map_or(Field::Unknown, Field::Known),
        }
    }

    fn value(&self) -> Value {
        match self {
            Field::Null => Value::Null,
            Field::Unknown => Value::unknown(ty(&T::kind())),
            Field::Known(value) => value.to_value(),
        }
    }
}

/// The type of the values of a kind.
pub(super) fn ty(kind: &Kind) -> Type {
    match kind {
        Kind::Type(ty) => ty.clone(),
        Kind::Nested { nesting, attributes } => {
            let one = attributes.iter().map(|(name, a)| (name.clone(), a.ty()));
            nesting.of(Type::object(one))
        }
    }
}

/// Several of a kind.
fn several(kind: Kind, nesting: Nesting) -> Kind {
    match kind {
        Kind::Nested {
            nesting: Nesting::Single,
            attributes,
        } => Kind::Nested { nesting, attributes },
        one => Kind::Type(nesting.of(ty(&one))),
    }
}

impl Attr for String {
    fn kind() -> Kind {
        Kind::Type(Type::String)
    }

    fn from_value(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }

    fn to_value(&self) -> Value {
        self.as_str().into()
    }
}

impl Attr for bool {
    fn kind() -> Kind {
        Kind::Type(Type::Bool)
    }

    fn from_value(value: &Value) -> Option<Self> {
        value.as_bool()
    }

    fn to_value(&self) -> Value {
        (*self).into()
    }
}

impl Attr for i64 {
    fn kind() -> Kind {
        Kind::Type(Type::Number)
    }

    fn from_value(value: &Value) -> Option<Self> {
        value.as_number()?.to_i64()
    }

    fn to_value(&self) -> Value {
        (*self).into()
    }
}

impl Attr for u64 {
    fn kind() -> Kind {
        Kind::Type(Type::Number)
    }

    fn from_value(value: &Value) -> Option<Self> {
        value.as_number()?.to_u64()
    }

    fn to_value(&self) -> Value {
        (*self).into()
    }
}

impl Attr for Number {
    fn kind() -> Kind {
        Kind::Type(Type::Number)
    }

    fn from_value(value: &Value) -> Option<Self> {
        value.as_number().cloned()
    }

    fn to_value(&self) -> Value {
        self.clone().into()
    }
}

impl<T: Attr> Attr for Vec<T> {
    fn kind() -> Kind {
        several(T::kind(), Nesting::List)
    }

    fn inner() -> Vec<Line> {
        T::inner()
    }

    fn from_value(value: &Value) -> Option<Self> {
        value.elements()?.iter().map(T::from_value).collect()
    }

    fn to_value(&self) -> Value {
        Value::list(self.iter().map(T::to_value))
    }
}

impl<T: Attr + Ord> Attr for BTreeSet<T> {
    fn kind() -> Kind {
        several(T::kind(), Nesting::Set)
    }

    fn inner() -> Vec<Line> {
        T::inner()
    }

    fn from_value(value: &Value) -> Option<Self> {
        value.elements()?.iter().map(T::from_value).collect()
    }

    fn to_value(&self) -> Value {
        Value::set(self.iter().map(T::to_value))
    }
}

impl<T: Attr> Attr for BTreeMap<String, T> {
    fn kind() -> Kind {
        several(T::kind(), Nesting::Map)
    }

    fn inner() -> Vec<Line> {
        T::inner()
    }

    fn from_value(value: &Value) -> Option<Self> {
        let entries = value.attributes()?.iter();
        let one = |(key, value): (_, &Value)| Some((ToString::to_string(key), T::from_value(value)?));
        entries.map(one).collect()
    }

    fn to_value(&self) -> Value {
        Value::map(self.iter().map(|(key, value)| (key.as_str(), value.to_value())))
    }
}
