//! `situs plan`

use std::sync::Arc;

use crate::front::cli::args::{Spec, switch, value};
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::{self, PLANNING, TALKING, VARIABLES, WORKING, Work};
use crate::front::cli::session::Session;
use crate::front::cli::voice::Voice;
use crate::run::plan::file;

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

async fn plan(session: &Session, work: Arc<Work<'_>>) -> Result<Exit, Exit> {
    let operation = operate::operation(session).map_err(|d| work.refuse(*d))?;
    let options = operate::options(session, operation).map_err(|d| work.refuse(*d))?;
    let loaded = work.load(operation)?;
    let state = work.state().await?;
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
