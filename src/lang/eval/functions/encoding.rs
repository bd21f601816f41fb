//! Text forms of values: Base64, JSON, CSV, parts of URLs.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::Encoding;
use flate2::{Compression, GzBuilder};
use serde_json::value::RawValue;
use situs_value::{Number, Value};

use super::{Arity, Function, MOST_BYTES, Param, text, too_large};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "base64decode",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The text that Base64 stands for.",
        example: ("base64decode(\"aGk=\")", "\"hi\""),
        run: |v, _| {
            String::from_utf8(from_base64(text(v, 0))?)
                .map(Value::from)
                .map_err(|_| "what it stands for is no UTF-8 text".to_owned())
        },
    },
    Function {
        name: "base64encode",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "Text as Base64.",
        example: ("base64encode(\"hi\")", "\"aGk=\""),
        run: |v, _| Ok(STANDARD.encode(text(v, 0)).into()),
    },
    Function {
        name: "base64gzip",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "Text, packed with gzip, as Base64.",
        example: ("startswith(base64gzip(\"hi\"), \"H4sI\")", "true"),
        run: |v, _| gzip(text(v, 0)),
    },
    Function {
        name: "csvdecode",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The rows of a CSV text as objects; its first row names their attributes.",
        example: ("csvdecode(\"a,b\\n1,2\\n\")", "tolist([{ a = \"1\", b = \"2\" }])"),
        run: |v, _| csvdecode(text(v, 0)),
    },
    Function {
        name: "jsondecode",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The value that JSON stands for.",
        example: ("jsondecode(\"{\\\"a\\\":[1]}\")", "{ a = [1] }"),
        run: |v, _| jsondecode(text(v, 0)),
    },
    Function {
        name: "jsonencode",
        params: &[Param::Known],
        arity: Arity::Exact,
        doc: "The value as JSON.",
        example: ("jsonencode({ a = [1, true] })", "\"{\\\"a\\\":[1,true]}\""),
        run: |v, _| v.first().map_or(Ok(Value::Null), |v| json(v).map(Value::from)),
    },
    Function {
        name: "textdecodebase64",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "The text that Base64 stands for, its bytes in a character set such as `UTF-16LE`.",
        example: ("textdecodebase64(\"aABpAA==\", \"UTF-16LE\")", "\"hi\""),
        run: |v, _| textdecode(&from_base64(text(v, 0))?, text(v, 1)),
    },
    Function {
        name: "textencodebase64",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "The bytes of a text in a character set such as `UTF-16LE`, as Base64.",
        example: ("textencodebase64(\"hi\", \"UTF-16LE\")", "\"aABpAA==\""),
        run: |v, _| textencode(text(v, 0), text(v, 1)),
    },
    Function {
        name: "urlencode",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "Text as part of a URL's query.",
        example: ("urlencode(\"a b&c\")", "\"a+b%26c\""),
        run: |v, _| Ok(urlencode(text(v, 0)).into()),
    },
];

/// The bytes that Base64 stands for; line ends in it do not count.
pub(super) fn from_base64(text: &str) -> Result<Vec<u8>, String> {
    let plain: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    STANDARD.decode(plain).map_err(|e| format!("it is no Base64: {e}"))
}

fn gzip(whole: &str) -> Result<Value, String> {
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::default());
    let packed = packed.write_all(whole.as_bytes()).and_then(|()| packed.finish());
    packed.map(|b| STANDARD.encode(b).into()).map_err(|e| e.to_string())
}

/// A value as JSON, numbers exact; as the Terraform language does, `<`, `>` and `&` are escaped.
pub(super) fn json(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    write_json(value, &mut out)?;
    Ok(out)
}

