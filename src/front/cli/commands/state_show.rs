//! `situs state show`

use crate::engine::edit::not_kept;
use crate::front::cli::args::{Spec, operand, switch};
use crate::front::cli::exit::Exit;
use crate::front::cli::session::{Session, address};
use crate::front::render::{native, state};

/// The command.
pub static SPEC: Spec = Spec {
    name: "state show",
    about: "Show one thing that is managed here",
    more: "Shows what the state holds of a resource, or of every resource at or below an address.",
    operands: &[operand("ADDR", "An address, as `situs state list` lists them.")],
    flags: &[&[switch("json", "As one JSON array.")]],
    run,
};

fn run(session: &Session) -> Exit {
    let typed = session.given.operands().first().copied().unwrap_or_default();
    let wanted = match address(typed) {
        Ok(wanted) => wanted,
        Err(diagnostic) => return session.fail(&(*diagnostic).into()),
    };
    let snapshot = match super::show::snapshot(session) {
        Ok(snapshot) => snapshot,
        Err(exit) => return exit,
    };
    let found: Vec<_> = snapshot
        .objects
        .iter()
        .filter(|(addr, _)| wanted.covers(addr))
        .collect();
    if found.is_empty() {
        return session.fail(&not_kept(&snapshot, &wanted).into());
    }
    if session.json() {
        let all: serde_json::Value = found
            .iter()
            .map(|(addr, record)| native::object(addr, record))
            .collect();
        session.terminal.say(&format!("{all:#}\n"));
    } else {
        let all: Vec<String> = found
            .iter()
            .map(|(addr, record)| state::object(addr, record, session.terminal.out))
            .collect();
        session.terminal.say(&all.join("\n"));
    }
    Exit::Done
}
