//! `-target`: what is named, what that needs, and, where it goes, what used it. Everything else stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use situs_value::Value;

use crate::base::diagnostic::did_you_mean;
use crate::base::event::Action;
use crate::base::{Addr, Code, Diagnostic};

use super::change::Change;
use super::objects::ObjectTable;
use super::order::Names;

/// An address on the command line at which nothing is configured and nothing is there.
pub const NOTHING_THERE: Code = Code::new("E403", "an address at which nothing is");

/// A plan that `-target` confines.
pub const CONFINED: Code = Code::new("W047", "a plan that `-target` confines");

/// What `-target` or `-replace` names and nothing answers to. To go on without it would plan something else than what was asked for.
pub(crate) fn unanswered(flag: &str, asked: &[Addr], changes: &[Change]) -> Vec<Diagnostic> {
    let missing = asked.iter().filter(|a| !changes.iter().any(|c| a.covers(&c.addr)));
    let one = |addr: &Addr| {
        let names = changes.iter().flat_map(|c| [c.addr.to_string(), thing(&c.addr)]);
        let names: BTreeSet<String> = names.collect();
        let near = did_you_mean(&addr.to_string(), names.iter().map(String::as_str));
        let said = Diagnostic::error(NOTHING_THERE, format!("nothing is at `{addr}`, which `-{flag}` names"));
        said.help(near.unwrap_or_else(|| "`situs plan` without it shows all addresses".to_owned()))
    };
    missing.map(one).collect()
}

/// `service.triage` of what it was made into; another address is itself.
fn thing(addr: &Addr) -> String {
    let placed = addr.parts().placed.as_ref();
    placed.map_or_else(|| addr.to_string(), |p| format!("{}.{}", p.kind, p.thing()))
}

/// That a plan is confined: what is left out of it may differ.
pub(crate) fn confined(targets: &[Addr]) -> Option<Diagnostic> {
    let names: Vec<String> = targets.iter().map(|t| format!("`{t}`")).collect();
    let title = format!("the plan is confined to {} and what it needs", names.join(", "));
    let said = Diagnostic::warning(CONFINED, title);
    let said = said.help("plan without `-target` afterwards, to see whether all is as configured");
    (!targets.is_empty()).then_some(said)
}

/// The changes without those that no target asks for.
pub(crate) fn only(changes: Vec<Change>, targets: &[Addr], objects: &ObjectTable) -> Vec<Change> {
    if targets.is_empty() {
        return changes;
    }
    let wanted = wanted(&changes, targets);
    let chosen = changes.into_iter().enumerate().filter_map(|(i, change)| {
        if wanted.contains(&i) {
            Some(change)
        } else {
            left_alone(change, objects)
        }
    });
    chosen.collect()
}

fn wanted(changes: &[Change], targets: &[Addr]) -> BTreeSet<usize> {
    let names = Names::new(changes.iter().map(|c| &c.addr));
    let users = users(changes);
    let named = changes
        .iter()
        .enumerate()
        .filter(|(_, c)| targets.iter().any(|t| t.covers(&c.addr)));
    let mut open: Vec<usize> = named.map(|(i, _)| i).collect();
    let mut wanted = BTreeSet::new();
    while let Some(i) = open.pop() {
        let Some(change) = changes.get(i).filter(|_| wanted.insert(i)) else {
            continue;
        };
        open.extend(change.dependencies.iter().flat_map(|d| names.of(d)));
        if change.action == Action::Delete {
            let of = [change.addr.clone(), change.addr.without_key()];
            open.extend(of.iter().filter_map(|name| users.get(name)).flatten());
        }
    }
    wanted
}

/// What goes, by what it used.
fn users(changes: &[Change]) -> BTreeMap<&Addr, Vec<usize>> {
    let mut users: BTreeMap<&Addr, Vec<usize>> = BTreeMap::new();
    for (i, change) in changes.iter().enumerate().filter(|(_, c)| c.action == Action::Delete) {
        for used in &change.prior_dependencies {
            users.entry(used).or_default().push(i);
        }
    }
    users
}

/// The same with nothing done; absent where there is nothing.
fn left_alone(change: Change, objects: &ObjectTable) -> Option<Change> {
    let is_there = !change.before.is_null();
    objects.set(
        &change.addr,
        if is_there {
            change.before.clone()
        } else {
            Value::unknown_dynamic()
        },
    );
    is_there.then(|| Change {
        action: Action::NoOp,
        reason: None,
        after: change.before.clone(),
        replace: Vec::new(),
        dependencies: change.prior_dependencies.clone(),
        deposed: Vec::new(),
        ..change
    })
}
