//! Plug-ins from elsewhere: from directories, mirrors and registries to `.situs/providers` of a configuration ([`Depot::install`]). What is
//! installed is what the lock file says, or the newest that will do; it is put into its place in one move.

mod directory;
mod mirror;
mod package;
mod registry;
mod signature;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::Code;
use crate::base::ports::World;
use crate::lang::config::plugin::PluginSource;
use crate::lang::config::provider_lock::{Locked, is_version};
use crate::lang::config::settings::{Method, Settings, Way};
use crate::lang::config::version;
use crate::run::provider::plugin::{PACKAGES, hash, installed, system};

use super::http::Client;
use directory::Directory;
use mirror::Mirror;
use package::Package;
use registry::Registry;

/// A provider that cannot be installed.
pub const NOT_INSTALLED: Code = Code::new("E516", "a provider that cannot be installed");
/// A provider that is not what the lock file says.
pub const NOT_AS_LOCKED: Code = Code::new("E517", "a provider that is not what the lock file says");

/// Why a plug-in is not installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It cannot be had: why, line by line.
    Fetch(Vec<String>),
    /// The version that is locked will not do: it, and what is asked for.
    Outside(String, String),
    /// What came has none of the hashes that are locked: the version, and the hashes that it has.
    Other(String, Vec<String>),
}

impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Refusal::Fetch(vec![why])
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Refusal::Fetch(vec![format!("it cannot be put in its place: {error}")])
    }
}

/// What is asked for.
pub struct Asked<'a> {
    /// Whose.
    pub source: &'a PluginSource,
    /// Which versions will do; empty: all.
    pub constraint: &'a str,
    /// What is locked, with its host.
    pub locked: Option<(String, &'a Locked)>,
    /// Whether newer ones are looked for.
    pub upgrade: bool,
}

/// What is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The source with its host.
    pub source: String,
    /// What is to be locked.
    pub locked: Locked,
    /// How it came here.
    pub how: How,
}

/// How a plug-in came here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// It was here already.
    Here,
    /// It was in the user's cache.
    Cached,
    /// From a directory or a mirror.
    Copied(String),
    /// From a registry, signed by a key, or by none.
    Fetched(Option<String>),
}

/// Where plug-ins come from, and where they go.
pub struct Depot {
    root: PathBuf,
    cache: Option<PathBuf>,
    places: Vec<(Method, Place)>,
}

/// A place that plug-ins come from.
enum Place {
    Directory(Directory),
    Mirror(Mirror),
    Registry(Registry),
}

impl Place {
    async fn versions(&self, source: &str) -> Result<Vec<String>, String> {
        match self {
            Place::Directory(d) => Ok(d.versions(source)),
            Place::Mirror(m) => m.versions(source).await,
            Place::Registry(r) => r.versions(source).await,
        }
    }

    async fn package(&self, source: &str, version: &str) -> Result<Package, String> {
        match self {
            Place::Directory(d) => d.package(source, version),
            Place::Mirror(m) => m.package(source, version).await,
            Place::Registry(r) => r.package(source, version).await,
        }
    }
}

/// A version that can be had, and where.
struct Choice<'d> {
    place: &'d Place,
    source: String,
    version: String,
}

impl Depot {
    /// Everything for the configuration of a directory, by a user's settings; `only` are directories instead of all these.
    pub fn new(world: Arc<dyn World>, settings: &Settings, only: &[String]) -> Result<Self, String> {
        let root = PathBuf::from(world.root());
        let methods = match (only, &settings.methods) {
            ([], Some(methods)) => methods.clone(),
            ([], None) => usual(&*world),
            (only, _) => only.iter().map(|d| everything(Way::Directory(d.clone()))).collect(),
        };
        let http = Client::with_tokens(world, settings.tokens.clone())?;
        let place = |method: Method| {
            let place = match &method.way {
                Way::Directory(path) => Place::Directory(Directory::new(root.join(path))),
                Way::Mirror(url) => Place::Mirror(Mirror::new(http.clone(), url)?),
                Way::Direct => Place::Registry(Registry::new(http.clone())),
            };
            Ok::<_, String>((method, place))
        };
        Ok(Self {
            cache: settings.cache.as_ref().map(|c| root.join(c)),
            places: methods.into_iter().map(place).collect::<Result<_, _>>()?,
            root,
        })
    }

