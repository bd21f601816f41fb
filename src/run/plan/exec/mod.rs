//! The execution graph: what apply does, and what must be done before what. Order, replacement and the fate of old objects are
//! decided here, at plan time; apply only interprets. The graph is a table of operations whose edges are indices, and is kept in the
//! plan file.

pub mod build;
pub mod op;

pub use build::build;
pub use op::{ExecGraph, Object, Op, OpKind};
