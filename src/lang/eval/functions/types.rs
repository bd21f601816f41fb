//! Conversions, and what is kept out of sight.

use situs_value::{Type, Value, convert};

use super::{Arity, Function, Param};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "issensitive",
        params: &[Param::Nullable],
        arity: Arity::Exact,
        doc: "Whether the value is kept out of sight.",
        example: ("issensitive(sensitive(1))", "true"),
        run: |_, _| Ok(Value::Bool(false)),
    },
    Function {
        name: "nonsensitive",
        params: &[Param::Nullable],
        arity: Arity::Exact,
        doc: "The value in sight.",
        example: ("nonsensitive(sensitive(1))", "1"),
        run: |v, _| Ok(first(v)),
    },
    Function {
        name: "sensitive",
        params: &[Param::Nullable],
        arity: Arity::Exact,
        doc: "The value, kept out of sight.",
        example: ("nonsensitive(sensitive(1))", "1"),
        run: |v, _| Ok(first(v).mark()),
    },
    Function {
        name: "tobool",
        params: &[Param::Nullable],
        arity: Arity::Exact,
        doc: "As a bool.",
        example: ("tobool(\"true\")", "true"),
        run: |v, _| to(v, &Type::Bool),
    },
    Function {
        name: "tolist",
        params: &[Param::Nullable],
        arity: Arity::Exact,
        doc: "As a list.",
        example: ("tolist([\"a\", 1])", "tolist([\"a\", \"1\"])"),
        run: |v, _| to(v, &Type::list(Type::Dynamic)),
    },
    Function {
        name: "tomap",
        params: &[Param::Nullable],
        arity: Arity::Exact,
        doc: "As a map.",
        example: ("tomap({ a = 1 })", "tomap({ a = 1 })"),
        run: |v, _| to(v, &Type::map(Type::Dynamic)),
    },
    Function {
        name: "tonumber",
        params: &[Param::Nullable],
        arity: Arity::Exact,
        doc: "As a number.",
        example: ("tonumber(\"1.5\")", "1.5"),
        run: |v, _| to(v, &Type::Number),
    },
    Function {
        name: "toset",
        params: &[Param::Nullable],
        arity: Arity::Exact,
        doc: "As a set.",
        example: ("toset([\"b\", \"a\", \"b\"])", "toset([\"a\", \"b\"])"),
        run: |v, _| to(v, &Type::set(Type::Dynamic)),
    },
    Function {
        name: "tostring",
        params: &[Param::Nullable],
        arity: Arity::Exact,
        doc: "As text; a quantity as it is written.",
        example: ("tostring(20ms)", "\"20ms\""),
        run: |v, _| to(v, &Type::String),
    },
];

fn first(values: &[Value]) -> Value {
    values.first().cloned().unwrap_or_default()
}

fn to(values: &[Value], ty: &Type) -> Result<Value, String> {
    convert(&first(values), ty).map_err(|e| e.to_string())
}
