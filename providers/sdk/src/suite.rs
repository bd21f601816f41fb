//! The suite that any provider can be run through: what holds of every provider, whatever it is for, and then the life of objects that
//! somebody gives as samples ([`crate::trial`]).
//!
//! Nothing is made by the first part ([`bare`]): it asks for schemas, looks at configurations that are empty, unknown or made up, and plans.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_provider::schema::{Attribute, Block, Kind, Mode, NestedBlock, Nesting};
use situs_provider::{Problem, Provider, Severity};
use situs_value::{Type, Value};

use crate::trial::{Faults, Made, Trial};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub what: String,
    /// What came of it.
    pub came: Came,
}

/// What came of looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// It holds.
    Holds,
    /// It does not: why, one sentence each.
    Fails(Faults),
    /// It could not be looked at: why.
    Skipped(String),
}

impl Finding {
    /// A finding that holds where there is no fault.
    pub fn new(what: impl Into<String>, looked: Result<(), Faults>) -> Self {
        Self {
            what: what.into(),
            came: looked.map_or_else(Came::Fails, |()| Came::Holds),
        }
    }

    /// A finding about something that could not be looked at.
    pub fn skipped(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            came: Came::Skipped(why.into()),
        }
    }
}

/// What holds of every provider. `make` gives one that is not configured.
pub async fn bare(make: &(dyn Fn() -> Arc<dyn Provider> + Send + Sync), directory: &str) -> Vec<Finding> {
    let provider = make();
    let schema = provider.schema();
    let mut findings = vec![Finding::new("its schema", names(&*provider))];
    let nothing = empty(&schema.provider);
    let steady = Steady {
        provider: &*provider,
        first: provider.validate_config(&nothing).await,
        nothing: nothing.clone(),
    };
    for (name, resource) in &schema.resources {
        let looked = steady.looks(name, &resource.block).await;
        findings.push(Finding::new(format!("{name}: looks at any configuration"), looked));
    }
    let trial = match Trial::begin(make(), nothing, directory).await {
        Ok(trial) => trial,
        Err(faults) => {
            let why = faults
                .first()
                .and_then(|fault| fault.lines().next())
                .unwrap_or_default()
                .to_owned();
            findings.push(Finding::skipped("plans", format!("it {why}")));
            return findings;
        }
    };
    for (name, resource) in &schema.resources {
        findings.push(plans(&trial, name, &resource.block).await);
    }
    findings
}

/// The life of one sample: made, read, planned again, imported where it can be. It is still there at the end.
pub async fn life(trial: &Trial, type_name: &str, config: &Value) -> Result<Made, Faults> {
    let made = trial.create(type_name, config).await?;
    let id = made.state.get("id").and_then(Value::as_str).map(str::to_owned);
    let imported = match &id {
        Some(id) => trial.import(type_name, id).await,
        None => Ok(None),
    };
    // What cannot be imported says so; what is imported is the same.
    if let Ok(Some(found)) = imported {
        let differs = differing(&made.state, &found.state);
        if !differs.is_empty() {
            let _ = trial.remove(&made).await;
            return Err(differs);
        }
    }
    Ok(made)
}

/// What an import tells otherwise than it was made; null is what it cannot find out.
fn differing(made: &Value, imported: &Value) -> Faults {
    let names = made.attributes().into_iter().flatten();
    let other = |(name, was): (&Arc<str>, &Value)| {
        let is = imported.get(name)?;
        let same = is.is_null() || is == was || is.elements().is_some_and(<[Value]>::is_empty);
        (!same).then(|| format!("imports `{name}` as something else than it was made"))
    };
    names.filter_map(other).collect()
}

/// A provider that is to answer the same question the same way, whatever it was asked in between.
struct Steady<'a> {
    provider: &'a dyn Provider,
    nothing: Value,
    first: Vec<Problem>,
}

impl Steady<'_> {
    /// Whether it looks at configurations that are empty, unknown and made up, and is well after that.
    async fn looks(&self, type_name: &str, block: &Block) -> Result<(), Faults> {
        let unknown = Value::object(block.attributes.iter().map(|(n, a)| (n.clone(), open(a))));
        let unknown = with_blocks(block, &unknown);
        for (kind, config) in [
            ("an empty", empty(block)),
            ("an unknown", unknown),
            ("a made up", made_up(block)),
        ] {
            self.provider.validate_resource(type_name, &config).await;
            if self.provider.validate_config(&self.nothing).await != self.first {
                return Err(vec![format!("is not the same after it looked at {kind} configuration")]);
            }
        }
        Ok(())
    }
}

