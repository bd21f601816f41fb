//! Floor 4 (the data that drawing needs; the whole floor replaces this file).

pub mod plan {
    //! Plans as data.
    pub mod change;
    pub mod file {
        //! Plan files.
        use std::path::Path;

        use super::change::Plan;
        use crate::base::{Code, Diagnostic};

        fn missing() -> Box<Diagnostic> {
            Box::new(Diagnostic::error(Code { id: "E000", about: "" }, "plan files are not built yet"))
        }

        /// Writes one.
        pub fn write(_: &Path, _: &Plan) -> Result<(), Box<Diagnostic>> {
            Err(missing())
        }

        /// What has moved.
        pub fn stale(_: &Plan, _: &crate::run::state::Snapshot) -> Option<Diagnostic> {
            None
        }

        /// Reads one.
        pub fn read(_: &Path) -> Result<Plan, Box<Diagnostic>> {
            Err(missing())
        }
    }
    pub mod refresh {
        //! Whether objects are read.
        /// Whether objects are read before planning.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum Refresh {
            /// They are.
            #[default]
            Read,
            /// The state is believed.
            Believe,
        }
    }
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
    use std::collections::BTreeMap;

    use crate::base::{Addr, Diagnostics};
    use crate::run::plan::change::Counts;

    pub mod cancel;
    pub mod schedule;
    pub use cancel::Cancel;
    pub use schedule::Outcome;

    /// What came of a plan.
    #[derive(Clone, Debug, Default)]
    pub struct Applied {
        /// How many of what was done.
        pub counts: Counts,
        /// What was not done.
        pub remaining: BTreeMap<Addr, Outcome>,
        /// The outputs.
        pub outputs: BTreeMap<String, situs_value::Value>,
        /// What went wrong.
        pub diagnostics: Diagnostics,
    }
}
pub mod state {
    //! Kept objects as data.
    pub mod record {
        //! Kept objects as data.
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
    }
    pub mod snapshot {
        //! The state as a whole.
        use std::collections::BTreeMap;

        use super::journal::Output;
        use super::record::Record;
        use crate::base::Addr;
        use crate::model::assignment::Assignment;

        /// What is known.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Snapshot {
            /// Which state.
            pub lineage: String,
            /// How often it was changed.
            pub serial: u64,
            /// The objects in use.
            pub objects: BTreeMap<Addr, Record>,
            /// Put aside.
            pub deposed: BTreeMap<Addr, BTreeMap<String, Record>>,
            /// The outputs.
            pub outputs: BTreeMap<String, Output>,
            /// Where everything is.
            pub placement: Assignment,
        }
    }
    pub mod journal {
        //! Entries.
        use situs_value::Value;

        /// An output as it is kept.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Output {
            /// Its value.
            pub value: Value,
        }
    }
    pub use record::{Record, Status};
    pub use snapshot::Snapshot;

    /// A run that holds the state.
    #[derive(Clone, Debug)]
    pub struct Holder;

    impl Holder {
        /// A holder.
        pub fn new(_: impl Into<String>, _: u32, _: impl Into<String>) -> Self {
            Self
        }
    }

    /// A locked state.
    pub struct Run;

    impl Run {
        /// As it is.
        pub fn snapshot(&self) -> Snapshot {
            Snapshot::default()
        }

        /// Gives the lock back.
        pub async fn close(&self) -> Result<(), String> {
            Ok(())
        }
    }

    /// What happens at the chosen point.
    #[derive(Clone, Copy, Debug)]
    pub enum Act {
        /// The process ends.
        Abort,
    }

    /// Where a run breaks.
    #[derive(Clone, Debug)]
    pub struct Fault;

    impl Fault {
        /// A run that breaks at a point.
        pub fn new(_: u64, _: Act) -> Self {
            Self
        }
    }
}
