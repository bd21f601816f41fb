//! Places and their algebra: as expressions (`in = EEA | CH`), and as the flat operands of clauses and conditions, where `&` binds
//! tighter than `|`, `-` and the comma. A declared jurisdiction wins over a place of the same name.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use situs_value::Value;

use crate::base::diagnostic::nearest;
use crate::base::geo::countries::COUNTRIES;
use crate::base::geo::{self, Named, Place, PlaceSet};
use crate::base::span::Span;
use crate::base::{Code, Diagnostic};
use crate::lang::eval::shape::{Name, Whence};
use crate::lang::schema::{Thing, Ty, words};
use crate::lang::syntax::ast::{BinaryOp, Expr, ExprKind, Ident, Op, Operand, UnaryOp};

use super::cursor::Cursor;
use super::reader::{Reader, as_expr};

/// A name that no place has.
pub const UNKNOWN_PLACE: Code = Code::new("E065", "a name that no place has");
/// Jurisdictions that need each other.
pub const JURISDICTION_CIRCLE: Code = Code::new("E069", "jurisdictions that need each other");

/// Names that are in use for places and are not their codes.
const HABITS: &[(&str, &str)] = &[
    ("UK", "GB"),
    ("USA", "US"),
    ("EL", "GR"),
    ("EUROPE", "EEA"),
    ("SWITZERLAND", "CH"),
    ("ENGLAND", "GB"),
];

/// A set that may speak of the people of a dataset: `always`, and what of `people_in` lies in `people`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Masked {
    /// What is in the set whatever the people are.
    pub always: PlaceSet,
    /// Which part of the people's places is in the set.
    pub people: PlaceSet,
}

impl Masked {
    fn places(always: PlaceSet) -> Self {
        Self {
            always,
            people: PlaceSet::empty(),
        }
    }

    fn people() -> Self {
        Self {
            always: PlaceSet::empty(),
            people: everywhere(),
        }
    }

    fn union(&self, other: &Self) -> Self {
        Self {
            always: self.always.union(&other.always),
            people: self.people.union(&other.people),
        }
    }

    fn intersection(&self, other: &Self) -> Self {
        let mixed = self
            .always
            .intersection(&other.people)
            .union(&self.people.intersection(&other.always));
        Self {
            always: self.always.intersection(&other.always),
            people: mixed.union(&self.people.intersection(&other.people)),
        }
    }

    fn difference(&self, gone: &PlaceSet) -> Self {
        Self {
            always: self.always.difference(gone),
            people: self.people.difference(gone),
        }
    }
}

/// Every place that has a code; put together once.
pub fn everywhere() -> PlaceSet {
    static ALL: LazyLock<PlaceSet> = LazyLock::new(PlaceSet::all);
    ALL.clone()
}

/// Whether a set may speak of `people_in`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum People {
    /// In a condition.
    Allowed,
    /// In a rule.
    Not,
}

