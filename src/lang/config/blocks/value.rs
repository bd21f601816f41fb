//! Expressions to values by the type that the schema expects. Bare names mean what the type says: a declared thing, a place, a word.

use std::sync::Arc;

use situs_value::units::unit_of;
use situs_value::{Date, Dimension as Unit, Number, Quantity, Type, Value, convert};

use crate::base::addr::Key;
use crate::base::diagnostic::did_you_mean;
use crate::base::geo::Coordinates;
use crate::base::span::{Span, Spanned};
use crate::base::{Code, Diagnostic};
use crate::lang::eval::shape::{Class, Dimension, Name};
use crate::lang::schema::ty::quoted;
use crate::lang::schema::{Thing, Ty, words};
use crate::lang::syntax::ast::{Expr, ExprKind, Ident};

use super::data::Data;
use super::names::Found;
use super::reader::Reader;

/// A value of another type than is expected.
pub const WRONG_VALUE: Code = Code::new("E063", "a value of another type than is expected");
/// A quantity that measures something else, or a number without its unit.
pub const WRONG_UNIT: Code = Code::new("E064", "a quantity that measures something else, or lacks its unit");
/// A word that is not of the fixed set.
pub const WRONG_WORD: Code = Code::new("E066", "a word that is not one of a fixed set");
/// A name of several things where one is expected.
pub const SEVERAL: Code = Code::new("E073", "a name of several things where one is expected");
/// A number out of its bounds.
pub const OUT_OF_BOUNDS: Code = Code::new("E067", "a number out of its bounds");

