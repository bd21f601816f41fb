//! Values: cheap to clone, 24 bytes wide, never cyclic.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::date::Date;
use crate::number::Number;
use crate::path::{Path, Step};
use crate::quantity::Quantity;
use crate::types::{ObjectType, Type};

/// Attributes or elements by name.
pub type Map = BTreeMap<Arc<str>, Value>;

/// A value. Its order is total and arbitrary but fixed: sets are kept in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// Not known yet.
    Unknown(Arc<Unknown>),
    /// `true`, `false`
    Bool(bool),
    /// An exact decimal.
    Number(Number),
    /// Text.
    String(Arc<str>),
    /// Elements of one type, in order.
    List(Arc<[Value]>),
    /// Elements of one type, sorted, each once. Made by [`Value::set`].
    Set(Arc<[Value]>),
    /// Elements each of its own type, in order.
    Tuple(Arc<[Value]>),
    /// Elements of one type by key.
    Map(Arc<Map>),
    /// Attributes each of its own type.
    Object(Arc<Map>),
    /// A number with a unit.
    Quantity(Arc<Quantity>),
    /// A day.
    Date(Date),
    /// A value that carries marks. Never directly inside another. Made by [`Value::marked`].
    Marked(Marks, Arc<Value>),
}

/// What a value is marked as. Marks travel: what is made of a marked value is marked too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marks {
    /// It is kept out of sight.
    pub sensitive: bool,
    /// It is never kept: neither in a state nor in a plan.
    pub ephemeral: bool,
}

impl Marks {
    /// Kept out of sight.
    pub const SENSITIVE: Self = Self {
        sensitive: true,
        ephemeral: false,
    };
    /// Never kept.
    pub const EPHEMERAL: Self = Self {
        sensitive: false,
        ephemeral: true,
    };

    /// The marks of either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            sensitive: self.sensitive || other.sensitive,
            ephemeral: self.ephemeral || other.ephemeral,
        }
    }

    /// Whether there are none.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// What is known of a value that is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// Its type.
    pub ty: Type,
    /// What else.
    pub refinements: Refinements,
}

/// Promises about an unknown value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refinements {
    /// It will not be null.
    pub not_null: bool,
    /// The text it will start with.
    pub prefix: Option<Arc<str>>,
    /// It is a number, and not less than this.
    pub least: Option<u64>,
}

/// Yes, no, or not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tri {
    /// Yes.
    True,
    /// No.
    False,
    /// Not known yet.
    Unknown,
}

impl Value {
    /// A text.
    pub fn string(text: impl AsRef<str>) -> Self {
        Value::String(text.as_ref().into())
    }

    /// An unknown value of a type.
    pub fn unknown(ty: Type) -> Self {
        Value::Unknown(Arc::new(Unknown {
            ty,
            refinements: Refinements::default(),
        }))
    }

    /// An unknown value of a type that will not be null.
    pub fn unknown_not_null(ty: Type) -> Self {
        Value::Unknown(Arc::new(Unknown {
            ty,
            refinements: Refinements {
                not_null: true,
                ..Refinements::default()
            },
        }))
    }

    /// A text that is not known and not null, with this at its beginning.
    pub fn unknown_text(prefix: &str) -> Self {
        Value::Unknown(Arc::new(Unknown {
            ty: Type::String,
            refinements: Refinements {
                not_null: true,
                prefix: (!prefix.is_empty()).then(|| prefix.into()),
                least: None,
            },
        }))
    }

    /// A number that is not known, not null, and not less than this.
    pub fn unknown_at_least(least: u64) -> Self {
        Value::Unknown(Arc::new(Unknown {
            ty: Type::Number,
            refinements: Refinements {
                not_null: true,
                prefix: None,
                least: Some(least),
            },
        }))
    }

    /// An unknown value of which nothing is known.
    pub fn unknown_dynamic() -> Self {
        Self::unknown(Type::Dynamic)
    }

    /// A list.
    pub fn list(elements: impl IntoIterator<Item = Value>) -> Self {
        Value::List(elements.into_iter().collect())
    }

    /// A tuple.
    pub fn tuple(elements: impl IntoIterator<Item = Value>) -> Self {
        Value::Tuple(elements.into_iter().collect())
    }

    /// A set: sorted, each element once.
    pub fn set(elements: impl IntoIterator<Item = Value>) -> Self {
        let mut elements: Vec<Value> = elements.into_iter().collect();
        // What is not known stands last, as the Terraform language has it.
        elements.sort_by(|a, b| (!a.is_known(), a).cmp(&(!b.is_known(), b)));
        elements.dedup();
        Value::Set(elements.into())
    }

