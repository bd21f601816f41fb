//! What was worked out before, in a file of the user's own cache directory: one for each configuration's directory. It saves time and decides
//! nothing: where it is lost, broken or of another version, all is worked out again.
//!
//! It does not lie in the configuration's directory, where somebody else could have put it.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::base::digest::Digest;
use crate::base::ports::{Memory, MemoryKey};

/// The files of so many directories are kept.
const DIRECTORIES: usize = 32;
/// The bytes of a key and of a length.
const ENTRY: usize = 16 + 4;
/// The bytes of the digest at the end.
const SEAL: usize = 16;

/// A memory in a file.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
    old: OnceLock<Old>,
    new: Mutex<HashMap<MemoryKey, Vec<u8>>>,
}

/// What the file held.
#[derive(Debug, Default)]
struct Old {
    bytes: Vec<u8>,
    entries: HashMap<MemoryKey, (Range<usize>, AtomicBool)>,
}

impl Kept {
    /// The memory for a directory; nothing where the user has no cache directory, or wants none (`SITUS_CACHE=0`).
    pub fn of(directory: &Path) -> Option<Self> {
        let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let refused = std::env::var("SITUS_CACHE").is_ok_and(|v| matches!(v.as_str(), "0" | "false"));
        let cache = Some(())
            .filter(|()| !refused)
            .and_then(|()| variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache"))))?;
        let name = Digest::of(directory.as_os_str().as_encoded_bytes()).short();
        Some(Self::at(cache.join("situs").join(format!("items-{name}"))))
    }

    /// The memory in this file.
    pub fn at(path: PathBuf) -> Self {
        Self {
            path,
            old: OnceLock::new(),
            new: Mutex::default(),
        }
    }

    fn old(&self) -> &Old {
        self.old.get_or_init(|| {
            let bytes = fs::read(&self.path).unwrap_or_default();
            read(&bytes).map(|entries| Old { bytes, entries }).unwrap_or_default()
        })
    }

    /// Writes down what is new, and of the old what was asked for. A failure loses time and nothing else.
    pub fn write(&self) {
        let new = std::mem::take(&mut *self.new.lock().unwrap_or_else(PoisonError::into_inner));
        if !new.is_empty() {
            let _ = self.put(&new);
        }
    }

    fn put(&self, new: &HashMap<MemoryKey, Vec<u8>>) -> std::io::Result<()> {
        let Some(directory) = self.path.parent() else {
            return Ok(());
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let old = self.old();
        let used = old.entries.iter().filter(|(_, (_, used))| used.load(Ordering::Relaxed));
        let used = used.filter_map(|(key, (range, _))| Some((key, old.bytes.get(range.clone())?)));
        let mut all: Vec<(&MemoryKey, &[u8])> = used.chain(new.iter().map(|(k, v)| (k, v.as_slice()))).collect();
        all.sort_unstable();
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(&written(&all))?;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o600))?;
        file.persist(&self.path).map_err(|e| e.error)?;
        forget_others(directory)
    }
}

impl Memory for Kept {
    fn recall(&self, key: &MemoryKey) -> Option<&[u8]> {
        let old = self.old();
        let (range, used) = old.entries.get(key)?;
        used.store(true, Ordering::Relaxed);
        old.bytes.get(range.clone())
    }

    fn keep(&self, key: MemoryKey, bytes: Vec<u8>) {
        self.new
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, bytes);
    }
}

/// How many, then the key and the length of each, then their bytes, then a digest of all that.
fn written(all: &[(&MemoryKey, &[u8])]) -> Vec<u8> {
    let size: usize = all.iter().map(|(_, bytes)| ENTRY + bytes.len()).sum();
    let mut file = Vec::with_capacity(4 + size + SEAL);
    file.extend(u32::try_from(all.len()).unwrap_or(0).to_le_bytes());
    for (key, bytes) in all {
        file.extend_from_slice(*key);
        file.extend(u32::try_from(bytes.len()).unwrap_or(0).to_le_bytes());
    }
    all.iter().for_each(|(_, bytes)| file.extend_from_slice(bytes));
    let seal = Digest::of(&file).half();
    file.extend(seal);
    file
}

/// Where the entries of a file are; nothing where it is not whole.
fn read(file: &[u8]) -> Option<HashMap<MemoryKey, (Range<usize>, AtomicBool)>> {
    let (whole, seal) = file.split_at_checked(file.len().checked_sub(SEAL)?)?;
    if Digest::of(whole).half() != *seal {
        return None;
    }
    let number = |at: usize| -> Option<usize> {
        let bytes = whole.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    };
    let count = number(0)?;
    let mut at = 4 + count.checked_mul(ENTRY)?;
    let mut entries = HashMap::with_capacity(count.min(whole.len() / ENTRY));
    for entry in 0..count {
        let head = 4 + entry * ENTRY;
        let key: MemoryKey = whole.get(head..head + 16)?.try_into().ok()?;
        let end = at.checked_add(number(head + 16)?)?;
        entries.insert(key, (at..end, AtomicBool::new(false)));
        at = end;
    }
    (at == whole.len()).then_some(entries)
}

/// Takes the files away that were written longest ago.
fn forget_others(directory: &Path) -> std::io::Result<()> {
    let mut files: Vec<_> = fs::read_dir(directory)?
        .flatten()
        .filter(|e| e.file_name().to_string_lossy().starts_with("items-"))
        .filter_map(|e| Some((e.metadata().ok()?.modified().ok()?, e.path())))
        .collect();
    files.sort_unstable();
    let many = files.len().saturating_sub(DIRECTORIES);
    files.iter().take(many).try_for_each(|(_, path)| fs::remove_file(path))
}
