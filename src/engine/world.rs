//! Two worlds around the real one: [`Recorded`] keeps what a configuration was read from, so that a plan can carry it; [`Frozen`] is
//! that record, so that a plan file is applied on what it was made from and not on what the directory holds by then.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::ports::World;
use crate::run::plan::change::Input;

/// A world that keeps what was read from it.
pub struct Recorded {
    inner: Arc<dyn World>,
    files: Mutex<BTreeMap<String, String>>,
}

impl Recorded {
    /// A record of reads from `inner`, empty so far.
    pub fn new(inner: Arc<dyn World>) -> Self {
        Self {
            inner,
            files: Mutex::default(),
        }
    }

    /// What was read so far: path to text.
    pub fn files(&self) -> BTreeMap<String, String> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl World for Recorded {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let bytes = self.inner.read(path)?;
        if let Ok(text) = String::from_utf8(bytes.clone()) {
            let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            files.insert(path.to_owned(), text);
        }
        Ok(bytes)
    }

    fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        self.inner.list(directory)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.inner.env(name)
    }

    fn envs(&self) -> Vec<(String, String)> {
        self.inner.envs()
    }

    fn root(&self) -> String {
        self.inner.root()
    }
}

/// The world that a plan was made from.
pub struct Frozen {
    input: Input,
}

impl Frozen {
    /// The world of this record.
    pub fn new(input: Input) -> Self {
        Self { input }
    }
}

impl World for Frozen {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let text = self.input.files.get(path);
        text.map(|t| t.clone().into_bytes())
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        let prefix = match directory.trim_start_matches("./").trim_end_matches('/') {
            "" | "." => String::new(),
            other => format!("{other}/"),
        };
        let inside = self.input.files.keys().filter_map(|path| path.strip_prefix(&prefix));
        let mut names: Vec<String> = inside.filter_map(|rest| rest.split('/').next().map(str::to_owned)).collect();
        names.dedup();
        Ok(names)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.input.environment.get(name).cloned()
    }

    fn envs(&self) -> Vec<(String, String)> {
        let all = self.input.environment.iter();
        all.map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    fn root(&self) -> String {
        self.input.directory.clone()
    }
}
