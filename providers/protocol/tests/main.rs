//! The messages are those of `proto/`; values and schemas go over the wire as Terraform writes them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails is to stop"
)]

mod generated;
mod schemas;
mod values;
