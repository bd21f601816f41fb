//! The graph of operations: sound whatever changes, and in the right order.

use std::collections::BTreeSet;

use proptest::prelude::*;
use situs::base::Addr;
use situs::base::event::Action;
use situs::run::plan::Change;
use situs::run::plan::change::CreateBeforeDestroy;
use situs::run::plan::exec::build::{build, force_create_first};
use situs::run::plan::exec::{ExecGraph, OpKind};
use situs_value::Value;

fn change(addr: Addr, action: Action, dependencies: Vec<Addr>, prior: Vec<Addr>) -> Change {
    Change {
        key: addr.to_string(),
        addr,
        site: None,
        provider: "p".into(),
        action,
        reason: None,
        before: Value::Null,
        after: Value::Null,
        replace: Vec::new(),
        private: Vec::new(),
        prior_private: Vec::new(),
        dependencies,
        prior_dependencies: prior,
        create_before_destroy: CreateBeforeDestroy::No,
        deposed: Vec::new(),
    }
}

/// Every third is an instance of a block.
fn addr(n: usize) -> Addr {
    let text = if n.is_multiple_of(3) {
        format!("t.block[{n}]")
    } else {
        format!("t.n{n:02}")
    };
    text.parse().unwrap()
}

const ACTIONS: [Action; 6] = [
    Action::NoOp,
    Action::Create,
    Action::Update,
    Action::Delete,
    Action::DeleteCreate,
    Action::CreateDelete,
];

/// Changes whose dependencies, as configured and as they were, each have an order of their own; the old one runs the other way round:
/// the hardest case.
fn changes() -> impl Strategy<Value = Vec<Change>> {
    let some = || prop::collection::vec(0..12_usize, 0..3);
    prop::collection::vec((0..ACTIONS.len(), some(), some()), 1..12).prop_map(|all| {
        let actions: Vec<Action> = all.iter().map(|(action, ..)| ACTIONS[*action]).collect();
        let made = all.into_iter().enumerate().map(|(n, (_, now, before))| {
            let action = actions[n];
            let now = now
                .into_iter()
                .filter(|d| *d < n && action != Action::Delete && actions[*d] != Action::Delete);
            let before = before
                .into_iter()
                .filter(|d| *d > n && *d < actions.len() && action != Action::Create);
            change(addr(n), action, now.map(addr).collect(), before.map(addr).collect())
        });
        let mut made: Vec<Change> = made.collect();
        made.sort_by(|a, b| a.addr.cmp(&b.addr));
        made
    })
}

/// More old dependencies, any way round.
fn knots() -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(prop::collection::vec(0..12_usize, 0..3), 12)
}

fn reaches(graph: &ExecGraph, from: usize, to: usize) -> bool {
    let mut open = vec![from];
    let mut seen = BTreeSet::new();
    while let Some(op) = open.pop() {
        if op == to {
            return true;
        }
        if seen.insert(op) {
            open.extend(graph.ops[op].after.iter().copied());
        }
    }
    false
}

fn made(graph: &ExecGraph, change: usize) -> Option<usize> {
    let makes = |k: &OpKind| matches!(k, OpKind::Create { change: c } | OpKind::Update { change: c } if *c == change);
    graph.ops.iter().position(|op| makes(&op.kind))
}

fn destroyed(graph: &ExecGraph, change: usize) -> Option<usize> {
    let destroys = |k: &OpKind| matches!(k, OpKind::Delete { change: c, .. } if *c == change);
    graph.ops.iter().position(|op| destroys(&op.kind))
}

fn is_in_order(changes: &[Change], graph: &ExecGraph) -> Result<(), TestCaseError> {
    let at = |addr: &Addr| changes.iter().position(|c| c.addr == *addr).unwrap();
    for (i, change) in changes.iter().enumerate() {
        let makes = matches!(
            change.action,
            Action::Create | Action::Update | Action::DeleteCreate | Action::CreateDelete
        );
        prop_assert_eq!(made(graph, i).is_some(), makes);
        for dependency in &change.dependencies {
            if let (Some(user), Some(first)) = (made(graph, i), made(graph, at(dependency))) {
                prop_assert!(reaches(graph, user, first), "{} before {dependency}", change.addr);
            }
        }
        for dependency in &change.prior_dependencies {
            if let (Some(user), Some(last)) = (destroyed(graph, i), destroyed(graph, at(dependency))) {
                prop_assert!(reaches(graph, last, user), "{dependency} before {}", change.addr);
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn there_is_always_a_right_order(mut changes in changes()) {
        force_create_first(&mut changes);
        let graph = build(&changes);
        prop_assert!(graph.is_sound());
        is_in_order(&changes, &graph)?;
    }

    #[test]
    fn there_is_an_order_even_where_old_dependencies_run_in_circles(mut changes in changes(), knots in knots()) {
        let addrs: Vec<Addr> = changes.iter().map(|c| c.addr.clone()).collect();
        for (change, knot) in changes.iter_mut().zip(knots) {
            change.prior_dependencies.extend(knot.into_iter().filter_map(|i| addrs.get(i).cloned()));
        }
        force_create_first(&mut changes);
        prop_assert!(build(&changes).is_sound());
    }

    #[test]
    fn there_is_a_right_order_where_dependencies_did_not_turn_round(mut changes in changes()) {
        for change in &mut changes {
            let is_new = change.action == Action::Create;
            change.prior_dependencies = if is_new { Vec::new() } else { change.dependencies.clone() };
        }
        force_create_first(&mut changes);
        let graph = build(&changes);
        prop_assert!(graph.is_sound());
        is_in_order(&changes, &graph)?;
    }
}

#[test]
fn a_user_of_something_unchanged_waits_for_what_that_needs() {
    let changes = vec![
        change(addr(1), Action::Update, Vec::new(), Vec::new()),
        change(addr(2), Action::NoOp, vec![addr(1)], Vec::new()),
        change(addr(4), Action::Create, vec![addr(2)], Vec::new()),
    ];
    let graph = build(&changes);
    assert!(reaches(&graph, made(&graph, 2).unwrap(), made(&graph, 0).unwrap()));
}

#[test]
fn edges_grow_with_the_references() {
    let all: Addr = "t.block".parse().unwrap();
    let one = |n: usize| {
        change(
            format!("t.block[{n}]").parse().unwrap(),
            Action::Create,
            Vec::new(),
            Vec::new(),
        )
    };
    let user = |n: usize| {
        change(
            format!("t.user[{n}]").parse().unwrap(),
            Action::Create,
            vec![all.clone()],
            Vec::new(),
        )
    };
    let mut changes: Vec<Change> = (0..200).flat_map(|n| [one(n), user(n)]).collect();
    changes.sort_by(|a, b| a.addr.cmp(&b.addr));
    let graph = build(&changes);
    let edges: usize = graph.ops.iter().map(|op| op.after.len()).sum();
    assert!(edges < 3000, "{edges} edges");
}
