//! Every test of the engine in one binary: `cargo test --test main AREA::`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that fails panics"
)]

mod format;
mod placement;
mod syntax;
