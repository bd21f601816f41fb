//! Draws what the engine says: [`human`] diagnostics with their snippets, [`plan`] and [`diff`] what changes, [`values`], [`hcl`] and [`state`] what
//! is, [`verdict`] whether the law holds, [`progress`] what happens, [`fill`] running text, [`json`], [`native`] and
//! [`schema`] the same for programs.
//!
//! What must stay true: no text of a user, a provider or a state reaches a terminal but through [`paint::safe`]; a value that is marked
//! sensitive is never drawn; drawing is pure (text in, text out) but for the sinks in [`progress`] and [`json`].

pub mod diff;
pub mod fill;
pub mod hcl;
pub mod human;
pub mod json;
pub mod native;
pub mod paint;
pub mod plan;
pub mod progress;
pub mod schema;
mod snippet;
pub mod state;
pub mod time;
pub mod values;
pub mod verdict;
