//! YAML: read by its events, so that numbers stay exact and aliases cannot blow a text up; written the way the Terraform language does,
//! with every text in quotes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use situs_value::{Number, Value};

use super::{Arity, Function, MOST_BYTES, MOST_ELEMENTS, Param, text, too_large};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "yamldecode",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The value that a YAML document stands for.",
        example: ("yamldecode(\"a: [1, yes, x]\")", "{ a = [1, true, \"x\"] }"),
        run: |v, _| decode(text(v, 0)),
    },
    Function {
        name: "yamlencode",
        params: &[Param::Known],
        arity: Arity::Exact,
        doc: "The value as YAML.",
        example: (
            "yamlencode({ a = [1, \"x\"] })",
            "\"\\\"a\\\":\\n- 1\\n- \\\"x\\\"\\n\"",
        ),
        run: |v, _| v.first().map_or(Ok(Value::Null), encode),
    },
];

// ---- reading ----

/// Collections nest so deep, and no deeper.
const MOST_DEPTH: usize = 128;

/// A value with the number of values in it, aliases counted as often as they are used.
type Sized = (Value, usize);

/// A collection whose end was not reached yet.
enum Open {
    Sequence(Vec<Value>),
    Mapping {
        made: BTreeMap<Arc<str>, Value>,
        merged: Vec<Value>,
        key: Option<Key>,
    },
}

enum Key {
    Name(Arc<str>),
    Merge,
}

struct Reader {
    /// What is open, innermost last, with its anchor and its size so far.
    open: Vec<(Open, usize, usize)>,
    anchors: BTreeMap<usize, Sized>,
    result: Option<Value>,
}

fn decode(text: &str) -> Result<Value, String> {
    let mut reader = Reader {
        open: Vec::new(),
        anchors: BTreeMap::new(),
        result: None,
    };
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, at) = event.map_err(|e| {
            let at = e.marker();
            format!(
                "it is no YAML: line {}, column {}: {}",
                at.line(),
                at.col() + 1,
                e.info()
            )
        })?;
        documents += usize::from(matches!(event, Event::DocumentStart(_)));
        if documents > 1 {
            return Err("it has more than one document".to_owned());
        }
        reader
            .take(event)
            .map_err(|why| format!("line {} of the YAML: {why}", at.start.line()))?;
    }
    reader.result.ok_or_else(|| "there is no document in it".to_owned())
}

