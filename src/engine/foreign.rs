//! Beside an existing Terraform: where that has a state and Situs has none, a plan would make everything a second time. So it stops, and
//! names the way over. A state or a backend of Terraform is only ever read.

use serde_json::Value as Json;

use crate::base::{Code, Diagnostic};
use crate::lang::config::{DEFAULT_WORKSPACE, Home};
use crate::run::state::Snapshot;

use super::{Loaded, Ports};

/// A state of Terraform where Situs has none.
pub const NOT_ADOPTED: Code = Code::new("E462", "a state of Terraform where Situs has none");

/// The file that Terraform's backend `local` keeps.
const FILE: &str = "terraform.tfstate";

/// What stands against planning here.
pub fn unadopted(ports: &Ports, loaded: &Loaded, now: &Snapshot) -> Option<Diagnostic> {
    if now.serial > 0 {
        return None;
    }
    if let Some(home) = &loaded.config.root.home {
        return Some(elsewhere(home));
    }
    let file = match ports.workspace.as_str() {
        DEFAULT_WORKSPACE => FILE.to_owned(),
        name => format!("{FILE}.d/{name}/{FILE}"),
    };
    let objects = objects(&ports.world.read(&file).ok()?)?;
    let things = if objects == 1 { "resource" } else { "resources" };
    let title = format!("Terraform has a state here with {objects} {things}, and Situs has none");
    let said = Diagnostic::error(NOT_ADOPTED, title).note("a plan would make all of it a second time");
    Some(said.help(format!(
        "take it over: `situs state adopt {file}`; or move that file away to begin anew"
    )))
}

fn elsewhere(home: &Home) -> Diagnostic {
    let (title, label) = match &*home.kind {
        "cloud" => (
            "HCP Terraform keeps the state of this configuration, and Situs has none".to_owned(),
            "Situs does not work there: it plans and applies from here, and keeps a state of its own".to_owned(),
        ),
        kind => (
            format!("Terraform keeps the state of this configuration in `{kind}`, and Situs has none"),
            "only ever read by Situs, which keeps a state of its own".to_owned(),
        ),
    };
    Diagnostic::error(NOT_ADOPTED, title)
        .at(home.span, label)
        .help("take it over: `terraform state pull | situs state adopt -`; to begin anew, take the block out")
}

/// How many resources a state of Terraform holds; nothing where it is none, or holds none.
fn objects(bytes: &[u8]) -> Option<usize> {
    let state: Json = serde_json::from_slice(bytes).ok()?;
    let count = state.get("resources")?.as_array()?.len();
    (count > 0).then_some(count)
}
