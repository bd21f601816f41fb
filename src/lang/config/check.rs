//! The words of a file against the schema: unknown blocks, attributes and clauses, heads that do not fit, what is missing and what is
//! written twice. All mistakes at once, one message for each; values are looked at elsewhere (`blocks`).

use std::collections::{BTreeMap, BTreeSet};

use crate::base::diagnostic::nearest;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::schema::{Block, Body, Braces, Default, Form, Occurs, Rest, Support, Ty, head, words};
use crate::lang::syntax::ast::{self, Attribute, ExprKind, File, Ident, Item, Statement};

use super::blocks::{KINDS, block};

/// A kind of block that is not known.
pub const UNKNOWN_BLOCK: Code = Code::new("E050", "a kind of block that is not known");
/// A word that is not known in a block.
pub const UNKNOWN_WORD: Code = Code::new(
    "E051",
    "an attribute, a clause or a block that is not known where it stands",
);
/// An attribute that is written as a clause, or the other way round.
pub const WRONG_FORM: Code = Code::new(
    "E052",
    "an attribute written as a clause or block, or the other way round",
);
/// Something that is written twice.
pub const WRITTEN_TWICE: Code = Code::new("E054", "an attribute or a block that is written twice");
/// Something that is missing.
pub const MISSING: Code = Code::new("E055", "an attribute that is missing");
/// Something that this version does not carry out.
pub const NOT_YET: Code = Code::new("E056", "something that this version does not carry out");
/// Braces that are missing, or too many.
pub const BRACES: Code = Code::new("E057", "braces that are missing, or that nothing can stand in");

/// What is wrong with the words of a file.
pub fn check(file: &File) -> Diagnostics {
    checked(file, block)
}

/// The same for a file in which other blocks stand.
pub fn check_against(file: &File, blocks: &'static [Block]) -> Diagnostics {
    checked(file, move |word| blocks.iter().find(|b| b.word == word))
}

fn checked(file: &File, block: impl Fn(&str) -> Option<&'static Block>) -> Diagnostics {
    let mut checker = Checker(Diagnostics::new());
    for item in &file.body.items {
        match item {
            Item::Attribute(attribute) => checker.loose(attribute),
            Item::Statement(statement) => match block(&statement.word.name) {
                Some(block) => checker.statement(statement, block),
                None => checker.say(unknown_block(&statement.word)),
            },
            Item::Error(_) => {}
        }
    }
    checker.0.sorted()
}

struct Checker(Diagnostics);

