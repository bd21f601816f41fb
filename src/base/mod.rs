//! Floor 1: what every floor speaks with: where text stands ([`span`], [`source`]), what is said about it ([`diagnostic`]),
//! what things are called ([`addr`]), what happened ([`event`]), how the outside is reached ([`ports`]), and pure tables
//! of places ([`geo`]). Nothing here does IO, and nothing here knows the language.

pub mod addr;
pub mod diagnostic;
pub mod digest;
pub mod event;
pub mod geo;
pub mod ports;
pub mod source;
pub mod span;

pub use addr::Addr;
pub use diagnostic::{Code, Diagnostic, Diagnostics, Severity};
pub use source::{SourceId, Sources};
pub use span::Span;
