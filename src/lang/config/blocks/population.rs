//! `population patients_de { in = DE, users = 400k }`: who is served.

use crate::lang::eval::shape::{Population, Shape};
use crate::lang::schema::{Attribute, Block, Body, Part, Thing, Ty};

use super::data::Filled;
use super::reader::Reader;

/// How it is written.
pub const BLOCK: Block = Block::new("population", "population NAME { in = PLACES }", "People who use services")
    .head(&[Part::declares(Thing::Population)])
    .body(Body::must(
        &[
            Attribute::new("in", Ty::Places, "Where they are").required(),
            Attribute::new("users", Ty::Count, "How many they are"),
        ],
        &[],
    ));

/// Makes a population of it.
pub fn decode(_: &mut Reader<'_>, filled: &Filled<'_>, shape: &mut Shape) {
    let Some(name) = filled.name() else { return };
    let population = Population {
        name: name.clone(),
        places: filled.value("in").unwrap_or_default(),
        users: filled.value("users"),
        span: filled.span,
    };
    shape.populations.insert(name, population);
}
