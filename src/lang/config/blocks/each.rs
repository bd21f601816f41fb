//! `for_each` on things of the intent: `site edge { for_each = toset(["a", "b"]) }` declares `edge["a"]` and `edge["b"]`. It is evaluated
//! before anything else of the intent is, from what no resource decides.

use std::sync::Arc;

use situs_value::Value;

use crate::base::{Diagnostic, Diagnostics};
use crate::lang::eval::Scope;
use crate::lang::eval::expand::{Repetition, attribute, repetition};
use crate::lang::eval::instance::NoObjects;
use crate::lang::eval::shape::Name;
use crate::lang::schema::{Attribute, Support, Ty};
use crate::lang::syntax::ast::Statement;

use super::block;
use super::reader::DEPENDS;

/// How it is written.
pub const FOR_EACH: Attribute = Attribute::new(
    "for_each",
    Ty::Raw("a map, an object or a set of texts"),
    "One for each, with `each.key` and `each.value`; named `NAME[\"KEY\"]`",
);

/// One of the things that a statement declares.
pub struct One<'a> {
    /// The statement.
    pub statement: &'a Statement,
    /// Its name, with its key.
    pub name: Option<Name>,
    /// What `each` is in it.
    pub each: Option<Value>,
}

/// Whether a statement declares several things.
pub fn repeats(statement: &Statement) -> bool {
    let takes = block(&statement.word.name).and_then(|b| b.body.attribute("for_each"));
    let written = statement.body.as_ref().and_then(|body| attribute(body, "for_each"));
    takes.is_some_and(|a| a.support == Support::Now) && written.is_some()
}

/// All that a statement declares; nothing where something is wrong with its `for_each`, which is told.
pub fn instances<'a>(
    statement: &'a Statement,
    name: Option<&Name>,
    scope: &Arc<Scope>,
) -> (Option<Vec<One<'a>>>, Diagnostics) {
    let one = |name, each| One { statement, name, each };
    let Some(body) = statement.body.as_ref().filter(|_| repeats(statement)) else {
        return (Some(vec![one(name.cloned(), None)]), Diagnostics::new());
    };
    match repetition(body, scope, &NoObjects) {
        (Repetition::Known(keys), said) => {
            let all = keys.into_iter().map(|(key, each)| {
                let name = name.zip(key).map(|(name, key)| format!("{name}{key}").into());
                one(name, each.map(|(_, value)| value))
            });
            (Some(all.collect()), said)
        }
        (Repetition::Later(late), mut said) => {
            said.push(depends(*late));
            (None, said)
        }
        (Repetition::Broken, said) => (None, said),
    }
}

fn depends(late: Diagnostic) -> Diagnostic {
    let title = "which sites, services and data there are does not depend on what is only known later";
    Diagnostic {
        title: title.to_owned(),
        code: DEPENDS,
        ..late
    }
}
