//! The steps from one state to the next. A begin entry says what is about to be asked of a provider, an end entry what came of it: a
//! begin without its end is a change that was interrupted.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use situs_value::Value;

use crate::base::Addr;
use crate::base::event::Action;
use crate::model::assignment::Assignment;
use crate::run::provider::ProviderSpec;

use super::record::Record;

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// A provider is about to be asked.
    Begin {
        /// About which object.
        addr: Addr,
        /// The key of the object, where it was put aside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deposed: Option<String>,
        /// What.
        begun: Box<Begun>,
    },
    /// It answered.
    End {
        /// About which object.
        addr: Addr,
        /// The key of the object, where it was put aside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deposed: Option<String>,
        /// What came of it.
        outcome: Outcome,
    },
    /// An object is put aside: it keeps a key and leaves its address to another.
    Depose {
        /// The address.
        addr: Addr,
        /// The key.
        key: String,
    },
    /// An object that was put aside gets its address back, where that is still free.
    Restore {
        /// The address.
        addr: Addr,
        /// The key.
        key: String,
    },
    /// Objects have other addresses now: all at once.
    Move {
        /// From where to where.
        moved: Vec<(Addr, Addr)>,
    },
    /// An address is forgotten, with everything put aside under it.
    Remove {
        /// The address.
        addr: Addr,
    },
    /// An object is as it was read, or gone; or what is kept beside it changed.
    Note {
        /// The address.
        addr: Addr,
        /// The object; absent: it is gone.
        record: Option<Box<Record>>,
    },
    /// All that is kept is this. Its lineage and how often it was changed stay those of the state that it is put into.
    Whole {
        /// The state.
        snapshot: Box<super::snapshot::Snapshot>,
    },
    /// An output has a value, or is no more.
    Output {
        /// Its name.
        name: String,
        /// Its value.
        output: Option<Output>,
    },
    /// Where everything is placed.
    Placement {
        /// The site of every replica and copy.
        placement: Assignment,
    },
    /// How a provider is configured, for as long as it has objects.
    Provider {
        /// Its id.
        id: Arc<str>,
        /// Its configuration; absent: it has no objects any more.
        spec: Option<Box<ProviderSpec>>,
    },
}

/// What a provider is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    /// Which operation of the plan.
    pub op: u64,
    /// What is done.
    pub action: Action,
    /// The idempotency key that the provider is given.
    pub key: String,
    /// The object as it will be; where it is destroyed, as it is.
    pub record: Record,
}

/// What a provider answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The object is there.
    Saved(Box<Record>),
    /// It is gone.
    Gone,
    /// Nothing came of it: what was there stands.
    Failed,
}

/// An output as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its value; marked where it is kept out of sight.
    pub value: Value,
}

impl Entry {
    /// A provider is about to be asked.
    pub fn begin(addr: &Addr, deposed: Option<&str>, begun: Begun) -> Self {
        Entry::Begin {
            addr: addr.clone(),
            deposed: deposed.map(str::to_owned),
            begun: Box::new(begun),
        }
    }

    /// It answered.
    pub fn end(addr: &Addr, deposed: Option<&str>, outcome: Outcome) -> Self {
        Entry::End {
            addr: addr.clone(),
            deposed: deposed.map(str::to_owned),
            outcome,
        }
    }
}
