//! Values as expressions that would make them again: what the console answers.

use situs_value::Value;

use super::paint::safe_lines;
use super::values::{inline, is_tall, quote};

/// A value over as many lines as it needs, without a line end.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(s) if is_tall(s) => heredoc(s, "<<EOT", 0),
        other => inner(other, 0),
    }
}

fn inner(value: &Value, indent: usize) -> String {
    match value {
        Value::List(e) => format!("tolist({})", sequence(e, indent)),
        Value::Set(e) => format!("toset({})", sequence(e, indent)),
        Value::Tuple(e) => sequence(e, indent),
        Value::Map(_) => format!("tomap({})", keyed(value, indent)),
        Value::Object(_) => keyed(value, indent),
        Value::String(s) if is_tall(s) => heredoc(s, "<<-EOT", indent),
        other => inline(other),
    }
}

fn sequence(elements: &[Value], indent: usize) -> String {
    let rows: Vec<String> = elements.iter().map(|e| format!("{},", inner(e, indent + 2))).collect();
    wrapped("[", "]", &rows, indent)
}

fn keyed(value: &Value, indent: usize) -> String {
    let entries = value.attributes().into_iter().flatten();
    let rows: Vec<String> = entries
        .map(|(k, v)| format!("{} = {}", quote(k), inner(v, indent + 2)))
        .collect();
    wrapped("{", "}", &rows, indent)
}

fn wrapped(open: &str, close: &str, rows: &[String], indent: usize) -> String {
    if rows.is_empty() {
        return format!("{open}{close}");
    }
    let margin = " ".repeat(indent);
    let rows: String = rows.iter().map(|row| format!("{margin}  {row}\n")).collect();
    format!("{open}\n{rows}{margin}{close}")
}

fn heredoc(text: &str, head: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let lines: String = text.lines().map(|l| format!("{margin}{}\n", safe_lines(l))).collect();
    format!("{head}\n{lines}{margin}EOT")
}
