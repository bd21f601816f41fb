//! Expressions: operators by precedence, terms with what touches them, collections.

use std::sync::Arc;

use crate::base::span::Span;

use super::ast::{
    BinaryOp, Expr, ExprKind, For, ForResult, Ident, ObjectItem, ObjectKey, SplatKind, SplatStep, UnaryOp,
};
use super::build::Builder;
use super::parse::{Node, Nodes, Rest, Rule};
use super::recover;
use super::split::{MAX_DEPTH, span};

/// Longer chains of `.` and `[…]` are refused: whatever reads a tree goes down them link by link.
pub(super) const MAX_LINKS: usize = 400;
/// Longer chains of operators are refused. They lean to the left, and whatever reads a tree goes along them in a loop.
pub(super) const MAX_OPERATORS: usize = 10_000;

fn count(node: &Node<'_>) -> usize {
    node.clone().into_inner().count()
}

/// An operator and how tight it binds: `&` binds tighter than `|` and `-`, these tighter than comparison. All lean to the left.
fn operator(text: &str) -> (BinaryOp, u8) {
    match text.trim() {
        "||" => (BinaryOp::Or, 0),
        "&&" => (BinaryOp::And, 1),
        "==" => (BinaryOp::Eq, 2),
        "!=" => (BinaryOp::Ne, 2),
        "<" => (BinaryOp::Lt, 3),
        "<=" => (BinaryOp::Le, 3),
        ">" => (BinaryOp::Gt, 3),
        ">=" => (BinaryOp::Ge, 3),
        "-" => (BinaryOp::Sub, 4),
        "|" => (BinaryOp::Union, 4),
        "&" => (BinaryOp::Intersect, 5),
        "*" => (BinaryOp::Mul, 6),
        "/" => (BinaryOp::Div, 6),
        "%" => (BinaryOp::Mod, 6),
        _ => (BinaryOp::Add, 4),
    }
}

/// Operands that wait for what is right of their operators, tighter and tighter.
#[derive(Default)]
struct Waiting(Vec<(Expr, BinaryOp, u8)>);

impl Waiting {
    /// What the operators before it that bind at least so tight make of this operand.
    fn take(&mut self, mut right: Expr, tight: u8) -> Expr {
        while let Some((left, op, _)) = self.0.pop_if(|(_, _, before)| *before >= tight) {
            let span = left.span.to(right.span);
            let kind = ExprKind::Binary(op, Arc::new(left), Arc::new(right));
            right = Expr { kind, span };
        }
        right
    }
}

impl Builder {
    /// The expression that starts here.
    pub fn expr(&mut self, nodes: &mut Rest<'_>) -> Expr {
        self.depth += 1;
        let first = self.unary(nodes);
        let rest = nodes.next_if(|n| matches!(n.as_rule(), Rule::rest | Rule::rest_nl | Rule::key_rest));
        let made = match rest {
            _ if self.depth > 3 * MAX_DEPTH => self.too_long(first.span),
            Some(rest) => self.rest(first, rest),
            None => first,
        };
        self.depth -= 1;
        made
    }

    /// The expression that starts here, where one does.
    pub fn shared_expr(&mut self, nodes: &mut Rest<'_>) -> Option<Arc<Expr>> {
        nodes.peek()?;
        Some(Arc::new(self.expr(nodes)))
    }

    fn too_long(&mut self, whole: Span) -> Expr {
        self.diagnostics.push(recover::too_long(whole));
        self.error(whole)
    }

    /// Operators and their operands, and then a choice.
    fn rest(&mut self, first: Expr, rest: Node<'_>) -> Expr {
        let whole = first.span.to(self.span(&rest));
        if count(&rest) > 2 * MAX_OPERATORS {
            return self.too_long(whole);
        }
        let mut nodes = rest.into_inner().peekable();
        let mut waiting = Waiting::default();
        let mut last = first;
        while let Some(sign) = nodes.next_if(|n| !matches!(n.as_rule(), Rule::choice | Rule::choice_nl)) {
            let (op, tight) = operator(sign.as_str());
            let left = waiting.take(last, tight);
            waiting.0.push((left, op, tight));
            last = self.unary(&mut nodes);
        }
        let test = waiting.take(last, 0);
        match nodes.next() {
            Some(choice) => self.choice(test, choice, whole),
            None => test,
        }
    }

    fn choice(&mut self, test: Expr, choice: Node<'_>, span: Span) -> Expr {
        let mut parts = choice.into_inner().peekable();
        let (yes, no) = (self.expr(&mut parts), self.expr(&mut parts));
        let kind = ExprKind::Conditional(Arc::new(test), Arc::new(yes), Arc::new(no));
        Expr { kind, span }
    }

    /// Signs and a term.
    fn unary(&mut self, nodes: &mut Rest<'_>) -> Expr {
        let mut signs: Vec<Node<'_>> = Vec::new();
        while let Some(sign) = nodes.next_if(|n| n.as_rule() == Rule::prefix) {
            signs.push(sign);
        }
        let term = self.term(nodes);
        if signs.len() > MAX_LINKS {
            return self.too_long(term.span);
        }
        signs.into_iter().rfold(term, |inner, sign| {
            let span = self.span(&sign).to(inner.span);
            let op = match sign.as_str().trim() {
                "-" => UnaryOp::Neg,
                _ => UnaryOp::Not,
            };
            let kind = ExprKind::Unary(op, Arc::new(inner));
            Expr { kind, span }
        })
    }

