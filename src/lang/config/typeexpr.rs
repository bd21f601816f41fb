//! Type expressions: `list(string)`, `object({ a = string, b = optional(number, 1) })`. A type that a variable declares also carries
//! the values that stand in for attributes which are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_value::{ConvertError, ObjectType, Type, Value, convert};

use crate::base::diagnostic::did_you_mean;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::instance::NoObjects;
use crate::lang::eval::{Scope, evaluate};
use crate::lang::syntax::ast::{Expr, ExprKind, Ident, ObjectItem, ObjectKey};

/// A type expression that names no type.
pub const BAD_TYPE: Code = Code::new("E153", "a type expression that names no type");

/// What a value must be, and what stands in for what is left out of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraint {
    /// The type.
    pub ty: Type,
    defaults: Defaults,
}

/// Values for attributes that are left out, at every depth.
#[derive(Clone, Debug, Default, PartialEq)]
struct Defaults {
    /// By attribute: its value where it is left out or null.
    attributes: BTreeMap<Arc<str>, Value>,
    /// By attribute: what is inside it.
    inside: BTreeMap<Arc<str>, Defaults>,
    /// Inside each element of a list, a set or a map.
    each: Option<Box<Defaults>>,
    /// Inside each element of a tuple.
    places: Vec<Defaults>,
}

impl Constraint {
    /// The value as one of the type, with the defaults in it.
    pub fn apply(&self, value: &Value) -> Result<Value, ConvertError> {
        convert(&self.defaults.fill(value), &self.ty)
    }
}

impl Defaults {
    fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.inside.is_empty() && self.each.is_none() && self.places.is_empty()
    }

    fn fill(&self, value: &Value) -> Value {
        if self.is_empty() {
            return value.clone();
        }
        match value {
            Value::Marked(marks, inner) => self.fill(inner).marked(*marks),
            Value::Object(map) | Value::Map(map) if self.each.is_none() => self.fill_object(map),
            Value::Object(map) => Value::object(map.iter().map(|(k, v)| (k.clone(), self.fill_each(v)))),
            Value::Map(map) => Value::map(map.iter().map(|(k, v)| (k.clone(), self.fill_each(v)))),
            Value::Set(elements) => Value::set(elements.iter().map(|v| self.fill_each(v))),
            Value::List(elements) | Value::Tuple(elements) => {
                Value::tuple(elements.iter().enumerate().map(|(i, v)| match self.places.get(i) {
                    Some(place) => place.fill(v),
                    None => self.fill_each(v),
                }))
            }
            other => other.clone(),
        }
    }

    fn fill_each(&self, value: &Value) -> Value {
        self.each
            .as_ref()
            .map_or_else(|| value.clone(), |each| each.fill(value))
    }

    fn fill_object(&self, map: &BTreeMap<Arc<str>, Value>) -> Value {
        let mut filled = map.clone();
        for (name, default) in &self.attributes {
            if filled.get(name).is_none_or(Value::is_null) {
                filled.insert(name.clone(), default.clone());
            }
        }
        for (name, inside) in &self.inside {
            if let Some(value) = filled.get(name) {
                let value = inside.fill(value);
                filled.insert(name.clone(), value);
            }
        }
        Value::Object(Arc::new(filled))
    }
}

/// The type that an expression names; any type where it names none.
pub fn read(expr: &Expr) -> (Constraint, Diagnostics) {
    let mut reader = Reader(Diagnostics::new());
    let constraint = reader.of(expr).unwrap_or_default();
    (constraint, reader.0)
}

/// Every word that a type expression may start with.
const WORDS: &[&str] = &[
    "string", "number", "bool", "date", "any", "list", "set", "map", "object", "tuple",
];

struct Reader(Diagnostics);

impl Reader {
    fn of(&mut self, expr: &Expr) -> Option<Constraint> {
        match &expr.kind {
            ExprKind::Name(word) => self.word(word),
            ExprKind::Paren(inner) => self.of(inner),
            ExprKind::Call { name, args, .. } => self.call(name, args, expr),
            ExprKind::Error => None,
            _ => self.refuse(expr, "not a type", quoted_hint(expr)),
        }
    }

    fn word(&mut self, word: &Ident) -> Option<Constraint> {
        let ty = match &*word.name {
            "string" => Type::String,
            "number" => Type::Number,
            "bool" => Type::Bool,
            "date" => Type::Date,
            "any" => Type::Dynamic,
            "list" => Type::list(Type::Dynamic),
            "set" => Type::set(Type::Dynamic),
            "map" => Type::map(Type::Dynamic),
            _ => {
                self.unknown(word);
                return None;
            }
        };
        Some(plain(ty))
    }

    fn unknown(&mut self, word: &Ident) {
        let near = did_you_mean(&word.name, WORDS.iter().copied());
        let help = near.unwrap_or_else(|| format!("types are `{}`", WORDS.join("`, `")));
        let title = match &*word.name {
            "optional" => "`optional(…)` stands at an attribute of `object({…})` only".to_owned(),
            name => format!("there is no type `{name}`"),
        };
        self.0.push(
            Diagnostic::error(BAD_TYPE, title)
                .at(word.span, "not a type here")
                .help(help),
        );
    }

