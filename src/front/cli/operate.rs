//! What `plan`, `apply` and `destroy` have in common: reading, planning, asking, applying, and how each of these is told.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, OnceLock};

use crate::base::{Addr, Code, Diagnostic, Diagnostics, Sources};
use crate::engine::{self, Assumptions, Loaded, Options, Planned, Ports};
use crate::front::render::human::plural;
use crate::front::render::paint::safe;
use crate::front::render::verdict::View;
use crate::lang::config::NO_CONFIGURATION;
use crate::run::Cancel;
use crate::run::apply::Outcome as Fate;
use crate::run::plan::change::{Counts, Operation};
use crate::run::plan::refresh::Refresh;
use crate::run::state::{Run, Snapshot};

use super::args::{Flag, WRONG_ARGUMENT, switch, unless, value, values};
use super::exit::Exit;
use super::interrupt;
use super::prompt;
use super::session::{self, Session};
use super::voice::Voice;

/// Nobody who can be asked.
pub const NO_ANSWER: Code = Code::new("E504", "a question that nobody can answer");

/// Flags that say what a configuration's variables are.
pub const VARIABLES: &[Flag] = &[
    values("var", "NAME=VALUE", "Set a variable of the configuration."),
    values(
        "var-file",
        "FILE",
        "Read variables from a file (`*.tfvars`, `*.auto.tfvars` are read unasked).",
    ),
];

/// Flags that say what a plan holds.
pub const PLANNING: &[Flag] = &[
    values(
        "target",
        "ADDR",
        "Only this, and what it needs; a plan so confined says so.",
    ),
    values(
        "replace",
        "ADDR",
        "Make this resource anew, although nothing asks for it.",
    ),
    switch("no-assumptions", "Count what no runtime carries out as not provable."),
];

/// Flags that say how the work is done.
pub const WORKING: &[Flag] = &[
    unless(
        "refresh",
        "Believe the state; do not read what is there before planning.",
    ),
    value("parallelism", "N", "So many operations at a time (default 10)."),
];

/// Flags that say how the command talks.
pub const TALKING: &[Flag] = &[
    switch("json", "One JSON object a line, for programs; nothing is asked."),
    unless("input", "Ask nothing."),
    switch(
        "detailed-exitcode",
        "0 nothing to change, 1 error, 2 changes, 11 the law would be broken, 12 stale plan, 13 locked, 14 partly applied, 15 cancelled, 16 not provable.",
    ),
];

/// Flags that say how to apply.
pub const APPLYING: &[Flag] = &[switch("auto-approve", "Do not ask.")];

/// How long another run is waited for.
pub const LOCK_TIMEOUT: &[Flag] = &[value(
    "lock-timeout",
    "DURATION",
    "Wait so long for another run to end (default 0s).",
)];

/// One operation at work.
pub struct Work<'a> {
    session: &'a Session,
    /// How it speaks.
    pub voice: &'a Voice,
    /// The engine's ways out.
    pub ports: Ports,
    /// The wish to stop.
    pub cancel: Cancel,
    view: OnceLock<View>,
    sources: OnceLock<Sources>,
}