    /// A map.
    pub fn map<N: Into<Arc<str>>>(elements: impl IntoIterator<Item = (N, Value)>) -> Self {
        Value::Map(Arc::new(elements.into_iter().map(|(n, v)| (n.into(), v)).collect()))
    }

    /// An object.
    pub fn object<N: Into<Arc<str>>>(attributes: impl IntoIterator<Item = (N, Value)>) -> Self {
        Value::Object(Arc::new(attributes.into_iter().map(|(n, v)| (n.into(), v)).collect()))
    }

    /// The same, kept out of sight.
    #[must_use]
    pub fn mark(self) -> Self {
        self.marked(Marks::SENSITIVE)
    }

    /// The same with these marks beside its own.
    #[must_use]
    pub fn marked(self, marks: Marks) -> Self {
        match self {
            value if marks.is_none() => value,
            Value::Marked(own, inner) => Value::Marked(own.or(marks), inner),
            other => Value::Marked(marks, Arc::new(other)),
        }
    }

    /// The same with the marks of `model` beside its own.
    #[must_use]
    pub fn mark_like(self, model: &Value) -> Self {
        self.marked(model.marks())
    }

    /// The marks of it as a whole.
    pub fn marks(&self) -> Marks {
        match self {
            Value::Marked(marks, _) => *marks,
            _ => Marks::default(),
        }
    }

    /// The marks of it and of everything inside it.
    pub fn marks_within(&self) -> Marks {
        let within = |values: &mut dyn Iterator<Item = &Value>| {
            values.fold(Marks::default(), |marks, v| marks.or(v.marks_within()))
        };
        match self {
            Value::Marked(marks, inner) => marks.or(inner.marks_within()),
            Value::List(e) | Value::Set(e) | Value::Tuple(e) => within(&mut e.iter()),
            Value::Map(m) | Value::Object(m) => within(&mut m.values()),
            _ => Marks::default(),
        }
    }

    /// The value itself, in sight; marks inside it stay.
    pub fn unmarked(&self) -> &Value {
        match self {
            Value::Marked(_, inner) => inner,
            other => other,
        }
    }

    /// The value in sight, with everything inside it.
    #[must_use]
    pub fn unmarked_deep(&self) -> Value {
        if self.any(&|v| matches!(v, Value::Marked(..))) {
            self.map_leaves(&|v| v.unmarked().clone())
        } else {
            self.clone()
        }
    }

    /// Whether it, as a whole, is kept out of sight.
    pub fn is_sensitive(&self) -> bool {
        self.marks().sensitive
    }

    /// Whether it or anything inside it is kept out of sight.
    pub fn contains_sensitive(&self) -> bool {
        self.any(&|v| v.is_sensitive())
    }

    /// Whether it, as a whole, is never kept.
    pub fn is_ephemeral(&self) -> bool {
        self.marks().ephemeral
    }