    fn call(&mut self, name: &Ident, args: &[Arc<Expr>], whole: &Expr) -> Option<Constraint> {
        match (&*name.name, args) {
            ("list", [of]) => self.many(of, Type::list),
            ("set", [of]) => self.many(of, Type::set),
            ("map", [of]) => self.many(of, Type::map),
            ("object", [of]) => match &of.kind {
                ExprKind::Object(items) => self.object(items),
                _ => self.refuse(of, "not `{ name = type, … }`", "write `object({ name = string })`"),
            },
            ("tuple", [of]) => match &of.kind {
                ExprKind::Tuple(elements) => self.tuple(elements),
                _ => self.refuse(of, "not `[type, …]`", "write `tuple([string, number])`"),
            },
            ("list" | "set" | "map" | "object" | "tuple", _) => {
                self.refuse(whole, "takes one argument", "write for example `list(string)`")
            }
            _ => {
                self.unknown(name);
                None
            }
        }
    }

    fn many(&mut self, of: &Expr, kind: fn(Type) -> Type) -> Option<Constraint> {
        let inner = self.of(of)?;
        let each = (!inner.defaults.is_empty()).then(|| Box::new(inner.defaults));
        let defaults = Defaults {
            each,
            ..Defaults::default()
        };
        Some(Constraint {
            ty: kind(inner.ty),
            defaults,
        })
    }

    fn tuple(&mut self, elements: &[Arc<Expr>]) -> Option<Constraint> {
        let parts: Vec<Constraint> = elements.iter().filter_map(|e| self.of(e)).collect();
        if parts.len() != elements.len() {
            return None;
        }
        let ty = Type::tuple(parts.iter().map(|p| p.ty.clone()));
        let places = match parts.iter().any(|p| !p.defaults.is_empty()) {
            true => parts.into_iter().map(|p| p.defaults).collect(),
            false => Vec::new(),
        };
        let defaults = Defaults {
            places,
            ..Defaults::default()
        };
        Some(Constraint { ty, defaults })
    }

    fn object(&mut self, items: &[ObjectItem]) -> Option<Constraint> {
        let mut object = ObjectType {
            attributes: BTreeMap::new(),
            optional: BTreeSet::new(),
        };
        let mut defaults = Defaults::default();
        let mut whole = true;
        for item in items {
            let made = self.attribute(item, &mut object, &mut defaults);
            whole &= made.is_some();
        }
        whole.then(|| Constraint {
            ty: Type::Object(Arc::new(object)),
            defaults,
        })
    }

    fn attribute(&mut self, item: &ObjectItem, object: &mut ObjectType, defaults: &mut Defaults) -> Option<()> {
        let name = match &item.key {
            ObjectKey::Name(name) => name.name.clone(),
            ObjectKey::Expr(key) => match key.as_text() {
                Some(text) => text.into(),
                None => self.refuse(key, "not a name", "write the attribute's name, without brackets")?,
            },
        };
        let (of, default) = self.optional(&item.value, &name, object)?;
        let inner = self.of(of)?;
        if let Some(default) = default {
            let value = self.default(default, &inner)?;
            defaults.attributes.insert(name.clone(), value);
        }
        if !inner.defaults.is_empty() {
            defaults.inside.insert(name.clone(), inner.defaults);
        }
        object.attributes.insert(name, inner.ty);
        Some(())
    }

    /// `optional(type)` and `optional(type, default)`, or the type itself.
    fn optional<'e>(
        &mut self,
        expr: &'e Expr,
        name: &Arc<str>,
        object: &mut ObjectType,
    ) -> Option<(&'e Expr, Option<&'e Expr>)> {
        let ExprKind::Call { name: called, args, .. } = &expr.kind else {
            return Some((expr, None));
        };
        if &*called.name != "optional" {
            return Some((expr, None));
        }
        object.optional.insert(name.clone());
        match args.as_slice() {
            [of] => Some((of, None)),
            [of, default] => Some((of, Some(default))),
            _ => self.refuse(expr, "takes a type and a default", "write `optional(string, \"x\")`"),
        }
    }

    fn default(&mut self, expr: &Expr, of: &Constraint) -> Option<Value> {
        let (value, said) = evaluate(expr, &Scope::default(), &NoObjects);
        let broken = said.has_errors();
        self.0.append(said);
        match of.apply(&value) {
            Ok(value) if !broken => Some(value),
            Ok(_) => None,
            Err(_) if broken => None,
            Err(why) => {
                let said = Diagnostic::error(BAD_TYPE, "the default is not of the attribute's type");
                self.0.push(said.at(expr.span, why.to_string()));
                None
            }
        }
    }

    fn refuse<T>(&mut self, expr: &Expr, label: &str, help: &str) -> Option<T> {
        let said = Diagnostic::error(BAD_TYPE, "this names no type").at(expr.span, label);
        self.0.push(said.help(help));
        None
    }
}

fn plain(ty: Type) -> Constraint {
    Constraint {
        ty,
        defaults: Defaults::default(),
    }
}

fn quoted_hint(expr: &Expr) -> &'static str {
    match expr.as_text() {
        Some(_) => "write the type without quotes: `string`",
        None => "write for example `string` or `list(string)`",
    }
}
