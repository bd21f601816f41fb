//! What expressions see of the objects of a configuration, where nothing is planned or applied: as they were planned, or as they are.

use situs_value::Value;

use crate::base::{Addr, Diagnostics};
use crate::run::lower::Lowered;
use crate::run::plan::ObjectTable;
use crate::run::plan::order::{Node, order};

/// The objects that are known, and the instances that they decide.
pub fn objects<'a>(
    lowered: &Lowered,
    known: impl Iterator<Item = (&'a Addr, &'a Value)>,
) -> (ObjectTable, Diagnostics) {
    let objects = ObjectTable::new(&lowered.instances);
    objects.add_none(&lowered.none);
    for (addr, value) in known {
        objects.set(addr, value.clone());
    }
    let order = match order(&lowered.instances, &lowered.late) {
        Ok(order) => order,
        Err(circle) => return (objects, (*circle).into()),
    };
    let mut said = Diagnostics::new();
    for node in order {
        if let Node::Late(late) = node {
            let found = said.take(late.expand(&objects));
            objects.add(&found.instances);
            objects.add_none(&found.none);
        }
    }
    (objects, said)
}
