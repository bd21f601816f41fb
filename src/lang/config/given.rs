//! Values for variables, from everywhere that can give them, in the order in which they win: the environment, `terraform.tfvars`
//! and `situs.tfvars`, `*.auto.tfvars`, then `-var` and `-var-file` as they stand on the command line.

use std::sync::Arc;

use situs_value::{Value, implied};

use crate::base::ports::World;
use crate::base::source::Sources;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::instance::NoObjects;
use crate::lang::eval::shape::Name;
use crate::lang::eval::{Scope, evaluate};
use crate::lang::syntax::ast::Item;
use crate::lang::syntax::parse;

use super::load::{UNREADABLE, text_of};

/// A file of variables that holds something else.
pub const NOT_VARIABLES: Code = Code::new("E152", "a file of variables that holds something else");

/// One way in which the user gives values on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// `-var name=text`
    Variable {
        /// The variable.
        name: String,
        /// Its value as written.
        text: String,
    },
    /// `-var-file=path`
    File(String),
}

/// What one source says of one variable.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub name: Name,
    pub value: Raw,
    pub from: From,
    pub span: Option<Span>,
}

/// A value before the variable's type is known.
#[derive(Clone, Debug)]
pub(super) enum Raw {
    /// As typed: a string, or an expression where the variable's type is no simple one.
    Text(String),
    /// As a file of variables has it.
    Value(Value),
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// The variable of the environment.
    Environment(String),
    /// A file that is read because it is there.
    Found(String),
    /// `-var-file`
    Named(String),
    /// `-var`
    Argument,
}

impl std::fmt::Display for From {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            From::Environment(name) => write!(f, "`{name}` of the environment"),
            From::Found(path) | From::Named(path) => write!(f, "`{path}`"),
            From::Argument => f.write_str("`-var`"),
        }
    }
}

/// All settings; a later one wins.
pub(super) fn settings(
    world: &dyn World,
    names: &[String],
    given: &[Given],
    sources: &mut Sources,
) -> (Vec<Setting>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut settings = environment(world);
    for path in found(names) {
        settings.extend(diagnostics.take(file(world, &path, &From::Found(path.clone()), sources)));
    }
    for one in given {
        match one {
            Given::Variable { name, text } => settings.push(Setting {
                name: name.as_str().into(),
                value: Raw::Text(text.clone()),
                from: From::Argument,
                span: None,
            }),
            Given::File(path) => {
                settings.extend(diagnostics.take(file(world, path, &From::Named(path.clone()), sources)));
            }
        }
    }
    (settings, diagnostics)
}

/// `TF_VAR_x`, then `SITUS_VAR_x`.
fn environment(world: &dyn World) -> Vec<Setting> {
    let all = world.envs();
    let with = |prefix: &'static str| {
        all.iter().filter_map(move |(full, text)| {
            let name = full.strip_prefix(prefix).filter(|n| !n.is_empty())?;
            Some(Setting {
                name: name.into(),
                value: Raw::Text(text.clone()),
                from: From::Environment(full.clone()),
                span: None,
            })
        })
    };
    with("TF_VAR_").chain(with("SITUS_VAR_")).collect()
}

/// The files that are read because they are there.
fn found(names: &[String]) -> Vec<String> {
    let fixed = [
        "terraform.tfvars",
        "terraform.tfvars.json",
        "situs.tfvars",
        "situs.tfvars.json",
    ];
    let fixed = fixed
        .iter()
        .filter(|f| names.iter().any(|n| n == *f))
        .map(|f| (*f).to_owned());
    let automatic = |n: &&String| n.ends_with(".auto.tfvars") || n.ends_with(".auto.tfvars.json");
    fixed.chain(names.iter().filter(automatic).cloned()).collect()
}

fn file(world: &dyn World, path: &str, from: &From, sources: &mut Sources) -> (Vec<Setting>, Diagnostics) {
    let text = match text_of(world, path) {
        Ok(text) => text,
        Err(why) => {
            let said = Diagnostic::error(
                UNREADABLE,
                format!("the file of variables `{path}` cannot be read: {why}"),
            );
            return (
                Vec::new(),
                said.help("give the path from the configuration's directory").into(),
            );
        }
    };
    if path.ends_with(".json") {
        return json(path, &text, from);
    }
    let source = sources.add(path, text.as_str());
    let (file, mut diagnostics) = parse(source, &text);
    let mut settings = Vec::new();
    for item in &file.body.items {
        match item {
            Item::Attribute(a) => {
                let (value, said) = evaluate(&a.value, &Scope::default(), &NoObjects);
                diagnostics.append(said);
                settings.push(Setting {
                    name: a.name.name.clone(),
                    value: Raw::Value(value),
                    from: from.clone(),
                    span: Some(a.span),
                });
            }
            Item::Statement(s) => diagnostics.push(
                Diagnostic::error(
                    NOT_VARIABLES,
                    format!("`{path}` gives values to variables, and nothing else"),
                )
                .at(s.word.span, "not `name = value`")
                .help("move it to a `.situs` file"),
            ),
            Item::Error(_) => {}
        }
    }
    (settings, diagnostics)
}

fn json(path: &str, text: &str, from: &From) -> (Vec<Setting>, Diagnostics) {
    let wrong = |why: String| {
        let said = Diagnostic::error(NOT_VARIABLES, format!("`{path}` is no object in JSON: {why}"));
        (Vec::new(), said.help("write `{ \"name\": value }`").into())
    };
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Object(object)) => {
            let one = |(name, value): (&String, &serde_json::Value)| Setting {
                name: name.as_str().into(),
                value: Raw::Value(implied(value)),
                from: from.clone(),
                span: None,
            };
            (object.iter().map(one).collect(), Diagnostics::new())
        }
        Ok(_) => wrong("it holds something else".to_owned()),
        Err(why) => wrong(why.to_string()),
    }
}

/// The expression that stands for a value: what `-var` takes for it. `None` where there is none (null, unknown).
pub(super) fn written(value: &Value) -> Option<String> {
    match value.unmarked() {
        Value::String(text) => Some(text.to_string()),
        other => expression(other),
    }
}

fn expression(value: &Value) -> Option<String> {
    let joined = |parts: Vec<String>, open: &str, close: &str| format!("{open}{}{close}", parts.join(", "));
    Some(match value.unmarked() {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::Quantity(q) => q.to_string(),
        Value::Date(d) => format!("\"{d}\""),
        Value::String(text) => quoted(text),
        Value::List(e) | Value::Set(e) | Value::Tuple(e) => {
            joined(e.iter().map(expression).collect::<Option<_>>()?, "[", "]")
        }
        Value::Map(m) | Value::Object(m) => {
            let one = |(k, v): (&Arc<str>, &Value)| Some(format!("{} = {}", quoted(k), expression(v)?));
            joined(m.iter().map(one).collect::<Option<_>>()?, "{", "}")
        }
        Value::Unknown(_) | Value::Marked(..) => return None,
    })
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => out.extend([c, c]),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
