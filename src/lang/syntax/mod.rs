//! Text to tree. [`parse`] is total: whatever the text, there is a tree, and one message for each mistake. The only room that knows the
//! grammar (`grammar/situs.pest`): `split` cuts a file into top-level items, each is parsed alone (`build`), and what could not be
//! read is explained (`recover`).

pub mod ast;
mod build;
mod expr;
mod known;
mod parse;
mod place;
mod recover;
mod split;
mod template;

pub use parse::{parse, parse_again, parse_expr, parse_expr_at, parse_template};
pub use recover::NOT_CLOSED;
