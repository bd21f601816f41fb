//! From changes to operations.
//!
//! What must stay true, and is tested: the graph has no cycle; every change that does something has its operations; nothing is made
//! or changed before what it depends on is done; nothing is destroyed while something that depends on it still stands.
//! A replacement that makes the new object first forces the same order on what it depends on, or the graph would have a cycle.
//! What is kept of old dependencies may run in a circle, where a run that turned them round failed half-way: those in it do not wait for
//! each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::base::Addr;
use crate::base::event::Action;
use crate::run::plan::change::Change;
use crate::run::plan::order::{Names, sorted};

use super::op::{ExecGraph, Object, Op, OpKind};

/// The operations of these changes. Changes are sorted by address; a replacement's action already says which order it wants.
pub fn build(changes: &[Change]) -> ExecGraph {
    // What is destroyed should wait until what used it was changed to do without it. Where that closes a circle, it does not wait.
    let graph = Builder::new(changes, Courtesy::Waits).graph();
    if graph.is_sound() {
        return graph;
    }
    Builder::new(changes, Courtesy::GoesOn).graph()
}

/// Gives replacements that others force to make the new object first that order. Called before [`build`], so that the plan shows it.
pub fn force_create_first(changes: &mut [Change]) {
    let forcing = changes.iter().filter(|c| c.action == Action::CreateDelete);
    let mut open: Vec<Addr> = forcing.flat_map(|c| c.dependencies.iter().cloned()).collect();
    let names = Names::new(changes.iter().map(|c| &c.addr));
    let mut seen = BTreeSet::new();
    while let Some(addr) = open.pop() {
        if !seen.insert(addr.clone()) {
            continue;
        }
        for i in names.of(&addr) {
            let Some(change) = changes.get_mut(*i) else { continue };
            if change.action == Action::DeleteCreate {
                change.action = Action::CreateDelete;
            }
            open.extend(change.dependencies.iter().cloned());
        }
    }
}

/// Whether what is destroyed waits for the changes of those that used it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Courtesy {
    Waits,
    GoesOn,
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

/// What must come before something that others used is destroyed.
#[derive(Default)]
struct Users {
    /// They are destroyed.
    deletes: Vec<usize>,
    /// They are changed.
    dones: Vec<usize>,
}

struct Builder<'a> {
    changes: &'a [Change],
    courtesy: Courtesy,
    /// Whether nothing is done, so that nothing needs to be opened.
    idle: bool,
    ops: Vec<(OpKind, BTreeSet<usize>)>,
    own: Vec<Own>,
    providers: BTreeMap<Arc<str>, usize>,
    names: Names,
    /// The operation after which all that a name stands for is done, once it was asked for.
    done: HashMap<Addr, Option<usize>>,
}

impl<'a> Builder<'a> {
    fn new(changes: &'a [Change], courtesy: Courtesy) -> Self {
        Self {
            changes,
            courtesy,
            idle: !changes.iter().any(Change::does_something),
            ops: Vec::new(),
            own: vec![Own::default(); changes.len()],
            providers: BTreeMap::new(),
            names: Names::new(changes.iter().map(|c| &c.addr)),
            done: HashMap::new(),
        }
    }

