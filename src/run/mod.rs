//! Floor 4 (the data that drawing needs; the whole floor replaces this file).

pub mod plan {
    //! Plans as data.
    pub mod change;
    pub mod exec {
        //! Operations as data.
        pub mod op;
        pub use op::{ExecGraph, Object, Op, OpKind};
    }
}
pub mod provider {
    //! Which providers there are.
    pub mod registry;
    pub use registry::Registry;
}
pub mod apply {
    //! The wish to stop.
    pub mod cancel;
    pub use cancel::Cancel;
}
pub mod state {
    //! Kept objects as data.
    pub mod record {
        //! Kept objects as data.
        use std::collections::BTreeMap;
        use situs_value::Value;
        use crate::base::Addr;
        /// A kept object.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Record {
            /// The configured provider.
            pub provider: String,
            /// The resource type.
            pub type_name: String,
            /// The version of its schema.
            pub schema_version: u64,
            /// The object.
            pub value: Value,
            /// The provider's own bytes.
            pub private: Vec<u8>,
            /// What it depends on.
            pub dependencies: Vec<Addr>,
            /// Its site.
            pub site: Option<String>,
            /// Whether it is whole.
            pub status: Status,
            /// How it is replaced.
            pub create_before_destroy: bool,
            /// The key of the change that made it.
            pub key: String,
        }
        /// Whether an object is whole.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Status {
            /// It is.
            Ready,
            /// Making it failed half-way.
            Tainted,
        }
        /// All kept objects.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Snapshot {
            /// Which state.
            pub lineage: String,
            /// How often it was changed.
            pub serial: u64,
            /// By address.
            pub objects: BTreeMap<Addr, Record>,
            /// Put aside, by address and key.
            pub deposed: BTreeMap<(Addr, String), Record>,
            /// By name.
            pub outputs: BTreeMap<String, Value>,
        }
    }
}
