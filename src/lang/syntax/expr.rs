//! Expressions: operators by precedence, terms with what touches them, collections.

use std::sync::{Arc, LazyLock};

use pest::iterators::Pairs;
use pest::pratt_parser::{Assoc, Op, PrattParser};

use crate::base::span::Span;

use super::ast::{
    BinaryOp, Expr, ExprKind, For, ForResult, Ident, ObjectItem, ObjectKey, SplatKind, SplatStep, UnaryOp,
};
use super::build::Builder;
use super::parse::{Node, Nodes, Rule};
use super::recover;
use super::split::{MAX_DEPTH, span};

/// From loose to tight: `&` binds tighter than `|` and `-`, these tighter than comparison.
static PRATT: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::or_op))
        .op(left(Rule::and_op))
        .op(left(Rule::eq_op))
        .op(left(Rule::cmp_op))
        .op(left(Rule::add_op))
        .op(left(Rule::set_op))
        .op(left(Rule::mul_op))
        .op(Op::prefix(Rule::prefix))
});

/// Longer chains of `.` and `[…]` are refused: whatever reads a tree goes down them link by link.
pub(super) const MAX_LINKS: usize = 400;
/// Longer chains of operators are refused. They lean to the left, and whatever reads a tree goes along them in a loop.
pub(super) const MAX_OPERATORS: usize = 10_000;

fn links(node: &Node<'_>) -> usize {
    node.clone().into_inner().count()
}

fn is_too_long(node: &Node<'_>) -> bool {
    let signs = node
        .clone()
        .into_inner()
        .filter(|n| n.as_rule() == Rule::prefix)
        .count();
    links(node) > 2 * MAX_OPERATORS || signs > MAX_LINKS
}

fn binary(text: &str) -> BinaryOp {
    match text.trim() {
        "||" => BinaryOp::Or,
        "&&" => BinaryOp::And,
        "==" => BinaryOp::Eq,
        "!=" => BinaryOp::Ne,
        "<" => BinaryOp::Lt,
        "<=" => BinaryOp::Le,
        ">" => BinaryOp::Gt,
        ">=" => BinaryOp::Ge,
        "-" => BinaryOp::Sub,
        "*" => BinaryOp::Mul,
        "/" => BinaryOp::Div,
        "%" => BinaryOp::Mod,
        "|" => BinaryOp::Union,
        "&" => BinaryOp::Intersect,
        _ => BinaryOp::Add,
    }
}

impl Builder {
    /// Any expression.
    pub fn expr(&mut self, node: Node<'_>) -> Expr {
        let whole = self.span(&node);
        self.depth += 1;
        let made = if self.depth > 3 * MAX_DEPTH {
            self.too_long(whole)
        } else {
            self.one_expr(node, whole)
        };
        self.depth -= 1;
        made
    }

    fn too_long(&mut self, whole: Span) -> Expr {
        self.diagnostics.push(recover::too_long(whole));
        self.error(whole)
    }

    fn one_expr(&mut self, node: Node<'_>, whole: Span) -> Expr {
        match node.as_rule() {
            Rule::expr | Rule::expr_nl => self.conditional(node),
            Rule::binary | Rule::binary_nl if is_too_long(&node) => self.too_long(whole),
            Rule::binary | Rule::binary_nl => {
                let shared = std::cell::RefCell::new(self);
                let made = PRATT
                    .map_primary(|term| shared.borrow_mut().term(term))
                    .map_prefix(|op, inner| {
                        let span = shared.borrow().span(&op).to(inner.span);
                        let sign = if op.as_str().trim() == "-" {
                            UnaryOp::Neg
                        } else {
                            UnaryOp::Not
                        };
                        Expr {
                            kind: ExprKind::Unary(sign, Arc::new(inner)),
                            span,
                        }
                    })
                    .map_infix(|left, op, right| {
                        let span = left.span.to(right.span);
                        let kind = ExprKind::Binary(binary(op.as_str()), Arc::new(left), Arc::new(right));
                        Expr { kind, span }
                    });
                let mut made = made;
                made.parse(node.into_inner())
            }
            Rule::term | Rule::operand_term => self.term(node),
            _ => self.error(whole),
        }
    }

    fn conditional(&mut self, node: Node<'_>) -> Expr {
        let whole = self.span(&node);
        let mut parts = node.into_inner();
        let Some(test) = parts.next() else {
            return self.error(whole);
        };
        let test = self.expr(test);
        match (parts.next(), parts.next()) {
            (Some(yes), Some(no)) => {
                let (yes, no) = (self.expr(yes), self.expr(no));
                let kind = ExprKind::Conditional(Arc::new(test), Arc::new(yes), Arc::new(no));
                Expr { kind, span: whole }
            }
            _ => test,
        }
    }

