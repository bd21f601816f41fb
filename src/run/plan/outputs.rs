//! Outputs: what they are worth, and how that changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_value::Value;

use crate::base::Diagnostics;
use crate::base::event::Action;
use crate::lang::eval::instance::Objects;
use crate::run::state::journal::Output;

use super::change::{OutputChange, Sensitivity};

/// Works all outputs out with the objects as they are known; those that are declared sensitive come marked.
pub type Outputs = Arc<dyn Fn(&dyn Objects) -> (BTreeMap<String, Value>, Diagnostics) + Send + Sync>;

/// No outputs.
pub fn none() -> Outputs {
    Arc::new(|_| (BTreeMap::new(), Diagnostics::new()))
}

/// Every output, as it was and as it will be, with what happens to it.
pub fn diff(was: &BTreeMap<String, Output>, will: &BTreeMap<String, Value>) -> BTreeMap<String, OutputChange> {
    let names = was.keys().chain(will.keys());
    names
        .map(|name| (name.clone(), change(was.get(name).map(|o| &o.value), will.get(name))))
        .collect()
}

fn change(was: Option<&Value>, will: Option<&Value>) -> OutputChange {
    let action = match (was, will) {
        (None, None | Some(Value::Null)) => Action::NoOp,
        (None, Some(_)) => Action::Create,
        (Some(_), None) => Action::Delete,
        (Some(was), Some(will)) if was == will => Action::NoOp,
        (Some(_), Some(_)) => Action::Update,
    };
    let hidden = [was, will].into_iter().flatten().any(Value::contains_sensitive);
    OutputChange {
        action,
        before: was.cloned().unwrap_or_default(),
        after: will.cloned().unwrap_or_default(),
        sensitive: if hidden { Sensitivity::Hidden } else { Sensitivity::Open },
    }
}
