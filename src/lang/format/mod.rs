//! The layout of a text. Only blanks change: what is read from the text before and after is the same tree, with the same comments and
//! the same bytes in strings and heredocs. Lines stay as they were broken; the layout of a text that was laid out is that text.
//!
//! `marks` reads from the tree where blanks stand and what can be aligned, `tokens` cuts the text into pieces that are kept as they
//! are, `lines` indents and spaces them, `align` lines up `=` signs, and clauses and comments where the author lined them up.

mod align;
mod lines;
mod marks;
mod tokens;

use crate::base::{Diagnostics, SourceId};

use super::syntax::parse;

/// The text as it should be laid out. A text with mistakes is left alone, and they are told.
pub fn format(source: SourceId, text: &str) -> (String, Diagnostics) {
    let (file, diagnostics) = parse(source, text);
    if diagnostics.has_errors() {
        return (text.to_owned(), diagnostics);
    }
    let marks = marks::of(text, &file);
    let tokens = tokens::cut(text, &marks);
    let mut lines = lines::lay_out(text, tokens, &marks);
    settle(&mut lines, &marks);
    (lines::print(&lines), diagnostics)
}

/// Where a line has several wide gaps, closing one can show the next: the layout is aligned until nothing moves.
fn settle(lines: &mut [lines::Line<'_>], marks: &marks::Marks) {
    const PASSES: usize = 16;
    for _ in 0..PASSES {
        align::align(lines, marks);
        if !lines::read_again(lines) {
            return;
        }
    }
}
