//! The user's story, each step with the real binary.

mod broken;
mod damage;
mod examples;
mod life;
mod runtimes;
mod secrets;
pub mod world;
