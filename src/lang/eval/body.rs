//! A resource's body against its provider's schema: the Configuration, an object of the schema's type.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_provider::schema::{Block, Mode, NestedBlock, Nesting};
use situs_value::path::Step;
use situs_value::{Value, convert};

use crate::base::diagnostic::did_you_mean;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::syntax::ast::{Attribute, Body, Expr, Item, Operand, Statement};

use super::expr::evaluate as value_of;
use super::instance::Objects;
use super::scope::Scope;

/// An attribute or a block that the resource type does not have.
pub const NOT_IN_SCHEMA: Code = Code::new("E120", "an attribute or a block that a resource type does not have");
/// A required attribute or block that is missing.
pub const MISSING: Code = Code::new("E121", "a required attribute or block that is missing");
/// A value that its attribute does not take.
pub const WRONG_VALUE: Code = Code::new("E122", "a value that an attribute does not take");
/// An attribute that only the provider sets.
pub const READ_ONLY: Code = Code::new("E123", "an attribute that only the provider sets");
/// An attribute or a block that occurs too often.
pub const TOO_MANY: Code = Code::new("E124", "an attribute or a block that occurs too often");

/// An ephemeral value where values are kept.
pub const KEPT: Code = Code::new("E523", "an ephemeral value where values are kept");

/// How a body is read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// What the engine reads from it itself, and the provider never sees.
    pub own: &'static [&'static str],
    /// Whether what it says is kept, but for what the schema says is only ever given: ephemeral values may not stand there.
    pub keeps: bool,
}

/// The body of a resource.
pub const RESOURCE: Reading = Reading {
    own: &[
        "count",
        "for_each",
        "provider",
        "depends_on",
        "lifecycle",
        "provisioner",
        "connection",
        "at",
        "holds",
    ],
    keeps: true,
};
/// The body of an `ephemeral` block.
pub const EPHEMERAL: Reading = Reading {
    keeps: false,
    ..RESOURCE
};

/// The Configuration that a body stands for.
pub fn evaluate(
    reading: Reading,
    body: &Body,
    block: &Block,
    scope: &Arc<Scope>,
    objects: &dyn Objects,
    head: Span,
) -> (Value, Diagnostics) {
    let mut reader = Reader {
        reading,
        scope,
        objects,
        diagnostics: Diagnostics::new(),
    };
    let value = reader.block(body, block, head, Level::Top);
    (value, reader.diagnostics)
}

/// Blocks of one name as they are written, each with its label.
type Written = Vec<(Arc<str>, Value)>;

/// Whether the engine's own words may stand in a body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Top,
    Nested,
}

struct Reader<'a> {
    reading: Reading,
    scope: &'a Arc<Scope>,
    objects: &'a dyn Objects,
    diagnostics: Diagnostics,
}

