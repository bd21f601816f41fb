//! `link fra1 -- ward7 { … }`: how sites are joined.

use crate::base::Diagnostic;
use crate::base::span::Spanned;
use crate::lang::eval::shape::{Link, Name, Sealed, Shape};
use crate::lang::schema::head::WRONG_HEAD;
use crate::lang::schema::{Attribute, Block, Body, Form, Part, Thing, Ty};
use crate::lang::syntax::ast::Operand;

use super::data::Filled;
use super::each::FOR_EACH;
use super::reader::Reader;

/// How it is written.
pub const BLOCK: Block = Block::new(
    "link",
    "link SITE -- SITE { … }",
    "A way between two sites; `->` is one way only",
)
.head(&[Part::new("ends", Form::Link)])
.body(Body::may(&[
    FOR_EACH,
    Attribute::new(
        "latency",
        Ty::Latency,
        "The round trip; without it, it is estimated from coordinates",
    ),
    Attribute::new("bandwidth", Ty::Bandwidth, "How much it carries"),
    Attribute::new(
        "via",
        Ty::Places,
        "What it crosses; without it, that is unknown, and unknown is not allowed",
    ),
    Attribute::new("carrier", Ty::Thing(Thing::Operator), "Who carries it"),
    Attribute::new(
        "sealed",
        Ty::Word(&["e2e", "tls"]),
        "How it is sealed: from end to end, or hop by hop",
    ),
]));

/// Makes a link of it.
pub fn decode(reader: &mut Reader<'_>, filled: &Filled<'_>, shape: &mut Shape) {
    let Some(Operand::Link(ends)) = filled.operands("ends").first() else {
        return;
    };
    let from = reader.thing(&ends.from, Thing::Site);
    let to = reader.thing(&ends.to, Thing::Site);
    let (Some(from), Some(to)) = (from, to) else { return };
    if from == to {
        let said = Diagnostic::error(
            WRONG_HEAD,
            format!("a link joins two sites, and both ends are `{from}`"),
        );
        reader.said.push(
            said.at(ends.span, "both the same")
                .help("take it out: within one site nothing is in transit"),
        );
        return;
    }
    shape.links.push(Link {
        from: Spanned::new(from, ends.from.span),
        to: Spanned::new(to, ends.to.span),
        arrow: ends.arrow,
        latency: filled.value("latency"),
        bandwidth: filled.value("bandwidth"),
        via: filled.spanned("via"),
        carrier: filled.spanned("carrier"),
        sealed: sealed(filled),
        span: filled.span,
    });
}

fn sealed(filled: &Filled<'_>) -> Sealed {
    match filled.value::<Name>("sealed").as_deref() {
        Some("e2e") => Sealed::EndToEnd,
        Some("tls") => Sealed::Tls,
        _ => Sealed::No,
    }
}
