//! What a Terraform state holds, taken over: objects with their addresses, values, private bytes and marks, objects that were put aside,
//! outputs, and the providers that made them. Pure: the state is read elsewhere, and never written.
//!
//! What must stay true: nothing is left out silently. What is not taken over (what data sources read, which is read again) is counted;
//! values whose provider cannot be had are kept as they are, and nothing of them is ever shown.

mod tfstate;
mod typed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use situs_provider::Schema;
use situs_value::{Type, Value};

use crate::base::addr::{Addr, Key};
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::run::plan::marks;
use crate::run::provider::{ProviderSpec, Registry};
use crate::run::state::journal::{Entry, Output};
use crate::run::state::record::{Record, Status};

use tfstate::{TfInstance, TfKey, TfResource, TfState};

/// A Terraform state that cannot be read.
pub const NO_TERRAFORM_STATE: Code = Code::new("E472", "a Terraform state that cannot be read");
/// An object that cannot be taken over.
pub const NOT_ADOPTED: Code = Code::new("E474", "a part of a Terraform state that cannot be taken over");
/// Objects whose provider cannot be had.
pub const UNTYPED: Code = Code::new("W080", "objects of a Terraform state whose provider cannot be had");

/// What is taken over.
#[derive(Debug, Default)]
pub struct Adopted {
    /// Counts the writes of the Terraform state.
    pub serial: u64,
    /// Every object, with the key under which it was put aside, if it was.
    pub objects: Vec<(Addr, Option<String>, Record)>,
    /// The outputs.
    pub outputs: BTreeMap<String, Output>,
    /// The providers that made the objects.
    pub providers: BTreeMap<Arc<str>, ProviderSpec>,
    /// How many instances of data sources are read again instead.
    pub data: usize,
}

impl Adopted {
    /// The steps that bring a state from nothing to this.
    pub fn entries(&self) -> Vec<Entry> {
        let (aside, current): (Vec<_>, Vec<_>) = self.objects.iter().partition(|(_, key, _)| key.is_some());
        let note = |addr: &Addr, record: &Record| Entry::Note {
            addr: addr.clone(),
            record: Some(Box::new(record.clone())),
        };
        // What was put aside takes its address first, and leaves it to the object in use.
        let aside = aside.into_iter().flat_map(|(addr, key, record)| {
            let depose = key.clone().map(|key| Entry::Depose {
                addr: addr.clone(),
                key,
            });
            [Some(note(addr, record)), depose].into_iter().flatten()
        });
        let current = current.into_iter().map(|(addr, _, record)| note(addr, record));
        let providers = self.providers.iter().map(|(id, spec)| Entry::Provider {
            id: id.clone(),
            spec: Some(Box::new(spec.clone())),
        });
        let outputs = self.outputs.iter().map(|(name, output)| Entry::Output {
            name: name.clone(),
            output: Some(output.clone()),
        });
        providers.chain(aside).chain(current).chain(outputs).collect()
    }
}

/// Reads a Terraform state. `known` are the providers of the configuration beside it. With errors nothing may be taken over.
pub fn read(
    text: &str,
    registry: &Registry,
    known: &BTreeMap<Arc<str>, ProviderSpec>,
) -> (Option<Adopted>, Diagnostics) {
    let state = match tfstate::read(text) {
        Ok(state) => state,
        Err(why) => {
            let said = Diagnostic::error(NO_TERRAFORM_STATE, format!("this is no state of Terraform: {why}"));
            let said = said
                .help("name a state of Terraform 0.12 or later, or write what `terraform state pull` gives to a file");
            return (None, said.into());
        }
    };
    let mut reading = Reading {
        registry,
        known,
        key: format!("terraform:{}:{}", state.lineage, state.serial),
        adopted: Adopted {
            serial: state.serial,
            ..Adopted::default()
        },
        untyped: BTreeSet::new(),
        said: Diagnostics::new(),
    };
    reading.state(&state);
    reading.finish()
}

struct Reading<'a> {
    registry: &'a Registry,
    known: &'a BTreeMap<Arc<str>, ProviderSpec>,
    key: String,
    adopted: Adopted,
    /// What of the providers cannot be had, in words.
    untyped: BTreeSet<String>,
    said: Diagnostics,
}

/// Who made a resource, and what it looks like where that is known.
struct Made {
    id: Arc<str>,
    schema: Option<Arc<Schema>>,
}

