//! Lists, sets, maps and objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_value::{Number, Tri, Type, Value, convert, unify};

use super::{Arity, Function, MOST_ELEMENTS, Param, elements, index, list, number, text, too_large};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "alltrue",
        params: &[Param::KnownSequence],
        arity: Arity::Exact,
        doc: "Whether all are true.",
        example: ("alltrue([true, true])", "true"),
        run: |v, _| truth(v, |mut b| b.all(|x| x)),
    },
    Function {
        name: "anytrue",
        params: &[Param::KnownSequence],
        arity: Arity::Exact,
        doc: "Whether any is true.",
        example: ("anytrue([false, true])", "true"),
        run: |v, _| truth(v, |mut b| b.any(|x| x)),
    },
    Function {
        name: "chunklist",
        params: &[Param::Sequence, Param::Number],
        arity: Arity::Exact,
        doc: "Lists of so many each.",
        example: ("chunklist([1, 2, 3], 2)", "tolist([tolist([1, 2]), tolist([3])])"),
        run: |v, _| chunks(v),
    },
    Function {
        name: "coalesce",
        params: &[Param::Open],
        arity: Arity::Variadic,
        doc: "The first that is neither null nor an empty text.",
        example: ("coalesce(null, \"\", \"b\")", "\"b\""),
        run: |v, _| coalesce(v),
    },
    Function {
        name: "coalescelist",
        params: &[Param::Sequence],
        arity: Arity::Variadic,
        doc: "The first that is not empty.",
        example: ("coalescelist([], [\"b\"])", "[\"b\"]"),
        run: |v, _| {
            v.iter()
                .find(|x| x.elements().is_some_and(|e| !e.is_empty()))
                .cloned()
                .ok_or_else(|| "all arguments are empty".to_owned())
        },
    },
    Function {
        name: "compact",
        params: &[Param::KnownSequence],
        arity: Arity::Exact,
        doc: "Without nulls and empty texts.",
        example: ("compact([\"a\", \"\", null])", "tolist([\"a\"])"),
        run: |v, _| {
            let texts = convert(&Value::list(elements(v, 0).iter().cloned()), &Type::list(Type::String));
            let texts = texts.map_err(|e| e.to_string())?;
            let kept = texts.elements().unwrap_or_default().iter();
            Ok(Value::list(
                kept.filter(|x| !x.is_null() && x.as_str() != Some("")).cloned(),
            ))
        },
    },
    Function {
        name: "concat",
        params: &[Param::Sequence],
        arity: Arity::Variadic,
        doc: "One after the other.",
        example: ("concat([1], [2, 3])", "[1, 2, 3]"),
        run: |v, _| concat(v),
    },
    Function {
        name: "contains",
        params: &[Param::Sequence, Param::Any],
        arity: Arity::Exact,
        doc: "Whether an element is equal to the second.",
        example: ("contains([1, 2], 2)", "true"),
        run: |v, _| Ok(contains(v)),
    },
    Function {
        name: "distinct",
        params: &[Param::KnownSequence],
        arity: Arity::Exact,
        doc: "Each element once, in order of first appearance.",
        example: ("distinct([1, 2, 1])", "tolist([1, 2])"),
        run: |v, _| distinct(elements(v, 0)),
    },
    Function {
        name: "element",
        params: &[Param::Sequence, Param::Number],
        arity: Arity::Exact,
        doc: "One element; the index goes round.",
        example: ("element([\"a\", \"b\"], 3)", "\"b\""),
        run: |v, _| element(v),
    },
    Function {
        name: "flatten",
        params: &[Param::Sequence],
        arity: Arity::Exact,
        doc: "Sequences inside are opened.",
        example: ("flatten([[1, 2], [3, [4]]])", "[1, 2, 3, 4]"),
        run: |v, _| flatten(elements(v, 0)),
    },
    Function {
        name: "index",
        params: &[Param::KnownSequence, Param::Any],
        arity: Arity::Exact,
        doc: "Where an element first stands.",
        example: ("index([\"a\", \"b\"], \"b\")", "1"),
        run: |v, _| {
            position(v)
                .map(|i| Number::from(i).into())
                .ok_or_else(|| "no element is equal to it".to_owned())
        },
    },
    Function {
        name: "keys",
        params: &[Param::Keyed],
        arity: Arity::Exact,
        doc: "The keys, sorted.",
        example: ("keys({ b = 1, a = 2 })", "[\"a\", \"b\"]"),
        run: |v, _| Ok(keys(v)),
    },
    Function {
        name: "length",
        params: &[Param::Any],
        arity: Arity::Exact,
        doc: "How many elements, keys or characters.",
        example: ("length([1, 2])", "2"),
        run: |v, _| length(v),
    },
    Function {
        name: "lookup",
        params: &[Param::Keyed, Param::Text, Param::Nullable],
        arity: Arity::OptionalLast,
        doc: "The value of a key, or the third where it is not there.",
        example: ("lookup({ a = 1 }, \"b\", 9)", "9"),
        run: |v, _| {
            v.first()
                .and_then(|m| m.get(text(v, 1)))
                .or_else(|| v.get(2))
                .cloned()
                .ok_or_else(|| format!("there is no key {:?}, and no default", text(v, 1)))
        },
    },
    Function {
        name: "matchkeys",
        params: &[Param::Sequence, Param::KnownSequence, Param::KnownSequence],
        arity: Arity::Exact,
        doc: "Values whose key is among the wanted.",
        example: ("matchkeys([1, 2], [\"a\", \"b\"], [\"b\"])", "tolist([2])"),
        run: |v, _| matchkeys(v),
    },
    Function {
        name: "merge",
        params: &[Param::Nullable],
        arity: Arity::Variadic,
        doc: "All keys; the last value of a key counts.",
        example: ("merge({ a = 1 }, { a = 2, b = 3 })", "{ a = 2, b = 3 }"),
        run: |v, _| merge(v),
    },
    Function {
        name: "one",
        params: &[Param::Sequence],
        arity: Arity::Exact,
        doc: "The only element, or null where there is none.",
        example: ("one([\"a\"])", "\"a\""),
        run: |v, _| one(elements(v, 0)),
    },
    Function {
        name: "range",
        params: &[Param::Number],
        arity: Arity::Variadic,
        doc: "Numbers up to, or from and up to, by steps.",
        example: ("range(1, 4)", "tolist([1, 2, 3])"),
        run: |v, _| range(v),
    },
    Function {
        name: "reverse",
        params: &[Param::Sequence],
        arity: Arity::Exact,
        doc: "From the last to the first.",
        example: ("reverse([1, 2])", "[2, 1]"),
        run: |v, _| Ok(like(v.first(), elements(v, 0).iter().rev().cloned().collect())),
    },
    Function {
        name: "slice",
        params: &[Param::Sequence, Param::Number, Param::Number],
        arity: Arity::Exact,
        doc: "Elements from one index up to before another.",
        example: ("slice([1, 2, 3], 1, 3)", "[2, 3]"),
        run: |v, _| slice(v),
    },
    Function {
        name: "sort",
        params: &[Param::Texts],
        arity: Arity::Exact,
        doc: "Texts in order.",
        example: ("sort([\"b\", \"a\"])", "tolist([\"a\", \"b\"])"),
        run: |v, _| sorted(elements(v, 0)),
    },
    Function {
        name: "sum",
        params: &[Param::KnownSequence],
        arity: Arity::Exact,
        doc: "The sum.",
        example: ("sum([1, 2.5])", "3.5"),
        run: |v, _| sum(v),
    },
    Function {
        name: "transpose",
        params: &[Param::Keyed],
        arity: Arity::Exact,
        doc: "Lists of texts by key turned round: to each text, the keys whose list it is in.",
        example: (
            "transpose({ a = [\"x\", \"y\"], b = [\"x\"] })",
            "tomap({ x = tolist([\"a\", \"b\"]), y = tolist([\"a\"]) })",
        ),
        run: |v, _| transpose(v),
    },
    Function {
        name: "values",
        params: &[Param::Keyed],
        arity: Arity::Exact,
        doc: "The values in the order of their keys.",
        example: ("values({ b = 1, a = 2 })", "[2, 1]"),
        run: |v, _| {
            let all = v.first().and_then(Value::attributes);
            let all: Vec<Value> = all.into_iter().flat_map(|m| m.values().cloned()).collect();
            Ok(match v.first() {
                Some(Value::Map(_)) => Value::list(all),
                _ => Value::tuple(all),
            })
        },
    },
    Function {
        name: "zipmap",
        params: &[Param::Texts, Param::Sequence],
        arity: Arity::Exact,
        doc: "Keys and values put together.",
        example: ("zipmap([\"a\"], [1])", "{ a = 1 }"),
        run: |v, _| zipmap(v),
    },
];

