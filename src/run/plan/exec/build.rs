//! From changes to operations.
//!
//! What must stay true, and is tested: the graph has no cycle; every change that does something has its operations; nothing is made
//! or changed before what it depends on is done; nothing is destroyed while something that depends on it still stands.
//! A replacement that makes the new object first forces the same order on what it depends on, or the graph would have a cycle.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::Addr;
use crate::base::event::Action;
use crate::run::plan::change::Change;

use super::op::{ExecGraph, Object, Op, OpKind};

/// The operations of these changes. Changes are sorted by address; a replacement's action already says which order it wants.
pub fn build(changes: &[Change]) -> ExecGraph {
    let mut builder = Builder::new(changes);
    builder.open_providers();
    builder.add_operations();
    builder.order_making();
    builder.order_destroying();
    builder.close_providers();
    builder.finish()
}

/// Gives replacements that others force to make the new object first that order. Called before [`build`], so that the plan shows it.
pub fn force_create_first(changes: &mut [Change]) {
    let mut open: Vec<Addr> =
        changes.iter().filter(|c| c.action == Action::CreateDelete).flat_map(|c| c.dependencies.clone()).collect();
    let mut by_name: BTreeMap<Addr, Vec<usize>> = BTreeMap::new();
    for (i, change) in changes.iter().enumerate() {
        by_name.entry(change.addr.clone()).or_default().push(i);
        if change.addr.without_key() != change.addr {
            by_name.entry(change.addr.without_key()).or_default().push(i);
        }
    }
    let mut seen = BTreeSet::new();
    while let Some(addr) = open.pop() {
        if !seen.insert(addr.clone()) {
            continue;
        }
        for i in by_name.get(&addr).into_iter().flatten() {
            let Some(change) = changes.get_mut(*i) else { continue };
            if change.action == Action::DeleteCreate {
                change.action = Action::CreateDelete;
            }
            open.extend(change.dependencies.iter().cloned());
        }
    }
}

/// The operations that one change has.
#[derive(Clone, Default)]
struct Own {
    /// The first of those that make: nothing it depends on may be undone later than this.
    plan: Option<usize>,
    /// The one that makes or changes: users wait for it.
    done: Option<usize>,
    /// Those that destroy: they wait for users.
    deletes: Vec<usize>,
}

struct Builder<'a> {
    changes: &'a [Change],
    ops: Vec<(OpKind, BTreeSet<usize>)>,
    own: Vec<Own>,
    providers: BTreeMap<Arc<str>, usize>,
    /// Changes by address, and by block where the address has a key.
    by_name: BTreeMap<Addr, Vec<usize>>,
    /// One node per block that several instances stand behind.
    joins: BTreeMap<Addr, usize>,
}

impl<'a> Builder<'a> {
    fn new(changes: &'a [Change]) -> Self {
        let mut by_name: BTreeMap<Addr, Vec<usize>> = BTreeMap::new();
        for (i, change) in changes.iter().enumerate() {
            by_name.entry(change.addr.clone()).or_default().push(i);
            let block = change.addr.without_key();
            if block != change.addr {
                by_name.entry(block).or_default().push(i);
            }
        }
        let own = vec![Own::default(); changes.len()];
        Self { changes, ops: Vec::new(), own, providers: BTreeMap::new(), by_name, joins: BTreeMap::new() }
    }

    fn add(&mut self, kind: OpKind, after: impl IntoIterator<Item = usize>) -> usize {
        self.ops.push((kind, after.into_iter().collect()));
        self.ops.len() - 1
    }

    fn after(&mut self, op: usize, first: usize) {
        if let Some((_, after)) = self.ops.get_mut(op).filter(|_| op != first) {
            after.insert(first);
        }
    }

    fn open_providers(&mut self) {
        let changes = self.changes;
        for change in changes.iter().filter(|c| c.does_something()) {
            if !self.providers.contains_key(&change.provider) {
                let op = self.add(OpKind::OpenProvider { provider: change.provider.clone() }, []);
                self.providers.insert(change.provider.clone(), op);
            }
        }
    }

    fn add_operations(&mut self) {
        for (i, change) in self.changes.iter().enumerate() {
            let own = self.operations_of(i, change);
            if let Some(slot) = self.own.get_mut(i) {
                *slot = own;
            }
        }
    }

