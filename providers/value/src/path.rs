//! Where in a value something stands.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// `.name`
    Attr(Arc<str>),
    /// `["key"]`
    Key(Arc<str>),
    /// `[0]`
    Index(usize),
}

/// Steps from the whole to a part.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The whole.
    pub fn root() -> Self {
        Self::default()
    }

    /// One step further, to an attribute.
    #[must_use]
    pub fn attr(&self, name: impl AsRef<str>) -> Self {
        self.step(Step::Attr(name.as_ref().into()))
    }

    /// One step further, to a key.
    #[must_use]
    pub fn key(&self, key: impl AsRef<str>) -> Self {
        self.step(Step::Key(key.as_ref().into()))
    }

    /// One step further, to an element.
    #[must_use]
    pub fn index(&self, at: usize) -> Self {
        self.step(Step::Index(at))
    }

    fn step(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    /// Whether it is the whole.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Attr(name) if i == 0 => write!(f, "{name}")?,
                Step::Attr(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(at) => write!(f, "[{at}]")?,
            }
        }
        Ok(())
    }
}
