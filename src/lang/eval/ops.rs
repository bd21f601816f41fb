//! The operators between two operands.

use std::cmp::Ordering;

use situs_value::{Number, NumberError, Quantity, QuantityError, Type, Value};

use crate::base::span::Span;
use crate::base::{Code, Diagnostic};
use crate::lang::syntax::ast::BinaryOp;

use super::expr::{Evaluated, Evaluator, Silent, WRONG_TYPE, equality};

/// Arithmetic that has no result.
pub const ARITHMETIC: Code = Code::new("E107", "arithmetic that has no result");
/// Quantities that measure different things.
pub const DIMENSIONS: Code = Code::new("E108", "quantities that measure different things");

type Operand<'a> = (&'a Value, Span);

/// `a OP b`
pub(super) fn binary(eval: &mut Evaluator<'_>, op: BinaryOp, a: Operand<'_>, b: Operand<'_>) -> Evaluated {
    let result = match op {
        BinaryOp::Eq => equality(a.0.equals(b.0)),
        BinaryOp::Ne => negate(&equality(a.0.equals(b.0))),
        BinaryOp::And | BinaryOp::Or => logic(eval, op, a, b)?,
        BinaryOp::Union | BinaryOp::Intersect => {
            let sign = sign(op);
            let said = Diagnostic::error(
                WRONG_TYPE,
                format!("`{sign}` joins places, and no place is expected here"),
            );
            return Err(eval.fail(
                said.at(a.1.to(b.1), "here")
                    .help("for truth values write `||` and `&&`"),
            ));
        }
        _ => match (a.0.unmarked(), b.0.unmarked()) {
            (Value::Quantity(x), Value::Quantity(y)) => quantities(eval, op, x, y, a.1.to(b.1))?,
            (Value::Quantity(q), Value::Number(n)) if matches!(op, BinaryOp::Mul | BinaryOp::Div) => {
                scaled(eval, op, q, n, a.1.to(b.1))?
            }
            (Value::Number(n), Value::Quantity(q)) if op == BinaryOp::Mul => scaled(eval, op, q, n, a.1.to(b.1))?,
            (Value::Quantity(q), other) | (other, Value::Quantity(q)) if other.is_known() => {
                let said = Diagnostic::error(
                    DIMENSIONS,
                    format!(
                        "`{}` does not take a {} and {}",
                        sign(op),
                        q.dimension().name(),
                        other.friendly()
                    ),
                );
                return Err(eval.fail(
                    said.at(a.1.to(b.1), "here")
                        .help("give both a unit, or take the number with `in_unit(…, \"…\")`"),
                ));
            }
            _ => numbers(eval, op, a, b)?,
        },
    };
    Ok(result.mark_like(a.0).mark_like(b.0))
}

fn negate(value: &Value) -> Value {
    value.as_bool().map_or_else(|| value.clone(), |b| Value::Bool(!b))
}

fn logic(eval: &mut Evaluator<'_>, op: BinaryOp, a: Operand<'_>, b: Operand<'_>) -> Evaluated {
    let x = eval.operand(a.0, &Type::Bool, sign(op), a.1);
    let y = eval.operand(b.0, &Type::Bool, sign(op), b.1);
    let decides = op == BinaryOp::Or;
    Ok(match (x?.as_bool(), y?.as_bool()) {
        (Some(x), Some(y)) => Value::Bool(if decides { x || y } else { x && y }),
        (Some(known), None) | (None, Some(known)) if known == decides => Value::Bool(decides),
        _ => Value::unknown(Type::Bool),
    })
}

fn numbers(eval: &mut Evaluator<'_>, op: BinaryOp, a: Operand<'_>, b: Operand<'_>) -> Evaluated {
    let x = eval.operand(a.0, &Type::Number, sign(op), a.1);
    let y = eval.operand(b.0, &Type::Number, sign(op), b.1);
    let (x, y) = (x?, y?);
    let compares = compare(op, Ordering::Equal).is_some();
    let (Some(x), Some(y)) = (x.as_number(), y.as_number()) else {
        let decided = compares.then(|| bounded(op, &x, &y)).flatten();
        let open = || Value::unknown(if compares { Type::Bool } else { Type::Number });
        return Ok(decided.map_or_else(open, Value::Bool));
    };
    if let Some(holds) = compare(op, x.cmp(y)) {
        return Ok(Value::Bool(holds));
    }
    arithmetic(op, x, y)
        .map(Value::Number)
        .map_err(|why| failed(eval, &why, b.1))
}

