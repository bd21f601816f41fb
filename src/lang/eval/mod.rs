//! Values of expressions ([`expr`], [`template`], [`functions`]) in a [`scope`], resource bodies against a provider's schema ([`body`]),
//! resource instances ([`instance`]), and the shape of the intent ([`shape`]).
//!
//! Evaluation is total and pure: `(Value, Diagnostics)`; after the first mistake in an expression its value is unknown and stays silent.

pub mod instance;
pub mod shape;
pub mod scope;
pub mod body;
