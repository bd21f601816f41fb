//! What every construct is.
