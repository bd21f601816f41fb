//! A place holder for the check of words, which another branch brings.

use crate::base::Diagnostics;
use crate::lang::syntax::ast::File;

/// What is wrong with the words of a file.
pub fn check(_file: &File) -> Diagnostics {
    Diagnostics::new()
}
