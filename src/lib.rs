//! Situs.
