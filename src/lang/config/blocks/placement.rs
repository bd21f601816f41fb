//! `placement { minimize = [cost, latency] }`: what a good placement is.

use crate::base::span::Spanned;
use crate::lang::eval::shape::{Goal, Name, Objective, Shape};
use crate::lang::schema::{Attribute, Block, Body, Ty};

use super::data::Filled;
use super::names::twice;
use super::reader::Reader;

/// How it is written.
pub const BLOCK: Block = Block::new(
    "placement",
    "placement { minimize = [cost, latency] }",
    "What the engine makes small when it places things",
)
.body(Body::must(
    &[
        Attribute::new(
            "minimize",
            Ty::List(&Ty::Word(&["cost", "latency"])),
            "What is made small, the most important first; without it, cost and then latency",
        ),
        Attribute::new("move_price", Ty::Money, "What moving one replica costs"),
    ],
    &[],
))
.once();

/// Makes the objective of it.
pub fn decode(reader: &mut Reader<'_>, filled: &Filled<'_>, shape: &mut Shape) {
    if let Some(first) = shape.objective.span {
        return reader.said.push(twice("`placement`", filled.span, first));
    }
    let minimize: Vec<Spanned<Name>> = filled.uses("minimize");
    shape.objective = Objective {
        minimize: minimize.iter().map(|word| goal(&word.value)).collect(),
        move_price: filled.value("move_price"),
        span: Some(filled.span),
    };
}

fn goal(word: &str) -> Goal {
    match word {
        "latency" => Goal::Latency,
        _ => Goal::Cost,
    }
}