    /// A primary and what touches it: `a.b[0]`, `a[*].b`.
    pub fn term(&mut self, node: Node<'_>) -> Expr {
        let whole = self.span(&node);
        if links(&node) > MAX_LINKS {
            return self.too_long(whole);
        }
        let mut parts = node.into_inner();
        let Some(primary) = parts.next() else {
            return self.error(whole);
        };
        let primary = self.primary(primary);
        self.accessors(primary, parts)
    }

    fn accessors(&mut self, mut base: Expr, mut parts: Nodes<'_>) -> Expr {
        while let Some(part) = parts.next() {
            let span = base.span.to(self.span(&part));
            let kind = match part.as_rule() {
                Rule::get_attr | Rule::get_site => self.named(base, &part),
                Rule::get_legacy => self.legacy(base, &part),
                Rule::get_index => self.index(base, part),
                Rule::splat_attr => return self.splat(base, span, SplatKind::AttributesOnly, parts),
                Rule::splat_full => return self.splat(base, span, SplatKind::Full, parts),
                _ => {
                    self.diagnostics.push(recover::dangling(self.span(&part)));
                    ExprKind::Error
                }
            };
            base = Expr { kind, span };
        }
        base
    }

    fn named(&self, base: Expr, part: &Node<'_>) -> ExprKind {
        let Some(name) = part.clone().into_inner().next().map(|n| self.ident(&n)) else {
            return ExprKind::Error;
        };
        match part.as_rule() {
            Rule::get_site => ExprKind::AtSite(Arc::new(base), name),
            _ => ExprKind::Attr(Arc::new(base), name),
        }
    }

    fn legacy(&self, base: Expr, part: &Node<'_>) -> ExprKind {
        let digits = part.as_str().trim_start_matches('.');
        let index = Expr {
            kind: ExprKind::Number(digits.into()),
            span: self.span(part),
        };
        ExprKind::Index(Arc::new(base), Arc::new(index))
    }

    fn index(&mut self, base: Expr, part: Node<'_>) -> ExprKind {
        match part.into_inner().next() {
            Some(key) => ExprKind::Index(Arc::new(base), Arc::new(self.expr(key))),
            None => ExprKind::Error,
        }
    }

    /// `span` reaches from the base to the star.
    fn splat(&mut self, base: Expr, mut span: Span, kind: SplatKind, parts: Nodes<'_>) -> Expr {
        let mut rest = Vec::new();
        let mut after = None;
        let mut parts = parts.peekable();
        for part in parts.by_ref() {
            span = span.to(self.span(&part));
            match part.as_rule() {
                Rule::get_attr => rest.extend(part.into_inner().next().map(|n| SplatStep::Attr(self.ident(&n)))),
                Rule::get_index if kind == SplatKind::AttributesOnly => {
                    // `a.*.b[0]` takes the element of the whole result.
                    after = Some(part);
                    break;
                }
                Rule::get_index => {
                    rest.extend(
                        part.into_inner()
                            .next()
                            .map(|n| SplatStep::Index(Arc::new(self.expr(n)))),
                    );
                }
                Rule::get_legacy => {
                    let digits = part.as_str().trim_start_matches('.');
                    let index = Expr {
                        kind: ExprKind::Number(digits.into()),
                        span: self.span(&part),
                    };
                    rest.push(SplatStep::Index(Arc::new(index)));
                }
                Rule::splat_full | Rule::splat_attr => rest.push(SplatStep::Each),
                _ => {}
            }
        }
        let mut made = Expr {
            kind: ExprKind::Splat {
                base: Arc::new(base),
                kind,
                rest,
            },
            span,
        };
        if let Some(part) = after {
            let span = made.span.to(self.span(&part));
            made = Expr {
                kind: self.index(made, part),
                span,
            };
            for part in parts {
                let span = made.span.to(self.span(&part));
                let kind = match part.as_rule() {
                    Rule::get_index => self.index(made, part),
                    Rule::get_attr => self.named(made, &part),
                    _ => ExprKind::Error,
                };
                made = Expr { kind, span };
            }
        }
        made
    }

    fn primary(&mut self, node: Node<'_>) -> Expr {
        let whole = self.span(&node);
        let kind = match node.as_rule() {
            Rule::word => self.word(&node),
            Rule::name => self.name(&node),
            Rule::number => ExprKind::Number(node.as_str().trim().into()),
            Rule::quantity => quantity(&node),
            Rule::date => date(node.as_str()),
            Rule::template | Rule::heredoc => self.template(node),
            Rule::paren => match node.into_inner().next() {
                Some(inner) => ExprKind::Paren(Arc::new(self.expr(inner))),
                None => ExprKind::Error,
            },
            Rule::tuple => ExprKind::Tuple(node.into_inner().map(|e| Arc::new(self.expr(e))).collect()),
            Rule::object => ExprKind::Object(node.into_inner().filter_map(|i| self.object_item(i)).collect()),
            Rule::for_tuple | Rule::for_object => self.for_expr(node),
            _ => ExprKind::Error,
        };
        Expr { kind, span: whole }
    }

