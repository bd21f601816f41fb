//! `terraform_remote_state`: the outputs of another configuration, as Terraform keeps them in a local state file (format version 4).

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use situs_provider::attributes::{attribute, get, or, path, schema, text};
use situs_provider::schema::{Mode, Schema};
use situs_provider::{Problem, Problems};
use situs_value::json::from_json;
use situs_value::{Type, Value};

/// Its name.
pub const NAME: &str = "terraform_remote_state";

/// The workspace that has the state file for itself.
const DEFAULT: &str = "default";

/// The part of a state file that is read.
#[derive(Deserialize)]
struct State {
    version: u64,
    #[serde(default)]
    outputs: BTreeMap<String, Output>,
}

#[derive(Deserialize)]
struct Output {
    value: serde_json::Value,
    #[serde(rename = "type")]
    ty: Type,
}

/// What it looks like.
pub fn describe() -> Schema {
    let optional = |name, description| attribute(name, Type::Dynamic, Mode::Optional, description);
    schema(
        "The outputs of another configuration.",
        [
            attribute(
                "backend",
                Type::String,
                Mode::Required,
                "how its state is kept: `local`",
            ),
            optional("config", "where its state is: `path` and `workspace_dir`"),
            optional("defaults", "outputs where it has none of the name"),
            attribute(
                "workspace",
                Type::String,
                Mode::Optional,
                "the workspace; `default` where nothing is said",
            ),
            attribute("outputs", Type::Dynamic, Mode::Computed, "its outputs, an object"),
        ],
    )
}

/// What is wrong with how it is written.
pub fn validate(config: &Value) -> Problems {
    if let Some(backend) = text(config, "backend").filter(|b| *b != "local") {
        let summary = format!("a state that is kept in `{backend}` cannot be read");
        let detail = "This version reads the states that Terraform's backend `local` keeps: `backend = \"local\"` with \
                      `config = { path = \"…\" }`. Fetch the other one with `terraform state pull > FILE`, and read that file.";
        return vec![Problem::error(summary, detail).at(path("backend"))];
    }
    let mut problems = Vec::new();
    for name in ["config", "defaults"] {
        let value = get(config, name);
        if value.is_known() && !value.is_null() && value.attributes().is_none() {
            let summary = format!("`{name}` takes an object");
            problems.push(Problem::error(summary, format!("This is {}.", value.friendly())).at(path(name)));
        }
    }
    let wrong = get(config, "config").attributes().into_iter().flat_map(|m| m.keys());
    for name in wrong.filter(|n| !matches!(&***n, "path" | "workspace_dir")) {
        let summary = format!("the backend `local` has no setting `{name}`");
        problems.push(Problem::error(summary, "It has `path` and `workspace_dir`.").at(path("config")));
    }
    problems
}

/// Reads it; paths start from this directory.
pub fn read(directory: &Path, config: &Value) -> Result<Value, Problem> {
    let file = directory.join(place(config));
    let found = match fs::read(&file) {
        Ok(bytes) => outputs(&bytes).map_err(|why| cannot(&file, &why))?,
        Err(e) if e.kind() == ErrorKind::NotFound => return Err(cannot(&file, "There is no such file")),
        Err(e) => return Err(cannot(&file, &e.to_string())),
    };
    let defaults = get(config, "defaults").attributes().cloned().unwrap_or_default();
    let all = defaults.into_iter().chain(found);
    Ok(situs_provider::attributes::with(
        config,
        "outputs",
        Value::object(all.collect::<BTreeMap<_, _>>()),
    ))
}

/// The state file, as the backend `local` names it.
fn place(config: &Value) -> PathBuf {
    let settings = get(config, "config");
    let workspace = text(config, "workspace").unwrap_or(DEFAULT);
    let file = or(get(settings, "path"), "terraform.tfstate".into());
    let file = file.as_str().unwrap_or_default();
    if workspace == DEFAULT {
        return file.into();
    }
    let directory = or(get(settings, "workspace_dir"), "terraform.tfstate.d".into());
    let directory = directory.as_str().unwrap_or_default();
    Path::new(directory).join(workspace).join("terraform.tfstate")
}

fn outputs(bytes: &[u8]) -> Result<BTreeMap<std::sync::Arc<str>, Value>, String> {
    if bytes.starts_with(b"SQLite format 3\0") {
        return Err("It is a state of Situs, and only states of Terraform can be read".to_owned());
    }
    let state: State = serde_json::from_slice(bytes).map_err(|e| format!("It is no state of Terraform: {e}"))?;
    if state.version != 4 {
        return Err(format!(
            "It has format version {}, and only version 4 can be read",
            state.version
        ));
    }
    let one = |(name, output): (String, Output)| {
        let value = from_json(&output.value, &output.ty).map_err(|e| format!("Its output `{name}`: {e}"))?;
        Ok((name.into(), value))
    };
    state.outputs.into_iter().map(one).collect()
}

fn cannot(file: &Path, why: &str) -> Problem {
    let summary = format!("the state `{}` cannot be read", file.display());
    Problem::error(summary, format!("{why}.")).at(path("config"))
}