/// Runs an operation from its first word to its last.
pub fn run<'a, F, R>(session: &'a Session, voice: &'a Voice, work: F) -> Exit
where
    F: FnOnce(Arc<Work<'a>>) -> R,
    R: Future<Output = Result<Exit, Exit>>,
{
    let one = Arc::new(Work {
        session,
        voice,
        ports: session.ports(voice.sink()),
        cancel: Cancel::new(),
        view: OnceLock::new(),
        sources: OnceLock::new(),
    });
    let code = Exit::Cancelled.code(session.given.switch("detailed-exitcode", false));
    let done = session::block_on(async {
        interrupt::listen(&one.cancel, voice.sink(), &one.ports.registry, code);
        let done = work(one.clone()).await;
        one.ports.registry.ended().await;
        done
    });
    let exit = match done {
        Ok(Ok(exit) | Err(exit)) => exit,
        Err(_) => Exit::Error,
    };
    voice.end(session, exit, one.view.get())
}

/// What the flags ask for.
pub fn options(session: &Session, operation: Operation) -> Result<Options, Box<Diagnostic>> {
    let given = &session.given;
    Ok(Options {
        operation,
        refresh: if given.switch("refresh", true) {
            Refresh::Read
        } else {
            Refresh::Believe
        },
        parallelism: session.number("parallelism", 10)?,
        replace: session.addresses("replace")?,
        targets: session.addresses("target")?,
        assumptions: if given.switch("no-assumptions", false) {
            Assumptions::Refused
        } else {
            Assumptions::Named
        },
        lock_timeout: session.duration("lock-timeout")?,
    })
}

/// What `-destroy` and `-refresh-only` ask for.
pub fn operation(session: &Session) -> Result<Operation, Box<Diagnostic>> {
    let given: Vec<&str> = EITHER.into_iter().filter(|flag| session.given.has(flag)).collect();
    if let [first, second, ..] = given.as_slice() {
        let title = format!("`-{first}` and `-{second}` do not go together");
        return Err(Box::new(
            Diagnostic::error(WRONG_ARGUMENT, title).help("take one of them out"),
        ));
    }
    Ok(
        match (
            session.given.switch("destroy", false),
            session.given.switch("refresh-only", false),
        ) {
            (true, _) => Operation::Destroy,
            (false, true) => Operation::RefreshOnly,
            (false, false) => Operation::Apply,
        },
    )
}

/// Of these, one at most.
const EITHER: [&str; 3] = ["destroy", "refresh-only", "replace"];

impl Work<'_> {
    /// Tells what is wrong; an error ends the work.
    pub fn check(&self, diagnostics: &Diagnostics) -> Result<(), Exit> {
        let none = Sources::new();
        self.voice.diagnostics(diagnostics, self.sources.get().unwrap_or(&none));
        if diagnostics.has_errors() {
            Err(Exit::of(diagnostics))
        } else {
            Ok(())
        }
    }

    /// Tells why there is nothing to go on with.
    pub fn failed(&self, diagnostics: &Diagnostics) -> Exit {
        self.check(diagnostics).err().unwrap_or(Exit::Error)
    }

    /// The same for one.
    pub fn refuse(&self, diagnostic: Diagnostic) -> Exit {
        self.failed(&diagnostic.into())
    }

    /// Reads the configuration.
    pub fn load(&self, operation: Operation) -> Result<Loaded, Exit> {
        let request = self.session.request().map_err(|d| self.refuse(*d))?;
        self.session.home()?;
        let (said, sources) = self.session.settings();
        self.voice.diagnostics(said, sources);
        let (loaded, mut diagnostics) = self.session.read(&self.ports, request, &|text| self.voice.hint(text));
        if operation == Operation::Destroy {
            // What is kept is enough to take it away.
            diagnostics = diagnostics.into_iter().filter(|d| d.code != NO_CONFIGURATION).collect();
        }
        self.knows(&loaded.sources);
        self.check(&diagnostics)?;
        Ok(loaded)
    }

    /// Says which texts the places of diagnostics point into.
    pub fn knows(&self, sources: &Sources) {
        self.voice.knows(sources);
        let _ = self.sources.set(sources.clone());
    }

    /// Waits for a piece of work, unless somebody wishes to stop.
    pub async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, Exit> {
        tokio::select! {
            done = work => Ok(done),
            () = self.cancel.stopped() => {
                self.voice.hint("\nNothing was changed.\n");
                Err(Exit::Cancelled)
            }
        }
    }

    /// The state as it is now.
    pub async fn state(&self) -> Result<Snapshot, Exit> {
        let read = self.unless_stopped(engine::read(&self.ports)).await?;
        read.map_err(|diagnostics| self.failed(&diagnostics))
    }

    /// Takes the lock, and settles what an interrupted run left.
    pub async fn begin(&self, options: &Options) -> Result<Arc<Run>, Exit> {
        let run = self.unless_stopped(engine::begin(&self.ports, options)).await?;
        run.map_err(|diagnostics| self.failed(&diagnostics))
    }

    /// Makes a plan and shows it. A plan that the law refuses is shown by its findings, and ends the work.
    pub async fn plan(&self, loaded: &Loaded, options: &Options, state: &Snapshot) -> Result<Planned, Exit> {
        if let Some(wrong) = engine::unadopted(&self.ports, loaded, state) {
            return Err(self.failed(&wrong.into()));
        }
        let making = engine::plan(&self.ports, loaded, options, state);
        let (planned, diagnostics) = self.unless_stopped(making).await?;
        let Some(planned) = planned else {
            return Err(self.failed(&diagnostics));
        };
        self.check(&diagnostics)?;
        self.judge(View::of(&planned.verdict), options.operation)?;
        if let Some(view) = self.view.get() {
            self.voice.plan(&planned.plan, view);
        }
        Ok(planned)
    }

    /// Takes a verdict; one that is not proved ends the work, unless that only takes things away.
    pub fn judge(&self, view: View, operation: Operation) -> Result<(), Exit> {
        let view = self.view.get_or_init(|| view);
        if operation != Operation::Apply {
            return Ok(());
        }
        let exit = match view.verdict.as_str() {
            "proved" => return Ok(()),
            "violated" => Exit::Violated,
            _ => Exit::NotProvable,
        };
        self.voice.refused(view, self.sources.get().unwrap_or(&Sources::new()));
        Err(exit)
    }

    /// Asks whether to go on.
    pub async fn approve(&self, operation: Operation) -> Result<(), Exit> {
        if self.session.given.switch("auto-approve", false) {
            self.voice.hint("\n");
            return Ok(());
        }
        if !self.session.may_ask() {
            let title = "nobody can be asked whether to go on";
            return Err(self.refuse(
                Diagnostic::error(NO_ANSWER, title)
                    .help("give `-auto-approve`, or apply a plan file made with `plan -out=FILE`"),
            ));
        }
        self.voice.hint(question(operation));
        let answer = self.unless_stopped(tokio::task::spawn_blocking(prompt::line)).await?;
        let answer = answer.ok().flatten();
        match answer.as_deref().map(str::trim) {
            Some("yes") => {
                self.voice.hint("\n");
                Ok(())
            }
            Some(_) => {
                let name = if operation == Operation::Destroy {
                    "Destroy"
                } else {
                    "Apply"
                };
                self.voice.hint(&format!("\n{name} cancelled.\n"));
                Err(Exit::Error)
            }
            None => {
                self.voice.hint("\n\n"); // the cursor stands behind the question
                Err(self.refuse(
                    Diagnostic::error(NO_ANSWER, "no answer came")
                        .help("give `-auto-approve` where nobody can type one"),
                ))
            }
        }
    }

    /// Carries a plan out and tells what came of it.
    pub async fn apply(&self, planned: Planned, options: &Options, run: Arc<Run>) -> Exit {
        let operation = planned.plan.operation;
        let applied = engine::apply(&self.ports, planned, options, run, self.cancel.clone()).await;
        if !applied.diagnostics.is_empty() {
            self.voice.hint("\n");
        }
        let failed = self.check(&applied.diagnostics);
        if !applied.remaining.is_empty() {
            self.voice.hint(&remaining(&applied.remaining));
        }
        let Counts {
            add,
            change,
            destroy,
            forget,
        } = applied.counts;
        match failed {
            Ok(()) if applied.remaining.is_empty() => {
                self.voice.applied(operation, applied.counts, &applied.outputs);
                Exit::Done
            }
            _ if self.cancel.is_stopping() => Exit::Cancelled,
            _ if add + change + destroy + forget > 0 => Exit::ApplyPartial,
            Ok(()) => Exit::Error,
            Err(exit) => exit,
        }
    }
}

