//! `terraform { required_providers { … } }`: where the providers of hand-written resources come from.

use std::sync::Arc;

use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::config::version;
use crate::lang::eval::instance::NoObjects;
use crate::lang::eval::shape::Name;
use crate::lang::eval::{Scope, evaluate};
use crate::lang::syntax::ast::{Attribute, Expr, ExprKind, Item, ObjectKey, Statement};

/// A required provider that cannot be read.
pub const BAD_REQUIRED: Code = Code::new("E158", "a required provider that cannot be read");
/// A version of the language that is not there.
pub const OTHER_LANGUAGE: Code = Code::new("E172", "a version of the language that is not there");
/// A version that is not checked.
pub const NOT_CHECKED: Code = Code::new("W013", "a version that is not checked");

/// One entry of `required_providers`.
#[derive(Clone, Debug)]
pub struct Required {
    /// The name that resource types start with.
    pub name: Name,
    /// Where it comes from: `builtin/situs/local`.
    pub source: Name,
    /// Which versions will do.
    pub constraint: Option<Name>,
    /// Where it is written.
    pub span: Span,
}

/// The required providers of one `terraform` block.
pub(super) fn read(terraform: &Statement) -> (Vec<Required>, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut found = Vec::new();
    for item in terraform.body.iter().flat_map(|b| &b.items) {
        match item {
            Item::Attribute(a) if &*a.name.name == "required_version" => said.append(language(a)),
            Item::Statement(s) if &*s.word.name == "required_providers" => {
                for attribute in s.body.iter().flat_map(|b| &b.items) {
                    if let Item::Attribute(a) = attribute {
                        found.extend(said.take(one(a)));
                    }
                }
            }
            _ => {}
        }
    }
    (found, said)
}

/// `required_version`, which speaks of the Terraform language.
fn language(attribute: &Attribute) -> Diagnostics {
    let (Some(asked), said) = text(&attribute.value) else {
        return text(&attribute.value).1;
    };
    let wrong = match version::satisfies(version::LANGUAGE, &asked) {
        Ok(true) => return said,
        Ok(false) => Diagnostic::error(
            OTHER_LANGUAGE,
            format!("another version of the Terraform language is asked for: `{asked}`"),
        )
        .at(attribute.span, format!("Situs has version {}", version::LANGUAGE)),
        Err(part) => Diagnostic::error(OTHER_LANGUAGE, format!("`{part}` is no version constraint"))
            .at(attribute.span, "cannot be read"),
    };
    wrong.help("write it as `>= 1.3, < 2.0`, or take it out").into()
}

/// One entry: an object with `source` and `version`, or as Terraform 0.12 has it, the version alone.
fn one(attribute: &Attribute) -> (Option<Required>, Diagnostics) {
    let mut said = Diagnostics::new();
    let name = &attribute.name.name;
    let (source, constraint) = match &attribute.value.kind {
        ExprKind::Object(_) => (entry(&attribute.value, "source"), entry(&attribute.value, "version")),
        _ => (None, Some(attribute.value.clone())),
    };
    let known = source.and_then(|e| said.take(text(&e)));
    let source = known.unwrap_or_else(|| implied(name));
    let asked = constraint.as_ref().and_then(|e| Some((said.take(text(e))?, e.span)));
    if let Some((_, span)) = asked.as_ref().filter(|_| is_builtin(&source)) {
        let title = "a provider that ships with the engine has the engine's version";
        let not_checked = Diagnostic::warning(NOT_CHECKED, title).at(*span, "not checked");
        said.push(not_checked.help("take `version` out"));
    }
    if let Some((asked, span)) = &asked
        && let Err(part) = version::satisfies("0.0.0", asked)
    {
        let wrong = Diagnostic::error(BAD_REQUIRED, format!("`{part}` is no version constraint"));
        said.push(
            wrong
                .at(*span, "cannot be read")
                .help("write it as `>= 1.3, < 2.0` or `~> 1.4`"),
        );
    }
    let required = Required {
        name: name.clone(),
        source,
        constraint: asked.map(|(asked, _)| asked),
        span: attribute.name.span,
    };
    (Some(required), said)
}

/// The source of a provider of which none is said.
pub fn implied(name: &str) -> Name {
    format!("hashicorp/{name}").into()
}

/// Whether a source is of those that ship with an engine, this one or Terraform.
pub fn is_builtin(source: &str) -> bool {
    source.starts_with("builtin/") || source.starts_with("terraform.io/builtin/")
}

fn entry(object: &Expr, name: &str) -> Option<Arc<Expr>> {
    let ExprKind::Object(items) = &object.kind else {
        return None;
    };
    let named = |key: &ObjectKey| match key {
        ObjectKey::Name(n) => &*n.name == name,
        ObjectKey::Expr(e) => e.as_text() == Some(name),
    };
    items.iter().find(|i| named(&i.key)).map(|i| i.value.clone())
}

fn text(expr: &Expr) -> (Option<Name>, Diagnostics) {
    let (value, mut said) = evaluate(expr, &Scope::default(), &NoObjects);
    let text = value.as_str().map(Name::from);
    if text.is_none() && !said.has_errors() {
        let wrong = Diagnostic::error(BAD_REQUIRED, "a source is a text");
        said.push(wrong.at(expr.span, format!("this is {}", value.friendly())));
    }
    (text, said)
}
