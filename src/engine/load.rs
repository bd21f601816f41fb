//! From a directory to a configuration with its legal sites.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{Diagnostics, Sources};
use crate::base::ports::World;
use crate::lang::config::{self, Config, Request};
use crate::model::assignment::Assignment;
use crate::model::residency::{self, Legal};
use crate::run::plan::change::Input;

use super::world::Recorded;
use super::{Ports, decide};

/// A configuration, read and understood.
pub struct Loaded {
    /// Its texts.
    pub sources: Sources,
    /// What it says.
    pub config: Config,
    /// Where the law lets things be.
    pub legal: Legal,
    request: Request,
    world: Arc<Recorded>,
}

/// Reads a configuration. With errors among the messages nothing may be planned on it.
pub fn load(ports: &Ports, request: Request) -> (Loaded, Diagnostics) {
    let request = Request { runtimes: ports.registry.runtimes(), ..request };
    let world = Arc::new(Recorded::new(ports.world.clone()));
    let seen: Arc<dyn World> = world.clone();
    let mut sources = Sources::new();
    let (config, diagnostics) = config::load(&seen, &mut sources, &request);
    let legal = residency::legal(&config.shape);
    (Loaded { sources, config, legal, request, world }, diagnostics)
}

/// What is wrong with a configuration apart from the live state: placement from nothing, the verdict of it, and every resource's body.
pub fn validate(ports: &Ports, loaded: &Loaded) -> Diagnostics {
    let (intent, mut diagnostics) = decide(ports, loaded, &Assignment::default(), super::Assumptions::Named);
    if let Some(intent) = intent {
        for instance in &intent.lowered.instances {
            diagnostics.append(instance.evaluate(&crate::lang::eval::instance::NoObjects).1);
        }
    }
    diagnostics
}

impl Loaded {
    /// What it was read from.
    pub fn input(&self) -> Input {
        let variable = |name: &str| name.starts_with("SITUS_VAR_") || name.starts_with("TF_VAR_");
        let environment: BTreeMap<_, _> = self.world.envs().into_iter().filter(|(name, _)| variable(name)).collect();
        Input {
            files: self.world.files(),
            variables: self.request.variables.clone(),
            var_files: self.request.var_files.clone(),
            environment,
            directory: self.world.root(),
        }
    }
}