fn question(operation: Operation) -> &'static str {
    match operation {
        Operation::Destroy => {
            "\nDo you really want to destroy all resources?\n  Situs will destroy everything that is shown above.\n  There is no undo. Only 'yes' will be accepted to confirm.\n\n  Enter a value: "
        }
        Operation::Apply | Operation::RefreshOnly => {
            "\nDo you want to perform these actions?\n  Situs will do what is shown above, and nothing else.\n  Only 'yes' will be accepted to approve.\n\n  Enter a value: "
        }
    }
}

/// What is left to do.
fn remaining(remaining: &BTreeMap<Addr, Fate>) -> String {
    let word = |fate: &Fate| match fate {
        Fate::Failed | Fate::Broken => "failed",
        Fate::Skipped => "not tried: something that it needs failed",
        Fate::Stopped => "not begun",
        Fate::Done => "done",
    };
    let rows: String = remaining
        .iter()
        .map(|(addr, fate)| format!("  {}: {}\n", safe(&addr.to_string()), word(fate)))
        .collect();
    let verb = if remaining.len() == 1 { "remains" } else { "remain" };
    format!(
        "\n{} {verb} to be done:\n{rows}\nWhat was done is saved. `situs apply` goes on from here.\n",
        plural(remaining.len(), "change")
    )
}