impl Reader<'_> {
    /// The value of an expression where such a one is expected. Nothing where it is null, or where a mistake was told.
    pub fn read(&mut self, expr: &Expr, ty: Ty) -> Option<Data> {
        match (&expr.kind, ty) {
            (ExprKind::Error, _) => None,
            (_, Ty::Raw(_)) => Some(Data::Expr(Arc::new(expr.clone()))),
            (ExprKind::Paren(inner), _) => self.read(inner, ty),
            (ExprKind::Conditional(test, yes, no), _) => match self.truth(test)? {
                true => self.read(yes, ty),
                false => self.read(no, ty),
            },
            (_, Ty::List(of)) => self.list(expr, *of).map(Data::List),
            (_, Ty::Thing(thing)) => self.thing(expr, thing).map(Data::Name),
            (_, Ty::Word(words)) => self.word(expr, words).map(Data::Name),
            (_, Ty::Name(_)) => match expr.as_name() {
                Some(name) => Some(Data::Name(name.name.clone())),
                None => self.text(expr, ty).map(Data::Name),
            },
            (_, Ty::Port) if expr.as_name().is_some_and(|n| &*n.name == "auto") => Some(Data::Absent),
            (_, Ty::Place) => self.place(expr).map(Data::Place),
            (_, Ty::Territories) => self.territories(expr).map(Data::Territories),
            (_, Ty::Places) => self.places(expr).map(Data::Places),
            (_, Ty::Whence) => self.whence(expr).map(Data::Whence),
            (_, Ty::Class) => self.class(expr).map(Data::Class),
            (_, Ty::Dimension) => self.dimension(expr).map(Data::Dimension),
            (ExprKind::Date { year, month, day }, Ty::Date) if Date::new(*year, *month, *day).is_some() => {
                Date::new(*year, *month, *day).map(Data::Date)
            }
            _ => self.plain(expr, ty),
        }
    }

    /// Types whose values are values of the language too.
    fn plain(&mut self, expr: &Expr, ty: Ty) -> Option<Data> {
        if let Some(name) = self.bare(expr) {
            return self.bare_word(&name, ty);
        }
        let value = self.value(expr)?;
        let span = expr.span;
        match ty {
            Ty::Text => self
                .converted(&value, &Type::String, ty, span)
                .and_then(|v| v.as_str().map(|s| Data::Name(s.into()))),
            Ty::Bool => self
                .converted(&value, &Type::Bool, ty, span)
                .and_then(|v| v.as_bool().map(Data::Bool)),
            Ty::Date => self.converted(&value, &Type::Date, ty, span).and_then(|v| match v {
                Value::Date(date) => Some(Data::Date(date)),
                _ => None,
            }),
            Ty::Map => self.map(&value, span),
            Ty::Whole(min, max) => self.whole(&value, min, max, span).map(Data::Whole),
            Ty::Port => self.whole(&value, 1, 65_535, span).map(Data::Whole),
            Ty::Coordinates => self.coordinates(&value, span).map(Data::Coordinates),
            _ => self.measured(&value, ty, span),
        }
    }

    /// A bare name that means nothing in expressions: a text without quotes, most likely.
    fn bare(&self, expr: &Expr) -> Option<Ident> {
        let name = expr.as_name()?;
        self.scope.get(&name.name).is_none().then(|| name.clone())
    }

    fn bare_word(&mut self, name: &Ident, ty: Ty) -> Option<Data> {
        let said = Diagnostic::error(WRONG_VALUE, format!("`{}` is not {}", name.name, ty.noun()))
            .at(name.span, format!("expected {}", ty.noun()));
        let help = match ty {
            Ty::Text => format!("put it in quotes: \"{}\"", name.name),
            _ => format!("write it like `{}`", ty.example()),
        };
        self.fail(said.help(help))
    }

    fn truth(&mut self, expr: &Expr) -> Option<bool> {
        let value = self.value(expr)?;
        self.converted(&value, &Type::Bool, Ty::Bool, expr.span)
            .and_then(|v| v.as_bool())
    }

    fn converted(&mut self, value: &Value, to: &Type, ty: Ty, span: Span) -> Option<Value> {
        match convert(value, to) {
            Ok(value) => Some(value),
            Err(_) => self.mismatch(ty, span, &format!("this is {}", value.friendly())),
        }
    }

    /// Says that a value is not what is expected.
    pub fn mismatch<T>(&mut self, ty: Ty, span: Span, label: &str) -> Option<T> {
        let said = Diagnostic::error(WRONG_VALUE, format!("{} is expected", ty.noun())).at(span, label);
        self.fail(said.help(format!("write it like `{}`", ty.example())))
    }

    fn text(&mut self, expr: &Expr, ty: Ty) -> Option<Name> {
        let value = self.value(expr)?;
        self.converted(&value, &Type::String, ty, expr.span)
            .and_then(|v| v.as_str().map(Name::from))
    }

    fn list(&mut self, expr: &Expr, of: Ty) -> Option<Vec<Spanned<Data>>> {
        if let ExprKind::Tuple(elements) = &expr.kind {
            let mut read = Vec::with_capacity(elements.len());
            for element in elements {
                match of {
                    Ty::Thing(thing) => read.extend(self.things(element, thing)),
                    _ => read.extend(self.read(element, of).map(|data| Spanned::new(data, element.span))),
                }
            }
            return Some(read);
        }
        if names_something(expr) && self.bare(expr).is_some() || matches!(of, Ty::Thing(t) if is_dotted(expr, t)) {
            let written = match of {
                Ty::Text => format!("{:?}", words::of_expr(expr)),
                _ => words::of_expr(expr),
            };
            let said = Diagnostic::error(WRONG_VALUE, format!("a list of {} is expected", of.plural()))
                .at(expr.span, "not a list")
                .help(format!("write `[{written}]`"))
                .fix(expr.span, format!("[{written}]"));
            return self.fail(said);
        }
        let value = self.value(expr)?;
        let Some(elements) = value.elements() else {
            let label = format!("this is {}", value.friendly());
            let said =
                Diagnostic::error(WRONG_VALUE, format!("a list of {} is expected", of.plural())).at(expr.span, label);
            return self.fail(said.help(format!("write it like `[{}]`", of.example())));
        };
        let literals = elements.iter().map(|v| literal(v, expr.span));
        let read = literals.filter_map(|e| self.read(&e, of).map(|data| Spanned::new(data, expr.span)));
        Some(read.collect())
    }

    fn map(&mut self, value: &Value, span: Span) -> Option<Data> {
        let value = self.converted(value, &Type::map(Type::String), Ty::Map, span)?;
        let entries = value.attributes()?.iter();
        let texts = entries.filter_map(|(k, v)| v.as_str().map(|v| (k.clone(), Name::from(v))));
        Some(Data::Map(texts.collect()))
    }

    fn whole(&mut self, value: &Value, min: u64, max: u64, span: Span) -> Option<u64> {
        let ty = Ty::Whole(min, max);
        if let Value::Quantity(q) = value
            && *q.dimension() != Unit::count()
        {
            return self.mismatch(ty, span, &format!("this is a {}", q.dimension().name()));
        }
        let number = match value {
            Value::Quantity(q) => Some(q.number().clone()),
            _ => self.converted(value, &Type::Number, ty, span)?.as_number().cloned(),
        };
        match number
            .as_ref()
            .and_then(Number::to_u64)
            .filter(|n| (min..=max).contains(n))
        {
            Some(number) => Some(number),
            None => {
                let said = Diagnostic::error(OUT_OF_BOUNDS, format!("{} is expected", ty.noun()));
                self.fail(
                    said.at(span, "out of bounds")
                        .help(format!("write {}", bounds(min, max))),
                )
            }
        }
    }

    fn coordinates(&mut self, value: &Value, span: Span) -> Option<Coordinates> {
        let pair = value.elements().unwrap_or_default();
        let degrees: Option<Vec<Number>> = pair
            .iter()
            .map(|v| convert(v, &Type::Number).ok().and_then(|v| v.as_number().cloned()))
            .collect();
        let Some([latitude, longitude]) = degrees.as_deref() else {
            return self.mismatch(Ty::Coordinates, span, &format!("this is {}", value.friendly()));
        };
        let point = millionths(latitude).zip(millionths(longitude));
        match point.and_then(|(latitude, longitude)| Coordinates::new(latitude, longitude)) {
            Some(point) => Some(point),
            None => {
                let said = Diagnostic::error(OUT_OF_BOUNDS, "there is no such point on the earth")
                    .at(span, "out of bounds")
                    .help("write latitude (-90 to 90) and longitude (-180 to 180): `[50.11, 8.68]`");
                self.fail(said)
            }
        }
    }

    // ---- quantities ----

    fn measured(&mut self, value: &Value, ty: Ty, span: Span) -> Option<Data> {
        let quantity = match value {
            Value::Quantity(q) => (**q).clone(),
            Value::Number(n) if ty == Ty::Count => return self.count(n.clone(), span),
            Value::Number(n) => return self.without_unit(n, ty, span),
            Value::String(text) => match Quantity::parse(text) {
                Ok(quantity) => quantity,
                Err(_) => return self.mismatch(ty, span, "this is a text"),
            },
            other => return self.mismatch(ty, span, &format!("this is {}", other.friendly())),
        };
        if !fits(&quantity, ty) {
            let is = match ty {
                Ty::Price(_) if quantity.dimension().currency().is_some() => "none".to_owned(),
                _ => article(&quantity.dimension().name()),
            };
            let title = format!("{} is expected, and `{quantity}` is {is}", ty.noun());
            let said = Diagnostic::error(WRONG_UNIT, title).at(span, format!("expected {}", ty.noun()));
            return self.fail(said.help(format!("write it like `{}`", ty.example())));
        }
        if quantity.number().is_negative() {
            let said = Diagnostic::error(OUT_OF_BOUNDS, format!("{} is not negative", ty.noun()));
            return self.fail(said.at(span, "less than nothing").help("write it without the `-`"));
        }
        self.in_base(quantity, ty, span)
    }

    fn without_unit(&mut self, number: &Number, ty: Ty, span: Span) -> Option<Data> {
        let units = units_of(ty);
        let said =
            Diagnostic::error(WRONG_UNIT, format!("{} has a unit", ty.noun())).at(span, "a number without a unit");
        // `share = 0.6` was most likely meant as 60 %.
        let number = match ty {
            Ty::Percent if *number <= Number::ONE => {
                number.mul(&Number::from(100_i64)).unwrap_or_else(|_| number.clone())
            }
            _ => number.clone(),
        };
        let examples: Vec<String> = units.iter().map(|unit| format!("`{number}{unit}`")).collect();
        self.fail(said.help(format!("write {}", examples.join(" or "))))
    }

    /// In the unit that the shape keeps.
    fn in_base(&mut self, quantity: Quantity, ty: Ty, span: Span) -> Option<Data> {
        let unit = match ty {
            Ty::Duration | Ty::Latency => "ms",
            Ty::Size => "B",
            Ty::Bandwidth => "bps",
            Ty::Cpu => "vcpu",
            Ty::Money | Ty::Price(_) => return Some(Data::Quantity(quantity)),
            Ty::Count => return self.count(quantity.number().clone(), span),
            _ => return Some(Data::Number(quantity.number().clone())),
        };
        let number = quantity.in_unit(unit).ok()?;
        let tenths = || number.mul(&Number::from(10_i64)).ok();
        let whole = match ty {
            Ty::Duration => round(&number),
            Ty::Latency => tenths().as_ref().and_then(round),
            _ => return Some(Data::Number(number)),
        };
        match whole.and_then(|n| u64::try_from(n).ok()) {
            Some(whole) => Some(Data::Whole(whole)),
            None => {
                let said = Diagnostic::error(OUT_OF_BOUNDS, format!("`{quantity}` is too long"));
                self.fail(
                    said.at(span, "out of bounds")
                        .help(format!("write it like `{}`", ty.example())),
                )
            }
        }
    }

    fn count(&mut self, number: Number, span: Span) -> Option<Data> {
        if number.is_negative() {
            let said = Diagnostic::error(OUT_OF_BOUNDS, "a count is not negative");
            return self.fail(said.at(span, "less than nothing").help("write it without the `-`"));
        }
        Some(Data::Number(number))
    }

    // ---- names ----

    /// The names of declared things where several are expected: one with `for_each` is all of its instances.
    pub fn things(&mut self, expr: &Expr, thing: Thing) -> Vec<Spanned<Data>> {
        let all = self
            .thing_name(expr)
            .filter(|(kind, _)| kind.is_none_or(|kind| kind == thing));
        let several = all.and_then(|(_, name)| self.names.several(thing, &name.name));
        let one = |name: &Name| Spanned::new(Data::Name(name.clone()), expr.span);
        match several {
            Some(all) => all.iter().map(one).collect(),
            None => self.thing(expr, thing).iter().map(one).collect(),
        }
    }

    /// The name of a declared thing: bare, dotted (`site.fra1`), with a key (`edge["a"]`), or worked out as a text.
    pub fn thing(&mut self, expr: &Expr, thing: Thing) -> Option<Name> {
        if let Some((base, key)) = self.with_key(expr) {
            return self.keyed(base, key, thing, expr.span);
        }
        if let Some(name) = self.thing_name(expr) {
            let (kind, name) = name;
            if kind.is_some_and(|kind| kind != thing) && !self.names.is(thing, &name.name) {
                return self.unknown_thing(thing, &name.name, expr.span);
            }
            return self.named(&name.name, thing, expr.span);
        }
        let value = self.value(expr)?;
        match value {
            Value::String(name) => self.named(&name, thing, expr.span),
            other => self.mismatch(Ty::Thing(thing), expr.span, &format!("this is {}", other.friendly())),
        }
    }

    /// `edge["a"]`: the name and the key, where the name is a thing's.
    pub fn with_key<'e>(&self, expr: &'e Expr) -> Option<(&'e Ident, &'e Expr)> {
        let ExprKind::Index(base, key) = &expr.kind else {
            return None;
        };
        self.thing_name(base).map(|(_, name)| (name, &**key))
    }

    fn keyed(&mut self, base: &Ident, key: &Expr, thing: Thing, span: Span) -> Option<Name> {
        let key = self.text(key, Ty::Text)?;
        let name = format!("{}{}", base.name, Key::Name(key));
        self.named(&name, thing, span)
    }

    /// `fra1` and `site.fra1`: a name as one writes it, with the kind where it is given.
    pub fn thing_name<'e>(&self, expr: &'e Expr) -> Option<(Option<Thing>, &'e Ident)> {
        match expr.as_path()?.as_slice() {
            [name] => (self.names.is_any(&name.name).is_some() || self.scope.get(&name.name).is_none())
                .then_some((None, *name)),
            [kind, name] => Thing::of_word(&kind.name).map(|kind| (Some(kind), *name)),
            _ => None,
        }
    }

    /// The thing of that name.
    pub(super) fn named(&mut self, name: &str, thing: Thing, span: Span) -> Option<Name> {
        match self.names.find(thing, name) {
            Found::Thing(name) => Some(name),
            Found::Several(all) => self.fail(several(thing, name, &all, span)),
            Found::Broken => None,
            Found::Nothing => self.unknown_thing(thing, name, span),
        }
    }

    /// A word of a fixed set, bare or quoted.
    pub fn word(&mut self, expr: &Expr, known: &[&str]) -> Option<Name> {
        let word = match self
            .bare(expr)
            .or_else(|| expr.as_name().filter(|n| known.contains(&&*n.name)).cloned())
        {
            Some(name) => name.name,
            None => match self.value(expr)? {
                Value::String(text) => text,
                other => return self.wrong_word(&literal_text(&other), known, expr.span),
            },
        };
        if known.contains(&&*word) {
            return Some(word);
        }
        self.wrong_word(&word, known, expr.span)
    }

    fn wrong_word<T>(&mut self, word: &str, known: &[&str], span: Span) -> Option<T> {
        let said = Diagnostic::error(WRONG_WORD, format!("`{word}` is not one of {}", quoted(known)));
        let near = did_you_mean(word, known.iter().copied());
        let help = near.unwrap_or_else(|| format!("write {}", quoted(known).replace(" and ", " or ")));
        self.fail(said.at(span, "not known here").help(help))
    }

    /// `personal.health`: a class is its own name space.
    pub fn class(&mut self, expr: &Expr) -> Option<Class> {
        let path = expr.as_path().unwrap_or_default();
        let is_value = |root: &Ident| {
            Thing::of_word(&root.name).is_none() && (self.scope.get(&root.name).is_some() || &*root.name == "local")
        };
        if let Some(root) = path.first()
            && !is_value(root)
        {
            return Some(Class(path.iter().map(|n| n.name.clone()).collect()));
        }
        let text = match self.value(expr)? {
            Value::String(text) => text,
            other => return self.mismatch(Ty::Class, expr.span, &format!("this is {}", other.friendly())),
        };
        let segments: Vec<Name> = text.split('.').map(Name::from).collect();
        if segments.iter().any(|s| s.is_empty()) {
            return self.mismatch(Ty::Class, expr.span, "a part of it is empty");
        }
        Some(Class(segments))
    }

    fn dimension(&mut self, expr: &Expr) -> Option<Dimension> {
        let path: Vec<&str> = expr.as_path().unwrap_or_default().iter().map(|n| &*n.name).collect();
        match path.as_slice() {
            ["site"] => Some(Dimension::Site),
            ["site", "operator"] => Some(Dimension::Operator),
            ["site", "in", "country"] => Some(Dimension::Country),
            ["site", "kind"] => Some(Dimension::Kind),
            ["site", "labels", label] => Some(Dimension::Label((*label).into())),
            _ => {
                let written = words::of_expr(expr);
                let known = [
                    "site",
                    "site.operator",
                    "site.in.country",
                    "site.kind",
                    "site.labels.NAME",
                ];
                let short = path
                    .last()
                    .and_then(|last| known.iter().find(|k| k.ends_with(&format!(".{last}"))));
                let near = short
                    .map(|k| format!("did you mean `{k}`?"))
                    .or_else(|| did_you_mean(&written, known));
                let near = near.unwrap_or_else(|| format!("write {}", quoted(&known).replace(" and ", " or ")));
                let said = Diagnostic::error(WRONG_WORD, format!("nothing is spread across `{written}`"));
                self.fail(said.at(expr.span, "not something that sites differ in").help(near))
            }
        }
    }
}