fn write_json(value: &Value, out: &mut String) -> Result<(), String> {
    if out.len() > MOST_BYTES {
        return Err(too_large());
    }
    match value {
        Value::Null | Value::Unknown(_) => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => out.push_str(&n.to_string()),
        Value::String(s) => quote(s, out),
        Value::Quantity(q) => quote(&q.to_string(), out),
        Value::Date(d) => quote(&d.to_string(), out),
        Value::Marked(_, inner) => write_json(inner, out)?,
        Value::List(e) | Value::Set(e) | Value::Tuple(e) => {
            out.push('[');
            for (i, element) in e.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json(element, out)?;
            }
            out.push(']');
        }
        Value::Map(m) | Value::Object(m) => {
            out.push('{');
            for (i, (key, element)) in m.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                quote(key, out);
                out.push(':');
                write_json(element, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// A text as JSON writes it.
pub(super) fn quote(text: &str, out: &mut String) {
    for c in serde_json::Value::from(text).to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
}

/// The value that a JSON text stands for, its numbers as they are written.
pub fn jsondecode(text: &str) -> Result<Value, String> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|e| format!("it is no JSON: {e}"))?;
    from_json(raw)
}

/// The value of a part of a JSON text, level by level, so that its numbers stay as they are written.
fn from_json(raw: &RawValue) -> Result<Value, String> {
    let text = raw.get();
    let wrong = |e: serde_json::Error| format!("it is no JSON: {e}");
    match text.as_bytes().first() {
        Some(b'{') => {
            let parts: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(wrong)?;
            let parts = parts.into_iter().map(|(k, v)| Ok((Arc::from(k), from_json(v)?)));
            parts.collect::<Result<_, String>>().map(|m| Value::Object(Arc::new(m)))
        }
        Some(b'[') => {
            let parts: Vec<&RawValue> = serde_json::from_str(text).map_err(wrong)?;
            parts
                .into_iter()
                .map(from_json)
                .collect::<Result<Vec<_>, _>>()
                .map(Value::tuple)
        }
        Some(b'"') => serde_json::from_str::<String>(text).map(Value::from).map_err(wrong),
        Some(b't') => Ok(Value::Bool(true)),
        Some(b'f') => Ok(Value::Bool(false)),
        Some(b'n') => Ok(Value::Null),
        _ => Number::parse(text)
            .map(Value::Number)
            .map_err(|e| format!("`{text}`: {e}")),
    }
}

fn csvdecode(text: &str) -> Result<Value, String> {
    let wrong = |e: csv::Error| format!("it is no CSV: {e}");
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let names: Vec<Arc<str>> = reader.headers().map_err(wrong)?.iter().map(Arc::from).collect();
    if names.is_empty() {
        return Err("there is no first row, which names the columns".to_owned());
    }
    if let Some(twice) = names
        .iter()
        .enumerate()
        .find(|(i, n)| names.iter().take(*i).any(|m| m == *n))
    {
        return Err(format!("two columns have the name {:?}", twice.1));
    }
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(wrong)?;
        rows.push(Value::object(names.iter().cloned().zip(row.iter().map(Value::from))));
    }
    Ok(Value::list(rows))
}

/// A character set: those of the Encoding Standard by their labels, and UTF-16, which that only reads.
enum Charset {
    Utf16 { big: bool, mark: bool },
    Other(&'static Encoding),
}

fn charset(name: &str) -> Result<Charset, String> {
    match name.to_ascii_lowercase().as_str() {
        "utf-16" => Ok(Charset::Utf16 { big: true, mark: true }),
        "utf-16be" => Ok(Charset::Utf16 { big: true, mark: false }),
        "utf-16le" => Ok(Charset::Utf16 {
            big: false,
            mark: false,
        }),
        _ => Encoding::for_label_no_replacement(name.as_bytes())
            .map(Charset::Other)
            .ok_or_else(|| {
                format!("there is no character set {name:?}: `UTF-8`, `UTF-16LE` and `windows-1252` are some")
            }),
    }
}

fn textencode(text: &str, name: &str) -> Result<Value, String> {
    let bytes = match charset(name)? {
        Charset::Utf16 { big, mark } => {
            let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
            units
                .flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() })
                .collect()
        }
        Charset::Other(set) => match set.encode(text) {
            (bytes, _, false) => bytes.into_owned(),
            _ => return Err(format!("the text has characters that `{name}` does not have")),
        },
    };
    Ok(STANDARD.encode(bytes).into())
}

fn textdecode(bytes: &[u8], name: &str) -> Result<Value, String> {
    let set = match charset(name)? {
        Charset::Utf16 { big: true, mark: true } if bytes.starts_with(&[0xff, 0xfe]) => encoding_rs::UTF_16LE,
        Charset::Utf16 { big: true, .. } => encoding_rs::UTF_16BE,
        Charset::Utf16 { .. } => encoding_rs::UTF_16LE,
        Charset::Other(set) => set,
    };
    let (text, wrong) = set.decode_with_bom_removal(bytes);
    if wrong {
        Err(format!("its bytes are no text in `{name}`"))
    } else {
        Ok(Value::from(&*text))
    }
}

fn urlencode(whole: &str) -> String {
    let one = |b: u8| match b {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(b).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("%{b:02X}"),
    };
    whole.bytes().map(one).collect()
}
