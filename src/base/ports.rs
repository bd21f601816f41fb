//! The ways out: below the front, nothing reads a file, the environment or the clock but through these.

use std::io;
use std::sync::Arc;

use situs_provider::ProviderSchema;
use situs_value::Value;

/// What a configuration is read from. Paths are relative to the configuration's directory, with `/`.
pub trait World: Send + Sync {
    /// The bytes of a file.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
    /// The names in a directory, sorted; `""` and `"."` are the configuration's own.
    fn list(&self, directory: &str) -> io::Result<Vec<String>>;
    /// A variable of the environment.
    fn env(&self, name: &str) -> Option<String>;
    /// All variables of the environment, sorted by name.
    fn envs(&self) -> Vec<(String, String)>;
    /// The configuration's directory as an absolute path: what providers that write files start from.
    fn root(&self) -> String;
    /// The point in time it is now. Milliseconds since 1970-01-01T00:00:00Z.
    fn now_millis(&self) -> u64;
    /// The point in time that a plan is made at: one for all of a plan, and for its apply.
    fn planned_at_millis(&self) -> u64 {
        self.now_millis()
    }
    /// Bytes that nobody can foresee.
    fn random(&self) -> io::Result<[u8; 16]>;
    /// What was worked out before.
    fn memory(&self) -> Option<&dyn Memory> {
        None
    }
    /// Whom to ask for the functions of providers.
    fn functions(&self) -> Option<Arc<dyn Functions>> {
        None
    }
}

/// The functions of providers.
pub trait Functions: Send + Sync {
    /// What the provider with a source offers; `Err` says why it cannot be had, in lines.
    fn of(&self, source: &str) -> Result<Arc<ProviderSchema>, Vec<String>>;
    /// Calls one with values of its parameters' types; `Err` says why there is no result, and which argument is to blame.
    fn call(&self, source: &str, name: &str, arguments: &[Value]) -> Result<Value, (String, Option<usize>)>;
}

impl std::fmt::Debug for dyn Functions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the functions of providers")
    }
}

/// A digest of what something was worked out from.
pub type MemoryKey = [u8; 16];

/// What was worked out before, by a digest of all that it was worked out from: it saves time, and decides nothing.
pub trait Memory: Send + Sync {
    /// What is remembered.
    fn recall(&self, key: &MemoryKey) -> Option<&[u8]>;
    /// Remembers something.
    fn keep(&self, key: MemoryKey, bytes: Vec<u8>);
}

/// The clock.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_millis(&self) -> u64;
}

/// A world in memory: what tests and editors use.
#[derive(Clone, Debug, Default)]
pub struct MemoryWorld {
    /// Path to content.
    pub files: std::collections::BTreeMap<String, String>,
    /// The environment.
    pub env: std::collections::BTreeMap<String, String>,
}

impl World for MemoryWorld {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let path = path.trim_start_matches("./");
        self.files
            .get(path)
            .map(|t| t.clone().into_bytes())
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        let prefix = match directory.trim_start_matches("./").trim_end_matches('/') {
            "" | "." => String::new(),
            other => format!("{other}/"),
        };
        let mut names: Vec<String> = self
            .files
            .keys()
            .filter_map(|path| path.strip_prefix(&prefix))
            .filter_map(|rest| rest.split('/').next().map(str::to_owned))
            .collect();
        names.dedup();
        Ok(names)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned()
    }

    fn envs(&self) -> Vec<(String, String)> {
        self.env.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    fn root(&self) -> String {
        "/memory".to_owned()
    }

    fn now_millis(&self) -> u64 {
        0
    }

    fn random(&self) -> io::Result<[u8; 16]> {
        Ok([0; 16])
    }
}
