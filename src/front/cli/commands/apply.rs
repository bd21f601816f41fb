//! `situs apply`

use std::sync::Arc;

use crate::base::Diagnostic;
use crate::engine;
use crate::front::cli::args::{Operand, Spec, WRONG_ARGUMENT, switch};
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::{self, APPLYING, NO_ANSWER, PLANNING, TALKING, VARIABLES, WORKING, Work};
use crate::front::cli::session::Session;
use crate::front::cli::voice::Voice;
use crate::front::render::verdict::View;
use crate::run::plan::change::Operation;
use crate::run::plan::file;

/// The command.
pub static SPEC: Spec = Spec {
    name: "apply",
    about: "Make the world as it is configured",
    more: "Plans as `situs plan` does, asks, and carries the plan out: several operations at a time, each after what it needs. Every step is noted \
           before and after, so that a run that is cut short is taken up by the next one.\n\nWith a plan file exactly that plan is carried out, without \
           asking; it is refused where the state has moved since.\n\nCtrl-C once finishes what is in flight; twice ends at once.",
    operands: &[Operand {
        name: "PLANFILE",
        count: (0, 1),
        about: "A plan kept by `situs plan -out=PLANFILE`.",
    }],
    flags: &[
        APPLYING,
        &[
            switch("destroy", "Take everything away; the same as `situs destroy`."),
            switch("refresh-only", "Only take note of what changed outside."),
        ],
        PLANNING,
        WORKING,
        VARIABLES,
        TALKING,
    ],
    run,
};

/// Flags that shape a plan, and so do not go with one that is made already.
const SHAPING: [&str; 7] = [
    "destroy",
    "refresh-only",
    "refresh",
    "replace",
    "no-assumptions",
    "var",
    "var-file",
];

fn run(session: &Session) -> Exit {
    let voice = Voice::new(session);
    operate::run(session, &voice, |work| async move {
        match session.given.operands().first() {
            Some(path) => kept(session, &work, path).await,
            None => {
                let operation = operate::operation(session).map_err(|d| work.refuse(*d))?;
                fresh(session, work, operation).await
            }
        }
    })
}

/// Plans, asks, applies.
pub async fn fresh(session: &Session, work: Arc<Work<'_>>, operation: Operation) -> Result<Exit, Exit> {
    if session.json() && !session.given.switch("auto-approve", false) {
        let title = "with `-json` nobody can be asked whether to go on";
        return Err(
            work.refuse(Diagnostic::error(NO_ANSWER, title).help("give `-auto-approve` too, or apply a plan file"))
        );
    }
    let options = operate::options(session, operation).map_err(|d| work.refuse(*d))?;
    let loaded = work.load()?;
    let planned = work.plan(&loaded, &options).await?;
    if !planned.plan.is_empty() {
        work.approve(operation).await?;
    }
    Ok(work.apply(planned, &options).await)
}

/// Applies a plan file.
async fn kept(session: &Session, work: &Work<'_>, path: &str) -> Result<Exit, Exit> {
    if let Some(flag) = SHAPING.iter().find(|flag| session.given.has(flag)) {
        let title = format!("`-{flag}` shapes a plan, and `{path}` is one already");
        return Err(work.refuse(
            Diagnostic::error(WRONG_ARGUMENT, title).help(format!("give `-{flag}` to `situs plan -out={path}`")),
        ));
    }
    let options = operate::options(session, Operation::Apply).map_err(|d| work.refuse(*d))?;
    let plan = file::read(&session.world.path().join(path)).map_err(|d| work.refuse(*d))?;
    work.judge(View::of_json(&plan.verdict), plan.operation)?;
    let (planned, diagnostics) = engine::from_file(&work.ports, plan);
    work.check(&diagnostics)?;
    match planned {
        Some(planned) => Ok(work.apply(planned, &options).await),
        None => Err(Exit::Error),
    }
}
