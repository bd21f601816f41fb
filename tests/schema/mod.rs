//! Words against the schema, and the shape of the intent: what the user reads about every mistake, and what is made of what is right.

use std::sync::Arc;

use situs::base::{Diagnostics, Sources};
use situs::lang::config::{self, blocks, check};
use situs::lang::eval::Scope;
use situs::lang::eval::scope::Module;
use situs::lang::eval::shape::Shape;
use situs::lang::syntax::ast::{File, Item, Statement};
use situs::lang::syntax::parse;
use situs_value::Value;

mod decoded;
mod mistakes;

fn scope() -> Arc<Scope> {
    let variables = Value::object([
        ("home", Value::string("munich")),
        ("eu", Value::Bool(true)),
        ("later", Value::unknown_dynamic()),
        (
            "sites",
            Value::tuple([Value::string("munich"), Value::string("dublin")]),
        ),
        ("places", Value::tuple([Value::string("DE"), Value::string("FR")])),
        ("class", Value::string("personal.health")),
        ("size", Value::string("4GiB")),
    ]);
    let later = Value::unknown_dynamic();
    let values = [
        ("var", variables),
        ("site", later.clone()),
        ("service", later.clone()),
        ("dataset", later),
    ];
    Scope::module(Module::default(), values)
}

/// Everything that is said about a text, and its shape.
fn read(text: &str) -> (Shape, Diagnostics, Sources) {
    let mut sources = Sources::new();
    let id = sources.add("main.situs", text);
    let (file, mut said): (File, Diagnostics) = parse(id, text);
    said.append(check::check(&file));
    let statements: Vec<&Statement> = file
        .body
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Statement(statement) => Some(statement),
            _ => None,
        })
        .collect();
    let (shape, more) = blocks::shape(&statements, &config::Module::default(), &scope());
    said.append(more);
    (shape, said.sorted(), sources)
}

/// Each message as `code line:column title | label | help`.
fn messages(text: &str) -> Vec<String> {
    let (_, said, sources) = read(text);
    said.iter()
        .map(|d| {
            let primary = d.primary.as_ref().unwrap();
            let at = sources.position(primary.span);
            let help = d.help.join("; ");
            format!(
                "{} {}:{} {} | {} | {}",
                d.code.id, at.line, at.column, d.title, primary.text, help
            )
        })
        .collect()
}

/// The shape of a text without mistakes.
fn shape(text: &str) -> Shape {
    let said = messages(text);
    assert!(said.is_empty(), "{text}\n{said:#?}");
    read(text).0
}