    fn graph(mut self) -> ExecGraph {
        self.open_providers();
        self.add_operations();
        self.order_making();
        self.order_destroying();
        self.close_providers();
        let ops = self.ops.into_iter().map(|(kind, after)| Op {
            kind,
            after: after.into_iter().collect(),
        });
        ExecGraph { ops: ops.collect() }
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
                let op = self.add(
                    OpKind::OpenProvider {
                        provider: change.provider.clone(),
                    },
                    [],
                );
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
            Action::NoOp => {}
            Action::Open if self.idle => {}
            Action::Read | Action::Open => {
                let read = self.add(OpKind::Read { change }, open.iter().copied());
                own.plan = Some(read);
                own.done = Some(read);
            }
            Action::Create => self.make(&mut own, change, &open, OpKind::Create { change }),
            Action::Update => self.make(&mut own, change, &open, OpKind::Update { change }),
            Action::Delete => {
                own.deletes.push(self.add(
                    OpKind::Delete {
                        change,
                        object: Object::Current,
                    },
                    open.clone(),
                ));
            }
            Action::Forget => {
                self.add(OpKind::Forget { change }, []);
            }
            Action::DeleteCreate => {
                let delete = self.add(
                    OpKind::Delete {
                        change,
                        object: Object::Current,
                    },
                    open.clone(),
                );
                own.deletes.push(delete);
                self.make(&mut own, change, &[delete], OpKind::Create { change });
            }
            Action::CreateDelete => {
                let plan = self.add(OpKind::FinalPlan { change }, open.clone());
                let depose = self.add(OpKind::Depose { change }, [plan]);
                let create = self.add(OpKind::Create { change }, [depose]);
                own.deletes.push(self.add(
                    OpKind::Delete {
                        change,
                        object: Object::JustDeposed,
                    },
                    [create],
                ));
                own.plan = Some(plan);
                own.done = Some(create);
            }
        }
        // What was put aside by an earlier run did the work until now: it goes when the new object is there.
        for key in &what.deposed {
            let delete = OpKind::Delete {
                change,
                object: Object::Deposed(key.clone()),
            };
            own.deletes.push(self.add(delete, open.iter().copied().chain(own.done)));
        }
        own
    }

    fn make(&mut self, own: &mut Own, change: usize, after: &[usize], kind: OpKind) {
        let plan = self.add(OpKind::FinalPlan { change }, after.iter().copied());
        own.plan = Some(plan);
        own.done = Some(self.add(kind, [plan]));
    }

    /// What is made waits for what it depends on. What does nothing hands the wait on.
    fn order_making(&mut self) {
        let changes = self.changes;
        let order = sorted(
            changes.iter().map(|c| (&c.addr, c.dependencies.as_slice())),
            &self.names,
        );
        for i in order {
            let Some(change) = changes.get(i) else { continue };
            let firsts: BTreeSet<usize> = change.dependencies.iter().filter_map(|d| self.done_of(d)).collect();
            let own = self.own.get(i).cloned().unwrap_or_default();
            if let Some(plan) = own.plan {
                firsts.into_iter().for_each(|first| self.after(plan, first));
            } else if own.deletes.is_empty() {
                let done = self.gate(&change.addr, firsts.into_iter().collect());
                if let Some(slot) = self.own.get_mut(i) {
                    slot.done = done;
                }
            }
        }
    }

    /// The operation after which a dependency is there: of one change, or of all instances of a block.
    fn done_of(&mut self, name: &Addr) -> Option<usize> {
        if let Some(done) = self.done.get(name) {
            return *done;
        }
        let dones: BTreeSet<usize> = self
            .names
            .of(name)
            .iter()
            .filter_map(|i| self.own.get(*i).and_then(|own| own.done))
            .collect();
        let done = self.gate(name, dones.into_iter().collect());
        self.done.insert(name.clone(), done);
        done
    }

    /// One operation that stands for several.
    fn gate(&mut self, name: &Addr, all: Vec<usize>) -> Option<usize> {
        match all.as_slice() {
            [] => None,
            [one] => Some(*one),
            _ => Some(self.add(OpKind::Await { block: name.clone() }, all)),
        }
    }

    /// What is destroyed waits until everything that depended on it is destroyed, or has been changed to do without it. What is
    /// destroyed to be made anew does not wait for changes: they wait for the new object.
    fn order_destroying(&mut self) {
        let changes = self.changes;
        for (name, users) in self.users() {
            let of_name = self.names.of(&name).iter();
            let targets: Vec<(Action, Vec<usize>)> = of_name
                .filter_map(|i| Some((changes.get(*i)?.action, self.own.get(*i)?.deletes.clone())))
                .filter(|(_, deletes)| !deletes.is_empty())
                .collect();
            let all: Vec<usize> = targets.iter().flat_map(|(_, d)| d.iter().copied()).collect();
            self.destroy_after(&name, users.deletes, &all);
            if self.courtesy == Courtesy::Waits {
                let anew = |action: &Action| *action == Action::DeleteCreate;
                let patient: Vec<usize> = targets
                    .iter()
                    .filter(|(a, _)| !anew(a))
                    .flat_map(|(_, d)| d.clone())
                    .collect();
                self.destroy_after(&name, users.dones, &patient);
            }
        }
    }

    /// By what they depended on, the operations after which users do without it.
    fn users(&self) -> BTreeMap<Addr, Users> {
        let before = self.changes.iter().map(|c| (&c.addr, c.prior_dependencies.as_slice()));
        // Whoever is in a circle, or needs somebody who is.
        let order: BTreeSet<usize> = sorted(before, &self.names).into_iter().collect();
        let mut users: BTreeMap<Addr, Users> = BTreeMap::new();
        for (i, (change, own)) in self.changes.iter().zip(&self.own).enumerate() {
            let changed = own.done.filter(|_| own.plan.is_some() && own.deletes.is_empty());
            let circular = |d: &&Addr| !order.contains(&i) && self.names.of(d).iter().any(|n| !order.contains(n));
            for dependency in change.prior_dependencies.iter().filter(|d| !circular(d)) {
                let of = users.entry(dependency.clone()).or_default();
                of.deletes.extend(&own.deletes);
                of.dones.extend(changed);
            }
        }
        users
    }

    fn destroy_after(&mut self, name: &Addr, first: Vec<usize>, targets: &[usize]) {
        let first = if targets.len() > 1 {
            self.gate(name, first).into_iter().collect()
        } else {
            first
        };
        for target in targets {
            first.iter().for_each(|op| self.after(*target, *op));
        }
    }

    fn close_providers(&mut self) {
        let mut last: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
        for (op, (kind, _)) in self.ops.iter().enumerate() {
            if let Some(change) = kind.change().and_then(|c| self.changes.get(c)) {
                last.entry(change.provider.clone()).or_default().push(op);
            }
        }
        for (provider, ops) in last {
            if self.providers.contains_key(&provider) {
                self.add(OpKind::CloseProvider { provider }, ops);
            }
        }
    }
}
