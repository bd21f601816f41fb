//! `situs graph`

use crate::base::Diagnostic;
use crate::engine::query;
use crate::front::cli::args::{Spec, WRONG_ARGUMENT, value};
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::VARIABLES;
use crate::front::cli::session::{Session, block_on};

/// The command.
pub static SPEC: Spec = Spec {
    name: "graph",
    about: "Draw sites, services, datasets and what joins them",
    more: "Draws the intent as it would be placed: each site with its services and datasets, and who reads, writes and calls what. DOT is for \
           Graphviz (`situs graph | dot -Tsvg`), Mermaid is for Markdown.",
    operands: &[],
    flags: &[&[value("type", "FORM", "`dot` (default) or `mermaid`.")], VARIABLES],
    run,
};

fn run(session: &Session) -> Exit {
    let form = match session.given.value("type").unwrap_or("dot") {
        "dot" => query::Form::Dot,
        "mermaid" => query::Form::Mermaid,
        other => {
            let title = format!("`-type` is `dot` or `mermaid`, not `{other}`");
            return session.fail(&Diagnostic::error(WRONG_ARGUMENT, title).into());
        }
    };
    let ports = session.quiet();
    let loaded = match session.load(&ports) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let (text, diagnostics) = block_on(query::graph(&ports, &loaded, form)).unwrap_or_default();
    session.terminal.tell_aside(&diagnostics, &loaded.sources);
    if diagnostics.has_errors() {
        return Exit::of(&diagnostics);
    }
    session.terminal.say(&text);
    Exit::Done
}
