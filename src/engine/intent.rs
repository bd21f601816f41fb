//! From a configuration to decided intent: everything has its site, the law has been asked, and runtimes have made resources of it. No
//! provider has been called up to here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::Diagnostics;
use crate::lang::eval::shape::{Name, Shape};
use crate::model::assignment::{Assignment, Thing};
use crate::model::placement::{self, Placement};
use crate::model::residency::{self, Realised, State, Verdict};
use crate::run::lower::{self, Lowered};

use super::{Assumptions, Loaded, Ports};

/// Decided intent.
pub struct Intent {
    /// Where everything is, and why.
    pub placement: Placement,
    /// Whether the law holds.
    pub verdict: Verdict,
    /// The resources of it.
    pub lowered: Lowered,
}