impl Reader {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                if self.expects_key() {
                    return self.key(&text, plain && tag.is_none(), anchor, tag.as_deref());
                }
                let value = scalar(&text, plain, tag.as_deref())?;
                self.put(value, 1, anchor)
            }
            Event::SequenceStart(anchor, _) => self.start(Open::Sequence(Vec::new()), anchor),
            Event::MappingStart(anchor, _) => self.start(
                Open::Mapping {
                    made: BTreeMap::new(),
                    merged: Vec::new(),
                    key: None,
                },
                anchor,
            ),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                let (value, size) = self
                    .anchors
                    .get(&anchor)
                    .cloned()
                    .ok_or("an alias stands inside of what it names")?;
                if self.expects_key() {
                    let text = value.as_str().ok_or("a key must be a text")?.to_owned();
                    return self.key(&text, false, 0, None);
                }
                self.put(value, size, 0)
            }
            _ => Ok(()),
        }
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some((Open::Mapping { key: None, .. }, ..)))
    }

    fn key(&mut self, text: &str, plain: bool, anchor: usize, tag: Option<&Tag>) -> Result<(), String> {
        let name = if plain && text == "<<" {
            Key::Merge
        } else {
            match scalar(text, plain, tag)? {
                Value::Null => return Err("a key is null".to_owned()),
                // A key is a text, whatever it would be as a value.
                _ => Key::Name(text.into()),
            }
        };
        if anchor != 0 {
            self.anchors.insert(anchor, (text.into(), 1));
        }
        if let Some((Open::Mapping { key, .. }, ..)) = self.open.last_mut() {
            *key = Some(name);
        }
        Ok(())
    }

    fn start(&mut self, open: Open, anchor: usize) -> Result<(), String> {
        if self.expects_key() {
            return Err("a key must be a text".to_owned());
        }
        if self.open.len() >= MOST_DEPTH {
            return Err(format!("its collections nest deeper than {MOST_DEPTH}"));
        }
        self.open.push((open, anchor, 1));
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some((open, anchor, size)) = self.open.pop() else {
            return Ok(());
        };
        let value = match open {
            Open::Sequence(elements) => Value::tuple(elements),
            Open::Mapping { mut made, merged, .. } => {
                for (key, value) in merged.iter().filter_map(Value::attributes).flatten() {
                    made.entry(key.clone()).or_insert_with(|| value.clone());
                }
                Value::Object(Arc::new(made))
            }
        };
        self.put(value, size, anchor)
    }

    fn put(&mut self, value: Value, size: usize, anchor: usize) -> Result<(), String> {
        if anchor != 0 {
            self.anchors.insert(anchor, (value.clone(), size));
        }
        let Some((open, _, total)) = self.open.last_mut() else {
            self.result = Some(value);
            return Ok(());
        };
        *total = total.saturating_add(size);
        if *total > MOST_ELEMENTS {
            return Err(too_large());
        }
        match open {
            Open::Sequence(elements) => elements.push(value),
            Open::Mapping { made, merged, key } => match key.take() {
                Some(Key::Name(name)) => {
                    if made.contains_key(&name) {
                        return Err(format!("the key {name:?} occurs twice"));
                    }
                    made.insert(name, value);
                }
                _ => merge(merged, &value)?,
            },
        }
        Ok(())
    }
}

/// `<<`: one mapping, or several of which the first counts most.
fn merge(merged: &mut Vec<Value>, value: &Value) -> Result<(), String> {
    let all = value.elements().unwrap_or(std::slice::from_ref(value));
    if all.iter().any(|v| v.attributes().is_none()) {
        return Err("`<<` takes a mapping, or a sequence of mappings".to_owned());
    }
    merged.extend(all.iter().cloned());
    Ok(())
}

/// The value of a scalar by its tag, or, where it is plain, by its looks.
fn scalar(text: &str, plain: bool, tag: Option<&Tag>) -> Result<Value, String> {
    let wrong = |what: &str| format!("{text:?} is no {what}");
    let Some(tag) = tag else {
        return Ok(if plain { implied(text) } else { text.into() });
    };
    if !tag.is_yaml_core_schema() {
        return Err(format!("the tag `{tag}` is not known"));
    }
    match tag.suffix.as_str() {
        "str" | "binary" => Ok(text.into()),
        "null" => Ok(Value::Null),
        "bool" => Some(implied(text))
            .filter(|v| v.as_bool().is_some())
            .ok_or_else(|| wrong("bool")),
        "int" | "float" => number(text).ok_or_else(|| wrong("number")),
        "timestamp" => Ok(text.into()),
        other => Err(format!("the tag `!!{other}` is not known")),
    }
}

fn implied(text: &str) -> Value {
    let word = text.to_ascii_lowercase();
    let cased = text == word || text == word.to_ascii_uppercase() || capital(text);
    match word.as_str() {
        "" | "~" => Value::Null,
        "null" if cased => Value::Null,
        "true" | "yes" | "y" | "on" if cased => true.into(),
        "false" | "no" | "n" | "off" if cased => false.into(),
        _ => number(text).unwrap_or_else(|| text.into()),
    }
}

fn capital(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_uppercase()) && chars.all(|c| c.is_ascii_lowercase())
}

