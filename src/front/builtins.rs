//! The providers that ship with the engine, each with its runtime.

use std::sync::Arc;

use crate::run::provider::Registry;
use crate::run::provider::registry::Available;

/// All of them.
pub fn registry() -> Registry {
    Registry::new([
        Available::new("host", situs_host::RUNTIME, Arc::new(situs_host::provider)),
        Available::new("local", situs_local::RUNTIME, Arc::new(situs_local::provider)),
        Available::new("docker", situs_docker::RUNTIME, Arc::new(situs_docker::provider)),
        Available::of(
            situs_terraform::SOURCE,
            "terraform",
            Arc::new(situs_terraform::provider),
        ),
    ])
}

/// `situs __supervise …`: the process that stays with a service and outlives the command that started it.
pub fn supervise(arguments: &[String]) -> i32 {
    situs_local::supervise(arguments)
}
