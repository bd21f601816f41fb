//! From what the grammar matched to the tree: items, statements and their heads. Expressions are in `expr`, templates in `template`.

use std::sync::Arc;

use crate::base::span::Span;
use crate::base::{Diagnostics, SourceId};

use super::ast::{Arrow, Attribute, Body, Expr, Ident, Item, Link, Op, Operand, Phrase, Statement};
use super::parse::{Node, Nodes, Rest, Rule};
use super::recover;
use super::split::span;

/// Builds the tree of one item, whose text starts at `base` of its source.
pub(super) struct Builder {
    pub source: SourceId,
    pub base: usize,
    pub diagnostics: Diagnostics,
    /// How deep in expressions it is.
    pub depth: usize,
}

impl Builder {
    pub fn new(source: SourceId, base: usize) -> Self {
        Self {
            source,
            base,
            diagnostics: Diagnostics::new(),
            depth: 0,
        }
    }

    /// Where a node stands, without blanks behind it.
    pub fn span(&self, node: &Node<'_>) -> Span {
        let at = node.as_span();
        let end = at.start() + at.as_str().trim_end().len();
        span(self.source, self.base + at.start(), self.base + end)
    }

    pub fn ident(&self, node: &Node<'_>) -> Ident {
        Ident {
            name: node.as_str().into(),
            span: self.span(node),
        }
    }

    /// The items among these nodes.
    pub fn items(&mut self, nodes: Nodes<'_>) -> Vec<Item> {
        nodes.filter_map(|node| self.item(node)).collect()
    }

    fn item(&mut self, node: Node<'_>) -> Option<Item> {
        match node.as_rule() {
            Rule::attribute => Some(self.attribute(node)),
            Rule::statement => Some(self.statement(node)),
            Rule::bad_item => {
                let (at, text) = (node.as_span().start(), node.as_str());
                self.diagnostics
                    .push(recover::bad_item(self.source, self.base + at, text));
                Some(Item::Error(self.span(&node)))
            }
            _ => None,
        }
    }

    fn attribute(&mut self, node: Node<'_>) -> Item {
        let whole = self.span(&node);
        let mut parts = node.into_inner().peekable();
        let name = parts.next().map(|n| self.ident(&n));
        match (name, self.shared_expr(&mut parts)) {
            (Some(name), Some(value)) => Item::Attribute(Attribute {
                name,
                value,
                span: whole,
            }),
            _ => Item::Error(whole),
        }
    }

    fn statement(&mut self, node: Node<'_>) -> Item {
        let whole = self.span(&node);
        let mut word = None;
        let mut operands = Vec::new();
        let mut body = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::ident => word = Some(self.ident(&part)),
                Rule::operands => {
                    let heads = part.into_inner().filter(|o| o.as_rule() == Rule::operand);
                    operands = heads.map(|o| self.operand(o)).collect();
                }
                Rule::body => body = Some(self.body(part, word.as_ref())),
                _ => {}
            }
        }
        match word {
            Some(word) => Item::Statement(Statement {
                word,
                operands,
                body,
                span: whole,
            }),
            None => Item::Error(whole),
        }
    }

    fn body(&mut self, node: Node<'_>, of: Option<&Ident>) -> Body {
        let whole = self.span(&node);
        if let Some(missing) = node.clone().into_inner().find(|n| n.as_rule() == Rule::missing_close) {
            let end = self.span(&missing);
            let open = Span::new(whole.source, whole.start, whole.start + 1);
            self.diagnostics
                .push(recover::missing_close(open, end, of.map(|w| w.name.as_ref())));
        }
        Body {
            items: self.items(node.into_inner()),
            span: whole,
        }
    }

    fn operand(&mut self, node: Node<'_>) -> Operand {
        self.piece(&mut node.into_inner().peekable())
    }

    /// An operator, a chunk, or two chunks with an arrow between.
    fn piece(&mut self, parts: &mut Rest<'_>) -> Operand {
        if let Some(op) = parts.next_if(|n| matches!(n.as_rule(), Rule::op | Rule::phrase_op)) {
            return Operand::Op(sign(op.as_str()), self.span(&op));
        }
        let from = self.chunk(parts);
        match parts.next_if(|n| n.as_rule() == Rule::arrow) {
            Some(arrow) => self.link(from, &arrow, parts),
            None => from,
        }
    }

    fn link(&mut self, from: Operand, arrow: &Node<'_>, parts: &mut Rest<'_>) -> Operand {
        let arrow = match arrow.as_str() {
            "--" => Arrow::Both,
            _ => Arrow::OneWay,
        };
        match (from, self.chunk(parts)) {
            (Operand::Expr(from), Operand::Expr(to)) => Operand::Link(Link {
                span: from.span.to(to.span),
                from,
                to,
                arrow,
            }),
            (other, _) => other,
        }
    }

    fn chunk(&mut self, parts: &mut Rest<'_>) -> Operand {
        let name = parts.peek().map(|n| self.ident(n));
        let term = self.term(parts);
        match (name, parts.next_if(|n| n.as_rule() == Rule::phrase_args)) {
            (Some(name), Some(args)) => Operand::Phrase(self.phrase(name, args)),
            _ => Operand::Expr(Arc::new(term)),
        }
    }

    fn phrase(&mut self, name: Ident, args: Node<'_>) -> Phrase {
        Phrase {
            span: name.span.to(self.span(&args)),
            name,
            args: args.into_inner().map(|arg| self.phrase_arg(arg)).collect(),
        }
    }

    fn phrase_arg(&mut self, node: Node<'_>) -> Vec<Operand> {
        let mut operands = Vec::new();
        let mut parts = node.into_inner().peekable();
        while parts.peek().is_some() {
            operands.push(self.piece(&mut parts));
        }
        operands
    }

    /// An expression that could not be built: its message was given.
    pub fn error(&self, at: Span) -> Expr {
        Expr {
            kind: super::ast::ExprKind::Error,
            span: at,
        }
    }
}

fn sign(text: &str) -> Op {
    match text.trim() {
        "|" => Op::Pipe,
        "&" => Op::And,
        "-" => Op::Minus,
        "&&" => Op::AndAnd,
        "||" => Op::OrOr,
        "!" => Op::Not,
        "==" => Op::Eq,
        "!=" => Op::Ne,
        "<" => Op::Lt,
        "<=" => Op::Le,
        ">" => Op::Gt,
        ">=" => Op::Ge,
        _ => Op::Comma,
    }
}
