//! The kit, by a provider that keeps notes on a board in memory, on trial without a process.

mod kit;
mod notes;
