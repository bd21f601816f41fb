//! `residency gdpr on dataset where … { rules }`: what the law, or the owner of the data, says.

use crate::lang::eval::shape::{Residency, Shape};
use crate::lang::schema::{Block, Body, Form, Part, Thing};

use super::data::Filled;
use super::reader::Reader;
use super::rule::RULES;

/// How it is written.
pub const BLOCK: Block = Block::new(
    "residency",
    "residency NAME on dataset where CONDITION { … }",
    "Rules about where data may be; all of them hold, in any order",
)
.head(&[
    Part::declares(Thing::Residency),
    Part::word("on"),
    Part::new("on", Form::Open("`dataset`, or names of datasets")),
])
.body(Body::must(&[], RULES));

/// Makes a residency block of it. What is wrong with its rules is told even where the selector cannot be read.
pub fn decode(reader: &mut Reader<'_>, filled: &Filled<'_>, shape: &mut Shape) {
    let selector = match filled.operands("on") {
        [] => None,
        operands => reader.selector(operands, filled.span.end_point()),
    };
    let rules = filled.inner.iter().filter_map(|f| reader.rule(f.statement)).collect();
    let (Some(name), Some(selector)) = (filled.name(), selector) else {
        return;
    };
    let residency = Residency {
        name: name.clone(),
        selector,
        rules,
        span: filled.span,
    };
    shape.residencies.insert(name, residency);
}
