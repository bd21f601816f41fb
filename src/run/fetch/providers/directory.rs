//! A directory of packages, as Terraform calls it a filesystem mirror: unpacked below `HOST/NAMESPACE/NAME/VERSION/SYSTEM`, or as an archive
//! `HOST/NAMESPACE/NAME/terraform-provider-NAME_VERSION_SYSTEM.zip`
//! (developer.hashicorp.com/terraform/cli/config/config-file#provider-installation, as of 2026-11).

use std::fs;
use std::path::{Path, PathBuf};

use crate::lang::config::plugin::Pattern;
use crate::run::provider::plugin::system;

use super::How;
use super::package::Package;

/// A directory of packages.
pub(super) struct Directory(PathBuf);

impl Directory {
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The versions of a provider that are there for this system.
    pub fn versions(&self, source: &str) -> Vec<String> {
        let directory = self.0.join(source);
        let system = system();
        let all = names(&directory).into_iter();
        let version = |name: String| {
            let unpacked = directory.join(&name).join(&system).is_dir();
            match unpacked {
                true => Some(name),
                false => archived(&name, source, &system).map(str::to_owned),
            }
        };
        all.filter_map(version).collect()
    }

    /// The package of a version.
    pub fn package(&self, source: &str, version: &str) -> Result<Package, String> {
        let directory = self.0.join(source);
        let unpacked = directory.join(version).join(system());
        let whence = self.0.display().to_string();
        if unpacked.is_dir() {
            let path = unpacked
                .canonicalize()
                .map_err(|e| format!("{}: {e}", unpacked.display()))?;
            return Ok(Package::unpacked(path, How::Copied(whence)));
        }
        let own = names(&directory);
        let name = own.iter().find(|n| archived(n, source, &system()) == Some(version));
        let path = directory.join(name.ok_or_else(|| format!("{whence} has no version {version}"))?);
        let bytes = fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Package::archive(bytes, How::Copied(whence)))
    }

    /// All providers that are there.
    pub fn sources(&self) -> Vec<Pattern> {
        let below = |path: PathBuf, name: &str| names(&path.join(name));
        let mut found = Vec::new();
        for host in names(&self.0) {
            for namespace in below(self.0.clone(), &host) {
                for name in below(self.0.join(&host), &namespace) {
                    found.extend(Pattern::parse(&format!("{host}/{namespace}/{name}")));
                }
            }
        }
        found
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|e| e.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The version in the name of an archive for a system.
fn archived<'n>(name: &'n str, source: &str, system: &str) -> Option<&'n str> {
    let provider = source.rsplit('/').next()?;
    let rest = name.strip_prefix("terraform-provider-")?.strip_prefix(provider)?;
    rest.strip_prefix('_')?
        .strip_suffix(".zip")?
        .strip_suffix(system)?
        .strip_suffix('_')
}
