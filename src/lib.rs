//! Situs.

pub mod base;
pub mod engine;
pub mod front;
pub mod lang;
pub mod model;
pub mod run;
