//! Override files, `override.tf` and `*_override.tf`: their blocks change blocks of the other files. Attributes are replaced one by one,
//! nested blocks all of a kind at once; `lifecycle`, `locals` and `required_providers` are merged by attribute.

use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::syntax::ast::{Attribute, Body, File, Item, Statement};

use super::declared::{head, label};

/// An override of something that is not declared.
pub const OVERRIDES_NOTHING: Code = Code::new("E461", "an override of something that is not declared");

/// Blocks that are merged by attribute wherever they stand.
const MERGED: &[&str] = &["lifecycle", "required_providers"];

/// Whether a file overrides others, by its name without what tells the form.
pub(super) fn is_override(name: &str) -> bool {
    let bare = [".situs.json", ".tf.json", ".situs", ".tf"];
    let bare = bare.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    bare == "override" || bare.ends_with("_override")
}

/// Changes the files by what an override file says.
pub(super) fn merge(files: &mut [File], over: File) -> Diagnostics {
    let mut said = Diagnostics::new();
    for item in over.body.items {
        let Item::Statement(statement) = item else { continue };
        match &*statement.word.name {
            "locals" => said.append(locals(files, statement)),
            _ => match base(files, &statement) {
                Some(base) => into_statement(base, statement),
                None => said.push(nothing(&statement)),
            },
        }
    }
    said
}

fn statements(files: &mut [File]) -> impl Iterator<Item = &mut Statement> {
    files
        .iter_mut()
        .flat_map(|f| &mut f.body.items)
        .filter_map(|item| match item {
            Item::Statement(s) => Some(s),
            _ => None,
        })
}

/// The block with the same word and labels; of providers the one with the same alias.
fn base<'a>(files: &'a mut [File], over: &Statement) -> Option<&'a mut Statement> {
    let labels = |s: &Statement| [label(s, 0), label(s, 1)];
    statements(files).find(|s| s.word.name == over.word.name && labels(s) == labels(over) && alias(s) == alias(over))
}

fn alias(statement: &Statement) -> Option<&str> {
    let items = statement.body.iter().flat_map(|b| &b.items);
    let mut found = items.filter_map(|item| match item {
        Item::Attribute(a) if &*a.name.name == "alias" && &*statement.word.name == "provider" => a.value.as_text(),
        _ => None,
    });
    found.next()
}

fn locals(files: &mut [File], over: Statement) -> Diagnostics {
    let mut said = Diagnostics::new();
    for item in over.body.into_iter().flat_map(|b| b.items) {
        let Item::Attribute(attribute) = item else { continue };
        let all = statements(files).filter(|s| &*s.word.name == "locals");
        let mut all = all.flat_map(|s| s.body.iter_mut().flat_map(|b| &mut b.items));
        match all.find_map(|item| same(item, &attribute)) {
            Some(old) => *old = attribute,
            None => {
                let title = format!("no local `{}` is there to be overridden", attribute.name.name);
                let wrong = Diagnostic::error(OVERRIDES_NOTHING, title).at(attribute.span, "not declared elsewhere");
                said.push(wrong.help("declare it in a file that overrides nothing"));
            }
        }
    }
    said
}

fn same<'a>(item: &'a mut Item, attribute: &Attribute) -> Option<&'a mut Attribute> {
    match item {
        Item::Attribute(a) if a.name.name == attribute.name.name => Some(a),
        _ => None,
    }
}

fn nothing(statement: &Statement) -> Diagnostic {
    let title = format!("no such `{}` is there to be overridden", statement.word.name);
    Diagnostic::error(OVERRIDES_NOTHING, title)
        .at(head(statement), "not declared elsewhere")
        .help("declare it in a file that overrides nothing")
}

fn into_statement(base: &mut Statement, over: Statement) {
    match (&mut base.body, over.body) {
        (Some(base), Some(over)) => into_body(base, over),
        (base, over) => *base = over.or(base.take()),
    }
}

fn into_body(base: &mut Body, over: Body) {
    let mut replaced = Vec::new();
    for item in over.items {
        match item {
            Item::Attribute(attribute) => match base.items.iter_mut().find_map(|i| same(i, &attribute)) {
                Some(old) => *old = attribute,
                None => base.items.push(Item::Attribute(attribute)),
            },
            Item::Statement(statement) if MERGED.contains(&&*statement.word.name) => {
                let old = base.items.iter_mut().find_map(|item| match item {
                    Item::Statement(s) if s.word.name == statement.word.name => Some(s),
                    _ => None,
                });
                match old {
                    Some(old) => into_statement(old, statement),
                    None => base.items.push(Item::Statement(statement)),
                }
            }
            Item::Statement(statement) => {
                let kind = kind(&statement);
                if !replaced.contains(&kind) {
                    base.items
                        .retain(|item| !matches!(item, Item::Statement(s) if self::kind(s) == kind));
                    replaced.push(kind);
                }
                base.items.push(Item::Statement(statement));
            }
            Item::Error(span) => base.items.push(Item::Error(span)),
        }
    }
}

/// What kind of nested block it is: of a `dynamic` one, what it makes. The two homes of a state exclude each other.
fn kind(statement: &Statement) -> String {
    match &*statement.word.name {
        "dynamic" => label(statement, 0).map(|l| l.to_string()).unwrap_or_default(),
        "cloud" => "backend".to_owned(),
        word => word.to_owned(),
    }
}
