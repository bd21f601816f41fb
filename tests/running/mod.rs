//! Plans, how they are carried out, and what is kept of them, against a provider in memory. One file per behaviour.

mod adopt;
mod bench;
mod changes;
mod failures;
mod files;
mod graph;
mod interruptions;
mod settling;
mod speed;
mod state;
mod thing;
