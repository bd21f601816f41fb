//! What a provider's configuration and resources look like; the normal form of the protocol's version 6.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use situs_value::{ObjectType, Type, Value};

/// All that a provider offers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProviderSchema {
    /// Its configuration.
    pub provider: Block,
    /// Its resources by type name.
    pub resources: BTreeMap<Arc<str>, Schema>,
    /// Its data sources by type name.
    pub data_sources: BTreeMap<Arc<str>, Schema>,
    /// What it opens and never keeps, by type name.
    #[serde(default)]
    pub ephemeral: BTreeMap<Arc<str>, Schema>,
    /// What it computes, by name.
    #[serde(default)]
    pub functions: BTreeMap<Arc<str>, Function>,
}

/// A function of a provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// What it takes, in order.
    pub parameters: Vec<Parameter>,
    /// What else it takes, any number of them.
    pub variadic: Option<Parameter>,
    /// What it gives.
    pub returns: Type,
    /// What it is for, in one sentence.
    pub summary: String,
    /// More of it.
    pub description: String,
    /// Why not to use it any more, where that is so.
    pub deprecated: Option<String>,
}

/// One thing that a function takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Whether it may be null.
    pub null: bool,
    /// Whether the function copes with values that are not known yet.
    pub unknown: bool,
    /// What it is for.
    pub description: String,
}

/// One resource type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Counts up when kept objects need [`crate::Provider::upgrade`].
    pub version: u64,
    /// What it holds.
    pub block: Block,
}

/// Attributes and nested blocks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// By name.
    pub attributes: BTreeMap<Arc<str>, Attribute>,
    /// By name.
    pub blocks: BTreeMap<Arc<str>, NestedBlock>,
    /// What it is for.
    pub description: String,
    /// Why not to use it any more, where that is so.
    pub deprecated: Option<String>,
}

/// One attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// What it holds.
    pub kind: Kind,
    /// Who sets it.
    pub mode: Mode,
    /// Whether its value is kept out of sight.
    pub sensitive: bool,
    /// Whether its value is only ever given and never kept.
    pub write_only: bool,
    /// What it is for.
    pub description: String,
    /// Why not to use it any more, where that is so.
    pub deprecated: Option<String>,
}

/// What an attribute holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Kind {
    /// A value of a type.
    Type(Type),
    /// Objects with attributes of their own.
    Nested {
        /// How many, and how they are found.
        nesting: Nesting,
        /// What each holds.
        attributes: BTreeMap<Arc<str>, Attribute>,
    },
}

/// Who sets an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// The configuration must.
    Required,
    /// The configuration may.
    Optional,
    /// The configuration may, else the provider does.
    OptionalComputed,
    /// The provider does.
    Computed,
}

impl Mode {
    /// Whether the provider may set it.
    pub fn is_computed(self) -> bool {
        matches!(self, Mode::OptionalComputed | Mode::Computed)
    }

    /// Whether the configuration may set it.
    pub fn is_configurable(self) -> bool {
        !matches!(self, Mode::Computed)
    }
}

/// A block inside a block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NestedBlock {
    /// How many, and how they are found.
    pub nesting: Nesting,
    /// What each holds.
    pub block: Block,
    /// At least so many.
    pub min: u64,
    /// At most so many; 0 is no bound.
    pub max: u64,
}

/// How many objects there are, and how they are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Nesting {
    /// One or none.
    Single,
    /// Always one, empty where it is not written.
    Group,
    /// In order.
    List,
    /// Without order.
    Set,
    /// By a label.
    Map,
}

impl Attribute {
    /// An attribute of a type.
    pub fn new(ty: Type, mode: Mode, description: &str) -> Self {
        Self {
            kind: Kind::Type(ty),
            mode,
            sensitive: false,
            write_only: false,
            description: description.to_owned(),
            deprecated: None,
        }
    }

    /// The same, kept out of sight.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The type of its values.
    pub fn ty(&self) -> Type {
        match &self.kind {
            Kind::Type(ty) => ty.clone(),
            Kind::Nested { nesting, attributes } => nesting.of(object(attributes.iter().map(|(n, a)| (n, a.ty())))),
        }
    }

