//! `import`: live objects are looked up by their ids before anything is planned, and planned as if the state had them. Apply notes them in
//! the state before it does anything else.

use std::collections::BTreeMap;

use situs_provider::{Import as Ask, Imported, Provider, Read};
use situs_value::Value;

use crate::base::event::Sink;
use crate::base::span::Span;
use crate::base::{Addr, Code, Diagnostic, Diagnostics};
use crate::lang::eval::instance::Instance;
use crate::run::provider::pool::diagnose;
use crate::run::provider::{Pool, retry};
use crate::run::state::{Record, Snapshot, Status};

use super::change::Import;
use super::marks;

/// An import of something that is not declared.
pub const NOT_DECLARED: Code = Code::new("E480", "an import of something that is not declared");
/// An import that finds nothing.
pub const NOT_FOUND: Code = Code::new("E481", "an import that finds nothing");

/// One object that is to be taken over.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where it is to be.
    pub to: Addr,
    /// Its id, as the provider's documentation describes it.
    pub id: String,
    /// Where it is written, where it is.
    pub span: Option<Span>,
}

/// What objects are looked up with.
#[derive(Clone, Copy)]
pub struct Seek<'a> {
    /// The configured providers.
    pub pool: &'a Pool,
    /// What is kept already.
    pub snapshot: &'a Snapshot,
    /// What is declared.
    pub instances: &'a [Instance],
    /// Who hears of it.
    pub sink: &'a dyn Sink,
}

/// The objects that are not in the state yet, as they are; whoever is in it already needs no import any more.
pub async fn find(seek: &Seek<'_>, wanted: &[Wanted]) -> (BTreeMap<Addr, Import>, Diagnostics) {
    let mut said = Diagnostics::new();
    let mut found = BTreeMap::new();
    let open = |wanted: &&Wanted| !is_kept(seek.snapshot, &wanted.to);
    for wanted in wanted.iter().filter(open) {
        let Some(instance) = seek.instances.iter().find(|i| i.addr == wanted.to) else {
            said.push(not_declared(wanted));
            continue;
        };
        match one(seek, wanted, instance).await {
            Ok(record) => {
                let import = Import {
                    id: wanted.id.clone(),
                    record,
                };
                found.insert(wanted.to.clone(), import);
            }
            Err(errors) => said.append(errors),
        }
    }
    (found, said)
}

fn is_kept(snapshot: &Snapshot, addr: &Addr) -> bool {
    snapshot.objects.contains_key(addr)
}

fn not_declared(wanted: &Wanted) -> Diagnostic {
    let title = format!("`{}` is to be imported and is not declared", wanted.to);
    let said = at(Diagnostic::error(NOT_DECLARED, title), wanted);
    said.help(
        "write its `resource` block, or have `situs plan -generate-config-out=FILE` write it; one whose `count` or `for_each` waits for a resource cannot be imported into",
    )
}

async fn one(seek: &Seek<'_>, wanted: &Wanted, instance: &Instance) -> Result<Record, Diagnostics> {
    let provider = seek.pool.open(&instance.provider).await?;
    let imported = ask(&*provider, seek, wanted, instance).await?;
    let read = Read {
        type_name: imported.type_name.clone(),
        current: imported.state.clone(),
        private: imported.private.clone(),
    };
    let call = || provider.read(read.clone());
    let answer = retry::looking(seek.sink, &wanted.to, call).await;
    let answer = answer.map_err(|problems| told(&problems, wanted))?;
    if answer.state.is_null() {
        return Err(nothing(wanted).into());
    }
    Ok(Record {
        provider: instance.provider.to_string(),
        type_name: imported.type_name,
        schema_version: instance.schema.version,
        value: marks::by_schema(&answer.state, &instance.schema.block),
        private: answer.private,
        dependencies: instance.dependencies.clone(),
        site: instance.site.as_deref().map(str::to_owned),
        status: Status::Ready,
        create_before_destroy: false,
        key: String::new(),
    })
}

async fn ask(
    provider: &dyn Provider,
    seek: &Seek<'_>,
    wanted: &Wanted,
    instance: &Instance,
) -> Result<Imported, Diagnostics> {
    let ask = Ask {
        type_name: instance.type_name().to_owned(),
        id: wanted.id.clone(),
    };
    let call = || provider.import(ask.clone());
    let all = retry::looking(seek.sink, &wanted.to, call).await;
    let all = all.map_err(|problems| told(&problems, wanted))?;
    let own = |i: &Imported| i.type_name == instance.type_name() && i.state != Value::Null;
    all.into_iter().find(own).ok_or_else(|| nothing(wanted).into())
}

fn told(problems: &[situs_provider::Problem], wanted: &Wanted) -> Diagnostics {
    let one = |p| diagnose(p, &wanted.to, wanted.span);
    problems.iter().map(one).collect()
}

fn nothing(wanted: &Wanted) -> Diagnostic {
    let title = format!("there is nothing with the id `{}` for `{}`", wanted.id, wanted.to);
    let said = at(Diagnostic::error(NOT_FOUND, title), wanted);
    said.help("correct the id, or take the block out: the resource is then made anew")
}

fn at(said: Diagnostic, wanted: &Wanted) -> Diagnostic {
    match wanted.span {
        Some(span) => said.at(span, "imported here"),
        None => said,
    }
}
