//! Providers: which there are ([`registry`]), how one is brought up and kept ([`pool`]), what its answers must keep to ([`contract`]),
//! and the merge that precedes every plan ([`proposed`]).

pub mod contract;
pub mod pool;
pub mod proposed;
pub mod registry;

pub use pool::Pool;
pub use registry::Registry;