impl Checker {
    fn say(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// An attribute outside of any block.
    fn loose(&mut self, attribute: &Attribute) {
        let name = &attribute.name;
        if let Some(block) = block(&name.name) {
            return self.say(not_an_attribute(attribute, block));
        }
        let said = Diagnostic::error(UNKNOWN_BLOCK, format!("`{} = …` stands in no block", name.name))
            .at(name.span, "an attribute outside of any block");
        let help = match owners(&name.name).as_slice() {
            [] => format!("put it into a block, or into `locals {{ {} = … }}`", name.name),
            owners => format!("put it into {}", either(owners)),
        };
        self.say(said.help(help));
    }

    fn statement(&mut self, statement: &Statement, block: &'static Block) {
        if block.support == Support::Later {
            return self.say(not_yet(&statement.word, head::span(statement)));
        }
        if let Err(said) = head::read(block, statement) {
            self.say(*said);
        } else if let Some(said) = bad_name(statement, block) {
            self.say(said);
        } else if let Some(said) = braces(statement, block) {
            return self.say(said);
        }
        if let Some(body) = &statement.body {
            self.body(body, &block.body, statement, block);
        }
    }

    fn body(&mut self, body: &ast::Body, schema: &'static Body, of: &Statement, block: &'static Block) {
        if schema.rest == Rest::Anything || schema.braces == Braces::Never {
            return;
        }
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        // What is there in some form, right or wrong: no message that it is missing.
        let mut present: BTreeSet<&str> = BTreeSet::new();
        let mut unread = false;
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => self.attribute(attribute, schema, block, &mut seen, &mut present),
                Item::Statement(inner) => self.inner(inner, schema, block, &mut seen, &mut present),
                Item::Error(_) => unread = true,
            }
        }
        if !unread {
            self.missing(schema, &present, of, block);
        }
    }

    fn attribute<'a>(
        &mut self,
        attribute: &'a Attribute,
        schema: &'static Body,
        block: &'static Block,
        seen: &mut BTreeMap<&'a str, Span>,
        present: &mut BTreeSet<&'a str>,
    ) {
        let name = &attribute.name;
        let known = schema.attribute(&name.name);
        if known.is_some() || schema.rest == Rest::Attributes {
            present.insert(&name.name);
            if let Some(first) = seen.get(&*name.name) {
                return self.say(twice(&name.name, name.span, *first));
            }
            seen.insert(&name.name, name.span);
            if known.is_some_and(|a| a.support == Support::Later) {
                self.say(not_yet(name, name.span));
            }
            return;
        }
        match schema.block(&name.name) {
            Some(inner) => self.say(not_an_attribute(attribute, inner)),
            None => self.unknown(name, schema, block, present),
        }
    }

    fn inner<'a>(
        &mut self,
        inner: &'a Statement,
        schema: &'static Body,
        block: &'static Block,
        seen: &mut BTreeMap<&'a str, Span>,
        present: &mut BTreeSet<&'a str>,
    ) {
        let word = &inner.word;
        if let Some(known) = schema.block(&word.name) {
            let first = seen.insert(&word.name, head::span(inner));
            if let (Some(first), Occurs::Once) = (first, known.occurs) {
                return self.say(twice(&word.name, head::span(inner), first));
            }
            return self.statement(inner, known);
        }
        match schema.attribute(&word.name) {
            Some(attribute) => {
                present.insert(&word.name);
                self.say(not_a_clause(inner, attribute.ty));
            }
            None if schema.rest == Rest::Attributes => {
                self.say(not_a_clause(inner, Ty::Raw("a value")));
            }
            None => self.unknown(word, schema, block, present),
        }
    }

    fn unknown<'a>(
        &mut self,
        word: &'a Ident,
        schema: &'static Body,
        block: &'static Block,
        present: &mut BTreeSet<&'a str>,
    ) {
        let near = nearest(&word.name, schema.words());
        present.extend(near);
        let said = Diagnostic::error(
            UNKNOWN_WORD,
            format!("`{}` has no meaning in `{}`", word.name, block.word),
        )
        .at(word.span, "not known here");
        self.say(match (near, owners(&word.name).as_slice()) {
            (Some(near), _) => said.help(format!("did you mean `{near}`?")).fix(word.span, near),
            (None, []) => said.help(format!("here stand {}", listed(schema))),
            (None, owners) => said.help(format!("it belongs into {}", either(owners))),
        });
    }

    fn missing(&mut self, schema: &'static Body, present: &BTreeSet<&str>, of: &Statement, block: &'static Block) {
        for attribute in schema.attributes.iter().filter(|a| a.default == Default::Required) {
            if present.contains(attribute.name) {
                continue;
            }
            let said = Diagnostic::error(MISSING, format!("`{}` needs `{}`", block.word, attribute.name))
                .at(head::span(of), format!("no `{}`", attribute.name));
            self.say(said.help(format!("write `{} = {}`", attribute.name, attribute.ty.example())));
        }
    }
}

fn unknown_block(word: &Ident) -> Diagnostic {
    let known = KINDS.iter().map(|kind| kind.block.word);
    let said =
        Diagnostic::error(UNKNOWN_BLOCK, format!("there is no block `{}`", word.name)).at(word.span, "not known");
    let near = nearest(&word.name, known);
    match (near, owners(&word.name).as_slice()) {
        (Some(near), _) => said.help(format!("did you mean `{near}`?")).fix(word.span, near),
        (None, []) => {
            said.help("blocks are `operator`, `site`, `link`, `dataset`, `service`, `residency` and the like")
        }
        (None, owners) => said.help(format!("it belongs into {}", either(owners))),
    }
}

fn not_yet(word: &Ident, span: Span) -> Diagnostic {
    Diagnostic::error(NOT_YET, format!("`{}` is not supported yet", word.name))
        .at(span, "not carried out by this version")
        .help("take it out")
}

fn twice(word: &str, second: Span, first: Span) -> Diagnostic {
    Diagnostic::error(WRITTEN_TWICE, format!("`{word}` is written twice"))
        .at(second, "the second one")
        .and(first, "the first one")
        .help("keep one of them")
}

/// A block or clause that is written with `=`.
fn not_an_attribute(attribute: &Attribute, block: &Block) -> Diagnostic {
    let name = &attribute.name;
    let noun = block.noun();
    Diagnostic::error(WRONG_FORM, format!("`{}` is a {noun}, not an attribute", name.name))
        .at(attribute.span, "written with `=`")
        .help(format!("write `{}`", as_clause(attribute, block)))
}