    /// Installs a plug-in, or finds it installed.
    pub async fn install(&self, asked: &Asked<'_>) -> Result<Installed, Refusal> {
        let locked = asked.locked.as_ref().filter(|_| !asked.upgrade);
        if let Some((source, locked)) = locked {
            within(asked.constraint, &locked.version)?;
            if let Some(installed) = self.here(source, locked)? {
                return Ok(installed);
            }
        }
        let choice = self.choose(asked).await?;
        let known = asked
            .locked
            .as_ref()
            .filter(|(source, l)| *source == choice.source && l.version == choice.version)
            .map(|(_, l)| *l);
        let package = choice.place.package(&choice.source, &choice.version).await?;
        self.put(&choice, package, known, asked.constraint)
    }

    /// One that is here, or in the cache, just as it is locked.
    fn here(&self, source: &str, locked: &Locked) -> Result<Option<Installed>, Refusal> {
        let own = self.place_of(source, &locked.version);
        let there = installed::package(&self.root, source, &locked.version);
        let cached = self.cache.as_ref().map(|c| below(c, source, &locked.version));
        let as_locked = |at: &Path| at.is_dir() && hash::of(at).is_ok_and(|h| locked.hashes.contains(&h));
        let installed = |how| Installed {
            source: source.to_owned(),
            locked: locked.clone(),
            how,
        };
        if there.is_some_and(|there| as_locked(&there)) {
            return Ok(Some(installed(How::Here)));
        }
        match cached.filter(|c| as_locked(c)) {
            Some(cached) => {
                package::link(&cached, &own)?;
                Ok(Some(installed(How::Cached)))
            }
            None => Ok(None),
        }
    }

