//! `situs why`

use crate::engine::query;
use crate::front::cli::args::{Operand, Spec};
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::VARIABLES;
use crate::front::cli::session::{Session, address, block_on};
use crate::front::render::paint::safe;

/// The command.
pub static SPEC: Spec = Spec {
    name: "why",
    about: "Say why something is where it is, or why not elsewhere",
    more: "Says why a service or dataset is placed where it is (`situs why service.triage`), and what speaks for or against one site \
           (`situs why service.triage@dublin`; `situs why not service.triage@dublin` asks the same).",
    operands: &[Operand {
        name: "ADDR",
        count: (1, 2),
        about: "`service.NAME` or `dataset.NAME`, with or without `@SITE`; `not` may stand before it.",
    }],
    flags: &[VARIABLES],
    run,
};

fn run(session: &Session) -> Exit {
    let operands = session.given.operands();
    let asked = match operands.as_slice() {
        ["not", asked] | [asked] => address(asked),
        [first, ..] => address(&format!("{first} …")),
        [] => address(""),
    };
    let asked = match asked {
        Ok(asked) => asked,
        Err(diagnostic) => {
            let told = diagnostic.help("ask `situs why service.NAME` or `situs why dataset.NAME@SITE`");
            return session.fail(&told.into());
        }
    };
    let ports = session.quiet();
    let loaded = match session.load(&ports) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let (lines, diagnostics) = block_on(query::why(&ports, &loaded, &asked)).unwrap_or_default();
    session.terminal.tell_aside(&diagnostics, &loaded.sources);
    if diagnostics.has_errors() {
        return Exit::of(&diagnostics);
    }
    session
        .terminal
        .say(&lines.iter().map(|line| format!("{}\n", safe(line))).collect::<String>());
    Exit::Done
}
