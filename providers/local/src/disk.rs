//! Small files: written whole or not at all, and their modes.
//!
//! Nothing here is synced to the disk. What is written can be made again from the configuration: after a power cut a file that
//! did not reach the disk reads as missing or other than it was, and the next plan mends it.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use situs_provider::Problem;

/// Replaces the file in one step: a reader finds the old content or the new, never a part.
pub fn write(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let new = beside(path)?;
    let written = fill(&new, content, mode).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

fn fill(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut file = open_new(path)?;
    file.write_all(content)?;
    file.set_permissions(Permissions::from_mode(mode))
}

/// Where the new content waits. The name is always the same, so that what a killed run left is used up by the next.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    let mut new = std::ffi::OsString::from(".");
    new.push(name);
    new.push(".situs-new");
    Ok(path.with_file_name(new))
}

/// Opens a file that is not there: never one that somebody else put there to be followed.
fn open_new(path: &Path) -> io::Result<File> {
    let open = || OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match open() {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => fs::remove_file(path).and_then(|()| open()),
        Err(error) if error.kind() == ErrorKind::NotFound => make_parents(path).and_then(|()| open()),
        other => other,
    }
}

fn make_parents(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Makes a directory that only its owner may enter, with all above it.
pub fn private_directory(path: &Path) -> io::Result<()> {
    make_parents(path)?;
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Takes a file away; one that is not there is no mistake.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// What something that may not be there is.
pub fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A mode as it is written: three or four octal digits.
pub fn parse_mode(text: &str) -> Option<u32> {
    let digits = (3..=4).contains(&text.len()) && text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    digits.then(|| u32::from_str_radix(text, 8).ok()).flatten()
}

/// A mode as it is shown: four octal digits.
pub fn show_mode(mode: u32) -> String {
    format!("{:04o}", mode & 0o7777)
}

/// The configured text where it stands for this mode, else the mode as it is shown.
pub fn same_mode(configured: Option<&str>, mode: u32) -> String {
    match configured {
        Some(text) if parse_mode(text) == Some(mode & 0o7777) => text.to_owned(),
        _ => show_mode(mode),
    }
}

/// What the system says about a path, as a problem.
pub fn problem(what: &str, path: &str, error: &io::Error) -> Problem {
    Problem::error(format!("cannot {what} `{path}`: {}", plain(error)), String::new())
}

/// The words without `(os error 2)`.
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}
