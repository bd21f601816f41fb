//! Values of expressions, and the shape of the intent.
