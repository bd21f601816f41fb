//! The provider against real files and real processes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod bench;
mod chaos;
mod files;
mod mending;
mod process;
mod support;
mod terraform;
