//! The objects of all resources as far as they are known: the planner fills in what is planned, apply what was made. Expressions
//! read them through [`Objects`].

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, RwLock};

use situs_value::Value;

use crate::base::Addr;
use crate::base::addr::Key;
use crate::lang::eval::instance::{Instance, Objects};

/// Objects by address. Filled from many threads; a block's value is put together once, after its last instance is in.
#[derive(Default)]
pub struct ObjectTable {
    /// Looked up by address, never gone through.
    objects: RwLock<HashMap<Addr, Value>>,
    /// The instances of each block, in order.
    blocks: HashMap<Addr, Vec<Addr>>,
    whole: RwLock<HashMap<Addr, Value>>,
}

impl ObjectTable {
    /// A table in which no object is known yet.
    pub fn new<'a>(instances: impl IntoIterator<Item = &'a Instance>) -> Self {
        let mut blocks: HashMap<Addr, Vec<Addr>> = HashMap::new();
        for instance in instances {
            blocks
                .entry(instance.addr.without_key())
                .or_default()
                .push(instance.addr.clone());
        }
        Self {
            blocks,
            ..Self::default()
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
        let instances = self.blocks.get(block)?;
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
}
