//! What is written beside a process, and where.
//!
//! | file | who writes it | what it says |
//! |---|---|---|
//! | `spec.json` | `situs` | what shall run |
//! | `secrets.json` | `situs` | what more of its environment is kept out of sight |
//! | `status.json` | the supervisor | what runs |
//! | `unproven` | `situs` | it was started, and has not been seen healthy yet |
//! | `lock`, `alive` | nobody | see [`super::claim`] |
//! | `log`, `log.1` | the process | what it said |

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use situs_value::Value;

use crate::disk;

use super::os::Identity;

/// The format of `spec.json`.
pub const FORMAT: u32 = 1;
/// The variable that every process of a resource carries.
pub const MARK: &str = "SITUS_RESOURCE_ID";

/// What shall run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// [`FORMAT`].
    pub format: u32,
    /// The resource.
    pub id: String,
    /// The change that last wrote this.
    pub key: String,
    /// Counts the changes.
    pub generation: u64,
    /// Counts those that need a new start.
    pub run: u64,
    /// How it is started and kept.
    pub launch: Launch,
    /// The resource's object, without what changes by itself.
    pub object: Value,
}

/// How a process is started and kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Launch {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Its environment, without secrets.
    pub environment: BTreeMap<String, String>,
    /// Where it runs, absolute.
    pub directory: PathBuf,
    /// Where its ports are.
    pub host: String,
    /// Ports that must be free when it starts.
    pub ports: BTreeMap<String, u16>,
    /// What happens when it ends.
    pub restart: Restart,
    /// How long it may take to end.
    pub stop_timeout_ms: u64,
}

/// What happens when a process ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// It is started again.
    Always,
    /// It is started again unless it ended well or was asked to.
    #[default]
    OnFailure,
    /// It stays ended.
    Never,
}

impl Restart {
    /// As it is written.
    pub const WORDS: [(&'static str, Restart); 3] = [
        ("always", Restart::Always),
        ("on_failure", Restart::OnFailure),
        ("never", Restart::Never),
    ];

    /// The word's meaning.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS
            .iter()
            .find(|(w, _)| *w == word)
            .map(|(_, restart)| *restart)
    }
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// [`Spec::generation`] that the supervisor keeps to.
    pub generation: u64,
    /// [`Spec::run`] that was started last.
    pub run: u64,
    /// Who says this.
    pub supervisor: Identity,
    /// How far it is.
    pub phase: Phase,
    /// The process; also one that an earlier supervisor left.
    pub child: Option<Identity>,
    /// How often it was started again by itself.
    pub restarts: u64,
    /// How it ended the last time, or why it did not start.
    pub ended: Option<String>,
}

/// How far a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Being started, perhaps after another one is stopped.
    Starting,
    /// Started.
    Running,
    /// Ended, and waiting to be started again.
    Waiting,
    /// Ended for good.
    Stopped,
    /// Could not be started.
    Failed,
}

impl Phase {
    /// Whether its supervisor is done with it.
    pub fn is_final(self) -> bool {
        matches!(self, Phase::Stopped | Phase::Failed)
    }
}

/// The directory of one process.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

impl Home {
    /// This directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self(directory.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What shall run; nothing where nothing shall. One that a power cut spoilt counts as nothing: what ran is gone too.
    pub fn spec(&self) -> io::Result<Option<Spec>> {
        match self.load::<Spec>("spec.json")? {
            Some(spec) if spec.format > FORMAT => {
                Err(io::Error::other("a newer version of situs wrote its `spec.json`"))
            }
            spec => Ok(spec),
        }
    }

    /// What runs, as far as a supervisor has told.
    pub fn status(&self) -> Option<Status> {
        self.load("status.json").ok().flatten()
    }

    /// The secret part of the environment.
    pub fn secrets(&self) -> io::Result<BTreeMap<String, String>> {
        Ok(self.load("secrets.json")?.unwrap_or_default())
    }

    fn load<T: DeserializeOwned>(&self, name: &str) -> io::Result<Option<T>> {
        let bytes = disk::found(fs::read(self.file(name)))?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Writes one of its files, whole or not at all, for the owner's eyes only.
    pub fn save<T: Serialize>(&self, name: &str, what: &T) -> io::Result<()> {
        disk::write(&self.file(name), &serde_json::to_vec(what)?, 0o600)
    }

    /// Whether it was started and not yet seen healthy.
    pub fn is_unproven(&self) -> bool {
        self.file("unproven").exists()
    }

    /// Notes that it is started and not yet seen healthy, or that it was seen.
    pub fn set_unproven(&self, unproven: bool) -> io::Result<()> {
        if unproven {
            disk::write(&self.file("unproven"), b"", 0o600)
        } else {
            disk::remove(&self.file("unproven"))
        }
    }

    /// Takes all away but the logs, the spec first: from then on nobody starts it any more.
    pub fn clear(&self) -> io::Result<()> {
        let files = ["spec.json", "secrets.json", "unproven", "status.json", "alive", "lock"];
        files.iter().try_for_each(|name| disk::remove(&self.file(name)))?;
        // Goes only where there is no log, which is rightly no mistake.
        let _ = fs::remove_dir(&self.0);
        Ok(())
    }

    /// How long the log is.
    pub fn log_length(&self) -> u64 {
        fs::metadata(self.file("log")).map_or(0, |m| m.len())
    }

    /// The last lines that were written to the log after it had that length.
    pub fn log_tail(&self, from: u64) -> Vec<String> {
        const LINES: usize = 10;
        let bytes = fs::read(self.file("log")).unwrap_or_default();
        let start = usize::try_from(from).unwrap_or(0);
        let new = bytes.get(start..).unwrap_or(&bytes);
        let text = String::from_utf8_lossy(new);
        let lines: Vec<&str> = text.lines().collect();
        lines
            .iter()
            .skip(lines.len().saturating_sub(LINES))
            .map(|l| (*l).to_owned())
            .collect()
    }
}
