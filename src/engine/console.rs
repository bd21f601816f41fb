//! Expressions one at a time, with everything that the configuration and the state know: variables, locals, sites, services, and the
//! objects that are kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use situs_value::Value;

use crate::base::addr::Mode;
use crate::base::{Diagnostics, Sources};
use crate::lang::eval::instance::Phase;
use crate::lang::eval::{Scope, evaluate, functions};
use crate::lang::syntax::{self, parse_expr};
use crate::run::plan::objects::ObjectTable;

use super::objects::objects;
use super::{Assumptions, Loaded, Ports, decide, read};

/// What expressions are worked out with.
pub struct Console {
    scope: Arc<Scope>,
    objects: ObjectTable,
}

/// Opens a configuration and the state that belongs to it. Without a placement there is nothing to look at, and the messages say why.
pub async fn console(ports: &Ports, loaded: &Loaded) -> (Option<Console>, Diagnostics) {
    let state = match read(ports).await {
        Ok(state) => state,
        Err(errors) => return (None, errors),
    };
    let (intent, said) = decide(ports, loaded, &state.placement, Assumptions::Named);
    let Some(lowered) = intent.map(|i| i.lowered).filter(|_| !said.has_errors()) else {
        return (None, said);
    };
    let kept = state.objects.iter().map(|(addr, record)| (addr, &record.value));
    let objects = objects(&lowered, kept).0.with_phase(Phase::Now);
    let console = Console {
        scope: lowered.root,
        objects,
    };
    (Some(console), said)
}

impl Console {
    /// The value of an expression; its text is added to the sources, so that messages can show it.
    pub fn answer(&self, text: &str, sources: &mut Sources) -> (Value, Diagnostics) {
        // The last line of a heredoc ends like any other.
        let text = format!("{}\n", text.trim_end());
        let id = sources.add("console", text.as_str());
        let (expr, mut said) = parse_expr(id, &text);
        if said.has_errors() {
            return (Value::unknown_dynamic(), said);
        }
        let value = said.take(evaluate(&expr, &self.scope, &self.objects));
        (value, said)
    }

    /// How a text could go on: where its last word begins, and what could stand there.
    pub fn complete(&self, text: &str) -> (usize, Vec<String>) {
        let path = text.split_at_checked(path_start(text)).map_or("", |(_, path)| path);
        let (base, stem) = path.rsplit_once('.').map_or((None, path), |(b, s)| (Some(b), s));
        let known = match base {
            None => self.names(),
            Some(base) => self.below(base),
        };
        let fits = known.into_iter().filter(|name| name.starts_with(stem)).collect();
        (text.len() - stem.len(), fits)
    }

    fn names(&self) -> BTreeSet<String> {
        let names = self.scope.names().into_iter().map(|n| n.to_string());
        let words = ["true", "false", "null"].map(str::to_owned);
        let calls = functions::signature::all().map(|f| format!("{}(", f.name));
        names.chain(words).chain(calls).collect()
    }

    /// What stands behind the dot of `base`.
    fn below(&self, base: &str) -> BTreeSet<String> {
        let Some(module) = self.scope.declarations() else {
            return BTreeSet::new();
        };
        let word = base
            .split_once('.')
            .and_then(|(word, of)| Some((Mode::of_reference(word)?, of)));
        let (mode, of) = word.unwrap_or((Mode::Managed, base));
        let names = module.resources.names(mode, of);
        let mut found: BTreeSet<String> = names.map(|name| name.to_string()).collect();
        match base {
            "local" => found.extend(module.locals.keys().map(|n| n.to_string())),
            word if Mode::of_reference(word).is_some() => {
                let types = Mode::of_reference(word)
                    .into_iter()
                    .flat_map(|m| module.resources.types(m));
                found.extend(types.map(|t| t.to_string()));
            }
            _ if found.is_empty() => found.extend(self.attributes(base)),
            _ => {}
        }
        found
    }

    fn attributes(&self, base: &str) -> Vec<String> {
        let (value, said) = self.answer(base, &mut Sources::new());
        let attributes = value.attributes().filter(|_| said.is_empty());
        let names = attributes.into_iter().flat_map(|m| m.keys());
        names.map(|n| n.to_string()).collect()
    }
}

/// Whether a text is not at its end: a bracket or a heredoc is open. A quote ends with its line, so one that is open is a mistake.
pub fn is_open(text: &str) -> bool {
    if in_heredoc(text) {
        return true;
    }
    let mut sources = Sources::new();
    let (_, said) = parse_expr(sources.add("console", text), text);
    let open = said.iter().filter(|d| d.code == syntax::NOT_CLOSED);
    let mut places = open.filter_map(|d| d.primary.as_ref()).map(|l| sources.slice(l.span));
    places.any(|at| !at.starts_with('"'))
}

/// Whether the last heredoc of a text lacks its end.
fn in_heredoc(text: &str) -> bool {
    let mut marker = None;
    for line in text.lines() {
        match marker {
            Some(end) if line.trim() == end => marker = None,
            Some(_) => {}
            None => {
                marker = line
                    .rsplit_once("<<")
                    .map(|(_, m)| m.trim_start_matches('-'))
                    .filter(|m| is_marker(m));
            }
        }
    }
    marker.is_some()
}

fn is_marker(text: &str) -> bool {
    text.starts_with(char::is_alphabetic) && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// Where the path that a text ends with begins: names, dots, and brackets with what is in them.
fn path_start(text: &str) -> usize {
    let mut depth = 0;
    let mut start = text.len();
    for (at, c) in text.char_indices().rev() {
        match c {
            ']' => depth += 1,
            '[' if depth > 0 => depth -= 1,
            c if depth > 0 || c.is_alphanumeric() || matches!(c, '_' | '-' | '.') => {}
            _ => break,
        }
        start = at;
    }
    start
}
