//! Questions that change nothing.

use crate::base::diagnostic::did_you_mean;
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::lang::eval::shape::{Name, Shape};
use crate::model::assignment::Thing;
use crate::model::graph;
use crate::model::placement;

use super::{Loaded, Ports, read};

/// A thing that is not there to be asked about.
pub const NO_SUCH_THING: Code = Code::new("E451", "a thing that is not there to be asked about");

/// How a graph is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For Graphviz.
    Dot,
    /// For Markdown.
    Mermaid,
}

/// Sites, services, datasets and what joins them, placed as a plan would place them now.
pub async fn graph(ports: &Ports, loaded: &Loaded, form: Form) -> (String, Diagnostics) {
    let today = match read(ports).await {
        Ok(snapshot) => snapshot.placement,
        Err(errors) => return (String::new(), errors),
    };
    let shape = &loaded.config.shape;
    let (placement, diagnostics) = placement::place(shape, &loaded.legal, &today);
    let drawn = graph::of_intent(shape, &placement.assignment);
    let text = match form {
        Form::Dot => graph::dot(&drawn),
        Form::Mermaid => graph::mermaid(&drawn),
    };
    (text, diagnostics)
}

/// Why a service or dataset is where it is, or what speaks for and against a site.
pub async fn why(ports: &Ports, loaded: &Loaded, asked: &Addr) -> (Vec<String>, Diagnostics) {
    let shape = &loaded.config.shape;
    let (thing, site) = match thing(shape, asked) {
        Ok(found) => found,
        Err(wrong) => return (Vec::new(), (*wrong).into()),
    };
    let today = match read(ports).await {
        Ok(snapshot) => snapshot.placement,
        Err(errors) => return (Vec::new(), errors),
    };
    let (placement, diagnostics) = placement::place(shape, &loaded.legal, &today);
    let lines = placement::why(shape, &loaded.legal, &today, &placement, &thing, site.as_ref());
    (lines, diagnostics)
}

fn thing(shape: &Shape, asked: &Addr) -> Result<(Thing, Option<Name>), Box<Diagnostic>> {
    let placed = asked.parts().placed.as_ref();
    let placed = placed.ok_or_else(|| no_such(&asked.to_string(), "a service or dataset", None))?;
    let name = placed.thing();
    let thing = match &*placed.kind {
        "dataset" => Thing::Dataset(name.clone()),
        _ => Thing::Service(name.clone()),
    };
    let names: Vec<&Name> = match &thing {
        Thing::Dataset(_) => shape.datasets.keys().collect(),
        Thing::Service(_) => shape.services.keys().collect(),
    };
    if !names.contains(&&name) {
        let near = did_you_mean(&name, names.iter().map(|n| &***n));
        return Err(no_such(&thing.to_string(), "declared", near));
    }
    match &placed.site {
        Some(site) if !shape.sites.contains_key(site) => {
            let near = did_you_mean(site, shape.sites.keys().map(|n| &**n));
            Err(no_such(&format!("site.{site}"), "declared", near))
        }
        site => Ok((thing, site.clone())),
    }
}

fn no_such(name: &str, what: &str, near: Option<String>) -> Box<Diagnostic> {
    let said = Diagnostic::error(NO_SUCH_THING, format!("`{name}` is not {what}"));
    let help = near.unwrap_or_else(|| "ask `situs why service.NAME` or `situs why dataset.NAME@SITE`".to_owned());
    Box::new(said.help(help))
}
