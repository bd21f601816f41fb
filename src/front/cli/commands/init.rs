//! `situs init`

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Diagnostic;
use crate::engine::{self, How};
use crate::front::cli::args::{Flag, Spec, WRONG_ARGUMENT, switch, unless, value};
use crate::front::cli::commands::get::fetch;
use crate::front::cli::commands::providers::source;
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::VARIABLES;
use crate::front::cli::session::Session;
use crate::front::render::paint::{Style, safe};
use crate::lang::config::Config;

const FLAGS: &[Flag] = &[
    switch("upgrade", "Look for newer modules than those of the lock file."),
    unless("get", "Fetch nothing: what is missing is an error."),
    value(
        "lockfile",
        "MODE",
        "`readonly`: the lock file must not change; what it lacks is an error.",
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
    about: "Make the directory ready: fetch modules, check providers",
    more: "Fetches the modules that come from elsewhere into `.situs/modules`, writes them down in `.situs.lock.hcl`, and says which providers \
           the configuration uses. Those that it can use ship with Situs. The state comes into being with the first apply.",
    operands: &[],
    flags: &[FLAGS, VARIABLES],
    run,
};

fn run(session: &Session) -> Exit {
    let fetched = match fetched(session) {
        Ok(fetched) => fetched,
        Err(exit) => return exit,
    };
    let ports = session.quiet();
    let loaded = match session.load_without_values(&ports) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let missing = engine::providers(&ports, &loaded);
    if missing.has_errors() {
        session.terminal.tell(&missing, &loaded.sources);
        return Exit::of(&missing);
    }
    let providers = used(&loaded.config);
    let mut text = String::new();
    for (source, used_by) in &providers {
        let used_by: Vec<&str> = used_by.iter().map(String::as_str).collect();
        text.push_str(&format!(
            "  {} (ships with Situs), for {}\n",
            safe(source),
            safe(&used_by.join(", "))
        ));
    }
    let head = if providers.is_empty() {
        "The configuration uses no provider yet.\n"
    } else {
        "Providers:\n"
    };
    let ready = session
        .terminal
        .out
        .paint(Style::BoldGreen, "Situs is ready to work here.");
    let next = if session.in_automation() {
        ""
    } else {
        "\n`situs plan` shows what it would do.\n"
    };
    session.terminal.say(&format!("{fetched}{head}{text}\n{ready}\n{next}"));
    Exit::Done
}

/// Fetches modules, and says which.
fn fetched(session: &Session) -> Result<String, Exit> {
    let frozen = match session.given.value("lockfile") {
        None => false,
        Some("readonly") => true,
        Some(other) => {
            let title = format!("`-lockfile` is `readonly`, not `{other}`");
            return Err(session.fail(&Diagnostic::error(WRONG_ARGUMENT, title).into()));
        }
    };
    if !session.given.switch("get", true) {
        return Ok(String::new());
    }
    let upgrade = session.given.switch("upgrade", false);
    fetch(session, How { upgrade, frozen })
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
    by_site.chain(required).fold(BTreeMap::new(), |mut used, (source, by)| {
        used.entry(source).or_default().insert(by);
        used
    })
}
