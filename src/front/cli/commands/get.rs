//! `situs get`

use crate::engine::{self, How};
use crate::front::cli::args::{Flag, Spec, switch};
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::VARIABLES;
use crate::front::cli::session::{Session, block_on};
use crate::front::render::paint::safe;
use crate::lang::config::lock::MODULES;

const FLAGS: &[Flag] = &[switch("update", "Look for newer modules than those of the lock file.")];

/// The command.
pub static SPEC: Spec = Spec {
    name: "get",
    about: "Fetch the modules that come from elsewhere",
    more: "Fetches what `module` blocks name and is not on this machine: from registries, repositories and archives, into `.situs/modules`. \
           What was fetched is written down in `.situs.lock.hcl` with its digest, and fetched just so from then on. `situs init` does the same.",
    operands: &[],
    flags: &[FLAGS, VARIABLES],
    run,
};

fn run(session: &Session) -> Exit {
    let how = How {
        upgrade: session.given.switch("update", false),
        frozen: false,
    };
    match fetch(session, how) {
        Ok(text) if text.is_empty() => session.terminal.say("All modules are here.\n"),
        Ok(text) => session.terminal.say(&text),
        Err(exit) => return exit,
    }
    Exit::Done
}

/// Fetches, and says what: nothing where nothing was.
pub fn fetch(session: &Session, how: How) -> Result<String, Exit> {
    let ports = session.quiet();
    let request = session.request().map_err(|d| session.fail(&(*d).into()))?;
    let done = block_on(engine::get(&ports, &request, how));
    let Ok((fetched, said)) = done else {
        return Err(Exit::Error);
    };
    if said.has_errors() {
        session.terminal.tell(&said, &fetched.sources);
        return Err(Exit::of(&said));
    }
    let line = |(package, locked): (&crate::lang::config::lock::Package, &crate::lang::config::lock::Locked)| {
        let commit = locked.commit.as_deref().map(|c| c.chars().take(12).collect());
        let which = locked
            .version
            .clone()
            .or(commit)
            .map(|w| format!(" {w}"))
            .unwrap_or_default();
        format!(
            "  {}{} in {MODULES}/{}\n",
            safe(&package.source),
            safe(&which),
            locked.directory
        )
    };
    let lines: String = fetched.new.iter().map(line).collect();
    Ok(if lines.is_empty() {
        lines
    } else {
        format!("Modules:\n{lines}")
    })
}
