//! The operations: a closed set.

use std::sync::Arc;

use petgraph::algo::toposort;
use petgraph::graph::DiGraph;
use serde::{Deserialize, Serialize};

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum OpKind {
    /// Starts and configures a provider.
    OpenProvider {
        /// Its id.
        provider: Arc<str>,
    },
    /// Works out the configuration with what is known by now, and has the provider confirm the plan.
    FinalPlan {
        /// Which change.
        change: usize,
    },
    /// Reads a data source.
    Read {
        /// Which change.
        change: usize,
    },
    /// Makes a new object.
    Create {
        /// Which change.
        change: usize,
    },
    /// Changes the object where it is.
    Update {
        /// Which change.
        change: usize,
    },
    /// Puts the old object aside, so that a new one can take its name.
    Depose {
        /// Which change.
        change: usize,
    },
    /// Destroys an object.
    Delete {
        /// Which change.
        change: usize,
        /// Which object of it.
        object: Object,
    },
    /// Drops an object from the state and leaves it as it is.
    Forget {
        /// Which change.
        change: usize,
    },
    /// Waits until all instances of a block are done: one node instead of an edge from each instance to each user.
    Await {
        /// The block's address.
        block: crate::base::Addr,
    },
    /// Lets a provider go.
    CloseProvider {
        /// Its id.
        provider: Arc<str>,
    },
}

impl OpKind {
    /// The change it belongs to.
    pub fn change(&self) -> Option<usize> {
        match self {
            OpKind::FinalPlan { change }
            | OpKind::Read { change }
            | OpKind::Create { change }
            | OpKind::Update { change }
            | OpKind::Depose { change }
            | OpKind::Delete { change, .. }
            | OpKind::Forget { change } => Some(*change),
            OpKind::OpenProvider { .. } | OpKind::Await { .. } | OpKind::CloseProvider { .. } => None,
        }
    }
}

/// Which object of an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Object {
    /// The one in use.
    Current,
    /// The one that this run put aside.
    JustDeposed,
    /// One that an earlier run put aside, by its key.
    Deposed(String),
}

/// One operation and what must be done before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Op {
    /// What is done.
    #[serde(flatten)]
    pub kind: OpKind,
    /// Indices of operations that come first; sorted.
    pub after: Vec<usize>,
}

/// All operations of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecGraph {
    /// In the order in which they were thought of; edges say the rest.
    pub ops: Vec<Op>,
}

impl ExecGraph {
    /// Whether every operation can be reached: no operation waits for itself, and every edge points at one. A plan file is
    /// untrusted, so this is asked again when one is read.
    pub fn is_sound(&self) -> bool {
        let mut graph = DiGraph::<(), ()>::with_capacity(self.ops.len(), self.ops.len());
        let nodes: Vec<_> = self.ops.iter().map(|_| graph.add_node(())).collect();
        for (to, op) in self.ops.iter().enumerate() {
            for from in &op.after {
                let (Some(from), Some(to)) = (nodes.get(*from), nodes.get(to)) else {
                    return false;
                };
                graph.add_edge(*from, *to, ());
            }
        }
        toposort(&graph, None).is_ok()
    }
}
