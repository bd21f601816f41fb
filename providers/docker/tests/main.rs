//! The provider against a real Podman in a network namespace of its own, on trial as it is in the engine's process.
//!
//! Needs root, Podman and iproute2; where they are missing nothing is tested, and `tests/run` says so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod bed;
mod containers;
mod faults;
mod terraform;
mod things;
