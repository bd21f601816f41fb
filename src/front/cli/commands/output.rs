//! `situs output`

use std::collections::BTreeMap;

use situs_value::Value;

use crate::base::diagnostic::did_you_mean;
use crate::base::{Code, Diagnostic};
use crate::front::cli::args::{Spec, WRONG_ARGUMENT, optional, switch};
use crate::front::cli::exit::Exit;
use crate::front::cli::session::Session;
use crate::front::render::values::{Layout, text};
use crate::front::render::{native, state};

/// An output that the state does not hold.
pub const NO_OUTPUT: Code = Code::new("E506", "an output that the state does not hold");
/// An output that has no raw form.
pub const NOT_RAW: Code = Code::new("E507", "an output that is more than one text");

/// The command.
pub static SPEC: Spec = Spec {
    name: "output",
    about: "Show the outputs of the last apply",
    more: "Shows the outputs as the last apply left them: all, or the one that is named.",
    operands: &[optional(
        "NAME",
        "One output. Named, it is shown also where it is sensitive.",
    )],
    flags: &[&[
        switch("json", "As JSON."),
        switch("raw", "The text of one output alone, without quotes and line end."),
    ]],
    run,
};

fn run(session: &Session) -> Exit {
    let named = session.given.operands().first().copied();
    if named.is_none() && session.given.switch("raw", false) {
        let diagnostic =
            Diagnostic::error(WRONG_ARGUMENT, "`-raw` shows one output").help("write `situs output -raw NAME`");
        return session.fail(&diagnostic.into());
    }
    let outputs: BTreeMap<String, Value> = match super::show::snapshot(session) {
        Ok(snapshot) => snapshot
            .outputs
            .into_iter()
            .map(|(name, output)| (name, output.value))
            .collect(),
        Err(exit) => return exit,
    };
    let answer = match named {
        Some(name) => one(session, &outputs, name),
        None if session.json() => Ok(format!("{:#}\n", native::outputs(outputs.iter()))),
        None if outputs.is_empty() => {
            Ok("There are no outputs: none is declared, or nothing was applied yet.\n".to_owned())
        }
        None => Ok(state::outputs(&outputs)),
    };
    match answer {
        Ok(text) => session.terminal.say(&text),
        Err(diagnostic) => return session.fail(&(*diagnostic).into()),
    }
    Exit::Done
}

/// One output: who names it wants to see it.
fn one(session: &Session, outputs: &BTreeMap<String, Value>, name: &str) -> Result<String, Box<Diagnostic>> {
    let value = outputs
        .get(name)
        .ok_or_else(|| Box::new(no_output(outputs, name)))?
        .unmarked_deep();
    let layout = Layout { indent: 0, step: 2 };
    match (session.given.switch("raw", false), &value) {
        (false, _) if session.json() => Ok(format!("{:#}\n", situs_value::to_json(&value))),
        (false, _) => Ok(text(&value, layout) + "\n"),
        (true, Value::String(text)) => Ok(text.to_string()),
        (true, Value::Number(_) | Value::Bool(_) | Value::Quantity(_) | Value::Date(_)) => Ok(text(&value, layout)),
        (true, other) => {
            let title = format!("`{name}` is {}, and has no raw form", other.friendly());
            Err(Box::new(
                Diagnostic::error(NOT_RAW, title).help(format!("take `situs output -json {name}`")),
            ))
        }
    }
}

fn no_output(outputs: &BTreeMap<String, Value>, name: &str) -> Diagnostic {
    Diagnostic::error(NO_OUTPUT, format!("there is no output `{name}`"))
        .help_some(did_you_mean(name, outputs.keys().map(String::as_str)))
        .help("declare it with `output`, and apply; `situs output` lists all")
}
