//! `dataset records { … }`: what is kept.

use crate::base::span::Spanned;
use crate::lang::eval::shape::{Backup, Dataset, Dimension, Shape, Spread, Strength};
use crate::lang::schema::{Attribute, Block, Body, Form, Part, Thing, Ty};

use super::data::Filled;
use super::each::FOR_EACH;
use super::reader::Reader;

/// Several sites, with commas between them.
pub const SITES: Part = Part::new("sites", Form::List(Ty::Thing(Thing::Site)));

/// `at munich`
pub const AT: Block =
    Block::new("at", "at SITE, …", "Pins it to sites; without it, the engine places it").head(&[SITES]);

/// `spread across site.operator`
pub const SPREAD: Block = Block::new(
    "spread",
    "spread across site.operator",
    "What no two copies may share; `soft` at the end makes it a wish",
)
.head(&[
    Part::word("across"),
    Part::new("across", Form::List(Ty::Dimension)),
    Part::new("soft", Form::Flag("soft")),
]);

/// How it is written.
pub const BLOCK: Block = Block::new("dataset", "dataset NAME { … }", "Data that is kept")
    .head(&[Part::declares(Thing::Dataset)])
    .body(Body::must(
        &[
            Attribute::new(
                "class",
                Ty::Class,
                "What kind of data it is, a path in a tree of classes; without it, that is unknown",
            ),
            Attribute::new(
                "people_in",
                Ty::Places,
                "Where the people are whose data it is; without it, that is unknown",
            ),
            Attribute::new("volume", Ty::Count, "How many people or rows it holds"),
            Attribute::new("size", Ty::Size, "How much disk one copy takes"),
            Attribute::new(
                "replicas",
                Ty::Whole(1, 1000),
                "How many copies are stored; the first is the primary",
            )
            .or("1"),
            Attribute::new("encrypted_by", Ty::Thing(Thing::Key), "The key over its stored copies"),
            Attribute::new("keep", Ty::Duration, "For how long it is kept"),
            Attribute::new("purpose", Ty::Raw("a list of purposes"), "What it is used for").later(),
            FOR_EACH,
            Attribute::new("count", Ty::Raw("a whole number"), "So many").later(),
        ],
        &[
            Block::new("collected", "collected at SITE, …", "Where it comes into being")
                .head(&[Part::word("at"), SITES]),
            AT,
            SPREAD,
            Block::new(
                "backup",
                "backup { every = 24h, keep = 30d, to = [SITE], encrypted_by = KEY }",
                "That it is backed up, and how",
            )
            .once()
            .body(Body::must(
                &[
                    Attribute::new("every", Ty::Duration, "How much time lies between two backups"),
                    Attribute::new("keep", Ty::Duration, "For how long one is kept"),
                    Attribute::new(
                        "to",
                        Ty::List(&Ty::Thing(Thing::Site)),
                        "Where they lie; without it, where the copies are",
                    ),
                    Attribute::new("encrypted_by", Ty::Thing(Thing::Key), "The key over them"),
                ],
                &[],
            )),
        ],
    ));

/// Makes a dataset of it.
pub fn decode(_: &mut Reader<'_>, filled: &Filled<'_>, shape: &mut Shape) {
    let Some(name) = filled.name() else { return };
    let dataset = Dataset {
        name: name.clone(),
        class: filled.spanned("class"),
        people_in: filled.spanned("people_in"),
        volume: filled.value("volume"),
        size: filled.value("size"),
        collected_at: filled.all_uses("collected", "sites"),
        at: filled.all_uses("at", "sites"),
        replicas: filled.value("replicas").unwrap_or(1),
        spread: spreads(filled),
        encrypted_by: filled.spanned("encrypted_by"),
        backup: filled.first("backup").map(backup),
        keep: filled.value("keep"),
        span: filled.span,
    };
    shape.datasets.insert(name, dataset);
}

fn backup(filled: &Filled<'_>) -> Backup {
    Backup {
        to: filled.uses("to"),
        every: filled.value("every"),
        keep: filled.value("keep"),
        encrypted_by: filled.spanned("encrypted_by"),
        span: filled.span,
    }
}

/// The `spread` clauses of a dataset or service: one for each thing that is spread across.
pub fn spreads(filled: &Filled<'_>) -> Vec<Spread> {
    let one = |clause: &Filled<'_>| -> Vec<Spread> {
        let strength = match clause.value("soft") {
            Some(true) => Strength::Soft,
            _ => Strength::Hard,
        };
        let across: Vec<Spanned<Dimension>> = clause.value("across").unwrap_or_default();
        let each = across.into_iter().map(|dimension| Spread {
            across: dimension.value,
            strength,
            span: clause.span,
        });
        each.collect()
    };
    filled.each("spread").flat_map(one).collect()
}
