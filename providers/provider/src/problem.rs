//! What a provider says when something is wrong.

use serde::{Deserialize, Serialize};
use situs_value::Path;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The call failed.
    Error,
    /// The call did its work all the same.
    Warning,
}

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// It cannot.
    #[default]
    Lasting,
    /// It can, after about so many milliseconds: nothing was changed by the failed try.
    Passing {
        /// How long to wait, in milliseconds.
        after_millis: u64,
    },
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// How bad.
    pub severity: Severity,
    /// What, in one sentence without a full stop.
    pub summary: String,
    /// More of it: why, what was expected, what to do. May be empty.
    pub detail: String,
    /// Which attribute, where it is about one.
    pub path: Option<Path>,
    /// Whether trying again can help.
    pub class: Class,
}

impl Problem {
    /// A failure.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            path: None,
            class: Class::Lasting,
        }
    }

    /// Something to know.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(summary, detail)
        }
    }

    /// Names the attribute.
    #[must_use]
    pub fn at(mut self, path: Path) -> Self {
        self.path = Some(path);
        self
    }

    /// Says that trying again after so many milliseconds can help.
    #[must_use]
    pub fn passing(mut self, after_millis: u64) -> Self {
        self.class = Class::Passing { after_millis };
        self
    }
}

/// All that is wrong with one call; empty is good.
pub type Problems = Vec<Problem>;
