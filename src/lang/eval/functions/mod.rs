//! The function library: one table entry each, by group. An entry says its parameters, what it is for, and an example that the tests
//! run. Arguments arrive converted and known, without marks: what is unknown or sensitive is carried around the call here, once.

mod collection;
mod date;
mod encoding;
mod files;
mod format;
mod hash;
mod network;
mod numeric;
mod pattern;
mod plugin;
mod refined;
mod sets;
pub mod signature;
mod string;
mod templates;
mod terraform;
mod types;
mod volatile;
mod yaml;

pub use date::duration;
pub use encoding::jsondecode as exact_json;
pub use plugin::NO_PROVIDER;
pub use terraform::expression;
pub use volatile::differs;

use situs_value::{Marks, Type, Value, convert};

use crate::base::diagnostic::did_you_mean;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic};
use crate::lang::syntax::ast::{Expr, Ident};

use super::expr::{Evaluated, Evaluator, Frame};
use super::instance::Phase;
use super::scope::Scope;

/// A function that there is not.
pub const NO_FUNCTION: Code = Code::new("E130", "a function that there is not");
/// Arguments that do not fit.
pub const BAD_ARGUMENTS: Code = Code::new("E131", "arguments that do not fit a function");
/// A call that failed.
pub const CALL_FAILED: Code = Code::new("E132", "a call that has no result");

/// One function.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// The types of its parameters.
    pub params: &'static [Param],
    /// Whether the last parameter may be given any number of times.
    pub arity: Arity,
    /// What it is for.
    pub doc: &'static str,
    /// A call and its value, both as expressions: run by the tests.
    pub example: (&'static str, &'static str),
    /// The work. `Err` is a sentence for the user.
    pub run: fn(&[Value], &Scope) -> Result<Value, String>,
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A bool.
    Bool,
    /// Anything but null.
    Any,
    /// Anything, also null.
    Nullable,
    /// Anything, also null, known to its last part.
    Known,
    /// Anything, also null, also what is not known.
    Open,
    /// A list, set or tuple.
    Sequence,
    /// A list, set or tuple, known to its last part.
    KnownSequence,
    /// A map or object.
    Keyed,
    /// A list of text.
    Texts,
}

/// How many arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// As many as there are parameters.
    Exact,
    /// The last parameter any number of times, also never.
    Variadic,
    /// The last parameter may be left out.
    OptionalLast,
}

/// All functions, by group.
pub fn all() -> impl Iterator<Item = &'static Function> {
    [
        numeric::FUNCTIONS,
        string::FUNCTIONS,
        format::FUNCTIONS,
        pattern::FUNCTIONS,
        collection::FUNCTIONS,
        sets::FUNCTIONS,
        encoding::FUNCTIONS,
        hash::FUNCTIONS,
        network::FUNCTIONS,
        date::FUNCTIONS,
        types::FUNCTIONS,
        terraform::FUNCTIONS,
        files::FUNCTIONS,
        volatile::FUNCTIONS,
        templates::FUNCTIONS,
        yaml::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
}

/// Functions that take expressions, not values.
const SPECIAL: [(&str, &str); 2] = [
    ("can", "Whether the argument can be worked out."),
    ("try", "The first argument that can be worked out."),
];

/// What a function is for, those that take expressions among them.
pub fn doc(name: &str) -> Option<&'static str> {
    let special = SPECIAL
        .iter()
        .find(|(special, _)| *special == name)
        .map(|(_, doc)| *doc);
    special.or_else(|| all().find(|f| f.name == name).map(|f| f.doc))
}

/// Calls a function.
pub(super) fn call(
    eval: &mut Evaluator<'_>,
    name: &Ident,
    args: &[std::sync::Arc<Expr>],
    expand: bool,
    span: Span,
    frame: Option<&Frame<'_>>,
) -> Evaluated {
    match &*name.name {
        "try" => return attempt(eval, args, span, frame),
        "can" => return can(eval, args, span, frame),
        _ => {}
    }
    let function = all().find(|f| f.name == &*name.name);
    let values: Vec<Evaluated> = args.iter().map(|a| eval.value(a, frame)).collect();
    let of_plugin = plugin::parts(&name.name);
    if function.is_none() && of_plugin.is_none() {
        return Err(eval.fail(unknown(name)));
    }
    let mut values: Vec<(Value, Span)> = values
        .into_iter()
        .zip(args)
        .map(|(v, a)| Ok((v?, a.span)))
        .collect::<Result<_, _>>()?;
    if expand && let Some((last, at)) = values.pop() {
        let Some(elements) = last.elements() else {
            let said = Diagnostic::error(BAD_ARGUMENTS, "`...` takes a list, a set or a tuple");
            return Err(eval.fail(said.at(at, format!("this is {}", last.friendly()))));
        };
        values.extend(elements.iter().map(|v| (v.clone(), at)));
    }
    match (function, of_plugin) {
        (Some(function), _) => run(eval, function, &values, name, span),
        (None, Some(parts)) => plugin::call(eval, name, parts, &values, span),
        (None, None) => Err(eval.fail(unknown(name))),
    }
}

