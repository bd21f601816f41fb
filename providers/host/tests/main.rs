//! The provider against a real sshd with runit, in namespaces of its own, on trial as it is in the engine's process.
//!
//! Needs root, OpenSSH, runit and iproute2; where they are missing nothing is tested, and `tests/run` says so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod bed;
mod faults;
mod services;
mod terraform;
mod things;
