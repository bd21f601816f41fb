//! The blocks of the language: one file for each kind, with its description ([`Block`]) and what makes a thing of the shape of it.
//! [`KINDS`] names them all; [`shape`] reads the intent. [`reader`] fills a block by its description, so that a kind's own file holds only
//! what is particular to it.
//!
//! `check` (one floor up, in this room's parent) tells what is wrong with the words; here only values are told about: names, units,
//! places, rules. After one mistake in a thing nothing more is said about it.

pub mod alternative;
pub mod cursor;
pub mod data;
pub mod dataset;
pub mod derive;
pub mod each;
pub mod held;
pub mod jurisdiction;
pub mod key;
pub mod later;
pub mod link;
pub mod names;
pub mod operator;
pub mod placement;
pub mod places;
pub mod population;
pub mod reader;
pub mod residency;
pub mod resources;
pub mod rule;
pub mod selector;
pub mod service;
pub mod site;
pub mod value;

pub use reader::DEPENDS;

use std::sync::Arc;

use crate::base::Diagnostics;
use crate::lang::config::Module;
use crate::lang::eval::Scope;
use crate::lang::eval::shape::Shape;
use crate::lang::schema::Block;
use crate::lang::syntax::ast::Statement;

use data::Filled;
use names::Names;
use reader::Reader;

/// What makes a thing of the shape of a block.
pub type Decode = fn(&mut Reader<'_>, &Filled<'_>, &mut Shape);

/// A kind of top-level block.
pub struct Kind {
    /// How it is written.
    pub block: Block,
    /// What it becomes; nothing for blocks of the resource layer, which `config` reads itself.
    pub decode: Option<Decode>,
}

const fn intent(block: Block, decode: Decode) -> Kind {
    Kind {
        block,
        decode: Some(decode),
    }
}

const fn other(block: Block) -> Kind {
    Kind { block, decode: None }
}

/// Every kind of top-level block.
pub static KINDS: &[Kind] = &[
    intent(jurisdiction::BLOCK, jurisdiction::decode),
    intent(operator::BLOCK, operator::decode),
    intent(site::BLOCK, site::decode),
    intent(link::BLOCK, link::decode),
    intent(population::BLOCK, population::decode),
    intent(key::BLOCK, key::decode),
    intent(dataset::BLOCK, dataset::decode),
    intent(derive::BLOCK, derive::decode),
    intent(service::BLOCK, service::decode),
    intent(residency::BLOCK, residency::decode),
    intent(placement::BLOCK, placement::decode),
    other(resources::TERRAFORM),
    other(resources::PROVIDER),
    other(resources::RESOURCE),
    other(resources::VARIABLE),
    other(resources::LOCALS),
    other(resources::OUTPUT),
    other(resources::RUNTIME),
    other(resources::DATA),
    other(resources::EPHEMERAL),
    other(resources::MODULE),
    other(resources::MOVED),
    other(resources::REMOVED),
    other(resources::IMPORT),
    other(resources::CHECK),
    other(resources::TEST),
    other(resources::BACKEND),
    other(later::INSTRUMENT),
    other(later::EXCEPTION),
    other(later::ROLLOUT),
    other(later::SECRET),
    other(later::USE),
    other(later::APPROVAL),
];

/// The kind of block that a word starts.
pub fn kind(word: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.block.word == word)
}

/// The block that a word starts.
pub fn block(word: &str) -> Option<&'static Block> {
    kind(word).map(|kind| &kind.block)
}

/// The messages of [`shape`] without those about unknown names: where a block of some file could not be read at all, its name is lost,
/// and what is said about its uses would only follow from that.
pub fn without_unknown_names(said: Diagnostics) -> Diagnostics {
    said.into_iter().filter(|d| d.code != names::UNKNOWN_THING).collect()
}

/// The shape of the intent: all statements of all files at once, and the resources of `root` that take part in it. Statements of the resource layer are passed over.
pub fn shape(statements: &[&Statement], root: &Module, scope: &Arc<Scope>) -> (Shape, Diagnostics) {
    let (names, things, said) = Names::collect(statements, scope);
    let mut reader = Reader::new(scope, &names);
    reader.said = said;
    reader.jurisdictions = jurisdiction::as_written(&things);
    let mut shape = Shape::default();
    for one in things {
        let Some(kind) = kind(&one.statement.word.name) else {
            continue;
        };
        let Some(decode) = kind.decode else { continue };
        if let Some(filled) = reader.thing_of(&one, &kind.block) {
            decode(&mut reader, &filled, &mut shape);
        }
    }
    let mut said = reader.finish();
    said.append(held::all(root, scope, &names, &mut shape));
    (shape, said.sorted())
}
