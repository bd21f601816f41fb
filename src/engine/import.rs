//! Live objects that are taken over: one into the state at once, and the configuration of those that `import` blocks name and nobody wrote.

use std::collections::BTreeSet;
use std::sync::Arc;

use situs_provider::schema::{Attribute, Block, Mode, NestedBlock, Nesting};
use situs_value::Value;

use crate::base::ports::World as _;
use crate::base::{Addr, Diagnostic, Diagnostics, SourceId, Sources};
use crate::lang::config::Request;
use crate::lang::eval::functions::expression;
use crate::lang::format::format;
use crate::model::assignment::Assignment;
use crate::run::lower::Lowered;
use crate::run::plan::imports::{self, Seek, Wanted};
use crate::run::provider::Pool;
use crate::run::state::Snapshot;
use crate::run::state::journal::Entry;

use super::edit::NOT_CHANGED;
use super::overlay::Overlay;
use super::plan::pool;
use super::{Assumptions, Loaded, Options, Ports, begin, decide, load};

/// Takes a live object over into the state, at once.
pub async fn import(
    ports: &Ports,
    loaded: &Loaded,
    options: &Options,
    to: Addr,
    id: String,
) -> Result<(), Diagnostics> {
    let run = begin(ports, options).await?;
    let done = match entries(ports, loaded, &run.snapshot(), to, id).await {
        Ok(entries) => run.commit(entries).await.map_err(|e| e.diagnostic().into()),
        Err(said) => Err(said),
    };
    run.close().await.map_err(|e| Diagnostics::from(e.diagnostic()))?;
    done
}

async fn entries(
    ports: &Ports,
    loaded: &Loaded,
    now: &Snapshot,
    to: Addr,
    id: String,
) -> Result<Vec<Entry>, Diagnostics> {
    if now.objects.contains_key(&to) {
        let said = Diagnostic::error(NOT_CHANGED, format!("there is something at `{to}` already"));
        return Err(said
            .help("`situs state show` shows it; `situs state rm` gives it up")
            .into());
    }
    let lowered = lowered(ports, loaded, &now.placement)?;
    let pool = pool(ports, loaded.config.world.root(), &lowered, &now.providers);
    let wanted = [Wanted { to, id, span: None }];
    let (found, said) = look(ports, &lowered, &pool, now, &wanted).await;
    if said.has_errors() {
        return Err(said);
    }
    let entries = found.into_iter().flat_map(|(addr, import)| {
        let id: Arc<str> = import.record.provider.as_str().into();
        let spec = pool.specs().get(&id).cloned().map(Box::new);
        let provider = Entry::Provider { id, spec };
        let record = Some(Box::new(import.record));
        [provider, Entry::Note { addr, record }]
    });
    Ok(entries.collect())
}

fn lowered(ports: &Ports, loaded: &Loaded, today: &Assignment) -> Result<Lowered, Diagnostics> {
    let (intent, said) = decide(ports, loaded, today, Assumptions::Named);
    match intent.filter(|_| !said.has_errors()) {
        Some(intent) => Ok(intent.lowered),
        None => Err(said),
    }
}

async fn look(
    ports: &Ports,
    lowered: &Lowered,
    pool: &Pool,
    snapshot: &Snapshot,
    wanted: &[Wanted],
) -> (
    std::collections::BTreeMap<Addr, crate::run::plan::change::Import>,
    Diagnostics,
) {
    let seek = Seek {
        pool,
        snapshot,
        instances: &lowered.instances,
        sink: &*ports.sink,
    };
    imports::find(&seek, wanted).await
}

/// The blocks of resources that `import` names and nobody wrote, as the live objects are; nothing where there are none.
pub async fn generate(
    ports: &Ports,
    request: &Request,
    now: &Snapshot,
) -> Result<Option<String>, (Diagnostics, Sources)> {
    let (loaded, said) = load(ports, request.clone());
    let sources = loaded.sources.clone();
    let made = match said.has_errors() {
        true => Err(said),
        false => blocks(ports, &loaded, request, now).await,
    };
    made.map_err(|said| (said, sources))
}

