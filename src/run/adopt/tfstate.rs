//! A Terraform state, version 4, as it is written. Values stay texts, so that their numbers stay exact.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The whole file.
#[derive(Deserialize)]
pub(super) struct TfState {
    /// Counts the writes.
    #[serde(default)]
    pub serial: u64,
    /// Tells the state from others.
    #[serde(default)]
    pub lineage: String,
    #[serde(default)]
    pub outputs: BTreeMap<String, TfOutput>,
    #[serde(default)]
    pub resources: Vec<TfResource>,
}

#[derive(Deserialize)]
pub(super) struct TfOutput {
    pub value: Box<RawValue>,
    #[serde(rename = "type")]
    pub ty: Option<Box<RawValue>>,
    #[serde(default)]
    pub sensitive: bool,
}

#[derive(Deserialize)]
pub(super) struct TfResource {
    /// `module.a["k"].module.b`; absent in the root module.
    pub module: Option<String>,
    /// `managed`, `data`
    pub mode: String,
    #[serde(rename = "type")]
    pub type_name: String,
    pub name: String,
    /// `provider["registry.terraform.io/hashicorp/local"].alias`, also behind a module
    pub provider: String,
    #[serde(default)]
    pub instances: Vec<TfInstance>,
}

#[derive(Deserialize)]
pub(super) struct TfInstance {
    pub index_key: Option<TfKey>,
    #[serde(default)]
    pub schema_version: u64,
    pub attributes: Option<Box<RawValue>>,
    #[serde(default)]
    pub sensitive_attributes: Vec<Vec<TfStep>>,
    /// In Base64.
    pub private: Option<String>,
    #[serde(default)]
    pub dependencies: Vec<String>,
    #[serde(default)]
    pub create_before_destroy: bool,
    /// `tainted`, or absent
    pub status: Option<String>,
    /// The key under which it was put aside.
    pub deposed: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum TfKey {
    Index(u64),
    Name(String),
}

/// One step of a path into a value.
#[derive(Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub(super) enum TfStep {
    GetAttr(String),
    Index(TfIndex),
}

#[derive(Deserialize)]
pub(super) struct TfIndex {
    pub value: TfKey,
}

/// Reads a state; the error is a sentence.
pub(super) fn read(text: &str) -> Result<TfState, String> {
    #[derive(Deserialize)]
    struct Head {
        version: Option<u64>,
    }
    let wrong = |e: serde_json::Error| format!("it cannot be read: {e}");
    let head: Head = serde_json::from_str(text).map_err(wrong)?;
    match head.version {
        Some(4) => serde_json::from_str(text).map_err(wrong),
        Some(other) => Err(format!("its version is {other}, and only version 4 can be read")),
        None => Err("it has no `version`".to_owned()),
    }
}
