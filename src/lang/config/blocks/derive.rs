//! `derive scores from records by pseudonymous(table at munich) asserted by "…"`: how a label is weakened, and who says so.

use crate::lang::eval::shape::{Derive, Shape};
use crate::lang::schema::{Block, Form, Part, Thing, Ty};

use super::cursor::Cursor;
use super::data::Filled;
use super::reader::Reader;

/// How it is written.
pub const BLOCK: Block = Block::new(
    "derive",
    "derive DATASET from DATASET, … by SAFEGUARD asserted by \"…\" because \"…\"",
    "A dataset that comes from others with weaker labels, and who vouches for it",
)
.head(&[
    Part::new("into", Form::Value(Ty::Thing(Thing::Dataset))),
    Part::word("from"),
    Part::new("from", Form::List(Ty::Thing(Thing::Dataset))),
    Part::word("by"),
    Part::new("by", Form::Open("a safeguard, like `aggregate(min 20)`")),
    Part::word("asserted"),
    Part::word("by"),
    Part::new("asserted_by", Form::Value(Ty::Text)),
    Part::new(
        "",
        Form::Optional(&[Part::word("because"), Part::new("because", Form::Value(Ty::Text))]),
    ),
]);

/// Makes a derivation of it.
pub fn decode(reader: &mut Reader<'_>, filled: &Filled<'_>, shape: &mut Shape) {
    let operands = filled.operands("by");
    let Some(end) = operands.last().map(|o| o.span().end_point()) else { return };
    let mut cursor = Cursor::new(operands, end);
    let by = reader.alternative(&mut cursor);
    if by.is_some() && cursor.peek().is_some() {
        reader.said.push(cursor.expected(&["asserted by"]));
        return;
    }
    let (Some(into), Some(by)) = (filled.spanned("into"), by) else { return };
    shape.derives.push(Derive {
        into,
        from: filled.uses("from"),
        by,
        asserted_by: filled.spanned("asserted_by"),
        because: filled.spanned("because"),
        span: filled.statement.span,
    });
}
