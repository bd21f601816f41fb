//! Processes, files and directories on this machine: the provider `local`, and the text of the runtime of that name.
//!
//! ```text
//! provider ── the calls of the trait, one table of resource types
//!   ├─ file, directory            small and synchronous
//!   └─ process ── record          what is written beside a process, and where
//!        ├─ control               what `situs` does: start, read, stop
//!        ├─ health                is it answering?
//!        ├─ claim                 the two locks that make a second copy impossible
//!        ├─ os                    who is who in /proc
//!        └─ supervisor            what the detached supervisor does
//! ```
//!
//! What must stay true: **of one process there is never more than one copy, and none that cannot be found**, whoever is killed
//! and whenever. README.md tells how.

mod data;
mod directory;
mod disk;
mod file;
mod process;
mod provider;

use std::sync::Arc;

use situs_provider::Provider;

/// The runtime `local`, written in Situs.
pub const RUNTIME: &str = include_str!("../runtime.situs");

/// The provider, whose supervisors are this very program, called as `PROGRAM __supervise DIRECTORY`.
pub fn provider() -> Arc<dyn Provider> {
    provider_with(vec!["/proc/self/exe".to_owned(), "__supervise".to_owned()])
}

/// The provider with another program for its supervisors: the program and its first arguments; the directory follows. The
/// program hands what follows to [`supervise`].
pub fn provider_with(supervisor: Vec<String>) -> Arc<dyn Provider> {
    Arc::new(provider::Local::new(supervisor))
}

/// The body of `situs __supervise DIRECTORY`: what comes behind `__supervise`, and the exit code. Brings up a runtime of its own,
/// so call it outside of one, before anything else of the program starts.
pub fn supervise(args: &[String]) -> i32 {
    process::supervisor::main(args)
}