    fn name(&self, node: &Node<'_>) -> ExprKind {
        match node.as_str().trim() {
            "null" => ExprKind::Null,
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            name => ExprKind::Name(Ident {
                name: name.into(),
                span: self.span(node),
            }),
        }
    }

    /// A name, or a call where arguments follow it.
    fn word(&mut self, node: &Node<'_>) -> ExprKind {
        let Some(arguments) = node.clone().into_inner().find(|n| n.as_rule() == Rule::arguments) else {
            return self.name(node);
        };
        let (at, to) = (node.as_span().start(), arguments.as_span().start());
        let name = Ident {
            name: node.as_str().get(..to - at).unwrap_or("").into(),
            span: span(self.source, self.base + at, self.base + to),
        };
        let mut args = Vec::new();
        let mut expand = false;
        for arg in arguments.into_inner() {
            match arg.as_rule() {
                Rule::expand => expand = true,
                _ => args.push(Arc::new(self.expr(arg))),
            }
        }
        ExprKind::Call { name, args, expand }
    }

    fn object_item(&mut self, node: Node<'_>) -> Option<ObjectItem> {
        let mut parts = node.into_inner();
        let key = parts.next()?.into_inner().next()?;
        let key = match key.as_rule() {
            Rule::ident => ObjectKey::Name(self.ident(&key)),
            _ => ObjectKey::Expr(Arc::new(self.expr(key))),
        };
        let key = match key {
            ObjectKey::Expr(expr) => match expr.as_name() {
                Some(name) => ObjectKey::Name(name.clone()),
                None => ObjectKey::Expr(expr),
            },
            name => name,
        };
        Some(ObjectItem {
            key,
            value: Arc::new(self.expr(parts.next()?)),
        })
    }

    fn for_expr(&mut self, node: Node<'_>) -> ExprKind {
        let object = node.as_rule() == Rule::for_object;
        let mut names: Vec<Ident> = Vec::new();
        let mut collection = None;
        let mut results: Vec<Arc<Expr>> = Vec::new();
        let mut condition = None;
        let mut group = false;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::for_intro => {
                    let (found, over) = self.for_names(part.into_inner());
                    names = found;
                    collection = over;
                }
                Rule::for_if => condition = part.into_inner().nth(1).map(|e| Arc::new(self.expr(e))),
                Rule::group => group = true,
                _ => results.push(Arc::new(self.expr(part))),
            }
        }
        let value = names.pop();
        let mut results = results.into_iter();
        let result = match (object, results.next(), results.next()) {
            (true, Some(key), Some(value)) => Some(ForResult::Object { key, value, group }),
            (false, Some(value), None) => Some(ForResult::Tuple(value)),
            _ => None,
        };
        match (value, collection, result) {
            (Some(value), Some(collection), Some(result)) => ExprKind::For(Box::new(For {
                key: names.pop(),
                value,
                collection,
                result,
                condition,
            })),
            _ => ExprKind::Error,
        }
    }

    /// The names and the collection of `for a, b in xs`.
    pub fn for_names(&mut self, parts: Pairs<'_, Rule>) -> (Vec<Ident>, Option<Arc<Expr>>) {
        let mut names = Vec::new();
        let mut collection = None;
        for part in parts {
            match part.as_rule() {
                Rule::ident => names.push(self.ident(&part)),
                Rule::kw_for | Rule::kw_in => {}
                _ => collection = Some(Arc::new(self.expr(part))),
            }
        }
        (names, collection)
    }
}

fn quantity(node: &Node<'_>) -> ExprKind {
    let mut parts = node.clone().into_inner();
    match (parts.next(), parts.next()) {
        (Some(number), Some(unit)) => ExprKind::Quantity {
            number: number.as_str().into(),
            unit: unit.as_str().into(),
        },
        _ => ExprKind::Error,
    }
}

fn date(text: &str) -> ExprKind {
    let mut parts = text.trim().splitn(3, '-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    match (
        year.and_then(|y| y.parse().ok()),
        month.and_then(|m| m.parse().ok()),
        day.and_then(|d| d.parse().ok()),
    ) {
        (Some(year), Some(month), Some(day)) => ExprKind::Date { year, month, day },
        _ => ExprKind::Error,
    }
}
