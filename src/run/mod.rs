//! Floor 4: from a placement to running things.

pub mod lower;
pub mod plan;
pub mod provider;
