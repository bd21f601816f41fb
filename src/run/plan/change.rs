//! The plan as a value: what will be done, why, to what, and in which order. It is written to a file, read back, shown, and applied;
//! nothing is decided again.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use situs_value::{Path, Value};

use crate::base::event::Action;
use crate::base::{Addr, digest::Digest};
use crate::model::assignment::Assignment;

pub use crate::run::provider::ProviderSpec;

use super::blocks::Shapes;
use super::exec::ExecGraph;

/// The format of plan files; a file of another format is refused.
pub const FORMAT: u32 = 1;

/// A live object that is taken over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// The id that it was found by.
    pub id: String,
    /// As it is.
    pub record: crate::run::state::Record,
}

/// A plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// [`FORMAT`].
    pub format: u32,
    /// The version of the engine that made it.
    pub version: String,
    /// What it is for.
    pub operation: Operation,
    /// What it was made from.
    pub input: Input,
    /// The state that it starts from.
    pub base: Base,
    /// What was found changed outside.
    pub drift: Vec<Drift>,
    /// Every resource with what happens to it, also those to which nothing happens; sorted by address.
    pub changes: Vec<Change>,
    /// Every output with what happens to it.
    pub outputs: BTreeMap<String, OutputChange>,
    /// Where everything is placed.
    pub placement: Assignment,
    /// What moves from where to where.
    pub moves: Vec<Relocation>,
    /// Live objects that are taken over.
    pub imported: BTreeMap<Addr, Import>,
    /// Objects that have other addresses now, and what these were before.
    pub moved: BTreeMap<Addr, Addr>,
    /// The configured providers.
    pub providers: BTreeMap<Arc<str>, ProviderSpec>,
    /// The verdict, as `-json` shows it.
    pub verdict: serde_json::Value,
    /// Which parts of the objects are blocks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub blocks: Shapes,
    /// What apply does.
    pub exec: ExecGraph,
}

/// What a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// To make the world as it is configured.
    Apply,
    /// To take everything away.
    Destroy,
    /// To take note of what changed outside.
    RefreshOnly,
}

/// What a plan was made from: enough to evaluate the configuration again without the directory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Input {
    /// Every file that was read, by path.
    pub files: BTreeMap<String, String>,
    /// The variables that were given, as they were given, in order.
    pub variables: Vec<(String, String)>,
    /// The directory, as an absolute path: what relative paths of providers start from.
    pub directory: String,
    /// Variables that were given and are not kept: apply must be given them again.
    pub ephemeral: std::collections::BTreeSet<String>,
    /// The workspace: `terraform.workspace`.
    pub workspace: String,
    /// What `plantimestamp()` said, where it was asked: else the plan is the same whenever it is made. Milliseconds since
    /// 1970-01-01T00:00:00Z.
    pub planned_at_millis: Option<u64>,
}

/// The state that a plan starts from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// Which state.
    pub lineage: String,
    /// How often it had been changed.
    pub serial: u64,
    /// What each object looked like that the plan speaks of.
    pub objects: BTreeMap<Addr, Digest>,
}

/// Something that changed outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// What.
    pub addr: Addr,
    /// As the state has it.
    pub before: Value,
    /// As it is; null: gone.
    pub after: Value,
    /// The version of the schema that `after` is of.
    pub schema_version: u64,
    /// The provider's own bytes about it, as they are now.
    #[serde(with = "crate::run::state::bytes")]
    pub private: Vec<u8>,
}

/// What happens to one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Which.
    pub addr: Addr,
    /// The site it is on.
    pub site: Option<Arc<str>>,
    /// The configured provider.
    pub provider: Arc<str>,
    /// What.
    pub action: Action,
    /// Why, where it is not plain.
    pub reason: Option<Reason>,
    /// Prior State; null where there is none.
    pub before: Value,
    /// Planned State; null where nothing is left.
    pub after: Value,
    /// Attributes that cannot be changed in place.
    pub replace: Vec<Path>,
    /// What the provider put aside for the change.
    #[serde(with = "crate::run::state::bytes")]
    pub private: Vec<u8>,
    /// What the provider keeps about the prior object.
    #[serde(with = "crate::run::state::bytes")]
    pub prior_private: Vec<u8>,
    /// What it depends on in the configuration.
    pub dependencies: Vec<Addr>,
    /// What it depended on when it was last applied.
    pub prior_dependencies: Vec<Addr>,
    /// Whether a later replacement makes the new object first.
    pub create_before_destroy: CreateBeforeDestroy,
    /// Keys of objects that earlier runs put aside and did not destroy.
    pub deposed: Vec<String>,
    /// Names the change for the provider; the same plan gives the same key.
    pub key: String,
}

