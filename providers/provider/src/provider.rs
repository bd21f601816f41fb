//! The calls. Sensitive marks never travel: the engine takes them off before a call and puts them back from the schema and
//! the configuration. Unknown values travel in configurations and plans only.

use std::sync::Arc;

use async_trait::async_trait;
use situs_value::Value;

use crate::problem::{Problem, Problems};
use crate::schema::ProviderSchema;

/// A provider, configured or not. Calls run in parallel.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What it offers. Cheap: the same value each time.
    fn schema(&self) -> Arc<ProviderSchema>;

    /// Looks at its configuration; may hold unknowns.
    async fn validate_config(&self, config: &Value) -> Problems;

    /// Gets ready to work with this configuration. Called once.
    async fn configure(&self, request: Configure) -> Problems;

    /// Looks at the configuration of one resource; may hold unknowns.
    async fn validate_resource(&self, type_name: &str, config: &Value) -> Problems;

    /// Brings a kept object to the present schema version. Called also when the versions are equal.
    async fn upgrade(&self, request: Upgrade) -> Result<Value, Problems>;

    /// Reads the live object. A null value in the answer says that it is gone.
    async fn read(&self, request: Read) -> Result<ReadAnswer, Problems>;

    /// Plans one change. A null `proposed` is a destruction.
    async fn plan(&self, request: Plan) -> Result<Planned, Problems>;

    /// Carries out one planned change. The answer may hold both problems and an object: what was made is kept.
    async fn apply(&self, request: Apply) -> Applied;

    /// Finds live objects by an id that the user gives; none where nothing has it.
    async fn import(&self, request: Import) -> Result<Vec<Imported>, Problems>;

    /// Reads a data source.
    async fn read_data(&self, type_name: &str, config: &Value) -> Result<Value, Problems>;

    /// Opens something that is never kept: its value, for as long as it is open.
    async fn open(&self, request: Open) -> Result<Opened, Problems> {
        let title = format!("there is no ephemeral resource type `{}`", request.type_name);
        Err(vec![Problem::error(title, "This provider has none.")])
    }

    /// Ends what [`Provider::open`] opened.
    async fn close(&self, _type_name: &str, _private: &[u8]) -> Problems {
        Vec::new()
    }

    /// Finds what an interrupted [`Provider::apply`] with this idempotency key made, if it made anything.
    async fn lookup(&self, request: Lookup) -> Result<Found, Problems>;

    /// Asks it to bring what is in flight to an early end.
    async fn stop(&self);
}

/// See [`Provider::configure`].
#[derive(Clone, Debug)]
pub struct Configure {
    /// Its configuration, an object of the provider schema.
    pub config: Value,
    /// The directory that relative paths start from.
    pub directory: String,
}

/// See [`Provider::open`].
#[derive(Clone, Debug)]
pub struct Open {
    /// The type.
    pub type_name: String,
    /// What it is asked for, wholly known.
    pub config: Value,
}

/// What was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Its value, an object of the schema.
    pub value: Value,
    /// The provider's own bytes about it, for closing.
    pub private: Vec<u8>,
}

/// See [`Provider::upgrade`].
#[derive(Clone, Debug)]
pub struct Upgrade {
    /// The resource type.
    pub type_name: String,
    /// The version of the schema that the object was kept under.
    pub version: u64,
    /// The object as it was kept.
    pub state: Value,
}

/// See [`Provider::read`].
#[derive(Clone, Debug)]
pub struct Read {
    /// The resource type.
    pub type_name: String,
    /// The object as it is known.
    pub current: Value,
    /// The provider's own bytes about it.
    pub private: Vec<u8>,
}

/// The live object.
#[derive(Clone, Debug)]
pub struct ReadAnswer {
    /// The object, or null where it is gone.
    pub state: Value,
    /// The provider's own bytes about it.
    pub private: Vec<u8>,
}

