//! The way in: from the files of a directory to a [`Config`].

use std::collections::BTreeMap;
use std::sync::Arc;

use situs_value::Value;

use crate::base::diagnostic::did_you_mean;
use crate::base::ports::World;
use crate::base::source::Sources;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::Scope;
use crate::lang::eval::instance::NoObjects;
use crate::lang::eval::module::Blueprint;
use crate::lang::eval::shape::{Name, Shape};
use crate::lang::syntax::ast::Statement;
use crate::lang::syntax::{parse, parse_again};
use crate::lang::testfile::is_test;

use super::declared::{Declared, Whole};
use super::modules::{Modules, within};
use super::runtime::Runtime;
use super::variables::BAD_DECLARATION;
use super::{
    Config, DEFAULT_RUNTIME, Recorder, Request, blocks, check, given, json, locals, lock, overrides, variables,
};

/// A directory without a configuration.
pub const NO_CONFIGURATION: Code = Code::new("E150", "a directory without a configuration");
/// A site whose runtime is not there.
pub const NO_RUNTIME: Code = Code::new("E161", "a runtime that is not there");
/// A file that cannot be read.
pub const UNREADABLE: Code = Code::new("E170", "a file that cannot be read");

/// A `cloud` block, which is not followed.
pub const NOT_FOLLOWED: Code = Code::new("W072", "a `cloud` block, which is not followed");

/// Files larger than this are no configuration, and spans could not point into them.
const LARGEST: usize = 256 << 20;

/// Reads the configuration of a directory: `*.situs` and `*.tf` of its root, variables from everywhere, the built-in runtimes.
pub fn load(world: &Arc<dyn World>, sources: &mut Sources, request: &Request) -> (Config, Diagnostics) {
    let mut said = Diagnostics::new();
    let world = Arc::new(Recorder::new(world.clone(), request.functions.clone()));
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
    if !names.iter().any(|n| is_configuration(n)) {
        said.push(no_configuration());
    }
    let mut declared = said.take(read(&*world, "", &names, sources));
    let (settings, more) = given::settings(&*world, &names, &request.given, sources);
    said.append(more);
    let values = said.take(variables::values(&declared.variables, &settings, sources));
    let mut runtimes = std::mem::take(&mut declared.runtimes);
    let intent = std::mem::take(&mut declared.intent);
    let whole = declared.whole;
    let lock = said.take(lock::read(&*world, sources));
    let mut modules = Modules::new(&*world, sources, &lock);
    let root = modules.module(declared, "");
    said.append(modules.said);
    said.extend(root.home.iter().filter(|h| &*h.kind == "cloud").map(in_the_cloud));
    said.extend(root.outputs.iter().filter(|o| o.marks.ephemeral).map(ephemeral_output));
    let packages = modules.packages;
    let scope = root_scope(&root.blueprint, values.values, &request.workspace, &world);
    said.extend(
        root.blueprint
            .parameters
            .values()
            .flat_map(|p| p.validate(&scope, &NoObjects)),
    );
    said.append(locals::settle(&root.blueprint.order, &scope));
    builtin_runtimes(&mut runtimes, &request.runtimes, sources, &mut said);
    let statements: Vec<&Statement> = intent.iter().collect();
    let (shape, more) = blocks::shape(&statements, &root, &scope);
    said.append(match whole {
        Whole::Yes => more,
        Whole::No => blocks::without_unknown_names(more),
    });
    said.append(runtimes_are_there(&shape, &runtimes));
    let config = Config {
        world,
        given: values.given,
        shape,
        scope,
        root,
        runtimes,
        lock,
        missing: values.missing,
        ephemeral: values.ephemeral,
        unkept: values.unkept,
        packages,
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

pub(super) fn is_configuration(name: &str) -> bool {
    let hidden = name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
    !hidden
        && !is_test(name)
        && [".situs", ".tf", ".situs.json", ".tf.json"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// Reads, parses and checks every file of a directory.
pub(super) fn read(
    world: &dyn World,
    directory: &str,
    names: &[String],
    sources: &mut Sources,
) -> (Declared, Diagnostics) {
    let mut declared = Declared::default();
    let mut said = Diagnostics::new();
    let (mut files, mut overriding) = (Vec::new(), Vec::new());
    for name in names.iter().filter(|n| is_configuration(n)) {
        let path = within(directory, name);
        match text_of(world, &path) {
            Ok(text) => {
                let source = sources.add(path.as_str(), text.as_str());
                let file = said.take(match name.ends_with(".json") {
                    true => json::read(source, &text),
                    false => parse_again(source, &text, world.memory()),
                });
                if overrides::is_override(name) {
                    overriding.push(file);
                } else {
                    files.push(file);
                }
            }
            Err(why) => said.push(Diagnostic::error(UNREADABLE, format!("`{path}` cannot be read: {why}"))),
        }
    }
    for file in overriding {
        said.append(overrides::merge(&mut files, file));
    }
    for file in files {
        said.append(check::check(&file));
        said.append(declared.add(file));
    }
    (declared, said)
}

/// `cloud` says where another engine works.
fn in_the_cloud(home: &super::Home) -> Diagnostic {
    let said = Diagnostic::warning(NOT_FOLLOWED, "Situs works here, and not in HCP Terraform");
    said.at(home.span, "not followed")
        .note("its state, its variables and its runs stay there as they are; Situs plans and applies from here, with a state of its own")
        .help("take the block out once `situs state adopt` has taken the state over; `backend local { … }` says where Situs keeps its own")
}

/// The outputs of the root module are what is kept of it.
fn ephemeral_output(output: &super::Output) -> Diagnostic {
    let title = format!("the output `{}` of the root module cannot be ephemeral", output.name);
    let said = Diagnostic::error(BAD_DECLARATION, title).at(output.span, "is kept in the state");
    said.help("take `ephemeral` out; only modules that are called hand on what is ephemeral")
}

fn no_configuration() -> Diagnostic {
    let said = Diagnostic::error(NO_CONFIGURATION, "there is no configuration in this directory");
    said.help("write a file whose name ends in `.situs`, or name the directory: `situs -chdir=DIR …`")
}

fn root_scope(
    root: &Blueprint,
    variables: BTreeMap<Name, Value>,
    workspace: &str,
    world: &Arc<Recorder>,
) -> Arc<Scope> {
    let path = [
        ("module", ".".into()),
        ("root", ".".into()),
        ("cwd", world.root().into()),
    ];
    let later = Value::unknown_dynamic();
    let values = [
        ("var", Value::object(variables)),
        ("path", Value::object::<&str>(path)),
        ("terraform", Value::object([("workspace", workspace.into())])),
        ("site", later.clone()),
        ("service", later.clone()),
        ("dataset", later),
    ];
    root.scope(Some(world.clone()), values)
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
