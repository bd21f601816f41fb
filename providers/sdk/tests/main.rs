//! The kit, by a provider that keeps notes on a board in memory, on trial without a process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod kit;
mod notes;