/// Decimal numbers exactly as written; `0x`, `0o` and `0b` up to 64 bits.
fn number(text: &str) -> Option<Value> {
    let plain = text.replace('_', "");
    let (minus, digits) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let based = [("0x", 16), ("0o", 8), ("0b", 2)]
        .iter()
        .find_map(|(prefix, base)| Some((digits.strip_prefix(prefix)?, *base)));
    let size = match based {
        Some((digits, base)) => Number::from(u64::from_str_radix(digits, base).ok()?),
        None => {
            let zero = if digits.starts_with('.') { "0" } else { "" };
            let (whole, exponent) = digits.split_at(digits.find(['e', 'E']).unwrap_or(digits.len()));
            Number::parse(&format!("{zero}{}{exponent}", whole.strip_suffix('.').unwrap_or(whole))).ok()?
        }
    };
    Some(Value::Number(if minus { size.neg() } else { size }))
}

// ---- writing ----

fn encode(value: &Value) -> Result<Value, String> {
    let mut out = String::new();
    write(value, 0, Place::Root, &mut out)?;
    // A plain scalar alone could go on: the document is closed.
    if matches!(value, Value::Null | Value::Bool(_) | Value::Number(_)) {
        out.push_str("...\n");
    }
    Ok(out.into())
}

/// Where a value stands: what comes before its first line is already written.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    /// Behind `- `.
    Element,
    /// Behind `key:`.
    Attribute,
}

fn write(value: &Value, indent: usize, place: Place, out: &mut String) -> Result<(), String> {
    if out.len() > MOST_BYTES {
        return Err(too_large());
    }
    let blank = if place == Place::Attribute { " " } else { "" };
    match value {
        Value::Marked(_, inner) => write(inner, indent, place, out)?,
        Value::List(e) | Value::Set(e) | Value::Tuple(e) if !e.is_empty() => sequence(e, indent, place, out)?,
        Value::Map(m) | Value::Object(m) if !m.is_empty() => {
            for (i, (key, element)) in m.iter().enumerate() {
                first(i, indent, place, out);
                quoted(key, out);
                out.push(':');
                // A sequence stands as deep as the key that it belongs to.
                let many = element.elements().is_some_and(|e| !e.is_empty());
                write(element, if many { indent } else { indent + 2 }, Place::Attribute, out)?;
            }
        }
        Value::String(text) => {
            out.push_str(blank);
            if text.contains('\n') && is_printable(text) {
                literal(text, indent, place, out);
            } else {
                quoted(text, out);
                out.push('\n');
            }
        }
        other => {
            out.push_str(blank);
            match other {
                Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
                Value::Number(n) => out.push_str(&n.to_string()),
                Value::Quantity(q) => quoted(&q.to_string(), out),
                Value::Date(d) => quoted(&d.to_string(), out),
                Value::List(_) | Value::Set(_) | Value::Tuple(_) => out.push_str("[]"),
                Value::Map(_) | Value::Object(_) => out.push_str("{}"),
                _ => out.push_str("null"),
            }
            out.push('\n');
        }
    }
    Ok(())
}

fn sequence(elements: &[Value], indent: usize, place: Place, out: &mut String) -> Result<(), String> {
    for (i, element) in elements.iter().enumerate() {
        first(i, indent, place, out);
        out.push_str("- ");
        write(element, indent + 2, Place::Element, out)?;
    }
    Ok(())
}

/// Goes to where a line of a collection starts.
fn first(i: usize, indent: usize, place: Place, out: &mut String) {
    if i == 0 && place == Place::Attribute {
        out.push('\n');
    }
    if i > 0 || place == Place::Attribute {
        out.push_str(&" ".repeat(indent));
    }
}

/// Whether a text may stand as it is, line by line.
fn is_printable(text: &str) -> bool {
    let special = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}'));
    !text.contains(special) && !text.ends_with(' ')
}

fn literal(text: &str, indent: usize, place: Place, out: &mut String) {
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    let body = text.strip_suffix('\n');
    out.push_str(match body {
        None => "-",
        Some(body) if body.is_empty() || body.ends_with('\n') => "+",
        Some(_) => "",
    });
    out.push('\n');
    let depth = if place == Place::Root { indent + 2 } else { indent };
    for line in body.unwrap_or(text).split('\n') {
        if !line.is_empty() {
            out.push_str(&" ".repeat(depth));
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{85}' => out.push_str("\\N"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            '\u{feff}' => out.push_str("\\uFEFF"),
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
