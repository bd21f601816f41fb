//! `variable` blocks: what is declared, which value each gets, and whether the value is one that the block accepts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_value::{Marks, Type, Value, convert};

use crate::base::diagnostic::did_you_mean;
use crate::base::source::Sources;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::condition::{self, Condition, Outcome};
use crate::lang::eval::expand::attribute;
use crate::lang::eval::instance::NoObjects;
use crate::lang::eval::shape::Name;
use crate::lang::eval::{Scope, evaluate};
use crate::lang::syntax::ast::{Body, Expr};
use crate::lang::syntax::parse_expr;

use crate::lang::eval::instance::Objects;
use crate::lang::eval::module::Parameter;

use super::given::{From, Raw, Setting, written};
use super::typeexpr::{self, Constraint};

/// A variable that nobody gave a value.
pub const NOT_GIVEN: Code = Code::new("E154", "a variable without a value");
/// A value that a variable does not take.
pub const BAD_VALUE: Code = Code::new("E155", "a value that a variable does not take");
/// A value for a variable that is not declared.
pub const UNDECLARED: Code = Code::new("E156", "a value for a variable that is not declared");
/// A value that a `validation` refuses.
pub const REFUSED: Code = Code::new("E157", "a value that a `validation` refuses");
/// An attribute of a declaration that does not hold what it must.
pub const BAD_DECLARATION: Code = Code::new("E169", "an attribute of a declaration that holds something else");
/// A value in a file for a variable that is not declared.
pub const UNDECLARED_IN_FILE: Code = Code::new("W010", "a value in a file for a variable that is not declared");

/// One `variable` block.
pub(super) struct Variable {
    name: Name,
    description: Option<Name>,
    constraint: Constraint,
    text: Text,
    default: Option<Value>,
    marks: Marks,
    nullable: bool,
    validations: Vec<Condition>,
    span: Span,
}

/// A variable that nothing gives a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its name.
    pub name: Name,
    /// What it is for.
    pub description: Option<Name>,
    /// Whether its value is kept out of sight.
    pub hidden: bool,
}

/// What a text from the command line or the environment is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    /// The value itself, or what it converts from.
    Itself,
    /// An expression.
    Expression,
}

/// What a block declares.
pub(super) fn declare(name: &Name, body: &Body, span: Span) -> (Variable, Diagnostics) {
    let mut said = Diagnostics::new();
    let constraint = match attribute(body, "type") {
        Some(expr) => said.take(typeexpr::read(expr)),
        None => Constraint::default(),
    };
    let default = attribute(body, "default").and_then(|expr| said.take(default(expr, &constraint)));
    let variable = Variable {
        name: name.clone(),
        description: attribute(body, "description").and_then(|e| e.as_text()).map(Name::from),
        default,
        marks: said.take(marks(body)),
        nullable: said
            .take(constant(body, "nullable", &Type::Bool))
            .and_then(|v| v.as_bool())
            != Some(false),
        validations: said.take(condition::read(body, "validation")),
        text: text(&constraint.ty, attribute(body, "type")),
        constraint,
        span,
    };
    (variable, said)
}

fn text(ty: &Type, written: Option<&Arc<Expr>>) -> Text {
    let simple = matches!(ty, Type::String | Type::Number | Type::Bool | Type::Date);
    if simple || written.is_none() {
        Text::Itself
    } else {
        Text::Expression
    }
}

fn default(expr: &Expr, constraint: &Constraint) -> (Option<Value>, Diagnostics) {
    let (value, mut said) = evaluate(expr, &Scope::default(), &NoObjects);
    if said.has_errors() {
        return (Some(unknown(constraint)), said);
    }
    match constraint.apply(&value) {
        Ok(value) => (Some(value), said),
        Err(why) => {
            said.push(
                Diagnostic::error(BAD_VALUE, "the default is not of the variable's type")
                    .at(expr.span, why.to_string()),
            );
            (Some(unknown(constraint)), said)
        }
    }
}

fn unknown(constraint: &Constraint) -> Value {
    Value::unknown(constraint.ty.clone())
}

