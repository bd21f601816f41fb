//! The commands, one file each. A new one is a file, its line in [`COMMANDS`] and its name in [`GROUPS`].

mod apply;
mod console;
mod destroy;
mod explain;
mod fmt;
mod get;
mod graph;
mod import;
mod init;
mod logs;
mod metadata_functions;
mod modules;
mod output;
mod plan;
mod provider_check;
mod providers;
mod providers_schema;
mod refresh;
mod show;
mod state_adopt;
mod state_edit;
mod state_list;
mod state_show;
mod test;
mod validate;
pub mod version;
mod why;
mod workspace;

use super::args::Spec;

/// All commands.
pub static COMMANDS: [&Spec; 38] = [
    &init::SPEC,
    &get::SPEC,
    &modules::SPEC,
    &validate::SPEC,
    &fmt::SPEC,
    &test::SPEC,
    &plan::SPEC,
    &apply::SPEC,
    &destroy::SPEC,
    &show::SPEC,
    &output::SPEC,
    &state_list::SPEC,
    &state_show::SPEC,
    &state_edit::MV,
    &state_edit::RM,
    &state_edit::PULL,
    &state_edit::PUSH,
    &state_edit::REPLACE_PROVIDER,
    &state_edit::TAINT,
    &state_edit::UNTAINT,
    &refresh::SPEC,
    &import::SPEC,
    &state_adopt::SPEC,
    &workspace::LIST,
    &workspace::SHOW,
    &workspace::NEW,
    &workspace::SELECT,
    &workspace::DELETE,
    &logs::SPEC,
    &graph::SPEC,
    &why::SPEC,
    &console::SPEC,
    &explain::SPEC,
    &provider_check::SPEC,
    &providers::SPEC,
    &providers_schema::SPEC,
    &metadata_functions::SPEC,
    &version::SPEC,
];

/// In which order they are listed, and under which title.
pub const GROUPS: [(&str, &[&str]); 6] = [
    (
        "The way from text to services",
        &["init", "get", "validate", "test", "plan", "apply", "destroy"],
    ),
    (
        "Looking at what is there, and why",
        &[
            "show",
            "output",
            "state list",
            "state show",
            "logs",
            "why",
            "graph",
            "console",
        ],
    ),
    (
        "The state by hand",
        &[
            "refresh",
            "import",
            "state mv",
            "state rm",
            "state replace-provider",
            "state pull",
            "state push",
            "taint",
            "untaint",
        ],
    ),
    (
        "Several states of one configuration",
        &[
            "workspace list",
            "workspace show",
            "workspace new",
            "workspace select",
            "workspace delete",
        ],
    ),
    (
        "Beside Terraform, and for tools",
        &[
            "state adopt",
            "providers",
            "providers schema",
            "provider check",
            "modules",
            "metadata functions",
        ],
    ),
    ("Everything else", &["explain", "fmt", "version"]),
];
