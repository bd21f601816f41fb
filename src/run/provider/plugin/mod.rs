//! Providers that are plug-ins: programs of their own that speak the Terraform plug-in protocol ([`situs_protocol`]). What one offers is
//! asked once and remembered by the digest of its program; its process is started for each configured provider, when that is first
//! needed ([`client`]).

mod client;
mod handshake;
mod installed;
mod legacy;
mod offered;
mod process;
mod running;
mod tail;
mod wire;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prost::Message;
use situs_provider::{Problem, Provider};

use crate::base::Diagnostic;
use crate::base::digest::Digest;
use crate::base::ports::{MemoryKey, World};
use crate::lang::config::plugin::PluginSource;
use crate::lang::config::settings::Settings;

use super::registry::Available;
use client::Plugin;
use offered::Offered;
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
            Missing::Broken(problem) => {
                let lines = problem.detail.lines().filter(|l| !l.is_empty());
                lines.fold(said.note(problem.summary.clone()), |said, line| said.note(line))
            }
        }
    }
}

type Found = Result<Arc<Available>, Missing>;

/// The plug-ins of a configuration.
pub struct Plugins {
    world: Arc<dyn World>,
    settings: Settings,
    known: Mutex<BTreeMap<String, Found>>,
}

impl Plugins {
    /// Those that are installed for the configuration of a directory, and those that a user's settings name.
    pub fn new(world: Arc<dyn World>, settings: Settings) -> Self {
        Self {
            world,
            settings,
            known: Mutex::default(),
        }
    }

    /// The provider of a source.
    pub fn get(&self, source: &str) -> Found {
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
        let binary = match installed::overridden(&self.settings, &root, &parsed) {
            Some(directory) => installed::program(&directory, &parsed.name),
            None => installed::find(&root, &parsed),
        };
        let binary = binary.ok_or(Missing::NotInstalled)?;
        let offered = self
            .offered(source, &binary)
            .map_err(|p| Missing::Broken(Box::new(p)))?;
        let offered = Arc::new(offered);
        let schema = offered.schema.clone();
        let own = source.to_owned();
        let make = move || -> Arc<dyn Provider> { Arc::new(Plugin::new(own.clone(), binary.clone(), offered.clone())) };
        Ok(Arc::new(Available {
            source: source.to_owned(),
            name: parsed.name,
            runtime: "",
            make: Arc::new(make),
            schema,
        }))
    }

    fn offered(&self, source: &str, binary: &Path) -> Result<Offered, Problem> {
        let memory = self.world.memory();
        let key = memory
            .and_then(|_| self.digest(binary))
            .map(|d| key("plug-in schema 1", &d.to_string()));
        let recalled = key.and_then(|key| memory?.recall(&key)).and_then(Offered::recalled);
        if let Some(offered) = recalled {
            return Ok(offered);
        }
        let answer = ask(source, binary)?;
        let offered = Offered::of(&answer).map_err(|faults| {
            let title = format!("the provider `{source}` offers what no provider can");
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
fn ask(source: &str, binary: &Path) -> Result<situs_protocol::wire::tfplugin6::get_provider_schema::Response, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Problem::error("no thread can be had", e.to_string()))?;
    runtime.block_on(async {
        let running = Running::start(source, binary).await?;
        let schema = running.schema().await;
        running.end().await;
        schema
    })
}
