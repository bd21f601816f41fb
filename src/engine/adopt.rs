//! Taking over what Terraform manages: into a state that holds nothing yet, under its lock, as entries of its journal.

use std::time::Duration;

use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::config::Request;
use crate::model::assignment::Assignment;
use crate::run::adopt::{self, Adopted};
use crate::run::lower;
use crate::run::state::Snapshot;

use super::{Ports, load, read};

/// A state that holds something already.
pub const NOT_EMPTY: Code = Code::new("E473", "a state that holds something already");

/// What would be taken over of a Terraform state. The configuration says how its providers are called; what is wrong with it is for
/// `plan` to tell.
pub async fn look(ports: &Ports, request: Request, text: &str) -> (Option<Adopted>, Diagnostics) {
    match read(ports).await {
        Ok(state) => {
            if let Some(said) = holds(&state) {
                return (None, said.into());
            }
        }
        Err(errors) => return (None, errors),
    }
    let (loaded, _) = load(ports, request);
    let (lowered, _) = lower::lower(&loaded.config, &Assignment::default(), &ports.registry);
    adopt::read(text, &ports.registry, &lowered.providers)
}

/// Takes it over.
pub async fn adopt(ports: &Ports, adopted: &Adopted, wait: Duration) -> Result<(), Diagnostics> {
    let told = |e: crate::run::state::StateError| Diagnostics::from(e.diagnostic());
    let run = ports.store().lock(wait, &*ports.sink).await.map_err(told)?;
    let done = match run.with(holds) {
        Some(said) => Err(said.into()),
        None => run.commit(adopted.entries()).await.map_err(told),
    };
    run.close().await.map_err(told)?;
    done
}

/// What speaks against taking anything over into a state.
fn holds(state: &Snapshot) -> Option<Diagnostic> {
    let counts = [
        state.objects.len(),
        state.deposed.len(),
        state.open.len(),
        state.outputs.len(),
    ];
    let taken = counts.iter().sum::<usize>() > 0;
    taken.then(|| {
        Diagnostic::error(NOT_EMPTY, "the state of Situs holds something already")
            .note("what Terraform manages is taken over as a whole, into a state that holds nothing")
            .help("`situs state list` shows what it holds; single objects come in with `import`")
    })
}
