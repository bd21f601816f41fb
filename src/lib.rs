//! Situs: infrastructure as code for distributed clouds. Text becomes a model, the model becomes a proven placement, the placement
//! becomes resources, resources become a plan that is a value, and apply only does what the plan says.
//!
//! ```text
//! text ─parse─▶ ast::File ─load─▶ Config ─shape─▶ Shape ─facts─▶ Verdict
//!                                                  └─place─▶ Assignment (site per replica and copy, with reasons)
//!      Snapshot ─refresh─▶ Prior + Drift      lower: runtimes make resources ◀─┘
//!                   └──────────────┬──────────────────┘
//!                             Instances ─plan─▶ Changes ─build─▶ ExecGraph ─▶ Plan (one file)
//!                                                                             │
//!                          Entry… ◀─apply─────────────────────────────────────┘      every step emits Event
//!                             └─fold─▶ Snapshot'
//! ```
//!
//! Six floors: [`base`], [`lang`], [`model`], `run`, `engine`, `front`. A floor uses the floors before it and nothing else
//! (`tests/architecture.rs`).

pub mod base;
pub mod engine;
pub mod front;
pub mod lang;
pub mod model;
pub mod run;