/// See [`Provider::plan`].
#[derive(Clone, Debug)]
pub struct Plan {
    /// The resource type.
    pub type_name: String,
    /// Prior State; null where there is none.
    pub prior: Value,
    /// Proposed New State: the configuration, with what only the provider sets taken from the Prior State; null to destroy.
    pub proposed: Value,
    /// The configuration; null to destroy.
    pub config: Value,
    /// The provider's own bytes about the prior object.
    pub private: Vec<u8>,
}

/// A planned change.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Planned State; unknown where only the change itself will tell.
    pub state: Value,
    /// Attributes whose change needs a new object.
    pub replace: Vec<situs_value::Path>,
    /// The provider's own bytes for [`Provider::apply`].
    pub private: Vec<u8>,
    /// What there is to know about it; no error is among it.
    pub warnings: Problems,
    /// Whether it keeps to the rules of plans no better than the old SDK of Terraform does: then breaches are not held against it.
    pub legacy: bool,
}

impl Planned {
    /// A plan that keeps to the rules.
    pub fn new(state: Value, replace: Vec<situs_value::Path>, private: Vec<u8>) -> Self {
        Self {
            state,
            replace,
            private,
            warnings: Vec::new(),
            legacy: false,
        }
    }
}

/// See [`Provider::apply`].
#[derive(Clone, Debug)]
pub struct Apply {
    /// The resource type.
    pub type_name: String,
    /// Prior State; null to create.
    pub prior: Value,
    /// Planned State; null to destroy.
    pub planned: Value,
    /// The configuration, wholly known; null to destroy.
    pub config: Value,
    /// What the plan put aside.
    pub private: Vec<u8>,
    /// Names this change: the same key twice makes one object (see [`Provider::lookup`]).
    pub key: String,
}

/// What came of a change.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The object that is there now; null where there is none. `None`: the call did not come far enough to say, the prior object stands.
    pub state: Option<Value>,
    /// The provider's own bytes about it.
    pub private: Vec<u8>,
    /// What went wrong.
    pub problems: Problems,
    /// Whether there was an answer. Where there was none, nobody knows what became of the change: it is looked into later.
    pub answered: bool,
    /// See [`Planned::legacy`].
    pub legacy: bool,
}

impl Default for Applied {
    fn default() -> Self {
        Self {
            state: None,
            private: Vec::new(),
            problems: Vec::new(),
            answered: true,
            legacy: false,
        }
    }
}

impl Applied {
    /// All went well.
    pub fn done(state: Value, private: Vec<u8>) -> Self {
        Self {
            state: Some(state),
            private,
            ..Self::default()
        }
    }

    /// Nothing came of it.
    pub fn failed(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
            ..Self::default()
        }
    }

    /// Nobody knows what came of it.
    pub fn unanswered(problems: Problems) -> Self {
        Self {
            problems,
            answered: false,
            ..Self::default()
        }
    }
}

/// See [`Provider::import`].
#[derive(Clone, Debug)]
pub struct Import {
    /// The resource type.
    pub type_name: String,
    /// The id, as the provider's documentation describes it.
    pub id: String,
}

/// A live object found by its id.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The resource type.
    pub type_name: String,
    /// What is known of it; a read follows.
    pub state: Value,
    /// The provider's own bytes about it.
    pub private: Vec<u8>,
}

/// See [`Provider::lookup`].
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The resource type.
    pub type_name: String,
    /// The idempotency key of the interrupted change.
    pub key: String,
    /// Prior State of that change; null where it was a creation.
    pub prior: Value,
    /// Planned State of that change; null where it was a destruction.
    pub planned: Value,
}

/// What became of an interrupted change.
#[derive(Clone, Debug)]
pub enum Found {
    /// This object carries the key.
    Object(ReadAnswer),
    /// Nothing carries the key: the change did not happen, or came to nothing.
    Nothing,
    /// The provider cannot tell.
    CannotTell,
}
