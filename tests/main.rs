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
mod cases;
mod front;
mod config;
mod lower;
mod residency;
mod format;
mod syntax;
