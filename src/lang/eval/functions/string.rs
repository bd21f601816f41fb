//! Text. Lengths and places count characters.

use situs_value::Value;

use super::{Arity, Function, MOST_BYTES, Param, index, text, too_large};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "chomp",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The text without line ends at its end.",
        example: ("chomp(\"a\\n\")", "\"a\""),
        run: |v, _| Ok(text(v, 0).trim_end_matches(['\n', '\r']).into()),
    },
    Function {
        name: "endswith",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "Whether the text ends so.",
        example: ("endswith(\"hello\", \"lo\")", "true"),
        run: |v, _| Ok(text(v, 0).ends_with(text(v, 1)).into()),
    },
    Function {
        name: "indent",
        params: &[Param::Number, Param::Text],
        arity: Arity::Exact,
        doc: "The text with every line but the first indented.",
        example: ("indent(2, \"a\\nb\")", "\"a\\n  b\""),
        run: |v, _| indent(index(v, 0)?, text(v, 1)),
    },
    Function {
        name: "join",
        params: &[Param::Text, Param::Texts],
        arity: Arity::Variadic,
        doc: "The texts with a separator between.",
        example: ("join(\", \", [\"a\", \"b\"])", "\"a, b\""),
        run: |v, _| join(v),
    },
    Function {
        name: "lower",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "In small letters.",
        example: ("lower(\"AbC\")", "\"abc\""),
        run: |v, _| Ok(text(v, 0).to_lowercase().into()),
    },
    Function {
        name: "split",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "The parts between separators.",
        example: ("split(\",\", \"a,b\")", "tolist([\"a\", \"b\"])"),
        run: |v, _| Ok(split(text(v, 0), text(v, 1))),
    },
    Function {
        name: "startswith",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "Whether the text starts so.",
        example: ("startswith(\"hello\", \"he\")", "true"),
        run: |v, _| Ok(text(v, 0).starts_with(text(v, 1)).into()),
    },
    Function {
        name: "strcontains",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "Whether the text holds the other.",
        example: ("strcontains(\"hello\", \"ell\")", "true"),
        run: |v, _| Ok(text(v, 0).contains(text(v, 1)).into()),
    },
    Function {
        name: "strrev",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The characters in reverse.",
        example: ("strrev(\"abc\")", "\"cba\""),
        run: |v, _| Ok(text(v, 0).chars().rev().collect::<String>().into()),
    },
    Function {
        name: "substr",
        params: &[Param::Text, Param::Number, Param::Number],
        arity: Arity::Exact,
        doc: "Characters from a place on; a negative place counts from the end, a length of -1 is the rest.",
        example: ("substr(\"hello\", 1, 3)", "\"ell\""),
        run: |v, _| substr(v),
    },
    Function {
        name: "title",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "With a capital at the start of each word.",
        example: ("title(\"hello world\")", "\"Hello World\""),
        run: |v, _| Ok(title(text(v, 0)).into()),
    },
    Function {
        name: "trim",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "Without these characters at both ends.",
        example: ("trim(\"?!hi?\", \"!?\")", "\"hi\""),
        run: |v, _| Ok(text(v, 0).trim_matches(|c| text(v, 1).contains(c)).into()),
    },
    Function {
        name: "trimprefix",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "Without this start.",
        example: ("trimprefix(\"helloworld\", \"hello\")", "\"world\""),
        run: |v, _| Ok(text(v, 0).strip_prefix(text(v, 1)).unwrap_or(text(v, 0)).into()),
    },
    Function {
        name: "trimspace",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "Without blanks at both ends.",
        example: ("trimspace(\" a \")", "\"a\""),
        run: |v, _| Ok(text(v, 0).trim().into()),
    },
    Function {
        name: "trimsuffix",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "Without this end.",
        example: ("trimsuffix(\"helloworld\", \"world\")", "\"hello\""),
        run: |v, _| Ok(text(v, 0).strip_suffix(text(v, 1)).unwrap_or(text(v, 0)).into()),
    },
    Function {
        name: "upper",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "In capitals.",
        example: ("upper(\"AbC\")", "\"ABC\""),
        run: |v, _| Ok(text(v, 0).to_uppercase().into()),
    },
];

fn indent(count: i64, whole: &str) -> Result<Value, String> {
    let count = usize::try_from(count).map_err(|_| "it takes a number that is not negative")?;
    let size = whole.matches('\n').count().saturating_mul(count);
    if size.max(count) > MOST_BYTES {
        return Err(too_large());
    }
    Ok(whole.replace('\n', &format!("\n{}", " ".repeat(count))).into())
}

fn join(values: &[Value]) -> Result<Value, String> {
    let lists = values.get(1..).unwrap_or_default();
    if lists.is_empty() {
        return Err("it takes a list behind the separator".to_owned());
    }
    let all: Vec<&Value> = lists.iter().flat_map(|v| v.elements().unwrap_or_default()).collect();
    let texts: Option<Vec<&str>> = all.iter().map(|v| v.as_str()).collect();
    let texts = texts.ok_or("an element is null")?;
    let size = texts.iter().fold(0usize, |n, t| n.saturating_add(t.len()));
    if size.saturating_add(text(values, 0).len().saturating_mul(texts.len())) > MOST_BYTES {
        return Err(too_large());
    }
    Ok(texts.join(text(values, 0)).into())
}

fn split(separator: &str, whole: &str) -> Value {
    if separator.is_empty() {
        return Value::list(whole.chars().map(|c| c.to_string().into()));
    }
    Value::list(whole.split(separator).map(Value::from))
}

fn substr(values: &[Value]) -> Result<Value, String> {
    let chars: Vec<char> = text(values, 0).chars().collect();
    let (offset, length) = (index(values, 1)?, index(values, 2)?);
    let count = i64::try_from(chars.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 {
        count.saturating_add(offset).max(0)
    } else {
        offset
    };
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let take = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(chars.into_iter().skip(start).take(take).collect::<String>().into())
}

fn title(whole: &str) -> String {
    let mut start = true;
    let capital = |c: char| {
        let shown = if start {
            c.to_uppercase().to_string()
        } else {
            c.to_string()
        };
        start = if c.is_ascii() {
            !c.is_ascii_alphanumeric() && c != '_'
        } else {
            c.is_whitespace()
        };
        shown
    };
    whole.chars().map(capital).collect()
}