fn run(eval: &mut Evaluator<'_>, function: &Function, values: &[(Value, Span)], name: &Ident, span: Span) -> Evaluated {
    if let Some(said) = wrong_count(function, values.len(), span) {
        return Err(eval.fail(said));
    }
    let mut marks = Marks::default();
    let mut unknown = false;
    let mut given = Vec::with_capacity(values.len());
    for (i, (value, at)) in values.iter().enumerate() {
        let param = function
            .params
            .get(i)
            .or(function.params.last())
            .copied()
            .unwrap_or(Param::Any);
        marks = marks.or(value.marks_within());
        match param.take(value) {
            Ok(value) => {
                unknown |= match param {
                    Param::Open => false,
                    deep if deep.deep() => !value.is_wholly_known(),
                    _ => !value.is_known(),
                };
                given.push(match function.name {
                    "ephemeralasnull" => without_ephemeral(&value),
                    _ => value.unmarked_deep(),
                });
            }
            Err(why) => {
                let title = format!("`{}` does not take this argument", function.name);
                return Err(eval.fail(
                    Diagnostic::error(BAD_ARGUMENTS, title)
                        .at(*at, why)
                        .help(usage(function)),
                ));
            }
        }
    }
    if differs(function.name) {
        eval.depends = true;
        if eval.objects.phase() == Phase::Plan {
            let value = Value::unknown(Type::String);
            return Ok(value.marked(marks));
        }
    }
    if unknown {
        return Ok(refined::known_of(function.name, &given)
            .unwrap_or_else(Value::unknown_dynamic)
            .marked(marks));
    }
    let sensitive = marks.sensitive;
    let kept = match function.name {
        "ephemeralasnull" => Marks::default(),
        "nonsensitive" | "issensitive" => Marks {
            sensitive: false,
            ..marks
        },
        _ => marks,
    };
    match (function.run)(&given, eval.scope) {
        Ok(value) if is_large(&value) => Err(eval.fail(
            Diagnostic::error(CALL_FAILED, format!("`{}` has no result: {}", name.name, too_large()))
                .at(span, "called here"),
        )),
        Ok(_) if function.name == "issensitive" => Ok(match unknown_inside(&given) {
            true if !sensitive => Value::unknown(Type::Bool),
            _ => Value::Bool(sensitive),
        }
        .marked(kept)),
        Ok(value) => Ok(value.marked(kept)),
        Err(why) => {
            let title = format!("`{}` has no result: {why}", name.name);
            Err(eval.fail(Diagnostic::error(CALL_FAILED, title).at(span, "called here")))
        }
    }
}

/// The value with null for what is never kept; other marks stay.
fn without_ephemeral(value: &Value) -> Value {
    if !value.contains_ephemeral() {
        return value.clone();
    }
    value.map_leaves(&|v| if v.is_ephemeral() { Value::Null } else { v.clone() })
}

fn unknown_inside(values: &[Value]) -> bool {
    values.iter().any(|v| !v.is_wholly_known())
}

fn wrong_count(function: &Function, count: usize, span: Span) -> Option<Diagnostic> {
    let (least, most) = match function.arity {
        Arity::Exact => (function.params.len(), function.params.len()),
        Arity::Variadic => (function.params.len() - 1, usize::MAX),
        Arity::OptionalLast => (function.params.len() - 1, function.params.len()),
    };
    let fits = (least..=most).contains(&count);
    (!fits).then(|| {
        Diagnostic::error(
            BAD_ARGUMENTS,
            format!(
                "`{}` takes {} arguments, not {count}",
                function.name,
                takes(least, most)
            ),
        )
        .at(span, "called here")
        .help(usage(function))
    })
}

fn takes(least: usize, most: usize) -> String {
    match most {
        usize::MAX => format!("at least {least}"),
        most if most == least => least.to_string(),
        most => format!("{least} to {most}"),
    }
}

fn usage(function: &Function) -> String {
    format!("for example `{}` is `{}`", function.example.0, function.example.1)
}

fn unknown(name: &Ident) -> Diagnostic {
    let near = did_you_mean(&name.name, all().map(|f| f.name).chain(SPECIAL.map(|(name, _)| name)));
    Diagnostic::error(NO_FUNCTION, format!("there is no function `{}`", name.name))
        .at(name.span, "not known")
        .help_some(near)
}

