//! `situs refresh`

use crate::front::cli::args::Spec;
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::{self, APPLYING, LOCK_TIMEOUT, TALKING, VARIABLES, WORKING};
use crate::front::cli::session::Session;
use crate::front::cli::voice::Voice;
use crate::run::plan::change::Operation;

/// The command.
pub static SPEC: Spec = Spec {
    name: "refresh",
    about: "Take note of what changed outside",
    more: "The same as `situs apply -refresh-only`: shows what is found to be different, asks, and writes that down. Nothing is changed but the state.",
    operands: &[],
    flags: &[APPLYING, LOCK_TIMEOUT, WORKING, VARIABLES, TALKING],
    run,
};

fn run(session: &Session) -> Exit {
    let voice = Voice::new(session);
    operate::run(session, &voice, |work| {
        super::apply::fresh(session, work, Operation::RefreshOnly)
    })
}
