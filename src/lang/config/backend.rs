//! `backend NAME { … }` at top level: where Situs keeps its state. It is read before anything else, so it says what it says in texts that are
//! written out.

use crate::base::ports::World;
use crate::base::source::Sources;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::expand::attribute;
use crate::lang::syntax::ast::{Item, Statement};
use crate::lang::syntax::parse_again;

use super::declared::{head, label, twice};
use super::load::{is_configuration, text_of};

/// A backend that is not there, or cannot be read.
pub const BAD_BACKEND: Code = Code::new("E173", "a backend that is not there, or cannot be read");

/// Where the state is kept, seen from the configuration's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// The file of the workspace `default`.
    pub path: String,
    /// The directory of all other workspaces.
    pub workspaces: String,
}

impl Default for Backend {
    fn default() -> Self {
        Self {
            path: ".situs/state.db".to_owned(),
            workspaces: ".situs/workspaces".to_owned(),
        }
    }
}

/// Looks for the block in the root module. Only files that have the word are parsed: where there is none, this is quick.
pub fn find(world: &dyn World, sources: &mut Sources) -> (Backend, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut found: Option<(Backend, Span)> = None;
    for name in world.list("").unwrap_or_default() {
        // A JSON file has `backend` below `terraform`, where it is Terraform's.
        let ours = is_configuration(&name) && !name.ends_with(".json");
        let Some(text) = ours.then(|| text_of(world, &name).ok()).flatten() else {
            continue;
        };
        if !text.lines().any(may_begin) {
            continue;
        }
        let (file, _) = parse_again(sources.add(name, text.as_str()), &text, world.memory());
        for item in &file.body.items {
            let Item::Statement(s) = item else { continue };
            if &*s.word.name != "backend" {
                continue;
            }
            match &found {
                Some((_, first)) => said.push(twice("backend", head(s), *first)),
                None => found = said.take(read(s)).map(|backend| (backend, head(s))),
            }
        }
    }
    (found.map(|(backend, _)| backend).unwrap_or_default(), said)
}

/// Whether the block may begin on a line: an attribute of that name is none.
fn may_begin(line: &str) -> bool {
    let behind = line.trim_start().strip_prefix("backend");
    behind.is_some_and(|rest| !rest.trim_start().starts_with('='))
}

pub(super) fn read(statement: &Statement) -> (Option<Backend>, Diagnostics) {
    let mut backend = Backend::default();
    let kind = label(statement, 0);
    if kind.as_deref() != Some("local") {
        let title = match kind {
            Some(kind) => format!("there is no backend `{kind}`"),
            None => "a backend has a name".to_owned(),
        };
        let said = Diagnostic::error(BAD_BACKEND, title).at(head(statement), "not known");
        return (None, said.help("there is `backend local { path = \"…\" }`").into());
    }
    let mut said = Diagnostics::new();
    for (name, into) in [("path", &mut backend.path), ("workspaces", &mut backend.workspaces)] {
        let Some(expr) = statement.body.as_ref().and_then(|b| attribute(b, name)) else {
            continue;
        };
        match expr.as_text().filter(|t| !t.is_empty()) {
            Some(text) => text.clone_into(into),
            None => {
                let wrong = Diagnostic::error(BAD_BACKEND, format!("`{name}` is a text that is written out"));
                let help = "the state is opened before any value is worked out";
                said.push(wrong.at(expr.span, "not one").help(help));
            }
        }
    }
    (Some(backend), said)
}
