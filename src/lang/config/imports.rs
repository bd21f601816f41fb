//! `import` blocks: which live objects are to be taken over, and under which addresses.

use std::sync::Arc;

use situs_value::{Type, Value, convert};

use crate::base::addr::{Addr, Key};
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::expand::{Repetition, attribute, repetition};
use crate::lang::eval::instance::NoObjects;
use crate::lang::eval::{Scope, evaluate};
use crate::lang::syntax::ast::{Body, Expr, ExprKind, Statement};

use super::declared::head;
use super::moves::endpoint;

/// An `import` block that cannot be read.
pub const BAD_IMPORT: Code = Code::new("E482", "an `import` block that cannot be read");

/// An `import` block.
#[derive(Clone, Debug)]
pub struct Import {
    to: Arc<Expr>,
    id: Arc<Expr>,
    body: Arc<Body>,
    /// Where it is written.
    pub span: Span,
}

/// Reads one. What is missing, the schema tells.
pub(super) fn read(statement: &Statement) -> Option<Import> {
    let body = statement.body.as_ref()?;
    Some(Import {
        to: attribute(body, "to")?.clone(),
        id: attribute(body, "id")?.clone(),
        body: Arc::new(body.clone()),
        span: head(statement),
    })
}

impl Import {
    /// The addresses and ids that it comes to, one for each element of its `for_each`.
    pub fn wanted(&self, scope: &Arc<Scope>) -> (Vec<(Addr, String)>, Diagnostics) {
        let (repetition, mut said) = repetition(&self.body, scope, &NoObjects);
        let all = match repetition {
            Repetition::Known(all) => all,
            Repetition::Later(late) => {
                said.push(*late);
                Vec::new()
            }
            Repetition::Broken => Vec::new(),
        };
        let mut wanted = Vec::new();
        for (_, each) in all {
            let inside = each.map_or_else(|| scope.clone(), |each| scope.child([each]));
            wanted.extend(said.take(self.one(&inside)));
        }
        (wanted, said)
    }

    fn one(&self, scope: &Arc<Scope>) -> (Option<(Addr, String)>, Diagnostics) {
        let mut said = Diagnostics::new();
        let to = said.take(address(&self.to, scope));
        let id = said.take(evaluate(&self.id, scope, &NoObjects));
        let text = convert(&id, &Type::String).ok();
        let text = text.as_ref().and_then(Value::as_str).filter(|t| !t.is_empty());
        if text.is_none() && !said.has_errors() {
            let wrong = Diagnostic::error(BAD_IMPORT, "an id is a text that is known before anything is planned");
            let label = match id.as_str() {
                Some(_) => "this is empty".to_owned(),
                None => format!("this is {}", id.friendly()),
            };
            said.push(wrong.at(self.id.span, label));
        }
        (to.zip(text.map(str::to_owned)), said)
    }
}

/// `type.name`, or an instance of it whose key is worked out.
fn address(expr: &Expr, scope: &Arc<Scope>) -> (Option<Addr>, Diagnostics) {
    let (block, key) = match &expr.kind {
        ExprKind::Index(base, key) => (&**base, Some(key)),
        _ => (expr, None),
    };
    let (block, mut said) = endpoint(block);
    let Some(key) = key else { return (block, said) };
    let value = said.take(evaluate(key, scope, &NoObjects));
    let key = match value.unmarked() {
        Value::Number(n) => n.to_u64().map(Key::Index),
        Value::String(text) => Some(Key::Name(text.clone())),
        _ => None,
    };
    if key.is_none() && !said.has_errors() {
        let wrong = Diagnostic::error(BAD_IMPORT, "a key is a number or a text");
        said.push(wrong.at(expr.span, format!("this is {}", value.friendly())));
    }
    (block.zip(key).map(|(block, key)| block.with_key(Some(key))), said)
}
