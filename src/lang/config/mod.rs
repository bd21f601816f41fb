//! From a directory to a configuration (the data that the front touches; the whole room replaces this file).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lang::eval::shape::{Name, Shape, Site};

/// One way in which the user gives values on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// `-var name=text`
    Variable {
        /// The variable.
        name: String,
        /// Its value as written.
        text: String,
    },
    /// `-var-file=path`
    File(String),
}

/// What a configuration is loaded with.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// In the order of the command line.
    pub given: Vec<Given>,
    /// The runtimes that ship with the engine.
    pub runtimes: Vec<(String, String)>,
}

/// A required provider.
#[derive(Clone, Debug)]
pub struct Required {
    /// Where it comes from.
    pub source: Name,
}

/// A provider of a runtime.
pub struct RuntimeProvider {
    /// Its name.
    pub name: Name,
}

/// A runtime.
pub struct Runtime {
    /// The providers that each site gets.
    pub providers: Vec<RuntimeProvider>,
}

/// A configuration.
#[derive(Default)]
pub struct Config {
    /// The intent.
    pub shape: Shape,
    /// By local name.
    pub required: BTreeMap<Name, Required>,
}

impl Config {
    /// The runtime of a site.
    pub fn runtime_of(&self, _: &Site) -> Option<&Arc<Runtime>> {
        None
    }
}
