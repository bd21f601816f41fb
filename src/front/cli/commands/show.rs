//! `situs show`

use serde_json::Value as Json;

use crate::engine;
use crate::front::cli::args::{Spec, optional, switch};
use crate::front::cli::exit::Exit;
use crate::front::cli::session::{Session, block_on};
use crate::front::render::verdict::View;
use crate::front::render::{native, plan as plans, state};
use crate::run::plan::file;
use crate::run::state::Snapshot;

/// The command.
pub static SPEC: Spec = Spec {
    name: "show",
    about: "Show what is managed here, or what a plan file would do",
    more: "Without an argument: every resource that the state holds, with its values, and the outputs. With a plan file: that plan. Sensitive values \
           are not shown, in JSON they are null.",
    operands: &[optional("PLANFILE", "A plan kept by `situs plan -out=PLANFILE`.")],
    flags: &[&[switch("json", "As one JSON object.")]],
    run,
};

fn run(session: &Session) -> Exit {
    match session.given.operands().first() {
        Some(path) => plan(session, path),
        None => match snapshot(session) {
            Ok(snapshot) if session.json() => said(session, &native::state(&snapshot)),
            Ok(snapshot) => {
                session
                    .terminal
                    .say(&state::everything(&snapshot, session.terminal.out));
                Exit::Done
            }
            Err(exit) => exit,
        },
    }
}

fn plan(session: &Session, path: &str) -> Exit {
    let plan = match file::read(&session.world.path().join(path)) {
        Ok(plan) => plan,
        Err(diagnostic) => return session.fail(&(*diagnostic).into()),
    };
    let view = View::of_json(&plan.verdict);
    if session.json() {
        return said(session, &native::plan(&plan, &view));
    }
    session.terminal.say(&plans::text(&plan, &view, session.terminal.out));
    Exit::Done
}

fn said(session: &Session, json: &Json) -> Exit {
    session.terminal.say(&format!("{json}\n"));
    Exit::Done
}

/// What is kept; where it cannot be read, that is told.
pub fn snapshot(session: &Session) -> Result<Snapshot, Exit> {
    session.home()?;
    let ports = session.quiet();
    match block_on(engine::read(&ports)) {
        Ok(Ok(snapshot)) => Ok(snapshot),
        Ok(Err(diagnostics)) => Err(session.fail(&diagnostics)),
        Err(_) => Err(Exit::Error),
    }
}
