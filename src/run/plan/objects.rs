//! The objects of all resources as far as they are known: the planner fills in what is planned, apply what was made. Expressions
//! read them through [`Objects`].

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, RwLock};

use situs_value::Value;

use crate::base::Addr;
use crate::base::addr::Key;
use crate::lang::eval::instance::{Instance, Objects, Phase};

/// Objects by address. Filled from many threads; a block's value is put together once, after its last instance is in.
#[derive(Default)]
pub struct ObjectTable {
    /// Looked up by address, never gone through.
    objects: RwLock<HashMap<Addr, Value>>,
    /// The instances of each block, in order.
    blocks: RwLock<HashMap<Addr, Vec<Addr>>>,
    whole: RwLock<HashMap<Addr, Value>>,
    /// Named values that speak of objects (see [`Objects::remember`]).
    named: RwLock<HashMap<usize, Value>>,
    phase: Phase,
}

impl ObjectTable {
    /// A table in which no object is known yet.
    pub fn new<'a>(instances: impl IntoIterator<Item = &'a Instance>) -> Self {
        let table = Self::default();
        table.add(instances);
        table
    }

    /// The same, where values are worked out for this.
    #[must_use]
    pub fn with_phase(self, phase: Phase) -> Self {
        Self { phase, ..self }
    }

    /// Takes in instances that were found since.
    pub fn add<'a>(&self, instances: impl IntoIterator<Item = &'a Instance>) {
        let Ok(mut blocks) = self.blocks.write() else { return };
        for instance in instances {
            let block = blocks.entry(instance.addr.without_key()).or_default();
            block.push(instance.addr.clone());
        }
    }

    /// Takes note of blocks without instances, and of what stands for them.
    pub fn add_none(&self, none: &[(Addr, Value)]) {
        if let Ok(mut whole) = self.whole.write() {
            whole.extend(none.iter().cloned());
        }
    }

    /// Says what an object is now.
    pub fn set(&self, addr: &Addr, value: Value) {
        if let Ok(mut objects) = self.objects.write() {
            objects.insert(addr.clone(), value);
        }
        if let Ok(mut whole) = self.whole.write() {
            whole.remove(&addr.without_key());
        }
    }

    fn get(&self, addr: &Addr) -> Option<Value> {
        self.objects.read().ok()?.get(addr).cloned()
    }

    fn put_together(&self, block: &Addr) -> Option<Value> {
        let blocks = self.blocks.read().ok()?;
        let instances = blocks.get(block)?;
        let object = |addr: &Addr| self.get(addr).unwrap_or_else(Value::unknown_dynamic);
        match instances.as_slice() {
            [] => None,
            [one] if one == block => Some(object(one)),
            all if all.iter().any(|a| matches!(key(a), Some(Key::Name(_)))) => {
                let named = all.iter().filter_map(|a| match key(a) {
                    Some(Key::Name(name)) => Some((name.clone(), object(a))),
                    _ => None,
                });
                Some(Value::Object(Arc::new(named.collect::<BTreeMap<_, _>>())))
            }
            all => Some(Value::Tuple(all.iter().map(object).collect())),
        }
    }
}

fn key(addr: &Addr) -> Option<&Key> {
    addr.parts().resource.as_ref().and_then(|r| r.key.as_ref())
}

impl Objects for ObjectTable {
    fn phase(&self) -> Phase {
        self.phase
    }

    fn instance(&self, addr: &Addr) -> Option<Value> {
        self.get(addr)
    }

    fn block(&self, block: &Addr) -> Option<Value> {
        if let Some(value) = self.whole.read().ok()?.get(block) {
            return Some(value.clone());
        }
        let value = self.put_together(block)?;
        self.whole.write().ok()?.insert(block.clone(), value.clone());
        Some(value)
    }

    fn remembered(&self, of: usize) -> Option<Value> {
        self.named.read().ok()?.get(&of).cloned()
    }

    fn remember(&self, of: usize, value: &Value) {
        if let Ok(mut named) = self.named.write() {
            named.insert(of, value.clone());
        }
    }
}
