//! `situs state list`

use crate::base::Addr;
use crate::front::cli::args::{Spec, operands};
use crate::front::cli::exit::Exit;
use crate::front::cli::session::{Session, address};
use crate::front::render::paint::safe;

/// The command.
pub static SPEC: Spec = Spec {
    name: "state list",
    about: "List the addresses of what is managed here",
    more: "Lists the address of every resource that the state holds, one a line, or of those at or below the addresses that are given \
           (`service.triage`, `service.triage@munich`).",
    operands: &[operands(0, "ADDR", "Only what is there or below it.")],
    flags: &[],
    run,
};

fn run(session: &Session) -> Exit {
    let wanted: Result<Vec<Addr>, _> = session.given.operands().into_iter().map(address).collect();
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(diagnostic) => return session.fail(&(*diagnostic).into()),
    };
    let snapshot = match super::show::snapshot(session) {
        Ok(snapshot) => snapshot,
        Err(exit) => return exit,
    };
    let shown = |addr: &&Addr| wanted.is_empty() || wanted.iter().any(|w| w.covers(addr));
    let lines: String = snapshot
        .objects
        .keys()
        .filter(shown)
        .map(|addr| format!("{}\n", safe(&addr.to_string())))
        .collect();
    session.terminal.say(&lines);
    Exit::Done
}
