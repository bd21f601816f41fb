//! What goes over several values: splats and `for`.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_value::{Type, Value};

use crate::base::Diagnostic;
use crate::base::span::Span;
use crate::lang::syntax::ast::{Expr, For, ForResult, SplatStep};

use super::expr::{DUPLICATE_KEY, Evaluated, Evaluator, Frame, Silent, WRONG_TYPE};
use super::size;

impl Evaluator<'_> {
    pub(super) fn splat(&mut self, base: &Expr, rest: &[SplatStep], frame: Option<&Frame<'_>>) -> Evaluated {
        let value = self.value(base, frame)?;
        self.each(&value, rest, frame)
    }

    /// What the steps take from each element.
    fn each(&mut self, value: &Value, rest: &[SplatStep], frame: Option<&Frame<'_>>) -> Evaluated {
        if !value.is_known() {
            return Ok(Value::unknown_dynamic().mark_like(value));
        }
        let elements: Vec<Value> = match value.unmarked() {
            Value::Null => Vec::new(),
            many if many.elements().is_some() => many.elements().unwrap_or_default().to_vec(),
            one => vec![one.clone()],
        };
        let list = matches!(value.unmarked(), Value::List(_) | Value::Set(_));
        let mut results = Vec::with_capacity(elements.len());
        for element in elements {
            results.push(self.steps(element, rest, frame)?);
        }
        let result = if list {
            Value::list(results)
        } else {
            Value::tuple(results)
        };
        Ok(result.mark_like(value))
    }

    fn steps(&mut self, mut value: Value, rest: &[SplatStep], frame: Option<&Frame<'_>>) -> Evaluated {
        for (i, step) in rest.iter().enumerate() {
            value = match step {
                SplatStep::Attr(name) => self.attribute(&value, name)?,
                SplatStep::Index(key) => {
                    let at = self.value(key, frame)?;
                    self.index(&value, &at, key.span)?
                }
                SplatStep::Each => return self.each(&value, rest.get(i + 1..).unwrap_or_default(), frame),
            };
        }
        Ok(value)
    }

    pub(super) fn for_expr(&mut self, what: &For, span: Span, frame: Option<&Frame<'_>>) -> Evaluated {
        let over = self.value(&what.collection, frame)?;
        if !over.is_known() {
            return Ok(Value::unknown_dynamic().mark_like(&over));
        }
        let pairs = self.pairs(&over, what.collection.span)?;
        let mut made = Made::default();
        for (key, value) in &pairs {
            let outer = what.key.as_ref().map(|name| Frame {
                name: &name.name,
                value: key,
                outer: frame,
            });
            let inner = Frame {
                name: &what.value.name,
                value,
                outer: outer.as_ref().or(frame),
            };
            self.for_one(what, span, &inner, &mut made)?;
        }
        Ok(made.finish(&what.result).mark_like(&over))
    }

    /// What a `for` goes through: keys or indices, and elements.
    pub fn pairs(&mut self, over: &Value, span: Span) -> Result<Vec<(Value, Value)>, Silent> {
        let count = match over.unmarked() {
            Value::Map(m) | Value::Object(m) => m.len(),
            other => other.elements().map_or(0, <[Value]>::len),
        };
        self.rounds = self.rounds.saturating_add(count);
        if self.rounds > size::ROUNDS {
            return Err(self.fail(size::endless(span)));
        }
        match over.unmarked() {
            Value::List(e) | Value::Tuple(e) => Ok(e
                .iter()
                .enumerate()
                .map(|(i, v)| (Value::Number(i.into()), v.clone()))
                .collect()),
            Value::Set(e) => Ok(e.iter().map(|v| (v.clone(), v.clone())).collect()),
            Value::Map(m) | Value::Object(m) => {
                Ok(m.iter().map(|(k, v)| (Value::String(k.clone()), v.clone())).collect())
            }
            other => {
                let said = Diagnostic::error(
                    WRONG_TYPE,
                    format!("`for` goes through a collection, and this is {}", other.friendly()),
                );
                Err(self.fail(
                    said.at(span, "not a collection")
                        .help("expected a list, a set, a map or an object"),
                ))
            }
        }
    }

    fn for_one(&mut self, what: &For, span: Span, frame: &Frame<'_>, made: &mut Made) -> Result<(), Silent> {
        if let Some(condition) = &what.condition {
            let holds = self.value(condition, Some(frame))?;
            let holds = self.operand(&holds, &Type::Bool, "if", condition.span)?;
            match holds.as_bool() {
                Some(true) => {}
                Some(false) => return Ok(()),
                None => made.unknown = true,
            }
        }
        match &what.result {
            ForResult::Tuple(value) => made.elements.push(self.value(value, Some(frame))?),
            ForResult::Object { key, value, group } => {
                let name = self.key(key, Some(frame))?;
                let value = self.value(value, Some(frame))?;
                let Some(name) = name else {
                    made.unknown = true;
                    return Ok(());
                };
                let twice = made.groups.contains_key(&name);
                made.groups.entry(name.clone()).or_default().push(value);
                if twice && !group {
                    let said = Diagnostic::error(DUPLICATE_KEY, format!("the key {name:?} occurs twice"))
                        .at(key.span, "made again here")
                        .and(span, "in this `for`")
                        .help("add `...` behind the value to group the values of equal keys");
                    return Err(self.fail(said));
                }
            }
        }
        Ok(())
    }
}

/// What a `for` has made so far.
#[derive(Default)]
struct Made {
    elements: Vec<Value>,
    groups: BTreeMap<Arc<str>, Vec<Value>>,
    unknown: bool,
}

impl Made {
    fn finish(self, result: &ForResult) -> Value {
        match result {
            _ if self.unknown => Value::unknown_dynamic(),
            ForResult::Tuple(_) => Value::tuple(self.elements),
            ForResult::Object { group: true, .. } => {
                Value::object(self.groups.into_iter().map(|(k, v)| (k, Value::tuple(v))))
            }
            ForResult::Object { group: false, .. } => Value::object(
                self.groups
                    .into_iter()
                    .map(|(k, v)| (k, v.into_iter().next().unwrap_or_default())),
            ),
        }
    }
}