impl Reader<'_> {
    fn block(&mut self, body: &Body, block: &Block, head: Span, level: Level) -> Value {
        let mut attributes: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut nested: BTreeMap<Arc<str>, Written> = BTreeMap::new();
        let mut failed: BTreeSet<Arc<str>> = BTreeSet::new();
        for item in &body.items {
            match item {
                Item::Attribute(a) if level == Level::Top && self.reading.own.contains(&&*a.name.name) => {}
                Item::Statement(s) if level == Level::Top && self.reading.own.contains(&&*s.word.name) => {}
                Item::Attribute(a) => self.attribute(a, block, &mut attributes, &mut failed),
                Item::Statement(s) => self.statement(s, block, &mut nested, &mut failed),
                Item::Error(_) => {}
            }
        }
        let mut object: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        for (name, schema) in &block.attributes {
            let value = attributes.remove(name).or_else(|| {
                let blocks = nested.remove(name)?;
                Some(self.nested(name, &schema.as_block()?, blocks, head))
            });
            let missing =
                schema.mode == Mode::Required && value.as_ref().is_none_or(Value::is_null) && !failed.contains(name);
            if missing {
                self.missing(name, "attribute", head);
            }
            let value = value.unwrap_or(Value::Null);
            object.insert(
                name.clone(),
                if schema.sensitive && !value.is_null() {
                    value.mark()
                } else {
                    value
                },
            );
        }
        for (name, schema) in &block.blocks {
            let given = attributes.remove(name);
            let blocks = nested.remove(name).unwrap_or_default();
            let value = given.unwrap_or_else(|| self.nested(name, schema, blocks, head));
            object.insert(name.clone(), value);
        }
        Value::Object(Arc::new(object))
    }

    fn missing(&mut self, name: &str, what: &str, head: Span) {
        self.diagnostics.push(
            Diagnostic::error(MISSING, format!("the {what} `{name}` is missing"))
                .at(head, format!("needs `{name}`"))
                .help(format!("add `{name} = …`")),
        );
    }

    fn attribute(
        &mut self,
        attribute: &Attribute,
        block: &Block,
        into: &mut BTreeMap<Arc<str>, Value>,
        failed: &mut BTreeSet<Arc<str>>,
    ) {
        let name = &attribute.name;
        let ty = match (block.attributes.get(&name.name), block.blocks.get(&name.name)) {
            (Some(schema), _) if !schema.mode.is_configurable() => {
                self.diagnostics.push(
                    Diagnostic::error(READ_ONLY, format!("`{}` is set by the provider", name.name))
                        .at(name.span, "cannot be configured")
                        .help("take the line out"),
                );
                return;
            }
            (Some(schema), _) => schema.written(),
            (None, Some(schema)) => schema.written(),
            (None, None) => return self.not_there(&name.name, name.span, block),
        };
        if into.contains_key(&name.name) {
            self.twice(&name.name, name.span);
            return;
        }
        let (value, said) = value_of(&attribute.value, self.scope, self.objects);
        let broken = said.has_errors();
        self.diagnostics.append(said);
        let only_given = block.attributes.get(&name.name).is_some_and(|a| a.write_only);
        if self.reading.keeps && !only_given && value.contains_ephemeral() {
            self.diagnostics.push(kept(&name.name, attribute.value.span));
            failed.insert(name.name.clone());
            return;
        }
        match convert(&value, &ty) {
            Ok(value) if !broken => drop(into.insert(name.name.clone(), value)),
            Ok(_) => drop(failed.insert(name.name.clone())),
            Err(why) => {
                failed.insert(name.name.clone());
                if !broken {
                    let title = format!("`{}` does not take this value", name.name);
                    self.diagnostics
                        .push(Diagnostic::error(WRONG_VALUE, title).at(attribute.value.span, why.to_string()));
                }
            }
        }
    }

    fn twice(&mut self, name: &str, span: Span) {
        self.diagnostics.push(
            Diagnostic::error(TOO_MANY, format!("`{name}` is written twice"))
                .at(span, "the second one")
                .help("keep one of them"),
        );
    }

    fn not_there(&mut self, name: &str, span: Span, block: &Block) {
        let names = block.attributes.keys().chain(block.blocks.keys()).map(AsRef::as_ref);
        let near = did_you_mean(name, names.chain(self.reading.own.iter().copied()));
        let said = Diagnostic::error(
            NOT_IN_SCHEMA,
            format!(
                "there is no `{name}` {}",
                if self.reading.keeps {
                    "in this resource type"
                } else {
                    "here"
                }
            ),
        )
        .at(span, "not known");
        let known: Vec<String> = block
            .attributes
            .iter()
            .filter(|(_, a)| a.mode.is_configurable())
            .map(|(n, _)| format!("`{n}`"))
            .collect();
        self.diagnostics
            .push(said.help(near.unwrap_or_else(|| format!("it has {}", known.join(", ")))));
    }

    fn statement(
        &mut self,
        statement: &Statement,
        block: &Block,
        into: &mut BTreeMap<Arc<str>, Written>,
        failed: &mut BTreeSet<Arc<str>>,
    ) {
        let word = &statement.word;
        if &*word.name == "dynamic" {
            return self.dynamic(statement, block, into, failed);
        }
        let Some(schema) = block_of(block, &word.name) else {
            if block.attributes.contains_key(&word.name) {
                self.diagnostics.push(
                    Diagnostic::error(NOT_IN_SCHEMA, format!("`{}` is an attribute, not a block", word.name))
                        .at(word.span, "written as a block")
                        .help(format!("write `{} = …`", word.name)),
                );
                failed.insert(word.name.clone());
                return;
            }
            return self.not_there(&word.name, word.span, block);
        };
        let empty = Body {
            items: Vec::new(),
            span: statement.span,
        };
        let body = statement.body.as_ref().unwrap_or(&empty);
        let value = self.block(body, &schema.block, word.span, Level::Nested);
        let label = statement.operands.first().and_then(text_of).unwrap_or_default();
        into.entry(word.name.clone()).or_default().push((label.into(), value));
    }

    /// `dynamic "label" { for_each = …, iterator = x, content { … } }`
    fn dynamic(
        &mut self,
        statement: &Statement,
        block: &Block,
        into: &mut BTreeMap<Arc<str>, Written>,
        failed: &mut BTreeSet<Arc<str>>,
    ) {
        let label = statement.operands.first().and_then(text_of);
        let (Some(label), Some(body)) = (label, &statement.body) else {
            return self.missing("content", "block", statement.word.span);
        };
        let Some(schema) = block_of(block, label) else {
            return self.not_there(label, statement.span, block);
        };
        let attribute = |name: &str| {
            body.items.iter().find_map(|i| match i {
                Item::Attribute(a) if &*a.name.name == name => Some(a.value.clone()),
                _ => None,
            })
        };
        let content = body.items.iter().find_map(|i| match i {
            Item::Statement(s) if &*s.word.name == "content" => s.body.as_ref(),
            _ => None,
        });
        let (Some(over), Some(content)) = (attribute("for_each"), content) else {
            return self.missing("for_each` and `content", "parts", statement.word.span);
        };
        let iterator = attribute("iterator")
            .and_then(|e| e.as_name().map(|n| n.name.clone()))
            .unwrap_or_else(|| label.into());
        let (value, said) = value_of(&over, self.scope, self.objects);
        let broken = said.has_errors();
        self.diagnostics.append(said);
        if broken || !value.is_known() {
            failed.insert(label.into());
            let whole = (Arc::default(), Value::unknown(schema.ty()));
            into.entry(label.into()).or_default().push(whole);
            return;
        }
        let labels = attribute("labels");
        for (key, element) in entries(&value) {
            let each = Value::object([("key", key), ("value", element)]);
            let inner = self.scope.child([(iterator.clone(), each)]);
            let mut reader = Reader {
                reading: self.reading,
                scope: &inner,
                objects: self.objects,
                diagnostics: Diagnostics::new(),
            };
            let made = reader.block(content, &schema.block, statement.word.span, Level::Nested);
            let own = labels.as_ref().and_then(|l| reader.label(l)).unwrap_or_default();
            self.diagnostics.append(reader.diagnostics);
            into.entry(label.into()).or_default().push((own, made));
        }
    }

    /// The first of `labels = […]`.
    fn label(&mut self, labels: &Expr) -> Option<Arc<str>> {
        let (value, said) = value_of(labels, self.scope, self.objects);
        self.diagnostics.append(said);
        let first = value.elements()?.first()?;
        first.as_str().map(Arc::from)
    }

    fn nested(&mut self, name: &str, schema: &NestedBlock, blocks: Written, head: Span) -> Value {
        if let [(_, only)] = blocks.as_slice()
            && !only.is_known()
        {
            return only.clone();
        }
        let count = blocks.len() as u64;
        if count < schema.min {
            self.missing(name, "block", head);
        }
        let single = matches!(schema.nesting, Nesting::Single | Nesting::Group);
        if (schema.max > 0 && count > schema.max) || (single && count > 1) {
            self.twice(name, head);
        }
        let (labels, values): (Vec<Arc<str>>, Vec<Value>) = blocks.into_iter().unzip();
        let mut values = values.into_iter();
        match schema.nesting {
            Nesting::Single | Nesting::Group => values.next().unwrap_or_else(|| schema.empty()),
            // Objects of several types make no list.
            Nesting::List if !schema.ty().is_concrete() => Value::tuple(values),
            Nesting::List => Value::list(values),
            Nesting::Set => Value::set(values),
            Nesting::Map if !schema.ty().is_concrete() => Value::object(labels.into_iter().zip(values)),
            Nesting::Map => Value::map(labels.into_iter().zip(values)),
        }
    }
}