fn truth(values: &[Value], test: fn(Box<dyn Iterator<Item = bool> + '_>) -> bool) -> Result<Value, String> {
    let bools: Vec<bool> = elements(values, 0)
        .iter()
        .map(|x| {
            convert(x, &Type::Bool)
                .map_err(|e| e.to_string())
                .map(|b| b.as_bool().unwrap_or(false))
        })
        .collect::<Result<_, _>>()?;
    Ok(Value::Bool(test(Box::new(bools.into_iter()))))
}

fn chunks(values: &[Value]) -> Result<Value, String> {
    let size = usize::try_from(index(values, 1)?).map_err(|_| "the size is negative")?;
    let all = elements(values, 0);
    let size = if size == 0 { all.len().max(1) } else { size };
    let one_type = list(all.to_vec())?;
    let all = one_type.elements().unwrap_or_default();
    Ok(Value::list(all.chunks(size).map(|c| Value::list(c.iter().cloned()))))
}

/// A list where the model is one, else a tuple.
fn like(model: Option<&Value>, values: Vec<Value>) -> Value {
    match model {
        Some(Value::List(_) | Value::Set(_)) => Value::list(values),
        _ => Value::tuple(values),
    }
}

/// The first that counts, as the type that all of them can be; what comes behind it need not be known.
fn coalesce(values: &[Value]) -> Result<Value, String> {
    let common = unify(values.iter().map(Value::type_of));
    let common = common.ok_or("its arguments have types that do not fit together")?;
    for value in values {
        if !value.is_known() {
            return Ok(Value::unknown(common));
        }
        if !value.is_null() && value.as_str() != Some("") {
            return convert(value, &common).map_err(|e| e.to_string());
        }
    }
    Err("all arguments are null or empty".to_owned())
}

fn concat(values: &[Value]) -> Result<Value, String> {
    let all = || {
        values
            .iter()
            .flat_map(|v| v.elements().unwrap_or_default().iter().cloned())
    };
    if all().count() > MOST_ELEMENTS {
        return Err(too_large());
    }
    let lists = values.iter().all(|v| matches!(v, Value::List(_) | Value::Set(_)));
    match list(all().collect()).ok().filter(|_| lists) {
        Some(list) => Ok(list),
        None => Ok(Value::tuple(all())),
    }
}

fn contains(values: &[Value]) -> Value {
    let wanted = values.get(1).cloned().unwrap_or_default();
    let found: Vec<Tri> = elements(values, 0).iter().map(|x| x.equals(&wanted)).collect();
    if found.contains(&Tri::True) {
        Value::Bool(true)
    } else if found.contains(&Tri::Unknown) {
        Value::unknown(Type::Bool)
    } else {
        Value::Bool(false)
    }
}

fn position(values: &[Value]) -> Option<usize> {
    let wanted = values.get(1)?;
    elements(values, 0).iter().position(|x| same(x, wanted))
}

fn same(a: &Value, b: &Value) -> bool {
    a.equals(b) == Tri::True
}

fn distinct(all: &[Value]) -> Result<Value, String> {
    let one_type = list(all.to_vec())?;
    let mut seen = std::collections::BTreeSet::new();
    let all = one_type.elements().unwrap_or_default();
    Ok(Value::list(all.iter().filter(|x| seen.insert((*x).clone())).cloned()))
}

fn element(values: &[Value]) -> Result<Value, String> {
    let all = elements(values, 0);
    let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
    if count == 0 {
        return Err("the list is empty".to_owned());
    }
    let at = index(values, 1)?.rem_euclid(count);
    Ok(usize::try_from(at)
        .ok()
        .and_then(|at| all.get(at))
        .cloned()
        .unwrap_or_default())
}

/// What is inside sequences inside; nothing is known of it while one of them is not.
fn flatten(all: &[Value]) -> Result<Value, String> {
    let mut made = Vec::new();
    Ok(if flat(all, &mut made)? {
        Value::tuple(made)
    } else {
        Value::unknown_dynamic()
    })
}

fn flat(all: &[Value], made: &mut Vec<Value>) -> Result<bool, String> {
    for x in all {
        match x.elements() {
            Some(inner) => {
                if !flat(inner, made)? {
                    return Ok(false);
                }
            }
            None if !x.is_known() => return Ok(false),
            None => made.push(x.clone()),
        }
        if made.len() > MOST_ELEMENTS {
            return Err(too_large());
        }
    }
    Ok(true)
}

fn keys(values: &[Value]) -> Value {
    let names = values
        .first()
        .and_then(Value::attributes)
        .into_iter()
        .flat_map(|m| m.keys().cloned());
    let names = names.map(Value::String);
    if matches!(values.first(), Some(Value::Map(_))) {
        Value::list(names)
    } else {
        Value::tuple(names)
    }
}

fn length(values: &[Value]) -> Result<Value, String> {
    let count = match values.first() {
        Some(Value::String(s)) => s.chars().count(),
        Some(Value::Map(m) | Value::Object(m)) => m.len(),
        Some(other) => other
            .elements()
            .map(<[Value]>::len)
            .ok_or_else(|| format!("{} has no length", other.friendly()))?,
        None => 0,
    };
    Ok(Number::from(count).into())
}

fn matchkeys(values: &[Value]) -> Result<Value, String> {
    let (all, keys, wanted) = (elements(values, 0), elements(values, 1), elements(values, 2));
    if all.len() != keys.len() {
        return Err(format!("there are {} values and {} keys", all.len(), keys.len()));
    }
    let pairs = all.iter().zip(keys);
    list(
        pairs
            .filter(|(_, key)| wanted.iter().any(|w| same(w, key)))
            .map(|(v, _)| v.clone())
            .collect(),
    )
}

fn merge(values: &[Value]) -> Result<Value, String> {
    let given = values.iter().filter(|v| !v.is_null());
    let mut all: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    for value in given.clone() {
        let map = value.attributes();
        let map = map.ok_or_else(|| format!("it takes maps and objects, and one argument is {}", value.friendly()))?;
        all.extend(map.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
    let mut types = given.clone().map(Value::type_of);
    let first = types.next();
    let one_type = types.all(|t| Some(t) == first);
    let maps = first.is_some() && given.clone().all(|v| matches!(v, Value::Map(_)));
    Ok(if maps && one_type {
        Value::Map(Arc::new(all))
    } else {
        Value::Object(Arc::new(all))
    })
}

fn one(all: &[Value]) -> Result<Value, String> {
    match all {
        [] => Ok(Value::Null),
        [only] => Ok(only.clone()),
        _ => Err(format!("there are {} elements", all.len())),
    }
}

fn range(values: &[Value]) -> Result<Value, String> {
    let (start, limit, step) = match values.len() {
        1 => (Number::ZERO, number(values, 0), Number::ONE),
        2 => (number(values, 0), number(values, 1), Number::ONE),
        3 => (number(values, 0), number(values, 1), number(values, 2)),
        _ => return Err("it takes 1 to 3 numbers".to_owned()),
    };
    if step.is_zero() {
        return Err("the step is 0".to_owned());
    }
    let step = if values.len() < 3 && limit < start {
        step.neg()
    } else {
        step
    };
    let mut all = Vec::new();
    let mut at = start;
    while if step.is_negative() { at > limit } else { at < limit } {
        if all.len() >= 1024 {
            return Err("it makes no more than 1024 elements".to_owned());
        }
        all.push(Value::Number(at.clone()));
        at = at.add(&step).map_err(|e| e.to_string())?;
    }
    Ok(Value::list(all))
}

fn slice(values: &[Value]) -> Result<Value, String> {
    let all = elements(values, 0);
    let (from, to) = (index(values, 1)?, index(values, 2)?);
    let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    let part = range.and_then(|(from, to)| all.get(from..to));
    part.map(|p| like(values.first(), p.to_vec()))
        .ok_or_else(|| format!("{from} to {to} does not lie in 0 to {}", all.len()))
}

fn sorted(all: &[Value]) -> Result<Value, String> {
    if all.iter().any(Value::is_null) {
        return Err("an element is null".to_owned());
    }
    let mut all = all.to_vec();
    all.sort();
    Ok(Value::list(all))
}

fn sum(values: &[Value]) -> Result<Value, String> {
    let all = elements(values, 0);
    if all.is_empty() {
        return Err("there is nothing to add".to_owned());
    }
    let mut total = Number::ZERO;
    for x in all {
        let x = convert(x, &Type::Number).map_err(|e| e.to_string())?;
        let x = x.as_number().ok_or("an element is null")?;
        total = total.add(x).map_err(|e| e.to_string())?;
    }
    Ok(total.into())
}

fn zipmap(values: &[Value]) -> Result<Value, String> {
    let (keys, all) = (elements(values, 0), elements(values, 1));
    if keys.len() != all.len() {
        return Err(format!("there are {} keys and {} values", keys.len(), all.len()));
    }
    let pairs = keys
        .iter()
        .zip(all)
        .map(|(k, v)| Ok((Arc::from(k.as_str().ok_or("a key is null")?), v.clone())));
    let pairs: BTreeMap<Arc<str>, Value> = pairs.collect::<Result<_, String>>()?;
    Ok(if matches!(values.get(1), Some(Value::List(_))) {
        Value::Map(Arc::new(pairs))
    } else {
        Value::Object(Arc::new(pairs))
    })
}

fn transpose(values: &[Value]) -> Result<Value, String> {
    let lists = convert(
        values.first().unwrap_or(&Value::Null),
        &Type::map(Type::list(Type::String)),
    );
    let lists = lists.map_err(|e| e.to_string())?;
    if !lists.is_wholly_known() {
        return Ok(Value::unknown(lists.type_of()));
    }
    let mut made: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    for (key, list) in lists.attributes().into_iter().flatten() {
        for text in list.elements().ok_or("a list is null")? {
            let text = text.as_str().ok_or("an element is null")?;
            let keys = made.entry(text.into()).or_default();
            // A text that a list holds twice counts once.
            if keys.last().and_then(Value::as_str) != Some(key) {
                keys.push(Value::String(key.clone()));
            }
        }
    }
    Ok(Value::map(
        made.into_iter().map(|(text, keys)| (text, Value::list(keys))),
    ))
}
