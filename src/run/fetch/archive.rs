//! Archives: `zip` and `tar.gz`. Nothing of one leaves its directory, and it does not fill the disk.

use std::io::{Cursor, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use reqwest::Url;

use super::address::{Address, Archive};
use super::http::Client;
use super::tree;

/// What is in an archive is no larger.
const LARGEST: u64 = 1 << 30;

/// Fetches an archive and unpacks it. A server may send elsewhere by `X-Terraform-Get`.
pub(super) async fn fetch(http: &Client, from: &Archive, into: &Path) -> Result<(), String> {
    let url = Url::parse(&from.url).map_err(|e| format!("`{}` is no address: {e}", from.url))?;
    let mut form = form_of(from.form.as_deref(), url.path());
    let mut asked = url.clone();
    if form.is_none() {
        asked.query_pairs_mut().append_pair("terraform-get", "1");
    }
    let (headers, mut bytes) = http.bytes(&asked).await?;
    let mut inside = from.inside.clone();
    if form.is_none() {
        let sent = headers.get("X-Terraform-Get").and_then(|v| v.to_str().ok());
        let sent =
            sent.ok_or("it is no archive by its name: `.zip` or `.tar.gz`, or write `?archive=zip` behind it")?;
        let Address::Archive(next) = Address::read(sent)? else {
            return Err(format!("it sends to `{sent}`, which is no archive"));
        };
        let url = Url::parse(&next.url).map_err(|e| format!("`{}` is no address: {e}", next.url))?;
        form = form_of(next.form.as_deref(), url.path());
        if inside.is_empty() {
            inside = next.inside;
        }
        bytes = http.bytes(&url).await?.1;
    }
    let whole = if inside.is_empty() {
        into.to_path_buf()
    } else {
        into.with_extension("whole")
    };
    let mut unpacker = Unpacker {
        root: whole.clone(),
        left: LARGEST,
    };
    std::fs::create_dir_all(&whole).map_err(|e| e.to_string())?;
    match form {
        Some(Form::Zip) => unpacker.zip(bytes)?,
        Some(Form::TarGz) => unpacker.tar(GzDecoder::new(Cursor::new(bytes)))?,
        Some(Form::Tar) => unpacker.tar(Cursor::new(bytes))?,
        None => return Err("it is an archive of no form that is known here: `zip`, `tar` or `tar.gz`".to_owned()),
    }
    match inside.is_empty() {
        true => Ok(()),
        false => tree::take_out(&whole, &inside, into),
    }
}

/// Unpacks a zip archive into a directory.
pub(super) fn unzip(bytes: Vec<u8>, into: &Path) -> Result<(), String> {
    std::fs::create_dir_all(into).map_err(|e| e.to_string())?;
    let mut unpacker = Unpacker {
        root: into.to_path_buf(),
        left: LARGEST,
    };
    unpacker.zip(bytes)
}

#[derive(Clone, Copy)]
enum Form {
    Zip,
    TarGz,
    Tar,
}

fn form_of(said: Option<&str>, path: &str) -> Option<Form> {
    let is = |end: &str| said.map_or_else(|| path.ends_with(&format!(".{end}")), |s| s == end);
    match () {
        () if is("zip") => Some(Form::Zip),
        () if is("tar.gz") || is("tgz") => Some(Form::TarGz),
        () if is("tar") => Some(Form::Tar),
        () => None,
    }
}

struct Unpacker {
    root: PathBuf,
    left: u64,
}

impl Unpacker {
    fn zip(&mut self, bytes: Vec<u8>) -> Result<(), String> {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| format!("no zip archive: {e}"))?;
        for i in 0..archive.len() {
            let mut entry = archive.by_index(i).map_err(|e| format!("a broken zip archive: {e}"))?;
            let path = entry.name().map_err(|e| format!("a broken zip archive: {e}"))?;
            let path = PathBuf::from(path.into_owned());
            let runs = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
            if entry.is_dir() || entry.is_symlink() {
                continue;
            }
            self.file(&path, runs, &mut entry)?;
        }
        Ok(())
    }

    fn tar(&mut self, from: impl Read) -> Result<(), String> {
        let mut archive = tar::Archive::new(from);
        for entry in archive.entries().map_err(|e| format!("no tar archive: {e}"))? {
            let mut entry = entry.map_err(|e| format!("a broken tar archive: {e}"))?;
            let path = entry
                .path()
                .map_err(|e| format!("a broken tar archive: {e}"))?
                .into_owned();
            let runs = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
            if entry.header().entry_type().is_file() {
                self.file(&path, runs, &mut entry)?;
            }
        }
        Ok(())
    }

    /// Links and special files are left out: a module is text.
    fn file(&mut self, path: &Path, runs: bool, from: &mut dyn Read) -> Result<(), String> {
        let plain = path
            .components()
            .all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
        if !plain {
            return Err(format!("`{}` would leave its directory", path.display()));
        }
        let to = self.root.join(path);
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent).map_err(|e| e.to_string())?;
        }
        let mut file = std::fs::File::create(&to).map_err(|e| e.to_string())?;
        let written =
            std::io::copy(&mut from.take(self.left + 1), &mut file).map_err(|e| format!("a broken archive: {e}"))?;
        self.left = self
            .left
            .checked_sub(written)
            .ok_or_else(|| format!("what is in it is larger than {} MiB", LARGEST >> 20))?;
        if runs {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            file.set_permissions(mode).map_err(|e| e.to_string())?;
        }
        Ok(())
    }
}
