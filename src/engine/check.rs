//! The samples of a configuration put a provider to the test: every resource is made, looked at from all sides, and removed again. Nothing
//! of it is in a state.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_sdk::suite::{self, Finding};
use situs_sdk::trial::{Faults, Made, Trial};

use crate::base::Diagnostics;
use crate::base::addr::Mode;
use crate::base::ports::World;
use crate::lang::eval::instance::Instance;
use crate::model::assignment::Assignment;
use crate::run::lower::{self, Lowered};
use crate::run::plan::ObjectTable;
use crate::run::plan::order::{Node, order};

use super::{Loaded, Ports};

/// Tries what a configuration declares, and says what came of each.
pub async fn samples(ports: &Ports, loaded: &Loaded) -> (Vec<Finding>, Diagnostics) {
    let (lowered, mut said) = lower::lower(&loaded.config, &Assignment::default(), &ports.registry);
    let nodes = match order(&lowered.instances, &lowered.late) {
        Ok(nodes) => nodes,
        Err(circle) => {
            said.push(*circle);
            Vec::new()
        }
    };
    if said.has_errors() {
        return (Vec::new(), said);
    }
    let mut samples = Samples {
        ports,
        directory: loaded.config.world.root(),
        lowered: &lowered,
        objects: ObjectTable::new(&lowered.instances),
        trials: BTreeMap::new(),
        made: Vec::new(),
        findings: Vec::new(),
    };
    samples.objects.add_none(&lowered.none);
    for node in nodes {
        match node {
            Node::One(instance) => said.append(samples.one(instance).await),
            Node::Late(late) => {
                let (found, wrong) = late.expand(&samples.objects);
                said.append(wrong);
                samples.objects.add(&found.instances);
                samples.objects.add_none(&found.none);
                for instance in &found.instances {
                    said.append(samples.one(instance).await);
                }
            }
        }
    }
    samples.remove().await;
    (samples.findings, said)
}

struct Samples<'a> {
    ports: &'a Ports,
    directory: String,
    lowered: &'a Lowered,
    objects: ObjectTable,
    trials: BTreeMap<Arc<str>, Result<Arc<Trial>, Faults>>,
    made: Vec<(String, Arc<Trial>, Made)>,
    findings: Vec<Finding>,
}

impl Samples<'_> {
    async fn one(&mut self, instance: &Instance) -> Diagnostics {
        let (config, said) = instance.evaluate(&self.objects);
        if said.has_errors() {
            return said;
        }
        let what = match instance.mode() {
            Mode::Data => format!("{}: read", instance.addr),
            _ => format!("{}: made, read, planned again, imported", instance.addr),
        };
        let config = config.unmarked_deep();
        if instance.mode() == Mode::Ephemeral || !config.is_wholly_known() {
            let why = "it is opened and not kept, or needs what could not be made";
            self.findings.push(Finding::skipped(what, why));
            return said;
        }
        let looked = self.look(instance, &config).await;
        self.findings.push(Finding::new(what, looked));
        said
    }

    async fn look(&mut self, instance: &Instance, config: &situs_value::Value) -> Result<(), Faults> {
        let trial = self.trial(&instance.provider).await?;
        let value = match instance.mode() {
            Mode::Data => trial.data(instance.type_name(), config).await?,
            _ => {
                let made = suite::life(&trial, instance.type_name(), config).await?;
                let state = made.state.clone();
                self.made.push((instance.addr.to_string(), trial, made));
                state
            }
        };
        self.objects.set(&instance.addr, value);
        Ok(())
    }

    async fn trial(&mut self, id: &Arc<str>) -> Result<Arc<Trial>, Faults> {
        if let Some(trial) = self.trials.get(id) {
            return trial.clone();
        }
        let begun = self.begin(id).await.map(Arc::new);
        self.trials.insert(id.clone(), begun.clone());
        begun
    }

    async fn begin(&self, id: &Arc<str>) -> Result<Trial, Faults> {
        let spec = self.lowered.providers.get(id);
        let spec = spec.ok_or_else(|| vec![format!("has no configuration `{id}`")])?;
        let available = self
            .ports
            .registry
            .get(&spec.source)
            .map_err(|missing| missing.lines())?;
        Trial::begin((available.make)(), spec.config.unmarked_deep(), &self.directory).await
    }

    /// The last that was made goes first.
    async fn remove(&mut self) {
        for (addr, trial, made) in std::mem::take(&mut self.made).into_iter().rev() {
            let gone = trial.remove(&made).await;
            self.findings.push(Finding::new(format!("{addr}: removed"), gone));
        }
    }
}
