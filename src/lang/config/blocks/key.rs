//! `key k_eu { held_at = munich, under = clinic }`: what decrypts.

use crate::lang::eval::shape::{Key, Shape};
use crate::lang::schema::{Attribute, Block, Body, Part, Thing, Ty};

use super::data::Filled;
use super::reader::Reader;

/// How it is written.
pub const BLOCK: Block = Block::new("key", "key NAME { held_at = SITE }", "A key that makes encrypted data readable")
    .head(&[Part::declares(Thing::Key)])
    .body(Body::must(
        &[
            Attribute::new("held_at", Ty::Thing(Thing::Site), "The site it is held at"),
            Attribute::new("under", Ty::Thing(Thing::Operator), "Who holds it; without it, the operator of its site"),
        ],
        &[],
    ));

/// Makes a key of it.
pub fn decode(_: &mut Reader<'_>, filled: &Filled<'_>, shape: &mut Shape) {
    let Some(name) = filled.name() else { return };
    let key = Key {
        name: name.clone(),
        held_at: filled.spanned("held_at"),
        under: filled.spanned("under"),
        span: filled.span,
    };
    shape.keys.insert(name, key);
}