impl Reader<'_> {
    /// The set of places that an expression is.
    pub fn places(&mut self, expr: &Expr) -> Option<PlaceSet> {
        match &expr.kind {
            ExprKind::Error => None,
            ExprKind::Paren(inner) => self.places(inner),
            ExprKind::Tuple(elements) => {
                let sets: Vec<Option<PlaceSet>> = elements.iter().map(|e| self.places(e)).collect();
                let all = sets.into_iter().collect::<Option<Vec<_>>>()?;
                Some(all.iter().fold(PlaceSet::empty(), |set, part| set.union(part)))
            }
            ExprKind::Binary(BinaryOp::Union | BinaryOp::Intersect | BinaryOp::Sub, ..) => self.chain(expr),
            _ => match self.place_name(expr) {
                Some((kind, name)) => self.place_named(kind, &name.name, expr.span),
                None => self.places_of_value(expr),
            },
        }
    }

    /// `a | b & c - d`: operators of one strength lean to the left, and a long chain of them is gone through without recursion.
    fn chain(&mut self, expr: &Expr) -> Option<PlaceSet> {
        let (first, rest) = spine(expr);
        let mut set = self.places(first);
        for (op, right) in rest {
            let right = self.places(right);
            set = set.zip(right).map(|(left, right)| match op {
                BinaryOp::Union => left.union(&right),
                BinaryOp::Intersect => left.intersection(&right),
                _ => left.difference(&right),
            });
        }
        set
    }

    /// `DE`, `dach`, `jurisdiction.dach`: a name as one writes it.
    fn place_name<'e>(&self, expr: &'e Expr) -> Option<(Option<Thing>, &'e Ident)> {
        match expr.as_path()?.as_slice() {
            [name] => {
                let declared = self.names.is_any(&name.name).is_some() || geo::lookup(&name.name).is_some();
                (declared || self.scope.get(&name.name).is_none()).then_some((None, *name))
            }
            [kind, name] => Thing::of_word(&kind.name).map(|kind| (Some(kind), *name)),
            _ => None,
        }
    }

    fn place_named(&mut self, kind: Option<Thing>, name: &str, span: Span) -> Option<PlaceSet> {
        if kind.is_none_or(|k| k == Thing::Jurisdiction) && self.names.is(Thing::Jurisdiction, name) {
            return self.jurisdiction(name, span);
        }
        match geo::lookup(name) {
            Some(named) if kind.is_none() => Some(named.set()),
            _ if kind == Some(Thing::Jurisdiction) => self.unknown_thing(Thing::Jurisdiction, name, span),
            _ => self.no_place(name, span),
        }
    }

    fn places_of_value(&mut self, expr: &Expr) -> Option<PlaceSet> {
        match self.value(expr)? {
            Value::String(name) => self.place_named(None, &name, expr.span),
            other => {
                let elements = other.elements().unwrap_or_default();
                let names: Option<Vec<&str>> = elements.iter().map(Value::as_str).collect();
                match names {
                    Some(names) if !names.is_empty() => {
                        let sets: Vec<_> = names.iter().map(|n| self.place_named(None, n, expr.span)).collect();
                        let all = sets.into_iter().collect::<Option<Vec<_>>>()?;
                        Some(all.iter().fold(PlaceSet::empty(), |set, part| set.union(part)))
                    }
                    _ => self.mismatch(Ty::Places, expr.span, &format!("this is {}", other.friendly())),
                }
            }
        }
    }

    fn no_place<T>(&mut self, name: &str, span: Span) -> Option<T> {
        if let super::names::Found::Broken = self.names.find(Thing::Jurisdiction, name) {
            return None;
        }
        if let Some(thing) = self.names.is_any(name) {
            let title = format!("`{name}` is {}, and a place is expected", thing.noun());
            let said = Diagnostic::error(super::names::OTHER_THING, title).at(span, "expected a place");
            return self.fail(said.help("write a country (`DE`), a subdivision (`DE-HE`) or a group (`EEA`)"));
        }
        let said = Diagnostic::error(UNKNOWN_PLACE, format!("there is no place `{name}`")).at(span, "not a place");
        let help = match self.meant(name) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write a country (`DE`), a subdivision (`DE-HE`), a group (`EU EEA EFTA EU_ADEQUATE`), or declare \
                     `jurisdiction`"
                .to_owned(),
        };
        self.fail(said.help(help))
    }

    /// The place that was likely meant: by another name of it, in other letters, or nearly spelt so.
    fn meant(&self, name: &str) -> Option<String> {
        let upper = name.to_uppercase();
        let habit = HABITS
            .iter()
            .find(|(wrong, _)| *wrong == upper)
            .map(|(_, right)| (*right).to_owned());
        let cased = || geo::lookup(&upper).map(|_| upper.clone());
        let english = || {
            let mut rows = COUNTRIES.iter();
            rows.find(|(_, english)| english.eq_ignore_ascii_case(name))
                .map(|(code, _)| (*code).to_owned())
        };
        let spelt = || {
            let groups = geo::GROUPS.iter().map(|g| g.name).filter(|_| name.len() > 2);
            let codes = geo::names().filter(|n| name.len() > 2 && n.contains('-'));
            let own = nearest(name, self.names.of(Thing::Jurisdiction)).map(str::to_owned);
            own.or_else(|| nearest(name, groups.chain(codes)).map(str::to_owned))
        };
        habit.or_else(cased).or_else(english).or_else(spelt)
    }

    /// A declared jurisdiction, worked out once.
    pub fn jurisdiction(&mut self, name: &str, span: Span) -> Option<PlaceSet> {
        if let Some(known) = self.worked_out.get(name) {
            return known.clone();
        }
        if self.open.iter().any(|open| &**open == name) {
            let path: Vec<String> = self
                .open
                .iter()
                .map(|n| format!("`{n}`"))
                .chain([format!("`{name}`")])
                .collect();
            let said = Diagnostic::error(JURISDICTION_CIRCLE, "jurisdictions need each other")
                .at(span, "needed to work out itself")
                .note(format!("path     {}", path.join(" → ")))
                .help("take one of these names out");
            return self.fail(said);
        }
        let expr = self.jurisdictions.get(name).cloned();
        self.open.push(name.into());
        let set = expr.and_then(|expr| self.places(&expr));
        self.open.pop();
        self.worked_out.insert(name.into(), set.clone());
        set
    }

    /// One country or subdivision.
    pub fn place(&mut self, expr: &Expr) -> Option<Place> {
        let single = match expr.as_name() {
            Some(name) => geo::lookup(&name.name),
            None => None,
        };
        match single {
            Some(Named::Place(place)) => Some(place),
            Some(Named::Group(group)) => self.group(group.name, expr.span),
            None => self.place_of_value(expr),
        }
    }

    fn place_of_value(&mut self, expr: &Expr) -> Option<Place> {
        let name: Name = match self.place_name(expr) {
            Some((None, name)) => name.name.clone(),
            Some(_) => return self.mismatch(Ty::Place, expr.span, "not one"),
            None => match self.value(expr)? {
                Value::String(text) => text,
                other => return self.mismatch(Ty::Place, expr.span, &format!("this is {}", other.friendly())),
            },
        };
        match geo::lookup(&name) {
            Some(Named::Place(place)) => Some(place),
            Some(Named::Group(group)) => self.group(group.name, expr.span),
            None => self.no_place(&name, expr.span),
        }
    }

    fn group<T>(&mut self, name: &str, span: Span) -> Option<T> {
        let title = format!("`{name}` is a group of countries, and one country is expected");
        let said = Diagnostic::error(super::value::WRONG_VALUE, title).at(span, "a group");
        self.fail(said.help("name the country (`DE`) or its subdivision (`DE-HE`)"))
    }

    /// The countries or subdivisions that something lies in: one, a list, or a union.
    pub fn territories(&mut self, expr: &Expr) -> Option<BTreeSet<Place>> {
        let parts: Vec<&Expr> = match &expr.kind {
            ExprKind::Tuple(elements) => elements.iter().map(AsRef::as_ref).collect(),
            ExprKind::Binary(BinaryOp::Union, ..) => {
                let (first, rest) = spine_of(expr, |op| op == BinaryOp::Union);
                std::iter::once(first)
                    .chain(rest.into_iter().map(|(_, right)| right))
                    .collect()
            }
            ExprKind::Paren(inner) => vec![inner],
            _ => return self.place(expr).map(|place| BTreeSet::from([place])),
        };
        let sets: Vec<Option<BTreeSet<Place>>> = parts.into_iter().map(|part| self.territories(part)).collect();
        let all = sets.into_iter().collect::<Option<Vec<_>>>()?;
        Some(all.into_iter().flatten().collect())
    }

    /// A declared site, or a set of places.
    pub fn whence(&mut self, expr: &Expr) -> Option<Whence> {
        if self.with_key(expr).is_some() {
            return self.thing(expr, Thing::Site).map(Whence::Site);
        }
        match self.thing_name(expr) {
            Some((Some(Thing::Site), _)) => self.thing(expr, Thing::Site).map(Whence::Site),
            Some((None, name)) if self.names.is(Thing::Site, &name.name) => {
                self.thing(expr, Thing::Site).map(Whence::Site)
            }
            Some((None, name))
                if geo::lookup(&name.name).is_none() && !self.names.is(Thing::Jurisdiction, &name.name) =>
            {
                self.thing(expr, Thing::Site).map(Whence::Site)
            }
            None if !is_algebra(expr) => self.whence_of_value(expr),
            _ => self.places(expr).map(Whence::Places),
        }
    }

    fn whence_of_value(&mut self, expr: &Expr) -> Option<Whence> {
        let value = self.value(expr)?;
        let Some(name) = value.as_str() else {
            return self.mismatch(Ty::Whence, expr.span, &format!("this is {}", value.friendly()));
        };
        if geo::lookup(name).is_some() && !self.names.is(Thing::Site, name) {
            return self.place_named(None, name, expr.span).map(Whence::Places);
        }
        self.named(name, Thing::Site, expr.span).map(Whence::Site)
    }

    // ---- flat operands ----

    /// The set of places that operands are, all of them.
    pub fn places_of(&mut self, operands: &[Operand]) -> Option<PlaceSet> {
        let end = operands.last().map(Operand::span)?;
        let mut cursor = Cursor::new(operands, end.end_point());
        let set = self.set(&mut cursor, People::Not)?;
        match cursor.peek() {
            None => Some(set.always),
            Some(operand) => self.not_here(operand),
        }
    }

    /// A set at the cursor, as far as it goes.
    pub fn set(&mut self, cursor: &mut Cursor<'_>, people: People) -> Option<Masked> {
        let mut set = self.common(cursor, people)?;
        while let Some(op) = cursor.op_among(&[Op::Pipe, Op::Comma, Op::Minus]) {
            if starts_condition(cursor.after(), people) {
                break;
            }
            cursor.step();
            let at = cursor.span();
            let other = self.common(cursor, people)?;
            set = match op {
                Op::Minus if !other.people.is_empty() => return self.people_taken_away(at),
                Op::Minus => set.difference(&other.always),
                _ => set.union(&other),
            };
        }
        Some(set)
    }

    fn common(&mut self, cursor: &mut Cursor<'_>, people: People) -> Option<Masked> {
        let mut set = self.atom(cursor, people)?;
        while cursor.op_among(&[Op::And]).is_some() && !starts_condition(cursor.after(), people) {
            cursor.step();
            set = set.intersection(&self.atom(cursor, people)?);
        }
        Some(set)
    }

    fn atom(&mut self, cursor: &mut Cursor<'_>, people: People) -> Option<Masked> {
        let Some(operand) = cursor.step() else {
            return self.fail(cursor.ended("a place"));
        };
        if let (People::Allowed, Some("people_in")) = (people, operand.word().map(|w| &*w.name)) {
            return Some(Masked::people());
        }
        let Some(expr) = as_expr(operand) else {
            return self.not_here(operand);
        };
        match (&expr.kind, people) {
            (ExprKind::Paren(inner), People::Allowed) => {
                let inner = flatten(inner);
                let mut cursor = Cursor::new(&inner, expr.span.end_point());
                self.set(&mut cursor, people)
            }
            _ => self.places(&expr).map(Masked::places),
        }
    }

    /// Says that an operand stands where a place is expected.
    pub fn not_here<T>(&mut self, operand: &Operand) -> Option<T> {
        let said = Diagnostic::error(
            super::cursor::BAD_PHRASE,
            format!("`{}` does not stand here", words::of_operand(operand)),
        );
        self.fail(
            said.at(operand.span(), "not expected")
                .help("places are joined with `|`, `&`, `-` and commas"),
        )
    }

    fn people_taken_away<T>(&mut self, span: Span) -> Option<T> {
        let said = Diagnostic::error(super::cursor::BAD_PHRASE, "`people_in` is not taken away from places")
            .at(span, "on this side of the `-`")
            .help("turn it round: `people_in - EEA` asks for people outside of the EEA");
        self.fail(said)
    }
}

