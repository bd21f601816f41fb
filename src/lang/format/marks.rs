//! What the tree says about the layout: where a blank must stand, what is kept byte by byte, where heads end, what can be aligned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::span::Span;
use crate::lang::syntax::ast::{
    Attribute, Body, Expr, ExprKind, File, For, ForResult, Item, ObjectItem, ObjectKey, Op, Operand, Phrase, SplatStep,
    Statement,
};

/// What the tree says, by byte offset.
#[derive(Default)]
pub struct Marks {
    /// What starts here has a blank before it.
    pub blanks: BTreeSet<usize>,
    /// Strings and heredocs: first byte to one past the last.
    pub verbatim: BTreeMap<usize, usize>,
    /// Comments outside of strings: first byte to one past the last.
    pub comments: BTreeMap<usize, usize>,
    /// Heads of statements: first byte to where the body starts, or one past the last operand.
    pub heads: BTreeMap<usize, usize>,
    /// Items that can be aligned with their neighbours, by their first byte.
    pub rows: BTreeMap<usize, Row>,
}

/// An item that can be aligned where it has a line to itself.
pub struct Row {
    /// One past its last byte.
    pub end: usize,
    /// What is aligned.
    pub kind: RowKind,
}

/// What is aligned in a row.
pub enum RowKind {
    /// The sign of an attribute.
    Attribute {
        /// Where the sign stands.
        assign: usize,
    },
    /// One of the parts of a head.
    Statement {
        /// The brace of its body.
        brace: Option<usize>,
    },
}

/// Reads the marks of a file.
pub fn of(text: &str, file: &File) -> Marks {
    let mut reader = Reader {
        text,
        marks: Marks::default(),
    };
    let found = file.comments.iter().map(|c| range(c.span));
    reader.marks.comments = found.collect();
    reader.body(&file.body);
    reader.forget_inner_comments();
    reader.marks
}

/// The bytes of a span.
fn range(span: Span) -> (usize, usize) {
    (span.start as usize, span.end as usize)
}

struct Reader<'a> {
    text: &'a str,
    marks: Marks,
}

