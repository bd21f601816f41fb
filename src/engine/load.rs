//! From a directory to a configuration with its legal sites.

use crate::base::ports::World;
use crate::base::{Diagnostics, Sources};
use crate::lang::config::{self, Config, Request};
use crate::lang::eval::instance::NoObjects;
use crate::model::assignment::Assignment;
use crate::model::residency::{self, Legal};
use crate::run::plan::change::Input;

use super::{Assumptions, Ports, decide};

/// A configuration, read and understood.
pub struct Loaded {
    /// Its texts.
    pub sources: Sources,
    /// What it says.
    pub config: Config,
    /// Where the law lets things be.
    pub legal: Legal,
}

/// Reads a configuration. With errors among the messages nothing may be planned on it.
pub fn load(ports: &Ports, request: Request) -> (Loaded, Diagnostics) {
    let request = Request {
        runtimes: ports.registry.runtimes(),
        ..request
    };
    let mut sources = Sources::new();
    let (config, diagnostics) = config::load(&ports.world, &mut sources, &request);
    let legal = residency::legal(&config.shape);
    let loaded = Loaded {
        sources,
        config,
        legal,
    };
    (loaded, diagnostics)
}

/// What is wrong with a configuration apart from the live state: its placement from nothing, the verdict of that, and every resource's
/// body against its provider's schema.
pub fn validate(ports: &Ports, loaded: &Loaded) -> Diagnostics {
    let (intent, mut diagnostics) = decide(ports, loaded, &Assignment::default(), Assumptions::Named);
    if let Some(intent) = intent {
        diagnostics.extend(intent.verdict.findings.into_iter().map(|f| f.diagnostic));
        for instance in &intent.lowered.instances {
            diagnostics.append(instance.evaluate(&NoObjects).1);
        }
    }
    diagnostics
}

impl Loaded {
    /// What it was read from.
    pub fn input(&self) -> Input {
        Input {
            files: self.config.files(),
            variables: self.config.given.clone(),
            directory: self.config.world.root(),
        }
    }
}
