//! The hashes of packages as lock files have them: `h1:` is Go's digest of a directory (golang.org/x/mod/sumdb/dirhash: SHA-256 over a line
//! `DIGEST  PATH` for each file, in the order of paths), `zh:` the SHA-256 of an archive.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The `h1:` of what is in a directory.
pub fn of(directory: &Path) -> io::Result<String> {
    let mut lines = String::new();
    for path in files(directory)? {
        let mut hasher = Sha256::new();
        io::copy(&mut File::open(directory.join(&path))?, &mut Sink(&mut hasher))?;
        let _ = writeln!(lines, "{}  {path}", hex(&hasher.finalize()));
    }
    Ok(format!("h1:{}", STANDARD.encode(Sha256::digest(lines.as_bytes()))))
}

/// The `zh:` of an archive.
pub fn of_archive(bytes: &[u8]) -> String {
    format!("zh:{}", hex(&Sha256::digest(bytes)))
}

/// The paths of all files below a directory, in their order.
pub fn files(directory: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(directory.join(&at))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if at.is_empty() { name } else { format!("{at}/{name}") };
            match entry.file_type()?.is_dir() {
                true => open.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    Ok(found)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

struct Sink<'h>(&'h mut Sha256);

impl io::Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
