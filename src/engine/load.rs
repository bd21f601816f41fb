//! From a directory to a configuration with its legal sites.

use crate::base::ports::World;
use crate::base::{Diagnostic, Diagnostics, Sources};
use crate::lang::config::{self, Config, Request};
use crate::lang::eval::expand::LATE_REPETITION;
use crate::lang::eval::instance::{Instance, NoObjects};
use crate::lang::eval::late::Late;
use crate::lang::eval::provisioner::BAD_PROVISIONER;
use crate::model::assignment::Assignment;
use crate::model::residency::{self, Legal};
use crate::run::lower::{self, Lowered};
use crate::run::plan::change::Input;
use crate::run::plan::order::order;
use crate::run::provision;

use super::{Assumptions, Ports, decide};

/// A configuration, read and understood.
pub struct Loaded {
    /// Its texts.
    pub sources: Sources,
    /// What it says.
    pub config: Config,
    /// Where the law lets things be.
    pub legal: Legal,
    /// The workspace that it was read for.
    pub workspace: String,
}

/// Reads a configuration. With errors among the messages nothing may be planned on it, and those of its expressions are among them.
pub fn load(ports: &Ports, request: Request) -> (Loaded, Diagnostics) {
    let request = Request {
        runtimes: ports.registry.runtimes(),
        functions: ports.registry.functions(),
        workspace: ports.workspace.clone(),
        ..request
    };
    let mut sources = Sources::new();
    let (config, mut diagnostics) = config::load(&ports.world, &mut sources, &request);
    if diagnostics.has_errors() {
        diagnostics.append(written_by_hand(ports, &config));
    }
    let legal = residency::legal(&config.shape);
    let loaded = Loaded {
        sources,
        config,
        legal,
        workspace: request.workspace,
    };
    (loaded, diagnostics.sorted())
}

/// What is wrong with resources and outputs of a configuration of which something else is wrong, so that all of it is told at once.
/// What could not be read is unknown here, and silent.
fn written_by_hand(ports: &Ports, config: &Config) -> Diagnostics {
    let (lowered, said) = lower::lower(config, &Assignment::default(), &ports.registry);
    let placeless =
        |d: &Diagnostic| (d.code.id.starts_with("E1") && d.code != LATE_REPETITION) || d.code == BAD_PROVISIONER;
    let mut diagnostics: Diagnostics = said.into_iter().filter(placeless).collect();
    diagnostics.append(expressions(&lowered));
    diagnostics
}

/// Which providers the configuration needs and cannot be had.
pub fn providers(ports: &Ports, loaded: &Loaded) -> Diagnostics {
    let (_, said) = lower::lower(&loaded.config, &Assignment::default(), &ports.registry);
    said.into_iter().filter(|d| d.code == lower::NO_PROVIDER).collect()
}

/// Every resource's body against its provider's schema, and every output, without any object.
fn expressions(lowered: &Lowered) -> Diagnostics {
    let bodies = lowered.instances.iter().map(written);
    let outputs = lowered.outputs.iter().map(|o| o.evaluate(&NoObjects).1);
    bodies
        .chain(lowered.late.iter().map(late))
        .chain(outputs)
        .flatten()
        .collect()
}

fn late(block: &Late) -> Diagnostics {
    let (instances, mut said) = block.still();
    said.extend(instances.iter().flat_map(written));
    said
}

fn written(instance: &Instance) -> Diagnostics {
    let mut said = instance.evaluate(&NoObjects).1;
    let provisioners = instance.provisioners.iter();
    said.extend(provisioners.flat_map(|p| provision::check(p, &instance.scope)));
    said
}

/// What is wrong with a configuration apart from the live state: its placement from nothing, the verdict of that, every resource's
/// body, every output, and circles among resources.
pub fn validate(ports: &Ports, loaded: &Loaded) -> Diagnostics {
    let (intent, mut diagnostics) = decide(ports, loaded, &Assignment::default(), Assumptions::Named);
    if let Some(intent) = intent {
        diagnostics.extend(intent.verdict.findings.into_iter().map(|f| f.diagnostic));
        diagnostics.append(expressions(&intent.lowered));
        diagnostics.extend(
            order(&intent.lowered.instances, &intent.lowered.late)
                .err()
                .map(|circle| *circle),
        );
    }
    diagnostics.sorted()
}

impl Loaded {
    /// What it was read from.
    pub fn input(&self) -> Input {
        Input {
            files: self.config.files(),
            variables: self.config.given.clone(),
            directory: self.config.world.root(),
            ephemeral: self.config.ephemeral.clone(),
            workspace: self.workspace.clone(),
            planned_at_millis: self.config.world.asked_at_millis(),
        }
    }
}