/// In which order a replacement goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreateBeforeDestroy {
    /// The old object goes first.
    #[default]
    No,
    /// The new one comes first.
    Yes,
}

impl Change {
    /// Whether apply has anything to do for it.
    pub fn does_something(&self) -> bool {
        !matches!(self.action, Action::NoOp | Action::Open) || !self.deposed.is_empty()
    }
}

/// Why something happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Reason {
    /// Attributes cannot be changed in place.
    CannotUpdate,
    /// The last attempt to make it failed half-way.
    Tainted,
    /// `-replace` asked for it.
    Requested,
    /// Something in its `replace_triggered_by` changes.
    Triggered,
    /// It is no longer configured.
    NotConfigured,
    /// Its module is called, but not with that key.
    NoModule {
        /// The module.
        module: Addr,
    },
    /// Its block has `count` or `for_each` where it had not, or has not where it had.
    Repetition,
    /// Its `count` is smaller now.
    CountIndex,
    /// Its key is not in `for_each` any more.
    EachKey,
    /// Its service or dataset is no longer on that site.
    NotPlaced {
        /// The site.
        site: String,
    },
    /// Its site is no longer configured.
    NoSite {
        /// The site.
        site: String,
    },
    /// It is read for a check, when all else is done.
    CheckNested,
    /// It was found gone.
    Gone,
}

/// What happens to one output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputChange {
    /// What.
    pub action: Action,
    /// As it was; null where it was not.
    pub before: Value,
    /// As it will be.
    pub after: Value,
    /// Whether it is kept out of sight.
    pub sensitive: Sensitivity,
}

/// Whether a value is kept out of sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Shown.
    Open,
    /// Hidden.
    Hidden,
}

/// A replica or copy that changes its site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relocation {
    /// `service.triage`, `dataset.records`.
    pub thing: String,
    /// Where it was; absent: it is new.
    pub from: Option<String>,
    /// Where it will be; absent: it goes.
    pub to: Option<String>,
}

/// How many of what a plan does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Made.
    pub add: usize,
    /// Changed in place.
    pub change: usize,
    /// Destroyed.
    pub destroy: usize,
    /// Forgotten.
    pub forget: usize,
}

impl Plan {
    /// Every object as it is planned; null where it goes.
    pub fn objects(&self) -> impl Iterator<Item = (&Addr, &Value)> {
        let kept = self.changes.iter().filter(|c| c.action != Action::Open);
        kept.map(|c| (&c.addr, &c.after))
    }

    /// What something was called before.
    pub fn previous(&self, addr: &Addr) -> Option<&Addr> {
        self.moved.get(addr)
    }

    /// How many of what it does; a replacement counts as one made and one destroyed.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for change in &self.changes {
            counts.count(change.action);
            counts.destroy += change.deposed.len();
        }
        counts
    }

    /// Whether it does anything at all. What changed outside counts only where taking note of it is what the plan is for.
    pub fn is_empty(&self) -> bool {
        let noted = self.operation == Operation::RefreshOnly && !self.drift.is_empty();
        !noted
            && self.moved.is_empty()
            && self.imported.is_empty()
            && self.imported.is_empty()
            && self.changes.iter().all(|c| !c.does_something())
            && self.outputs.values().all(|o| o.action == Action::NoOp)
    }
}

impl Counts {
    /// Counts one action.
    pub fn count(&mut self, action: Action) {
        match action {
            Action::Create => self.add += 1,
            Action::Update => self.change += 1,
            Action::Delete => self.destroy += 1,
            Action::DeleteCreate | Action::CreateDelete => {
                self.add += 1;
                self.destroy += 1;
            }
            Action::Forget => self.forget += 1,
            Action::NoOp | Action::Read | Action::Open => {}
        }
    }
}
