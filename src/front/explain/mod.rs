//! What there is to read about a word: [`pages`] of the message codes, blocks and attributes from the schema, functions from their table.
//! [`find`] says what a word stands for, [`text`] draws it.
//!
//! What must stay true: every code has a page and every page a code (`tests/docs`); nothing here is written twice, so what is explained
//! is what the engine does.

pub mod pages;
pub mod text;

use std::sync::Arc;

use situs_provider::ProviderSchema;

use crate::base::Code;
use crate::base::diagnostic::did_you_mean;
use crate::front::builtins;
use crate::lang::config::blocks;
use crate::lang::eval::functions::signature::{self, Signature};
use crate::lang::schema::{Attribute, Block, Support};
use crate::lang::testfile;

use pages::Page;

/// A word that there is no page for.
pub const NO_PAGE: Code = Code::new("E470", "a word that there is no page for");

/// What a word stands for.
pub enum Topic {
    /// A message.
    Code(Page),
    /// A function.
    Function(Signature),
    /// A block or a clause, with the words of the blocks around it.
    Block(Vec<&'static str>, &'static Block),
    /// An attribute of a block.
    Attribute(&'static Block, &'static Attribute),
    /// A resource type, with the source of its provider.
    Resource(String, String, Arc<ProviderSchema>),
}

/// All that a word stands for: `E042`, `cidrsubnet`, `residency`, `service.calls`.
pub fn find(word: &str) -> Vec<Topic> {
    let code = pages::all().find(|p| p.code.eq_ignore_ascii_case(word));
    let function = signature::of(word);
    let found = code.map(Topic::Code).into_iter().chain(function.map(Topic::Function));
    found.chain(in_the_schema(word)).chain(of_a_provider(word)).collect()
}

/// A resource type of a provider that ships with the engine.
fn of_a_provider(word: &str) -> Option<Topic> {
    let registry = builtins::registry();
    let builtin = registry.builtins().find(|b| b.schema.resources.contains_key(word))?;
    Some(Topic::Resource(
        word.to_owned(),
        builtin.source.clone(),
        builtin.schema.clone(),
    ))
}

/// A block by the words that lead to it, or an attribute by its block and its name.
fn in_the_schema(path: &str) -> Option<Topic> {
    let mut words = path.split('.');
    let word = words.next()?;
    let of_tests = || testfile::schema::BLOCKS.iter().find(|b| b.word == word);
    let mut block = of_tests()
        .filter(|b| b.support == Support::Now)
        .or_else(|| blocks::block(word))?;
    let mut around = Vec::new();
    while let Some(word) = words.next() {
        if let Some(inner) = block.body.block(word) {
            around.push(block.word);
            block = inner;
        } else {
            let attribute = block.body.attribute(word)?;
            return words.next().is_none().then_some(Topic::Attribute(block, attribute));
        }
    }
    Some(Topic::Block(around, block))
}

/// Every word that has a page, but for attributes.
pub fn words() -> Vec<String> {
    let codes = pages::all().map(|p| p.code.to_owned());
    let functions = signature::all().map(|f| f.name.to_owned());
    let types = builtins::registry();
    let types = types
        .builtins()
        .flat_map(|b| b.schema.resources.keys().map(|ty| ty.to_string()));
    let mut words: Vec<String> = codes.chain(functions).chain(types).collect();
    let of_tests = testfile::schema::BLOCKS.iter();
    for block in blocks::KINDS.iter().map(|k| &k.block).chain(of_tests) {
        words.push(block.word.to_owned());
        below(block.word, block, &mut words);
    }
    words
}

fn below(path: &str, block: &Block, words: &mut Vec<String>) {
    let attributes = block.body.attributes.iter().map(|a| a.name);
    words.extend(attributes.map(|name| format!("{path}.{name}")));
    for inner in block.body.blocks {
        let path = format!("{path}.{}", inner.word);
        below(&path, inner, words);
        words.push(path);
    }
}

/// The nearest word that has a page; where it is the last of a path, that path.
pub fn near(word: &str) -> Option<String> {
    let words = words();
    let ends = words
        .iter()
        .find(|w| w.rsplit_once('.').is_some_and(|(_, last)| last == word));
    match ends {
        Some(path) => Some(format!("did you mean `{path}`?")),
        None => did_you_mean(word, words.iter().map(String::as_str)),
    }
}
