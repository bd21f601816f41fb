//! Modules from elsewhere: fetched until the configuration lacks none, and written down in the lock file.

use std::collections::BTreeMap;

use crate::base::{Code, Diagnostic, Diagnostics, Sources};
use crate::lang::config::lock::{self, Lock, Locked, Package};
use crate::lang::config::{self, Config, Request, Wanted};
use crate::run::fetch::{Failure, NOT_FETCHED, NOT_THE_SAME, Store};

use super::Ports;

/// A lock file that may not be changed and would be.
pub const LOCK_WOULD_CHANGE: Code = Code::new("E512", "a lock file that may not be changed and would be");

/// How modules are fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// Whether newer ones are looked for.
    pub upgrade: bool,
    /// Whether the lock file must say it all already.
    pub frozen: bool,
}

/// What was fetched.
#[derive(Clone, Debug, Default)]
pub struct Fetched {
    /// Packages that were fetched, with what they are.
    pub new: BTreeMap<Package, Locked>,
    /// The texts that messages point into.
    pub sources: Sources,
}

/// Fetches what is missing. Other mistakes of the configuration are not told here: whoever loads it next does.
pub async fn get(ports: &Ports, request: &Request, how: How) -> (Fetched, Diagnostics) {
    let mut fetched = Fetched::default();
    let request = Request {
        runtimes: ports.registry.runtimes(),
        workspace: ports.workspace.clone(),
        ..request.clone()
    };
    loop {
        let mut sources = Sources::new();
        let (config, said) = config::load(&ports.world, &mut sources, &request);
        fetched.sources = sources;
        let broken: Diagnostics = said.iter().filter(|d| d.code == lock::BAD_LOCK).cloned().collect();
        if broken.has_errors() {
            return (fetched, broken);
        }
        let open = open(&config, &fetched, how);
        if open.is_empty() {
            let finished = if said.has_errors() {
                Ok(())
            } else {
                finish(ports, &config, how)
            };
            return (fetched, finished.err().unwrap_or_default());
        }
        let said = round(ports, &config.lock, &open, how, &mut fetched).await;
        if said.has_errors() {
            return (fetched, said);
        }
    }
}

/// What is to be fetched next.
fn open<'a>(config: &'a Config, fetched: &Fetched, how: How) -> BTreeMap<&'a Package, &'a Wanted> {
    let packages = config.packages.iter().filter(|(_, w)| how.upgrade || !w.here);
    packages.filter(|(p, _)| !fetched.new.contains_key(*p)).collect()
}

async fn round(
    ports: &Ports,
    known: &Lock,
    open: &BTreeMap<&Package, &Wanted>,
    how: How,
    fetched: &mut Fetched,
) -> Diagnostics {
    let store = match Store::new(ports.world.clone()) {
        Ok(store) => store,
        Err(why) => return Diagnostic::error(NOT_FETCHED, why).into(),
    };
    let mut directories: BTreeMap<&Package, String> = known.iter().map(|(p, l)| (p, l.directory.clone())).collect();
    let mut said = Diagnostics::new();
    let mut running = Vec::new();
    for (package, wanted) in open {
        let locked = known.get(package).filter(|_| !how.upgrade).cloned();
        if locked.is_none() && how.frozen {
            said.push(would_change(&package.source).at(wanted.span, "not in it"));
            continue;
        }
        if !directories.contains_key(package) {
            let new = lock::directory_for(package, &directories.values());
            directories.insert(package, new);
        }
        let directory = directories.get(package).cloned().unwrap_or_default();
        let (store, own) = (store.clone(), (*package).clone());
        let work = async move { store.fetch(&own, &directory, locked.as_ref()).await };
        running.push((*package, *wanted, tokio::spawn(work)));
    }
    let mut lock = known.clone();
    for (package, wanted, work) in running {
        let done = work.await.unwrap_or_else(|e| Err(Failure::Fetch(e.to_string())));
        match done {
            Ok(locked) => {
                lock.insert(package.clone(), locked.clone());
                fetched.new.insert(package.clone(), locked);
            }
            Err(failure) => said.push(failed(package, wanted, failure)),
        }
    }
    said.extend(write(ports, known, &lock, how).err().into_iter().flatten());
    said
}

/// Takes what is not called any more out of the lock file.
fn finish(ports: &Ports, config: &Config, how: How) -> Result<(), Diagnostics> {
    let lock: Lock = config
        .lock
        .iter()
        .filter(|(p, _)| config.packages.contains_key(*p))
        .map(|(p, l)| (p.clone(), l.clone()))
        .collect();
    write(ports, &config.lock, &lock, how)
}

fn write(ports: &Ports, before: &Lock, lock: &Lock, how: How) -> Result<(), Diagnostics> {
    if lock == before {
        return Ok(());
    }
    if how.frozen {
        let gone = before.iter().find(|(p, l)| lock.get(*p) != Some(*l));
        return Err(would_change(gone.map_or("", |(p, _)| &p.source)).into());
    }
    let told = |why: String| {
        let said = Diagnostic::error(NOT_FETCHED, format!("`{}` cannot be written: {why}", lock::FILE));
        Diagnostics::from(said)
    };
    let store = Store::new(ports.world.clone()).map_err(told)?;
    store
        .write_file(lock::FILE, &lock::written(lock))
        .map_err(|e| told(e.to_string()))
}

fn would_change(source: &str) -> Diagnostic {
    Diagnostic::error(LOCK_WOULD_CHANGE, format!("`{}` would change: `{source}`", lock::FILE))
        .help("run `situs init` without `-lockfile=readonly`, and keep the file under version control")
}

fn failed(package: &Package, wanted: &Wanted, failure: Failure) -> Diagnostic {
    let source = &package.source;
    match failure {
        Failure::Fetch(why) => Diagnostic::error(NOT_FETCHED, format!("the module `{source}` cannot be fetched"))
            .at(wanted.span, "called here")
            .note(why)
            .help("`source` is `./DIRECTORY`, `NAMESPACE/NAME/SYSTEM` of a registry, `git::URL?ref=TAG` or the URL of an archive"),
        Failure::Other(should, is) => {
            Diagnostic::error(NOT_THE_SAME, format!("the module `{source}` is not what `{}` says", lock::FILE))
                .at(wanted.span, "called here")
                .note(format!("locked   {should}"))
                .note(format!("fetched  {is}"))
                .help("find out why it changed; where the new one is right, `situs init -upgrade` takes it")
        }
    }
}