impl Reading<'_> {
    fn state(&mut self, state: &TfState) {
        for resource in &state.resources {
            self.resource(resource);
        }
        for (name, output) in &state.outputs {
            match typed::output(&output.value, output.ty.as_deref()) {
                Ok(value) => {
                    let value = if output.sensitive { value.mark() } else { value };
                    self.adopted.outputs.insert(name.clone(), Output { value });
                }
                Err(why) => self.refuse(&format!("output.{name}"), &why),
            }
        }
    }

    fn resource(&mut self, resource: &TfResource) {
        let block = match address(resource) {
            Ok(block) => block,
            Err(why) => return self.refuse(&format!("{}.{}", resource.type_name, resource.name), &why),
        };
        if resource.mode == "data" {
            self.adopted.data += resource.instances.len();
            return;
        }
        let made = match self.made(resource) {
            Ok(made) => made,
            Err(why) => return self.refuse(&block.to_string(), &why),
        };
        for instance in &resource.instances {
            let addr = keyed(&block, instance.index_key.as_ref());
            match self.record(resource, instance, &made) {
                Ok(record) => self.adopted.objects.push((addr, instance.deposed.clone(), record)),
                Err(why) => self.refuse(&addr.to_string(), &why),
            }
        }
    }

    fn record(&self, resource: &TfResource, instance: &TfInstance, made: &Made) -> Result<Record, String> {
        let raw = instance
            .attributes
            .as_deref()
            .ok_or("it has no `attributes`: its state is of Terraform 0.11 or earlier")?;
        let value = value(&typed::plain(raw)?, instance, made.schema.as_deref())?;
        let private = instance.private.as_deref().unwrap_or_default();
        let private = STANDARD.decode(private).map_err(|e| format!("its `private`: {e}"))?;
        let dependencies = instance.dependencies.iter().map(|text| text.parse());
        Ok(Record {
            provider: made.id.to_string(),
            type_name: resource.type_name.clone(),
            schema_version: instance.schema_version,
            value,
            private,
            dependencies: dependencies.collect::<Result<_, String>>()?,
            site: None,
            status: status(instance)?,
            create_before_destroy: instance.create_before_destroy,
            key: self.key.clone(),
        })
    }

    /// The provider of a resource: one of the configuration where that has it, else one by the name that its source ends with.
    fn made(&mut self, resource: &TfResource) -> Result<Made, String> {
        let (source, alias) = provider(&resource.provider)?;
        let builtin = self.registry.get(&source).ok();
        let schema = builtin
            .as_ref()
            .and_then(|b| b.schema.resources.get(resource.type_name.as_str()));
        let schema = schema.map(|s| Arc::new(s.clone()));
        if schema.is_none() {
            self.untyped.insert(match &builtin {
                Some(_) => format!("the resource type `{}` of `{source}`", resource.type_name),
                None => format!("the provider `{source}`"),
            });
        }
        let fits = |(id, spec): &(&Arc<str>, &ProviderSpec)| {
            let behind = id.split_once('.').map(|(_, alias)| alias);
            spec.source == source && spec.site.is_none() && behind == alias.as_deref()
        };
        let known = self.known.iter().find(fits);
        let id = known.map_or_else(|| id_of(&source, alias.as_deref()), |(id, _)| id.clone());
        let config = builtin
            .as_ref()
            .map_or(Type::object::<Arc<str>>([]), |b| b.schema.provider.ty());
        let spec = known.map_or_else(
            || ProviderSpec {
                source: source.clone(),
                site: None,
                config: nothing(&config),
            },
            |(_, spec)| spec.clone(),
        );
        self.adopted.providers.insert(id.clone(), spec);
        Ok(Made { id, schema })
    }

    fn refuse(&mut self, what: &str, why: &str) {
        let said = Diagnostic::error(NOT_ADOPTED, format!("`{what}` cannot be taken over: {why}"));
        let said = said.note("nothing was changed").about(what);
        self.said.push(said.help(
            "run `terraform apply -refresh-only` with a recent Terraform, which writes the state anew, or take the object out with `terraform state rm`",
        ));
    }

    fn finish(mut self) -> (Option<Adopted>, Diagnostics) {
        if !self.untyped.is_empty() {
            let parts: Vec<&str> = self.untyped.iter().map(String::as_str).collect();
            let there: Vec<String> = self.registry.builtins().map(|b| format!("`{}`", b.source)).collect();
            let title = format!("this version cannot use {}", parts.join(" or "));
            self.said.push(
                Diagnostic::warning(UNTYPED, title)
                    .note(
                        "such objects are kept as they are and not shown; `plan` stops until their provider can be had",
                    )
                    .note(format!("there are {}", there.join(", "))),
            );
        }
        let whole = !self.said.has_errors();
        (Some(self.adopted).filter(|_| whole), self.said.sorted())
    }
}

