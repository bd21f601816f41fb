//! The way in: from the files of a directory to a [`Config`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_value::Value;

use crate::base::addr::{Mode, Parts};
use crate::base::diagnostic::did_you_mean;
use crate::base::ports::World;
use crate::base::source::Sources;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::Scope;
use crate::lang::eval::scope::{Local, Module};
use crate::lang::eval::shape::{Name, Shape};
use crate::lang::syntax::ast::Statement;
use crate::lang::syntax::parse;
use crate::lang::testfile::is_test;

use super::declared::{Declared, Whole};
use super::runtime::Runtime;
use super::{Config, DEFAULT_RUNTIME, Recorder, Request, blocks, check, given, locals, variables};

/// A directory without a configuration.
pub const NO_CONFIGURATION: Code = Code::new("E150", "a directory without a configuration");
/// A site whose runtime is not there.
pub const NO_RUNTIME: Code = Code::new("E161", "a runtime that is not there");
/// A file that cannot be read.
pub const UNREADABLE: Code = Code::new("E170", "a file that cannot be read");

/// Files larger than this are no configuration, and spans could not point into them.
const LARGEST: usize = 256 << 20;

/// Reads the configuration of a directory: `*.situs` and `*.tf` of its root, variables from everywhere, the built-in runtimes.
pub fn load(world: &Arc<dyn World>, sources: &mut Sources, request: &Request) -> (Config, Diagnostics) {
    let mut said = Diagnostics::new();
    let world = Arc::new(Recorder::new(world.clone()));
    let names = match world.list("") {
        Ok(names) => names,
        Err(why) => {
            said.push(Diagnostic::error(
                UNREADABLE,
                format!("the directory cannot be read: {why}"),
            ));
            Vec::new()
        }
    };
    let mut declared = said.take(read(&*world, &names, sources));
    let (settings, more) = given::settings(&*world, &names, &request.given, sources);
    said.append(more);
    let values = said.take(variables::values(&declared.variables, &settings, sources));
    let texts = declared
        .locals
        .iter()
        .map(|(n, l)| (n.clone(), l.expr.clone()))
        .collect();
    let order = said.take(locals::order(&texts));
    let scope = root_scope(&declared, texts, values.values, &world);
    said.append(variables::validate(&declared.variables, &scope));
    said.append(locals::settle(&order, &scope));
    builtin_runtimes(&mut declared.runtimes, &request.runtimes, sources, &mut said);
    let statements: Vec<&Statement> = declared.intent.iter().collect();
    let (shape, more) = blocks::shape(&statements, &scope);
    said.append(match declared.whole {
        Whole::Yes => more,
        Whole::No => blocks::without_unknown_names(more),
    });
    said.append(runtimes_are_there(&shape, &declared.runtimes));
    let config = Config {
        world,
        given: values.given,
        shape,
        scope,
        locals: order,
        resources: declared.resources,
        providers: declared.providers,
        required: declared.required,
        runtimes: declared.runtimes,
        outputs: declared.outputs,
    };
    (config, said)
}

/// The text of a file, or why there is none.
pub(super) fn text_of(world: &dyn World, path: &str) -> Result<String, String> {
    let bytes = world.read(path).map_err(|e| e.to_string())?;
    if bytes.len() > LARGEST {
        return Err(format!("it is larger than {} MiB", LARGEST >> 20));
    }
    String::from_utf8(bytes).map_err(|e| format!("it is no UTF-8 text (byte {})", e.utf8_error().valid_up_to()))
}

fn is_configuration(name: &str) -> bool {
    let hidden = name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
    !hidden && !is_test(name) && (name.ends_with(".situs") || name.ends_with(".tf"))
}

/// Reads, parses and checks every file.
fn read(world: &dyn World, names: &[String], sources: &mut Sources) -> (Declared, Diagnostics) {
    let mut declared = Declared::default();
    let mut said = Diagnostics::new();
    let files: Vec<&String> = names.iter().filter(|n| is_configuration(n)).collect();
    if files.is_empty() {
        said.push(no_configuration(names));
    }
    for path in files {
        match text_of(world, path) {
            Ok(text) => {
                let source = sources.add(path.as_str(), text.as_str());
                let file = said.take(parse(source, &text));
                said.append(check::check(&file));
                said.append(declared.add(file));
            }
            Err(why) => said.push(Diagnostic::error(UNREADABLE, format!("`{path}` cannot be read: {why}"))),
        }
    }
    (declared, said)
}

fn no_configuration(names: &[String]) -> Diagnostic {
    let said = Diagnostic::error(NO_CONFIGURATION, "there is no configuration in this directory");
    let said = match names.iter().any(|n| n.ends_with(".tf.json")) {
        true => said.note("`*.tf.json` is not read"),
        false => said,
    };
    said.help("write a file whose name ends in `.situs`, or name the directory: `situs -chdir=DIR …`")
}

fn root_scope(
    declared: &Declared,
    locals: BTreeMap<Name, Arc<crate::lang::syntax::ast::Expr>>,
    variables: BTreeMap<Name, Value>,
    world: &Arc<Recorder>,
) -> Arc<Scope> {
    let of = |b: &super::ResourceBlock| (Mode::Managed, b.type_name.clone(), b.name.clone());
    let module = Module {
        locals: locals.into_iter().map(|(n, e)| (n, Local::new(e))).collect(),
        resources: declared.resources.iter().map(of).collect::<BTreeSet<_>>(),
        prefix: Parts::default(),
        world: Some(world.clone()),
    };
    let path = [
        ("module", ".".into()),
        ("root", ".".into()),
        ("cwd", world.root().into()),
    ];
    let later = Value::unknown_dynamic();
    let values = [
        ("var", Value::object(variables)),
        ("path", Value::object::<&str>(path)),
        ("terraform", Value::object([("workspace", "default".into())])),
        ("site", later.clone()),
        ("service", later.clone()),
        ("dataset", later),
    ];
    Scope::module(module, values)
}

/// The runtimes that ship with the engine, where the user has none of that name.
fn builtin_runtimes(
    runtimes: &mut BTreeMap<Name, Arc<Runtime>>,
    texts: &[(String, String)],
    sources: &mut Sources,
    said: &mut Diagnostics,
) {
    for (name, text) in texts {
        let source = sources.add(format!("builtin/{name}/runtime.situs"), text.as_str());
        let file = said.take(parse(source, text));
        let mut own = Declared::builtin();
        said.append(own.add(file));
        for (name, runtime) in own.runtimes {
            runtimes.entry(name).or_insert(runtime);
        }
    }
}

/// Whether every site's runtime is there.
fn runtimes_are_there(shape: &Shape, runtimes: &BTreeMap<Name, Arc<Runtime>>) -> Diagnostics {
    let missing = shape.sites.values().filter_map(|site| {
        let (name, span) = match &site.runtime {
            Some(used) => (&*used.name.value, used.name.span),
            None => (DEFAULT_RUNTIME, site.span),
        };
        if runtimes.contains_key(name) {
            return None;
        }
        let near = did_you_mean(name, runtimes.keys().map(AsRef::as_ref));
        let known: Vec<String> = runtimes.keys().map(|n| format!("`{n}`")).collect();
        let help = near.unwrap_or_else(|| match known.as_slice() {
            [] => format!("declare it: `runtime {name} {{ … }}`"),
            _ => format!("there are {}", known.join(", ")),
        });
        let said = Diagnostic::error(NO_RUNTIME, format!("there is no runtime `{name}`"));
        Some(said.at(span, "not declared").help(help))
    });
    missing.collect()
}
