//! What comes out: a state, findings, assumptions and notes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value, json};

use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::shape::{Mode, Name};

/// One of the three verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Every rule holds.
    Proved,
    /// A fact that the rule asks for is missing.
    NotProvable,
    /// A rule does not hold.
    Violated,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proved => "proved",
            Self::NotProvable => "not provable",
            Self::Violated => "violated",
        })
    }
}

/// What the runtimes carry out.
#[derive(Clone, Debug, Default)]
pub struct Realised {
    /// By site, what its runtime realises: `replication backup encryption retention sealing failover moves logs`.
    pub by_site: BTreeMap<Name, BTreeSet<Name>>,
}

impl Realised {
    /// Whether the runtime of a site carries something out.
    pub fn at(&self, site: &Name, what: &str) -> bool {
        self.by_site.get(site).is_some_and(|r| r.contains(what))
    }
}

/// One rule that does not hold, or cannot be shown to hold, for one dataset at one place.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its family.
    pub code: Code,
    /// Violated, or not provable.
    pub state: State,
    /// The block.
    pub residency: Name,
    /// The mode, where the rule speaks of one.
    pub mode: Option<Mode>,
    /// What an exception calls the rule: a mode's word, or `compellable collect strictly least keep`.
    pub rule: &'static str,
    /// Whose data.
    pub dataset: Name,
    /// Where, as far as it is a site.
    pub site: Option<Name>,
    /// Things and the words between them, alternating: `dataset.records`, `reads`, `service.triage@ashburn`.
    pub path: Vec<String>,
    /// What the user reads.
    pub diagnostic: Diagnostic,
}

/// The answer to "does the law let the data be where this plan puts it?".
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The worst of the findings.
    pub state: State,
    /// What does not hold; violations first.
    pub findings: Vec<Finding>,
    /// What is taken for granted because no runtime carries it out.
    pub assumptions: Vec<String>,
    /// Every narrowing and every derivation.
    pub notes: Vec<String>,
    /// Warnings; they never change the state.
    pub lints: Diagnostics,
}

impl Verdict {
    /// The object that `-json` ends with (language.md §7).
    pub fn to_json(&self) -> Value {
        let findings: Vec<Value> = self.findings.iter().map(Finding::to_json).collect();
        json!({
            "type": "verdict",
            "verdict": self.state.to_string(),
            "assumptions": self.assumptions,
            "findings": findings,
        })
    }

    /// The findings as messages.
    pub fn diagnostics(&self) -> Diagnostics {
        self.findings.iter().map(|f| f.diagnostic.clone()).collect()
    }
}

impl Finding {
    fn to_json(&self) -> Value {
        json!({
            "code": self.code.id,
            "residency": &*self.residency,
            "mode": self.rule,
            "dataset": &*self.dataset,
            "site": self.site.as_deref(),
            "path": self.path,
        })
    }
}