/// Whether an operand starts a condition of its own, so that the operator before it joins conditions and not sets.
fn starts_condition(operand: Option<&Operand>, people: People) -> bool {
    let word = operand.and_then(Operand::word).map(|w| &*w.name);
    let negated = matches!(operand, Some(Operand::Op(Op::Not, _)));
    people == People::Allowed && (negated || matches!(word, Some("class" | "volume" | "name" | "not")))
}

fn is_algebra(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Binary(BinaryOp::Union | BinaryOp::Intersect | BinaryOp::Sub, ..) | ExprKind::Tuple(_) => true,
        ExprKind::Paren(inner) => is_algebra(inner),
        _ => false,
    }
}

/// The leftmost operand of a chain of set operators, and the operators with their right sides in order.
fn spine(expr: &Expr) -> (&Expr, Vec<(BinaryOp, &Expr)>) {
    spine_of(expr, |op| {
        matches!(op, BinaryOp::Union | BinaryOp::Intersect | BinaryOp::Sub)
    })
}

fn spine_of(expr: &Expr, takes: fn(BinaryOp) -> bool) -> (&Expr, Vec<(BinaryOp, &Expr)>) {
    let mut rest = Vec::new();
    let mut first = expr;
    while let ExprKind::Binary(op, left, right) = &first.kind
        && takes(*op)
    {
        rest.push((*op, right.as_ref()));
        first = left;
    }
    rest.reverse();
    (first, rest)
}