    /// The newest version that will do, or the one that is locked, in the first place that has it.
    async fn choose(&self, asked: &Asked<'_>) -> Result<Choice<'_>, Refusal> {
        let mut found: Vec<Choice<'_>> = Vec::new();
        let mut lines = Vec::new();
        for (method, place) in self.places.iter().filter(|(m, _)| m.serves(asked.source)) {
            for source in hosts(asked, &method.way) {
                let versions = place.versions(&source).await;
                let versions = versions.unwrap_or_else(|why| {
                    lines.push(why);
                    Vec::new()
                });
                let choice = |version| Choice {
                    place,
                    source: source.clone(),
                    version,
                };
                found.extend(versions.into_iter().filter(|v| is_version(v)).map(choice));
            }
        }
        let locked = asked.locked.as_ref().filter(|_| !asked.upgrade);
        let wanted = match locked {
            Some((_, locked)) => Some(locked.version.clone()),
            None => newest(&found, asked.constraint)?,
        };
        let all: BTreeSet<String> = found.iter().map(|c| c.version.clone()).collect();
        let chosen = wanted
            .as_ref()
            .and_then(|w| found.into_iter().find(|c| c.version == *w));
        chosen.ok_or_else(|| {
            lines.push(none_of(asked, wanted.as_deref(), &all));
            Refusal::Fetch(lines)
        })
    }

    fn put(
        &self,
        choice: &Choice<'_>,
        package: Package,
        known: Option<&Locked>,
        constraint: &str,
    ) -> Result<Installed, Refusal> {
        let own = self.place_of(&choice.source, &choice.version);
        let into = match &self.cache {
            Some(cache) => below(cache, &choice.source, &choice.version),
            None => own.clone(),
        };
        let accept = |hashes: &BTreeSet<String>| match known {
            Some(known) if !known.hashes.is_empty() && known.hashes.is_disjoint(hashes) => {
                let has = hashes.iter().filter(|h| h.starts_with("h1:")).cloned();
                Err(Refusal::Other(known.version.clone(), has.collect()))
            }
            _ => Ok(()),
        };
        let (how, mut hashes) = package.put(&into, &accept)?;
        if into != own {
            package::link(&into, &own)?;
        }
        hashes.extend(known.into_iter().flat_map(|k| k.hashes.iter().cloned()));
        Ok(Installed {
            source: choice.source.clone(),
            locked: Locked {
                version: choice.version.clone(),
                constraint: constraint.to_owned(),
                hashes,
            },
            how,
        })
    }

    fn place_of(&self, source: &str, version: &str) -> PathBuf {
        below(&self.root.join(PACKAGES), source, version)
    }
}

fn below(root: &Path, source: &str, version: &str) -> PathBuf {
    root.join(source).join(version).join(system())
}

/// The sources with the hosts that a place is asked for, that of a lock first. A registry is asked only where the source names it, or is the
/// first one where it names none, whatever another engine has locked.
fn hosts(asked: &Asked<'_>, way: &Way) -> Vec<String> {
    let mut full = asked.source.full();
    match (&asked.locked, way) {
        (_, Way::Direct) => full.truncate(1),
        (Some((locked, _)), _) => full.sort_by_key(|source| source != locked),
        (None, _) => {}
    }
    full
}

fn newest(found: &[Choice<'_>], constraint: &str) -> Result<Option<String>, Refusal> {
    let constraint = if constraint.is_empty() { ">= 0" } else { constraint };
    let newest = version::newest(found.iter().map(|c| c.version.as_str()), constraint);
    let newest = newest.map_err(|part| Refusal::from(format!("`{part}` is no version constraint")))?;
    Ok(newest.map(str::to_owned))
}

fn within(constraint: &str, version: &str) -> Result<(), Refusal> {
    match constraint.is_empty() || version::satisfies(version, constraint).unwrap_or(false) {
        true => Ok(()),
        false => Err(Refusal::Outside(version.to_owned(), constraint.to_owned())),
    }
}

fn none_of(asked: &Asked<'_>, wanted: Option<&str>, all: &BTreeSet<String>) -> String {
    let versions: Vec<&str> = all.iter().map(String::as_str).collect();
    match (wanted, versions.as_slice()) {
        (_, []) => format!("no version of it for `{}` was found", system()),
        (Some(wanted), _) => format!("version {wanted} is locked, and there are {}", versions.join(", ")),
        (None, _) => format!(
            "none of its versions satisfies `{}`: there are {}",
            asked.constraint,
            versions.join(", ")
        ),
    }
}

fn everything(way: Way) -> Method {
    Method {
        way,
        include: Vec::new(),
        exclude: Vec::new(),
    }
}

/// Where providers come from where nothing is said: those that lie in the usual directories from there, all others from their registries.
fn usual(world: &dyn World) -> Vec<Method> {
    let home = world.env("HOME").filter(|h| h.starts_with('/'));
    let data = world.env("XDG_DATA_HOME").filter(|h| h.starts_with('/'));
    let data = data.or_else(|| home.as_ref().map(|h| format!("{h}/.local/share")));
    let of_home = home.into_iter().map(|h| format!("{h}/.terraform.d/plugins"));
    let of_data = data.into_iter().map(|d| format!("{d}/terraform/plugins"));
    let of_all = ["/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins"];
    let own = std::iter::once("terraform.d/plugins".to_owned());
    let all = own.chain(of_home).chain(of_data).chain(of_all.map(str::to_owned));
    let root = PathBuf::from(world.root());
    let there: Vec<String> = all.filter(|d| root.join(d).is_dir()).collect();
    let found = there.iter().flat_map(|d| Directory::new(root.join(d)).sources());
    let direct = Method {
        way: Way::Direct,
        include: Vec::new(),
        exclude: found.collect(),
    };
    let directories = there.into_iter().map(|d| everything(Way::Directory(d)));
    directories.chain([direct]).collect()
}
