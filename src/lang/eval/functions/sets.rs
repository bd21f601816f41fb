//! Sets.

use situs_value::{Type, Value, convert, unify};

use super::{Arity, Function, MOST_ELEMENTS, Param, elements, list, too_large};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "setintersection",
        params: &[Param::KnownSequence, Param::KnownSequence],
        arity: Arity::Variadic,
        doc: "What is in all.",
        example: ("setintersection([1, 2], [2, 3])", "toset([2])"),
        run: |v, _| {
            fold(v, |a, b| {
                a.iter().filter(|x| b.binary_search(x).is_ok()).cloned().collect()
            })
        },
    },
    Function {
        name: "setproduct",
        params: &[Param::Sequence, Param::Sequence],
        arity: Arity::Variadic,
        doc: "Every combination; a set where all are sets.",
        example: ("setproduct([\"a\"], [1, 2])", "[[\"a\", 1], [\"a\", 2]]"),
        run: |v, _| product(v),
    },
    Function {
        name: "setsubtract",
        params: &[Param::KnownSequence, Param::KnownSequence],
        arity: Arity::Exact,
        doc: "What is in the first and not in the second.",
        example: ("setsubtract([1, 2], [2])", "toset([1])"),
        run: |v, _| {
            fold(v, |a, b| {
                a.iter().filter(|x| b.binary_search(x).is_err()).cloned().collect()
            })
        },
    },
    Function {
        name: "setunion",
        params: &[Param::KnownSequence, Param::KnownSequence],
        arity: Arity::Variadic,
        doc: "What is in any.",
        example: ("setunion([1], [2])", "toset([1, 2])"),
        run: |v, _| fold(v, |a, b| a.iter().chain(b).cloned().collect()),
    },
];

/// Joins sets one after the other, their elements converted to one type.
fn fold(values: &[Value], join: fn(&[Value], &[Value]) -> Vec<Value>) -> Result<Value, String> {
    let element = |v: &Value| {
        let elements = v.elements().unwrap_or_default();
        unify(elements.iter().map(Value::type_of))
    };
    let types: Option<Vec<Type>> = values.iter().map(element).collect();
    let common = types.and_then(unify).ok_or("their elements are not of one type")?;
    let as_set = |v: &Value| convert(v, &Type::set(common.clone())).map_err(|e| e.to_string());
    let mut made: Option<Value> = None;
    for value in values {
        let next = as_set(value)?;
        made = Some(match made {
            None => next,
            Some(before) => Value::set(join(
                before.elements().unwrap_or_default(),
                next.elements().unwrap_or_default(),
            )),
        });
    }
    made.ok_or_else(|| "it takes at least one set".to_owned())
}

fn product(values: &[Value]) -> Result<Value, String> {
    if values.len() < 2 {
        return Err("it takes at least two collections".to_owned());
    }
    let count = values.iter().enumerate().map(|(i, _)| elements(values, i).len());
    let count = count.fold(1usize, usize::saturating_mul);
    if count.saturating_mul(values.len()) > MOST_ELEMENTS {
        return Err(too_large());
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for value in values {
        let one_type = list(value.elements().unwrap_or_default().to_vec())?;
        let all = one_type.elements().unwrap_or_default();
        rows = rows
            .iter()
            .flat_map(|row| all.iter().map(|x| row.iter().cloned().chain([x.clone()]).collect()))
            .collect();
    }
    let rows = rows.into_iter().map(Value::tuple);
    Ok(if values.iter().all(|v| matches!(v, Value::Set(_))) {
        Value::set(rows)
    } else {
        Value::list(rows)
    })
}
