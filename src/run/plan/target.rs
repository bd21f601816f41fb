//! `-target`: what is named, what that needs, and, where it goes, what used it. Everything else stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use situs_value::Value;

use crate::base::diagnostic::did_you_mean;
use crate::base::event::Action;
use crate::base::{Addr, Code, Diagnostic, Diagnostics};

use super::change::Change;
use super::objects::ObjectTable;
use super::order::Names;

/// A name behind `-target` or `-replace` that nothing has.
pub const NOT_THERE: Code = Code::new("E403", "a name behind `-target` or `-replace` that nothing has");
/// A plan that `-target` confines.
pub const CONFINED: Code = Code::new("W047", "a plan that `-target` confines");

/// What there is to say about the names that were given: one that nothing has is most likely mistyped, and a plan without what was
/// meant would look as if there were nothing to do.
pub(crate) fn named(changes: &[Change], targets: &[Addr], replace: &[Addr]) -> Diagnostics {
    let mut said = Diagnostics::new();
    let flags = targets.iter().map(|a| ("-target", a));
    for (flag, addr) in flags.chain(replace.iter().map(|a| ("-replace", a))) {
        if !changes.iter().any(|c| addr.covers(&c.addr)) {
            said.push(not_there(flag, addr, changes));
        }
    }
    if !said.has_errors() && !targets.is_empty() {
        let names: Vec<String> = targets.iter().map(|t| format!("`{t}`")).collect();
        let title = format!("the plan is confined to {} and what it needs", names.join(", "));
        said.push(
            Diagnostic::warning(CONFINED, title)
                .help("plan without `-target` afterwards, to see whether all is as configured"),
        );
    }
    said
}

fn not_there(flag: &str, addr: &Addr, changes: &[Change]) -> Diagnostic {
    let known: Vec<String> = changes.iter().map(|c| c.addr.to_string()).collect();
    let said = Diagnostic::error(
        NOT_THERE,
        format!("`{flag}={addr}` names nothing that is configured or managed here"),
    );
    match did_you_mean(&addr.to_string(), known.iter().map(String::as_str)) {
        Some(near) => said.help(near),
        None => said.help("a plan without it shows what is configured, `situs state list` what is managed"),
    }
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
