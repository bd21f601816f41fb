//! `-target`: what is named, what that needs, and, where it goes, what used it. Everything else stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use situs_value::Value;

use crate::base::Addr;
use crate::base::event::Action;

use super::change::Change;
use super::objects::ObjectTable;
use super::order::Names;

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
