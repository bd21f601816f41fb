//! b
/// x
pub fn evaluate(_: &crate::lang::syntax::ast::Body, _: &situs_provider::Block, _: &super::scope::Scope, _: &dyn super::instance::Objects, _: crate::base::Span) -> (situs_value::Value, crate::base::Diagnostics) { (situs_value::Value::Null, crate::base::Diagnostics::new()) }