/// `sensitive = true`, `ephemeral = true`
pub(super) fn marks(body: &Body) -> (Marks, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut is = |name| {
        let value = said.take(constant(body, name, &Type::Bool));
        value.and_then(|v| v.as_bool()).unwrap_or_default()
    };
    let marks = Marks {
        sensitive: is("sensitive"),
        ephemeral: is("ephemeral"),
    };
    (marks, said)
}

/// An attribute that is written out, not worked out from other things.
pub(super) fn constant(body: &Body, name: &str, ty: &Type) -> (Option<Value>, Diagnostics) {
    let Some(expr) = attribute(body, name) else {
        return (None, Diagnostics::new());
    };
    let (value, mut said) = evaluate(expr, &Scope::default(), &NoObjects);
    if said.has_errors() {
        return (None, said);
    }
    match convert(&value, ty) {
        Ok(value) if !value.is_null() => (Some(value), said),
        Ok(_) => (None, said),
        Err(why) => {
            let title = format!("`{name}` takes {}", ty.friendly());
            said.push(Diagnostic::error(BAD_DECLARATION, title).at(expr.span, why.to_string()));
            (None, said)
        }
    }
}

/// The variables' values, and which of them must be given again for the same values to come out without the environment and
/// the command line.
#[derive(Default)]
pub(super) struct Values {
    pub values: BTreeMap<Name, Value>,
    pub given: Vec<(String, String)>,
    pub missing: Vec<Missing>,
    /// Those that are never kept and were given a value.
    pub ephemeral: BTreeSet<String>,
    /// Files that give such ones a value: a plan does not keep their texts.
    pub unkept: BTreeSet<String>,
}

/// Each variable's value: the last setting of it, else its default.
pub(super) fn values(
    declared: &BTreeMap<Name, Variable>,
    settings: &[Setting],
    sources: &mut Sources,
) -> (Values, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut last: BTreeMap<&str, &Setting> = BTreeMap::new();
    for setting in settings {
        match declared.contains_key(&setting.name) {
            true => drop(last.insert(&setting.name, setting)),
            false => said.extend(undeclared(setting, declared)),
        }
    }
    let mut all = Values::default();
    for setting in settings {
        let of = declared.get(&setting.name).filter(|v| v.marks.ephemeral);
        all.ephemeral.extend(of.map(|v| v.name.to_string()));
        if let (Some(_), From::Found(path) | From::Named(path)) = (of, &setting.from) {
            all.unkept.insert(path.trim_start_matches("./").to_owned());
        }
    }
    for (name, variable) in declared {
        all.missing.extend(variable.missing(last.get(&**name).copied()));
        let setting = last.get(&**name).copied();
        let value = said.take(variable.value(setting, sources));
        let again = setting
            .filter(|_| !variable.marks.ephemeral)
            .and_then(|s| text_again(s, &value, &all.unkept));
        if let Some(text) = again {
            all.given.push((name.to_string(), text));
        }
        all.values.insert(name.clone(), variable.hidden(value));
    }
    (all, said)
}

/// What `-var` must say for this setting; nothing where a file says it again by itself.
fn text_again(setting: &Setting, value: &Value, unkept: &BTreeSet<String>) -> Option<String> {
    match (&setting.value, &setting.from) {
        (_, From::Found(path)) if !unkept.contains(path) => None,
        (Raw::Text(text), _) => Some(text.clone()),
        (Raw::Value(_), _) => written(value),
    }
}

fn undeclared(setting: &Setting, declared: &BTreeMap<Name, Variable>) -> Option<Diagnostic> {
    let title = format!(
        "{} gives a value to `{}`, which is not declared",
        setting.from, setting.name
    );
    let said = match setting.from {
        From::Environment(_) => return None,
        From::Argument => Diagnostic::error(UNDECLARED, title),
        From::Found(_) | From::Named(_) => Diagnostic::warning(UNDECLARED_IN_FILE, title),
    };
    let near = did_you_mean(&setting.name, declared.keys().map(AsRef::as_ref));
    let help = near.unwrap_or_else(|| format!("declare it: `variable \"{}\" {{}}`", setting.name));
    let said = said.help(help);
    Some(match setting.span {
        Some(span) => said.at(span, "not declared"),
        None => said,
    })
}

