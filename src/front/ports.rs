//! The real ways out: a directory and the environment as the [`World`], the machine's clock.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::base::ports::{Clock, Memory, World};

use super::memory::Kept;

/// A directory, and the environment of this process.
#[derive(Clone, Debug)]
pub struct Directory {
    root: PathBuf,
    memory: Option<Arc<Kept>>,
}

impl Directory {
    /// The world of a directory, which must be one.
    pub fn new(root: &Path) -> io::Result<Self> {
        let root = root.canonicalize()?;
        if root.is_dir() {
            let memory = Kept::of(&root).map(Arc::new);
            Ok(Self { root, memory })
        } else {
            Err(io::Error::from(io::ErrorKind::NotADirectory))
        }
    }

    /// Writes down what was worked out and may be needed again.
    pub fn remember(&self) {
        if let Some(memory) = &self.memory {
            memory.write();
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.root
    }
}

impl World for Directory {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.root.join(path))
    }

    fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        let mut names: Vec<String> = std::fs::read_dir(self.root.join(directory))?
            .map(|entry| entry.map(|e| e.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<_>>()?;
        names.sort();
        Ok(names)
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn envs(&self) -> Vec<(String, String)> {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let mut all: Vec<(String, String)> = std::env::vars_os().filter_map(text).collect();
        all.sort();
        all
    }

    fn root(&self) -> String {
        self.root.to_string_lossy().into_owned()
    }

    fn memory(&self) -> Option<&dyn Memory> {
        self.memory.as_deref().map(|memory| memory as &dyn Memory)
    }

    fn now_millis(&self) -> u64 {
        MachineClock.now_millis()
    }

    fn random(&self) -> io::Result<[u8; 16]> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(bytes)
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct MachineClock;

impl Clock for MachineClock {
    fn now_millis(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}