impl Reader<'_> {
    /// A comment inside a string belongs to the string.
    fn forget_inner_comments(&mut self) {
        let verbatim = &self.marks.verbatim;
        let inside = |at: usize| verbatim.range(..=at).next_back().is_some_and(|(_, end)| at < *end);
        self.marks.comments.retain(|start, _| !inside(*start));
    }

    /// The next byte that is neither blank nor comment.
    fn next(&self, mut at: usize) -> usize {
        loop {
            if let Some(end) = self.marks.comments.get(&at) {
                at = (*end).max(at + 1);
                continue;
            }
            match self.text.get(at..).and_then(|rest| rest.chars().next()) {
                Some(c) if c.is_whitespace() || c == '\u{feff}' => at += c.len_utf8(),
                _ => return at,
            }
        }
    }

    fn blank(&mut self, at: usize) {
        self.marks.blanks.insert(at);
    }

    /// A sign between two things has a blank on both sides. Gives its place.
    fn sign(&mut self, before: usize, after: usize) -> usize {
        let sign = self.next(before);
        self.blank(sign);
        self.blank(after);
        sign
    }

    fn body(&mut self, body: &Body) {
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => self.attribute(attribute),
                Item::Statement(statement) => self.statement(statement),
                Item::Error(_) => {}
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute) {
        let (start, name_end) = range(attribute.name.span);
        let (value, end) = range(attribute.value.span);
        let assign = self.sign(name_end, value);
        let kind = RowKind::Attribute { assign };
        self.marks.rows.insert(start, Row { end, kind });
        self.expr(&attribute.value);
    }

    fn statement(&mut self, statement: &Statement) {
        let (start, word_end) = range(statement.word.span);
        self.operands(&statement.operands);
        if let Some(first) = statement.operands.first() {
            self.operand_blank(first, None);
        }
        let head_end = statement.operands.last().map_or(word_end, |o| range(o.span()).1);
        let body = statement.body.as_ref().map(|body| range(body.span));
        let brace = body.map(|(open, _)| open);
        if let Some(open) = brace {
            self.blank(open);
        }
        self.marks.heads.insert(start, brace.unwrap_or(head_end));
        let row = Row {
            end: body.map_or(head_end, |(_, close)| close),
            kind: RowKind::Statement { brace },
        };
        self.marks.rows.insert(start, row);
        if let Some(body) = &statement.body {
            self.body(body);
        }
    }

    fn operands(&mut self, operands: &[Operand]) {
        let mut before = None;
        for operand in operands {
            if before.is_some() {
                self.operand_blank(operand, before);
            }
            self.operand(operand);
            before = Some(operand);
        }
    }

    /// Operands stand apart; a comma touches what is before it, `!` what is behind it.
    fn operand_blank(&mut self, operand: &Operand, before: Option<&Operand>) {
        let comma = matches!(operand, Operand::Op(Op::Comma, _));
        let negated = matches!(before, Some(Operand::Op(Op::Not, _)));
        if !comma && !negated {
            self.blank(range(operand.span()).0);
        }
    }

    fn operand(&mut self, operand: &Operand) {
        match operand {
            Operand::Expr(expr) => self.expr(expr),
            Operand::Phrase(phrase) => self.phrase(phrase),
            Operand::Link(link) => {
                self.sign(range(link.from.span).1, range(link.to.span).0);
                self.expr(&link.from);
                self.expr(&link.to);
            }
            Operand::Op(..) => {}
        }
    }

    fn phrase(&mut self, phrase: &Phrase) {
        for arg in &phrase.args {
            self.operands(arg);
        }
    }

    fn exprs(&mut self, exprs: &[Arc<Expr>]) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Template(_) => {
                let (start, end) = range(expr.span);
                self.marks.verbatim.insert(start, end);
            }
            ExprKind::Binary(_, left, right) => {
                self.sign(range(left.span).1, first(right));
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Conditional(test, yes, no) => {
                self.sign(range(test.span).1, first(yes));
                self.sign(range(yes.span).1, first(no));
                self.expr(test);
                self.expr(yes);
                self.expr(no);
            }
            ExprKind::Object(items) => items.iter().for_each(|item| self.object_item(item)),
            ExprKind::For(inner) => self.for_expr(inner),
            ExprKind::Call { args, .. } | ExprKind::Tuple(args) => self.exprs(args),
            ExprKind::Attr(inner, _)
            | ExprKind::AtSite(inner, _)
            | ExprKind::Unary(_, inner)
            | ExprKind::Paren(inner) => self.expr(inner),
            ExprKind::Index(base, key) => {
                self.expr(base);
                self.expr(key);
            }
            ExprKind::Splat { base, rest, .. } => {
                self.expr(base);
                for step in rest {
                    if let SplatStep::Index(key) = step {
                        self.expr(key);
                    }
                }
            }
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::Quantity { .. }
            | ExprKind::Date { .. }
            | ExprKind::Name(_)
            | ExprKind::Error => {}
        }
    }

    fn object_item(&mut self, item: &ObjectItem) {
        let (start, key_end) = match &item.key {
            ObjectKey::Name(ident) => range(ident.span),
            ObjectKey::Expr(expr) => (first(expr), range(expr.span).1),
        };
        let (value, end) = (first(&item.value), range(item.value.span).1);
        let sign = self.next(key_end);
        self.blank(value);
        if self.text.get(sign..).is_some_and(|rest| rest.starts_with('=')) {
            self.blank(sign);
            let kind = RowKind::Attribute { assign: sign };
            self.marks.rows.insert(start, Row { end, kind });
        }
        if let ObjectKey::Expr(expr) = &item.key {
            self.expr(expr);
        }
        self.expr(&item.value);
    }

    fn for_expr(&mut self, inner: &For) {
        let result = match &inner.result {
            ForResult::Tuple(value) => value,
            ForResult::Object { key, value, .. } => {
                self.sign(range(key.span).1, first(value));
                self.expr(value);
                key
            }
        };
        self.sign(range(inner.collection.span).1, first(result));
        self.expr(&inner.collection);
        self.expr(result);
        if let Some(condition) = &inner.condition {
            self.expr(condition);
        }
    }
}

/// The first byte of an expression.
fn first(expr: &Expr) -> usize {
    range(expr.span).0
}
