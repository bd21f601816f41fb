//! The package of a plug-in, and how it is put into its place.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{How, Refusal};
use crate::run::fetch::archive;
use crate::run::provider::plugin::hash;

/// A package that can be put in its place.
pub(super) struct Package {
    what: What,
    how: How,
    /// Hashes that others vouch for, of packages of this version for all systems.
    vouched: BTreeSet<String>,
    /// It must have one of these; empty: whatever it has.
    announced: BTreeSet<String>,
}

enum What {
    Directory(PathBuf),
    Archive(Vec<u8>),
}

impl Package {
    /// One that lies in a directory.
    pub fn unpacked(path: PathBuf, how: How) -> Self {
        Self {
            what: What::Directory(path),
            how,
            vouched: BTreeSet::new(),
            announced: BTreeSet::new(),
        }
    }

    /// One that is an archive.
    pub fn archive(bytes: Vec<u8>, how: How) -> Self {
        Self {
            what: What::Archive(bytes),
            how,
            vouched: BTreeSet::new(),
            announced: BTreeSet::new(),
        }
    }

    /// The same, that must have one of these hashes.
    pub fn must_be(self, announced: BTreeSet<String>) -> Self {
        Self { announced, ..self }
    }

    /// The same, with hashes that somebody vouches for.
    pub fn vouched(self, vouched: BTreeSet<String>) -> Self {
        Self { vouched, ..self }
    }

    /// Puts it in a place in one move, once its hashes are accepted. What was there before is replaced.
    pub fn put(
        self,
        into: &Path,
        accept: &dyn Fn(&BTreeSet<String>) -> Result<(), Refusal>,
    ) -> Result<(How, BTreeSet<String>), Refusal> {
        let mut hashes = BTreeSet::new();
        let announced =
            |hashes: &BTreeSet<String>| match self.announced.is_empty() || !self.announced.is_disjoint(hashes) {
                true => Ok(()),
                false => Err(Refusal::from(
                    "what came is not what was announced: its digest is another one".to_owned(),
                )),
            };
        match self.what {
            What::Directory(path) => {
                hashes.insert(hash::of(&path)?);
                announced(&hashes)?;
                accept(&hashes)?;
                link(&path, into)?;
            }
            What::Archive(bytes) => {
                hashes.insert(hash::of_archive(&bytes));
                let parent = into.parent().unwrap_or(into);
                fs::create_dir_all(parent)?;
                let aside = tempfile::Builder::new().prefix(".new-").tempdir_in(parent)?;
                let whole = aside.path().join("package");
                archive::unzip(bytes, &whole)?;
                hashes.insert(hash::of(&whole)?);
                announced(&hashes)?;
                accept(&hashes)?;
                take_away(into)?;
                fs::rename(&whole, into)?;
            }
        }
        hashes.extend(self.vouched);
        Ok((self.how, hashes))
    }
}

/// Makes a place point to a directory.
pub(super) fn link(directory: &Path, place: &Path) -> io::Result<()> {
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent)?;
    }
    let directory = directory.canonicalize()?;
    if place.canonicalize().is_ok_and(|p| p == directory) {
        return Ok(());
    }
    take_away(place)?;
    std::os::unix::fs::symlink(directory, place)
}

fn take_away(place: &Path) -> io::Result<()> {
    let gone = match place.symlink_metadata() {
        Ok(is) if is.is_dir() => fs::remove_dir_all(place),
        Ok(_) => fs::remove_file(place),
        Err(e) => Err(e),
    };
    match gone {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}
