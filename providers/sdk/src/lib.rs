//! The provider trait and what a provider is written with.
