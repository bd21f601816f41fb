//! Ways in which a text breaks.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::Files;

/// One way, at one place. Places are taken modulo what there is.
#[derive(Clone, Debug)]
pub struct Mutation {
    way: Way,
    file: usize,
    at: usize,
    other: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    DeleteLine,
    DuplicateLine,
    SwapLines,
    DeleteToken,
    DuplicateToken,
    SwapTokens,
    /// By another of its kind: a name by a name, a number by a number.
    Replace,
    /// By one that people try.
    ReplaceByNasty,
    InsertBracket,
    DeleteBracket,
    /// A few lines of another file.
    Splice,
    /// A line many times.
    Repeat,
    /// What stands behind `=` by another value.
    ReplaceValue,
    /// In brackets, deep.
    Nest,
    Cut,
}

const WAYS: &[Way] = &[
    Way::DeleteLine,
    Way::DuplicateLine,
    Way::SwapLines,
    Way::DeleteToken,
    Way::DuplicateToken,
    Way::SwapTokens,
    Way::Replace,
    Way::Replace,
    Way::Replace,
    Way::ReplaceByNasty,
    Way::ReplaceByNasty,
    Way::InsertBracket,
    Way::DeleteBracket,
    Way::Splice,
    Way::Splice,
    Way::Repeat,
    Way::ReplaceValue,
    Way::ReplaceValue,
    Way::Nest,
    Way::Cut,
];

/// What is tried in the place of anything.
const NASTY: &[&str] = &[
    "0",
    "-1",
    "1e10000",
    "1e-10000",
    "99999999999999999999999999",
    "4294967296",
    "1000000000",
    "0.1",
    "-0",
    "0x10",
    "1e",
    "0s",
    "-5ms",
    "1e9vcpu",
    "99999999999GiB",
    "0GiB",
    "3parsec",
    "9999-12-31",
    "2027-02-30",
    "0000-00-00",
    "null",
    "true",
    "self",
    "each.key",
    "count.index",
    "var",
    "local",
    "site",
    "service",
    "dataset",
    "path",
    "var.nothing",
    "local.nothing",
    "service.triage.endpoints[0]",
    "site.munich.name",
    "dataset.records.endpoint",
    "\"\"",
    "\"${\"",
    "\"%{\"",
    "\"../../etc/passwd\"",
    "\"a\u{0}b\"",
    "\"\u{202e}\u{301}\u{1f600}\"",
    "\u{fc}ml\u{e4}ut",
    "\u{feff}",
    "\r\n",
    "\t",
    "<<EOT\nx\nEOT\n",
    "<<-EOT",
    "[]",
    "{}",
    "[for x in [1, 2] : x]",
    "{ for k, v in { a = 1 } : k => v... }",
    "[1, \"a\", null, true, {}]",
    "nothing(1)",
    "range(1, 100000)",
    "range(-5)",
    "pow(10, 100000)",
    "file(\"main.situs\")",
    "file(\"nothing\")",
    "jsondecode(\"[[[[[[\")",
    "jsonencode({ a = local })",
    "format(\"%05.3f %q %v\", 1, \"x\", [1])",
    "substr(\"h\u{fc}llo\", -3, 2)",
    "setproduct([1, 2], [3, 4])",
    "cidrsubnet(\"10.0.0.0/8\", 8, 1)",
    "sensitive(\"x\")",
    "EEA",
    "world",
    "EEA - DE",
    "! EEA",
    "DE-BY",
    "XX",
    "personal.health",
    "any",
    "none",
    "*",
    "@",
    "--",
    "->",
    "...",
    "=>",
    "? :",
    "&&",
    "|",
    "%",
    "replicas 3",
    "at munich",
    "calls triage",
    "reads records",
    "unless sealed(e2e)",
    "until 2020-01-01",
    "depends_on = [local_file.a]",
    "count = 3",
    "for_each = toset([\"a\", \"b\"])",
    "lifecycle { prevent_destroy = true }",
    "dynamic \"x\" { for_each = [1] content { } }",
];

/// What all texts have, for replacements.
pub struct Corpus {
    words: Vec<String>,
    numbers: Vec<String>,
    texts: Vec<String>,
    signs: Vec<String>,
    values: Vec<String>,
    lines: Vec<String>,
}

impl Corpus {
    pub fn of(bases: &[Files]) -> Self {
        let texts: Vec<&String> = bases.iter().flat_map(Files::values).collect();
        let mut kinds = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
        for token in texts.iter().flat_map(|text| tokens(text)) {
            if let Some(kind) = kind(token) {
                kinds[kind].insert(token.to_owned());
            }
        }
        let lines: Vec<String> = texts
            .iter()
            .flat_map(|t| t.split_inclusive('\n'))
            .map(str::to_owned)
            .collect();
        let values = lines.iter().filter_map(|l| l.split_once('='));
        let values: BTreeSet<String> = values.map(|(_, value)| value.trim().to_owned()).collect();
        let [words, numbers, texts, signs] = kinds.map(|kind| kind.into_iter().collect());
        Self {
            words,
            numbers,
            texts,
            signs,
            values: values.into_iter().collect(),
            lines,
        }
    }

    /// Another of its kind.
    fn like(&self, token: &str, pick: usize) -> String {
        let from = match kind(token) {
            Some(0) => &self.words,
            Some(1) => &self.numbers,
            Some(2) => &self.texts,
            Some(_) => &self.signs,
            None => return String::new(),
        };
        from[pick % from.len()].clone()
    }
}

