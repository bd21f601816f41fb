//! The user's story, each step with the real binary.

mod broken;
mod life;
pub mod world;
