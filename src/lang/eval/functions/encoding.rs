//! Text forms of values.

use situs_value::{Value, implied, to_json};

use super::{Arity, Function, Param, text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "base64decode",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The text that Base64 stands for.",
        example: ("base64decode(\"aGk=\")", "\"hi\""),
        run: |v, _| decode64(text(v, 0)),
    },
    Function {
        name: "base64encode",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "Text as Base64.",
        example: ("base64encode(\"hi\")", "\"aGk=\""),
        run: |v, _| Ok(encode64(text(v, 0)).into()),
    },
    Function {
        name: "jsondecode",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The value that JSON stands for.",
        example: ("jsondecode(\"{\\\"a\\\":[1]}\")", "{ a = [1] }"),
        run: |v, _| {
            serde_json::from_str(text(v, 0))
                .map(|j| implied(&j))
                .map_err(|e| e.to_string())
        },
    },
    Function {
        name: "jsonencode",
        params: &[Param::Nullable],
        arity: Arity::Exact,
        doc: "The value as JSON.",
        example: ("jsonencode({ a = [1, true] })", "\"{\\\"a\\\":[1,true]}\""),
        run: |v, _| Ok(jsonencode(v)),
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

/// As the Terraform language does, `<`, `>` and `&` are escaped.
fn jsonencode(values: &[Value]) -> Value {
    let json = values.first().map(to_json).unwrap_or_default().to_string();
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .into()
}

fn urlencode(whole: &str) -> String {
    let one = |b: u8| match b {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(b).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("%{b:02X}"),
    };
    whole.bytes().map(one).collect()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648 §4.
fn encode64(whole: &str) -> String {
    let mut out = String::new();
    for chunk in whole.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0u32, |n, b| (n << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let six = usize::try_from((bits >> (18 - 6 * i)) & 63).unwrap_or(0);
            out.push(if i <= chunk.len() {
                ALPHABET.get(six).copied().map_or('=', char::from)
            } else {
                '='
            });
        }
    }
    out
}

fn decode64(whole: &str) -> Result<Value, String> {
    let wrong = || "it is no Base64".to_owned();
    let digits = whole.trim_end_matches('=');
    let mut bytes = Vec::new();
    for chunk in digits.as_bytes().chunks(4) {
        if chunk.len() == 1 {
            return Err(wrong());
        }
        let mut bits = 0u32;
        for b in chunk {
            let six = ALPHABET.iter().position(|a| a == b).ok_or_else(wrong)?;
            bits = (bits << 6) | u32::try_from(six).unwrap_or(0);
        }
        bits <<= 6 * (4 - chunk.len());
        bytes.extend(bits.to_be_bytes().iter().skip(1).take(chunk.len() - 1));
    }
    String::from_utf8(bytes)
        .map(Value::from)
        .map_err(|_| "what it stands for is no UTF-8 text".to_owned())
}
