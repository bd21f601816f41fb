//! A place holder for the blocks of the intent, which another branch brings.

use std::sync::Arc;

use crate::base::Diagnostics;
use crate::lang::eval::Scope;
use crate::lang::eval::shape::Shape;
use crate::lang::syntax::ast::Statement;

/// The shape of the intent.
pub fn shape(_statements: &[&Statement], _scope: &Arc<Scope>) -> (Shape, Diagnostics) {
    (Shape::default(), Diagnostics::new())
}
