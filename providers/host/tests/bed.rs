//! A host for one test, and a provider that is configured for it.

use std::path::Path;

use situs_sdk::trial::{Made, Trial};
use situs_testbed::HOST;
pub use situs_testbed::text;

/// A host that is up.
pub struct Bed {
    pub trial: Trial,
    pub bed: situs_testbed::Bed,
}

impl Bed {
    /// One; nothing where that cannot be.
    pub async fn up() -> Option<Self> {
        let base = std::env::temp_dir();
        let bed = situs_testbed::Bed::up(&base, &[HOST], "./host up edge 21", "./host down edge")?;
        let trial = begin(&bed.directory).await.unwrap();
        Some(Self { trial, bed })
    }

    /// Makes something, and looks at it from all sides.
    pub async fn make(&self, type_name: &str, config: &str) -> Made {
        self.trial.create(type_name, &text(config)).await.unwrap()
    }

    /// Runs something there by another way.
    pub fn there(&self, command: &str) -> String {
        self.bed.host("edge", command)
    }

    /// Where its files are.
    pub fn directory(&self) -> &Path {
        &self.bed.directory
    }
}

/// A provider for the host in a directory.
pub async fn begin(directory: &Path) -> Result<Trial, Vec<String>> {
    let config = directory.join("edge/ssh_config");
    let config = text(&format!(
        r#"{{"address": "edge", "config_file": "{}"}}"#,
        config.display()
    ));
    Trial::begin(situs_host::provider(), config, directory.to_str().unwrap()).await
}