/// An object of the schema's type, marked where it is kept out of sight. One of an older schema, or of none, stays as it is written.
fn value(plain: &Value, instance: &TfInstance, schema: Option<&Schema>) -> Result<Value, String> {
    let Some(schema) = schema else {
        return Ok(hidden(plain));
    };
    let paths: Vec<_> = instance.sensitive_attributes.iter().map(|p| typed::path(p)).collect();
    if instance.schema_version > schema.version {
        return Err(format!(
            "it is of version {} of its schema, and its provider knows {}",
            instance.schema_version, schema.version
        ));
    }
    let value = if instance.schema_version == schema.version {
        typed::typed(plain, &schema.block.ty())?
    } else {
        plain.clone()
    };
    Ok(marks::by_schema(&value, &schema.block).with_sensitive_paths(&paths))
}

/// An object of which nobody knows what may be shown.
fn hidden(plain: &Value) -> Value {
    match plain.attributes() {
        Some(parts) => Value::object(parts.iter().map(|(name, part)| (name.clone(), part.clone().mark()))),
        None => plain.clone().mark(),
    }
}

fn status(instance: &TfInstance) -> Result<Status, String> {
    match instance.status.as_deref() {
        None => Ok(Status::Ready),
        Some("tainted") => Ok(Status::Tainted),
        Some(other) => Err(format!("its status is `{other}`")),
    }
}

fn address(resource: &TfResource) -> Result<Addr, String> {
    let module = resource.module.as_deref().map(|m| format!("{m}.")).unwrap_or_default();
    let data = if resource.mode == "data" { "data." } else { "" };
    match resource.mode.as_str() {
        "managed" | "data" => format!("{module}{data}{}.{}", resource.type_name, resource.name).parse(),
        other => Err(format!("its mode is `{other}`")),
    }
}

fn keyed(block: &Addr, key: Option<&TfKey>) -> Addr {
    let mut parts = block.parts().clone();
    if let Some(resource) = parts.resource.as_mut() {
        resource.key = key.map(|key| match key {
            TfKey::Index(i) => Key::Index(*i),
            TfKey::Name(name) => Key::Name(name.as_str().into()),
        });
    }
    Addr::new(parts)
}

/// The host that sources are of that name none.
const DEFAULT_HOST: &str = "registry.terraform.io/";

/// Source and alias of `provider["SOURCE"].ALIAS`, also behind a module; before Terraform 0.13, `provider.NAME.ALIAS`.
fn provider(text: &str) -> Result<(String, Option<String>), String> {
    let wrong = || format!("its provider is `{text}`");
    let behind = |rest: &str| rest.strip_prefix('.').map(str::to_owned);
    if let Some((_, rest)) = text.split_once("provider[\"") {
        let (source, rest) = rest.split_once("\"]").ok_or_else(wrong)?;
        let source = source.strip_prefix(DEFAULT_HOST).unwrap_or(source);
        return Ok((source.to_owned(), behind(rest)));
    }
    let (_, rest) = text.rsplit_once("provider.").ok_or_else(wrong)?;
    let (name, alias) = rest.split_once('.').map_or((rest, None), |(n, a)| (n, Some(a)));
    Ok((format!("hashicorp/{name}"), alias.map(str::to_owned)))
}

fn id_of(source: &str, alias: Option<&str>) -> Arc<str> {
    let name = source.rsplit('/').next().unwrap_or(source);
    match alias {
        Some(alias) => format!("{name}.{alias}").into(),
        None => name.into(),
    }
}

/// A configuration in which nothing is written.
fn nothing(ty: &Type) -> Value {
    match ty {
        Type::Object(of) => Value::object(of.attributes.keys().map(|name| (name.clone(), Value::Null))),
        _ => Value::Null,
    }
}
