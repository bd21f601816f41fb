//! A plan that was kept in a file, made ready to be carried out: on the texts that it was made from, and not on what the directory holds
//! by now. Everything but the plan is worked out again from these; the plan is not.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use crate::base::ports::World;
use crate::base::{Diagnostic, Diagnostics, Sources};
use crate::lang::config::{self, Given, NOT_GIVEN, Request};
use crate::model::placement::Placement;
use crate::model::residency::{self, Realised};
use crate::run::lower;
use crate::run::plan::change::{Input, Plan};

use super::objects::objects;
use super::plan::pool;
use super::{Planned, Ports};

/// The plan of a file, and the texts that its messages point into.
pub fn from_file(ports: &Ports, plan: Plan, given: &[Given]) -> (Option<Planned>, Sources, Diagnostics) {
    let runtimes = ports.registry.runtimes();
    let again = Request::again(&plan.input.variables, runtimes);
    let anew = given_again(ports, &plan.input, given);
    let request = Request {
        workspace: plan.input.workspace.clone(),
        functions: ports.registry.functions(),
        given: again.given.into_iter().chain(anew).collect(),
        ..again
    };
    let world: Arc<dyn World> = Arc::new(Frozen {
        input: plan.input.clone(),
        now: ports.world.clone(),
    });
    let mut sources = Sources::new();
    let (config, mut diagnostics) = config::load(&world, &mut sources, &request);
    let open = plan.input.ephemeral.difference(&config.ephemeral);
    diagnostics.extend(open.map(|name| not_again(name)));
    if diagnostics.has_errors() {
        return (None, sources, diagnostics);
    }
    let lowered = diagnostics.take(lower::lower(&config, &plan.placement, &ports.registry));
    diagnostics.append(objects(&lowered, plan.objects()).1);
    let realised = Realised {
        by_site: config.realised_by_site(),
    };
    let verdict = residency::check(&config.shape, &plan.placement, &realised);
    let mut pool = pool(ports, plan.input.directory.clone(), &lowered, &BTreeMap::new());
    pool = pool.with_kept(&plan.providers);
    let placement = Placement {
        assignment: plan.placement.clone(),
        ..Placement::default()
    };
    let planned = Planned {
        plan,
        verdict,
        placement,
        lowered,
        pool: Arc::new(pool),
    };
    (
        Some(planned).filter(|_| !diagnostics.has_errors()),
        sources,
        diagnostics,
    )
}

/// What is given now of variables that the plan does not keep.
fn given_again(ports: &Ports, input: &Input, given: &[Given]) -> Vec<Given> {
    let of_environment = input.ephemeral.iter().filter_map(|name| {
        let variables = [format!("SITUS_VAR_{name}"), format!("TF_VAR_{name}")];
        let text = variables.iter().find_map(|v| ports.world.env(v))?;
        let name = name.clone();
        Some(Given::Variable { name, text })
    });
    of_environment.chain(given.iter().cloned()).collect()
}

fn not_again(name: &str) -> Diagnostic {
    Diagnostic::error(
        NOT_GIVEN,
        format!("the ephemeral variable `{name}` was given when the plan was made"),
    )
    .note("a plan does not keep what is ephemeral")
    .help(format!("give it again: `situs apply -var {name}=… PLANFILE`"))
}

/// The world that a plan was made from.
struct Frozen {
    input: Input,
    /// Whom to ask for the time.
    now: Arc<dyn World>,
}

impl World for Frozen {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let text = self.input.files.get(path.trim_start_matches("./"));
        text.map(|t| t.clone().into_bytes())
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        let prefix = match directory.trim_start_matches("./").trim_end_matches('/') {
            "" | "." => String::new(),
            other => format!("{other}/"),
        };
        let inside = self.input.files.keys().filter_map(|path| path.strip_prefix(&prefix));
        let mut names: Vec<String> = inside
            .filter_map(|rest| rest.split('/').next().map(str::to_owned))
            .collect();
        names.dedup();
        Ok(names)
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn envs(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn root(&self) -> String {
        self.input.directory.clone()
    }

    fn now_millis(&self) -> u64 {
        self.now.now_millis()
    }

    fn planned_at_millis(&self) -> u64 {
        self.input.planned_at_millis.unwrap_or_else(|| self.now_millis())
    }

    fn random(&self) -> io::Result<[u8; 16]> {
        self.now.random()
    }
}
