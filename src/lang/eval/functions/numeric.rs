//! Numbers.

use situs_value::{Number, Value};

use super::{Arity, Function, Param, index, number, text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "abs",
        params: &[Param::Number],
        arity: Arity::Exact,
        doc: "The number without its sign.",
        example: ("abs(-2.5)", "2.5"),
        run: |v, _| Ok(number(v, 0).abs().into()),
    },
    Function {
        name: "ceil",
        params: &[Param::Number],
        arity: Arity::Exact,
        doc: "The smallest whole number that is not below it.",
        example: ("ceil(2.1)", "3"),
        run: |v, _| Ok(number(v, 0).ceil().into()),
    },
    Function {
        name: "floor",
        params: &[Param::Number],
        arity: Arity::Exact,
        doc: "The largest whole number that is not above it.",
        example: ("floor(-2.1)", "-3"),
        run: |v, _| Ok(number(v, 0).floor().into()),
    },
    Function {
        name: "max",
        params: &[Param::Number, Param::Number],
        arity: Arity::Variadic,
        doc: "The largest.",
        example: ("max(1, 12, 3)", "12"),
        run: |v, _| extreme(v, true),
    },
    Function {
        name: "min",
        params: &[Param::Number, Param::Number],
        arity: Arity::Variadic,
        doc: "The smallest.",
        example: ("min(4, 2, 3)", "2"),
        run: |v, _| extreme(v, false),
    },
    Function {
        name: "parseint",
        params: &[Param::Text, Param::Number],
        arity: Arity::Exact,
        doc: "The whole number that digits of a base stand for.",
        example: ("parseint(\"ff\", 16)", "255"),
        run: |v, _| parseint(v),
    },
    Function {
        name: "pow",
        params: &[Param::Number, Param::Number],
        arity: Arity::Exact,
        doc: "A whole power.",
        example: ("pow(2, 10)", "1024"),
        run: |v, _| pow(v),
    },
    Function {
        name: "signum",
        params: &[Param::Number],
        arity: Arity::Exact,
        doc: "-1, 0 or 1.",
        example: ("signum(-7)", "-1"),
        run: |v, _| Ok(Value::from(number(v, 0).cmp(&Number::ZERO) as i64)),
    },
    Function {
        name: "in_unit",
        params: &[Param::Any, Param::Text],
        arity: Arity::Exact,
        doc: "The number of a quantity in some unit.",
        example: ("in_unit(1GiB, \"MiB\")", "1024"),
        run: |v, _| in_unit(v),
    },
];

fn extreme(values: &[Value], largest: bool) -> Result<Value, String> {
    let numbers = values.iter().filter_map(Value::as_number);
    let found = if largest { numbers.max() } else { numbers.min() };
    found
        .cloned()
        .map(Value::Number)
        .ok_or_else(|| "it needs at least one number".to_owned())
}

fn parseint(values: &[Value]) -> Result<Value, String> {
    let base = u32::try_from(index(values, 1)?)
        .ok()
        .filter(|b| (2..=36).contains(b))
        .ok_or("the base goes from 2 to 36")?;
    i64::from_str_radix(text(values, 0), base)
        .map(Value::from)
        .map_err(|_| format!("{:?} is no number of base {base}", text(values, 0)))
}

fn pow(values: &[Value]) -> Result<Value, String> {
    let base = number(values, 0);
    let exponent = index(values, 1)?;
    let mut result = Number::ONE;
    for _ in 0..exponent.unsigned_abs().min(100_000) {
        result = result.mul(&base).map_err(|e| e.to_string())?;
        if result.is_zero() || result == Number::ONE && base == Number::ONE {
            break;
        }
    }
    if exponent < 0 {
        Number::ONE.div(&result).map(Value::Number).map_err(|e| e.to_string())
    } else {
        Ok(result.into())
    }
}

fn in_unit(values: &[Value]) -> Result<Value, String> {
    match values.first() {
        Some(Value::Quantity(q)) => q.in_unit(text(values, 1)).map(Value::Number).map_err(|e| e.to_string()),
        other => Err(format!(
            "a quantity is expected, and this is {}",
            other.map_or("nothing".to_owned(), Value::friendly)
        )),
    }
}
