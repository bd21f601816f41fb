//! Why bytes are no value of a type, or a value has no bytes.

use std::fmt;

use situs_value::Path;
use situs_value::path::Step;

/// What is wrong, and where in the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The steps, the last one first.
    steps: Vec<Step>,
    /// What was expected there, and what was found.
    pub message: String,
}

impl Wrong {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            steps: Vec::new(),
            message: message.into(),
        }
    }

    /// The same, seen from one step further out.
    pub(crate) fn within(mut self, step: impl FnOnce() -> Step) -> Self {
        self.steps.push(step());
        self
    }

    /// Where.
    pub fn path(&self) -> Path {
        Path(self.steps.iter().rev().cloned().collect())
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.steps.is_empty() {
            true => f.write_str(&self.message),
            false => write!(f, "`{}`: {}", self.path(), self.message),
        }
    }
}

impl std::error::Error for Wrong {}