impl Variable {
    fn value(&self, setting: Option<&Setting>, sources: &mut Sources) -> (Value, Diagnostics) {
        let Some(setting) = setting else {
            return match &self.default {
                Some(default) => (default.clone(), Diagnostics::new()),
                None => (unknown(&self.constraint), self.not_given().into()),
            };
        };
        let (value, said) = self.raw(setting, sources);
        if said.has_errors() {
            return (unknown(&self.constraint), said);
        }
        match self.constraint.apply(&value) {
            Ok(Value::Null) if !self.nullable => self.null(setting, said),
            Ok(value) => (value, said),
            Err(why) => self.refuse(setting, said, why.to_string()),
        }
    }

    fn null(&self, setting: &Setting, said: Diagnostics) -> (Value, Diagnostics) {
        match &self.default {
            Some(default) => (default.clone(), said),
            None => self.refuse(setting, said, "null, and it says `nullable = false`".to_owned()),
        }
    }

    fn refuse(&self, setting: &Setting, mut said: Diagnostics, why: String) -> (Value, Diagnostics) {
        let title = format!(
            "the variable `{}` does not take the value that {} gives",
            self.name, setting.from
        );
        let wrong = Diagnostic::error(BAD_VALUE, title);
        said.push(match setting.span {
            Some(span) => wrong.at(span, why).and(self.span, "declared here"),
            None => wrong.at(self.span, "declared here").note(why),
        });
        (unknown(&self.constraint), said)
    }

    fn raw(&self, setting: &Setting, sources: &mut Sources) -> (Value, Diagnostics) {
        match &setting.value {
            Raw::Value(value) => (value.clone(), Diagnostics::new()),
            Raw::Text(text) if self.text == Text::Itself => (text.as_str().into(), Diagnostics::new()),
            Raw::Text(text) => {
                let source = sources.add(format!("-var {}", self.name), text.as_str());
                let (expr, mut said) = parse_expr(source, text);
                let value = said.take(evaluate(&expr, &Scope::default(), &NoObjects));
                (value, said)
            }
        }
    }

    fn missing(&self, setting: Option<&Setting>) -> Option<Missing> {
        let missing = setting.is_none() && self.default.is_none();
        missing.then(|| Missing {
            name: self.name.clone(),
            description: self.description.clone(),
            hidden: !self.marks.is_none(),
        })
    }

    fn not_given(&self) -> Diagnostic {
        let name = &self.name;
        Diagnostic::error(NOT_GIVEN, format!("the variable `{name}` has no value"))
            .at(self.span, "has no default, and nothing gives it a value")
            .help(format!(
                "give it with `-var {name}=…`, with `{name} = …` in `situs.tfvars`, or with `SITUS_VAR_{name}` in the environment"
            ))
    }
}

impl Parameter for Variable {
    fn accept(&self, value: &Value) -> Result<Value, String> {
        if value.contains_ephemeral() && !self.marks.ephemeral {
            return Err("it is ephemeral, and the variable does not say `ephemeral = true`".to_owned());
        }
        let given = match (value, &self.default) {
            (Value::Null, Some(default)) if !self.nullable => default,
            (Value::Null, None) if !self.nullable => return Err("null, and it says `nullable = false`".to_owned()),
            _ => value,
        };
        let value = self.constraint.apply(given).map_err(|why| why.to_string())?;
        Ok(self.hidden(value))
    }

    fn default(&self) -> Option<Value> {
        self.default.clone().map(|value| self.hidden(value))
    }

    fn validate(&self, scope: &Scope, objects: &dyn Objects) -> Diagnostics {
        let validations = self.validations.iter();
        validations.flat_map(|v| self.holds(v, scope, objects)).collect()
    }
}

impl Variable {
    fn hidden(&self, value: Value) -> Value {
        value.marked(self.marks)
    }

    fn holds(&self, validation: &Condition, scope: &Scope, objects: &dyn Objects) -> Diagnostics {
        let (outcome, mut said) = validation.outcome(scope, objects);
        if let Outcome::Fails(message) = outcome {
            let title = format!("the variable `{}` has a value that it does not accept", self.name);
            let wrong = Diagnostic::error(REFUSED, title).at(self.span, "declared here");
            let wrong = wrong.and(validation.test.span, "this does not hold");
            said.push(match message {
                Some(text) => wrong.note(text),
                None => wrong,
            });
        }
        said
    }
}
