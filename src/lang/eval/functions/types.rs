//! Conversions, and what is kept out of sight.

use situs_value::{Quantity, Type, Value, convert};

use super::{Arity, Function, Param, number, text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "ephemeralasnull",
        params: &[Param::Open],
        arity: Arity::Exact,
        doc: "The value, with null for what is ephemeral.",
        example: ("ephemeralasnull(\"a\")", "\"a\""),
        run: |v, _| Ok(first(v)),
    },
    Function {
        name: "issensitive",
        params: &[Param::Open],
        arity: Arity::Exact,
        doc: "Whether the value is kept out of sight.",
        example: ("issensitive(sensitive(1))", "true"),
        run: |_, _| Ok(Value::Bool(false)),
    },
    Function {
        name: "nonsensitive",
        params: &[Param::Open],
        arity: Arity::Exact,
        doc: "The value in sight.",
        example: ("nonsensitive(sensitive(1))", "1"),
        run: |v, _| Ok(first(v)),
    },
    Function {
        name: "sensitive",
        params: &[Param::Open],
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
        name: "todate",
        params: &[Param::Nullable],
        arity: Arity::Exact,
        doc: "As a date.",
        example: ("todate(\"2027-06-30\")", "2027-06-30"),
        run: |v, _| to(v, &Type::Date),
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
        name: "toquantity",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "As a number with a unit.",
        example: ("toquantity(\"1.5GiB\")", "1.5GiB"),
        run: |v, _| Quantity::parse(text(v, 0)).map(Value::from).map_err(|e| e.to_string()),
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
    Function {
        name: "type",
        params: &[Param::Open],
        arity: Arity::Exact,
        doc: "The type of the value, as it is written.",
        example: ("type([1, \"a\"])", "\"tuple([number, string])\""),
        run: |v, _| Ok(first(v).type_of().to_string().into()),
    },
    Function {
        name: "with_unit",
        params: &[Param::Number, Param::Text],
        arity: Arity::Exact,
        doc: "So many of a unit.",
        example: ("with_unit(20, \"ms\")", "20ms"),
        run: |v, _| {
            let made = Quantity::parse_literal(&number(v, 0).to_string(), text(v, 1));
            made.map(Value::from).map_err(|e| e.to_string())
        },
    },
];

fn first(values: &[Value]) -> Value {
    values.first().cloned().unwrap_or_default()
}

fn to(values: &[Value], ty: &Type) -> Result<Value, String> {
    convert(&first(values), ty).map_err(|e| e.to_string())
}