fn as_clause(attribute: &Attribute, block: &Block) -> String {
    let flat = matches!(block.head, [only] if matches!(only.form, Form::List(_) | Form::Value(_)));
    match &attribute.value.kind {
        ExprKind::Tuple(elements) if flat => format!("{} {}", block.word, words::list(elements)),
        ExprKind::Object(_) if block.head.is_empty() => format!("{} {{ … }}", block.word),
        ExprKind::Name(_) | ExprKind::Attr(..) | ExprKind::Template(_) if flat => {
            format!("{} {}", block.word, words::of_expr(&attribute.value))
        }
        _ => block.usage.to_owned(),
    }
}

/// An attribute that is written without `=`.
fn not_a_clause(statement: &Statement, ty: Ty) -> Diagnostic {
    let word = &statement.word;
    let value = match (statement.operands.as_slice(), &statement.body, ty) {
        ([], Some(_), _) => "{ … }".to_owned(),
        ([], None, _) | (_, _, Ty::Coordinates) => ty.example(),
        ([one], None, Ty::List(_)) if one.word().is_some() => format!("[{}]", words::of_operand(one)),
        ([one], None, _) => words::of_operand(one),
        (several, _, _) => several_values(several, ty),
    };
    let written = if statement.body.is_some() { "block" } else { "clause" };
    Diagnostic::error(WRONG_FORM, format!("`{}` is an attribute", word.name))
        .at(head::span(statement), format!("written as a {written}"))
        .help(format!("write `{} = {value}`", word.name))
}

fn several_values(operands: &[ast::Operand], ty: Ty) -> String {
    let values: Vec<String> = operands
        .iter()
        .filter(|o| !matches!(o, ast::Operand::Op(ast::Op::Comma, _)))
        .map(words::of_operand)
        .collect();
    let joined = operands
        .iter()
        .any(|o| matches!(o, ast::Operand::Op(op, _) if *op != ast::Op::Comma));
    match ty {
        Ty::List(_) | Ty::Raw(_) if !joined => format!("[{}]", values.join(", ")),
        _ => words::of_operands(operands),
    }
}

/// Names make addresses and paths: letters, digits, `_` and `-` only.
fn bad_name(statement: &Statement, block: &Block) -> Option<Diagnostic> {
    let labels = block.head.iter().zip(&statement.operands);
    let mut named = labels.filter(|(part, _)| matches!(part.form, Form::Declares(_) | Form::Label(_)));
    named.find_map(|(part, operand)| {
        let name = head::name_of(operand)?;
        if head::is_name(name) {
            return None;
        }
        let said = Diagnostic::error(head::WRONG_HEAD, format!("{} cannot be {name:?}", part.expected()));
        Some(
            said.at(operand.span(), "not a name")
                .help("a name starts with a letter or `_` and has letters, digits, `_` and `-`"),
        )
    })
}

fn braces(statement: &Statement, block: &Block) -> Option<Diagnostic> {
    let word = &statement.word.name;
    match (block.body.braces, &statement.body) {
        (Braces::Must, None) => Some(
            Diagnostic::error(BRACES, format!("`{word}` has nothing in it"))
                .at(head::span(statement), "no `{ … }` behind it")
                .help(format!("write `{}`", block.usage)),
        ),
        (Braces::Never, Some(body)) => Some(
            Diagnostic::error(BRACES, format!("nothing stands in braces behind `{word}`"))
                .at(body.span, "not expected here")
                .help(format!("write `{}`", block.usage)),
        ),
        _ => None,
    }
}

/// The blocks in which a word has a meaning.
fn owners(word: &str) -> Vec<&'static str> {
    let mut owners = Vec::new();
    for kind in KINDS {
        owns(&kind.block, word, &mut owners);
    }
    owners.dedup();
    owners
}

fn owns(block: &'static Block, word: &str, owners: &mut Vec<&'static str>) {
    if block.body.words().any(|w| w == word) {
        owners.push(block.word);
    }
    for inner in block.body.blocks {
        owns(inner, word, owners);
    }
}

fn either(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    quoted.join(" or ")
}

fn listed(schema: &Body) -> String {
    let known: Vec<&str> = schema.words().collect();
    crate::lang::schema::ty::quoted(&known)
}
