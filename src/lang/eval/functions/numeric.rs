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
        name: "log",
        params: &[Param::Number, Param::Number],
        arity: Arity::Exact,
        doc: "The logarithm of a number to a base.",
        example: ("log(1000, 10)", "3"),
        run: |v, _| log(&number(v, 0), &number(v, 1)),
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
        doc: "A power; exact where the exponent is a whole number.",
        example: ("pow(2, 10)", "1024"),
        run: |v, _| pow(&number(v, 0), &number(v, 1)).map(Value::from),
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

/// Longer texts of digits are not read.
const MOST_DIGITS: usize = 4096;

fn parseint(values: &[Value]) -> Result<Value, String> {
    let base = u32::try_from(index(values, 1)?).ok().filter(|b| (2..=62).contains(b));
    let base = base.ok_or("the base goes from 2 to 62")?;
    let whole = text(values, 0);
    let wrong = || format!("{whole:?} is no whole number of base {base}");
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    if digits.is_empty() || digits.len() > MOST_DIGITS {
        return Err(wrong());
    }
    // Up to 36 letters count the same in both cases; above, small ones come first.
    let digit = |c: char| match c {
        'A'..='Z' if base > 36 => Some(u32::from(c) - u32::from('A') + 36),
        _ => c.to_digit(36),
    };
    let step = Number::from(i64::from(base));
    let mut total = Number::ZERO;
    for c in digits.chars() {
        let digit = digit(c).filter(|d| *d < base).ok_or_else(wrong)?;
        let shifted = total.mul(&step).map_err(|e| e.to_string())?;
        total = shifted
            .add(&Number::from(i64::from(digit)))
            .map_err(|e| e.to_string())?;
    }
    Ok(if whole.starts_with('-') { total.neg() } else { total }.into())
}

fn pow(base: &Number, exponent: &Number) -> Result<Number, String> {
    if !exponent.is_integer() {
        return from_double(libm::pow(to_double(base), to_double(exponent)));
    }
    let wrong = |e: situs_value::NumberError| e.to_string();
    if base.abs() == Number::ONE || base.is_zero() && !exponent.is_negative() {
        let odd = !exponent.rem(&Number::from(2_i64)).map_err(wrong)?.is_zero();
        return Ok(match () {
            () if exponent.is_zero() => Number::ONE,
            () if odd => base.clone(),
            () => base.abs(),
        });
    }
    let mut left = exponent.abs().to_u64().ok_or("a number out of range")?;
    let (mut result, mut square) = (Number::ONE, base.clone());
    while left > 0 {
        if left % 2 == 1 {
            result = result.mul(&square).map_err(wrong)?;
        }
        left /= 2;
        if left > 0 {
            square = square.mul(&square).map_err(wrong)?;
        }
    }
    if exponent.is_negative() {
        Number::ONE.div(&result).map_err(wrong)
    } else {
        Ok(result)
    }
}

fn to_double(number: &Number) -> f64 {
    number.to_string().parse().unwrap_or(f64::NAN)
}

/// The shortest decimal that stands for a double.
fn from_double(double: f64) -> Result<Number, String> {
    if !double.is_finite() {
        return Err("the result is no number, or is out of range".to_owned());
    }
    Number::parse(&format!("{double:e}")).map_err(|e| e.to_string())
}

fn log(of: &Number, base: &Number) -> Result<Value, String> {
    let positive = |n: &Number| !n.is_negative() && !n.is_zero();
    if !positive(of) || !positive(base) || *base == Number::ONE {
        return Err("it takes numbers above 0, and no base of 1".to_owned());
    }
    let near = libm::log(to_double(of)) / libm::log(to_double(base));
    let whole = from_double(libm::round(near))?;
    // A double would make 2.9999999999999996 of `log(1000, 10)`.
    if pow(base, &whole).is_ok_and(|back| back == *of) {
        return Ok(whole.into());
    }
    from_double(near).map(Value::from)
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
