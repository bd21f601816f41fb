//! `situs init`

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Diagnostic;
use crate::engine::{self, Equipped, How, Ports};
use crate::front::cli::args::{Flag, Spec, WRONG_ARGUMENT, switch, unless, value, values};
use crate::front::cli::commands::get::fetch;
use crate::front::cli::commands::providers::source;
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::VARIABLES;
use crate::front::cli::session::{Session, block_on};
use crate::front::render::paint::{Style, safe};
use crate::lang::config::Config;
use crate::lang::config::provider_lock::BAD_PROVIDER_LOCK;
use crate::run::fetch::providers::How as Came;

const FLAGS: &[Flag] = &[
    switch(
        "upgrade",
        "Look for newer modules and providers than those of the lock files.",
    ),
    unless("get", "Fetch no modules: what is missing is an error."),
    values(
        "plugin-dir",
        "DIR",
        "Take providers from this directory of packages and from nowhere else; may be given several times.",
    ),
    value(
        "lockfile",
        "MODE",
        "`readonly`: the lock files must not change; what they lack is an error.",
    ),
    unless("input", "Ask nothing, as always here."),
    unless(
        "backend",
        "Leave the backend alone, as always here: it is opened when it is used.",
    ),
];

/// The command.
pub static SPEC: Spec = Spec {
    name: "init",
    about: "Make the directory ready: fetch modules, install providers",
    more: "Fetches the modules that come from elsewhere into `.situs/modules` and writes them down in `.situs.lock.hcl`; installs the providers \
           that the configuration uses into `.situs/providers` and writes them down in `.terraform.lock.hcl`, as Terraform does. Providers \
           come from the directories and servers that `provider_installation` in `~/.situsrc` or `~/.terraformrc` names, else from the \
           usual directories and from the registries of their sources. What the lock files name and is here already is not fetched again. \
           The state comes into being with the first apply.",
    operands: &[],
    flags: &[FLAGS, VARIABLES],
    run,
};

fn run(session: &Session) -> Exit {
    match prepare(session) {
        Ok(()) => Exit::Done,
        Err(exit) => exit,
    }
}

fn prepare(session: &Session) -> Result<(), Exit> {
    let how = how(session)?;
    let fetched = match session.given.switch("get", true) {
        true => fetch(session, how)?,
        false => String::new(),
    };
    let ports = session.quiet();
    let loaded = session.load_without_values(&ports)?;
    let only = session.given.values("plugin-dir");
    let only: Vec<String> = only.iter().map(|d| (*d).to_owned()).collect();
    let done = block_on(engine::install(&ports, &loaded.config, how, &only));
    let (equipped, said) = done.map_err(|_| Exit::Error)?;
    if said.has_errors() {
        let of_lock = said.iter().any(|d| d.code == BAD_PROVIDER_LOCK);
        let sources = if of_lock { &equipped.lock } else { &loaded.sources };
        session.terminal.tell(&said, sources);
        return Err(Exit::of(&said));
    }
    let providers = used(&loaded.config);
    let mut text = String::new();
    for (source, used_by) in &providers {
        let used_by: Vec<&str> = used_by.iter().map(String::as_str).collect();
        let whence = whence(&ports, &equipped, source);
        text.push_str(&format!(
            "  {}{}, for {}\n",
            safe(source),
            safe(&whence),
            safe(&used_by.join(", "))
        ));
    }
    let head = if providers.is_empty() {
        "The configuration uses no provider yet.\n"
    } else {
        "Providers:\n"
    };
    session.terminal.say(&format!("{fetched}{head}{text}\n"));
    let missing = engine::providers(&ports, &loaded);
    if missing.has_errors() {
        session.terminal.tell(&missing, &loaded.sources);
        return Err(Exit::of(&missing));
    }
    let ready = session
        .terminal
        .out
        .paint(Style::BoldGreen, "Situs is ready to work here.");
    let next = if session.in_automation() {
        ""
    } else {
        "\n`situs plan` shows what it would do.\n"
    };
    session.terminal.say(&format!("{ready}\n{next}"));
    Ok(())
}

/// Where a provider comes from, and in which version.
fn whence(ports: &Ports, equipped: &Equipped, source: &str) -> String {
    let Some(installed) = equipped.installed.get(source) else {
        let ours = ports.registry.builtins().any(|b| b.source == source);
        return if ours {
            " (ships with Situs)"
        } else {
            " (as it lies in its directory)"
        }
        .to_owned();
    };
    let how = match &installed.how {
        Came::Here => "was here".to_owned(),
        Came::Cached => "from the cache".to_owned(),
        Came::Copied(place) => format!("from {place}"),
        Came::Fetched(Some(key)) => format!("signed by {key}"),
        Came::Fetched(None) => "signed by nobody".to_owned(),
    };
    format!(" {} ({how})", installed.locked.version)
}

fn how(session: &Session) -> Result<How, Exit> {
    let frozen = match session.given.value("lockfile") {
        None => false,
        Some("readonly") => true,
        Some(other) => {
            let title = format!("`-lockfile` is `readonly`, not `{other}`");
            return Err(session.fail(&Diagnostic::error(WRONG_ARGUMENT, title).into()));
        }
    };
    let upgrade = session.given.switch("upgrade", false);
    Ok(How { upgrade, frozen })
}

/// Every provider by source, with the sites and names that use it.
fn used(config: &Config) -> BTreeMap<String, BTreeSet<String>> {
    let by_site = config.shape.sites.iter().flat_map(|(name, site)| {
        let providers = config
            .runtime_of(site)
            .into_iter()
            .flat_map(|runtime| &runtime.providers);
        providers.map(move |p| (source(config, &p.name), format!("site {name}")))
    });
    let required = config
        .root
        .required
        .iter()
        .map(|(name, r)| (r.source.to_string(), format!("resources of `{name}`")));
    let wanted = config.plugins().into_keys();
    let named: BTreeSet<String> = config.root.required.values().map(|r| r.source.to_string()).collect();
    let others = wanted.filter(|source| !named.contains(&**source));
    let others = others.map(|source| (source.to_string(), "what is written by hand".to_owned()));
    by_site
        .chain(required)
        .chain(others)
        .fold(BTreeMap::new(), |mut used, (source, by)| {
            used.entry(source).or_default().insert(by);
            used
        })
}
