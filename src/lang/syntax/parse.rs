//! The way in. Only the files of this room name a grammar rule.

use std::iter::Peekable;
use std::num::NonZero;

use pest::Parser as _;
use pest::error::ErrorVariant;
use pest::iterators::{Pair, Pairs};

use crate::base::ports::Memory;
use crate::base::span::Span;
use crate::base::{Diagnostic, Diagnostics, SourceId};

use super::ast::{Body, Expr, ExprKind, File, Item};
use super::build::Builder;
use super::known;
use super::recover;
use super::split::{MAX_DEPTH, Piece, depth_of_holes, span, split};

/// Reads the grammar at compile time.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/situs.pest"]
#[allow(missing_docs, reason = "generated from the grammar, whose comments are there")]
pub(super) struct Grammar;

/// A parsed rule.
pub(super) type Node<'a> = Pair<'a, Rule>;
/// Parsed rules in order.
pub(super) type Nodes<'a> = Pairs<'a, Rule>;
/// Parsed rules of which some were read.
pub(super) type Rest<'a> = Peekable<Nodes<'a>>;

/// A thread for fewer items would cost more than it saves.
const ITEMS_PER_THREAD: usize = 200;
/// Bytes of stack of a thread that parses: as much as the main thread's, so that the same nesting is read everywhere.
const STACK: usize = 8 << 20;

/// The tree of a text, and what is wrong with it. Never fails.
pub fn parse(source: SourceId, text: &str) -> (File, Diagnostics) {
    parse_again(source, text, None)
}

/// The same, where items that did not change are taken from what is remembered.
pub fn parse_again(source: SourceId, text: &str, memory: Option<&dyn Memory>) -> (File, Diagnostics) {
    let memory = known::worth(memory, text);
    let pieces = split(source, text);
    let mut diagnostics = Diagnostics::new();
    let mut items = Vec::with_capacity(pieces.items.len());
    for read in in_parallel(&pieces.items, |piece| item(source, text, piece, memory)) {
        items.extend(diagnostics.take(read));
    }
    let body = Body {
        items,
        span: span(source, 0, text.len()),
    };
    (
        File {
            body,
            comments: pieces.comments,
        },
        diagnostics,
    )
}

/// The expression that a text stands for: a value on the command line, a line of the console.
pub fn parse_expr(source: SourceId, text: &str) -> (Expr, Diagnostics) {
    parse_expr_at(source, 0, text)
}

/// The same for a text that starts at this byte of its source.
pub fn parse_expr_at(source: SourceId, base: usize, text: &str) -> (Expr, Diagnostics) {
    let whole = span(source, base, base + text.len());
    let bad = |diagnostic: Diagnostic| {
        (
            Expr {
                kind: ExprKind::Error,
                span: whole,
            },
            diagnostic.into(),
        )
    };
    match Grammar::parse(Rule::one_expr, text) {
        Ok(nodes) => {
            let mut builder = Builder::new(source, base);
            let expr = builder.expr(&mut nodes.peekable());
            (expr, builder.diagnostics)
        }
        Err(error) => bad(recover::explain(source, base, text, &error)),
    }
}

/// The template that a whole text is: a file for `templatefile`. Its quotes and backslashes are text.
pub fn parse_template(source: SourceId, text: &str) -> (Expr, Diagnostics) {
    let whole = span(source, 0, text.len());
    let error = Expr {
        kind: ExprKind::Error,
        span: whole,
    };
    if depth_of_holes(text) > MAX_DEPTH {
        return (error, recover::too_deep(source, 0, text).into());
    }
    let nodes = match Grammar::parse(Rule::one_template, text) {
        Ok(nodes) => nodes,
        Err(why) => return (error, recover::stopped(source, 0, text, &why).into()),
    };
    let node = nodes.flatten().find(|n| n.as_rule() == Rule::whole_template);
    let mut builder = Builder::new(source, 0);
    let kind = node.map_or(ExprKind::Error, |node| builder.template(node));
    (Expr { kind, span: whole }, builder.diagnostics)
}

/// What `read` makes of each item, in their order; several threads share the items of a long text.
fn in_parallel<T: Send>(pieces: &[Piece], read: impl Fn(&Piece) -> T + Sync) -> Vec<T> {
    let run = |run: &[Piece]| run.iter().map(&read).collect::<Vec<T>>();
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = pieces.len().div_ceil(threads).max(ITEMS_PER_THREAD);
    let mut shares = pieces.chunks(share);
    let Some(first) = shares.next() else {
        return Vec::new();
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = shares
            .map(|share| {
                (
                    share,
                    std::thread::Builder::new()
                        .stack_size(STACK)
                        .spawn_scoped(scope, || run(share)),
                )
            })
            .collect();
        let mut made = run(first);
        for (share, other) in others {
            // Without a thread, or with one that died, this one reads the items.
            let read = other.ok().and_then(|thread| thread.join().ok());
            made.extend(read.unwrap_or_else(|| run(share)));
        }
        made
    })
}

/// One top-level item: as it is remembered, or parsed alone. What is wrong with one is told each time.
fn item(source: SourceId, text: &str, piece: &Piece, memory: Option<&dyn Memory>) -> (Vec<Item>, Diagnostics) {
    let own = text.get(piece.start..piece.end).unwrap_or("");
    let Some((memory, key)) = memory.zip(known::key(own)) else {
        return read(source, text, piece);
    };
    if let Some(items) = known::recall(memory, &key, source, piece.start) {
        return (items, Diagnostics::new());
    }
    let (items, said) = read(source, text, piece);
    if said.is_empty() {
        known::keep(memory, key, source, piece.start, &items);
    }
    (items, said)
}

/// One top-level item, parsed alone.
fn read(source: SourceId, text: &str, piece: &Piece) -> (Vec<Item>, Diagnostics) {
    let whole: Span = span(source, piece.start, piece.end);
    let own = text.get(piece.start..piece.end).unwrap_or("");
    if piece.depth > MAX_DEPTH {
        return (
            vec![Item::Error(whole)],
            recover::too_deep(source, piece.start, own).into(),
        );
    }
    match Grammar::parse(Rule::one_item, own) {
        Ok(nodes) => {
            let mut builder = Builder::new(source, piece.start);
            let items = builder.items(nodes);
            (items, builder.diagnostics)
        }
        // More brackets than the cutter saw, as in a template inside of a heredoc: there was no room left for more of them.
        Err(error) if matches!(error.variant, ErrorVariant::CustomError { .. }) => (
            vec![Item::Error(whole)],
            recover::too_deep(source, piece.start, own).into(),
        ),
        Err(_) => (
            vec![Item::Error(whole)],
            recover::bad_item(source, piece.start, own).into(),
        ),
    }
}