fn several(thing: Thing, name: &str, all: &[Name], span: Span) -> Diagnostic {
    let title = format!("`{name}` is several {}s, and one is expected", thing.word());
    let said = Diagnostic::error(SEVERAL, title).at(span, "has `for_each`");
    match all.first() {
        Some(first) => said.help(format!("name one of them: `{first}`")),
        None => said.help("its `for_each` is empty: there is none"),
    }
}

fn names_something(expr: &Expr) -> bool {
    expr.as_name().is_some()
}

fn is_dotted(expr: &Expr, thing: Thing) -> bool {
    matches!(expr.as_path().as_deref(), Some([kind, _]) if Thing::of_word(&kind.name) == Some(thing))
}

fn literal_text(value: &Value) -> String {
    convert(value, &Type::String)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_else(|| value.friendly())
}

/// An element of a list that was worked out, as an expression of its own: texts only, the rest is told by its type.
fn literal(value: &Value, span: Span) -> Expr {
    use crate::lang::syntax::ast::{Template, TemplatePart, TemplateStyle};
    let text = |text: &str| {
        ExprKind::Template(Template {
            style: TemplateStyle::Quoted,
            parts: vec![TemplatePart::Text(text.into(), span)],
        })
    };
    let kind = match value {
        Value::String(s) => text(s),
        Value::Bool(b) => ExprKind::Bool(*b),
        Value::Number(n) => ExprKind::Number(n.to_string().into()),
        other => text(&literal_text(other)),
    };
    Expr { kind, span }
}

