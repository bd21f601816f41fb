//! Regular expressions, matched in linear time.

use regex::{Captures, Regex, RegexBuilder};
use situs_value::Value;

use super::{Arity, Function, MOST_BYTES, MOST_ELEMENTS, Param, text, too_large};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "regex",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "The first match of a pattern in a text: the text of it, or its groups as a tuple, or as an object where they have names.",
        example: ("regex(\"(\\\\w+)@(\\\\w+)\", \"to ann@home\")", "[\"ann\", \"home\"]"),
        run: |v, _| {
            let pattern = pattern(text(v, 0))?;
            let found = pattern.captures(text(v, 1));
            found
                .map(|c| groups(&pattern, &c))
                .ok_or_else(|| format!("nothing in the text fits the pattern {:?}", text(v, 0)))
        },
    },
    Function {
        name: "regexall",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "All matches of a pattern in a text, each as `regex` gives it.",
        example: ("regexall(\"[a-z]+\", \"1ab2c\")", "tolist([\"ab\", \"c\"])"),
        run: |v, _| {
            let pattern = pattern(text(v, 0))?;
            let found: Vec<Value> = pattern
                .captures_iter(text(v, 1))
                .take(MOST_ELEMENTS + 1)
                .map(|c| groups(&pattern, &c))
                .collect();
            Ok(Value::list(found))
        },
    },
    Function {
        name: "replace",
        params: &[Param::Text, Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "The text with every occurrence of the second replaced by the third; a second between `/` is a pattern, and `$1` in the \
              third is its first group.",
        example: ("replace(\"1+2+3\", \"+\", \"-\")", "\"1-2-3\""),
        run: |v, _| replace(text(v, 0), text(v, 1), text(v, 2)),
    },
];

/// Patterns may take so much memory, and no more.
const MOST_PATTERN: usize = 4 * 1024 * 1024;

fn pattern(text: &str) -> Result<Regex, String> {
    let made = RegexBuilder::new(text).size_limit(MOST_PATTERN).build();
    let made = made.map_err(|e| match e {
        regex::Error::Syntax(why) => {
            let why = why
                .lines()
                .last()
                .unwrap_or("")
                .trim_start_matches("error: ")
                .to_owned();
            format!("the pattern {text:?} cannot be read: {why}")
        }
        _ => format!("the pattern {text:?} is too large"),
    })?;
    let names = made.capture_names().skip(1);
    let (named, bare): (Vec<_>, Vec<_>) = names.partition(Option::is_some);
    if named.is_empty() || bare.is_empty() {
        Ok(made)
    } else {
        Err(format!(
            "the pattern {text:?} has groups with a name and groups without"
        ))
    }
}

/// What matched: groups that took no part are null.
fn groups(pattern: &Regex, found: &Captures<'_>) -> Value {
    let group = |at: usize| found.get(at).map_or(Value::Null, |m| m.as_str().into());
    let names = || pattern.capture_names().enumerate().skip(1);
    if names().next().is_none() {
        group(0)
    } else if names().all(|(_, name)| name.is_some()) {
        Value::object(names().filter_map(|(at, name)| Some((name?, group(at)))))
    } else {
        Value::tuple(names().map(|(at, _)| group(at)))
    }
}

fn replace(whole: &str, what: &str, with: &str) -> Result<Value, String> {
    let inside = what.strip_prefix('/').and_then(|w| w.strip_suffix('/'));
    let Some(inside) = inside else {
        let size = whole.matches(what).count().saturating_mul(with.len());
        if size.saturating_add(whole.len()) > MOST_BYTES {
            return Err(too_large());
        }
        return Ok(whole.replace(what, with).into());
    };
    let pattern = Regex::new(inside).ok().map_or_else(|| pattern(inside), Ok)?;
    let mut made = String::new();
    let mut behind = 0;
    for found in pattern.captures_iter(whole) {
        let Some(place) = found.get(0) else { continue };
        made.push_str(whole.get(behind..place.start()).unwrap_or(""));
        if made.len().saturating_add(with.len()) > MOST_BYTES {
            return Err(too_large());
        }
        found.expand(with, &mut made);
        behind = place.end();
    }
    made.push_str(whole.get(behind..).unwrap_or(""));
    Ok(made.into())
}
