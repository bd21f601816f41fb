//! Conditions: what must hold, and what is said where it does not. `validation` of a variable, `precondition` and `postcondition` of
//! resources, data sources and outputs, `assert` of a check.

use std::sync::Arc;

use situs_value::{Type, Value, convert};

use crate::base::diagnostic::Severity;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::syntax::ast::{Body, Expr, Item};

use super::evaluate;
use super::expand::attribute;
use super::instance::Objects;
use super::scope::Scope;

/// A condition that does not hold.
pub const FAILS: Code = Code::new("E181", "a condition that does not hold");
/// A condition that is neither true nor false, or says nothing.
pub const BAD_CONDITION: Code = Code::new("E182", "a condition that cannot be read");
/// A check that fails.
pub const CHECK_FAILS: Code = Code::new("W050", "a check that fails");

/// `condition = …` and `error_message = …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What must hold.
    pub test: Arc<Expr>,
    /// What is said where it does not.
    pub message: Option<Arc<Expr>>,
}

/// What became of a condition.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Holds,
    /// What it speaks of is not known yet.
    Later,
    /// It does not hold; what is said about it, unless that would show a secret.
    Fails(Option<String>),
    /// It could not be worked out, which was told.
    Broken,
}

/// The conditions in the blocks of that name.
pub fn read(body: &Body, word: &str) -> (Vec<Condition>, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut found = Vec::new();
    for item in &body.items {
        let Item::Statement(s) = item else { continue };
        if &*s.word.name != word {
            continue;
        }
        let inner = s.body.as_ref();
        match inner.and_then(|b| attribute(b, "condition")) {
            Some(test) => found.push(Condition {
                test: test.clone(),
                message: inner.and_then(|b| attribute(b, "error_message")).cloned(),
            }),
            None => said.push(
                Diagnostic::error(BAD_CONDITION, format!("`{word}` needs a `condition`"))
                    .at(s.word.span, "has none")
                    .help(format!("write `{word} {{ condition = …, error_message = \"…\" }}`")),
            ),
        }
    }
    (found, said)
}

impl Condition {
    /// Whether it holds, as far as these objects tell.
    pub fn outcome(&self, scope: &Scope, objects: &dyn Objects) -> (Outcome, Diagnostics) {
        let (value, mut said) = evaluate(&self.test, scope, objects);
        if said.has_errors() {
            return (Outcome::Broken, said);
        }
        let holds = convert(&value, &Type::Bool).ok();
        let outcome = match holds.as_ref().map(Value::unmarked) {
            Some(Value::Bool(true)) => Outcome::Holds,
            Some(Value::Unknown(_)) => Outcome::Later,
            Some(Value::Bool(false)) => Outcome::Fails(self.message(scope, objects)),
            _ => {
                said.push(
                    Diagnostic::error(BAD_CONDITION, "a `condition` is `true` or `false`")
                        .at(self.test.span, format!("this is {}", value.friendly())),
                );
                Outcome::Broken
            }
        };
        (outcome, said)
    }

    /// The message in words; one that holds secrets is not shown.
    fn message(&self, scope: &Scope, objects: &dyn Objects) -> Option<String> {
        let (value, _) = evaluate(self.message.as_ref()?, scope, objects);
        match value {
            Value::String(text) => Some(text.to_string()),
            _ => None,
        }
    }

    /// What is wrong where it does not hold: an error, or for a check a warning.
    pub fn check(&self, of: &Of<'_>, scope: &Scope, objects: &dyn Objects) -> Diagnostics {
        let (outcome, mut said) = self.outcome(scope, objects);
        if let Outcome::Fails(message) = outcome {
            let wrong = match of.severity {
                Severity::Error => Diagnostic::error(FAILS, format!("{} does not hold", of.what)),
                Severity::Warning => Diagnostic::warning(CHECK_FAILS, format!("{} fails", of.what)),
            };
            let wrong = wrong.at(self.test.span, "this does not hold").and(of.span, "of this");
            said.push(match message {
                Some(text) => wrong.note(text),
                None => wrong,
            });
        }
        match of.severity {
            Severity::Error => said,
            // A check never stops anything.
            Severity::Warning => {
                let quiet = |d| Diagnostic {
                    severity: Severity::Warning,
                    ..d
                };
                said.into_iter().map(quiet).collect()
            }
        }
    }
}

/// Whose condition it is, for the message.
pub struct Of<'a> {
    /// In words: `the precondition of …`.
    pub what: &'a str,
    /// How bad it is where it does not hold.
    pub severity: Severity,
    /// The head of what it belongs to.
    pub span: Span,
}
