//! `situs destroy`

use crate::front::cli::args::Spec;
use crate::front::cli::operate::{APPLYING, LOCK_TIMEOUT, TALKING, VARIABLES, WORKING};
use crate::run::plan::change::Operation;

use super::apply::whole;

/// The command.
pub static SPEC: Spec = Spec {
    name: "destroy",
    about: "Take away everything that is managed here",
    more: "Shows what would go, asks, and destroys it: each thing before what it needs. What Situs does not manage stays.",
    operands: &[],
    flags: &[APPLYING, LOCK_TIMEOUT, WORKING, VARIABLES, TALKING],
    run: |session| whole(session, Operation::Destroy),
};
