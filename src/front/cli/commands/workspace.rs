//! `situs workspace list`, `show`, `new`, `select`, `delete`

use std::io;

use crate::base::Diagnostic;
use crate::engine::{self, Options};
use crate::front::cli::args::{Operand, Spec, operand, switch};
use crate::front::cli::exit::Exit;
use crate::front::cli::operate::LOCK_TIMEOUT;
use crate::front::cli::session::{Session, block_on, plainly};
use crate::front::cli::workspace::{DEFAULT, Home, NO_WORKSPACE, wrong_name};
use crate::front::render::human::plural;
use crate::front::render::paint::safe;

const NAME: &[Operand] = &[operand("NAME", "The workspace.")];

/// `situs workspace list`
pub static LIST: Spec = Spec {
    name: "workspace list",
    about: "List the workspaces",
    more: "Workspaces are several states of one configuration, which sees the name of the one that is worked in as `terraform.workspace`. The \
           star stands before that one.",
    operands: &[],
    flags: &[],
    run: list,
};

/// `situs workspace show`
pub static SHOW: Spec = Spec {
    name: "workspace show",
    about: "Say which workspace is worked in",
    more: "It is the one that `SITUS_WORKSPACE` or `TF_WORKSPACE` names, else the one that was selected last, else `default`.",
    operands: &[],
    flags: &[],
    run: show,
};

/// `situs workspace new`
pub static NEW: Spec = Spec {
    name: "workspace new",
    about: "Make a workspace, and work in it",
    more: "It holds nothing at first: the next apply makes everything anew in it.",
    operands: NAME,
    flags: &[],
    run: new,
};

/// `situs workspace select`
pub static SELECT: Spec = Spec {
    name: "workspace select",
    about: "Work in another workspace",
    more: "What is planned and applied from now on is what that one holds.",
    operands: NAME,
    flags: &[&[switch("or-create", "Make it where there is none.")]],
    run: select,
};

/// `situs workspace delete`
pub static DELETE: Spec = Spec {
    name: "workspace delete",
    about: "Take a workspace away",
    more: "One that still holds objects is left alone, unless -force gives these up: they stay where they are, and nobody manages them any more.",
    operands: NAME,
    flags: &[
        &[switch(
            "force",
            "Also one that holds objects, which are then forgotten.",
        )],
        LOCK_TIMEOUT,
    ],
    run: delete,
};

fn list(session: &Session) -> Exit {
    told(session, |home| {
        let names = home.all().map_err(|e| broken(&e))?;
        let line = |name: &String| {
            let star = if *name == home.name { "*" } else { " " };
            format!("{star} {}\n", safe(name))
        };
        Ok(names.iter().map(line).collect())
    })
}

fn show(session: &Session) -> Exit {
    told(session, |home| Ok(format!("{}\n", safe(&home.name))))
}

fn new(session: &Session) -> Exit {
    told(session, |home| {
        let name = name(session)?;
        may_change(home)?;
        if home.all().map_err(|e| broken(&e))?.contains(&name) {
            let said = Diagnostic::error(NO_WORKSPACE, format!("there is a workspace `{name}` already"));
            return Err(Box::new(
                said.help(format!("work in it: `situs workspace select {name}`")),
            ));
        }
        home.make(&name)
            .and_then(|()| home.select(&name))
            .map_err(|e| broken(&e))?;
        Ok(format!(
            "Made the workspace `{name}`, which holds nothing yet. It is the one that is worked in now.\n"
        ))
    })
}

fn select(session: &Session) -> Exit {
    told(session, |home| {
        let name = name(session)?;
        may_change(home)?;
        if !home.all().map_err(|e| broken(&e))?.contains(&name) {
            if !session.given.switch("or-create", false) {
                return Err(Box::new(none(&name)));
            }
            home.make(&name).map_err(|e| broken(&e))?;
        }
        home.select(&name).map_err(|e| broken(&e))?;
        Ok(format!("Now in the workspace `{name}`.\n"))
    })
}

fn delete(session: &Session) -> Exit {
    told(session, |home| {
        let name = name(session)?;
        if name == DEFAULT || name == home.name {
            let why = if name == DEFAULT {
                "is always there"
            } else {
                "is the one that is worked in"
            };
            let said = Diagnostic::error(NO_WORKSPACE, format!("the workspace `{name}` {why}"));
            return Err(Box::new(
                said.help("work in another one first: `situs workspace select NAME`"),
            ));
        }
        if !home.all().map_err(|e| broken(&e))?.contains(&name) {
            return Err(Box::new(none(&name)));
        }
        if home.state_of(&name).exists() {
            may_go(session, home, &name)?;
        }
        home.remove(&name).map_err(|e| broken(&e))?;
        Ok(format!("Took the workspace `{name}` away.\n"))
    })
}

/// Takes its lock, and looks whether it still holds something.
fn may_go(session: &Session, home: &Home, name: &str) -> Result<(), Box<Diagnostic>> {
    let ports = engine::Ports {
        state: home.state_of(name),
        ..session.quiet()
    };
    let options = Options {
        lock_timeout: session.duration("lock-timeout")?,
        ..Options::default()
    };
    let held = block_on(async {
        let run = engine::begin(&ports, &options).await?;
        let held = run.with(|now| now.objects.len() + now.deposed.len());
        // The lock goes with the file.
        let _ = run.close().await;
        Ok::<usize, crate::base::Diagnostics>(held)
    });
    let held = held.map_err(|e| broken(&e))?;
    let held = held.map_err(|said| Box::new(said.into_iter().next().unwrap_or_else(|| none(name))))?;
    if held > 0 && !session.given.switch("force", false) {
        let said = Diagnostic::error(
            NO_WORKSPACE,
            format!("the workspace `{name}` still holds {}", plural(held, "object")),
        );
        return Err(Box::new(said.help(format!(
            "`situs workspace select {name}` and `situs destroy` take them away; -force forgets them"
        ))));
    }
    Ok(())
}

/// Says what came of it.
fn told(session: &Session, work: impl FnOnce(&Home) -> Result<String, Box<Diagnostic>>) -> Exit {
    let home = match session.home() {
        Ok(home) => home,
        Err(exit) => return exit,
    };
    match work(home) {
        Ok(text) => session.terminal.say(&text),
        Err(said) => return session.fail(&(*said).into()),
    }
    Exit::Done
}

fn name(session: &Session) -> Result<String, Box<Diagnostic>> {
    let name = session.given.operands().first().copied().unwrap_or_default();
    wrong_name(name).map_or_else(|| Ok(name.to_owned()), |said| Err(Box::new(said)))
}

fn may_change(home: &Home) -> Result<(), Box<Diagnostic>> {
    let Some(variable) = home.forced else { return Ok(()) };
    let said = Diagnostic::error(NO_WORKSPACE, format!("`{variable}` says which workspace is worked in"));
    Err(Box::new(
        said.help(format!("take `{variable}` out of the environment first")),
    ))
}

fn none(name: &str) -> Diagnostic {
    Diagnostic::error(NO_WORKSPACE, format!("there is no workspace `{name}`"))
        .help("`situs workspace list` shows all; `situs workspace new NAME` makes one")
}

fn broken(error: &io::Error) -> Box<Diagnostic> {
    let title = format!("the workspaces cannot be read or written: {}", plainly(error));
    Box::new(Diagnostic::error(NO_WORKSPACE, title))
}
