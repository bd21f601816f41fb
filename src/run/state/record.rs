//! What is kept of one object.

use serde::{Deserialize, Serialize};
use situs_value::Value;

use crate::base::Addr;
use crate::base::digest::Digest;

/// One object, with what is needed to read, change and destroy it without its configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The configured provider that made it.
    pub provider: String,
    /// The resource type.
    pub type_name: String,
    /// The version of the schema that the value is of.
    pub schema_version: u64,
    /// The object.
    pub value: Value,
    /// The provider's own bytes about it.
    #[serde(with = "super::bytes", default, skip_serializing_if = "Vec::is_empty")]
    pub private: Vec<u8>,
    /// What it depended on when it was last applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Addr>,
    /// The site it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Whether it is whole.
    #[serde(default)]
    pub status: Status,
    /// Whether a replacement makes the new object first.
    #[serde(default)]
    pub create_before_destroy: bool,
    /// The idempotency key of the change that made it or changed it last.
    pub key: String,
}

/// Whether an object is whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is.
    #[default]
    Ready,
    /// Making it failed half-way: the next plan makes it anew.
    Tainted,
}

impl Record {
    /// Tells whether it is still what it was.
    pub fn digest(&self) -> Digest {
        Digest::of(serde_json::to_vec(self).unwrap_or_default())
    }
}
