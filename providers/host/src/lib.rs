//! The provider and runtime `host`: files, directories, users, packages, services and commands of a host that is reached over SSH.
//!
//! One connection of the user's own `ssh` for each configured host, and many commands over it (see [`situs_ssh`]). What is asked of the
//! host is small scripts of `sh`; values are their arguments and never part of their text.

mod command;
mod contents;
mod directory;
mod file;
mod host;
mod package;
mod service;
mod user;

use std::sync::Arc;

use situs_provider::Provider;
use situs_sdk::kit::Kit;

use crate::host::Host;

/// The runtime, written in Situs.
pub const RUNTIME: &str = include_str!("../runtime.situs");

/// The provider, not configured yet.
pub fn provider() -> Arc<dyn Provider> {
    let kit = Kit::<Host>::new(
        "host",
        "Files, users, packages, services and commands of a host, over SSH.",
    )
    .resource("host_command", command::Commands)
    .resource("host_directory", directory::Directories)
    .resource("host_file", file::Files)
    .resource("host_package", package::Packages)
    .resource("host_service", service::Services)
    .resource("host_user", user::Users);
    Arc::new(kit)
}
