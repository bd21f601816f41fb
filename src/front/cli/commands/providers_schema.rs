//! `situs providers schema`

use crate::base::Diagnostic;
use crate::front::cli::args::{Spec, WRONG_ARGUMENT, switch};
use crate::front::cli::commands::providers;
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::VARIABLES;
use crate::front::cli::session::Session;
use crate::front::render::schema;

/// The command.
pub static SPEC: Spec = Spec {
    name: "providers schema",
    about: "Show what the providers of this configuration offer, as JSON",
    more: "The attributes and blocks of every provider that the configuration uses, of its resources and of its data sources, in the form \
           that editors and other tools of Terraform read.",
    operands: &[],
    flags: &[
        VARIABLES,
        &[switch("json", "As one JSON object; there is no other form.")],
    ],
    run,
};

fn run(session: &Session) -> Exit {
    if !session.json() {
        let title = "`situs providers schema` has no form but JSON";
        return session.fail(&Diagnostic::error(WRONG_ARGUMENT, title).help("add `-json`").into());
    }
    let ports = session.quiet();
    let loaded = match session.load(&ports) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let sources = providers::sources(&loaded.config);
    ports.registry.seek(sources.iter().map(String::as_str));
    let known: Vec<_> = sources
        .iter()
        .filter_map(|source| ports.registry.get(source).ok())
        .collect();
    let json = schema::providers(known.iter().map(|b| (b.source.as_str(), &*b.schema)));
    session.terminal.say(&format!("{json:#}\n"));
    Exit::Done
}