/// What stands in brackets, as the flat operands that it would be without them.
pub fn flatten(expr: &Expr) -> Vec<Operand> {
    let (first, rest) = spine_of(expr, |op| flat(op).is_some());
    let mut operands = match &first.kind {
        ExprKind::Unary(UnaryOp::Not, inner) => {
            let mut operands = vec![Operand::Op(Op::Not, first.span)];
            operands.extend(flatten(inner));
            operands
        }
        _ => vec![Operand::Expr(first.clone().into())],
    };
    for (op, right) in rest {
        operands.extend(flat(op).map(|op| Operand::Op(op, right.span)));
        operands.extend(flatten(right));
    }
    operands
}

/// An operator of expressions as one of heads.
fn flat(op: BinaryOp) -> Option<Op> {
    match op {
        BinaryOp::Union => Some(Op::Pipe),
        BinaryOp::Intersect => Some(Op::And),
        BinaryOp::Sub => Some(Op::Minus),
        BinaryOp::And => Some(Op::AndAnd),
        BinaryOp::Or => Some(Op::OrOr),
        BinaryOp::Eq => Some(Op::Eq),
        BinaryOp::Ne => Some(Op::Ne),
        BinaryOp::Lt => Some(Op::Lt),
        BinaryOp::Le => Some(Op::Le),
        BinaryOp::Gt => Some(Op::Gt),
        BinaryOp::Ge => Some(Op::Ge),
        BinaryOp::Add | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod => None,
    }
}
