//! A world that remembers what was read through it: a plan keeps these texts, so that apply can work out the same configuration
//! without the directory.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::base::ports::{Functions, Memory, World};

/// Passes everything on to another world and remembers the texts.
pub struct Recorder {
    inner: Arc<dyn World>,
    texts: Mutex<BTreeMap<String, String>>,
    planned_at: OnceLock<u64>,
    functions: Option<Arc<dyn Functions>>,
}

impl Recorder {
    /// Nothing is read yet; and whom to ask for the functions of providers.
    pub fn new(inner: Arc<dyn World>, functions: Option<Arc<dyn Functions>>) -> Self {
        Self {
            inner,
            functions,
            texts: Mutex::default(),
            planned_at: OnceLock::new(),
        }
    }

    /// What was said of the point in time that the plan is made at; nothing where nobody asked.
    pub fn asked_at_millis(&self) -> Option<u64> {
        self.planned_at.get().copied()
    }

    /// Every text that was read so far, by path.
    pub fn texts(&self) -> BTreeMap<String, String> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl World for Recorder {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let bytes = self.inner.read(path)?;
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let path = path.trim_start_matches("./").to_owned();
            let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
            texts.entry(path).or_insert_with(|| text.to_owned());
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

    fn now_millis(&self) -> u64 {
        self.inner.now_millis()
    }

    fn planned_at_millis(&self) -> u64 {
        *self.planned_at.get_or_init(|| self.inner.planned_at_millis())
    }

    fn memory(&self) -> Option<&dyn Memory> {
        self.inner.memory()
    }

    fn random(&self) -> io::Result<[u8; 16]> {
        self.inner.random()
    }

    fn functions(&self) -> Option<Arc<dyn Functions>> {
        self.functions.clone()
    }
}
