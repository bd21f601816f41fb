//! Where the programs of plug-ins lie: in the directories that `situs init` and `terraform init` make, below
//! `HOST/NAMESPACE/NAME/VERSION/SYSTEM`, or where a user's settings say.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::lang::config::plugin::PluginSource;
use crate::lang::config::settings::Settings;

/// Where `situs init` puts packages, seen from a configuration.
pub const PACKAGES: &str = ".situs/providers";
/// Where they may be as well: Terraform's own.
const OTHERS: &str = ".terraform/providers";

/// The directory that a user's settings name for a provider.
pub(super) fn overridden(settings: &Settings, root: &Path, source: &PluginSource) -> Option<PathBuf> {
    let one = settings.overrides.iter().find(|(s, _)| s.is(source));
    one.map(|(_, directory)| root.join(directory))
}

/// The package of a provider that is installed for a configuration in the version that is locked.
pub fn package(root: &Path, source: &str, version: &str) -> Option<PathBuf> {
    let below = |packages: &str| root.join(packages).join(source).join(version).join(system());
    [PACKAGES, OTHERS].map(below).into_iter().find(|p| p.is_dir())
}

/// The program in a package's directory: it begins with the provider's name, whatever version follows.
pub(super) fn program(directory: &Path, name: &str) -> Option<PathBuf> {
    let stem = format!("terraform-provider-{name}");
    let entries = fs::read_dir(directory).ok()?.flatten();
    let fits = |file: &str| {
        file.strip_prefix(&stem)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['_', '.']))
    };
    let mut names: Vec<String> = entries
        .filter(|e| {
            e.path()
                .metadata()
                .is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
        })
        .filter_map(|e| e.file_name().into_string().ok())
        .filter(|file| fits(file))
        .collect();
    names.sort();
    names.pop().map(|file| directory.join(file))
}

/// This machine as packages name it: `linux_amd64`.
pub fn system() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{os}_{machine}")
}
