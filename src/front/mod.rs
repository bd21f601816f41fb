//! Floor 6: what people and scripts see and type. [`render`] draws values of the lower floors as text and as JSON, [`cli`] reads arguments
//! and runs commands, [`explain`] says what words mean, [`ports`] are the real ways out. A command is thin: it asks the engine, and has the answer drawn.

pub mod builtins;
pub mod cli;
pub mod explain;
pub mod memory;
pub mod ports;
pub mod render;
