//! What apply keeps beside its operations. First: what changed outside, where things are placed, how the providers of what will be
//! made are configured. Last: the outputs, what is known anew of objects that did not change, and which providers are done with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_value::Value;

use crate::base::event::Action;
use crate::base::{Addr, Diagnostic, Diagnostics};
use crate::model::assignment::Assignment;
use crate::run::plan::change::{Change, CreateBeforeDestroy, Drift, Operation, Plan};
use crate::run::state::journal::{Entry, Output};
use crate::run::state::{Record, Snapshot};

use super::interpret::{Applier, NOT_NOTED};
use super::schedule::Outcome;

impl Applier {
    /// What is noted before anything is done.
    pub(super) async fn note_first(&self) -> Result<(), Diagnostics> {
        let entries = self.run.with(|now| {
            let moved = self.plan.moved.iter().map(|(to, from)| (from.clone(), to.clone()));
            let moved = Some(moved.collect::<Vec<_>>()).filter(|m| !m.is_empty());
            let moved = moved.map(|moved| Entry::Move { moved });
            let drift = self.plan.drift.iter().filter_map(|d| outside(d, now));
            let imported = self.plan.imported.iter().map(|(addr, import)| Entry::Note {
                addr: addr.clone(),
                record: Some(Box::new(import.record.clone())),
            });
            let entries = moved
                .into_iter()
                .chain(imported)
                .chain(drift)
                .chain(placement(&self.plan, now))
                .chain(providers(&self.plan, now));
            entries.collect::<Vec<_>>()
        });
        self.run.commit(entries).await.map_err(|e| e.diagnostic().into())
    }

    /// What is noted when all is done that could be.
    pub(super) async fn note_last(
        &self,
        outputs: &mut BTreeMap<String, Value>,
        remaining: &BTreeMap<Addr, Outcome>,
    ) -> Diagnostics {
        self.see_what_is(remaining);
        let whole = remaining.is_empty();
        let (mut entries, mut diagnostics) = self.outputs(whole);
        if whole {
            diagnostics.append(self.unchanged());
        }
        entries.extend(self.run.with(|now| self.rest(now)));
        if self.progress().halted {
            return diagnostics;
        }
        if let Err(error) = self.run.commit(entries).await {
            let said = format!("the outputs cannot be noted: {error}");
            diagnostics.push(Diagnostic::error(NOT_NOTED, said).help("run `situs apply` again"));
        }
        *outputs = self
            .run
            .with(|now| now.outputs.iter().map(|(n, o)| (n.clone(), o.value.clone())).collect());
        diagnostics
    }

    /// What is wrong with objects to which nothing happened, now that all is known.
    fn unchanged(&self) -> Diagnostics {
        let unchanged = self.plan.changes.iter().filter(|c| c.action == Action::NoOp);
        let instances = unchanged.filter_map(|c| Some((self.instance(c).ok()?, c)));
        let wrong = instances.flat_map(|(instance, change)| {
            let mut said = instance.check_before(&self.objects);
            said.append(instance.check_after(&change.after, &self.objects));
            said
        });
        wrong.collect()
    }

    /// What was planned and not done is as it was, or not known.
    fn see_what_is(&self, remaining: &BTreeMap<Addr, Outcome>) {
        for addr in remaining.keys() {
            let value = self
                .run
                .object(addr, None)
                .map_or_else(Value::unknown_dynamic, |r| r.value);
            self.objects.set(addr, value);
        }
    }

