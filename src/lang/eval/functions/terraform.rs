//! The functions of the provider that every configuration has: values as expressions and as files of variables, and back.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_value::Value;

use crate::base::SourceId;
use crate::lang::syntax::ast::Item;
use crate::lang::syntax::parse;

use super::super::instance::NoObjects;
use super::super::{Scope, evaluate};
use super::{Arity, Function, Param, text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "provider::terraform::decode_tfvars",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "What a file of variables says, as an object.",
        example: ("provider::terraform::decode_tfvars(\"a = 1\")", "{ a = 1 }"),
        run: |v, _| decode(text(v, 0)),
    },
    Function {
        name: "provider::terraform::encode_expr",
        params: &[Param::Known],
        arity: Arity::Exact,
        doc: "The value as an expression of the language.",
        example: ("provider::terraform::encode_expr([1, \"a\"])", "\"[1, \\\"a\\\"]\""),
        run: |v, _| Ok(expression(v.first().unwrap_or(&Value::Null), 0).into()),
    },
    Function {
        name: "provider::terraform::encode_tfvars",
        params: &[Param::Known],
        arity: Arity::Exact,
        doc: "An object as a file of variables.",
        example: ("provider::terraform::encode_tfvars({ a = 1 })", "\"a = 1\\n\""),
        run: |v, _| encode(v.first().unwrap_or(&Value::Null)),
    },
];

fn decode(file: &str) -> Result<Value, String> {
    let (file, said) = parse(SourceId(0), file);
    let mut values: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    let first = |d: &crate::base::Diagnostics| d.iter().next().map_or_else(String::new, |d| d.title.clone());
    if said.has_errors() {
        return Err(format!("it is no file of variables: {}", first(&said)));
    }
    for item in file.body.items {
        let Item::Attribute(a) = item else {
            return Err("a file of variables holds `name = value`, and nothing else".to_owned());
        };
        let (value, said) = evaluate(&a.value, &Scope::default(), &NoObjects);
        if said.has_errors() {
            return Err(format!("the value of `{}`: {}", a.name.name, first(&said)));
        }
        values.insert(a.name.name.clone(), value);
    }
    Ok(Value::object(values))
}

fn encode(value: &Value) -> Result<Value, String> {
    let Some(attributes) = value.attributes() else {
        return Err(format!("an object is expected, and this is {}", value.friendly()));
    };
    if let Some(name) = attributes.keys().find(|name| !is_name(name)) {
        return Err(format!("`{name}` cannot be the name of a variable"));
    }
    let entries: Vec<(String, String)> = attributes
        .iter()
        .map(|(n, v)| (n.to_string(), expression(v, 0)))
        .collect();
    Ok(aligned(&entries, "").into())
}

/// A value as an expression; `depth` is that of the line it starts on.
pub fn expression(value: &Value, depth: usize) -> String {
    match value {
        Value::Null | Value::Unknown(_) => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::String(text) => quoted(text),
        Value::Quantity(q) => q.to_string(),
        Value::Date(d) => d.to_string(),
        Value::Marked(_, inner) => expression(inner, depth),
        Value::List(e) | Value::Set(e) | Value::Tuple(e) => {
            let all: Vec<String> = e.iter().map(|v| expression(v, depth)).collect();
            format!("[{}]", all.join(", "))
        }
        Value::Map(m) | Value::Object(m) if m.is_empty() => "{}".to_owned(),
        Value::Map(m) | Value::Object(m) => {
            let key = |name: &Arc<str>| if is_name(name) { name.to_string() } else { quoted(name) };
            let entries: Vec<(String, String)> = m.iter().map(|(n, v)| (key(n), expression(v, depth + 1))).collect();
            let indent = "  ".repeat(depth + 1);
            format!("{{\n{}{}}}", aligned(&entries, &indent), "  ".repeat(depth))
        }
    }
}

/// Lines `name = value`, the signs of neighbours below each other; a value of several lines has no neighbours.
fn aligned(entries: &[(String, String)], indent: &str) -> String {
    let mut text = String::new();
    for group in entries.chunk_by(|a, b| !a.1.contains('\n') && !b.1.contains('\n')) {
        let width = group.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in group {
            let gap = " ".repeat(width - name.chars().count());
            text.push_str(&format!("{indent}{name}{gap} = {value}\n"));
        }
    }
    text
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    first && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '$' | '%' if rest.peek() == Some(&'{') => quoted.extend([c, c]),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
