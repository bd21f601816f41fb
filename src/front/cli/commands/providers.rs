//! `situs providers`

use std::collections::BTreeSet;

use crate::engine;
use crate::front::cli::args::Spec;
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::VARIABLES;
use crate::front::cli::session::{Session, block_on};
use crate::front::render::paint::safe;
use crate::lang::config::Config;
use crate::lang::eval::shape::Name;

/// The command.
pub static SPEC: Spec = Spec {
    name: "providers",
    about: "Show which providers are needed, and by what",
    more: "A tree: the providers of the configuration, below it those of each site's runtime; then those that made what the state holds, \
           which are needed until it is gone.",
    operands: &[],
    flags: &[VARIABLES],
    run,
};

fn run(session: &Session) -> Exit {
    let ports = session.quiet();
    let loaded = match session.load_without_values(&ports) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let mut text = String::from("\nProviders required by configuration:\n.\n");
    draw(&tree(&loaded.config), "", &mut text);
    let Ok(read) = block_on(engine::read(&ports)) else {
        return Exit::Error;
    };
    let state = match read {
        Ok(state) => state,
        Err(diagnostics) => return session.fail(&diagnostics),
    };
    let kept: BTreeSet<&str> = state.providers.values().map(|p| p.source.as_str()).collect();
    if !kept.is_empty() {
        text.push_str("\nProviders required by state:\n");
        kept.iter()
            .for_each(|source| text.push_str(&format!("    {}\n", provider(source))));
    }
    session.terminal.say(&format!("{text}\n"));
    Exit::Done
}

/// A line with those below it.
struct Node {
    line: String,
    below: Vec<Node>,
}

impl Node {
    fn leaf(source: &str) -> Self {
        Self {
            line: provider(source),
            below: Vec::new(),
        }
    }
}

fn provider(source: &str) -> String {
    format!("provider[{}]", safe(source))
}

fn tree(config: &Config) -> Vec<Node> {
    let by_hand = by_hand(config).into_iter().map(|s| Node::leaf(&s));
    let sites = config.shape.sites.iter().filter_map(|(name, site)| {
        let runtime = config.runtime_of(site)?;
        let sources: BTreeSet<String> = runtime.providers.iter().map(|p| source(config, &p.name)).collect();
        Some(Node {
            line: format!("site.{name}"),
            below: sources.iter().map(|s| Node::leaf(s)).collect(),
        })
    });
    by_hand.chain(sites).collect()
}

fn draw(nodes: &[Node], indent: &str, text: &mut String) {
    for (i, node) in nodes.iter().enumerate() {
        let (branch, more) = if i + 1 == nodes.len() {
            ("└── ", "    ")
        } else {
            ("├── ", "│   ")
        };
        text.push_str(&format!("{indent}{branch}{}\n", node.line));
        draw(&node.below, &format!("{indent}{more}"), text);
    }
}

/// The sources of what resources are written for.
fn by_hand(config: &Config) -> BTreeSet<String> {
    config.root.required.values().map(|r| r.source.to_string()).collect()
}

/// Every source that the configuration needs.
pub(super) fn sources(config: &Config) -> BTreeSet<String> {
    let of_sites = config.shape.sites.values().flat_map(|site| {
        let providers = config.runtime_of(site).into_iter().flat_map(|r| &r.providers);
        providers.map(|p| source(config, &p.name))
    });
    by_hand(config).into_iter().chain(of_sites).collect()
}

/// Where a runtime's provider comes from: what `required_providers` says, else what ships with Situs.
pub(super) fn source(config: &Config, name: &Name) -> String {
    config
        .root
        .required
        .get(name)
        .map_or_else(|| format!("builtin/situs/{name}"), |r| r.source.to_string())
}
