//! The state as a whole: what all entries so far come to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::Addr;
use crate::model::assignment::Assignment;
use crate::run::provider::ProviderSpec;

use super::journal::{Begun, Entry, Outcome, Output};
use super::record::Record;

/// What is known after some number of entries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// Tells this state from every other; empty where nothing was ever kept.
    pub lineage: String,
    /// How many entries there were.
    pub serial: u64,
    /// The objects in use.
    pub objects: BTreeMap<Addr, Record>,
    /// The objects that were put aside and are not destroyed yet, by address and key.
    pub deposed: BTreeMap<Addr, BTreeMap<String, Record>>,
    /// Changes that were begun and not ended, by address and key (empty: the object in use).
    pub open: BTreeMap<Addr, BTreeMap<String, Begun>>,
    /// The outputs.
    pub outputs: BTreeMap<String, Output>,
    /// Where everything is placed.
    pub placement: Assignment,
    /// How the providers of these objects are configured.
    pub providers: BTreeMap<Arc<str>, ProviderSpec>,
}

impl Snapshot {
    /// The object in use, or the one that was put aside under a key.
    pub fn object(&self, addr: &Addr, deposed: Option<&str>) -> Option<&Record> {
        match deposed {
            None => self.objects.get(addr),
            Some(key) => self.deposed.get(addr)?.get(key),
        }
    }

    /// Every change that was begun and not ended.
    pub fn interrupted(&self) -> impl Iterator<Item = (&Addr, Option<&str>, &Begun)> {
        self.open.iter().flat_map(|(addr, begun)| {
            begun
                .iter()
                .map(move |(key, begun)| (addr, Some(key.as_str()).filter(|k| !k.is_empty()), begun))
        })
    }

    /// Takes one step.
    pub fn fold(&mut self, entry: Entry) {
        self.serial += 1;
        match entry {
            Entry::Begin { addr, deposed, begun } => {
                self.open
                    .entry(addr)
                    .or_default()
                    .insert(deposed.unwrap_or_default(), *begun);
            }
            Entry::End { addr, deposed, outcome } => self.end(addr, deposed.as_deref(), outcome),
            Entry::Depose { addr, key } => {
                if let Some(record) = self.objects.remove(&addr) {
                    self.deposed.entry(addr).or_default().insert(key, record);
                }
            }
            Entry::Restore { addr, key } => self.restore(addr, &key),
            Entry::Move { moved } => self.relocate(&moved),
            Entry::Remove { addr } => {
                self.objects.remove(&addr);
                self.deposed.remove(&addr);
            }
            Entry::Note { addr, record } => set(&mut self.objects, addr, record.map(|r| *r)),
            Entry::Whole { snapshot } => {
                *self = Self {
                    lineage: std::mem::take(&mut self.lineage),
                    serial: self.serial,
                    ..*snapshot
                };
            }
            Entry::Output { name, output } => set(&mut self.outputs, name, output),
            Entry::Placement { placement } => self.placement = placement,
            Entry::Provider { id, spec } => set(&mut self.providers, id, spec.map(|s| *s)),
        }
    }

    /// Gives objects other addresses, and those that depend on them the new names. A block from which only some went is still named.
    pub fn relocate(&mut self, moved: &[(Addr, Addr)]) {
        let mut objects = Vec::new();
        let mut deposed = Vec::new();
        for (from, to) in moved {
            objects.extend(self.objects.remove(from).map(|record| (to.clone(), record)));
            deposed.extend(self.deposed.remove(from).map(|all| (to.clone(), all)));
        }
        self.objects.extend(objects);
        self.deposed.extend(deposed);
        let mut names: BTreeMap<Addr, BTreeSet<Addr>> = BTreeMap::new();
        for (from, to) in moved {
            names.entry(from.clone()).or_default().insert(to.clone());
            names.entry(from.without_key()).or_default().insert(to.without_key());
        }
        let there: BTreeSet<Addr> = self.objects.keys().flat_map(|a| [a.clone(), a.without_key()]).collect();
        for record in self.objects.values_mut() {
            if record.dependencies.iter().any(|d| names.contains_key(d)) {
                let renamed = record.dependencies.iter().flat_map(|d| {
                    let new = names.get(d).into_iter().flatten().cloned();
                    let kept = (!names.contains_key(d) || there.contains(d)).then(|| d.clone());
                    new.chain(kept)
                });
                let renamed: BTreeSet<Addr> = renamed.collect();
                record.dependencies = renamed.into_iter().collect();
            }
        }
    }

    fn end(&mut self, addr: Addr, deposed: Option<&str>, outcome: Outcome) {
        take(&mut self.open, &addr, deposed.unwrap_or_default());
        match (outcome, deposed) {
            (Outcome::Failed, _) => {}
            (Outcome::Saved(record), None) => {
                self.objects.insert(addr, *record);
            }
            (Outcome::Saved(record), Some(key)) => {
                self.deposed.entry(addr).or_default().insert(key.to_owned(), *record);
            }
            (Outcome::Gone, None) => {
                self.objects.remove(&addr);
            }
            (Outcome::Gone, Some(key)) => {
                take(&mut self.deposed, &addr, key);
            }
        }
    }

    fn restore(&mut self, addr: Addr, key: &str) {
        if self.objects.contains_key(&addr) {
            return;
        }
        if let Some(record) = take(&mut self.deposed, &addr, key) {
            self.objects.insert(addr, record);
        }
    }
}

fn set<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    };
}

fn take<V>(map: &mut BTreeMap<Addr, BTreeMap<String, V>>, addr: &Addr, key: &str) -> Option<V> {
    let inner = map.get_mut(addr)?;
    let value = inner.remove(key);
    if inner.is_empty() {
        map.remove(addr);
    }
    value
}
