//! `situs plan`

use std::sync::Arc;

use crate::base::Diagnostic;
use crate::engine;
use crate::front::cli::args::{Spec, WRONG_ARGUMENT, switch, value};
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::{self, PLANNING, TALKING, VARIABLES, WORKING, Work};
use crate::front::cli::session::{Session, plainly};
use crate::front::cli::voice::Voice;
use crate::run::plan::file;
use crate::run::state::Snapshot;

/// The command.
pub static SPEC: Spec = Spec {
    name: "plan",
    about: "Show what apply would do",
    more: "Reads the configuration and what is there, decides where everything goes, checks that the law holds on the way and at the end, and shows \
           what would be done. Nothing is changed. A plan that would break the law is refused, with the path that leads there.",
    operands: &[],
    flags: &[
        &[
            switch("destroy", "Plan to take everything away."),
            switch("refresh-only", "Plan only to take note of what changed outside."),
            value(
                "generate-config-out",
                "FILE",
                "Write blocks for what `import` names and nobody wrote to a new file.",
            ),
            value("out", "FILE", "Keep the plan in a file, for `situs apply FILE`."),
        ],
        PLANNING,
        WORKING,
        VARIABLES,
        TALKING,
    ],
    run,
};

fn run(session: &Session) -> Exit {
    let voice = Voice::new(session);
    operate::run(session, &voice, |work| plan(session, work))
}

/// Writes the configuration of what is to be imported, where that is asked for.
async fn generate(session: &Session, work: &Work<'_>, state: &Snapshot) -> Result<(), Exit> {
    let Some(name) = session.given.value("generate-config-out") else {
        return Ok(());
    };
    let path = session.world.path().join(name);
    let wrong = |title: String, help: &str| work.refuse(Diagnostic::error(WRONG_ARGUMENT, title).help(help.to_owned()));
    let beside = !name.contains('/') && [".tf", ".situs"].iter().any(|end| name.ends_with(end));
    if !beside || path.exists() {
        let why = if beside {
            "is there already"
        } else {
            "is no file of this configuration"
        };
        let help = "name a new file of this directory that ends in `.tf` or `.situs`";
        return Err(wrong(format!("`{name}` {why}"), help));
    }
    let request = session.request().map_err(|d| work.refuse(*d))?;
    let text = engine::generate(&work.ports, &request, state).await;
    let text = text.map_err(|(said, sources)| {
        work.knows(&sources);
        work.failed(&said)
    })?;
    let Some(text) = text else { return Ok(()) };
    std::fs::write(&path, text).map_err(|e| {
        let title = format!("`{name}` cannot be written: {}", plainly(&e));
        wrong(title, "name another one")
    })
}

async fn plan(session: &Session, work: Arc<Work<'_>>) -> Result<Exit, Exit> {
    let operation = operate::operation(session).map_err(|d| work.refuse(*d))?;
    let options = operate::options(session, operation).map_err(|d| work.refuse(*d))?;
    let state = work.state().await?;
    generate(session, &work, &state).await?;
    let loaded = work.load(operation)?;
    let planned = work.plan(&loaded, &options, &state).await?;
    if let Some(path) = session.given.value("out") {
        let target = session.world.path().join(path);
        file::write(&target, &planned.plan).map_err(|d| work.refuse(*d))?;
        let next = format!("\nThe plan is kept in `{path}`. To carry out exactly this: `situs apply {path}`\n");
        let short = format!("\nSaved the plan to: {path}\n");
        work.voice.hint(if session.in_automation() { &short } else { &next });
    }
    Ok(if planned.plan.is_empty() {
        Exit::Done
    } else {
        Exit::Changes
    })
}
