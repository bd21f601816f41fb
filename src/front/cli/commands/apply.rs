//! `situs apply`

use std::sync::Arc;

use crate::base::Diagnostic;
use crate::engine::{self, Planned};
use crate::front::cli::args::{Spec, WRONG_ARGUMENT, optional, switch};
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::{
    self, APPLYING, LOCK_TIMEOUT, NO_ANSWER, PLANNING, TALKING, VARIABLES, WORKING, Work,
};
use crate::front::cli::session::Session;
use crate::front::cli::voice::Voice;
use crate::front::cli::workspace::NO_WORKSPACE;
use crate::front::render::verdict::View;
use crate::lang::config::Given;
use crate::run::plan::change::{Operation, Plan};
use crate::run::plan::file;
use crate::run::state::Run;

/// The command.
pub static SPEC: Spec = Spec {
    name: "apply",
    about: "Make the world as it is configured",
    more: "Plans as `situs plan` does, asks, and carries the plan out: several operations at a time, each after what it needs. Every step is noted \
           before and after, so that a run that is cut short is taken up by the next one.\n\nWith a plan file exactly that plan is carried out, without \
           asking; it is refused where the state has moved since.\n\nCtrl-C once finishes what is in flight; twice ends at once.",
    operands: &[optional("PLANFILE", "A plan kept by `situs plan -out=PLANFILE`.")],
    flags: &[
        APPLYING,
        LOCK_TIMEOUT,
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
    "target",
    "no-assumptions",
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

/// An operation from its first word to its last: for commands that are nothing else.
pub fn whole(session: &Session, operation: Operation) -> Exit {
    let voice = Voice::new(session);
    operate::run(session, &voice, |work| fresh(session, work, operation))
}

/// Plans, asks, applies.
async fn fresh(session: &Session, work: Arc<Work<'_>>, operation: Operation) -> Result<Exit, Exit> {
    if session.json() && !session.given.switch("auto-approve", false) {
        let title = "with `-json` nobody can be asked whether to go on";
        return Err(
            work.refuse(Diagnostic::error(NO_ANSWER, title).help("give `-auto-approve` too, or apply a plan file"))
        );
    }
    let options = operate::options(session, operation).map_err(|d| work.refuse(*d))?;
    let loaded = work.load(operation)?;
    let run = work.begin(&options).await?;
    let planned = async {
        let planned = work.plan(&loaded, &options, &run.snapshot()).await?;
        if !planned.plan.is_empty() {
            work.approve(operation).await?;
        }
        Ok(planned)
    };
    match planned.await {
        Ok(planned) => Ok(work.apply(planned, &options, run).await),
        Err(exit) => Err(given_back(&run, exit).await),
    }
}

/// Gives the lock back where nothing was applied.
async fn given_back(run: &Run, exit: Exit) -> Exit {
    // A lock that cannot be given back runs out by itself.
    let _ = run.close().await;
    exit
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
    let given = session.request().map_err(|d| work.refuse(*d))?.given;
    let shaping = given.iter().find_map(|g| match g {
        Given::Variable { name, .. } if !plan.input.ephemeral.contains(name) => Some(name),
        _ => None,
    });
    if let Some(name) = shaping {
        let title = format!("`{name}` shapes a plan, and `{path}` is one already");
        let help = "only ephemeral variables that were given when the plan was made are given again";
        return Err(work.refuse(Diagnostic::error(WRONG_ARGUMENT, title).help(help)));
    }
    let home = session.home()?;
    if plan.input.workspace != home.name {
        let title = format!(
            "`{path}` is a plan of the workspace `{}`, and this is `{}`",
            plan.input.workspace, home.name
        );
        let help = format!("`situs workspace select {}` goes there", plan.input.workspace);
        return Err(work.refuse(Diagnostic::error(NO_WORKSPACE, title).help(help)));
    }
    work.judge(View::of_json(&plan.verdict), plan.operation)?;
    let run = work.begin(&options).await?;
    match ready(work, plan, &run, &given) {
        Ok(planned) => Ok(work.apply(planned, &options, run).await),
        Err(exit) => Err(given_back(&run, exit).await),
    }
}

/// A plan that still fits the state, made ready.
fn ready(work: &Work<'_>, plan: Plan, run: &Run, given: &[Given]) -> Result<Planned, Exit> {
    if let Some(stale) = file::stale(&plan, &run.snapshot()) {
        return Err(work.refuse(stale));
    }
    let (planned, sources, diagnostics) = engine::from_file(&work.ports, plan, given);
    work.knows(&sources);
    work.check(&diagnostics)?;
    planned.ok_or(Exit::Error)
}
