//! Which datasets a `residency` block is about: `on dataset where class <= personal and people_in & EEA`.
//!
//! `&` binds tighter than `|`, `-` and the comma, these tighter than comparisons, then `not`, `and`, `or` (also `! && ||`). A set is true
//! when it is not empty. Behind a class or a number, which are no sets, `&` and `|` join conditions.

use situs_value::Number;

use crate::base::Diagnostic;
use crate::base::geo::PlaceSet;
use crate::base::span::Span;
use crate::lang::eval::shape::{Comparison, Name, Selector};
use crate::lang::schema::{Thing, Ty, words};
use crate::lang::syntax::ast::{Expr, ExprKind, Op, Operand};

use super::alternative::joined;
use super::cursor::{BAD_PHRASE, Cursor};
use super::places::{People, flatten};
use super::reader::Reader;
use super::rule::EMPTY_SET;

/// What a condition can speak of.
const SUBJECTS: &[&str] = &["class", "people_in", "volume", "name"];

const COMPARISONS: &[(Op, Comparison)] = &[
    (Op::Lt, Comparison::Lt),
    (Op::Le, Comparison::Le),
    (Op::Gt, Comparison::Gt),
    (Op::Ge, Comparison::Ge),
    (Op::Eq, Comparison::Eq),
    (Op::Ne, Comparison::Ne),
];

impl Reader<'_> {
    /// What stands behind `on`.
    pub fn selector(&mut self, operands: &[Operand], end: Span) -> Option<Selector> {
        let mut cursor = Cursor::new(operands, end);
        let selector = self.subject(&mut cursor)?;
        match cursor.peek() {
            None => Some(selector),
            Some(_) => self.fail(cursor.expected(&["and", "or"])),
        }
    }

    fn subject(&mut self, cursor: &mut Cursor<'_>) -> Option<Selector> {
        if cursor.eat("dataset") {
            return match (cursor.peek(), cursor.eat("where")) {
                (None, _) => Some(Selector::All),
                (_, true) => self.condition(cursor),
                (_, false) => self.fail(cursor.expected(&["where"])),
            };
        }
        if cursor.after().and_then(Operand::word).is_some_and(|w| &*w.name == "where") {
            return self.fail(cursor.expected(&["dataset"]));
        }
        let mut named = Vec::new();
        loop {
            let name: Name = self.single(cursor, Ty::Thing(Thing::Dataset))?;
            named.push(Selector::Named(name));
            if !cursor.eat_op(Op::Comma) {
                return Some(any(named));
            }
        }
    }

    /// `… or …`
    fn condition(&mut self, cursor: &mut Cursor<'_>) -> Option<Selector> {
        let mut parts = vec![self.conjunction(cursor)?];
        while cursor.eat("or") || cursor.eat_op(Op::OrOr) {
            parts.push(self.conjunction(cursor)?);
        }
        Some(any(parts))
    }

    /// `… and …`
    fn conjunction(&mut self, cursor: &mut Cursor<'_>) -> Option<Selector> {
        let mut parts = vec![self.negation(cursor)?];
        while cursor.eat("and") || cursor.eat_op(Op::AndAnd) {
            parts.push(self.negation(cursor)?);
        }
        Some(all(parts))
    }

    /// `not …`
    fn negation(&mut self, cursor: &mut Cursor<'_>) -> Option<Selector> {
        let mut negated = false;
        while cursor.eat("not") || cursor.eat_op(Op::Not) {
            negated = !negated;
        }
        let mut parts = vec![self.tight(cursor)?];
        while cursor.eat_op(Op::Pipe) {
            parts.push(self.tight(cursor)?);
        }
        let found = any(parts);
        Some(if negated { Selector::Not(Box::new(found)) } else { found })
    }

    /// `… & …` between conditions.
    fn tight(&mut self, cursor: &mut Cursor<'_>) -> Option<Selector> {
        let mut parts = vec![self.test(cursor)?];
        while cursor.eat_op(Op::And) {
            let negated = cursor.eat_op(Op::Not) || cursor.eat("not");
            let test = self.test(cursor)?;
            parts.push(if negated { Selector::Not(Box::new(test)) } else { test });
        }
        Some(all(parts))
    }

    fn test(&mut self, cursor: &mut Cursor<'_>) -> Option<Selector> {
        if let Some(inner) = bracketed(cursor.peek()) {
            let end = cursor.span().end_point();
            cursor.step();
            return self.all_of(&inner, end);
        }
        if let Some(Operand::Phrase(phrase)) = cursor.peek()
            && &*phrase.name.name == "not"
        {
            cursor.step();
            let inner = joined(phrase);
            return self.all_of(&inner, phrase.span.end_point()).map(|s| Selector::Not(Box::new(s)));
        }
        match cursor.word() {
            Some("class") => self.class_test(cursor),
            Some("volume") => self.volume_test(cursor),
            Some("name") => self.name_test(cursor),
            Some("people_in") if matches!(cursor.after(), Some(Operand::Op(Op::Le, _))) => self.within_test(cursor),
            Some(_) if compares(cursor.after()) => self.fail(cursor.expected(SUBJECTS)),
            _ => self.set_test(cursor),
        }
    }

    /// A condition in brackets, all of it.
    fn all_of(&mut self, operands: &[Operand], end: Span) -> Option<Selector> {
        let mut cursor = Cursor::new(operands, end);
        let selector = self.condition(&mut cursor)?;
        match cursor.peek() {
            None => Some(selector),
            Some(_) => self.fail(cursor.expected(&["and", "or"])),
        }
    }

    fn comparison(&mut self, cursor: &mut Cursor<'_>, takes: &[Comparison]) -> Option<Comparison> {
        let found = match cursor.peek() {
            Some(Operand::Op(op, _)) => COMPARISONS.iter().find(|(o, _)| o == op).map(|(_, c)| *c),
            _ => None,
        };
        match found.filter(|c| takes.contains(c)) {
            Some(comparison) => {
                cursor.step();
                Some(comparison)
            }
            None => {
                let signs = COMPARISONS.iter().filter(|(_, c)| takes.contains(c));
                let known: Vec<&str> = signs.map(|(op, _)| words::sign(*op)).collect();
                self.fail(cursor.expected(&known))
            }
        }
    }

    fn class_test(&mut self, cursor: &mut Cursor<'_>) -> Option<Selector> {
        cursor.step();
        let takes = [Comparison::Le, Comparison::Lt, Comparison::Eq, Comparison::Ne];
        let comparison = self.comparison(cursor, &takes)?;
        let class: crate::lang::eval::shape::Class = self.single(cursor, Ty::Class)?;
        let is = Selector::ClassIs(class.clone());
        Some(match comparison {
            Comparison::Eq => is,
            Comparison::Ne => Selector::Not(Box::new(is)),
            Comparison::Lt => Selector::And(vec![Selector::ClassWithin(class), Selector::Not(Box::new(is))]),
            _ => Selector::ClassWithin(class),
        })
    }

    fn volume_test(&mut self, cursor: &mut Cursor<'_>) -> Option<Selector> {
        cursor.step();
        let every: Vec<Comparison> = COMPARISONS.iter().map(|(_, c)| *c).collect();
        let comparison = self.comparison(cursor, &every)?;
        let number: Number = self.single(cursor, Ty::Count)?;
        Some(Selector::Volume(comparison, number))
    }

    fn name_test(&mut self, cursor: &mut Cursor<'_>) -> Option<Selector> {
        cursor.step();
        let comparison = self.comparison(cursor, &[Comparison::Eq, Comparison::Ne])?;
        let name: Name = self.single(cursor, Ty::Thing(Thing::Dataset))?;
        let named = Selector::Named(name);
        Some(match comparison {
            Comparison::Ne => Selector::Not(Box::new(named)),
            _ => named,
        })
    }

    /// `people_in <= EEA`: nobody is outside.
    fn within_test(&mut self, cursor: &mut Cursor<'_>) -> Option<Selector> {
        cursor.step();
        cursor.step();
        let set = self.set(cursor, People::Not)?.always;
        let outside = PlaceSet::all().difference(&set);
        Some(Selector::Not(Box::new(Selector::PeopleIn(outside))))
    }

    /// A set, true when it is not empty.
    fn set_test(&mut self, cursor: &mut Cursor<'_>) -> Option<Selector> {
        let start = *cursor;
        let set = self.set(cursor, People::Allowed)?;
        let operands = cursor.since(&start);
        let span = operands.last().map_or(start.span(), |last| start.span().to(last.span()));
        if set.people.is_empty() && mentions_people(operands) {
            let said = Diagnostic::error(EMPTY_SET, format!("no place is in `{}`", words::of_operands(operands)));
            return self.fail(said.at(span, "an empty set").help("`|` joins places; `&` keeps what both sides have"));
        }
        if set.people.is_empty() || !set.always.is_empty() {
            let said = Diagnostic::error(BAD_PHRASE, "this condition does not depend on the dataset")
                .at(span, "always the same")
                .help("write `people_in & PLACES`, `class <= CLASS`, `volume > N` or `name == \"…\"`");
            return self.fail(said);
        }
        Some(Selector::PeopleIn(set.people))
    }
}

