//! `situs init`

use std::collections::{BTreeMap, BTreeSet};

use crate::engine;
use crate::front::cli::args::Spec;
use crate::front::cli::commands::providers::source;
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::VARIABLES;
use crate::front::cli::session::Session;
use crate::front::render::paint::{Style, safe};
use crate::lang::config::Config;

/// The command.
pub static SPEC: Spec = Spec {
    name: "init",
    about: "Check that the directory can be worked in, and with which providers",
    more: "Reads the configuration and says which providers it uses. Those that it can use ship with Situs, so nothing is fetched and nothing \
           is written: the state comes into being with the first apply.",
    operands: &[],
    flags: &[VARIABLES],
    run,
};

fn run(session: &Session) -> Exit {
    let ports = session.quiet();
    let loaded = match session.load(&ports) {
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
    session.terminal.say(&format!("{head}{text}\n{ready}\n{next}"));
    Exit::Done
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
