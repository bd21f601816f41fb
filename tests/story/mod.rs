//! The user's story, each step with the real binary.

mod life;
mod broken;
pub mod world;