/// The block of that name, or the attribute that may be written as one.
fn block_of<'b>(block: &'b Block, name: &str) -> Option<Cow<'b, NestedBlock>> {
    let attribute = || block.attributes.get(name).filter(|a| a.mode.is_configurable());
    let own = block.blocks.get(name).map(Cow::Borrowed);
    own.or_else(|| attribute()?.as_block().map(Cow::Owned))
}

/// The text or the word that an operand is.
fn text_of(operand: &Operand) -> Option<&str> {
    match operand {
        Operand::Expr(e) => e.as_text().or_else(|| e.as_name().map(|n| &*n.name)),
        _ => None,
    }
}

/// Where in a body something stands, as far as a path leads there: an attribute by its name, a block by its name and how many of them
/// stand before it.
pub fn place(body: &Body, path: &[Step]) -> Option<Span> {
    let (Step::Attr(name), rest) = path.split_first()? else {
        return None;
    };
    let blocks = body.items.iter().filter_map(|item| match item {
        Item::Statement(s) if s.word.name == *name => Some(s),
        _ => None,
    });
    let (at, rest) = match rest.split_first() {
        Some((Step::Index(at), rest)) => (*at, rest),
        _ => (0, rest),
    };
    if let Some(block) = blocks.clone().nth(at).or_else(|| blocks.clone().next()) {
        let inner = block.body.as_ref().and_then(|body| place(body, rest));
        return inner.or(Some(block.word.span));
    }
    body.items.iter().find_map(|item| match item {
        Item::Attribute(a) if a.name.name == *name => Some(a.value.span),
        _ => None,
    })
}

fn entries(value: &Value) -> Vec<(Value, Value)> {
    match value.unmarked() {
        Value::Map(m) | Value::Object(m) => m.iter().map(|(k, v)| (Value::String(k.clone()), v.clone())).collect(),
        Value::Set(e) => e.iter().map(|v| (v.clone(), v.clone())).collect(),
        other => {
            let elements = other.elements().unwrap_or_default();
            elements
                .iter()
                .enumerate()
                .map(|(i, v)| (Value::Number(i.into()), v.clone()))
                .collect()
        }
    }
}

fn kept(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(KEPT, format!("`{name}` would be kept, and its value is ephemeral"))
        .at(span, "comes from an ephemeral value")
        .help("ephemeral values may stand in providers, provisioners, connections, and attributes that are only ever given; `ephemeralasnull(…)` leaves it out")
}
