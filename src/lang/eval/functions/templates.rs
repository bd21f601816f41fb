//! Templates from files and from text: rendered with the names that the call gives, and no others.

use std::sync::Arc;

use situs_value::Value;

use crate::base::Sources;
use crate::base::diagnostic::Diagnostics;
use crate::lang::eval::evaluate;
use crate::lang::eval::instance::NoObjects;
use crate::lang::eval::scope::Scope;
use crate::lang::syntax::parse_template;

use super::files::text_of;
use super::{Arity, Function, Param, text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "templatefile",
        params: &[Param::Text, Param::Keyed],
        arity: Arity::Exact,
        doc: "The text of a file, its `${…}` and `%{…}` worked out with the names in the second argument.",
        example: ("templatefile(\"hello.tftpl\", { name = \"Ann\" })", "\"hello Ann\""),
        run: |v, s| {
            let path = text(v, 0);
            refuse(s, "templatefile")?;
            render(&format!("the template {path:?}"), path, &text_of(path, s)?, v.get(1), s)
        },
    },
    Function {
        name: "templatestring",
        params: &[Param::Text, Param::Keyed],
        arity: Arity::Exact,
        doc: "A text, its `${…}` and `%{…}` worked out with the names in the second argument.",
        example: (
            "templatestring(\"hello $${name}\", { name = \"Ann\" })",
            "\"hello Ann\"",
        ),
        run: |v, s| {
            refuse(s, "templatestring")?;
            render("the template", "template", text(v, 0), v.get(1), s)
        },
    },
];

/// A template that calls templates could go on for ever.
fn refuse(scope: &Scope, name: &str) -> Result<(), String> {
    if scope.is_template() {
        return Err(format!(
            "a template does not call `{name}`: work the text out before, and give it a name"
        ));
    }
    Ok(())
}

fn render(what: &str, name: &str, text: &str, names: Option<&Value>, scope: &Scope) -> Result<Value, String> {
    let names = names.and_then(Value::attributes);
    let wrong = names.into_iter().flatten().map(|(n, _)| n).find(|n| !is_name(n));
    if let Some(wrong) = wrong {
        return Err(format!(
            "{wrong:?} is no name: letters, digits, `_` and `-`, with a letter first"
        ));
    }
    let mut sources = Sources::new();
    let id = sources.add(name, text);
    let (expr, said) = parse_template(id, text);
    first(what, &said, &sources)?;
    let names = names.into_iter().flatten().map(|(n, v)| (n.clone(), v.clone()));
    let inner: Arc<Scope> = scope.template(names);
    let (value, said) = evaluate(&expr, &inner, &NoObjects);
    first(what, &said, &sources)?;
    Ok(value)
}

/// The first mistake in a template as part of a sentence.
fn first(what: &str, said: &Diagnostics, sources: &Sources) -> Result<(), String> {
    let Some(mistake) = said.iter().find(|d| d.is_error()) else {
        return Ok(());
    };
    let place = mistake.primary.as_ref().map(|label| sources.position(label.span));
    let place = place.map_or(String::new(), |p| format!(", line {}, column {}", p.line, p.column));
    Err(format!("{what}{place}: {}", mistake.title))
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}
