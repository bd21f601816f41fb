//! `site fra1 { … }`: where things can be.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_value::{Number, Quantity};

use crate::base::span::Spanned;
use crate::lang::eval::shape::{Name, Relays, RuntimeUse, Shape, Site, SiteKind, Whence};
use crate::lang::schema::{Attribute, Block, Body, Form, Part, Thing, Ty};

use super::data::{Filled, Take};
use super::each::FOR_EACH;
use super::reader::Reader;

/// How it is written.
pub const BLOCK: Block = Block::new("site", "site NAME { … }", "A place where services run and data is kept")
    .head(&[Part::declares(Thing::Site)])
    .body(Body::must(
        &[
            Attribute::new("kind", Ty::Word(&["region", "datacenter", "edge"]), "What kind of place it is").or("datacenter"),
            Attribute::new("in", Ty::Territories, "The country or subdivision it lies in, or a list for one that moves; without it, where it lies is unknown"),
            Attribute::new("at", Ty::Coordinates, "Latitude and longitude; distances and latencies are estimated from them"),
            Attribute::new("operator", Ty::Thing(Thing::Operator), "Who runs it; without it, the law over it is unknown"),
            Attribute::new("managed_from", Ty::Whence, "Where its control plane sits; without it, that is unknown"),
            Attribute::new("support_from", Ty::List(&Ty::Whence), "Where its support sits; without it, where it is managed from"),
            Attribute::new("traits", Ty::List(&Ty::Text), "What it has that services may need"),
            Attribute::new("labels", Ty::Map, "Labels of your own, to spread across and for runtimes"),
            Attribute::new("offline_up_to", Ty::Duration, "For how long it may be out of reach without failing a plan or an apply").later(),
            FOR_EACH,
            Attribute::new("relays", Ty::Bool, "Whether traffic between other sites may pass through it").or("false"),
            Attribute::new("attested", Ty::Bool, "Whether its machines prove what they run").later(),
        ],
        &[
            Block::new("capacity", "capacity { cpu = 64vcpu, memory = 256GiB, disk = 4TiB }", "How much fits; a dimension that is not named is unlimited")
                .once()
                .body(Body::must(
                    &[
                        Attribute::new("cpu", Ty::Cpu, "Processors"),
                        Attribute::new("memory", Ty::Size, "Memory"),
                        Attribute::new("disk", Ty::Size, "Disk"),
                    ],
                    &[],
                )),
            Block::new("price", "price { cpu = 0.03EUR/vcpu/h, egress = 0.02EUR/GiB }", "What a unit costs")
                .once()
                .body(Body::must(
                    &[
                        Attribute::new("cpu", Ty::Price("vcpu/h"), "A processor for an hour"),
                        Attribute::new("memory", Ty::Price("GiB/h"), "Memory for an hour"),
                        Attribute::new("disk", Ty::Price("GiB/h"), "Disk for an hour"),
                        Attribute::new("egress", Ty::Price("GiB"), "Traffic that leaves the site"),
                    ],
                    &[],
                )),
            Block::new("runtime", "runtime NAME { … }", "How things run there, and the settings of its provider; without it, `local`")
                .once()
                .head(&[Part::new("runtime", Form::Label("the name of a runtime"))])
                .body(RUNTIME_BODY),
        ],
    ));

const RUNTIME_BODY: Body = Body {
    braces: crate::lang::schema::Braces::May,
    ..Body::ANYTHING
};

/// Makes a site of it.
pub fn decode(_: &mut Reader<'_>, filled: &Filled<'_>, shape: &mut Shape) {
    let Some(name) = filled.name() else { return };
    let territories = filled.spanned("in");
    let traits: Vec<Spanned<Name>> = filled.uses("traits");
    let site = Site {
        name: name.clone(),
        kind: kind(filled),
        territories_span: territories.as_ref().map(|t| t.span),
        territories: territories.map(|t| t.value).unwrap_or_default(),
        at: filled.value("at"),
        operator: filled.spanned("operator"),
        managed_from: filled.spanned("managed_from"),
        support_from: filled.value::<Vec<Spanned<Whence>>>("support_from").unwrap_or_default(),
        capacity: amounts::<Number>(filled, "capacity"),
        price: amounts::<Quantity>(filled, "price"),
        traits: traits.into_iter().map(|t| t.value).collect(),
        labels: filled.value("labels").unwrap_or_default(),
        relays: if filled.value("relays") == Some(true) {
            Relays::Yes
        } else {
            Relays::No
        },
        runtime: filled.first("runtime").and_then(runtime),
        each: filled.each.clone(),
        span: filled.span,
    };
    shape.sites.insert(name, site);
}

fn kind(filled: &Filled<'_>) -> SiteKind {
    match filled.value::<Name>("kind").as_deref() {
        Some("region") => SiteKind::Region,
        Some("edge") => SiteKind::Edge,
        _ => SiteKind::Datacenter,
    }
}

/// `capacity { … }` and `price { … }`: the values by dimension.
fn amounts<T: Take>(filled: &Filled<'_>, word: &str) -> BTreeMap<Name, T> {
    let Some(inner) = filled.first(word) else {
        return BTreeMap::new();
    };
    let names = inner.block.body.attributes.iter().map(|a| a.name);
    names
        .filter_map(|name| inner.value(name).map(|value| (name.into(), value)))
        .collect()
}

fn runtime(filled: &Filled<'_>) -> Option<RuntimeUse> {
    Some(RuntimeUse {
        name: filled.spanned("runtime")?,
        settings: filled.statement.body.clone().map(Arc::new),
    })
}