fn kind(token: &str) -> Option<usize> {
    let first = token.chars().next()?;
    if first.is_whitespace() {
        None
    } else if first.is_ascii_digit() {
        Some(1)
    } else if first == '"' {
        Some(2)
    } else if first.is_alphanumeric() || first == '_' {
        Some(0)
    } else {
        Some(3)
    }
}

/// Words, numbers with their units, strings, signs and blanks: together they are the text.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let end = if first == '"' {
            let behind = &rest[1..];
            behind
                .find(['"', '\n'])
                .map_or(rest.len(), |i| i + 1 + usize::from(behind.as_bytes()[i] == b'"'))
        } else if first.is_ascii_digit() {
            rest.find(|c| !word(c) && c != '.').unwrap_or(rest.len())
        } else if word(first) {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else if first.is_whitespace() {
            rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, more) = rest.split_at(end);
        found.push(token);
        rest = more;
    }
    found
}

pub fn mutation() -> impl Strategy<Value = Mutation> {
    (0..WAYS.len(), any::<usize>(), any::<usize>(), any::<usize>()).prop_map(|(way, file, at, other)| Mutation {
        way: WAYS[way],
        file,
        at,
        other,
    })
}

/// Breaks one file.
pub fn apply(files: &mut Files, mutation: &Mutation, corpus: &Corpus) {
    let Some(path) = files.keys().nth(mutation.file % files.len().max(1)).cloned() else {
        return;
    };
    let text = &files[&path];
    let broken = match mutation.way {
        Way::DeleteLine | Way::DuplicateLine | Way::SwapLines | Way::Splice | Way::Repeat | Way::ReplaceValue => {
            lines(text, mutation, corpus)
        }
        _ => pieces(text, mutation, corpus),
    };
    files.insert(path, broken);
}

fn lines(text: &str, mutation: &Mutation, corpus: &Corpus) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    let (at, other) = (mutation.at % lines.len(), mutation.other % lines.len());
    match mutation.way {
        Way::DeleteLine => drop(lines.remove(at)),
        Way::DuplicateLine => lines.insert(other, lines[at].clone()),
        Way::SwapLines => lines.swap(at, other),
        Way::Splice => {
            let from = mutation.other % corpus.lines.len();
            let to = (from + 1 + mutation.other % 7).min(corpus.lines.len());
            lines.splice(at..at, corpus.lines[from..to].iter().cloned());
        }
        Way::Repeat => lines[at] = lines[at].repeat(2 + mutation.other % 60),
        _ => {
            let valued: Vec<usize> = (0..lines.len()).filter(|i| lines[*i].contains('=')).collect();
            if !valued.is_empty() {
                let line = &mut lines[valued[at % valued.len()]];
                let (name, _) = line.split_once('=').unwrap();
                let all = corpus.values.len() + NASTY.len();
                let pick = mutation.other % all;
                let value = corpus
                    .values
                    .get(pick)
                    .map_or_else(|| NASTY[pick - corpus.values.len()], String::as_str);
                *line = format!("{name}= {value}\n");
            }
        }
    }
    lines.concat()
}

fn pieces(text: &str, mutation: &Mutation, corpus: &Corpus) -> String {
    let mut tokens: Vec<String> = tokens(text).into_iter().map(str::to_owned).collect();
    let solid = |t: &String| kind(t).is_some();
    let bracket = |t: &String| matches!(t.as_str(), "(" | ")" | "[" | "]" | "{" | "}");
    let of = |tokens: &[String], test: &dyn Fn(&String) -> bool| -> Vec<usize> {
        (0..tokens.len()).filter(|i| test(&tokens[*i])).collect()
    };
    let found = match mutation.way {
        Way::DeleteBracket => of(&tokens, &bracket),
        _ => of(&tokens, &solid),
    };
    if found.is_empty() {
        return text.to_owned();
    }
    let (at, other) = (found[mutation.at % found.len()], found[mutation.other % found.len()]);
    match mutation.way {
        Way::DeleteToken | Way::DeleteBracket => drop(tokens.remove(at)),
        Way::DuplicateToken => tokens.insert(other, tokens[at].clone()),
        Way::SwapTokens => tokens.swap(at, other),
        Way::Replace => tokens[at] = corpus.like(&tokens[at], mutation.other),
        Way::ReplaceByNasty => tokens[at] = NASTY[mutation.other % NASTY.len()].to_owned(),
        Way::InsertBracket => {
            let brackets = [
                "(", ")", "[", "]", "{", "}", "\"", "${", "%{", "<<", "#", "/*", "*/", ",", "=",
            ];
            tokens.insert(at, brackets[mutation.other % brackets.len()].to_owned());
        }
        Way::Nest => {
            let around = [
                ("(", ")"),
                ("[", "]"),
                ("{ a = ", " }"),
                ("\"${", "}\""),
                ("f(", ")"),
                ("!", ""),
                ("-", ""),
                ("a.", ""),
                ("", "[0]"),
            ];
            let (open, close) = around[mutation.other % around.len()];
            let depth = 1 << (mutation.other / 16 % 14);
            tokens[at] = format!("{}{}{}", open.repeat(depth), tokens[at], close.repeat(depth));
        }
        _ => tokens.truncate(at),
    }
    tokens.concat()
}