    /// Whether it or anything inside it is never kept.
    pub fn contains_ephemeral(&self) -> bool {
        self.any(&|v| v.is_ephemeral())
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.unmarked(), Value::Null)
    }

    /// Whether it is known as a whole; parts of it may not be.
    pub fn is_known(&self) -> bool {
        !matches!(self.unmarked(), Value::Unknown(_))
    }

    /// Whether it and everything inside it is known.
    pub fn is_wholly_known(&self) -> bool {
        !self.any(&|v| matches!(v, Value::Unknown(_)))
    }

    /// Whether the test holds for it or for anything inside it.
    pub fn any(&self, test: &dyn Fn(&Value) -> bool) -> bool {
        test(self)
            || match self {
                Value::Marked(_, inner) => inner.any(test),
                Value::List(e) | Value::Set(e) | Value::Tuple(e) => e.iter().any(|v| v.any(test)),
                Value::Map(m) | Value::Object(m) => m.values().any(|v| v.any(test)),
                _ => false,
            }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self.unmarked() {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<&Number> {
        match self.unmarked() {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The bool, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.unmarked() {
            Value::Bool(bool) => Some(*bool),
            _ => None,
        }
    }

    /// The elements of a list, set or tuple.
    pub fn elements(&self) -> Option<&[Value]> {
        match self.unmarked() {
            Value::List(e) | Value::Set(e) | Value::Tuple(e) => Some(e),
            _ => None,
        }
    }

    /// The attributes of an object or the elements of a map.
    pub fn attributes(&self) -> Option<&Map> {
        match self.unmarked() {
            Value::Map(m) | Value::Object(m) => Some(m),
            _ => None,
        }
    }

    /// The attribute or element of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.attributes().and_then(|m| m.get(name))
    }

    /// The part that a path leads to.
    pub fn at(&self, path: &Path) -> Option<&Value> {
        path.0.iter().try_fold(self, |value, step| match step {
            Step::Attr(name) | Step::Key(name) => value.get(name),
            Step::Index(at) => value.elements().and_then(|e| e.get(*at)),
        })
    }

    /// The same with another value at the end of a path; unchanged where the path leads nowhere.
    #[must_use]
    pub fn with(&self, path: &Path, new: &Value) -> Self {
        self.edit(&path.0, &|_| new.clone())
    }

    /// The same with these paths kept out of sight. A path into a set or into something unknown marks the whole of that.
    #[must_use]
    pub fn with_sensitive_paths(&self, paths: &[Path]) -> Self {
        paths
            .iter()
            .fold(self.clone(), |value, path| value.edit(&path.0, &|v| v.clone().mark()))
    }

    fn edit(&self, steps: &[Step], f: &dyn Fn(&Value) -> Value) -> Value {
        let Some((step, rest)) = steps.split_first() else {
            return f(self);
        };
        match (self, step) {
            (Value::Marked(marks, inner), _) => inner.edit(steps, f).marked(*marks),
            (Value::Map(m), Step::Attr(n) | Step::Key(n)) => Value::Map(edit_map(m, n, rest, f)),
            (Value::Object(m), Step::Attr(n) | Step::Key(n)) => Value::Object(edit_map(m, n, rest, f)),
            (Value::List(e), Step::Index(i)) => Value::List(edit_slice(e, *i, rest, f)),
            (Value::Tuple(e), Step::Index(i)) => Value::Tuple(edit_slice(e, *i, rest, f)),
            (Value::Set(_), Step::Index(_)) => self.clone().mark(),
            _ => self.clone(),
        }
    }

    /// The paths of everything that is kept out of sight, outermost only.
    pub fn sensitive_paths(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        self.collect_sensitive(&Path::root(), &mut paths);
        paths
    }

    fn collect_sensitive(&self, at: &Path, paths: &mut Vec<Path>) {
        match self {
            Value::Marked(marks, _) if marks.sensitive => paths.push(at.clone()),
            Value::Marked(_, inner) => inner.collect_sensitive(at, paths),
            Value::List(e) | Value::Set(e) | Value::Tuple(e) => {
                for (i, v) in e.iter().enumerate().filter(|(_, v)| v.contains_sensitive()) {
                    v.collect_sensitive(&at.index(i), paths);
                }
            }
            Value::Map(m) => {
                for (k, v) in m.iter().filter(|(_, v)| v.contains_sensitive()) {
                    v.collect_sensitive(&at.key(k), paths);
                }
            }
            Value::Object(m) => {
                for (k, v) in m.iter().filter(|(_, v)| v.contains_sensitive()) {
                    v.collect_sensitive(&at.attr(k), paths);
                }
            }
            _ => {}
        }
    }

    /// The same with `f` over every value inside and then over itself. Marks are kept unless `f` takes them off.
    #[must_use]
    pub fn map_leaves(&self, f: &dyn Fn(&Value) -> Value) -> Value {
        let each = |e: &Arc<[Value]>| e.iter().map(|v| v.map_leaves(f)).collect::<Vec<_>>();
        let every = |m: &Arc<Map>| Arc::new(m.iter().map(|(k, v)| (k.clone(), v.map_leaves(f))).collect::<Map>());
        match self {
            Value::Marked(marks, inner) => f(&inner.map_leaves(f).marked(*marks)),
            Value::List(e) => f(&Value::list(each(e))),
            Value::Set(e) => f(&Value::set(each(e))),
            Value::Tuple(e) => f(&Value::tuple(each(e))),
            Value::Map(m) => f(&Value::Map(every(m))),
            Value::Object(m) => f(&Value::Object(every(m))),
            leaf => f(leaf),
        }
    }

    /// Its type; the elements of a list, set or map are unified as far as they go.
    pub fn type_of(&self) -> Type {
        let each = |e: &[Value]| crate::convert::unify(e.iter().map(Value::type_of)).unwrap_or_default();
        match self {
            Value::Null => Type::Dynamic,
            Value::Unknown(unknown) => unknown.ty.clone(),
            Value::Bool(_) => Type::Bool,
            Value::Number(_) => Type::Number,
            Value::String(_) => Type::String,
            Value::List(e) => Type::list(each(e)),
            Value::Set(e) => Type::set(each(e)),
            Value::Tuple(e) => Type::tuple(e.iter().map(Value::type_of)),
            Value::Map(m) => Type::map(crate::convert::unify(m.values().map(Value::type_of)).unwrap_or_default()),
            Value::Object(m) => {
                let attributes = m.iter().map(|(n, v)| (n.clone(), v.type_of())).collect();
                Type::Object(Arc::new(ObjectType {
                    attributes,
                    ..ObjectType::default()
                }))
            }
            Value::Quantity(q) => Type::Quantity(q.dimension().clone()),
            Value::Date(_) => Type::Date,
            Value::Marked(_, inner) => inner.type_of(),
        }
    }

    /// `a string`, `null`, `an object`: as messages call it.
    pub fn friendly(&self) -> String {
        match self.unmarked() {
            Value::Null => "null".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Set(_) => "a set".to_owned(),
            Value::Map(_) => "a map".to_owned(),
            other => other.type_of().friendly(),
        }
    }

    /// Whether two are equal, as far as both are known. Marks do not matter.
    pub fn equals(&self, other: &Value) -> Tri {
        let (a, b) = (self.unmarked(), other.unmarked());
        match (a, b) {
            (Value::Unknown(_), Value::Unknown(_)) => Tri::Unknown,
            (Value::Unknown(u), known) | (known, Value::Unknown(u)) => u.may_be(known),
            (Value::List(x), Value::List(y)) | (Value::Tuple(x), Value::Tuple(y)) => {
                equal_all(x.len() == y.len(), x.iter().zip(y.iter()))
            }
            (Value::Map(x), Value::Map(y)) | (Value::Object(x), Value::Object(y)) => {
                equal_all(x.keys().eq(y.keys()), x.values().zip(y.values()))
            }
            _ if std::mem::discriminant(a) != std::mem::discriminant(b) => Tri::False,
            _ if a.is_wholly_known() && b.is_wholly_known() => {
                if a.unmarked_deep() == b.unmarked_deep() {
                    Tri::True
                } else {
                    Tri::False
                }
            }
            _ => Tri::Unknown,
        }
    }
}

impl Unknown {
    /// Whether it will be equal to a value that is known: what it promises may tell already.
    fn may_be(&self, known: &Value) -> Tri {
        let ruled_out = match known {
            Value::Null => self.refinements.not_null,
            Value::String(text) => {
                let prefix = self.refinements.prefix.as_deref();
                prefix.is_some_and(|p| !text.starts_with(p)) || !matches!(self.ty, Type::String | Type::Dynamic)
            }
            Value::Number(n) => {
                let less = |least: u64| *n < Number::from(least);
                self.refinements.least.is_some_and(less) || !matches!(self.ty, Type::Number | Type::Dynamic)
            }
            Value::Bool(_) => !matches!(self.ty, Type::Bool | Type::Dynamic),
            _ => false,
        };
        if ruled_out { Tri::False } else { Tri::Unknown }
    }
}

fn equal_all<'a>(shape: bool, mut pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Tri {
    if !shape {
        return Tri::False;
    }
    let mut result = Tri::True;
    for (a, b) in pairs.by_ref() {
        match a.equals(b) {
            Tri::False => return Tri::False,
            Tri::Unknown => result = Tri::Unknown,
            Tri::True => {}
        }
    }
    result
}

fn edit_map(map: &Arc<Map>, name: &Arc<str>, rest: &[Step], f: &dyn Fn(&Value) -> Value) -> Arc<Map> {
    let Some(value) = map.get(name) else { return map.clone() };
    let mut map = (**map).clone();
    map.insert(name.clone(), value.edit(rest, f));
    Arc::new(map)
}

fn edit_slice(slice: &Arc<[Value]>, at: usize, rest: &[Step], f: &dyn Fn(&Value) -> Value) -> Arc<[Value]> {
    slice
        .iter()
        .enumerate()
        .map(|(i, v)| if i == at { v.edit(rest, f) } else { v.clone() })
        .collect()
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text.into())
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Value::Bool(bool)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Value::Number(number)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Number(number.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Value::Number(number.into())
    }
}

impl From<Quantity> for Value {
    fn from(quantity: Quantity) -> Self {
        Value::Quantity(Arc::new(quantity))
    }
}
