//! What names mean.
/// Placeholder until written below.
pub struct Scope;
