//! How large a value may be. A few lines can ask for more than any machine has, and what is kept must be read again: a reader of JSON
//! goes down so far and no further.

use situs_value::Value;

use crate::base::span::Span;
use crate::base::{Code, Diagnostic};

/// A value that is too large.
pub const TOO_LARGE: Code = Code::new("E109", "a value that is too large");

/// Values nest so deep. Each level can cost two in what is kept (a value and its mark), and readers of JSON stop at 128.
const DEEPEST: usize = 50;
/// A value has so many parts; so many bytes of a text count as one.
const MOST: usize = 1_000_000;
const BYTES: usize = 16;
/// An expression goes through so many elements with `for`.
pub(super) const ROUNDS: usize = 1_000_000;

/// What is said of a value that is too large.
pub(super) fn excess(value: &Value, at: Span) -> Option<Diagnostic> {
    let mut left = MOST;
    let title = match measure(value, 0, &mut left) {
        Fits::Yes => return None,
        Fits::TooDeep => format!("this value nests deeper than {DEEPEST}"),
        Fits::TooMuch => format!("this value has more than {MOST} parts"),
    };
    Some(refused(title, at))
}

/// What is said of an expression that goes on and on.
pub(super) fn endless(at: Span) -> Diagnostic {
    refused(format!("this goes through more than {ROUNDS} elements"), at)
}

fn refused(title: String, at: Span) -> Diagnostic {
    Diagnostic::error(TOO_LARGE, title)
        .at(at, "worked out here")
        .help("keep it in a file of its own, or take only the part that is needed")
}

#[derive(PartialEq, Eq)]
enum Fits {
    Yes,
    TooDeep,
    TooMuch,
}

/// Stops at the first excess: parts that are shared count each time, and may be far more than there is memory for.
fn measure(value: &Value, depth: usize, left: &mut usize) -> Fits {
    let own = value.as_str().map_or(1, |text| 1 + text.len() / BYTES);
    let Some(rest) = left.checked_sub(own) else {
        return Fits::TooMuch;
    };
    *left = rest;
    if depth > DEEPEST {
        return Fits::TooDeep;
    }
    let mut each = |inner: &Value| measure(inner, depth + 1, left);
    let failed = match value.unmarked() {
        Value::Map(m) | Value::Object(m) => m.values().map(&mut each).find(|fits| *fits != Fits::Yes),
        other => {
            let elements = other.elements().unwrap_or_default();
            elements.iter().map(&mut each).find(|fits| *fits != Fits::Yes)
        }
    };
    failed.unwrap_or(Fits::Yes)
}
