//! Whether the law holds (the data that is drawn; the whole room replaces this file).

use crate::base::{Diagnostic, Diagnostics};

/// A finding.
pub struct Finding {
    /// As it is told.
    pub diagnostic: Diagnostic,
}

/// A verdict.
#[derive(Default)]
pub struct Verdict {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What is taken for done.
    pub assumptions: Vec<String>,
    /// Narrowings and derivations.
    pub notes: Vec<String>,
    /// What could be said better.
    pub lints: Diagnostics,
}

impl Verdict {
    /// As programs read it.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "verdict": "proved", "assumptions": self.assumptions, "findings": [] })
    }
}
