//! A world with one file more than there is.

use std::io;
use std::sync::Arc;

use crate::base::ports::{Memory, World};

/// See the module.
pub(super) struct Overlay {
    pub below: Arc<dyn World>,
    /// The path of the file: one of the configuration's own directory.
    pub path: String,
    pub text: String,
}

impl World for Overlay {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match path == self.path {
            true => Ok(self.text.clone().into_bytes()),
            false => self.below.read(path),
        }
    }

    fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        let mut names = self.below.list(directory)?;
        if matches!(directory, "" | ".") {
            names.push(self.path.clone());
        }
        Ok(names)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.below.env(name)
    }

    fn envs(&self) -> Vec<(String, String)> {
        self.below.envs()
    }

    fn root(&self) -> String {
        self.below.root()
    }

    fn now_millis(&self) -> u64 {
        self.below.now_millis()
    }

    fn planned_at_millis(&self) -> u64 {
        self.below.planned_at_millis()
    }

    fn random(&self) -> io::Result<[u8; 16]> {
        self.below.random()
    }

    fn memory(&self) -> Option<&dyn Memory> {
        self.below.memory()
    }
}