    /// The type of what a configuration gives it: only what is required must be there.
    pub fn written(&self) -> Type {
        match &self.kind {
            Kind::Type(ty) => ty.clone(),
            Kind::Nested { nesting, attributes } => nesting.of(written(attributes, None)),
        }
    }

    /// The same as a block: objects in a list or a set of a type may be written as blocks, as older providers want it.
    pub fn as_block(&self) -> Option<NestedBlock> {
        let Kind::Type(ty) = &self.kind else { return None };
        let (nesting, of) = match ty {
            Type::List(of) => (Nesting::List, of),
            Type::Set(of) => (Nesting::Set, of),
            _ => return None,
        };
        let Type::Object(object) = &**of else { return None };
        let one = |(name, ty): (&Arc<str>, &Type)| (name.clone(), Attribute::new(ty.clone(), Mode::Optional, ""));
        let block = Block {
            attributes: object.attributes.iter().map(one).collect(),
            ..Block::default()
        };
        Some(NestedBlock {
            nesting,
            block,
            min: 0,
            max: 0,
        })
    }
}

/// An object in which only what is required must be there.
fn written(attributes: &BTreeMap<Arc<str>, Attribute>, blocks: Option<&BTreeMap<Arc<str>, NestedBlock>>) -> Type {
    let of_blocks = blocks
        .into_iter()
        .flatten()
        .map(|(name, b)| (name.clone(), b.written()));
    let all = attributes.iter().map(|(name, a)| (name.clone(), a.written()));
    let required = |name: &Arc<str>| attributes.get(name).is_some_and(|a| a.mode == Mode::Required);
    let attributes: BTreeMap<Arc<str>, Type> = all.chain(of_blocks).collect();
    let optional = attributes.keys().filter(|name| !required(name)).cloned().collect();
    Type::Object(Arc::new(ObjectType { attributes, optional }))
}

impl Nesting {
    /// The type of a property that holds objects of type `inner` this way.
    pub fn of(self, inner: Type) -> Type {
        match self {
            Nesting::Single | Nesting::Group => inner,
            Nesting::List => Type::list(inner),
            Nesting::Set => Type::set(inner),
            Nesting::Map => Type::map(inner),
        }
    }
}

impl NestedBlock {
    /// The type of the property that holds them. Objects that are not all of one type make no list and no map of objects: of these the
    /// schema says only that they are there.
    pub fn ty(&self) -> Type {
        let inner = self.block.ty();
        match self.nesting {
            Nesting::List | Nesting::Map if !inner.is_concrete() => Type::Dynamic,
            nesting => nesting.of(inner),
        }
    }

    /// The type of what a configuration gives it where it is written as an attribute: only what is required must be there.
    pub fn written(&self) -> Type {
        self.nesting.of(self.block.written())
    }

    /// The value of one that is not written.
    pub fn empty(&self) -> Value {
        match self.nesting {
            Nesting::Single => Value::Null,
            Nesting::Group => self.block.empty(),
            Nesting::List => Value::List(Arc::new([])),
            Nesting::Set => Value::Set(Arc::new([])),
            Nesting::Map => Value::Map(Arc::default()),
        }
    }
}

impl Block {
    /// The type of the objects that this block describes: every attribute and every nested block is a property.
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, a)| (name, a.ty()));
        let blocks = self.blocks.iter().map(|(name, b)| (name, b.ty()));
        object(attributes.chain(blocks))
    }

    /// The type of what a configuration gives it: only what is required must be there.
    pub fn written(&self) -> Type {
        written(&self.attributes, Some(&self.blocks))
    }

    /// The object of a block in which nothing is written.
    pub fn empty(&self) -> Value {
        let attributes = self.attributes.keys().map(|name| (name.clone(), Value::Null));
        let blocks = self.blocks.iter().map(|(name, nested)| (name.clone(), nested.empty()));
        Value::Object(Arc::new(attributes.chain(blocks).collect()))
    }
}

fn object<'a>(properties: impl Iterator<Item = (&'a Arc<str>, Type)>) -> Type {
    Type::object(properties.map(|(name, ty)| (name.clone(), ty)))
}
