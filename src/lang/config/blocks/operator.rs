//! `operator amazon { incorporated = US }`: who runs sites, and whose law can reach them.

use std::sync::Arc;

use situs_value::Number;

use crate::base::Diagnostic;
use crate::lang::eval::shape::{Operator, Ownership, Shape};
use crate::lang::schema::{Attribute, Block, Body, Part, Thing, Ty, words};
use crate::lang::syntax::ast::{Expr, ExprKind, ObjectItem, ObjectKey};

use super::data::{Filled, Take};
use super::reader::Reader;
use super::value::{OUT_OF_BOUNDS, WRONG_VALUE};

/// How it is written.
pub const BLOCK: Block = Block::new(
    "operator",
    "operator NAME { … }",
    "An organisation that runs sites, carries links or holds keys",
)
.head(&[Part::declares(Thing::Operator)])
.body(Body::must(
    &[
        Attribute::new(
            "incorporated",
            Ty::Place,
            "The country under whose law it stands; without it, the law over it is unknown",
        ),
        Attribute::new(
            "owned_by",
            Ty::Raw("a list of operators"),
            "Its owners; each of them is in control unless its share is below 50 %",
        ),
        Attribute::new("staff", Ty::Raw("a set of places"), "Where its staff live, or whose citizens they are").later(),
    ],
    &[],
));

/// Makes an operator of it.
pub fn decode(reader: &mut Reader<'_>, filled: &Filled<'_>, shape: &mut Shape) {
    let Some(name) = filled.name() else { return };
    let owned_by = match filled.value::<Arc<Expr>>("owned_by") {
        Some(expr) => owners(reader, &expr),
        None => Vec::new(),
    };
    let operator = Operator {
        name: name.clone(),
        incorporated: filled.spanned("incorporated"),
        owned_by,
        span: filled.span,
    };
    shape.operators.insert(name, operator);
}

/// `[amazon, { operator = fund, share = 60% }]`
fn owners(reader: &mut Reader<'_>, expr: &Expr) -> Vec<Ownership> {
    match &expr.kind {
        ExprKind::Tuple(elements) => elements.iter().filter_map(|e| owner(reader, e)).collect(),
        ExprKind::Paren(inner) => owners(reader, inner),
        ExprKind::Object(_) => owner(reader, expr).into_iter().collect(),
        _ => {
            let read = reader.read(expr, Ty::List(&Ty::Thing(Thing::Operator)));
            let uses = read.as_ref().and_then(Vec::take).unwrap_or_default();
            uses.into_iter().map(|operator| Ownership { operator, share: None }).collect()
        }
    }
}

fn owner(reader: &mut Reader<'_>, expr: &Expr) -> Option<Ownership> {
    let ExprKind::Object(items) = &expr.kind else {
        let name = reader.thing(expr, Thing::Operator)?;
        return Some(Ownership {
            operator: crate::base::span::Spanned::new(name, expr.span),
            share: None,
        });
    };
    let mut operator = None;
    let mut share = None;
    let mut right = true;
    for item in items {
        match key(item) {
            "operator" => {
                let name = reader.thing(&item.value, Thing::Operator);
                right &= name.is_some();
                operator = name.map(|name| crate::base::span::Spanned::new(name, item.value.span));
            }
            "share" => {
                share = fraction(reader, &item.value);
                right &= share.is_some();
            }
            _ => {
                right = false;
                let written = words::of_expr(expr);
                let said = Diagnostic::error(WRONG_VALUE, "an owner has an `operator` and a `share`");
                let said = said.at(expr.span, format!("`{written}` has something else"));
                reader.said.push(said.help("write `{ operator = NAME, share = 60% }`"));
            }
        }
    }
    if operator.is_none() && right {
        let said = Diagnostic::error(WRONG_VALUE, "an owner names its operator").at(expr.span, "no `operator`");
        reader.said.push(said.help("write `{ operator = NAME, share = 60% }`"));
    }
    // An owner whose share could not be read counts as one in control: nothing is proved on a mistake.
    operator.map(|operator| Ownership { operator, share })
}

fn key(item: &ObjectItem) -> &str {
    match &item.key {
        ObjectKey::Name(name) => &name.name,
        ObjectKey::Expr(expr) => expr.as_text().unwrap_or_default(),
    }
}

fn fraction(reader: &mut Reader<'_>, expr: &Expr) -> Option<Number> {
    let read = reader.read(expr, Ty::Percent)?;
    let share = Number::take(&read)?;
    if share > Number::ONE {
        let said = Diagnostic::error(OUT_OF_BOUNDS, "a share is at most 100%").at(expr.span, "out of bounds");
        return reader.fail(said.help("write it like `60%`"));
    }
    Some(share)
}
