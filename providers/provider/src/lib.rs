//! What the engine asks of a provider ([`Provider`]), and how a provider says what its resources look like ([`schema`]).
//!
//! The trait has the shape of the Terraform plug-in protocol, version 6: the same calls, the same names for the values that
//! travel (Prior State, Configuration, Proposed New State, Planned State, New State), the same duties. Providers that ship with the
//! engine implement it in its process; a plug-in is driven through the same trait. [`Provider::lookup`] goes beyond the protocol.
//! What a caller works out before it asks ([`proposed`]) and holds the answers to ([`contract`]) is here too, for whoever calls.

pub mod attributes;
pub mod contract;
pub mod problem;
pub mod proposed;
pub mod provider;
pub mod schema;

pub use problem::{Class, Problem, Problems, Severity};
pub use provider::{
    Applied, Apply, Configure, Found, Import, Imported, Lookup, Open, Opened, Plan, Planned, Provider, Read,
    ReadAnswer, Upgrade,
};
pub use schema::{Attribute, Block, Function, Mode, NestedBlock, Nesting, Parameter, ProviderSchema, Schema};
