//! From files to a configuration.

pub mod blocks;
pub mod check;
