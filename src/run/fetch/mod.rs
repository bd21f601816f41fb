//! Modules from elsewhere: from a registry, a repository or an archive to a directory of this machine ([`Store::fetch`]). What was fetched is put
//! into its place in one move, with its digest beside it: a run that was killed leaves nothing that looks whole.

mod address;
mod archive;
mod git;
mod http;
pub mod providers;
mod registry;
mod tree;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::Code;
use crate::base::ports::World;
use crate::lang::config::lock::{Locked, MODULES, Package};

use address::Address;

/// A module that cannot be fetched.
pub const NOT_FETCHED: Code = Code::new("E510", "a module that cannot be fetched");
/// A module that is not what the lock file says.
pub const NOT_THE_SAME: Code = Code::new("E511", "a module that is not what the lock file says");

/// Why a package is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It could not be had.
    Fetch(String),
    /// It is not what the lock says: what it should be, and what it is.
    Other(String, String),
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Failure::Fetch(why)
    }
}

/// Where packages go, and with what they are asked for.
#[derive(Clone)]
pub struct Store {
    root: PathBuf,
    http: http::Client,
}

/// What came of following an address: a directory with the package, and what it is called there.
#[derive(Debug, Default)]
struct Found {
    pub version: Option<String>,
    pub commit: Option<String>,
}

impl Store {
    /// The packages of the configuration in this directory.
    pub fn new(world: Arc<dyn World>) -> Result<Self, String> {
        Ok(Self {
            root: PathBuf::from(world.root()),
            http: http::Client::new(world)?,
        })
    }

    /// Fetches a package into a directory of that name: the one that is locked, or the newest that will do.
    pub async fn fetch(&self, package: &Package, directory: &str, locked: Option<&Locked>) -> Result<Locked, Failure> {
        let modules = self.root.join(MODULES);
        let said = |e: std::io::Error| format!("`{MODULES}` cannot be written: {e}");
        std::fs::create_dir_all(&modules).map_err(said)?;
        let aside = tempfile::Builder::new()
            .prefix(".new-")
            .tempdir_in(&modules)
            .map_err(said)?;
        let whole = aside.path().join("package");
        let found = self.follow(package, locked, &whole).await?;
        let digest = tree::digest(&whole).map_err(said)?.to_string();
        if let Some(locked) = locked.filter(|l| l.digest != digest) {
            return Err(Failure::Other(locked.digest.clone(), digest));
        }
        self.put(&whole, directory, &digest).map_err(said)?;
        Ok(Locked {
            version: found.version,
            commit: found.commit,
            directory: directory.to_owned(),
            digest,
        })
    }

    async fn follow(&self, package: &Package, locked: Option<&Locked>, into: &Path) -> Result<Found, String> {
        let mut address = Address::read(&package.source)?;
        let mut version = None;
        if let Address::Registry(module) = &address {
            let wanted = locked.and_then(|l| l.version.as_deref());
            let chosen = registry::choose(&self.http, module, package.constraint.as_deref(), wanted).await?;
            address = registry::location(&self.http, module, &chosen).await?;
            version = Some(chosen);
        }
        let commit = locked.and_then(|l| l.commit.as_deref());
        let commit = match &address {
            Address::Registry(_) => return Err("one registry sends to another".to_owned()),
            Address::Git(repository) => Some(git::fetch(repository, commit, into).await?),
            Address::Archive(archive) => {
                archive::fetch(&self.http, archive, into).await?;
                None
            }
        };
        Ok(Found { version, commit })
    }

    /// The mark goes before the old package does, and comes after the new one.
    fn put(&self, from: &Path, directory: &str, digest: &str) -> std::io::Result<()> {
        let to = self.root.join(MODULES).join(directory);
        let mark = self.root.join(MODULES).join(format!("{directory}.digest"));
        for gone in [std::fs::remove_file(&mark), std::fs::remove_dir_all(&to)] {
            match gone {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        std::fs::rename(from, &to)?;
        std::fs::write(&mark, digest)
    }

    /// Writes a file of the configuration's directory in one move.
    pub fn write_file(&self, name: &str, text: &str) -> std::io::Result<()> {
        let path = self.root.join(name);
        let mut file = tempfile::NamedTempFile::new_in(&self.root)?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        file.as_file().set_permissions(open)?;
        file.persist(path).map(drop).map_err(|e| e.error)
    }
}