/// `try(a, b, …)`: the first that has a value.
fn attempt(
    eval: &mut Evaluator<'_>,
    args: &[std::sync::Arc<Expr>],
    span: Span,
    frame: Option<&Frame<'_>>,
) -> Evaluated {
    for arg in args {
        if let Ok(value) = quietly(eval, arg, frame) {
            // What is not known yet may still come to nothing, and then another argument counts.
            return Ok(if value.is_wholly_known() {
                value
            } else {
                Value::unknown_dynamic().mark_like(&value)
            });
        }
    }
    let said = Diagnostic::error(CALL_FAILED, "`try` has no result: none of its arguments has a value");
    Err(eval.fail(
        said.at(span, "called here")
            .help("give a last argument that always has one, for example `null`"),
    ))
}

fn can(eval: &mut Evaluator<'_>, args: &[std::sync::Arc<Expr>], span: Span, frame: Option<&Frame<'_>>) -> Evaluated {
    let [arg] = args else {
        let title = format!("`can` takes 1 argument, not {}", args.len());
        return Err(eval.fail(Diagnostic::error(BAD_ARGUMENTS, title).at(span, "called here")));
    };
    Ok(match quietly(eval, arg, frame) {
        Ok(value) if value.is_wholly_known() => Value::Bool(true),
        Ok(_) => Value::unknown(Type::Bool),
        Err(_) => Value::Bool(false),
    })
}

/// Evaluates and forgets what was said.
fn quietly(eval: &mut Evaluator<'_>, expr: &Expr, frame: Option<&Frame<'_>>) -> Evaluated {
    let before = std::mem::take(&mut eval.diagnostics);
    let value = eval.value(expr, frame);
    let failed = eval.diagnostics.has_errors();
    eval.diagnostics = before;
    if failed { Err(super::expr::Silent) } else { value }
}

impl Param {
    /// Whether what is inside the argument must be known too.
    fn deep(self) -> bool {
        !matches!(
            self,
            Param::Any | Param::Nullable | Param::Open | Param::Sequence | Param::Keyed
        )
    }

    fn take(self, value: &Value) -> Result<Value, String> {
        if value.is_null() && !matches!(self, Param::Nullable | Param::Known | Param::Open) {
            return Err("this is null".to_owned());
        }
        let ty = match self {
            Param::Text => Type::String,
            Param::Number => Type::Number,
            Param::Bool => Type::Bool,
            Param::Texts => Type::list(Type::String),
            Param::Any | Param::Nullable | Param::Known | Param::Open => return Ok(value.clone()),
            Param::Sequence | Param::KnownSequence => {
                return self.shaped(value, value.elements().is_some(), "a list, a set or a tuple");
            }
            Param::Keyed => return self.shaped(value, value.attributes().is_some(), "a map or an object"),
        };
        convert(value, &ty).map_err(|e| e.to_string())
    }

    fn shaped(self, value: &Value, fits: bool, what: &str) -> Result<Value, String> {
        if fits || !value.is_known() {
            Ok(value.clone())
        } else {
            Err(format!("{what} is expected, and this is {}", value.friendly()))
        }
    }
}

/// Longer texts are not made, and neither are longer collections: a short text must not fill a machine.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// See [`MOST_BYTES`].
const MOST_ELEMENTS: usize = 1_000_000;

fn too_large() -> String {
    format!(
        "it would be larger than {} MiB or have more than {MOST_ELEMENTS} elements",
        MOST_BYTES >> 20
    )
}

fn is_large(value: &Value) -> bool {
    let text = value.as_str().map_or(0, str::len);
    let elements = value.elements().map_or(0, <[Value]>::len);
    text > MOST_BYTES || elements > MOST_ELEMENTS
}

/// A list of these, all of one type.
fn list(values: Vec<Value>) -> Result<Value, String> {
    convert(&Value::Tuple(values.into()), &Type::list(Type::Dynamic)).map_err(|e| e.to_string())
}

/// The text of an argument that was converted to text.
fn text(values: &[Value], at: usize) -> &str {
    values.get(at).and_then(Value::as_str).unwrap_or("")
}

/// The number of an argument that was converted to a number.
fn number(values: &[Value], at: usize) -> situs_value::Number {
    values
        .get(at)
        .and_then(Value::as_number)
        .cloned()
        .unwrap_or(situs_value::Number::ZERO)
}

/// The elements of an argument that was checked to have some.
fn elements(values: &[Value], at: usize) -> &[Value] {
    values.get(at).and_then(Value::elements).unwrap_or_default()
}

/// A whole number of an argument.
fn index(values: &[Value], at: usize) -> Result<i64, String> {
    number(values, at)
        .to_i64()
        .ok_or_else(|| "a whole number is expected".to_owned())
}
