//! `situs validate`

use crate::base::Diagnostics;
use crate::engine;
use crate::front::cli::args::{Spec, switch};
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::VARIABLES;
use crate::front::cli::session::Session;
use crate::front::render::json;
use crate::front::render::paint::Style;
use crate::lang::config::NOT_GIVEN;
use crate::lang::config::blocks::DEPENDS;

/// The command.
pub static SPEC: Spec = Spec {
    name: "validate",
    about: "Check the configuration, without looking at what is there",
    more: "Reads every file, and says all that is wrong at once: spelling, names, types, units, what cannot be placed, and where the law \
           would be broken. Neither the state nor any provider is asked what is there.",
    operands: &[],
    flags: &[VARIABLES, &[switch("json", "As one JSON object.")]],
    run,
};

fn run(session: &Session) -> Exit {
    let ports = session.quiet();
    let request = match session.request() {
        Ok(request) => request,
        Err(diagnostic) => return session.fail(&(*diagnostic).into()),
    };
    let (loaded, said) = engine::load(&ports, request);
    // What a variable is without a value is not known, and may be anything that its type takes: unless the intent depends on it.
    let open = !loaded.config.missing.is_empty();
    let needed = open && said.iter().any(|d| d.code == DEPENDS);
    let told = if needed { DEPENDS } else { NOT_GIVEN };
    let mut diagnostics: Diagnostics = said.into_iter().filter(|d| !open || d.code != told).collect();
    if !diagnostics.has_errors() {
        diagnostics.append(engine::validate(&ports, &loaded));
    }
    let exit = Exit::of(&diagnostics);
    if session.json() {
        session
            .terminal
            .say(&format!("{:#}\n", json::validated(&diagnostics, &loaded.sources)));
        return exit;
    }
    session.terminal.tell(&diagnostics, &loaded.sources);
    if exit == Exit::Done {
        let success = session.terminal.out.paint(Style::BoldGreen, "Success!");
        let but = if diagnostics.is_empty() {
            ""
        } else {
            ", but there are warnings"
        };
        session
            .terminal
            .say(&format!("{success} The configuration is valid{but}.\n"));
    }
    exit
}
