//! Values as a user would write them.

use situs_value::Value;

use super::paint::{safe, safe_lines};

/// What stands for a value that is kept out of sight.
pub const SENSITIVE: &str = "(sensitive value)";
/// Stands for what is never kept.
pub const EPHEMERAL: &str = "(ephemeral value)";
/// What stands for a value that is not known yet.
pub const UNKNOWN: &str = "(known after apply)";

/// How nested lines are set in.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Where the first line of the value starts.
    pub indent: usize,
    /// How much deeper each level is.
    pub step: usize,
}

impl Layout {
    fn deeper(self) -> Self {
        Self {
            indent: self.indent + self.step,
            ..self
        }
    }

    fn margin(self) -> String {
        " ".repeat(self.indent)
    }
}

/// A value over as many lines as it needs; the first without margin, the last without line end.
pub fn text(value: &Value, layout: Layout) -> String {
    let inner = layout.deeper();
    let (open, close, rows): (_, _, Vec<String>) = match value {
        Value::List(e) | Value::Set(e) | Value::Tuple(e) if !e.is_empty() => (
            "[",
            "]",
            e.iter()
                .map(|v| format!("{}{},", inner.margin(), text(v, inner)))
                .collect(),
        ),
        Value::Map(m) | Value::Object(m) if !m.is_empty() => {
            let keys = keys(value);
            (
                "{",
                "}",
                keys.iter()
                    .zip(m.values())
                    .map(|(k, v)| format!("{}{k} = {}", inner.margin(), text(v, inner)))
                    .collect(),
            )
        }
        Value::String(s) if is_tall(s) => (
            "<<-EOT",
            "EOT",
            s.lines()
                .map(|l| format!("{}{}", inner.margin(), safe_lines(l)))
                .collect(),
        ),
        other => return inline(other),
    };
    format!("{open}\n{}\n{}{close}", rows.join("\n"), layout.margin())
}

/// Whether a text is shown line by line.
pub fn is_tall(text: &str) -> bool {
    text.trim_end_matches('\n').contains('\n')
}

/// The keys of a map (quoted) or the attributes of an object, padded to the same width; none for other values.
pub fn keys(value: &Value) -> Vec<String> {
    let Some(map) = value.attributes() else {
        return Vec::new();
    };
    let quoted = matches!(value.unmarked(), Value::Map(_));
    pad(map.keys().map(|k| key(k, quoted)))
}

/// A key as it is written: quoted where it is one of a map, or no name.
pub fn key(name: &str, quoted: bool) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if quoted || name.is_empty() || !name.chars().all(plain) {
        quote(name)
    } else {
        name.to_owned()
    }
}

/// All of these as wide as the widest.
pub fn pad(words: impl Iterator<Item = String>) -> Vec<String> {
    let words: Vec<String> = words.collect();
    let width = words.iter().map(|w| w.chars().count()).max().unwrap_or(0);
    words.iter().map(|w| format!("{w:width$}")).collect()
}

/// A value on one line.
pub fn inline(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Unknown(_) => UNKNOWN.to_owned(),
        Value::Marked(marks, _) if marks.sensitive => SENSITIVE.to_owned(),
        Value::Marked(..) => EPHEMERAL.to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::String(s) => quote(s),
        Value::Quantity(q) => safe(&q.to_string()).into_owned(),
        Value::Date(d) => d.to_string(),
        Value::List(e) | Value::Set(e) | Value::Tuple(e) => {
            format!("[{}]", e.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Value::Map(m) | Value::Object(m) if m.is_empty() => "{}".to_owned(),
        Value::Map(m) | Value::Object(m) => {
            let quoted = matches!(value, Value::Map(_));
            let parts: Vec<String> = m
                .iter()
                .map(|(k, v)| format!("{} = {}", key(k, quoted), inline(v)))
                .collect();
            format!("{{ {} }}", parts.join(", "))
        }
    }
}

/// A text in quotes.
pub fn quote(text: &str) -> String {
    format!("\"{}\"", safe(&text.replace('\\', "\\\\").replace('"', "\\\"")))
}
