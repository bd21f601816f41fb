//! Operands written out again, as messages and verdicts show them. Not a formatter: what is long becomes `…`.

use crate::lang::syntax::ast::{Arrow, BinaryOp, Expr, ExprKind, Op, Operand, Phrase, UnaryOp};

/// Operands as one would write them.
pub fn of_operands(operands: &[Operand]) -> String {
    let mut text = String::new();
    for operand in operands {
        let tight = matches!(operand, Operand::Op(Op::Comma, _)) || text.is_empty();
        if !tight {
            text.push(' ');
        }
        text.push_str(&of_operand(operand));
    }
    text
}

/// An operand as one would write it.
pub fn of_operand(operand: &Operand) -> String {
    match operand {
        Operand::Expr(expr) => of_expr(expr),
        Operand::Phrase(phrase) => of_phrase(phrase),
        Operand::Link(link) => format!("{} {} {}", of_expr(&link.from), arrow(link.arrow), of_expr(&link.to)),
        Operand::Op(op, _) => sign(*op).to_owned(),
    }
}

fn of_phrase(phrase: &Phrase) -> String {
    let args: Vec<String> = phrase.args.iter().map(|arg| of_operands(arg)).collect();
    format!("{}({})", phrase.name.name, args.join(", "))
}

/// An expression as one would write it.
pub fn of_expr(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Null => "null".to_owned(),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Number(digits) => digits.to_string(),
        ExprKind::Quantity { number, unit } => format!("{number}{unit}"),
        ExprKind::Date { year, month, day } => format!("{year:04}-{month:02}-{day:02}"),
        ExprKind::Template(_) => expr
            .as_text()
            .map_or_else(|| "\"…\"".to_owned(), |text| format!("{text:?}")),
        ExprKind::Name(name) => name.name.to_string(),
        ExprKind::Attr(base, name) => format!("{}.{}", of_expr(base), name.name),
        ExprKind::AtSite(base, site) => format!("{}@{}", of_expr(base), site.name),
        ExprKind::Index(base, key) => format!("{}[{}]", of_expr(base), of_expr(key)),
        ExprKind::Call { name, .. } => format!("{}(…)", name.name),
        ExprKind::Unary(op, inner) => format!("{}{}", if *op == UnaryOp::Neg { "-" } else { "!" }, of_expr(inner)),
        ExprKind::Binary(..) => chain(expr),
        ExprKind::Tuple(elements) => format!("[{}]", list(elements)),
        ExprKind::Paren(inner) => format!("({})", of_expr(inner)),
        ExprKind::Object(_) => "{ … }".to_owned(),
        ExprKind::Splat { .. } | ExprKind::Conditional(..) | ExprKind::For(_) | ExprKind::Error => "…".to_owned(),
    }
}

/// `a | b | c`, which leans to the left: gone through without recursion.
fn chain(expr: &Expr) -> String {
    let mut parts = Vec::new();
    let mut first = expr;
    while let ExprKind::Binary(op, left, right) = &first.kind {
        parts.push(format!(" {} {}", infix(*op), of_expr(right)));
        first = left;
    }
    parts.push(of_expr(first));
    parts.into_iter().rev().collect()
}

/// Expressions with commas between them.
pub fn list<E: AsRef<Expr>>(elements: &[E]) -> String {
    let texts: Vec<String> = elements.iter().map(|e| of_expr(e.as_ref())).collect();
    texts.join(", ")
}

fn arrow(arrow: Arrow) -> &'static str {
    match arrow {
        Arrow::Both => "--",
        Arrow::OneWay => "->",
    }
}

/// A separator or an operator of a head.
pub fn sign(op: Op) -> &'static str {
    match op {
        Op::Comma => ",",
        Op::Pipe => "|",
        Op::And => "&",
        Op::Minus => "-",
        Op::AndAnd => "&&",
        Op::OrOr => "||",
        Op::Not => "!",
        Op::Eq => "==",
        Op::Ne => "!=",
        Op::Lt => "<",
        Op::Le => "<=",
        Op::Gt => ">",
        Op::Ge => ">=",
    }
}

fn infix(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Mod => "%",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::And => "&&",
        BinaryOp::Or => "||",
        BinaryOp::Union => "|",
        BinaryOp::Intersect => "&",
    }
}