async fn blocks(
    ports: &Ports,
    loaded: &Loaded,
    request: &Request,
    now: &Snapshot,
) -> Result<Option<String>, Diagnostics> {
    let known = lowered(ports, loaded, &now.placement)?;
    let there: BTreeSet<Addr> = known.instances.iter().map(|i| i.addr.without_keys()).collect();
    let late = |addr: &Addr| known.late.iter().any(|l| l.addr == *addr);
    let open = |w: &&Wanted| !there.contains(&w.to.without_keys()) && !late(&w.to) && !now.objects.contains_key(&w.to);
    let wanted: Vec<Wanted> = known.imports.iter().filter(open).cloned().collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    let stubs: Result<Vec<String>, Diagnostics> = wanted.iter().map(stub).collect();
    let world = Arc::new(Overlay {
        below: ports.world.clone(),
        path: EXTRA.to_owned(),
        text: stubs?.concat(),
    });
    let with = Ports { world, ..ports.clone() };
    let (loaded, said) = load(&with, request.clone());
    if said.has_errors() {
        return Err(said);
    }
    let lowered = lowered(&with, &loaded, &now.placement)?;
    let pool = pool(&with, loaded.config.world.root(), &lowered, &now.providers);
    let (found, said) = look(ports, &lowered, &pool, now, &wanted).await;
    if said.has_errors() {
        return Err(said);
    }
    let mut text = String::from(
        "# Written by `situs plan -generate-config-out`, as the objects are now.\n# Look it through before you apply it.\n",
    );
    for (addr, import) in found {
        let instance = lowered.instances.iter().find(|i| i.addr == addr);
        if let (Some(instance), Some(head)) = (instance, head(&addr)) {
            let body = body(&instance.schema.block, &import.record.value);
            text.push_str(&format!("\n{head} {{\n{body}}}\n"));
        }
    }
    Ok(Some(format(SourceId(0), &text).0))
}

/// `resource "TYPE" "NAME"`, for a resource of the root module without a key.
fn head(addr: &Addr) -> Option<String> {
    let parts = addr.parts();
    let resource = parts.resource.as_ref().filter(|r| r.key.is_none())?;
    let root = parts.modules.is_empty() && parts.placed.is_none();
    root.then(|| format!("resource \"{}\" \"{}\"", resource.type_name, resource.name))
}

fn stub(wanted: &Wanted) -> Result<String, Diagnostics> {
    let head = head(&wanted.to).ok_or_else(|| {
        let title = format!("no configuration can be written for `{}`", wanted.to);
        let said = Diagnostic::error(NOT_CHANGED, title);
        let said = match wanted.span {
            Some(span) => said.at(span, "imported here"),
            None => said,
        };
        let help = "only for resources of the root module without `count` and `for_each`: write its block by hand";
        Diagnostics::from(said.help(help))
    })?;
    Ok(format!("{head} {{}}\n"))
}

/// What the configuration may set, as it is; what is kept out of sight has to be filled in.
fn body(block: &Block, value: &Value) -> String {
    let own = |name: &str| value.get(name).cloned().unwrap_or(Value::Null);
    let attributes = block
        .attributes
        .iter()
        .map(|(name, attribute)| line(name, attribute, &own(name)));
    let blocks = block
        .blocks
        .iter()
        .map(|(name, nested)| nested_blocks(name, nested, &own(name)));
    attributes.chain(blocks).collect()
}

fn line(name: &str, attribute: &Attribute, value: &Value) -> String {
    let required = attribute.mode == Mode::Required;
    if !attribute.mode.is_configurable() || (value.is_null() && !required) || attribute.write_only {
        return String::new();
    }
    if attribute.sensitive || value.contains_sensitive() {
        return format!("{name} = null # sensitive\n");
    }
    format!("{name} = {}\n", expression(value, 1))
}

fn nested_blocks(name: &str, nested: &NestedBlock, value: &Value) -> String {
    let one = |label: String, value: &Value| format!("{name} {label}{{\n{}}}\n", body(&nested.block, value));
    match (nested.nesting, value.elements(), value.attributes()) {
        (Nesting::Single | Nesting::Group, _, Some(_)) => one(String::new(), value),
        (Nesting::Map, _, Some(all)) => all.iter().map(|(label, v)| one(format!("\"{label}\" "), v)).collect(),
        (_, Some(all), _) => all.iter().map(|v| one(String::new(), v)).collect(),
        _ => String::new(),
    }
}

/// The name of the file with what nobody wrote, which no file that is read has.
const EXTRA: &str = "generated by situs.tf";
