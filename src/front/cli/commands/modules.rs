//! `situs modules`

use std::sync::Arc;

use serde_json::json;

use crate::front::cli::args::{Flag, Spec, switch};
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::VARIABLES;
use crate::front::cli::session::Session;
use crate::front::render::paint::safe;
use crate::lang::config::Module;

const FLAGS: &[Flag] = &[switch("json", "Write JSON, for programs.")];

/// The command.
pub static SPEC: Spec = Spec {
    name: "modules",
    about: "List the modules that are called, and where they come from",
    more: "Every call of a module, those of called modules below them, with its source and its version.",
    operands: &[],
    flags: &[FLAGS, VARIABLES],
    run,
};

/// A call, by the names that lead to it.
struct Line {
    key: String,
    source: Arc<str>,
    version: Option<Arc<str>>,
    directory: Arc<str>,
}

fn run(session: &Session) -> Exit {
    let loaded = match session.load_without_values(&session.quiet()) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let mut lines = Vec::new();
    collect(&loaded.config.root, "", &mut lines);
    let text = match session.json() {
        true => as_json(&lines),
        false if lines.is_empty() => "No module is called.\n".to_owned(),
        false => lines.iter().map(shown).collect(),
    };
    session.terminal.say(&text);
    Exit::Done
}

fn collect(module: &Module, path: &str, lines: &mut Vec<Line>) {
    for call in &module.calls {
        let key = match path {
            "" => call.block.name.to_string(),
            path => format!("{path}.{}", call.block.name),
        };
        lines.push(Line {
            key: key.clone(),
            source: call.source.clone(),
            version: call.version.clone(),
            directory: call.directory.clone(),
        });
        collect(&call.module, &key, lines);
    }
}

fn shown(line: &Line) -> String {
    let indent = "  ".repeat(line.key.matches('.').count());
    let name = line.key.rsplit('.').next().unwrap_or("");
    let version = line.version.as_deref().map(|v| format!(" {v}")).unwrap_or_default();
    format!("{indent}{}  {}{}\n", safe(name), safe(&line.source), safe(&version))
}

fn as_json(lines: &[Line]) -> String {
    let one = |line: &Line| json!({ "key": line.key, "source": line.source, "version": line.version.as_deref().unwrap_or(""), "dir": line.directory });
    let modules: Vec<serde_json::Value> = lines.iter().map(one).collect();
    format!("{}\n", json!({ "format_version": "1.0", "modules": modules }))
}
