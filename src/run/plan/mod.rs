//! Plans.

pub mod change;
pub mod exec;
