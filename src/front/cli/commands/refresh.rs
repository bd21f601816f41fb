//! `situs refresh`

use crate::front::cli::args::Spec;
use crate::front::cli::operate::{APPLYING, LOCK_TIMEOUT, TALKING, VARIABLES, WORKING};
use crate::run::plan::change::Operation;

use super::apply::whole;

/// The command.
pub static SPEC: Spec = Spec {
    name: "refresh",
    about: "Take note of what changed outside",
    more: "The same as `situs apply -refresh-only`: shows what is found to be different, asks, and writes that down. Nothing is changed but the state.",
    operands: &[],
    flags: &[APPLYING, LOCK_TIMEOUT, WORKING, VARIABLES, TALKING],
    run: |session| whole(session, Operation::RefreshOnly),
};