fn any(mut parts: Vec<Selector>) -> Selector {
    match parts.len() {
        1 => parts.pop().unwrap_or(Selector::All),
        _ => Selector::Or(parts),
    }
}

fn all(mut parts: Vec<Selector>) -> Selector {
    match parts.len() {
        1 => parts.pop().unwrap_or(Selector::All),
        _ => Selector::And(parts),
    }
}

fn compares(operand: Option<&Operand>) -> bool {
    matches!(operand, Some(Operand::Op(op, _)) if COMPARISONS.iter().any(|(o, _)| o == op))
}

fn mentions_people(operands: &[Operand]) -> bool {
    operands.iter().any(|o| match o {
        Operand::Expr(expr) => match &expr.kind {
            ExprKind::Name(name) => &*name.name == "people_in",
            ExprKind::Paren(inner) => mentions_people(&flatten(inner)),
            _ => false,
        },
        _ => false,
    })
}

/// A condition in brackets; a set in brackets is none.
fn bracketed(operand: Option<&Operand>) -> Option<Vec<Operand>> {
    let Some(Operand::Expr(expr)) = operand else { return None };
    let ExprKind::Paren(inner) = &expr.kind else { return None };
    let operands = flatten(inner);
    is_condition(&operands, inner).then_some(operands)
}

fn is_condition(operands: &[Operand], inner: &Expr) -> bool {
    let nested = matches!(&inner.kind, ExprKind::Paren(inner) if is_condition(&flatten(inner), inner));
    let logic = |o: &Operand| compares(Some(o)) || matches!(o, Operand::Op(Op::AndAnd | Op::OrOr | Op::Not, _));
    nested || operands.iter().any(logic)
}
