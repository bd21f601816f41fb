//! `situs destroy`

use crate::front::cli::args::Spec;
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::{self, APPLYING, LOCK_TIMEOUT, TALKING, VARIABLES, WORKING};
use crate::front::cli::session::Session;
use crate::front::cli::voice::Voice;
use crate::run::plan::change::Operation;

/// The command.
pub static SPEC: Spec = Spec {
    name: "destroy",
    about: "Take away everything that is managed here",
    more: "Shows what would go, asks, and destroys it: each thing before what it needs. What Situs does not manage stays.",
    operands: &[],
    flags: &[APPLYING, LOCK_TIMEOUT, WORKING, VARIABLES, TALKING],
    run,
};

fn run(session: &Session) -> Exit {
    let voice = Voice::new(session);
    operate::run(session, &voice, |work| {
        super::apply::fresh(session, work, Operation::Destroy)
    })
}
