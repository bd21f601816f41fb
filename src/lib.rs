//! Situs.

pub mod base;
pub mod lang;
pub mod model;
pub mod run;
