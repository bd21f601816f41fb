//! Providers that are plug-ins: programs of their own that speak the Terraform plug-in protocol ([`situs_protocol`]). What one offers is
//! asked once and remembered by the digest of its program; its process is started for each configured provider, when that is first
//! needed (`client`).

mod alive;
mod client;
mod functions;
mod handshake;
pub mod hash;
pub mod installed;
mod legacy;
pub mod log;
mod offered;
mod process;
mod running;
mod tail;
mod wire;

pub use installed::{PACKAGES, system};

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prost::Message;
use situs_provider::{Problem, Provider};
use situs_value::Value;

use crate::base::digest::Digest;
use crate::base::ports::{MemoryKey, World};
use crate::base::{Diagnostic, Sources};
use crate::lang::config::plugin::PluginSource;
use crate::lang::config::provider_lock;
use crate::lang::config::settings::Settings;

use super::registry::Available;
use alive::Alive;
use client::Plugin;
use functions::Functions;
use log::Logs;
use offered::Offered;
use process::Launch;
use running::Running;

/// Why a provider cannot be had.
#[derive(Clone, Debug, PartialEq)]
pub enum Missing {
    /// Its source is none.
    NoSource(String),
    /// None of that source ships with the engine; these do.
    NotOurs(Vec<String>),
    /// It is not on this machine.
    NotInstalled,
    /// It is there, and does not work.
    Broken(Box<Problem>),
    /// It is there, and not what the lock file says: the hash that it has.
    NotAsLocked(String),
}

impl Missing {
    /// Says so, and what to do.
    pub fn tell(&self, said: Diagnostic) -> Diagnostic {
        match self {
            Missing::NoSource(why) => said.note(why.clone()),
            Missing::NotOurs(ours) => said.note(format!("these ship with Situs: {}", ours.join(", "))),
            Missing::NotInstalled => said
                .note("it is not installed")
                .help("`situs init` installs what `required_providers` names"),
            Missing::NotAsLocked(hash) => said
                .note(format!(
                    "what is installed is not what `{}` says: it has {hash}",
                    provider_lock::FILE
                ))
                .help("`situs init` installs it again"),
            Missing::Broken(problem) => {
                let lines = problem.detail.lines().filter(|l| !l.is_empty());
                lines.fold(said.note(problem.summary.clone()), |said, line| said.note(line))
            }
        }
    }

    /// Why, line by line.
    pub fn lines(&self) -> Vec<String> {
        self.tell(Diagnostic::error(super::pool::NO_PROVIDER, "")).notes
    }
}

/// A provider that was found, and how it is started.
#[derive(Clone)]
struct There {
    available: Arc<Available>,
    launch: Launch,
}

type Found = Result<There, Missing>;

/// The plug-ins of a configuration.
pub struct Plugins {
    world: Arc<dyn World>,
    settings: Settings,
    logs: Option<Logs>,
    alive: Alive,
    functions: Functions,
    known: Mutex<BTreeMap<String, Found>>,
}

impl Plugins {
    /// Those that are installed for the configuration of a directory, and those that a user's settings name; and who wants their logs.
    pub fn new(world: Arc<dyn World>, settings: Settings, logs: Option<Logs>) -> Self {
        Self {
            world,
            settings,
            logs,
            alive: Alive::default(),
            functions: Functions::default(),
            known: Mutex::default(),
        }
    }

    /// The provider of a source.
    pub fn get(&self, source: &str) -> Result<Arc<Available>, Missing> {
        self.there(source).map(|there| there.available)
    }

    fn there(&self, source: &str) -> Found {
        self.seek(&[source]);
        let known = self.known().get(source).cloned();
        known.unwrap_or(Err(Missing::NotInstalled))
    }

    /// Finds out what the providers of these sources offer, all at a time.
    pub fn seek(&self, sources: &[&str]) {
        let open: Vec<&str> = {
            let known = self.known();
            sources.iter().copied().filter(|s| !known.contains_key(*s)).collect()
        };
        if open.is_empty() {
            return;
        }
        let found = std::thread::scope(|scope| {
            let one = |source| scope.spawn(move || self.find(source));
            let running: Vec<_> = open.iter().map(|source| one(*source)).collect();
            let gone = || Err(Missing::Broken(Box::new(Problem::error("it could not be asked", ""))));
            running
                .into_iter()
                .map(|r| r.join().unwrap_or_else(|_| gone()))
                .collect::<Vec<_>>()
        });
        let all = open.into_iter().map(str::to_owned).zip(found);
        self.known().extend(all);
    }

    fn find(&self, source: &str) -> Found {
        let parsed = PluginSource::parse(source).map_err(Missing::NoSource)?;
        let root = PathBuf::from(self.world.root());
        let (package, version) = match installed::overridden(&self.settings, &root, &parsed) {
            Some(directory) => (directory, None),
            None => self.locked(&root, &parsed)?,
        };
        let binary = installed::program(&package, &parsed.name).ok_or(Missing::NotInstalled)?;
        let tls = self.world.env("SITUS_PLUGIN_TLS");
        let launch = self.launch(
            source,
            &parsed.name,
            binary,
            tls.is_some_and(|v| !matches!(v.as_str(), "" | "0" | "false")),
        );
        self.offers(launch, version)
    }

    fn launch(&self, source: &str, name: &str, binary: PathBuf, tls: bool) -> Launch {
        Launch {
            source: source.to_owned(),
            name: name.to_owned(),
            binary,
            logs: self.logs.clone(),
            tls,
            alive: self.alive.clone(),
        }
    }

