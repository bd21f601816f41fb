//! Questions that change nothing.

use crate::base::{Code, Diagnostic, Diagnostics};
use crate::model::assignment::{Assignment, Thing};
use crate::model::placement;

use super::{Assumptions, Loaded, Ports, decide};