    fn operations_of(&mut self, change: usize, what: &Change) -> Own {
        let open: Vec<usize> = self.providers.get(&what.provider).copied().into_iter().collect();
        let mut own = Own::default();
        match what.action {
            Action::NoOp | Action::Read => {}
            Action::Create => self.make(&mut own, change, &open, OpKind::Create { change }),
            Action::Update => self.make(&mut own, change, &open, OpKind::Update { change }),
            Action::Delete => {
                own.deletes.push(self.add(OpKind::Delete { change, object: Object::Current }, open.clone()));
            }
            Action::Forget => {
                self.add(OpKind::Forget { change }, []);
            }
            Action::DeleteCreate => {
                let delete = self.add(OpKind::Delete { change, object: Object::Current }, open.clone());
                own.deletes.push(delete);
                self.make(&mut own, change, &[delete], OpKind::Create { change });
            }
            Action::CreateDelete => {
                let plan = self.add(OpKind::FinalPlan { change }, open.clone());
                let depose = self.add(OpKind::Depose { change }, [plan]);
                let create = self.add(OpKind::Create { change }, [depose]);
                own.deletes.push(self.add(OpKind::Delete { change, object: Object::JustDeposed }, [create]));
                own.plan = Some(plan);
                own.done = Some(create);
            }
        }
        for key in &what.deposed {
            let delete = OpKind::Delete { change, object: Object::Deposed(key.clone()) };
            own.deletes.push(self.add(delete, open.clone()));
        }
        own
    }

    fn make(&mut self, own: &mut Own, change: usize, after: &[usize], kind: OpKind) {
        let plan = self.add(OpKind::FinalPlan { change }, after.iter().copied());
        own.plan = Some(plan);
        own.done = Some(self.add(kind, [plan]));
    }

    /// What is made waits for what it depends on.
    fn order_making(&mut self) {
        for (i, change) in self.changes.iter().enumerate() {
            let Some(plan) = self.own.get(i).and_then(|own| own.plan) else { continue };
            for dependency in &change.dependencies {
                if let Some(done) = self.done(dependency) {
                    self.after(plan, done);
                }
            }
        }
    }

    /// The operation after which a dependency is there: of one change, or of all instances of a block.
    fn done(&mut self, name: &Addr) -> Option<usize> {
        let dones: Vec<usize> =
            self.by_name.get(name)?.iter().filter_map(|i| self.own.get(*i).and_then(|own| own.done)).collect();
        match dones.as_slice() {
            [] => None,
            [one] => Some(*one),
            _ => Some(self.join(name, dones)),
        }
    }

    fn join(&mut self, block: &Addr, dones: Vec<usize>) -> usize {
        if let Some(join) = self.joins.get(block) {
            return *join;
        }
        let join = self.add(OpKind::Await { block: block.clone() }, dones);
        self.joins.insert(block.clone(), join);
        join
    }

    /// What is destroyed waits until everything that depended on it is destroyed, or has been changed to do without it.
    fn order_destroying(&mut self) {
        let mut gone: BTreeMap<Addr, Vec<usize>> = BTreeMap::new();
        for (user, change) in self.changes.iter().enumerate() {
            let freed = self.own.get(user).map(Own::freed).unwrap_or_default();
            for dependency in &change.prior_dependencies {
                gone.entry(dependency.clone()).or_default().extend(freed.iter().copied());
            }
        }
        for (name, users) in gone {
            let targets: Vec<usize> = self
                .by_name
                .get(&name)
                .into_iter()
                .flatten()
                .filter_map(|i| self.own.get(*i))
                .flat_map(|own| own.deletes.clone())
                .collect();
            let first = match (users.as_slice(), targets.len()) {
                ([], _) | (_, 0) => continue,
                ([_], _) | (_, 1) => users,
                _ => vec![self.add(OpKind::Await { block: name }, users)],
            };
            for target in targets {
                for user in &first {
                    self.after(target, *user);
                }
            }
        }
    }

    fn close_providers(&mut self) {
        let users: Vec<(Arc<str>, usize)> = self
            .ops
            .iter()
            .enumerate()
            .filter_map(|(op, (kind, _))| Some((self.changes.get(kind.change()?)?.provider.clone(), op)))
            .collect();
        let mut last: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
        for (provider, op) in users {
            last.entry(provider).or_default().push(op);
        }
        for (provider, ops) in last {
            if self.providers.contains_key(&provider) {
                self.add(OpKind::CloseProvider { provider }, ops);
            }
        }
    }

    fn finish(self) -> ExecGraph {
        let ops = self.ops.into_iter().map(|(kind, after)| Op { kind, after: after.into_iter().collect() }).collect();
        ExecGraph { ops }
    }
}

impl Own {
    /// The operations after which this one no longer needs what it depended on: its destruction where it is destroyed first or for
    /// good, else its change.
    fn freed(&self) -> Vec<usize> {
        if self.deletes.is_empty() { self.done.into_iter().collect() } else { self.deletes.clone() }
    }
}