/// Whether a plan of a made up configuration keeps to the rules, and is the same twice; and with what has to be written unknown.
async fn plans(trial: &Trial, type_name: &str, block: &Block) -> Finding {
    let what = format!("{type_name}: plans by the rules, twice the same");
    let config = made_up(block);
    let refused = match trial.problems(type_name, &config).await {
        Ok(problems) => problems.into_iter().find(|p| p.severity == Severity::Error),
        Err(faults) => return Finding::new(what, Err(faults)),
    };
    if let Some(problem) = refused {
        return Finding::skipped(what, format!("a made up configuration is refused: {}", problem.summary));
    }
    let looked = async {
        let (first, second) = (
            trial.plan(type_name, &config).await?,
            trial.plan(type_name, &config).await?,
        );
        if first.state != second.state {
            return Err(vec!["plans the same configuration in two ways".to_owned()]);
        }
        let required = |(name, a): (&Arc<str>, &Attribute)| match a.mode {
            Mode::Required => (name.clone(), open(a)),
            _ => (name.clone(), Value::Null),
        };
        let later = with_blocks(block, &Value::object(block.attributes.iter().map(required)));
        trial.plan(type_name, &later).await.map(|_| ())
    };
    Finding::new(what, looked.await)
}

/// Names that configurations can be written with.
fn names(provider: &dyn Provider) -> Result<(), Faults> {
    let schema = provider.schema();
    let mut faults = Faults::new();
    let mut look = |of: &str, block: &Block| names_of(of, block, &mut faults);
    look("the provider", &schema.provider);
    for (kind, all) in [
        ("", &schema.resources),
        ("data ", &schema.data_sources),
        ("ephemeral ", &schema.ephemeral),
    ] {
        all.iter()
            .for_each(|(name, s)| look(&format!("{kind}{name}"), &s.block));
    }
    let types = schema.resources.keys().chain(schema.data_sources.keys());
    faults.extend(
        types
            .filter(|name| !sound(name))
            .map(|name| format!("has a type `{name}`, which cannot be written")),
    );
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn names_of(of: &str, block: &Block, faults: &mut Faults) {
    let names = block.attributes.keys().chain(block.blocks.keys());
    faults.extend(
        names
            .filter(|name| !sound(name))
            .map(|name| format!("has `{name}` in {of}, which cannot be written")),
    );
    // What every resource has of its own.
    let taken = [
        "count",
        "for_each",
        "depends_on",
        "provider",
        "lifecycle",
        "provisioner",
        "connection",
    ];
    let both = block
        .attributes
        .keys()
        .filter(|name| of != "the provider" && taken.contains(&&***name));
    faults.extend(both.map(|name| format!("has `{name}` in {of}, which means something else there")));
    for (name, nested) in &block.blocks {
        names_of(&format!("{of}.{name}"), &nested.block, faults);
    }
}

fn sound(name: &str) -> bool {
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') && name.chars().all(rest)
}

/// A configuration in which nothing is written.
fn empty(block: &Block) -> Value {
    block.empty()
}

/// An attribute that is written and not known, where it may be.
fn open(attribute: &Attribute) -> Value {
    match attribute.mode.is_configurable() {
        true => Value::unknown(attribute.ty()),
        false => Value::Null,
    }
}

fn with_blocks(block: &Block, attributes: &Value) -> Value {
    let mut all: BTreeMap<Arc<str>, Value> = attributes.attributes().cloned().unwrap_or_default();
    all.extend(block.blocks.iter().map(|(name, nested)| (name.clone(), some(nested))));
    Value::Object(Arc::new(all))
}

/// As many blocks as there have to be.
fn some(nested: &NestedBlock) -> Value {
    if nested.min == 0 && nested.nesting != Nesting::Group {
        return nested.empty();
    }
    held(nested.nesting, made_up(&nested.block))
}

/// What has to be written, and nothing else, with values that are made up.
fn made_up(block: &Block) -> Value {
    let one = |(name, a): (&Arc<str>, &Attribute)| match a.mode {
        Mode::Required => (name.clone(), example_of(a)),
        _ => (name.clone(), Value::Null),
    };
    with_blocks(block, &Value::object(block.attributes.iter().map(one)))
}

fn example_of(attribute: &Attribute) -> Value {
    match &attribute.kind {
        Kind::Type(ty) => example(ty),
        Kind::Nested { nesting, attributes } => {
            let one = |(name, a): (&Arc<str>, &Attribute)| match a.mode {
                Mode::Required => (name.clone(), example_of(a)),
                _ => (name.clone(), Value::Null),
            };
            held(*nesting, Value::object(attributes.iter().map(one)))
        }
    }
}

fn held(nesting: Nesting, one: Value) -> Value {
    match nesting {
        Nesting::Single | Nesting::Group => one,
        Nesting::List => Value::list([one]),
        Nesting::Set => Value::set([one]),
        Nesting::Map => Value::map([("a", one)]),
    }
}

fn example(ty: &Type) -> Value {
    match ty {
        Type::Bool => true.into(),
        Type::Number => 1_i64.into(),
        Type::List(of) => Value::list([example(of)]),
        Type::Set(of) => Value::set([example(of)]),
        Type::Map(of) => Value::map([("a", example(of))]),
        Type::Tuple(of) => Value::tuple(of.iter().map(example).collect::<Vec<_>>()),
        Type::Object(object) => Value::object(object.attributes.iter().map(|(name, ty)| (name.clone(), example(ty)))),
        _ => "check".into(),
    }
}