fn bounds(min: u64, max: u64) -> String {
    match max {
        u64::MAX => format!("{min} or more"),
        _ => format!("a number from {min} to {max}"),
    }
}

fn millionths(degrees: &Number) -> Option<i64> {
    round(&degrees.mul(&Number::from(1_000_000_i64)).ok()?)
}

/// To the nearest whole number, half up.
fn round(number: &Number) -> Option<i64> {
    let half = Number::parse("0.5").ok()?;
    number.add(&half).ok()?.floor().to_i64()
}

fn fits(quantity: &Quantity, ty: Ty) -> bool {
    let dimension = quantity.dimension();
    match ty {
        Ty::Duration | Ty::Latency => *dimension == Unit::duration(),
        Ty::Size => *dimension == Unit::data(),
        Ty::Bandwidth => *dimension == Unit::bandwidth(),
        Ty::Cpu => *dimension == Unit::cpu(),
        Ty::Count => *dimension == Unit::count(),
        Ty::Percent => *dimension == Unit::percent(),
        Ty::Money => priced(dimension, ""),
        Ty::Price(per) => priced(dimension, per),
        _ => false,
    }
}

fn priced(dimension: &Unit, per: &str) -> bool {
    let Some(currency) = dimension.currency() else {
        return false;
    };
    let unit = if per.is_empty() {
        currency.to_owned()
    } else {
        format!("{currency}/{per}")
    };
    unit_of(&unit).is_ok_and(|(wanted, _)| wanted == *dimension)
}

fn units_of(ty: Ty) -> Vec<String> {
    let units: &[&str] = match ty {
        Ty::Duration => &["s", "m", "h", "d"],
        Ty::Latency => &["ms", "s"],
        Ty::Size => &["MiB", "GiB"],
        Ty::Bandwidth => &["Mbps", "Gbps"],
        Ty::Cpu => &["vcpu"],
        Ty::Percent => &["%"],
        Ty::Money => &["EUR", "USD"],
        Ty::Price(per) => return ["EUR", "USD"].iter().map(|c| format!("{c}/{per}")).collect(),
        _ => &[],
    };
    units.iter().map(|u| (*u).to_owned()).collect()
}

fn article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}
