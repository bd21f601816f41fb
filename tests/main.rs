//! Every test of the root package, in one binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    reason = "a test that fails panics"
)]

mod architecture;
mod cases;
mod config;
mod contract;
mod differential;
mod docs;
mod fetch;
mod format;
mod front;
mod functions;
mod fuzz;
mod geo;
mod lower;
mod placement;
mod provision;
mod residency;
mod running;
mod schema;
mod story;
mod syntax;
