//! Plug-ins from elsewhere: installed until the configuration lacks none, and written down in the lock file.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::base::ports::World;
use crate::base::{Diagnostic, Diagnostics, Sources};
use crate::lang::config::Config;
use crate::lang::config::plugin::PluginSource;
use crate::lang::config::provider_lock::{self, FILE, Lock, Locked};
use crate::lang::config::wanted::Plugin;
use crate::lang::eval::shape::Name;
use crate::run::fetch::Store;
use crate::run::fetch::providers::{Asked, Depot, Installed, NOT_AS_LOCKED, NOT_INSTALLED, Refusal};

use super::{How, LOCK_WOULD_CHANGE, Ports};

/// What was installed.
#[derive(Clone, Debug, Default)]
pub struct Equipped {
    /// Each plug-in by its source as the configuration has it.
    pub installed: BTreeMap<String, Installed>,
    /// The text of the lock file, for messages that point into it.
    pub lock: Sources,
}

/// Installs the plug-ins that a configuration wants, from where a user's settings say or from these directories alone. Those that the
/// settings override are left alone.
pub async fn install(ports: &Ports, config: &Config, how: How, only: &[String]) -> (Equipped, Diagnostics) {
    let mut equipped = Equipped::default();
    let (lock, mut said) = provider_lock::read(&*ports.world, &mut equipped.lock);
    if said.has_errors() {
        return (equipped, said);
    }
    let Some(plugins) = ports.registry.plugins() else {
        return (equipped, said);
    };
    let depot = match Depot::new(ports.world.clone(), plugins.settings(), only) {
        Ok(depot) => Arc::new(depot),
        Err(why) => return (equipped, Diagnostic::error(NOT_INSTALLED, why).into()),
    };
    let wanted = config.plugins();
    let mut running = JoinSet::new();
    for (name, plugin) in &wanted {
        match PluginSource::parse(name) {
            Ok(source) if plugins.settings().overrides.iter().any(|(s, _)| s.is(&source)) => {}
            Ok(source) => {
                let work = one(depot.clone(), source, plugin.constraint.clone(), lock.clone(), how);
                let name = name.clone();
                running.spawn(async move { (name, work.await) });
            }
            Err(why) => said.push(refused(name, plugin, Refusal::from(why))),
        }
    }
    while let Some(done) = running.join_next().await {
        let Ok((name, done)) = done else { continue };
        match (done, wanted.get(&name)) {
            (Ok(installed), _) => drop(equipped.installed.insert(name.to_string(), installed)),
            (Err(refusal), Some(plugin)) => said.push(refused(&name, plugin, refusal)),
            (Err(_), None) => {}
        }
    }
    if !said.has_errors() {
        // What another engine has locked of the same provider is its own.
        let others = lock.0.iter().filter(|(full, _)| is_wanted(full, wanted.keys()));
        let others = others.map(|(full, locked)| (full.clone(), locked.clone()));
        let installed = equipped.installed.values();
        let all = others.chain(installed.map(|i| (i.source.clone(), i.locked.clone())));
        said.extend(write(ports, &lock, &Lock(all.collect()), how).err().map(|d| *d));
    }
    plugins.look_again();
    (equipped, said.sorted())
}

/// Whether a provider with its host is one of those that are wanted.
fn is_wanted<'a>(full: &str, mut wanted: impl Iterator<Item = &'a Name>) -> bool {
    let source = PluginSource::parse(full);
    source.is_ok_and(|source| wanted.any(|w| PluginSource::parse(w).is_ok_and(|w| w.is(&source))))
}

async fn one(
    depot: Arc<Depot>,
    source: PluginSource,
    constraint: String,
    lock: Lock,
    how: How,
) -> Result<Installed, Refusal> {
    let asked = Asked {
        locked: lock.get(&source),
        source: &source,
        constraint: &constraint,
        upgrade: how.upgrade,
    };
    let mut installed = depot.install(&asked).await?;
    installed.locked.constraint = constraint.clone();
    Ok(installed)
}

fn write(ports: &Ports, before: &Lock, lock: &Lock, how: How) -> Result<(), Box<Diagnostic>> {
    if lock == before {
        return Ok(());
    }
    if how.frozen {
        let changed = lock
            .0
            .iter()
            .find(|(source, locked)| before.0.get(*source) != Some(*locked));
        let source = changed
            .or(before.0.iter().next())
            .map_or("", |(source, _): (&String, &Locked)| source);
        let said = Diagnostic::error(LOCK_WOULD_CHANGE, format!("`{FILE}` would change: `{source}`"));
        let said = said.help("run `situs init` without `-lockfile=readonly`, and keep the file under version control");
        return Err(Box::new(said));
    }
    let world: Arc<dyn World> = ports.world.clone();
    let written = Store::new(world).and_then(|s| s.write_file(FILE, &lock.written()).map_err(|e| e.to_string()));
    written.map_err(|why| {
        Box::new(Diagnostic::error(
            NOT_INSTALLED,
            format!("`{FILE}` cannot be written: {why}"),
        ))
    })
}

fn refused(source: &str, plugin: &Plugin, refusal: Refusal) -> Diagnostic {
    let title = format!("the provider `{source}` cannot be installed");
    let said = |code| Diagnostic::error(code, title.clone()).at(plugin.span, "asked for here");
    match refusal {
        Refusal::Fetch(lines) => lines.into_iter().fold(said(NOT_INSTALLED), Diagnostic::note).help(
            "correct its source or its version in `required_providers`, or name a directory that holds it with `-plugin-dir=DIR`",
        ),
        Refusal::Outside(version, constraint) => said(NOT_INSTALLED)
            .note(format!("version {version} is in `{FILE}`, and `{constraint}` is asked for"))
            .help("`situs init -upgrade` takes one that will do"),
        Refusal::Other(version, hashes) => {
            let title = format!("the provider `{source}` is not what `{FILE}` says");
            let said = Diagnostic::error(NOT_AS_LOCKED, title).at(plugin.span, "asked for here");
            let said = said.note(format!("version {version} is locked with other hashes"));
            let said = hashes.into_iter().fold(said, |said, hash| said.note(format!("it has   {hash}")));
            said.help(format!(
                "find out why it changed; where the new one is right, take its block out of `{FILE}` and run `situs init`"
            ))
        }
    }
}
