//! Floor 2: the language. Text becomes a tree ([`syntax`]), the tree is held against the schemas ([`schema`]) and becomes a
//! configuration ([`config`]), whose values and shape are worked out ([`eval`]). Nothing here does IO but through `base::ports`.

pub mod config;
pub mod eval;
pub mod format;
pub mod schema;
pub mod syntax;
pub mod testfile;