    /// The outputs that were to change, as far as they did.
    fn outputs(&self, whole: bool) -> (Vec<Entry>, Diagnostics) {
        let (will, diagnostics) = match self.is_destruction() {
            true => (BTreeMap::new(), Diagnostics::new()),
            false => (self.outputs)(&self.objects),
        };
        let changed = self
            .plan
            .outputs
            .iter()
            .filter(|(_, change)| change.action != Action::NoOp);
        let entries = changed.filter_map(|(name, change)| {
            let output = match (change.action, will.get(name)) {
                (Action::Delete, _) if whole => None,
                (Action::Create | Action::Update, Some(value)) if value.is_wholly_known() => {
                    Some(Output { value: value.clone() })
                }
                _ => return None,
            };
            Some(Entry::Output {
                name: name.clone(),
                output,
            })
        });
        let entries = entries.collect();
        // Where not everything was done, a message about an output would be about what is missing.
        (entries, if whole { diagnostics } else { Diagnostics::new() })
    }

    /// What stands beside the objects.
    fn rest(&self, now: &Snapshot) -> Vec<Entry> {
        let unchanged = self
            .plan
            .changes
            .iter()
            .filter(|c| c.action == Action::NoOp && !c.after.is_null());
        let beside = unchanged.filter_map(|c| beside(c, now));
        let used = used(now);
        let idle = now.providers.keys().filter(|id| !used.contains(&***id));
        let idle = idle.map(|id| Entry::Provider {
            id: id.clone(),
            spec: None,
        });
        let emptied = self.is_destruction() && now.objects.is_empty() && now.placement != Assignment::default();
        let emptied = emptied.then(|| Entry::Placement {
            placement: Assignment::default(),
        });
        beside.chain(idle).chain(emptied).collect()
    }
}

/// An object as it was found.
fn outside(drift: &Drift, now: &Snapshot) -> Option<Entry> {
    let record = now.objects.get(&drift.addr)?;
    let found = Record {
        value: drift.after.clone(),
        private: drift.private.clone(),
        schema_version: drift.schema_version,
        ..record.clone()
    };
    let record = (!drift.after.is_null()).then(|| Box::new(found));
    Some(Entry::Note {
        addr: drift.addr.clone(),
        record,
    })
}

fn placement(plan: &Plan, now: &Snapshot) -> Option<Entry> {
    let new = plan.operation == Operation::Apply && plan.placement != now.placement;
    new.then(|| Entry::Placement {
        placement: plan.placement.clone(),
    })
}

/// How those providers are configured whose objects are kept or will be made.
fn providers(plan: &Plan, now: &Snapshot) -> Vec<Entry> {
    let of_changes = plan.changes.iter().filter(|c| !c.after.is_null()).map(|c| &*c.provider);
    let needed: BTreeSet<&str> = of_changes.chain(used(now)).collect();
    plan.providers
        .iter()
        .filter(|(id, spec)| needed.contains(&***id) && now.providers.get(*id) != Some(*spec))
        .map(|(id, spec)| Entry::Provider {
            id: Arc::clone(id),
            spec: Some(Box::new(spec.clone())),
        })
        .collect()
}

/// The providers of all that is kept.
fn used(now: &Snapshot) -> BTreeSet<&str> {
    let aside = now.deposed.values().flat_map(BTreeMap::values);
    let open = now.interrupted().map(|(_, _, begun)| &begun.record);
    now.objects
        .values()
        .chain(aside)
        .chain(open)
        .map(|r| r.provider.as_str())
        .collect()
}

/// What is kept beside an object that did not change, where that did.
fn beside(change: &Change, now: &Snapshot) -> Option<Entry> {
    let record = now.objects.get(&change.addr)?;
    let first = change.create_before_destroy == CreateBeforeDestroy::Yes;
    let same = *record.provider == *change.provider
        && record.dependencies == change.dependencies
        && record.site.as_deref() == change.site.as_deref()
        && record.create_before_destroy == first;
    if same {
        return None;
    }
    let record = Record {
        provider: change.provider.to_string(),
        dependencies: change.dependencies.clone(),
        site: change.site.as_deref().map(str::to_owned),
        create_before_destroy: first,
        ..record.clone()
    };
    Some(Entry::Note {
        addr: change.addr.clone(),
        record: Some(Box::new(record)),
    })
}
