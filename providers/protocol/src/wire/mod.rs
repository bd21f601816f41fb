//! The messages, generated from `proto/` by `tests/generated.rs` (`UPDATE=1`).
#![allow(missing_docs, clippy::all, clippy::pedantic, reason = "generated")]

/// Version 6.
#[rustfmt::skip]
pub mod tfplugin6;
/// What version 5 writes otherwise.
#[rustfmt::skip]
pub mod tfplugin5;
/// What stands beside the provider.
#[rustfmt::skip]
pub mod plugin;
/// What Situs asks beyond the protocol.
#[rustfmt::skip]
pub mod situs;
