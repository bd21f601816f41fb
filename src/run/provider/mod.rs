//! Providers: which there are ([`registry`]), how one is brought up and kept ([`pool`]), what its answers must keep to ([`situs_provider::contract`]),
//! the merge that precedes every plan ([`situs_provider::proposed`]), what is tried again ([`retry`]),
//! and providers that only pretend ([`mock`]).

pub mod mock;
pub mod plugin;
pub mod pool;
pub mod registry;
pub mod retry;

pub use pool::{Pool, ProviderSpec};
pub use registry::Registry;
