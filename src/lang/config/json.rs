//! The JSON form of the language: `*.tf.json` and `*.situs.json`. JSON is read as an expression, which it is; objects become blocks where
//! the language has blocks, and texts are templates. Where a name is meant and not a text (`depends_on`, `provider`, `from`, …), the text
//! is read as an expression.

use std::sync::Arc;

use crate::base::source::SourceId;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::syntax::ast::{Attribute, Body, Expr, ExprKind, File, Ident, Item, ObjectKey, Operand, Statement};
use crate::lang::syntax::{parse_expr, parse_expr_at};

/// A JSON file that is no configuration.
pub const NOT_BLOCKS: Code = Code::new("E460", "a JSON file that is no configuration");

/// Blocks at the top and how many labels they have; of others every object inside has a label.
const TOP: &[(&str, usize)] = &[
    ("resource", 2),
    ("data", 2),
    ("ephemeral", 2),
    ("terraform", 0),
    ("locals", 0),
    ("moved", 0),
    ("removed", 0),
    ("import", 0),
    ("residency", 0),
    ("placement", 0),
];

/// Blocks inside of blocks: where, which, and how many labels.
const INSIDE: &[(&[&str], &str, usize)] = &[
    (&["variable"], "validation", 0),
    (&["output", "lifecycle"], "precondition", 0),
    (&["lifecycle"], "postcondition", 0),
    (&["terraform"], "required_providers", 0),
    (&["terraform"], "cloud", 0),
    (&["terraform"], "backend", 1),
    (&["terraform"], "provider_meta", 1),
    (&["resource", "data", "ephemeral", "removed"], "lifecycle", 0),
    (&["resource", "removed"], "provisioner", 1),
    (&["resource", "removed", "provisioner"], "connection", 0),
    (&["resource", "data", "provider", "content"], "dynamic", 1),
    (&["dynamic"], "content", 0),
    (&["check"], "assert", 0),
    (&["check"], "data", 2),
];

/// Attributes whose texts are names.
const NAMES: &[&str] = &[
    "depends_on",
    "provider",
    "providers",
    "ignore_changes",
    "replace_triggered_by",
    "from",
    "to",
];

/// The tree of a text.
pub fn read(source: SourceId, text: &str) -> (File, Diagnostics) {
    let (expr, said) = parse_expr(source, text);
    let mut reader = Reader { source, said };
    let span = expr.span;
    let items = match reader.said.has_errors() {
        true => vec![Item::Error(span)],
        false => reader.top(&expr),
    };
    let file = File {
        body: Body { items, span },
        comments: Vec::new(),
    };
    (file, reader.said)
}

struct Reader {
    source: SourceId,
    said: Diagnostics,
}

impl Reader {
    fn top(&mut self, expr: &Expr) -> Vec<Item> {
        let mut items = Vec::new();
        for (word, value) in self.entries(expr) {
            let labels = TOP.iter().find(|(w, _)| *w == &*word.name).map_or(1, |(_, n)| *n);
            self.blocks(&word, labels, &mut Vec::new(), &value, &mut items);
        }
        items
    }

    /// What an object holds, or all objects of an array; comments (`"//"`) left out.
    fn entries(&mut self, expr: &Expr) -> Vec<(Ident, Arc<Expr>)> {
        match &expr.kind {
            ExprKind::Object(items) => {
                let named = items
                    .iter()
                    .filter_map(|item| Some((name(&item.key)?, item.value.clone())));
                named.filter(|(name, _)| &*name.name != "//").collect()
            }
            ExprKind::Tuple(elements) => elements.iter().flat_map(|e| self.entries(e)).collect(),
            _ => {
                self.no_object(expr);
                Vec::new()
            }
        }
    }

    fn no_object(&mut self, expr: &Expr) {
        let wrong = Diagnostic::error(NOT_BLOCKS, "an object is expected");
        let help = "write `{ \"resource\": { \"TYPE\": { \"NAME\": { … } } } }` and the like";
        self.said.push(wrong.at(expr.span, "stands for blocks").help(help));
    }

    /// The blocks of a word: below so many labels an object, or an array with an object for each of several.
    fn blocks(&mut self, word: &Ident, labels: usize, found: &mut Vec<Operand>, value: &Expr, items: &mut Vec<Item>) {
        match (&value.kind, labels) {
            (ExprKind::Null, _) => {}
            (ExprKind::Tuple(elements), _) => {
                for element in elements {
                    self.blocks(word, labels, found, element, items);
                }
            }
            (ExprKind::Object(_), 0) => items.push(Item::Statement(Statement {
                word: word.clone(),
                operands: found.clone(),
                body: Some(self.body(&word.name, value)),
                span: word.span.to(value.span),
            })),
            (ExprKind::Object(_), _) => {
                for (label, inner) in self.entries(value) {
                    found.push(Operand::Expr(Arc::new(Expr {
                        span: label.span,
                        kind: ExprKind::Name(label),
                    })));
                    self.blocks(word, labels - 1, found, &inner, items);
                    found.pop();
                }
            }
            _ => self.no_object(value),
        }
    }

    fn body(&mut self, of: &str, value: &Expr) -> Body {
        let mut items = Vec::new();
        for (name, value) in self.entries(value) {
            let inside = INSIDE
                .iter()
                .find(|(at, word, _)| at.contains(&of) && *word == &*name.name);
            match inside {
                Some((.., labels)) => self.blocks(&name, *labels, &mut Vec::new(), &value, &mut items),
                None => {
                    let named = NAMES.contains(&&*name.name) || (of == "variable" && &*name.name == "type");
                    let value = if named { self.named(&value) } else { value };
                    items.push(Item::Attribute(Attribute {
                        span: name.span.to(value.span),
                        name,
                        value,
                    }));
                }
            }
        }
        Body {
            items,
            span: value.span,
        }
    }

    /// Texts as the expressions that they hold.
    fn named(&mut self, value: &Arc<Expr>) -> Arc<Expr> {
        let kind = match &value.kind {
            ExprKind::Tuple(elements) => ExprKind::Tuple(elements.iter().map(|e| self.named(e)).collect()),
            ExprKind::Object(items) => {
                let mut items = items.clone();
                for item in &mut items {
                    item.value = self.named(&item.value);
                }
                ExprKind::Object(items)
            }
            _ => match value.as_text() {
                Some(text) => {
                    let at = usize::try_from(value.span.start).unwrap_or_default() + 1;
                    return Arc::new(self.said.take(parse_expr_at(self.source, at, text)));
                }
                None => return value.clone(),
            },
        };
        Arc::new(Expr { kind, span: value.span })
    }
}

fn name(key: &ObjectKey) -> Option<Ident> {
    match key {
        ObjectKey::Name(name) => Some(name.clone()),
        ObjectKey::Expr(expr) => expr.as_text().map(|text| Ident {
            name: text.into(),
            span: inside(expr.span),
        }),
    }
}

/// Without the quotes.
fn inside(span: Span) -> Span {
    match span.end - span.start {
        0..=2 => span,
        _ => Span::new(span.source, span.start + 1, span.end - 1),
    }
}