    /// A primary and what touches it: `a.b[0]`, `a[*].b`, `f(x).c`.
    pub fn term(&mut self, nodes: &mut Rest<'_>) -> Expr {
        let Some(first) = nodes.next() else {
            return self.error(span(self.source, self.base, self.base));
        };
        let primary = match nodes.next_if(|n| n.as_rule() == Rule::call) {
            Some(call) => self.call(&first, call),
            None => self.primary(first),
        };
        match nodes.next_if(|n| n.as_rule() == Rule::touching) {
            Some(touching) if count(&touching) > MAX_LINKS => {
                let whole = primary.span.to(self.span(&touching));
                self.too_long(whole)
            }
            Some(touching) => self.accessors(primary, touching.into_inner()),
            None => primary,
        }
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
        match self.shared_expr(&mut part.into_inner().peekable()) {
            Some(key) => ExprKind::Index(Arc::new(base), key),
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
                    let key = self.shared_expr(&mut part.into_inner().peekable());
                    rest.extend(key.map(SplatStep::Index));
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
            Rule::ident => self.name(&node),
            Rule::number => ExprKind::Number(node.as_str().trim().into()),
            Rule::quantity => quantity(&node),
            Rule::date => date(node.as_str()),
            Rule::template | Rule::heredoc => self.template(node),
            Rule::paren => match self.shared_expr(&mut node.into_inner().peekable()) {
                Some(inner) => ExprKind::Paren(inner),
                None => ExprKind::Error,
            },
            Rule::tuple => ExprKind::Tuple(self.exprs(node.into_inner().peekable())),
            Rule::object => ExprKind::Object(self.object(node.into_inner().peekable())),
            Rule::for_tuple | Rule::for_object => self.for_expr(node),
            _ => ExprKind::Error,
        };
        Expr { kind, span: whole }
    }

    fn exprs(&mut self, mut nodes: Rest<'_>) -> Vec<Arc<Expr>> {
        let mut all = Vec::new();
        while let Some(one) = self.shared_expr(&mut nodes) {
            all.push(one);
        }
        all
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

    /// A call of what has this name.
    fn call(&mut self, name: &Node<'_>, call: Node<'_>) -> Expr {
        let whole = self.span(name).to(self.span(&call));
        let mut nodes = call.into_inner().peekable();
        let path = nodes.next_if(|n| n.as_rule() == Rule::path);
        let name = match path {
            None => self.ident(name),
            Some(path) => Ident {
                name: format!("{}{}", name.as_str(), path.as_str()).into(),
                span: self.span(name).to(self.span(&path)),
            },
        };
        let mut args = Vec::new();
        let mut expand = false;
        while nodes.peek().is_some() && !expand {
            expand = nodes.next_if(|n| n.as_rule() == Rule::expand).is_some();
            if !expand {
                args.extend(self.shared_expr(&mut nodes));
            }
        }
        let kind = ExprKind::Call { name, args, expand };
        Expr { kind, span: whole }
    }

    /// Keys and values by turns.
    fn object(&mut self, mut nodes: Rest<'_>) -> Vec<ObjectItem> {
        let mut items = Vec::new();
        while let Some(key) = self.object_key(&mut nodes) {
            let Some(value) = self.shared_expr(&mut nodes) else {
                break;
            };
            items.push(ObjectItem { key, value });
        }
        items
    }

    /// A word alone is a name, also where it is `null` or `true`.
    fn object_key(&mut self, nodes: &mut Rest<'_>) -> Option<ObjectKey> {
        let word = nodes
            .peek()
            .filter(|n| n.as_rule() == Rule::ident)
            .map(|n| self.ident(n));
        let expr = self.shared_expr(nodes)?;
        Some(match word {
            Some(word) if word.span == expr.span => ObjectKey::Name(word),
            _ => ObjectKey::Expr(expr),
        })
    }

    fn for_expr(&mut self, node: Node<'_>) -> ExprKind {
        let object = node.as_rule() == Rule::for_object;
        let mut names: Vec<Ident> = Vec::new();
        let mut collection = None;
        let mut results: Vec<Arc<Expr>> = Vec::new();
        let mut condition = None;
        let mut group = false;
        let mut parts = node.into_inner().peekable();
        while parts.peek().is_some() {
            let word = parts.next_if(|n| matches!(n.as_rule(), Rule::for_intro | Rule::for_if | Rule::group));
            match word.map(|n| (n.as_rule(), n.into_inner().peekable())) {
                Some((Rule::for_intro, inner)) => (names, collection) = self.for_names(inner),
                Some((Rule::for_if, inner)) => condition = self.after_word(inner),
                Some(_) => group = true,
                None => results.extend(self.shared_expr(&mut parts)),
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
    pub fn for_names(&mut self, mut parts: Rest<'_>) -> (Vec<Ident>, Option<Arc<Expr>>) {
        let mut names = Vec::new();
        while let Some(part) = parts.next_if(|n| n.as_rule() != Rule::kw_in) {
            names.extend((part.as_rule() == Rule::ident).then(|| self.ident(&part)));
        }
        (names, self.after_word(parts))
    }

    /// The expression behind a word.
    pub fn after_word(&mut self, mut parts: Rest<'_>) -> Option<Arc<Expr>> {
        parts.next()?;
        self.shared_expr(&mut parts)
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
