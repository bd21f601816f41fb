//! A provider as a program of its own. What implements [`situs_provider::Provider`] becomes a plug-in of Situs, Terraform and OpenTofu
//! with one line of `main`:
//!
//! ```no_run
//! # fn provider() -> std::sync::Arc<dyn situs_provider::Provider> { unimplemented!() }
//! fn main() -> std::process::ExitCode {
//!     situs_sdk::serve(provider())
//! }
//! ```
//!
//! It speaks version 6 of the Terraform plug-in protocol over a private socket, in the clear or, where the other side shows a certificate,
//! over TLS that knows that one certificate and no other. [`situs_provider::Provider::lookup`] is served as a call of its own.

//!
//! [`kit`] is for writing what is served: resources as structs, their schema by derive.

mod calls;
pub mod kit;
mod router;
mod server;
pub mod suite;
pub mod tls;
pub mod trial;

pub use async_trait::async_trait;
pub use server::serve;