/// What a comparison comes to where one side is not known and has a bound that decides it.
fn bounded(op: BinaryOp, x: &Value, y: &Value) -> Option<bool> {
    let least = |value: &Value| match value.unmarked() {
        Value::Unknown(unknown) => unknown.refinements.least.map(Number::from),
        _ => None,
    };
    // Only what lies beyond the bound is decided, as in Terraform.
    match (least(x), y.as_number(), x.as_number(), least(y)) {
        (Some(least), Some(y), ..) if least > *y => compare(op, Ordering::Greater),
        (_, _, Some(x), Some(least)) if least > *x => compare(op, Ordering::Less),
        _ => None,
    }
}

fn arithmetic(op: BinaryOp, x: &Number, y: &Number) -> Result<Number, NumberError> {
    match op {
        BinaryOp::Sub => x.sub(y),
        BinaryOp::Mul => x.mul(y),
        BinaryOp::Div => x.div(y),
        BinaryOp::Mod => x.rem(y),
        _ => x.add(y),
    }
}

fn failed(eval: &mut Evaluator<'_>, why: &NumberError, span: Span) -> Silent {
    eval.fail(Diagnostic::error(ARITHMETIC, why.to_string()).at(span, "here"))
}

fn compare(op: BinaryOp, order: Ordering) -> Option<bool> {
    Some(match op {
        BinaryOp::Lt => order == Ordering::Less,
        BinaryOp::Le => order != Ordering::Greater,
        BinaryOp::Gt => order == Ordering::Greater,
        BinaryOp::Ge => order != Ordering::Less,
        _ => return None,
    })
}

fn quantities(eval: &mut Evaluator<'_>, op: BinaryOp, x: &Quantity, y: &Quantity, span: Span) -> Evaluated {
    let measured = |result: Result<Quantity, Number>| result.map_or_else(Value::Number, Value::from);
    let result = match op {
        BinaryOp::Add => x.add(y).map(Value::from),
        BinaryOp::Sub => x.sub(y).map(Value::from),
        BinaryOp::Mul => x.times(y).map(measured),
        BinaryOp::Div => x.per(y).map(measured),
        _ => x
            .compare(y)
            .map(|order| compare(op, order).map_or(Value::unknown(Type::Bool), Value::Bool)),
    };
    result.map_err(|why| unfit(eval, op, x, y, &why, span))
}

fn scaled(eval: &mut Evaluator<'_>, op: BinaryOp, q: &Quantity, n: &Number, span: Span) -> Evaluated {
    let by = if op == BinaryOp::Div {
        Number::ONE.div(n)
    } else {
        Ok(n.clone())
    };
    let exact = match (op, by) {
        (BinaryOp::Div, Ok(_)) => q.number().div(n).map_err(QuantityError::from),
        (_, Ok(by)) => q.number().mul(&by).map_err(QuantityError::from),
        (_, Err(why)) => Err(why.into()),
    };
    exact
        .map(|number| Quantity::computed(number, q.dimension().clone()).into())
        .map_err(|why| eval.fail(Diagnostic::error(ARITHMETIC, why.to_string()).at(span, "here")))
}

fn unfit(
    eval: &mut Evaluator<'_>,
    op: BinaryOp,
    x: &Quantity,
    y: &Quantity,
    why: &QuantityError,
    span: Span,
) -> Silent {
    let said = match why {
        QuantityError::Dimensions { left, right } => Diagnostic::error(
            DIMENSIONS,
            format!(
                "`{x} {} {y}`: a {left} and a {right} do not measure the same thing",
                sign(op)
            ),
        ),
        other => Diagnostic::error(ARITHMETIC, other.to_string()),
    };
    eval.fail(said.at(span, "here"))
}

fn sign(op: BinaryOp) -> &'static str {
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
