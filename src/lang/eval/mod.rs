//! Values of expressions ([`expr`], [`functions`]) in a [`scope`], resource bodies against a provider's schema ([`body`]),
//! the instances of resource blocks ([`expand`], [`instance`]), and the shape of the intent ([`shape`]).
//!
//! Evaluation is total and pure: `(Value, Diagnostics)`; after the first mistake in an expression its value is unknown and stays silent.

pub mod body;
mod calls;
pub mod condition;
pub mod expand;
pub mod expr;
pub mod functions;
pub mod instance;
pub mod late;
pub mod module;
mod ops;
pub mod provisioner;
pub mod references;
pub mod scope;
mod sequence;
pub mod shape;
mod size;
mod template;

pub use expr::evaluate;
pub use scope::Scope;
