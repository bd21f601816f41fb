//! `situs import`

use crate::engine::{self, Options};
use crate::front::cli::args::{Spec, operand};
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::{LOCK_TIMEOUT, VARIABLES};
use crate::front::cli::session::{Session, address, block_on};
use crate::front::render::paint::{Style, safe};

/// The command.
pub static SPEC: Spec = Spec {
    name: "import",
    about: "Take a live object over into the state",
    more: "Looks a live object up by its id and keeps it under an address, which has a `resource` block already. Nothing else is changed. An \
           `import` block does the same with the next apply, and shows it in the plan before.",
    operands: &[
        operand("ADDR", "The address of its `resource` block."),
        operand("ID", "Its id, as the provider's documentation describes it."),
    ],
    flags: &[LOCK_TIMEOUT, VARIABLES],
    run: |session| run(session).err().unwrap_or(Exit::Done),
};

fn run(session: &Session) -> Result<(), Exit> {
    let given = session.given.operands();
    let (addr, id) = (
        given.first().copied().unwrap_or(""),
        given.get(1).copied().unwrap_or(""),
    );
    let fail = |d: Box<crate::base::Diagnostic>| session.fail(&(*d).into());
    let to = address(addr).map_err(fail)?;
    let options = Options {
        lock_timeout: session.duration("lock-timeout").map_err(fail)?,
        ..Options::default()
    };
    let ports = session.quiet();
    let loaded = session.load(&ports)?;
    let done = engine::import(&ports, &loaded, &options, to.clone(), id.to_owned());
    let done = block_on(done).map_err(|_| Exit::Error)?;
    done.map_err(|said| {
        session.terminal.tell(&said, &loaded.sources);
        Exit::of(&said)
    })?;
    let success = session.terminal.out.paint(Style::BoldGreen, "Imported!");
    let text = format!("{success} `{}` is in the state.\n", safe(&to.to_string()));
    session.terminal.say(&text);
    Ok(())
}
