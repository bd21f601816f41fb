//! Strings with holes. One hole and nothing else is the value itself; anything more is text.

use situs_value::{Marks, Type, Value};

use crate::base::span::Span;
use crate::lang::syntax::ast::{Template, TemplatePart, TemplateStyle};

use super::expr::{Evaluated, Evaluator, Frame, Silent};

impl Evaluator<'_> {
    /// The value of a template.
    pub fn template(&mut self, template: &Template, frame: Option<&Frame<'_>>) -> Evaluated {
        if let (TemplateStyle::Quoted, [TemplatePart::Interpolation(only)]) =
            (&template.style, template.parts.as_slice())
        {
            return self.value(only, frame);
        }
        let mut text = Text::default();
        self.parts(&template.parts, frame, &mut text)?;
        Ok(text.finish())
    }

    fn parts(&mut self, parts: &[TemplatePart], frame: Option<&Frame<'_>>, text: &mut Text) -> Result<(), Silent> {
        let mut result = Ok(());
        for part in parts {
            result = result.and(self.part(part, frame, text));
        }
        result
    }

    fn part(&mut self, part: &TemplatePart, frame: Option<&Frame<'_>>, text: &mut Text) -> Result<(), Silent> {
        match part {
            TemplatePart::Text(literal, _) => text.push(literal),
            TemplatePart::Interpolation(expr) => {
                let value = self.value(expr, frame)?;
                self.hole(&value, expr.span, text)?;
            }
            TemplatePart::If {
                condition,
                then,
                otherwise,
            } => {
                let value = self.value(condition, frame)?;
                let holds = self.operand(&value, &Type::Bool, "%{ if }", condition.span)?;
                text.marks = text.marks.or(value.marks());
                match holds.as_bool() {
                    Some(true) => self.parts(then, frame, text)?,
                    Some(false) => self.parts(otherwise, frame, text)?,
                    None => text.unknown = true,
                }
            }
            TemplatePart::For {
                key,
                value,
                collection,
                body,
            } => {
                let over = self.value(collection, frame)?;
                text.marks = text.marks.or(over.marks());
                if !over.is_known() {
                    text.unknown = true;
                    return Ok(());
                }
                for (k, v) in self.pairs(&over, collection.span)? {
                    let outer = key.as_ref().map(|name| Frame {
                        name: &name.name,
                        value: &k,
                        outer: frame,
                    });
                    let inner = Frame {
                        name: &value.name,
                        value: &v,
                        outer: outer.as_ref().or(frame),
                    };
                    self.parts(body, Some(&inner), text)?;
                }
            }
        }
        Ok(())
    }

    fn hole(&mut self, value: &Value, span: Span, text: &mut Text) -> Result<(), Silent> {
        let shown = self.operand(value, &Type::String, "${ }", span)?;
        text.marks = text.marks.or(value.marks());
        match shown.as_str() {
            Some(shown) => text.push(shown),
            None => text.unknown = true,
        }
        Ok(())
    }
}

/// Text as it grows; behind something unknown only its beginning is known.
#[derive(Default)]
struct Text {
    known: String,
    unknown: bool,
    marks: Marks,
}

impl Text {
    fn push(&mut self, more: &str) {
        if !self.unknown {
            self.known.push_str(more);
        }
    }

    fn finish(self) -> Value {
        let value = if self.unknown {
            Value::unknown_text(&self.known)
        } else {
            Value::from(self.known)
        };
        value.marked(self.marks)
    }
}
