//! Directories of packages.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::base::digest::Digest;

/// The digest of all that is in a directory: of each file its path, whether it can be run, and its bytes; of a link where it points; in
/// the order of their paths.
pub(super) fn digest(directory: &Path) -> io::Result<Digest> {
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for path in paths(directory)? {
        let whole = directory.join(&path);
        let meta = whole.symlink_metadata()?;
        parts.push(path.to_string_lossy().into_owned().into_bytes());
        if meta.is_symlink() {
            parts.push(b"link".to_vec());
            parts.push(std::fs::read_link(&whole)?.to_string_lossy().into_owned().into_bytes());
        } else {
            let runs = meta.permissions().mode() & 0o100 != 0;
            parts.push(if runs { b"program".to_vec() } else { b"file".to_vec() });
            parts.push(std::fs::read(&whole)?);
        }
    }
    Ok(Digest::of_parts(parts))
}

/// Every file and link, seen from the directory, sorted.
fn paths(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(directory.join(&at))? {
            let entry = entry?;
            let path = at.join(entry.file_name());
            match entry.file_type()?.is_dir() {
                true => open.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Takes away what `git` keeps, in the repository and in those below it.
pub(super) fn without_git(directory: &Path) -> io::Result<()> {
    let mut open = vec![directory.to_path_buf()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(&at)? {
            let entry = entry?;
            let is_directory = entry.file_type()?.is_dir();
            match (entry.file_name() == ".git", is_directory) {
                (true, true) => std::fs::remove_dir_all(entry.path())?,
                (true, false) => std::fs::remove_file(entry.path())?,
                (false, true) => open.push(entry.path()),
                (false, false) => {}
            }
        }
    }
    Ok(())
}

/// Makes a directory of a package the whole package; `*` stands for the only one there is.
pub(super) fn take_out(whole: &Path, inside: &str, into: &Path) -> Result<(), String> {
    let mut at = whole.to_path_buf();
    for part in inside.split('/').filter(|p| !p.is_empty()) {
        at = match part {
            "*" => only_one(&at)?,
            ".." => return Err(format!("`{inside}` leaves the package")),
            part => at.join(part),
        };
    }
    if !at.is_dir() {
        return Err(format!("the package has no directory `{inside}`"));
    }
    std::fs::rename(&at, into).map_err(|e| e.to_string())
}

fn only_one(directory: &Path) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(directory).map_err(|e| e.to_string())?;
    let directories: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.is_dir()).collect();
    match directories.as_slice() {
        [one] => Ok(one.clone()),
        all => Err(format!("`*` stands for one directory, and there are {}", all.len())),
    }
}