    fn offers(&self, launch: Launch, version: Option<String>) -> Found {
        let offered = self.offered(&launch).map_err(|p| Missing::Broken(Box::new(p)))?;
        let offered = Arc::new(offered);
        let schema = offered.schema.clone();
        let own = launch.clone();
        let make = move || -> Arc<dyn Provider> { Arc::new(Plugin::new(own.clone(), offered.clone())) };
        let available = Available {
            source: launch.source.clone(),
            name: launch.name.clone(),
            version,
            runtime: "",
            make: Arc::new(make),
            schema,
        };
        Ok(There {
            available: Arc::new(available),
            launch,
        })
    }

    /// A program as a provider of that source, wherever it lies; spoken to over TLS where that is wanted.
    pub fn program(&self, binary: &Path, source: &str, tls: bool) -> Result<Arc<Available>, Missing> {
        let file = binary.file_name().unwrap_or_default().to_string_lossy();
        let name = file.strip_prefix("terraform-provider-").unwrap_or(&file);
        let name = name.split("_v").next().unwrap_or(name);
        let found = self.offers(self.launch(source, name, binary.to_owned(), tls), None);
        found.map(|there| there.available)
    }

    /// The package that is locked, and its version; found to be the one that is meant.
    fn locked(&self, root: &Path, source: &PluginSource) -> Result<(PathBuf, Option<String>), Missing> {
        let (lock, _) = provider_lock::read(&*self.world, &mut Sources::new());
        let (full, locked) = lock.get(source).ok_or(Missing::NotInstalled)?;
        let package = installed::package(root, &full, &locked.version).ok_or(Missing::NotInstalled)?;
        let hash = self.hash(&package).map_err(|e| {
            let title = format!("`{}` cannot be read", package.display());
            Missing::Broken(Box::new(Problem::error(title, e.to_string())))
        })?;
        match locked.hashes.is_empty() || locked.hashes.contains(&hash) {
            true => Ok((package, Some(locked.version.clone()))),
            false => Err(Missing::NotAsLocked(hash)),
        }
    }

    /// The hash of a package: worked out once for as long as nobody touches its files.
    fn hash(&self, package: &Path) -> io::Result<String> {
        let files = hash::files(package)?;
        let stamps = files
            .iter()
            .map(|f| stamp(&package.join(f)))
            .collect::<io::Result<Vec<_>>>()?;
        let memory = self.world.memory();
        let key = key("plug-in hash 1", &stamps.join("\n"));
        let recalled = memory.and_then(|m| m.recall(&key)).map(<[u8]>::to_vec);
        if let Some(hash) = recalled.and_then(|b| String::from_utf8(b).ok()) {
            return Ok(hash);
        }
        let hash = hash::of(package)?;
        if let Some(memory) = memory {
            memory.keep(key, hash.clone().into_bytes());
        }
        Ok(hash)
    }

    /// The settings that it goes by.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Calls a function of a provider.
    pub fn call(&self, source: &str, name: &str, arguments: &[Value]) -> Result<Value, (String, Option<usize>)> {
        let there = self
            .there(source)
            .map_err(|missing| (missing.lines().join(": "), None))?;
        match there.available.schema.functions.get(name) {
            Some(function) => self.functions.call(&there.launch, name, function, arguments),
            None => Err((format!("`{source}` has no function `{name}`"), None)),
        }
    }

    /// Waits for the end of those that were let go.
    pub async fn ended(&self) {
        self.functions.end();
        self.alive.ended().await;
    }

    /// Ends all that run, at once.
    pub fn kill(&self) {
        self.alive.kill();
    }

    /// Forgets what was found: something was installed.
    pub fn look_again(&self) {
        self.known().clear();
    }

    fn offered(&self, launch: &Launch) -> Result<Offered, Problem> {
        let memory = self.world.memory();
        let key = memory
            .and_then(|_| self.digest(&launch.binary))
            .map(|d| key("plug-in schema 1", &d.to_string()));
        let recalled = key.and_then(|key| memory?.recall(&key)).and_then(Offered::recalled);
        if let Some(offered) = recalled {
            return Ok(offered);
        }
        let answer = ask(launch)?;
        let offered = Offered::of(&answer).map_err(|faults| {
            let title = format!("the provider `{}` offers what no provider can", launch.source);
            Problem::error(title, faults.join("\n"))
        })?;
        if let (Some(memory), Some(key)) = (memory, key) {
            memory.keep(key, answer.encode_to_vec());
        }
        Ok(offered)
    }

    /// The digest of a program: worked out once for as long as nobody touches the file.
    fn digest(&self, binary: &Path) -> Option<Digest> {
        let memory = self.world.memory()?;
        let stamp = key("plug-in digest 1", &stamp(binary).ok()?);
        let recalled = memory
            .recall(&stamp)
            .and_then(|b| std::str::from_utf8(b).ok()?.parse().ok());
        recalled.or_else(|| {
            let digest = Digest::of_reader(File::open(binary).ok()?).ok()?;
            memory.keep(stamp, digest.to_string().into_bytes());
            Some(digest)
        })
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Found>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(what: &str, of: &str) -> MemoryKey {
    Digest::of_parts([what, of]).half()
}

/// What changes when a file does.
fn stamp(path: &Path) -> io::Result<String> {
    let path = path.canonicalize()?;
    let is = path.metadata()?;
    let (size, changed, altered) = (is.len(), (is.mtime(), is.mtime_nsec()), (is.ctime(), is.ctime_nsec()));
    Ok(format!(
        "{} {size} {changed:?} {altered:?} {} {}",
        path.display(),
        is.dev(),
        is.ino()
    ))
}

/// Starts a plug-in to see what it offers.
fn ask(launch: &Launch) -> Result<situs_protocol::wire::tfplugin6::get_provider_schema::Response, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Problem::error("no thread can be had", e.to_string()))?;
    runtime.block_on(async {
        let running = Running::start(launch).await?;
        let schema = running.schema().await;
        running.end().await;
        schema
    })
}
