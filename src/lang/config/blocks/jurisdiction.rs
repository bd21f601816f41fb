//! `jurisdiction dach { places = DE | AT | CH }`: a set of places with a name of one's own. It has no place in the shape: its name means
//! its places wherever places are expected.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lang::eval::expand::attribute;
use crate::lang::eval::shape::{Name, Shape};
use crate::lang::schema::{Attribute, Block, Body, Part, Thing, Ty, head};
use crate::lang::syntax::ast::Expr;

use super::data::Filled;
use super::each::One;
use super::reader::Reader;

/// How it is written.
pub const BLOCK: Block = Block::new(
    "jurisdiction",
    "jurisdiction NAME { places = DE | AT | CH }",
    "A set of places with a name of its own; it wins over a place of the same name",
)
.head(&[Part::declares(Thing::Jurisdiction)])
.body(Body::must(
    &[
        Attribute::new("places", Ty::Raw("a set of places"), "What is in it").required(),
        Attribute::new("source", Ty::Text, "Where one can look it up"),
        Attribute::new("as_of", Ty::Date, "The day for which it was looked up"),
    ],
    &[],
));

/// The places of every jurisdiction as written.
pub fn as_written(things: &[One<'_>]) -> BTreeMap<Name, Arc<Expr>> {
    let own = things
        .iter()
        .map(|one| one.statement)
        .filter(|s| &*s.word.name == BLOCK.word);
    own.filter_map(|s| {
        let name = s.operands.first().and_then(head::name_of)?;
        let places = attribute(s.body.as_ref()?, "places")?;
        Some((name.into(), places.clone()))
    })
    .collect()
}

/// Works it out, so that what is wrong with it is told even where nothing uses it.
pub fn decode(reader: &mut Reader<'_>, filled: &Filled<'_>, _: &mut Shape) {
    if let Some(name) = filled.name() {
        reader.jurisdiction(&name, filled.span);
    }
}
